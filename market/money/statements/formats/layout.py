"""Finding a table inside a bank's export: which row is the header, and which layout it follows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

import msgspec

from market.base import text
from market.base.errors import Phrase, listed
from market.money.statements.formats import refusals
from market.money.statements.formats.model import Columns, Mapping

Grid = list[list[str]]

HEAD_ROWS: Final = 60
_LONGEST_LABEL: Final = 100
_ENGLISH: Final = re.compile(r"\[.*?\]|<.*?>")


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """A header row that fits a mapping; ``places`` are column numbers by the name in Columns."""

    mapping: Mapping
    header_row: int
    labels: list[str]
    places: dict[str, list[int]]

    @property
    def fit(self) -> int:
        return len(self.places)

    def cell(self, row: Sequence[str], column: str) -> str:
        """The cell of the preferred column that the file has; empty when it has none."""
        places = self.places.get(column)
        return row[places[0]] if places and places[0] < len(row) else ""

    def cells(self, row: Sequence[str], column: str) -> Iterator[str]:
        """The cells of all columns of that name that the file has."""
        return (row[place] for place in self.places.get(column, ()) if place < len(row))

    def label(self, column: str) -> str:
        """What the file itself calls the column."""
        places = self.places.get(column)
        return self.labels[places[0]] if places else column


def find(head: Grid, mappings: Iterable[Mapping]) -> Layout:
    """The layout that explains most columns; of equals the first mapping and row.

    Raises ColumnsMissing naming what the closest one lacks.
    """
    mappings = list(mappings)
    found: Layout | None = None
    closest: tuple[int, str, list[str]] = (-1, "", [])
    for number, row in enumerate(head[:HEAD_ROWS]):
        at = _places_of_labels(row)
        for mapping in mappings:
            layout = _laid(mapping, number, row, at)
            missing = _missing(layout)
            if not missing and (found is None or layout.fit > found.fit):
                found = layout
            if missing and layout.fit > closest[0]:
                closest = (layout.fit, mapping.bank, missing)
    if found is None:
        raise refusals.ColumnsMissing(
            bank=closest[1], missing=listed(Phrase(label, label) for label in closest[2])
        )
    return found


def _places_of_labels(row: list[str]) -> dict[str, int]:
    """Each label with the first column that it heads, with and without its English part."""
    at: dict[str, int] = {}
    for place, cell in enumerate(row):
        if len(cell) <= _LONGEST_LABEL:
            at.setdefault(text.squeezed(cell), place)
            at.setdefault(text.squeezed(_ENGLISH.sub("", cell)), place)
    at.pop("", None)
    return at


def _laid(mapping: Mapping, number: int, row: list[str], at: dict[str, int]) -> Layout:
    places = {}
    for column in Columns.__struct_fields__:
        wanted = (text.squeezed(label) for label in getattr(mapping.columns, column))
        if here := [at[label] for label in wanted if label in at]:
            places[column] = list(dict.fromkeys(here))
    return Layout(
        mapping=mapping,
        header_row=number,
        labels=[text.plain(cell[:_LONGEST_LABEL]) for cell in row],
        places=places,
    )


def _missing(layout: Layout) -> list[str]:
    """The needed columns that are not there, by the label that the bank gives them."""
    columns = layout.mapping.columns
    needed = ["booked_on"]
    if columns.amount:
        needed += ["amount"] if layout.mapping.is_signed else ["amount", "direction"]
    else:
        needed += ["debit", "credit"]
    return [
        next(iter(getattr(columns, column)), column)
        for column in needed
        if column not in layout.places
    ]


def labelled(rows: Iterable[list[str]], labels: Sequence[str]) -> Iterator[str]:
    """What stands behind a label: the rest of its cell, or the cells that follow.

    ``账号:51…`` and ``账号 | 51…`` are both read, ``对方账号:`` is another label. The
    preferred label comes first. The rows' cells are plain text already.
    """
    rows = list(rows)
    return chain.from_iterable(_behind(rows, label) for label in labels)


def _behind(rows: list[list[str]], label: str) -> Iterator[str]:
    alone = text.squeezed(label)
    spaced = " ?".join(re.escape(character) for character in alone)
    inside = re.compile(rf"(?<!\w){spaced} ?: ?(.+)", re.IGNORECASE)
    for row in rows:
        for place, cell in enumerate(row):
            if cell.replace(" ", "").casefold().rstrip(":") == alone:
                yield from (value for value in row[place + 1 : place + 8] if value)
            elif match := inside.search(cell):
                yield match[1]
