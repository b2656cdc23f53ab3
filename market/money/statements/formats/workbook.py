"""XLSX into rows of text, after proving that unpacking it is harmless.

The workbook library unpacks in one go, keeps every sheet as a full rectangle and copies each shared
string into each cell that uses it; two cells in opposite corners, or one long string used a million
times, would take all memory. So the archive is first unpacked here, within a limit, measured, and
only what was measured is handed on.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from market.money.statements.formats import refusals

Cell = int | float | str | bool | time | date | datetime | timedelta
Grid = list[list[str]]

_MOST_MB: Final = 64
_MOST_BYTES: Final = _MOST_MB * 1024 * 1024
_MOST_MEMBERS: Final = 500
_MOST_CELLS: Final = 2_000_000
_MOST_STRING_BYTES: Final = 5 * _MOST_BYTES
_EXACT_DIGITS: Final = 10**15
_PLACE: Final = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,3})(\d{0,7})["']""")


def sheets(data: bytes) -> Iterator[Grid]:
    """The sheets in their order, each as rows of text; the first row is row 1 of the sheet."""
    safe = _repacked(data)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(safe)) as workbook:
            for name in workbook.sheet_names:
                yield _grid(workbook.get_sheet_by_name(name))
    except CalamineError as fault:
        raise refusals.WorkbookUnreadable from fault


def _grid(sheet: CalamineSheet) -> Grid:
    rows = sheet.to_python(skip_empty_area=False)
    return [[_written(cell, number) for cell in row] for number, row in enumerate(rows, 1)]


def _written(cell: Cell, row: int) -> str:
    """A cell as it would stand in a CSV; numbers with every digit that the file holds."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if abs(cell) >= _EXACT_DIGITS:
            raise refusals.NumberLostDigits(row=row, found=f"{cell:.0f}")
        exact = Decimal(repr(cell))
        return str(int(exact)) if exact == int(exact) else f"{exact:f}"
    return str(cell)


def _repacked(data: bytes) -> bytes:
    """The workbook's XML members alone, stored, none of them larger than was measured."""
    members: dict[str, bytes] = {}
    room = _MOST_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > _MOST_MEMBERS or sum(e.file_size for e in entries) > _MOST_BYTES:
                raise refusals.WorkbookTooLarge(most_mb=_MOST_MB)
            for entry in entries:
                if entry.filename.endswith((".xml", ".rels")):
                    with archive.open(entry) as member:
                        members[entry.filename] = member.read(room + 1)
                    room -= len(members[entry.filename])
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as fault:
        raise refusals.WorkbookUnreadable from fault
    if "xl/workbook.xml" not in members:
        raise refusals.WorkbookUnreadable
    if room < 0 or not _is_modest(members):
        raise refusals.WorkbookTooLarge(most_mb=_MOST_MB)
    return _stored(members)


def _is_modest(members: dict[str, bytes]) -> bool:
    """Whether rectangles and copied strings, as the library will make them, fit into memory."""
    longest = max(
        (len(part) for part in members.get("xl/sharedStrings.xml", b"").split(b"</si>")), default=0
    )
    for content in members.values():
        width = height = shared = 0
        for letters, digits in _PLACE.findall(content):
            width = max(width, _column_number(letters))
            height = max(height, int(digits or 0))
        shared = content.count(b't="s"') + content.count(b"t='s'")
        if width * height > _MOST_CELLS or longest * shared > _MOST_STRING_BYTES:
            return False
    return True


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _stored(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()
