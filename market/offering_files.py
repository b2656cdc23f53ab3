"""``market import-offerings``: a file, processes that read its lines, connections that write them.

Lines are handed out in batches, several under way at once: texts are cut into words on every core
while PostgreSQL writes. Each batch is an act of its own, so that a file that broke off goes on
where it stopped when it is imported again.
"""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

import asyncpg
import msgspec

from market.base import db, helpers, indexes
from market.base.helpers import Helper, HelperLost
from market.trade.catalogue.importing import loading, operations, packing, rows, stretches
from market.trade.catalogue.importing.model import Desk, LineFault, Outcome
from market.trade.catalogue.importing.stretches import Stretch

One = TypeVar("One")

Connections: TypeAlias = "asyncio.Queue[db.Connection]"
Idle: TypeAlias = "asyncio.Queue[Helper]"
Take: TypeAlias = "Callable[[Stretch], Awaitable[Outcome]]"

# From how many lines on a file is loaded, if it has more of them than the catalogue has offerings.
LOADED_FROM: Final = 50_000
CONNECTIONS: Final = 2
UNDER_WAY: Final = 5  # batches: some are read while others are written
TRIES: Final = 3


class Order(msgspec.Struct, frozen=True):
    """What is to be imported, for which unit, by whom; ``reviewer`` passed it elsewhere."""

    file: Path
    unit: str
    importer: str
    reviewer: str | None
    dry_run: bool


class Progress(msgspec.Struct, frozen=True):
    """What one batch came to; ``read_bytes`` of the file are behind it.

    ``indexes``: those of a loaded file that are not made yet, when all lines are written.
    ``slowly``: it is loaded, but the indexes stay, for somebody else is at the catalogue.
    """

    outcome: Outcome
    read_bytes: int
    indexes: int | None = None
    slowly: bool = False


def readers() -> AbstractContextManager[Sequence[Helper]]:
    """Processes that read lines, and load them: more than cores, for these wait for PostgreSQL."""
    return helpers.processes((os.cpu_count() or 1) + 1, _begin_reading)


def _begin_reading() -> None:
    """What a batch leaves has no cycles; looking for them cost a quarter of reading it."""
    gc.freeze()
    gc.set_threshold(1_000_000)


async def import_offerings(
    dsn: str,
    order: Order,
    reading: Sequence[Helper],
    tell: Callable[[Progress], None],
    owner_dsn: str | None = None,
) -> Outcome:
    """Import the whole file; ``tell`` hears of each batch, in whatever order they end.

    With the owner's address a file that is large beside the catalogue is loaded. Raises what
    opening the desk raises, NotReadable, ColumnsUnknown, ColumnsMissing.
    """
    encoding = stretches.encoding_of(order.file)
    async with _connections(dsn) as free:
        async with _one_of(free) as conn:
            desk = await operations.open_desk(
                conn, unit=order.unit, importer=order.importer, reviewer=order.reviewer
            )
            large = await _is_large(conn, order)
        idle: Idle = asyncio.Queue()
        for reader in reading:
            idle.put_nowait(reader)
        one_by_one = partial(_take, order, desk, idle, free)
        if owner_dsn is None or not large:
            return await _run(order.file, encoding, one_by_one, tell)
        async with _loading(owner_dsn, order.file.stat().st_size, reading, tell) as keeper:
            take = one_by_one
            if keeper is not None:
                known = await loading.codes_of(keeper, desk.unit_id)
                take = partial(_load, desk, idle, known, one_by_one)
            return await _run(order.file, encoding, take, tell)


async def _run(file: Path, encoding: str, take: Take, tell: Callable[[Progress], None]) -> Outcome:
    outcomes: list[Outcome] = []
    room = asyncio.Semaphore(UNDER_WAY)

    async def through(stretch: Stretch) -> None:
        outcome = await take(stretch)
        room.release()
        outcome = msgspec.structs.replace(outcome, faults=[*stretch.faults, *outcome.faults])
        outcomes.append(outcome)
        tell(Progress(outcome, stretch.read_bytes))

    try:
        async with asyncio.TaskGroup() as tasks:
            for stretch in stretches.read(file, encoding):
                await room.acquire()
                tasks.create_task(through(stretch))
    except BaseExceptionGroup as several:  # the others only ended because the first one did
        raise several.exceptions[0] from None
    return Outcome(
        imported=sum(each.imported for each in outcomes),
        already_there=sum(each.already_there for each in outcomes),
        faults=sorted(chain.from_iterable(each.faults for each in outcomes), key=_line),
    )


async def _take(
    order: Order, desk: Desk, idle: Idle, free: Connections, stretch: Stretch
) -> Outcome:
    async with _one_of(free) as conn:
        batch = await operations.stamp(conn, *stretch.lines())
    async with _one_of(idle) as reader:
        prepared = await reader.ask(rows.prepare, desk, stretch.header, batch)
    write = operations.look_batch if order.dry_run else operations.import_batch
    async with _one_of(free) as conn:
        return await _trying(lambda: write(conn, desk, batch, prepared))


