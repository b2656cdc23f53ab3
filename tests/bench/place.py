"""Where the bench takes place: a PostgreSQL of its own, and servers as processes of their own.

It ends only what it started, by process id.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg
import psutil

from market.base import embedded, migrations
from market.base.embedded import Cluster, Dsns
from market.worker import SUBSCRIPTIONS
from tests.bench.load import NotServed

MARKET: Final = "market"
RIVAL: Final = "rival"
LIMIT: Final = "pgbench"
PGLEDGER: Final = "pgledger"
START_SECONDS: Final = 30


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Durable commits and PostgreSQL's own settings, as `make run` has them."""
    with embedded.cluster(folder / "pg") as running:
        yield running


async def migrate(addresses: Dsns) -> None:
    await migrations.migrate(addresses.owner, addresses.logins, subscriptions=SUBSCRIPTIONS)


async def execute(dsn: str, *statements: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def ask(dsn: str, question: str) -> Any:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


class Server:
    """One process that serves HTTP on a free port of this machine."""

    def __init__(self, name: str, words: list[str], environ: dict[str, str], folder: Path) -> None:
        self.name = name
        self.port = _free_port()
        self._words = [*words, str(self.port)]
        self._environ = {**os.environ, **environ}
        self._log = folder / f"{name}.log"

    def launch(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._words], env=self._environ, stdout=log, stderr=log
            )

    async def until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} did not start:\n{self.last_words()}")
            await asyncio.sleep(0.05)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def cpu_seconds(self) -> float:
        return _cpu_of(psutil.Process(self._process.pid))

    def last_words(self) -> str:
        return self._log.read_text()[-2000:]

    def stop(self) -> None:
        if self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@asynccontextmanager
async def serving(*servers: Server) -> AsyncIterator[None]:
    started: list[Server] = []
    try:
        for server in servers:
            server.launch()
            started.append(server)
            await server.until_ready()
        yield
    except NotServed as fault:
        for server in started:
            server.stop()  # what it has to say comes after its answer
        told = "\n".join(f"{server.name}: {server.last_words()}" for server in started)
        raise NotServed(f"{fault}\n{told}") from None
    finally:
        for server in started:
            server.stop()


def postgres_cpu_seconds(running: Cluster) -> float:
    """Of the postmaster and all its children, those that ended included."""
    pid = running.postmaster_pid
    assert pid is not None, "the bench holds the server"
    postmaster = psutil.Process(pid)
    return _cpu_of(postmaster) + sum(_cpu_of(child) for child in postmaster.children())


def _cpu_of(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return sum(times[:4])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
