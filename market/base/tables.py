"""Reports as files: CSV that Excel opens without harm, and XLSX.

A cell that begins like a formula is given an apostrophe in CSV and is plain text in XLSX. Amounts
are numbers with two decimals, or with those of their currency; ids are text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple, TypeAlias
from uuid import UUID

import xlsxwriter

from market.base.amounts import minor_digits

Cell: TypeAlias = "str | int | date | UUID | Money | None"

BOM: Final = "\ufeff"
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
CSV_TYPE: Final = "text/csv"  # the framework adds the charset
XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(sheet.head)
    for row in sheet.rows:
        writer.writerow([_csv_cell(cell) for cell in row])
    return (BOM + out.getvalue()).encode()


def _csv_cell(cell: Cell) -> str:
    if isinstance(cell, Money):
        return str(cell.decimal)
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def as_xlsx(sheet: Sheet) -> bytes:
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        page = book.add_worksheet(sheet.title[:31])
        bold = book.add_format({"bold": True})
        amount = book.add_format({"num_format": "#,##0.00"})
        page.write_row(0, 0, sheet.head, bold)
        page.freeze_panes(1, 0)
        for number, row in enumerate(sheet.rows, start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, Money):
                    page.write_number(number, column, cell.decimal, amount)
                elif isinstance(cell, int):
                    page.write_number(number, column, cell)
                else:
                    page.write_string(number, column, "" if cell is None else str(cell))
        page.autofit()
    return out.getvalue()
