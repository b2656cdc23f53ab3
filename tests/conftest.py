"""Real PostgreSQL for every test: a migrated template is cloned where a rollback won't do.

A second one is stocked with what most tests begin with.
`conn` rolls everything back; `pool` is a pool on a clone of its own, one a module, for races and
jobs; `fresh_database` clones for one test. TEST_DATABASE_URL (a superuser's address) replaces the
embedded server. What each costs and which world to take: tests/README.md.
"""

import asyncio
import fcntl
import gc
import logging
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import asyncpg
import msgspec
import pytest
import structlog
import uvloop
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

from market.base import db, embedded, migrations, server_owner
from market.base.db import Connection, Pool
from market.base.embedded import Dsns
from tests.world import contracts, invoicing, ready

pytest_plugins: Final = ("tests.access.stage",)
TEMPLATE: Final = "market_template"
STOCKED: Final = "market_stocked"
DEALS: Final = 8
CASTS: Final = 6
ABANDONED_SECONDS: Final = 600
MEMORY: Final = Path("/dev/shm")  # noqa: S108  # a folder of each run's own is made in it
ROOM_BYTES: Final = 2 << 30
WORLDS: Final = {
    "stage": (
        "tests/test_access.py",
        "tests/test_bad_input.py",
        "tests/test_examples.py",
        "tests/test_if_match.py",
    ),
    "auditor": ("tests/auditor/",),
}
PASSWORD: Final = secrets.token_urlsafe()

Clone = Callable[[], AbstractAsyncContextManager[Dsns]]


# A run makes millions of objects that live until its end: they are looked through seldom.
gc.set_threshold(100_000, 50, 1_000)
# The loop that serves: the standard one's sockets cost twice as much. (pytest-asyncio's own hook
# for it makes the fixtures of a session anew when tests with and without a loop follow each other.)
asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
# Nobody reads a line for each of a run's requests; to write them is a twentieth of what they cost.
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-examples", action="store_true", help="see tests/test_examples.py")
    parser.addoption("--made-up", type=int, help="see tests/fuzz.py")
    parser.addoption(
        "--streams", type=int, default=48, help="see money/payments/stripe_events/test_streams.py"
    )
    for option, usual in (("--sends", 1_000), ("--rivals", 60)):
        parser.addoption(
            option, type=int, default=usual, help="see money/payments/online/test_over_http.py"
        )
    parser.addoption("--every-point", action="store_true", help="see tests/races")
    parser.addoption("--lives", type=int, default=0, help="see tests/lives")
    parser.addoption("--minutes", type=float, default=120, help="no lives begin after so long")


