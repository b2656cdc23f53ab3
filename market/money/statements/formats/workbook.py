"""XLSX (ECMA-376) into rows of text: only what a bank's table needs, within fixed bounds.

Our own reader on defusedxml. python-calamine was tried first: it keeps every sheet as a full
rectangle and copies shared strings into cells, and on a damaged sheet it asked for 600 GB and
aborted the process, which no caller can catch. Here nothing is larger than what was unpacked, and
what is unpacked is counted.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

from market.money.statements.formats import refusals

Grid = list[list[str]]

_MOST_MIB: Final = 64
_MOST_MEMBERS: Final = 500
_MOST_TAGS: Final = 6_000_000
_MOST_ROWS: Final = 120_000
_MOST_COLUMNS: Final = 256
_FIRST_BROKEN: Final = 10**15
_EPOCHS: Final = (datetime(1899, 12, 30), datetime(1904, 1, 1))  # noqa: DTZ001  no zone in a sheet
_BUILT_IN_DATES: Final = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_NOT_A_PATTERN: Final = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
_PLACE: Final = re.compile(r"([A-Z]{1,3})[1-9]\d{0,6}")
_NUMBER: Final = re.compile(r"-?\d{1,300}(?:\.\d{1,300})?(?:[eE][+-]?\d{1,3})?")


def sheets(data: bytes) -> Iterator[Grid]:
    """The sheets in their order, each as rows of text; the first row is row 1 of the sheet."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from _Workbook(archive).sheets()
    except DefusedXmlException as fault:
        raise refusals.XmlForbidden from fault
    except (
        zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError,
        ParseError, KeyError, IndexError, ValueError, LookupError, OverflowError,
    ) as fault:  # fmt: skip
        raise refusals.WorkbookUnreadable from fault


class _Workbook:
    """The parts of a workbook that its sheets share."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.room = _MOST_MIB * 1024 * 1024
        if len(archive.infolist()) > _MOST_MEMBERS:
            raise refusals.WorkbookTooLarge(most_mib=_MOST_MIB)
        self.names = frozenset(archive.namelist())
        self.root = self._tree("xl/workbook.xml")
        self.strings = self._strings()
        self.dates = self._date_styles()
        starts_1904 = any(
            e.get("date1904") in {"1", "true"} for e in _named(self.root, "workbookPr")
        )
        self.epoch = _EPOCHS[starts_1904]

    def sheets(self) -> Iterator[Grid]:
        relations = self._tree("xl/_rels/workbook.xml.rels")
        targets = {link.get("Id"): link.get("Target", "") for link in relations}
        for sheet in _named(self.root, "sheet"):
            link = next(value for key, value in sheet.items() if key.endswith("}id"))
            name = posixpath.normpath(posixpath.join("/xl", targets[link])).lstrip("/")
            if "worksheet" in name:
                yield self._grid(name)

    def _read(self, name: str) -> bytes:
        with self.archive.open(name) as member:
            content = member.read(self.room + 1)
        self._spend(len(content))
        if content.count(b"<") > _MOST_TAGS:
            raise refusals.WorkbookTooLarge(most_mib=_MOST_MIB)
        return content

    def _spend(self, size: int) -> None:
        """Members and cells draw on one budget, because a string may fill a million cells."""
        self.room -= size
        if self.room < 0:
            raise refusals.WorkbookTooLarge(most_mib=_MOST_MIB)

    def _tree(self, name: str) -> Element:
        root: Element = defusedxml.ElementTree.fromstring(self._read(name), forbid_dtd=True)
        return root

    def _strings(self) -> list[str]:
        if "xl/sharedStrings.xml" not in self.names:
            return []
        return [_text(item) for item in self._tree("xl/sharedStrings.xml")]

    def _date_styles(self) -> frozenset[str]:
        """The numbers of the cell styles that show a number as a date."""
        if "xl/styles.xml" not in self.names:
            return frozenset()
        styles = self._tree("xl/styles.xml")
        own = {
            form.get("numFmtId"): _NOT_A_PATTERN.sub("", form.get("formatCode", "")).lower()
            for form in _named(styles, "numFmt")
        }
        dated = {number for number, pattern in own.items() if set("yd") & set(pattern)}
        dated |= {str(number) for number in _BUILT_IN_DATES} - set(own)
        cells = next(iter(_named(styles, "cellXfs")), ())
        return frozenset(str(n) for n, form in enumerate(cells) if form.get("numFmtId") in dated)

    def _grid(self, name: str) -> Grid:
        grid: Grid = []
        content = io.BytesIO(self._read(name))
        for _, element in defusedxml.ElementTree.iterparse(content, forbid_dtd=True):
            if _local(element) == "row":
                number = int(element.get("r") or len(grid) + 1)
                if row := self._row(element, number):
                    _require_ahead(number, len(grid), _MOST_ROWS)
                    grid += [[] for _ in range(number - 1 - len(grid))]
                    grid.append(row)
                element.clear()
        return grid

    def _row(self, element: Element, number: int) -> list[str]:
        row: list[str] = []
        for cell in element:
            place = _PLACE.fullmatch(cell.get("r", ""))
            column = _column(place[1]) if place else len(row) + 1
            written = self._written(cell, number)
            if written:
                self._spend(len(written))
                _require_ahead(column, len(row), _MOST_COLUMNS)
                row += [""] * (column - 1 - len(row))
                row.append(written)
        return row

    def _written(self, cell: Element, number: int) -> str:
        """A cell as it would stand in a CSV; a number with every digit that the file holds."""
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return _text(cell)
        value = next((child.text or "" for child in cell if _local(child) == "v"), "")
        if kind == "s":
            return self.strings[int(value)] if value else ""
        if kind != "n" or not value:
            return value
        if not _NUMBER.fullmatch(value):
            raise refusals.WorkbookUnreadable
        return self._number(value, number, is_date=cell.get("s", "0") in self.dates)

    def _number(self, value: str, row: int, *, is_date: bool) -> str:
        """Spreadsheets write the 17 digits of a float; its shortest form is what was entered."""
        exact = Decimal(repr(float(value)))
        if is_date:
            instant = self.epoch + timedelta(seconds=round(exact * 86_400))
            return instant.strftime("%Y-%m-%d %H:%M:%S").removesuffix(" 00:00:00")
        if abs(exact) >= _FIRST_BROKEN:
            raise refusals.NumberLostDigits(row=row, found=f"{exact:f}"[:40])
        return f"{exact:f}".removesuffix(".0")


def _require_ahead(place: int, taken: int, most: int) -> None:
    """Rows and cells come in their order, and none so far off that the gap would fill memory."""
    if place > most:
        raise refusals.WorkbookTooLarge(most_mib=_MOST_MIB)
    if place <= taken:
        raise refusals.WorkbookUnreadable


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _named(root: Element, name: str) -> list[Element]:
    return [element for element in root.iter() if _local(element) == name]


def _text(item: Element) -> str:
    """The runs of a string, without the readings that stand above its characters."""
    parts: list[str] = []
    waiting = [item]
    while waiting:
        element = waiting.pop()
        if _local(element) == "t":
            parts.append(element.text or "")
        elif _local(element) != "rPh":
            waiting += reversed(element)
    return "".join(parts)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
