"""Public listings: one statement for each set of filters, so that each is planned once for ever.

`all_statements` are they. The rows are cards, whose finished JSON is joined without being read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import chain, combinations
from typing import Annotated, Any, Final, NamedTuple, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base import pinyin
from market.base.db import Connection, Record
from market.trade.catalogue.terms import NOT_IN_YUAN, FreeOrPaid, PriceBand


class Sort(StrEnum):
    """In what order; what has no price in yuan is dearest, titles go by their pinyin.

    Only a search has a relevance.
    """

    RELEVANCE = "relevance"
    NEWEST = "newest"
    PRICE = "price"
    TITLE = "title"


class NumberKey(NamedTuple):
    """Where a page ends: whole microseconds or fen, within what PostgreSQL binds, and an id."""

    number: Annotated[int, Meta(ge=-1, le=NOT_IN_YUAN)]
    id: UUID


class TitleKey(NamedTuple):
    """Where a page by title ends: the title's pinyin, and an id."""

    title: Annotated[str, Meta(max_length=pinyin.LONGEST_KEY, pattern=r"^[^\x00\ud800-\udfff]*$")]
    id: UUID


Key: TypeAlias = NumberKey | TitleKey


# What may be asked for. "paid" takes no value: all but the free, while "free" is a price band.
FILTERS: Final[Mapping[str, str]] = {
    "kind": "kind = {}",
    "technical_field": "technical_field = {}",
    "industry": "industry = {}",
    "region": "region = {}",
    "unit_id": "unit_id = {}",
    "price_band": "price_band = {}",
    "paid": "price_band <> 'free'",
}
KEYS: Final[Mapping[Sort, str]] = {
    Sort.NEWEST: "(published_at, id) < ($1, $2) {} ORDER BY published_at DESC, id DESC",
    Sort.PRICE: "(price_key, id) > ($1, $2) {} ORDER BY price_key, id",
    Sort.TITLE: "(title_key, id) > ($1, $2) {} ORDER BY title_key, id",
}
KEY_COLUMN: Final[Mapping[Sort, str]] = {
    Sort.NEWEST: "published_at",
    Sort.PRICE: "price_key",
    Sort.TITLE: "title_key",
}
FIRST: Final[Mapping[Sort, Key]] = {
    Sort.NEWEST: NumberKey(NOT_IN_YUAN, UUID(int=2**128 - 1)),
    Sort.PRICE: NumberKey(-1, UUID(int=0)),
    Sort.TITLE: TitleKey("", UUID(int=0)),
}
KEY_OF: Final[Mapping[Sort, type[Key]]] = {sort: type(key) for sort, key in FIRST.items()}
FIXED_VALUES: Final = 3
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


def listing_sql(sort: Sort, filters: Iterable[str]) -> str:
    """The listing by these filters: $1, $2 the last row's key, $3 the limit, then the values."""
    number, clauses = FIXED_VALUES, []
    for name, clause in FILTERS.items():
        if name in filters:
            number += "{}" in clause
            clauses.append(f"AND {clause.format(f'${number}')}")
    keyset = KEYS[sort].format(" ".join(clauses))
    return f"SELECT item, {KEY_COLUMN[sort]}, id FROM offering_card WHERE {keyset} LIMIT $3"


def _sets_of_filters() -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(FILTERS, size) for size in range(len(FILTERS) + 1))


LISTINGS: Final[Mapping[tuple[Sort, frozenset[str]], str]] = {
    (sort, frozenset(filters)): listing_sql(sort, filters)
    for sort in KEYS
    for filters in _sets_of_filters()
}


def all_statements() -> list[str]:
    """Every listing that can be asked for."""
    return list(LISTINGS.values())


class Listing(msgspec.Struct, frozen=True):
    """One page of finished JSON lines and the key of the page after it."""

    items: Sequence[bytes]
    next_key: tuple[Any, ...] | None


async def list_cards(
    conn: Connection,
    *,
    sort: Sort,
    filters: Mapping[str, Any],
    after: Key | None,
    limit: int,
) -> Listing:
    """``filters``: from names in FILTERS to values (None for "paid")."""
    values = [
        filters[name] for name, clause in FILTERS.items() if name in filters and "{}" in clause
    ]
    key = bound(sort, after or FIRST[sort])
    records = await conn.fetch(LISTINGS[sort, frozenset(filters)], *key, limit + 1, *values)
    return page_of(sort, records, limit)


def bound(sort: Sort, key: Key) -> tuple[Any, UUID]:
    """A key as its statement binds it."""
    first = key[0]
    return (instant(first) if isinstance(first, int) and sort is Sort.NEWEST else first, key.id)


def page_of(sort: Sort, records: Sequence[Record], limit: int) -> Listing:
    """A page of the rows, of which there is one more when another page follows."""
    shown = records[:limit]
    following = _key(sort, shown[-1]) if len(records) > limit else None
    return Listing([record["item"] for record in shown], following)


def instant(microseconds: int) -> datetime:
    return EPOCH + microseconds * MICROSECOND


def microseconds(instant: datetime) -> int:
    return (instant - EPOCH) // MICROSECOND


def _key(sort: Sort, record: Record) -> Key:
    if sort is Sort.NEWEST:
        return NumberKey(microseconds(record["published_at"]), record["id"])
    if sort is Sort.TITLE:
        return TitleKey(record["title_key"], record["id"])
    return NumberKey(record["price_key"], record["id"])


def joined(listing: Listing, next_cursor: str | None) -> bytes:
    """The page's JSON, from its lines as they are."""
    return b'{"items":[%b],"next":%b}' % (
        b",".join(listing.items),
        msgspec.json.encode(next_cursor),
    )


def filters_of(
    *, price_band: PriceBand | None, free_or_paid: FreeOrPaid | None, **equal: Any
) -> dict[str, Any] | None:
    """The filters that are given; None when they contradict each other: nothing is both."""
    filters = {name: value for name, value in equal.items() if value is not None}
    if free_or_paid is FreeOrPaid.PAID:
        filters["paid"] = None
    elif free_or_paid is FreeOrPaid.FREE:
        if price_band not in (None, PriceBand.FREE):
            return None
        price_band = PriceBand.FREE
    if price_band is not None:
        filters["price_band"] = price_band
    return filters
