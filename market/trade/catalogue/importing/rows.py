"""Good lines as columns, one list for each, that PostgreSQL takes in one statement.

It runs in processes of its own, for cutting texts into words costs more than anything else here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

import msgspec

from market.base import pinyin
from market.base.errors import MarketError
from market.trade.catalogue import indexing
from market.trade.catalogue.cards import Listed, Published
from market.trade.catalogue.importing import lines, model
from market.trade.catalogue.importing.model import Batch, Desk, LineFault, Prepared, Worker
from market.trade.catalogue.terms import NewOffering, Terms, price_band, price_key

# What a line says of itself: the columns of the offering, of its version, of its draft.
SAID: Final = {
    "code": "text",
    "kind": "text",
    "title_zh": "text",
    "title_en": "text",
    "summary": "text",
    "description": "text",
    "price_model": "text",
    "price_minor": "bigint",
    "royalty_ppm": "integer",
    "currency": "text",
    "free_or_paid": "text",
    "lead_time_days": "integer",
    "technical_field": "text",
    "industry": "text",
    "region": "text",
    "deliverables": "text",
    "member_ids": "text",
    "qualifications": "text",
}
# What is reckoned from it: how the public reads and finds it.
RECKONED: Final = {
    "price_key": "bigint",
    "price_band": "text",
    "item": "bytea",
    "detail": "bytea",
    "title_key": "text",
    "levels": "text",
    "tsv": "text",
}
# What it gets.
GIVEN: Final = {"id": "uuid", "published_at": "timestamptz"}
COLUMNS: Final = {**SAID, **GIVEN, **RECKONED}
# Arrays are told as PostgreSQL writes them: a parameter holds one array, not one for each row.
ARRAY_OF: Final = {"deliverables": "text", "member_ids": "uuid", "qualifications": "text"}
FIRST: Final = 1  # the number of an offering's first version
OF_RIGHT: Final = (None, None, None)  # its kind, number and title: no line has one
_scalars_of: Final = attrgetter(*(name for name in SAID if name not in ARRAY_OF))
_listed_of: Final = attrgetter(*Listed.__struct_fields__)
_terms_of: Final = attrgetter(*Terms.__struct_fields__)
_encode: Final = msgspec.json.Encoder().encode


def prepare(desk: Desk, header: Sequence[str], batch: Batch) -> Prepared:
    """Read each line; the faulty ones are told apart."""
    good, faults = read(desk, header, batch)
    rows = []
    for place, new, workers in good:
        row = _said(new)
        if desk.reviewer_id is not None:
            row += _reckoned(desk, new, workers, batch.id(place), batch.instant(place))
        rows.append(row)
    places = [place for place, *_ in good]
    return Prepared(places, [list(column) for column in zip(*rows, strict=True)], faults)


def read(
    desk: Desk, header: Sequence[str], batch: Batch
) -> tuple[list[tuple[int, NewOffering, list[Worker]]], list[LineFault]]:
    """The good lines with their places in the batch and who does their work; the other's faults."""
    good: list[tuple[int, NewOffering, list[Worker]]] = []
    faults: list[LineFault] = []
    for place, (number, cells) in enumerate(zip(batch.numbers, batch.rows, strict=True)):
        try:
            good.append((place, *lines.read(desk, header, cells)))
        except MarketError as refusal:
            faults.append(model.line_fault(number, refusal))
        except msgspec.ValidationError as fault:
            faults.append(lines.fault_of_field(number, fault))
    return good, faults


def _said(new: NewOffering) -> tuple[Any, ...]:
    arrays = (array(new.deliverables), array(map(str, new.member_ids)), array(new.qualifications))
    return (*_scalars_of(new), *arrays)


def _reckoned(
    desk: Desk, new: NewOffering, workers: Sequence[Worker], offering_id: UUID, at: datetime
) -> tuple[Any, ...]:
    seen = shown(desk, new, offering_id, at)
    return (
        price_key(seen),
        price_band(seen),
        *cards_of(seen),
        title_key(new),
        array(levels_of(workers)),
        indexing.vector(seen, (desk.name_zh, desk.name_en or "")),
    )


def shown(desk: Desk, new: NewOffering, offering_id: UUID, at: datetime) -> Published:
    """The offering as the public will read it."""
    own = (offering_id, FIRST, desk.unit_id, new.code, new.kind, *OF_RIGHT, at)
    return Published(*[*_terms_of(new), *own, desk.name_zh, desk.name_en])


def cards_of(seen: Published) -> tuple[bytes, bytes]:
    """Its line in a listing, and its detail."""
    return _encode(Listed(*_listed_of(seen))), _encode(seen)


def title_key(new: NewOffering) -> str:
    return pinyin.sort_key(new.title_zh)


def levels_of(workers: Sequence[Worker]) -> tuple[str, ...]:
    return tuple(sorted({level for worker in workers for level in worker.levels}))


def array(items: Iterable[str]) -> str:
    quoted = '","'.join([item.replace("\\", "\\\\").replace('"', '\\"') for item in items])
    return f'{{"{quoted}"}}' if quoted else "{}"
