"""Public listings: one statement for each set of filters, so that each is planned once for ever.

`all_statements` are they. The rows are cards, whose finished JSON is joined without being read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import chain, combinations
from typing import Annotated, Any, Final, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base.db import Connection, Record
from market.trade.catalogue.terms import NOT_IN_YUAN, FreeOrPaid, PriceBand


class Sort(StrEnum):
    """Newest first, or cheapest first with what has no price in yuan at the end."""

    NEWEST = "newest"
    PRICE = "price"


class Key(NamedTuple):
    """Where a page ends: whole microseconds or fen, within what PostgreSQL binds, and an id."""

    number: Annotated[int, Meta(ge=-1, le=NOT_IN_YUAN)]
    id: UUID


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
# Holds for every card, and leads to the indexes that are kept for listings without a value.
ALL: Final = "AND number > 0"
KEYS: Final[Mapping[Sort, str]] = {
    Sort.NEWEST: "(published_at, id) < ($1, $2) {} ORDER BY published_at DESC, id DESC",
    Sort.PRICE: "(price_key, id) > ($1, $2) {} ORDER BY price_key, id",
}
FIRST: Final[Mapping[Sort, Key]] = {
    Sort.NEWEST: Key(NOT_IN_YUAN, UUID(int=2**128 - 1)),
    Sort.PRICE: Key(-1, UUID(int=0)),
}
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
    if number == FIXED_VALUES:
        clauses.append(ALL)
    keyset = KEYS[sort].format(" ".join(clauses))
    return f"SELECT item, published_at, price_key, id FROM offering_card WHERE {keyset} LIMIT $3"


def _sets_of_filters() -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(FILTERS, size) for size in range(len(FILTERS) + 1))


LISTINGS: Final[Mapping[tuple[Sort, frozenset[str]], str]] = {
    (sort, frozenset(filters)): listing_sql(sort, filters)
    for sort in Sort
    for filters in _sets_of_filters()
}


def all_statements() -> list[str]:
    """Every listing that can be asked for."""
    return list(LISTINGS.values())


class Listing(msgspec.Struct, frozen=True):
    """One page of finished JSON lines and the key of the page after it."""

    items: Sequence[bytes]
    next_key: Key | None


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
    number, last_id = after or FIRST[sort]
    key = (EPOCH + number * MICROSECOND if sort is Sort.NEWEST else number, last_id)
    records = await conn.fetch(LISTINGS[sort, frozenset(filters)], *key, limit + 1, *values)
    shown = records[:limit]
    following = _key(sort, shown[-1]) if len(records) > limit else None
    return Listing([record["item"] for record in shown], following)


def _key(sort: Sort, record: Record) -> Key:
    if sort is Sort.NEWEST:
        return Key((record["published_at"] - EPOCH) // MICROSECOND, record["id"])
    return Key(record["price_key"], record["id"])


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