# Loading


async def _is_large(conn: db.Connection, order: Order) -> bool:
    """Whether making the indexes anew is cheaper than entering each line into them.

    Drafts have no card, and nothing is written by who only looks.
    """
    if order.reviewer is None or order.dry_run:
        return False
    count = stretches.lines_in(order.file)
    return count >= LOADED_FROM and await loading.fewer_than(conn, count)


async def _load(
    desk: Desk, idle: Idle, known: set[str], one_by_one: Take, stretch: Stretch
) -> Outcome:
    """What is there already needs a closer look, and so does what somebody else takes meanwhile."""
    if not known.isdisjoint(stretch.codes):
        return await one_by_one(stretch)
    async with _one_of(idle) as reader:
        outcome = await reader.ask(_load_there, desk, msgspec.structs.replace(stretch, codes=[]))
    return await one_by_one(stretch) if outcome is None else outcome


@asynccontextmanager
async def _loading(
    dsn: str, file_bytes: int, reading: Sequence[Helper], tell: Callable[[Progress], None]
) -> AsyncIterator[db.Connection | None]:
    """Readers that load, while indexes are set aside if they can be; None without the power."""
    keeper = await db.connect(dsn)
    try:
        if not await loading.prepare(keeper):
            yield None
        elif not await indexes.set_aside(keeper, tuple(packing.TABLES)):
            tell(Progress(Outcome(0, 0, []), 0, slowly=True))
            async with _connected(dsn, reading):
                yield keeper
        else:
            try:
                async with _connected(dsn, reading):
                    yield keeper
            finally:
                await _make_indexes(dsn, keeper, file_bytes, tell)
    finally:
        await keeper.close()


@asynccontextmanager
async def _connected(dsn: str, reading: Sequence[Helper]) -> AsyncIterator[None]:
    """Each reader has a connection of its own: what it packed takes no detour."""
    try:
        await asyncio.gather(*(reader.ask(_connect_there, dsn) for reader in reading))
        yield
    finally:
        for reader in reading:
            with suppress(HelperLost):
                await reader.ask(_disconnect_there)


# In a reader: its loop, and its connection.
_there: Final = threading.local()


def _connect_there(dsn: str) -> None:
    _there.loop = asyncio.Runner()
    _there.conn = _there.loop.run(_loader(dsn))


def _disconnect_there() -> None:
    if hasattr(_there, "conn"):
        _there.loop.run(_there.conn.close())
        del _there.conn
    if hasattr(_there, "loop"):
        _there.loop.close()


def _load_there(desk: Desk, stretch: Stretch) -> Outcome | None:
    """None when somebody took one of the codes."""
    outcome: Outcome | None = _there.loop.run(_read(_there.conn, desk, stretch))
    return outcome


async def _read(conn: db.Connection, desk: Desk, stretch: Stretch) -> Outcome | None:
    batch = await operations.stamp(conn, *stretch.lines())
    packed = packing.pack(desk, stretch.header, batch)
    try:
        return await loading.load_batch(conn, desk, packed)
    except asyncpg.UniqueViolationError:
        return None


async def _loader(dsn: str) -> db.Connection:
    conn = await db.connect(dsn)
    await loading.prepare(conn)
    return conn


async def _make_indexes(
    dsn: str, keeper: db.Connection, file_bytes: int, tell: Callable[[Progress], None]
) -> None:
    names = await indexes.missing(keeper)
    left = len(names)

    async def make(conn: db.Connection) -> None:
        nonlocal left
        while names:
            tell(Progress(Outcome(0, 0, []), file_bytes, left))
            await indexes.make(conn, names.pop(0))
            left -= 1

    other = await _loader(dsn)
    try:
        await asyncio.gather(make(keeper), make(other))
    finally:
        await other.close()
    tell(Progress(Outcome(0, 0, []), file_bytes, left))
    await indexes.release(keeper)


async def _trying(write: Callable[[], Awaitable[Outcome]]) -> Outcome:
    """Again when somebody else took a code or a lock meanwhile: then it is seen."""
    for left in reversed(range(TRIES)):
        try:
            return await write()
        except (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError):
            if not left:
                raise
    raise AssertionError("the last try returns or raises")


@asynccontextmanager
async def _connections(dsn: str) -> AsyncIterator[Connections]:
    free: Connections = asyncio.Queue()
    made = [await db.connect(dsn) for _ in range(CONNECTIONS)]
    try:
        for conn in made:
            free.put_nowait(conn)
        yield free
    finally:
        for conn in made:
            await conn.close()


@asynccontextmanager
async def _one_of(free: asyncio.Queue[One]) -> AsyncIterator[One]:
    one = await free.get()
    try:
        yield one
    finally:
        free.put_nowait(one)


def _line(fault: LineFault) -> int:
    return fault.line
