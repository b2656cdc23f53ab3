"""Reports as files: CSV that Excel opens without harm, and XLSX.

A cell that begins like a formula is given an apostrophe in CSV and is plain text in XLSX. Amounts
are numbers with the decimals of their currency; ids are text. What may be long is written row by
row: CSV by its rows, XLSX by ``LongXlsx``, which keeps its rows on disk.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import UUID

import xlsxwriter

from market.base.amounts import minor_digits

Cell: TypeAlias = "str | int | date | UUID | Money | None"

BOM: Final = "\ufeff"
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
CSV_TYPE: Final = "text/csv"  # the framework adds the charset
XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_XLSX_ROWS: Final = 1_048_576  # the format's own end, the head included
_PLAIN: Final = {"strings_to_formulas": False, "strings_to_urls": False}
_NO_DAY: Final = datetime(1980, 1, 1)  # noqa: DTZ001  # as the entries of its ZIP, and as naive


class Money(NamedTuple):
    """An amount that knows how many decimals it is printed with."""

    amount_minor: int
    currency: str

    @property
    def decimal(self) -> Decimal:
        return Decimal(self.amount_minor).scaleb(-minor_digits(self.currency))


class Sheet(NamedTuple):
    """A table with a title; the head names each column in Chinese and English."""

    title: str
    head: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def as_csv(sheet: Sheet) -> bytes:
    return csv_head(sheet.head) + csv_rows(sheet.rows)


def csv_head(head: Sequence[str]) -> bytes:
    """What the file begins with."""
    return BOM.encode() + csv_rows([head])


def csv_rows(rows: Iterable[Sequence[Cell]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_csv_cell(cell) for cell in row])
    return out.getvalue().encode()


def _csv_cell(cell: Cell) -> str:
    if isinstance(cell, Money):
        return str(cell.decimal)
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


class _Page:
    """The one page of a workbook, filled from the top; amounts look as in their currency."""

    def __init__(self, book: Any, title: str, head: Sequence[str]) -> None:
        self._page = book.add_worksheet(title[:31])
        self._amounts = {
            digits: book.add_format({"num_format": f"#,##0.{'0' * digits}".rstrip(".")})
            for digits in (2, 0, 3)
        }
        self._page.write_row(0, 0, head, book.add_format({"bold": True}))
        self._page.freeze_panes(1, 0)
        self._filled = 1

    def write(self, row: Sequence[Cell]) -> None:
        for column, cell in enumerate(row):
            if isinstance(cell, Money):
                amount = self._amounts[minor_digits(cell.currency)]
                self._page.write_number(self._filled, column, cell.decimal, amount)
            elif isinstance(cell, int):
                self._page.write_number(self._filled, column, cell)
            else:
                self._page.write_string(self._filled, column, "" if cell is None else str(cell))
        self._filled += 1

    def fit(self) -> None:
        self._page.autofit()

    def fit_to(self, widths: Sequence[int]) -> None:
        """Before the first row of a long page, which nobody goes back to."""
        for column, width in enumerate(widths):
            self._page.set_column(column, column, width)


def as_xlsx(sheet: Sheet) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **_PLAIN}) as book:
        page = _Page(book, sheet.title, sheet.head)
        for row in sheet.rows:
            page.write(row)
        page.fit()
    return out.getvalue()


class LongXlsx:
    """A workbook of any length in little memory; the same rows make the same bytes.

    Its rows are kept in the folder, and ``path`` is there once it is finished.
    """

    def __init__(self, folder: Path, title: str, head: Sequence[str], widths: Sequence[int]):
        self.path = folder / "book.xlsx"
        options = {"constant_memory": True, "tmpdir": str(folder), **_PLAIN}
        self._book = xlsxwriter.Workbook(self.path, options)
        self._book.set_properties({"created": _NO_DAY})
        self._page = _Page(self._book, title, head)
        self._page.fit_to(widths)

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        for row in rows:
            self._page.write(row)

    def finish(self) -> None:
        self._book.close()

    def drop(self) -> None:
        """Let go of the rows of a workbook that nobody waits for any longer."""
        for page in self._book.worksheets():
            page.row_data_fh.close()
