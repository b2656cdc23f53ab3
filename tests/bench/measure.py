"""Rounds: who is compared in a cell, one after the other and backwards, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from typing import NamedTuple

import msgspec
import psutil

from market.base.embedded import Cluster
from tests.bench import load, pgbench, place
from tests.bench.load import Measured, Requests
from tests.bench.pgbench import Script
from tests.bench.place import Server


class Http(msgspec.Struct, frozen=True):
    """Requests to a server."""

    server: Server
    requests: Callable[[], Requests]


Contender = Http | Script


class Cell(msgspec.Struct, frozen=True):
    """What is measured side by side, under the names that goals use."""

    name: str
    contenders: Mapping[str, Contender]
    connections: int = 16


class Cpu(msgspec.Struct):
    """Processor seconds spent while a contender was measured, by who spent them."""

    server: float = 0.0
    postgres: float = 0.0
    client: float = 0.0


class Result(msgspec.Struct):
    """Of one contender: its rate in each round, all its latencies, its processor time."""

    rates: list[float] = []
    latencies: list[float] = []
    cpu: Cpu = msgspec.field(default_factory=Cpu)
    answers: int = 0

    @property
    def rate(self) -> float:
        return median(self.rates)

    def percentile(self, share: float) -> float | None:
        if not self.latencies:
            return None
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


Results = dict[str, Result]


class Once(NamedTuple):
    """One stretch of load."""

    rate: float
    latencies: list[float]
    answers: int


async def measure(running: Cluster, cell: Cell, *, rounds: int, seconds: float) -> Results:
    results: Results = {name: Result() for name in cell.contenders}
    names = list(cell.contenders)
    order = [*names, *reversed(names)]
    for contender in cell.contenders.values():  # once before counting
        await _once(running, contender, cell, 0.5 if isinstance(contender, Http) else 1)
    for _ in range(rounds):
        rates: dict[str, list[float]] = {name: [] for name in cell.contenders}
        for name in order:
            contender, result = cell.contenders[name], results[name]
            before = _cpu(running, contender)
            once = await _once(running, contender, cell, seconds)
            _add(result.cpu, before, _cpu(running, contender))
            rates[name].append(once.rate)
            result.latencies.extend(once.latencies)
            result.answers += once.answers
        for name, pair in rates.items():
            results[name].rates.append(sum(pair) / len(pair))
    return results


async def _once(running: Cluster, contender: Contender, cell: Cell, seconds: float) -> Once:
    if isinstance(contender, Script):
        rate = await pgbench.transactions_per_second(
            running, contender, seconds=seconds, clients=cell.connections
        )
        return Once(rate, [], round(rate * seconds))
    measured: Measured = await load.closed_loop(
        contender.server.port,
        contender.requests(),
        seconds=seconds,
        connections=cell.connections,
    )
    return Once(measured.per_second, measured.latencies, len(measured.latencies))


def _cpu(running: Cluster, contender: Contender) -> Cpu:
    server = contender.server.cpu_seconds() if isinstance(contender, Http) else 0.0
    spent = psutil.Process().cpu_times()
    return Cpu(server, place.postgres_cpu_seconds(running), sum(spent[:4]))


def _add(total: Cpu, before: Cpu, after: Cpu) -> None:
    total.server += after.server - before.server
    total.postgres += after.postgres - before.postgres
    total.client += after.client - before.client


async def at_rate(server: Server, requests: Requests, *, rate: float, seconds: float) -> Results:
    """At a fixed rate, so that latencies are those of whoever does not wait for others."""
    before = server.cpu_seconds()
    measured = await load.fixed_rate(
        server.port, requests, rate=rate, seconds=seconds, connections=16
    )
    result = Result([measured.per_second], measured.latencies, answers=len(measured.latencies))
    result.cpu.server = server.cpu_seconds() - before
    return {"ours": result}
