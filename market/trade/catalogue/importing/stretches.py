"""A file in stretches of lines: each goes as text to the process that reads it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from io import StringIO, TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from market.trade.catalogue.importing import lines, model
from market.trade.catalogue.importing.model import LineFault

if TYPE_CHECKING:
    from _csv import Reader

LINES_AT_ONCE: Final = 2_000
ENCODINGS: Final = ("utf-8-sig", "gb18030")
LONGEST_CELL: Final = 200_000


class Stretch(msgspec.Struct, frozen=True):
    """Some lines of the file, as its text has them; it begins on line ``begins``.

    It is divided into cells where it is read: a text goes to another process at a tenth of what
    its cells cost. ``faults``: lines that need not be read, for their code came before.
    """

    header: list[str]
    begins: int
    text: str
    codes: list[str]
    faults: list[LineFault]
    read_bytes: int

    def lines(self) -> tuple[list[int], list[list[str]]]:
        """Numbers and cells of the lines to read; a line's number is that on which it begins."""
        known = {fault.line for fault in self.faults}
        read = _numbered(_reader(StringIO(self.text, newline="")), self.begins)
        numbered = [(number, cells) for number, cells in read if number not in known]
        numbers = [number for number, _ in numbered]
        return numbers, [[cell.strip() for cell in cells] for _, cells in numbered]


def lines_in(file: Path) -> int:
    with file.open("rb") as raw:
        return sum(block.count(b"\n") for block in iter(lambda: raw.read(1 << 20), b""))


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


def read(file: Path, encoding: str) -> Iterator[Stretch]:
    """Raises NotReadable, ColumnsUnknown, ColumnsMissing."""
    said: list[str] = []
    with file.open("rb") as raw, TextIOWrapper(raw, encoding, newline="") as text:
        reader = _reader(_kept(text, said))
        try:
            header = [cell.strip() for cell in next(reader, [])]
            lines.check_header(header)
            numbered = _numbered(reader, reader.line_num + 1)
            checked = _without_repeats(numbered, header.index("code"))
            said.clear()
            begins = reader.line_num + 1
            while chunk := list(islice(checked, LINES_AT_ONCE)):
                yield Stretch(
                    header,
                    begins,
                    "".join(said),
                    codes=[code for code, fault in chunk if fault is None],
                    faults=[fault for _, fault in chunk if fault is not None],
                    read_bytes=raw.tell(),
                )
                said.clear()
                begins = reader.line_num + 1
        except csv.Error as fault:
            raise model.NotReadable from fault


def _reader(text: Iterable[str]) -> Reader:
    csv.field_size_limit(LONGEST_CELL)
    return csv.reader(text, strict=True)


def _kept(text: Iterable[str], said: list[str]) -> Iterator[str]:
    for line in text:
        said.append(line)
        yield line


def _numbered(reader: Reader, begins: int) -> Iterator[tuple[int, list[str]]]:
    """The lines that are not empty; one may go on over several lines of text."""
    first = begins - 1 - reader.line_num
    for cells in reader:
        if cells:
            yield begins, cells
        begins = first + reader.line_num + 1


def _without_repeats(
    numbered: Iterator[tuple[int, list[str]]], code_at: int
) -> Iterator[tuple[str, LineFault | None]]:
    """The code of each line, and what is wrong if it came before."""
    first: dict[str, int] = {}
    for number, cells in numbered:
        code = cells[code_at].strip() if code_at < len(cells) else ""
        before = first.setdefault(code, number) if code else number
        if before == number:
            yield code, None
        else:
            repeated = model.CodeTwice(pointer="/code", repeated=code, first=before)
            yield code, model.line_fault(number, repeated)
