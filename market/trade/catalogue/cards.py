"""Cards: what the public reads, finished JSON that is served as it lies in its row.

A card is written when its offering is published and removed when it is suspended or retired, in
the same transaction, and with it what search finds it by; hence a detail, like a listing, is one
statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from market.base import pinyin
from market.base.db import Connection, columns, one
from market.base.errors import NotFound
from market.trade.catalogue import indexing
from market.trade.catalogue.model import Offering, Version
from market.trade.catalogue.terms import (
    Capacity,
    FreeOrPaid,
    Industry,
    OfferingKind,
    PriceModel,
    Region,
    TechnicalField,
    price_band,
    price_key,
)


class Published(Version, frozen=True):
    """The public detail of an offering: its version on offer and who offers it."""

    unit_name_zh: str
    unit_name_en: str | None


class Listed(msgspec.Struct, frozen=True):
    """The public line of an offering in a listing."""

    offering_id: UUID
    number: int
    unit_id: UUID
    unit_name_zh: str
    unit_name_en: str | None
    code: str
    kind: OfferingKind
    title_zh: str
    title_en: str
    summary: str
    price_model: PriceModel
    price_minor: int | None
    royalty_ppm: int | None
    currency: str
    free_or_paid: FreeOrPaid
    lead_time_days: int
    technical_field: TechnicalField
    industry: Industry
    region: Region
    capacity: Capacity
    published_at: datetime


async def write_card(conn: Connection, offering: Offering) -> None:
    """Show the published version to the public."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Version, "v")}, u.name_zh, u.name_en
            FROM offering_version v JOIN organisation u ON u.id = v.unit_id
            WHERE v.offering_id = $1 AND v.number = $2""",
        offering.id,
        offering.published_number,
    )
    shown = one(Published, record)
    title_key = pinyin.sort_key(shown.title_zh)
    await conn.execute(
        """INSERT INTO offering_card (id, number, version, published_at, price_key, price_band,
               kind, technical_field, industry, region, unit_id, item, detail, title_key)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
           ON CONFLICT (id) DO UPDATE SET number = excluded.number, version = excluded.version,
               published_at = excluded.published_at, price_key = excluded.price_key,
               price_band = excluded.price_band, kind = excluded.kind,
               technical_field = excluded.technical_field, industry = excluded.industry,
               region = excluded.region, unit_id = excluded.unit_id, item = excluded.item,
               detail = excluded.detail, title_key = excluded.title_key""",
        offering.id,
        shown.number,
        offering.version,
        shown.published_at,
        price_key(shown),
        price_band(shown),
        shown.kind,
        shown.technical_field,
        shown.industry,
        shown.region,
        shown.unit_id,
        msgspec.json.encode(msgspec.convert(shown, Listed, from_attributes=True)),
        msgspec.json.encode(shown),
        title_key,
    )
    await indexing.write_search(
        conn, shown, title_key=title_key, units=(shown.unit_name_zh, shown.unit_name_en or "")
    )


async def remove_card(conn: Connection, offering: Offering) -> None:
    await conn.execute("DELETE FROM offering_card WHERE id = $1", offering.id)


class Detail(msgspec.Struct, frozen=True):
    """The finished JSON of one offering, with the version for its ETag."""

    version: int
    body: bytes


async def find_detail(conn: Connection, offering_id: UUID) -> Detail:
    record = await conn.fetchrow(
        "SELECT version, detail FROM offering_card WHERE id = $1", offering_id
    )
    if record is None:
        raise NotFound
    return Detail(*record)


async def find_details(conn: Connection, offering_ids: Sequence[UUID]) -> dict[UUID, Detail]:
    """Those of several that are published."""
    records = await conn.fetch(
        "SELECT id, version, detail FROM offering_card WHERE id = ANY ($1)", offering_ids
    )
    return {offering_id: Detail(version, body) for offering_id, version, body in records}
