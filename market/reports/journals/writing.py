"""An export as the pieces of a file, in the order in which they are read, sent or written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Protocol

from market.base import tables
from market.base.access import require
from market.base.tables import LongXlsx
from market.reports.journals import operations
from market.reports.journals.beancount import Beancount
from market.reports.journals.hledger import Hledger
from market.reports.journals.model import (
    ENDINGS,
    NAMES_ZH,
    Books,
    Format,
    Record,
    TooLongForASheet,
)
from market.reports.journals.operations import BY_DAY, BY_NUMBER, Desk
from market.reports.journals.sheets import LAYOUTS, GeneralLedger, Journal, Row, Vouchers
from market.reports.journals.texts import JournalText

CHUNK_BYTES: Final = 65_536
TEXTS: Final[dict[Format, type[JournalText]]] = {
    Format.BEANCOUNT: Beancount,
    Format.HLEDGER: Hledger,
}
FORMATS: Final = {
    Record.JOURNAL: tuple(Format),
    Record.GENERAL_LEDGER: (Format.CSV, Format.XLSX),
    Record.VOUCHERS: (Format.CSV, Format.XLSX),
}

# Told how many postings (of the general ledger, lines) are written by now, out of how many.
Tell = Callable[[int, int], None]


class Table(Protocol):
    """Rows from what was read, and rows under all of them."""

    def rows(self, found: Iterable[Any]) -> Iterator[Row]: ...
    def end(self) -> Iterator[Row]: ...


def file_name(books: Books, record: Record, kind: Format) -> str:
    scope = books.scope
    span = f"{scope.from_on} 至 {scope.until_on}"
    return f"{NAMES_ZH[record]} {books.unit.name_zh} {span}.{ENDINGS[kind]}"


def require_room(books: Books, record: Record, kind: Format, most: int) -> None:
    """Raises TooLongForASheet when a workbook would have more rows than it may."""
    counts = {
        Record.JOURNAL: books.lines,
        Record.GENERAL_LEDGER: books.lines + 2 * len(books.accounts),
        # A row for each voucher and currency, and either has two lines at least.
        Record.VOUCHERS: books.lines // 2,
    }
    rows = counts[record]
    require(kind is not Format.XLSX or rows <= most, TooLongForASheet(rows=rows, most=most))


def pieces(
    desk: Desk, books: Books, record: Record, kind: Format, tell: Tell | None = None
) -> AsyncIterator[bytes]:
    """The file of the record; ``tell`` is called as it grows."""
    if kind in TEXTS:
        return _text(desk, books, TEXTS[kind](books), tell)
    if kind is Format.CSV:
        return _csv(desk, books, record, tell)
    return _xlsx(desk, books, record, tell)


async def _text(
    desk: Desk, books: Books, journal: JournalText, tell: Tell | None
) -> AsyncIterator[bytes]:
    yield journal.head().encode()
    async for some in _told(operations.vouchers(desk, books, BY_DAY), books.postings, tell):
        yield journal.part(some).encode()
    yield journal.end().encode()


async def _csv(desk: Desk, books: Books, record: Record, tell: Tell | None) -> AsyncIterator[bytes]:
    yield tables.csv_head(LAYOUTS[record].head)
    async for rows in _rows(desk, books, record, tell):
        yield tables.csv_rows(rows)


async def _xlsx(
    desk: Desk, books: Books, record: Record, tell: Tell | None
) -> AsyncIterator[bytes]:
    """Made beside the requests, in a thread; nothing can be sent before the last row is known."""
    with TemporaryDirectory(prefix="market-") as folder:
        book = LongXlsx(Path(folder), NAMES_ZH[record], *LAYOUTS[record])
        try:
            async for rows in _rows(desk, books, record, tell):
                await asyncio.to_thread(book.write, rows)
            await asyncio.to_thread(book.finish)
        finally:
            book.drop()
        with book.path.open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
                yield chunk


async def _rows(
    desk: Desk, books: Books, record: Record, tell: Tell | None
) -> AsyncIterator[list[Row]]:
    table: Table
    found: AsyncIterator[list[Any]]
    if record is Record.GENERAL_LEDGER:
        table, total = GeneralLedger(books), books.lines
        found = operations.entries(desk, books)
    elif record is Record.VOUCHERS:
        table, total = Vouchers(books), books.postings
        found = operations.vouchers(desk, books, BY_NUMBER)
    else:
        table, total = Journal(books), books.postings
        found = operations.vouchers(desk, books, BY_DAY)
    async for some in _told(found, total, tell):
        yield list(table.rows(some))
    yield list(table.end())


async def _told(
    found: AsyncIterator[list[Any]], total: int, tell: Tell | None
) -> AsyncIterator[list[Any]]:
    done = 0
    async for some in found:
        yield some
        done += len(some)
        if tell is not None:
            tell(done, total)
