"""``market import-offerings``: a file, processes that read its lines, connections that write them.

Lines are handed out in batches, several under way at once: texts are cut into words on every core
while PostgreSQL writes. Each batch is an act of its own, so that a file that broke off goes on
where it stopped when it is imported again.
"""

from __future__ import annotations

import asyncio
import csv
import multiprocessing
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from io import TextIOWrapper
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import asyncpg
import msgspec

from market.base import db
from market.trade.catalogue.importing import lines, model, operations, rows
from market.trade.catalogue.importing.model import Desk, LineFault, Outcome

if TYPE_CHECKING:
    from _csv import Reader

Connections: TypeAlias = "asyncio.Queue[db.Connection]"

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
    """What one batch came to; ``read_bytes`` of the file are behind it."""

    outcome: Outcome
    read_bytes: int


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
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context(how)) as pool:
        pool.submit(os.getpid).result()
        yield pool


async def import_offerings(
    dsn: str, order: Order, pool: Executor, tell: Callable[[Progress], None]
) -> Outcome:
    """Import the whole file; ``tell`` hears of each batch, in whatever order they end.

    Raises what opening the desk raises, NotReadable, ColumnsUnknown, ColumnsMissing.
    """
    encoding = encoding_of(order.file)
    async with _connections(dsn) as free:
        async with _one_of(free) as conn:
            desk = await operations.open_desk(
                conn, unit=order.unit, importer=order.importer, reviewer=order.reviewer
            )
        return await _run(order, encoding, desk, pool, free, tell)


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


async def _run(
    order: Order,
    encoding: str,
    desk: Desk,
    pool: Executor,
    free: Connections,
    tell: Callable[[Progress], None],
) -> Outcome:
    outcomes: list[Outcome] = []
    room = asyncio.Semaphore(UNDER_WAY)

    async def take(stretch: Stretch) -> None:
        outcome = await _take(order, desk, pool, free, stretch)
        room.release()
        outcomes.append(outcome)
        tell(Progress(outcome, stretch.read_bytes))

    try:
        async with asyncio.TaskGroup() as tasks:
            for stretch in stretches(order.file, encoding):
                await room.acquire()
                tasks.create_task(take(stretch))
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
        outcome = await _trying(lambda: write(conn, desk, batch, prepared))
    return msgspec.structs.replace(outcome, faults=[*stretch.faults, *outcome.faults])


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
