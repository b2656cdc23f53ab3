"""A way between two parties that can be made to fail, as networks do.

``async with opened(target) as proxy`` listens on ``proxy.port``; ``proxy.order(ill)`` lets the next
traffic suffer it, ``proxy.heal()`` ends what lasts.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Final

CHUNK: Final = 1 << 16
SLOW_SECONDS: Final = 0.05
# Closing with this option sends a reset in the place of an end.
RESETTING: Final = struct.pack("ii", 1, 0)

Target = Path | int


class Ill(StrEnum):
    """Latency and half-open last until healed; the others strike one connection, once.

    ``reset``: in the middle of anything. ``half_open``: those that are there stay, and bring
    nothing any more. ``truncated``: of an answer half arrives. ``lost_answer``: what was asked is
    done, and the answer never comes; which one, the proxy's ``marks`` say.
    """

    LATENCY = "latency"
    RESET = "reset"
    HALF_OPEN = "half_open"
    TRUNCATED = "truncated"
    LOST_ANSWER = "lost_answer"


class Link:
    """One connection, and what has become of it."""

    def __init__(self, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self.near = near
        self.far = far
        self.is_silent = False
        self.loses_answer = False

    def reset(self) -> None:
        for writer in (self.near, self.far):
            wire = writer.get_extra_info("socket")
            with suppress(OSError):
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESETTING)
            writer.transport.abort()


class Proxy:
    """``marks``: what stands in a request whose answer is worth losing."""

    def __init__(self, target: Target, marks: bytes) -> None:
        self.target = target
        self.marks = marks
        self.port = 0
        self.links: set[Link] = set()
        self.ill: Ill | None = None
        self.struck = 0

    def order(self, ill: Ill) -> None:
        self.ill = ill
        if ill is Ill.HALF_OPEN:
            for link in self.links:
                link.is_silent = True
            self.struck += len(self.links)

    def heal(self) -> None:
        """New traffic is well; what is half open remains so, as it would."""
        self.ill = None

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if isinstance(self.target, Path):
                back, forth = await asyncio.open_unix_connection(str(self.target))
            else:
                back, forth = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        link = Link(writer, forth)
        self.links.add(link)
        try:
            await asyncio.gather(
                self._carry(link, reader, forth, asks=True),
                self._carry(link, back, writer, asks=False),
            )
        finally:
            self.links.discard(link)

    async def _carry(
        self, link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, asks: bool
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                if link.is_silent:
                    continue
                if self.ill is not None:
                    data = await self._suffered(link, data, asks=asks)
                writer.write(data)
                await writer.drain()
        # An end goes on; so does silence, until whoever waits gives up.
        with suppress(OSError):
            writer.close()

    async def _suffered(self, link: Link, data: bytes, *, asks: bool) -> bytes:
        """What arrives of it. Raises ConnectionResetError where nothing more does."""
        if self.ill is Ill.LATENCY:
            self.struck += 1
            await asyncio.sleep(SLOW_SECONDS)
        elif self.ill is Ill.RESET:
            self._strike(link)
        elif self.ill is Ill.TRUNCATED and not asks:
            link.near.write(data[: max(1, len(data) // 2)])
            await link.near.drain()
            self._strike(link, gently=True)
        elif self.ill is Ill.LOST_ANSWER and asks:
            link.loses_answer = self.marks in data
        elif link.loses_answer:
            self._strike(link)
        return data

    def _strike(self, link: Link, *, gently: bool = False) -> None:
        """``gently``: what was sent before still arrives."""
        self.ill = None
        self.struck += 1
        if gently:
            link.near.close()
            link.far.close()
        else:
            link.reset()
        raise ConnectionResetError("as it was ordered")


@asynccontextmanager
async def opened(target: Target, marks: bytes) -> AsyncIterator[Proxy]:
    proxy = Proxy(target, marks)
    server = await asyncio.start_server(proxy.meet, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        while proxy.links:
            for link in list(proxy.links):
                link.reset()
            await asyncio.sleep(0)
