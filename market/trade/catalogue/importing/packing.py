"""Good lines as COPY takes them in binary: whole rows of four tables.

It runs in processes of its own, for cutting texts into words costs more than anything else here.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, TypeAlias
from uuid import UUID

from market.trade.catalogue import indexing
from market.trade.catalogue.importing import ids, rows
from market.trade.catalogue.importing.model import Batch, Desk, Packed
from market.trade.catalogue.importing.rows import FIRST
from market.trade.catalogue.model import OfferingState
from market.trade.catalogue.terms import Terms, price_band, price_key

Pack: TypeAlias = Callable[[Any], bytes]

BEGIN: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END: Final = b"\xff\xff"
KEY: Final = b"\0\0\0\x10"  # the length of a UUID
NULL: Final = b"\xff\xff\xff\xff"
TEXT_OID: Final = 25
UUID_OID: Final = 2950
MICROSECOND: Final = timedelta(microseconds=1)
SINCE: Final = datetime(2000, 1, 1, tzinfo=UTC)  # from where PostgreSQL counts its instants
UNTIL_THEN: Final = (SINCE - datetime(1970, 1, 1, tzinfo=UTC)) // MICROSECOND
NOWHERE: Final = b"\0\0\0"  # a mark has no position
MARKED: Final = ("band", "kind", "field", "industry", "region")
STRETCHES: Final = range(13, 50, 4)  # the widths in `search_marks`, in bits

# What most lines have in common with many others: packed together, and kept.
COMMON: Final = (
    *("price_model", "royalty_ppm", "currency", "tax_class", "free_or_paid", "capacity"),
    *("commission_ppm", "right_id", "kind"),
)
OWN: Final = tuple(name for name in Terms.__struct_fields__ if name not in COMMON)
TERMS: Final = (*OWN, *COMMON)
FACTS: Final = (
    *("price_key", "price_band", "kind", "technical_field", "industry", "region", "unit_id"),
    "title_key",
)
# Each table's columns as they are packed: what all lines share comes first.
TABLES: Final = {
    "offering": (
        *("unit_id", "state", "published_number", "maker_ids", "moved_by"),
        *("id", "code", "created_at", *TERMS),
    ),
    "offering_version": (
        *("unit_id", "number", "maker_ids", "published_by"),
        *("id", "offering_id", "code", "published_at", *TERMS),
    ),
    "offering_card": ("number", "version", "id", "published_at", *FACTS, "item", "detail"),
    "offering_search": ("id", "published_at", *FACTS, "levels", "tsv"),
}

_size: Final = struct.Struct("!i").pack
_sized_integer: Final = struct.Struct("!ii").pack
_sized_bigint: Final = struct.Struct("!iq").pack
_field_count: Final = struct.Struct("!h").pack
_filters_of: Final = attrgetter("kind", "technical_field", "industry", "region")
_array_head: Final = struct.Struct("!iiiii").pack


def pack(desk: Desk, header: Sequence[str], batch: Batch) -> Packed:
    """Read each line; the faulty ones are told apart. What is packed is published."""
    good, faults = rows.read(desk, header, batch)
    offered, versioned, carded, searched = _shared_by_all(desk)
    unit_id, unit_mark = _uuid(desk.unit_id), _mark("unit", str(desk.unit_id))
    names = (desk.name_zh, desk.name_en or "")
    offerings, versions, cards, searches = [BEGIN], [BEGIN], [BEGIN], [BEGIN]
    first = (batch.at - SINCE) // MICROSECOND
    version_ids = ids.siblings(batch.ids)
    for place, new, workers in good:
        shown = rows.shown(desk, new, batch.id(place), batch.instant(place))
        item, detail = rows.cards_of(shown)
        levels = rows.levels_of(workers)
        filters = (price_band(shown), *_filters_of(new))
        id_at = slice(16 * place, 16 * place + 16)
        key, version_key = KEY + batch.ids[id_at], KEY + version_ids[id_at]
        code, instant, terms = _text(new.code), _bigint(first + place), _terms(new)
        title_key = _text(rows.title_key(new))
        facts = b"".join((_bigint(price_key(shown)), *map(_known, filters), unit_id, title_key))
        stretches = _stretches((first + place + UNTIL_THEN) >> STRETCHES[0])
        marks = (*map(_mark, MARKED, filters), *_levels(levels), unit_mark, *stretches)
        tsv = _tsvector(indexing.packed(shown, names), marks)
        offerings += (offered, key, code, instant, terms)
        versions += (versioned, version_key, key, code, instant, terms)
        cards += (carded, key, instant, facts, _bytes(item), _bytes(detail))
        searches += (searched, key, instant, facts, _array_of_text(levels), tsv)
    tables = [[*table, END] for table in (offerings, versions, cards, searches)]
    return Packed(
        codes=[new.code for _, new, _ in good],
        ids=b"".join([batch.ids[16 * place : 16 * place + 16] for place, *_ in good]),
        tables=tables,
        faults=faults,
    )


def _shared_by_all(desk: Desk) -> tuple[bytes, ...]:
    """How many fields a row of each table has, and the first ones."""
    assert desk.reviewer_id is not None, "drafts are written in the ordinary way"
    unit, importer = _uuid(desk.unit_id), desk.importer.person_id
    makers, number = _array_of_uuid((importer,)), _integer(FIRST)
    fields = (
        (unit, _text(OfferingState.PUBLISHED), number, makers, _uuid(importer)),
        (unit, number, makers, _uuid(desk.reviewer_id)),
        (number, _integer(1)),
        (),
    )
    return tuple(
        _field_count(len(names)) + b"".join(firsts)
        for names, firsts in zip(TABLES.values(), fields, strict=True)
    )


# Fields


def _bytes(value: bytes) -> bytes:
    return _size(len(value)) + value


def _text(value: str) -> bytes:
    said = value.encode()
    return _size(len(said)) + said


def _uuid(value: UUID) -> bytes:
    return _size(16) + value.bytes


def _integer(value: int) -> bytes:
    return _sized_integer(4, value)


def _bigint(value: int) -> bytes:
    return _sized_bigint(8, value)


def _or_null(packing: Pack) -> Pack:
    return lambda value: NULL if value is None else packing(value)


def _array(oid: int, items: Sequence[bytes]) -> bytes:
    head = _array_head(1, 0, oid, len(items), 1) if items else struct.pack("!iii", 0, 0, oid)
    return _bytes(head + b"".join(items))


@lru_cache(maxsize=50_000)
def _array_of_text(items: tuple[str, ...]) -> bytes:
    return _array(TEXT_OID, [_text(item) for item in items])


@lru_cache(maxsize=50_000)
def _array_of_uuid(items: tuple[UUID, ...]) -> bytes:
    return _array(UUID_OID, [_uuid(item) for item in items])


# Words of the domain, and texts that come again.
_known: Final = lru_cache(maxsize=50_000)(_text)


def _list(array: Callable[[Any], bytes]) -> Pack:
    return lambda items: array(tuple(items))


_BY_TYPE: Final[dict[str, Pack]] = {
    "text": _known,
    "bigint": _or_null(_bigint),
    "integer": _or_null(_integer),
}
_PACKED: Final[dict[str, Pack]] = {
    **{name: _BY_TYPE[kind] for name, kind in rows.SAID.items()},
    **dict.fromkeys(("title_zh", "title_en", "summary", "description"), _text),
    **dict.fromkeys(("deliverables", "qualifications"), _list(_array_of_text)),
    "member_ids": _list(_array_of_uuid),
    # What transfers alone have otherwise.
    **dict.fromkeys(("tax_class", "capacity"), _known),
    **dict.fromkeys(("commission_ppm", "right_id"), _or_null(_integer)),
}
_PACKED_OWN: Final = tuple(_PACKED[name] for name in OWN)
_PACKED_COMMON: Final = tuple(_PACKED[name] for name in COMMON)
_own_of: Final = attrgetter(*OWN)
_common_of: Final = attrgetter(*COMMON)


def _terms(new: Any) -> bytes:
    own = [packed(value) for packed, value in zip(_PACKED_OWN, _own_of(new), strict=True)]
    return b"".join((*own, _common(_common_of(new))))


@lru_cache(maxsize=50_000)
def _common(values: tuple[Any, ...]) -> bytes:
    return b"".join([packed(value) for packed, value in zip(_PACKED_COMMON, values, strict=True)])


# What search reads


def _tsvector(said: Collection[bytes], marks: Sequence[bytes]) -> bytes:
    return _bytes(b"".join((_size(len(said) + len(marks)), *said, *marks)))


@lru_cache(maxsize=50_000)
def _mark(name: str, value: str) -> bytes:
    """A mark of `search_marks`."""
    return f"~{name}:{value}".encode() + NOWHERE


@lru_cache(maxsize=1_000)
def _levels(levels: tuple[str, ...]) -> list[bytes]:
    return [_mark("level", level) for level in levels]


@lru_cache(maxsize=16)
def _stretches(narrowest: int) -> list[bytes]:
    """The marks of the stretches of time that hold an instant, by the narrowest one."""
    return [_mark(str(bits), f"{narrowest >> (bits - STRETCHES[0]):x}") for bits in STRETCHES]
