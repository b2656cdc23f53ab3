"""What search finds an offering by, written with its card and removed with it."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from market.base import lexemes
from market.base.db import Connection
from market.base.lexemes import CLAUSE_END, Weight
from market.trade.catalogue.model import Version
from market.trade.catalogue.terms import price_band, price_key


async def write_search(
    conn: Connection, version: Version, *, title_key: str, units: tuple[str, str]
) -> None:
    """``units``: the provider's name in Chinese and English, by which its offerings are found."""
    await conn.execute(
        """INSERT INTO offering_search (id, published_at, price_key, title_key, kind, price_band,
               technical_field, industry, region, unit_id, tsv, levels)
           SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
                  search_marked($11::text::tsvector, $2, $5, $6, $7, $8, $9, $10, held.levels),
                  held.levels
           FROM (SELECT ARRAY(
               SELECT DISTINCT q.level FROM qualification q
               WHERE q.member_id = ANY ($12::uuid[]) AND q.level IS NOT NULL
                 AND q.withdrawn_on IS NULL
                 AND holds_on((SELECT market_today()), q.issued_on, q.expires_on)
               ORDER BY q.level) AS levels) AS held
           ON CONFLICT (id) DO UPDATE SET published_at = excluded.published_at,
               price_key = excluded.price_key, title_key = excluded.title_key,
               kind = excluded.kind, price_band = excluded.price_band,
               technical_field = excluded.technical_field, industry = excluded.industry,
               region = excluded.region, unit_id = excluded.unit_id, tsv = excluded.tsv,
               levels = excluded.levels""",
        version.offering_id,
        version.published_at,
        price_key(version),
        title_key,
        version.kind,
        price_band(version),
        version.technical_field,
        version.industry,
        version.region,
        version.unit_id,
        vector(version, units),
        version.member_ids,
    )


def vector(version: Version, units: tuple[str, str]) -> str:
    """Title and code weigh most, then the summary and the provider, then all the rest."""
    return lexemes.vector(*_texts(version, units))


def packed(version: Version, units: tuple[str, str]) -> Collection[bytes]:
    """The same as it is packed for COPY."""
    return lexemes.packed(*_texts(version, units))


def _texts(
    version: Version, units: tuple[str, str]
) -> tuple[list[tuple[Weight, str]], tuple[str, ...]]:
    texts: list[tuple[Weight, str]] = [
        ("A", version.title_zh),
        ("A", version.title_en),
        ("A", version.code),
        ("B", CLAUSE_END.join((version.summary, *units))),
        ("C", CLAUSE_END.join((*version.deliverables, *version.qualifications))),
        ("D", version.description),
    ]
    return texts, (version.title_zh, units[0])


async def not_indexed(conn: Connection, *, limit: int) -> list[UUID]:
    """Published offerings that search does not know yet: their cards are older than search."""
    records = await conn.fetch(
        """SELECT c.id FROM offering_card c LEFT JOIN offering_search s ON s.id = c.id
           WHERE s.id IS NULL ORDER BY c.id LIMIT $1""",
        limit,
    )
    return [record["id"] for record in records]


async def refresh_levels(conn: Connection) -> None:
    """Certificates come, expire and are withdrawn without a word to the offerings."""
    await conn.execute(
        """UPDATE offering_search s SET levels = now.levels, tsv = search_marked(
               ts_delete(s.tsv, ARRAY(SELECT '~level:' || l FROM unnest(s.levels) AS l)),
               s.published_at, s.kind, s.price_band, s.technical_field, s.industry, s.region,
               s.unit_id, now.levels)
           FROM offering_card c
           JOIN offering_version v ON v.offering_id = c.id AND v.number = c.number
           CROSS JOIN LATERAL (SELECT ARRAY(
               SELECT DISTINCT q.level FROM qualification q
               WHERE q.member_id = ANY (v.member_ids) AND q.level IS NOT NULL
                 AND q.withdrawn_on IS NULL
                 AND holds_on((SELECT market_today()), q.issued_on, q.expires_on)
               ORDER BY q.level) AS levels) AS now
           WHERE s.id = c.id AND s.levels <> now.levels"""
    )
