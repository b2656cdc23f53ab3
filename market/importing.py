"""``market import-offerings``: a file, processes that read its lines, connections that write them.

Lines are handed out in batches, several under way at once: texts are cut into words on every core
while PostgreSQL writes. Each batch is an act of its own, so that a file that broke off goes on
where it stopped when it is imported again.
"""

from __future__ import annotations

import asyncio
import csv
import gc
import multiprocessing
import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from io import TextIOWrapper
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import asyncpg
import msgspec

from market.base import db, indexes
from market.trade.catalogue.importing import lines, loading, model, operations, packing, rows
from market.trade.catalogue.importing.model import Desk, LineFault, Outcome

if TYPE_CHECKING:
    from _csv import Reader

Connections: TypeAlias = "asyncio.Queue[db.Connection]"
Take: TypeAlias = "Callable[[Stretch], Awaitable[Outcome]]"

# From how many lines on a file is loaded, if it has more of them than the catalogue has offerings.
LOADED_FROM: Final = 50_000
LINES_AT_ONCE: Final = 5_000
CONNECTIONS: Final = 2
UNDER_WAY: Final = 5  # batches: some are read while others are written
TRIES: Final = 3
ENCODINGS: Final = ("utf-8-sig", "gb18030")
LONGEST_CELL: Final = 200_000


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


class Stretch(msgspec.Struct, frozen=True):
    """Some lines of the file; ``faults``: those that need not be read, for their code came before.

    A line's number is that on which it begins.
    """

    header: list[str]
    numbers: list[int]
    cells: list[list[str]]
    faults: list[LineFault]
    read_bytes: int


@contextmanager
def readers() -> Iterator[Executor]:
    """Processes that read lines, one for each core.

    They are forked where that is possible, for they need all that is imported here; hence before
    anything else runs, such as a thread.
    """
    how = "fork" if "fork" in multiprocessing.get_all_start_methods() else None
    with ProcessPoolExecutor(
        os.cpu_count(), multiprocessing.get_context(how), initializer=_begin_reading
    ) as pool:
        pool.submit(os.getpid).result()
        yield pool


def _begin_reading() -> None:
    """What a batch leaves has no cycles; looking for them cost a quarter of reading it."""
    gc.freeze()
    gc.set_threshold(1_000_000)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that is killed tells its children nothing: they would wait for lines for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "readers are children"
    parent.join()
    os._exit(1)


async def import_offerings(
    dsn: str,
    order: Order,
    pool: Executor,
    tell: Callable[[Progress], None],
    owner_dsn: str | None = None,
) -> Outcome:
    """Import the whole file; ``tell`` hears of each batch, in whatever order they end.

    With the owner's address a file that is large beside the catalogue is loaded. Raises what
    opening the desk raises, NotReadable, ColumnsUnknown, ColumnsMissing.
    """
    encoding = encoding_of(order.file)
    async with _connections(dsn) as free:
        async with _one_of(free) as conn:
            desk = await operations.open_desk(
                conn, unit=order.unit, importer=order.importer, reviewer=order.reviewer
            )
            large = await _is_large(conn, order)
        one_by_one = partial(_take, order, desk, pool, free)
        if owner_dsn is None or not large:
            return await _run(order.file, encoding, one_by_one, tell)
        async with _loading(owner_dsn, order.file.stat().st_size, tell) as loaders:
            take = one_by_one
            if loaders is not None:
                known = await _codes(loaders, desk)
                take = partial(_load, desk, pool, loaders, known, one_by_one)
            return await _run(order.file, encoding, take, tell)


def encoding_of(file: Path) -> str:
    """Raises NotReadable."""
    for encoding in ENCODINGS:
        try:
            with file.open(encoding=encoding) as text:
                while text.read(1 << 20):
                    pass
        except UnicodeDecodeError:
            continue
        return encoding
    raise model.NotReadable


def stretches(file: Path, encoding: str) -> Iterator[Stretch]:
    """Raises NotReadable, ColumnsUnknown, ColumnsMissing."""
    csv.field_size_limit(LONGEST_CELL)
    with file.open("rb") as raw, TextIOWrapper(raw, encoding, newline="") as text:
        reader = csv.reader(text, strict=True)
        try:
            header = [cell.strip() for cell in next(reader, [])]
            lines.check_header(header)
            numbered = _without_repeats(_numbered(reader), header.index("code"))
            while chunk := list(islice(numbered, LINES_AT_ONCE)):
                good = [(number, cells) for number, cells, fault in chunk if fault is None]
                yield Stretch(
                    header,
                    numbers=[number for number, _ in good],
                    cells=[cells for _, cells in good],
                    faults=[fault for *_, fault in chunk if fault is not None],
                    read_bytes=raw.tell(),
                )
        except csv.Error as fault:
            raise model.NotReadable from fault


