"""How many offerings match, and how many have which kind, field, industry, region, unit and so on.

Counted among the newest 10,000 that match every filter given, in one statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from market.base.db import Connection
from market.trade.catalogue import searching
from market.trade.catalogue.searching import LAST_ID

MOST_COUNTED: Final = 10_000
MOST_TOLD: Final = 1_001
MOST_VALUES: Final = 100
# From the name of a facet, which is its filter's, to the column that is counted.
FACETS: Final[Mapping[str, str]] = {
    "kind": "kind",
    "technical_field": "technical_field",
    "industry": "industry",
    "region": "region",
    "unit_id": "unit_id::text",
    "price_band": "price_band",
    "level": "unnest(levels)",
}
TOTAL: Final = "total"


class Count(msgspec.Struct, frozen=True):
    """How many have this value; of a unit, with its names."""

    value: str
    count: int
    name_zh: str | None = None
    name_en: str | None = None


class Facets(msgspec.Struct, frozen=True):
    """The counts of each filter's values, the most frequent first.

    ``total``: at most 1,001, which is told as "1000+". ``counted``: among how many; at most 10,000,
    beyond which the counts are of the newest 10,000 alone.
    """

    total: int
    counted: int
    kind: list[Count]
    technical_field: list[Count]
    industry: list[Count]
    region: list[Count]
    unit_id: list[Count]
    price_band: list[Count]
    level: list[Count]


_COUNTED: Final = " UNION ALL ".join(
    f"SELECT '{name}' AS facet, {column} AS value, count(*) AS count FROM matching GROUP BY 2"
    for name, column in FACETS.items()
)
# Without a filter the newest are read in their order, with any they are found.
_NEWEST: Final = f"""offering_search
    ORDER BY published_at DESC, id DESC LIMIT {MOST_COUNTED}"""
_MATCHING: Final = f"""newest_matching($1::text[]::tsquery[], $2::text[]::tsquery[], 'infinity',
                           '{LAST_ID}', {MOST_COUNTED})"""
_FACETS: Final = """WITH matching AS MATERIALIZED (
        SELECT kind, technical_field, industry, region, unit_id, price_band, levels
        FROM {}
    ), counted AS (
        {} UNION ALL SELECT '{}', '', count(*) FROM matching
    ), placed AS (
        SELECT facet, value, count,
               row_number() OVER (PARTITION BY facet ORDER BY count DESC, value) AS place
        FROM counted)
    SELECT p.facet, p.value, p.count, u.name_zh, u.name_en
    FROM placed p
    LEFT JOIN organisation u ON u.id = CASE p.facet WHEN 'unit_id' THEN p.value::uuid END
    WHERE p.place <= {} ORDER BY p.facet, p.place"""
ALL_SQL: Final = _FACETS.format(_NEWEST, _COUNTED, TOTAL, MOST_VALUES)
MATCHING_SQL: Final = _FACETS.format(_MATCHING, _COUNTED, TOTAL, MOST_VALUES)


def all_statements() -> Iterator[str]:
    yield from (ALL_SQL, MATCHING_SQL)


async def count(conn: Connection, filters: Mapping[str, Any]) -> Facets:
    found: dict[str, list[Count]] = {name: [] for name in (*FACETS, TOTAL)}
    if filters:
        records = await conn.fetch(MATCHING_SQL, *searching.asked(filters))
    else:
        records = await conn.fetch(ALL_SQL)
    for facet, *counted in records:
        found[facet].append(Count(*counted))
    counted_in_all = found.pop(TOTAL)[0].count
    return Facets(total=min(counted_in_all, MOST_TOLD), counted=counted_in_all, **found)


NONE: Final = Facets(0, 0, *([] for _ in FACETS))
