"""The catalogue's express lane: a detail, and listings by plain filters."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from market.base import db, pages
from market.base.express import Found, Lane
from market.base.together import Together
from market.trade.catalogue import cards, listings
from market.trade.catalogue.cards import Detail
from market.trade.catalogue.listings import KEY_OF, Sort
from market.trade.catalogue.terms import (
    INDUSTRY,
    REGION,
    FreeOrPaid,
    OfferingKind,
    PriceBand,
    TechnicalField,
)

LISTING: Final = "/v1/offerings"
DETAIL: Final = "/v1/offerings/{offering_id}"
ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
LIMIT: Final = re.compile(r"[1-9][0-9]?|100")


def _one_of(kind: Any) -> Callable[[str], Any]:
    return {str(member): member for member in kind}.get


def _like(pattern: str, make: Callable[[str], Any] = str) -> Callable[[str], Any]:
    match = re.compile(pattern).fullmatch
    return lambda text: make(text) if match(text) else None


# How the value of each parameter is read; None: not so plainly.
PARAMETERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "kind": _one_of(OfferingKind),
    "technical_field": _one_of(TechnicalField),
    "industry": _like(INDUSTRY),
    "region": _like(REGION),
    "unit_id": _like(ID.pattern, UUID),
    "free_or_paid": _one_of(FreeOrPaid),
    "price_band": _one_of(PriceBand),
    "sort": {str(sort): sort for sort in KEY_OF}.get,
    "cursor": _like(r"[A-Za-z0-9_-]{1,500}"),
    "limit": _like(LIMIT.pattern, int),
}


def lane(pool: Callable[[], db.Pool]) -> Lane:
    """``pool``: the catalogue's, once it is open."""

    async def find(offering_ids: Sequence[UUID]) -> list[Detail | None]:
        async with db.lease(pool()) as conn:
            found = await cards.find_details(conn, offering_ids)
        return [found.get(offering_id) for offering_id in offering_ids]

    details = Together(find)

    def answering(path: str, query: bytes) -> Awaitable[Found | None] | None:
        if not path.startswith(LISTING):
            return None
        if path == LISTING:
            given = _read(query)
            return None if given is None else _listing(pool(), *given)
        offering_id = path[len(LISTING) + 1 :]
        return _detail(details, offering_id) if ID.fullmatch(offering_id) and not query else None

    return answering


async def _detail(details: Together[UUID, Detail | None], offering_id: str) -> Found | None:
    found = await details.ask(UUID(offering_id))
    if found is None:
        return None
    return Found(DETAIL, found.body, ((b"etag", b'"%d"' % found.version),))


Given = tuple[dict[str, Any], str]


def _read(query: bytes) -> Given | None:
    """The values of a query and the query without its cursor; None: not so plainly."""
    values: dict[str, Any] = {}
    kept = []
    for pair in query.decode("latin-1").split("&") if query else ():
        name, _, text = pair.partition("=")
        reader = PARAMETERS.get(name)
        value = reader(text) if reader else None
        if value is None or name in values:
            return None
        values[name] = value
        if name != "cursor":
            kept.append(pair)
    return values, "&".join(kept)


async def _listing(pool: db.Pool, values: dict[str, Any], kept: str) -> Found | None:
    sort = values.pop("sort", Sort.NEWEST)
    after = pages.key_after(values.pop("cursor", None), KEY_OF[sort])
    limit = values.pop("limit", pages.DEFAULT_LIMIT)
    filters = listings.filters_of(
        price_band=values.pop("price_band", None),
        free_or_paid=values.pop("free_or_paid", None),
        **values,
    )
    if filters is None:
        return None
    async with db.lease(pool) as conn:
        listing = await listings.list_cards(
            conn, sort=sort, filters=filters, after=after, limit=limit
        )
    if listing.next_key is None:
        return Found(LISTING, listings.joined(listing, None))
    following = pages.cursor_of(listing.next_key)
    target = f"{LISTING}?{kept}&cursor={following}" if kept else f"{LISTING}?cursor={following}"
    link = (b"link", f'<{target}>; rel="next"'.encode())
    return Found(LISTING, listings.joined(listing, following), (link,))