def _numbered(reader: Reader) -> Iterator[tuple[int, list[str]]]:
    """The lines that are not empty; one may go on over several lines of text."""
    begins = reader.line_num + 1
    for cells in reader:
        if cells:
            yield begins, [cell.strip() for cell in cells]
        begins = reader.line_num + 1


def _without_repeats(
    numbered: Iterator[tuple[int, list[str]]], code_at: int
) -> Iterator[tuple[int, list[str], LineFault | None]]:
    first: dict[str, int] = {}
    for number, cells in numbered:
        code = cells[code_at] if code_at < len(cells) else ""
        before = first.setdefault(code, number) if code else number
        if before == number:
            yield number, cells, None
        else:
            repeated = model.CodeTwice(pointer="/code", repeated=code, first=before)
            yield number, cells, model.line_fault(number, repeated)


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
            for stretch in stretches(file, encoding):
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
    order: Order, desk: Desk, pool: Executor, free: Connections, stretch: Stretch
) -> Outcome:
    async with _one_of(free) as conn:
        batch = await operations.stamp(conn, stretch.numbers, stretch.cells)
    loop = asyncio.get_running_loop()
    prepared = await loop.run_in_executor(pool, rows.prepare, desk, stretch.header, batch)
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
    count = lines_in(order.file)
    return count >= LOADED_FROM and await loading.fewer_than(conn, count)


def lines_in(file: Path) -> int:
    with file.open("rb") as raw:
        return sum(block.count(b"\n") for block in iter(lambda: raw.read(1 << 20), b""))


async def _codes(loaders: Connections, desk: Desk) -> set[str]:
    async with _one_of(loaders) as conn:
        return await loading.codes_of(conn, desk.unit_id)


async def _load(
    desk: Desk,
    pool: Executor,
    loaders: Connections,
    known: set[str],
    one_by_one: Take,
    stretch: Stretch,
) -> Outcome:
    """What is there already needs a closer look, and so does what somebody else takes meanwhile."""
    code_at = stretch.header.index("code")
    if any(code_at < len(cells) and cells[code_at] in known for cells in stretch.cells):
        return await one_by_one(stretch)
    async with _one_of(loaders) as conn:
        batch = await operations.stamp(conn, stretch.numbers, stretch.cells)
    loop = asyncio.get_running_loop()
    packed = await loop.run_in_executor(pool, packing.pack, desk, stretch.header, batch)
    try:
        async with _one_of(loaders) as conn:
            return await loading.load_batch(conn, desk, packed)
    except asyncpg.UniqueViolationError:
        return await one_by_one(stretch)


@asynccontextmanager
async def _loading(
    dsn: str, file_bytes: int, tell: Callable[[Progress], None]
) -> AsyncIterator[Connections | None]:
    """Connections that load, while indexes are set aside if they can be; None without the power."""
    async with _connections(dsn) as loaders:
        keeper = await db.connect(dsn)
        try:
            made = [loaders.get_nowait() for _ in range(CONNECTIONS)]
            for conn in made:
                loaders.put_nowait(conn)
            able = [await loading.prepare(conn) for conn in (keeper, *made)]
            if not all(able):
                yield None
                return
            if not await indexes.set_aside(keeper, tuple(packing.TABLES)):
                tell(Progress(Outcome(0, 0, []), 0, slowly=True))
                yield loaders
                return
            try:
                yield loaders
            finally:
                await _make_indexes(keeper, made, file_bytes, tell)
        finally:
            await keeper.close()


async def _make_indexes(
    keeper: db.Connection,
    made: list[db.Connection],
    file_bytes: int,
    tell: Callable[[Progress], None],
) -> None:
    names = await indexes.missing(keeper)
    left = len(names)

    async def make(conn: db.Connection) -> None:
        nonlocal left
        while names:
            tell(Progress(Outcome(0, 0, []), file_bytes, left))
            await indexes.make(conn, names.pop(0))
            left -= 1

    await asyncio.gather(*(make(conn) for conn in made))
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
async def _one_of(free: Connections) -> AsyncIterator[db.Connection]:
    conn = await free.get()
    try:
        yield conn
    finally:
        free.put_nowait(conn)


def _line(fault: LineFault) -> int:
    return fault.line
