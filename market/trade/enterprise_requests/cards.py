"""Cards: what the public lists of open requests, finished JSON served as it lies in its row.

A card is written when its request is published or changed and removed when it is over, in the
same transaction, and with it what search finds it by; one whose deadline has passed is not listed,
even before anybody removes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base.db import Connection, Record
from market.trade.catalogue.terms import (
    Industry,
    OfferingKind,
    PriceBand,
    Region,
    TechnicalField,
)
from market.trade.enterprise_requests import indexing
from market.trade.enterprise_requests.model import EnterpriseRequest
from market.trade.enterprise_requests.terms import QuantityUnit, Secrecy, budget_band, terms_of

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
LATEST: Final = 4_102_444_800_000_000


class ListedRequest(msgspec.Struct, frozen=True):
    """The public line of a request; ``buyer_name_zh`` is null while it is anonymous."""

    id: UUID
    number: int
    title: str
    kind: OfferingKind
    quantity: int
    quantity_unit: QuantityUnit
    budget_from_minor: int
    budget_to_minor: int
    currency: str
    questions_until: datetime
    deadline: datetime
    secrecy: Secrecy
    sealed: bool
    technical_field: TechnicalField
    industry: Industry
    region: Region
    buyer_name_zh: str | None
    buyer_name_en: str | None
    published_at: datetime


class Key(NamedTuple):
    """Where a page ends: whole microseconds since 1970, and an id."""

    published: Annotated[int, Meta(ge=0, le=LATEST)]
    id: UUID


FIRST: Final = Key(LATEST, UUID(int=2**128 - 1))


class Wanted(msgspec.Struct, frozen=True):
    """What the listing shows; ``closing_before``: only what is over by then."""

    kind: OfferingKind | None = None
    technical_field: TechnicalField | None = None
    industry: str | None = None
    region: str | None = None
    budget_band: PriceBand | None = None
    closing_before: datetime | None = None


async def show_or_hide(conn: Connection, request: EnterpriseRequest) -> None:
    """The card exists exactly while the request is open to everybody."""
    if not request.is_listed:
        await conn.execute("DELETE FROM request_card WHERE id = $1", request.id)
        return
    names = await conn.fetchrow(
        "SELECT name_zh, name_en FROM organisation WHERE id = $1 AND $2 <> 'anonymous'",
        request.buyer_id,
        request.secrecy,
    )
    name_zh, name_en = names or (None, None)
    shown = {
        name: getattr(request, name)
        for name in ListedRequest.__struct_fields__
        if not name.startswith("buyer_name")
    }
    item = ListedRequest(**shown, buyer_name_zh=name_zh, buyer_name_en=name_en)
    await conn.execute(
        """INSERT INTO request_card (id, number, version, published_at, deadline, kind,
               technical_field, industry, region, budget_band, item)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
           ON CONFLICT (id) DO UPDATE SET number = excluded.number, version = excluded.version,
               deadline = excluded.deadline, technical_field = excluded.technical_field,
               industry = excluded.industry, region = excluded.region,
               budget_band = excluded.budget_band, item = excluded.item""",
        request.id,
        request.number,
        request.version,
        request.published_at,
        request.deadline,
        request.kind,
        request.technical_field,
        request.industry,
        request.region,
        budget_band(terms_of(request)),
        msgspec.json.encode(item),
    )
    await indexing.write_search(conn, request, (name_zh, name_en))


async def list_cards(
    conn: Connection, wanted: Wanted, *, after: Key | None, limit: int
) -> tuple[list[bytes], Key | None]:
    """Open requests, newest first, as finished JSON, and the key of the page after this one."""
    before = after or FIRST
    records = await conn.fetch(
        """SELECT item, published_at, id FROM request_card
           WHERE (published_at, id) < ($1, $2) AND deadline > (SELECT market_now())
             AND ($4::text IS NULL OR kind = $4)
             AND ($5::text IS NULL OR technical_field = $5)
             AND ($6::text IS NULL OR industry = $6)
             AND ($7::text IS NULL OR region = $7)
             AND ($8::text IS NULL OR budget_band = $8)
             AND ($9::timestamptz IS NULL OR deadline < $9)
           ORDER BY published_at DESC, id DESC LIMIT $3""",
        EPOCH + before.published * MICROSECOND,
        before.id,
        limit + 1,
        *msgspec.structs.astuple(wanted),
    )
    return page_of(records, limit)


def page_of(records: Sequence[Record], limit: int) -> tuple[list[bytes], Key | None]:
    """A page of the rows, of which there is one more when another page follows."""
    shown = records[:limit]
    if len(records) <= limit:
        return [record["item"] for record in shown], None
    last = shown[-1]
    key = Key((last["published_at"] - EPOCH) // MICROSECOND, last["id"])
    return [record["item"] for record in shown], key


def joined(items: list[bytes], next_cursor: str | None) -> bytes:
    """The page's JSON, from its lines as they are."""
    return b'{"items":[%b],"next":%b}' % (b",".join(items), msgspec.json.encode(next_cursor))
