"""A load generator on raw sockets: 16 connections, each sends as soon as it is answered.

It is in the way of nobody: a request costs it about 20 µs, a tenth of what the fastest server here
takes. Programs made for this are no Python packages, so that a newcomer would have to find them.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple, TypeVar, cast

Requests = Iterator[bytes]

LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class NotServed(Exception):
    """An answer that was not 2xx, or none at all: no figure is worth printing then."""


class Measured(NamedTuple):
    """What one stretch of load saw: latencies in seconds, in order of size."""

    seconds: float
    latencies: list[float]

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        return self.latencies[min(int(len(self.latencies) * share), len(self.latencies) - 1)]


class _Caller(asyncio.Protocol):
    """One connection; ``began`` is when the request in hand was sent, or should have been."""

    def __init__(
        self, requests: Requests, latencies: list[float], over: Callable[[], bool]
    ) -> None:
        self.requests, self.latencies, self.over = requests, latencies, over
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.pending = b""
        self.began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def ask(self) -> None:
        self.began = time.perf_counter()
        self.transport.write(next(self.requests))

    def data_received(self, data: bytes) -> None:
        answer = self.pending + data if self.pending else data
        head = answer.find(b"\r\n\r\n")
        length = LENGTH.search(answer, 0, head + 2) if head >= 0 else None
        if head >= 0 and length is None:
            self.give_up(answer)
        elif length is None or len(answer) < head + 4 + int(length[1]):
            self.pending = answer
        elif answer[9:10] != b"2":
            self.give_up(answer)
        else:
            self.pending = b""
            self.latencies.append(time.perf_counter() - self.began)
            self.answered()

    def answered(self) -> None:
        if not self.over():
            self.ask()
        elif not self.done.done():
            self.done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(NotServed(f"the connection was lost: {exc}"))

    def give_up(self, answer: bytes) -> None:
        if not self.done.done():
            self.done.set_exception(NotServed(answer[:600].decode("utf-8", "replace")))


class _Punctual(_Caller):
    """Counts from when a request was due, so that a server that stalls cannot hide it."""

    due: float | None = None

    def answered(self) -> None:
        self.due = None


C = TypeVar("C", bound=_Caller)


async def closed_loop(
    port: int, requests: Requests, *, seconds: float, connections: int
) -> Measured:
    """As fast as the server answers."""
    latencies: list[float] = []
    ends = time.perf_counter() + 3600
    callers = await _connected(
        port, connections, lambda: _Caller(requests, latencies, lambda: time.perf_counter() > ends)
    )
    began = time.perf_counter()
    ends = began + seconds
    for caller in callers:
        caller.ask()
    await _until_done(callers)
    return Measured(time.perf_counter() - began, sorted(latencies))


async def fixed_rate(
    port: int, requests: Requests, *, rate: float, seconds: float, connections: int
) -> Measured:
    """At a given rate; a request that finds no connection free waits, and its wait counts."""
    latencies: list[float] = []
    callers = await _connected(port, connections, lambda: _Punctual(requests, latencies, bool))
    began = time.perf_counter()
    for number in range(int(rate * seconds)):
        due = began + number / rate
        while time.perf_counter() < due or all(  # noqa: ASYNC110
            caller.due is not None for caller in callers
        ):
            await asyncio.sleep(0.0005)
        free = next(caller for caller in callers if caller.due is None)
        free.ask()
        free.began = free.due = due
        _raise_faults(callers)
    while any(caller.due is not None for caller in callers):
        _raise_faults(callers)
        await asyncio.sleep(0.0005)
    took = time.perf_counter() - began
    for caller in callers:
        caller.done.set_result(None)
    await _until_done(callers)
    return Measured(took, sorted(latencies))


def _raise_faults(callers: list[_Punctual]) -> None:
    for caller in callers:
        if caller.done.done():
            caller.done.result()


async def _connected(port: int, connections: int, make: Callable[[], C]) -> list[C]:
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(make, "127.0.0.1", port) for _ in range(connections)]
    return [caller for _, caller in made]


async def _until_done(callers: Sequence[_Caller]) -> None:
    try:
        await asyncio.gather(*(caller.done for caller in callers))
    finally:
        for caller in callers:
            caller.transport.abort()