class ByWorld(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """Each file by itself, but for those that would make the same dear world in two workers.

    At every point there are so many pairs that the workers share them, by who is ahead.
    """

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        if self.config.getoption("--every-point") and " · " in nodeid:
            return nodeid.partition(" · ")[0]
        return next((world for world, files in WORLDS.items() if file.startswith(files)), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByWorld:
    return ByWorld(config, log)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Callable[[str], Dsns]]:
    """The server of this run: asked for a database's name, it tells the addresses."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield lambda database: _given_dsns(given, database)
        return
    _remove_abandoned()
    # Not below pytest's own folder, whose permissions another run takes back.
    folder = Path(tempfile.mkdtemp(prefix="market-test-", dir=_places()[0]))
    folder.chmod(0o711)
    try:
        with embedded.cluster(folder / "pg", fast=True) as running:
            yield running.dsns
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
async def template(cluster: Callable[[str], Dsns]) -> str:
    """The migrated database that all others are cloned from; nobody connects to it any more."""
    async with _made(cluster, TEMPLATE, "template1") as addresses:
        logins = addresses.app, addresses.worker, addresses.auditor
        await migrations.migrate(addresses.owner, logins)
    return TEMPLATE


@asynccontextmanager
async def _made(cluster: Callable[[str], Dsns], name: str, template: str) -> AsyncIterator[Dsns]:
    """Once it is filled nobody connects to it any more."""
    await _execute(cluster("postgres"), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await _execute(cluster("postgres"), f"CREATE DATABASE {name} TEMPLATE {template}")
    yield cluster(name)
    await _execute(cluster("postgres"), f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")


@pytest.fixture(scope="session")
def clone(cluster: Callable[[str], Dsns], template: str) -> Clone:
    """A context with a database of its own, in which nothing is."""
    return partial(_cloned, cluster, template)


class Stock(NamedTuple):
    """A database to be cloned, and what is in it for whoever takes it; see `tests/world/ready`."""

    template: str
    things: tuple[msgspec.Struct, ...]


@pytest.fixture(scope="session")
async def stock(cluster: Callable[[str], Dsns], template: str) -> Stock:
    async with _made(cluster, STOCKED, template) as addresses:
        connection = await db.connect(addresses.app)
        deals = [await invoicing.fw01(connection) for _ in range(DEALS)]
        casts = [await contracts.cast(connection) for _ in range(CASTS)]
        await connection.close()
    return Stock(STOCKED, (*deals, *casts))


@pytest.fixture(scope="session")
def stocked(cluster: Callable[[str], Dsns], stock: Stock) -> Clone:
    """A context with a database of its own, in which contracts and people stand ready."""

    @asynccontextmanager
    async def cloned() -> AsyncIterator[Dsns]:
        async with _cloned(cluster, stock.template) as addresses:
            ready.stand(addresses, stock.things)
            yield addresses

    return cloned


@asynccontextmanager
async def _cloned(cluster: Callable[[str], Dsns], template: str) -> AsyncIterator[Dsns]:
    name = f"market_{secrets.token_hex(6)}"
    # Copying files takes a fraction of what writing them through the log does.
    how = f"TEMPLATE {template} STRATEGY FILE_COPY"
    await _execute(cluster("postgres"), f"CREATE DATABASE {name} {how}")
    try:
        yield cluster(name)
    finally:
        await _execute(cluster("postgres"), f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def fresh_database(clone: Clone) -> AsyncIterator[Callable[[], Awaitable[Dsns]]]:
    """Make as many databases as the test asks for, and drop them after it."""
    async with AsyncExitStack() as made:
        yield lambda: made.enter_async_context(clone())


@pytest.fixture(scope="session")
async def shared_database(stocked: Clone) -> AsyncIterator[Dsns]:
    async with stocked() as addresses:
        yield addresses


@pytest.fixture(scope="session")
async def shared(shared_database: Dsns) -> AsyncIterator[Connection]:
    """What `conn` hands out again and again: a new connection would plan every statement anew."""
    connection = await db.connect(shared_database.app)
    yield connection
    connection.terminate()


@pytest.fixture
async def conn(shared: Connection) -> AsyncIterator[Connection]:
    """The application's connection, in a transaction that the acts join and that is undone."""
    async with rolled_back(shared):
        yield shared


@asynccontextmanager
async def rolled_back(connection: Connection) -> AsyncIterator[None]:
    """A transaction that ends with its deferred rules checked, and is undone."""
    await connection.execute("BEGIN")
    try:
        async with ready.put_back(connection):
            yield
        with suppress(asyncpg.InFailedSQLTransactionError):
            await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    finally:
        await connection.execute("ROLLBACK")


@pytest.fixture(scope="session")
async def own_database(stocked: Clone) -> AsyncIterator[Dsns]:
    """For modules that turn the clock, or commit people of their own for all of their tests."""
    async with stocked() as addresses:
        yield addresses


@pytest.fixture(scope="session")
async def own_connection(own_database: Dsns) -> AsyncIterator[Connection]:
    connection = await db.connect(own_database.app)
    yield connection
    connection.terminate()


@pytest.fixture(scope="module")
async def pool(stocked: Clone) -> AsyncIterator[Pool]:
    """The application's pool on a clone that the tests of one module share."""
    async with stocked() as addresses:
        opened = await db.open_pool(addresses.app)
        try:
            yield opened
        finally:
            opened.terminate()


async def _execute(addresses: Dsns, sql: str) -> None:
    connection = await asyncpg.connect(addresses.owner)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


def _given_dsns(superuser_url: str, database: str) -> Dsns:
    parts = urlsplit(superuser_url)
    place = parts.netloc.rpartition("@")[2]

    def of(netloc: str) -> str:
        return parts._replace(netloc=netloc, path=f"/{database}").geturl()

    app, worker, auditor = (of(f"{role}:{PASSWORD}@{place}") for role in migrations.LOGINS)
    return Dsns(app, worker, auditor, of(parts.netloc))


def _places() -> list[Path]:
    """Where clusters may lie, the best first: memory spares most of what a clone costs."""
    usual = Path(tempfile.gettempdir())
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES
    return [MEMORY, usual] if roomy and os.access(MEMORY, os.W_OK) else [usual]


def _remove_abandoned() -> None:
    """End the servers of test runs that were killed: nobody holds their lock any more."""
    for folder in chain.from_iterable(place.glob("market-test-*") for place in _places()):
        with suppress(OSError), (folder / "pg" / server_owner.PRESENCE).open() as presence:
            fcntl.flock(presence, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if time.time() - folder.stat().st_mtime > ABANDONED_SECONDS:
                embedded.found(folder / "pg").stop()
                shutil.rmtree(folder)
