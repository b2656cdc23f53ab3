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
from msgspec import structs

from market.base import pinyin
from market.base.errors import MarketError
from market.trade.catalogue import indexing
from market.trade.catalogue.cards import Listed, Published
from market.trade.catalogue.importing import lines, model
from market.trade.catalogue.importing.model import Batch, Desk, LineFault, Prepared, Worker
from market.trade.catalogue.terms import NewOffering, price_band, price_key, terms_of

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
_encode: Final = msgspec.json.Encoder().encode


def prepare(desk: Desk, header: Sequence[str], batch: Batch) -> Prepared:
    """Read each line; the faulty ones are told apart."""
    places: list[int] = []
    rows: list[tuple[Any, ...]] = []
    faults: list[LineFault] = []
    for place, (number, cells) in enumerate(zip(batch.numbers, batch.rows, strict=True)):
        try:
            new, workers = lines.read(desk, header, cells)
        except MarketError as refusal:
            faults.append(model.line_fault(number, refusal))
        except msgspec.ValidationError as fault:
            faults.append(lines.fault_of_field(number, fault))
        else:
            row = _said(new)
            if desk.reviewer_id is not None:
                row += _reckoned(desk, new, workers, batch.ids[place], batch.instant(place))
            rows.append(row)
            places.append(place)
    return Prepared(places, [list(column) for column in zip(*rows, strict=True)], faults)


def _said(new: NewOffering) -> tuple[Any, ...]:
    arrays = (array(new.deliverables), array(map(str, new.member_ids)), array(new.qualifications))
    return (*_scalars_of(new), *arrays)


def _reckoned(
    desk: Desk, new: NewOffering, workers: Sequence[Worker], offering_id: UUID, at: datetime
) -> tuple[Any, ...]:
    terms = terms_of(new)
    own = (offering_id, FIRST, desk.unit_id, new.code, new.kind, *OF_RIGHT, at)
    shown = Published(*[*structs.astuple(terms), *own, desk.name_zh, desk.name_en])
    listed = Listed(*_listed_of(shown))
    levels = sorted({level for worker in workers for level in worker.levels})
    return (
        price_key(terms),
        price_band(terms),
        _encode(listed),
        _encode(shown),
        pinyin.sort_key(new.title_zh),
        array(levels),
        indexing.vector(shown, (desk.name_zh, desk.name_en or "")),
    )


def array(items: Iterable[str]) -> str:
    quoted = '","'.join([item.replace("\\", "\\\\").replace('"', '\\"') for item in items])
    return f'{{"{quoted}"}}' if quoted else "{}"
