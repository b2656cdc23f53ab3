"""The SQL of an import: all rows of a batch in one statement, no row by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from market.base.db import Connection, Record, columns
from market.trade.catalogue.importing import rows
from market.trade.catalogue.importing.model import Desk, Worker
from market.trade.catalogue.terms import Terms


class Unit(msgspec.Struct, frozen=True):
    id: UUID
    name_zh: str
    name_en: str | None


async def units_named(conn: Connection, named: str) -> list[Unit]:
    """By name, USCC, number prefix or id."""
    records = await conn.fetch(
        f"""SELECT {columns(Unit)} FROM organisation
            WHERE kind = 'unit' AND state = 'verified'
              AND $1 IN (name_zh, uscc, number_prefix, id::text)
              AND (closed_on IS NULL OR closed_on > (SELECT market_today()))""",
        named,
    )
    return [Unit(*record) for record in records]


async def register_of(conn: Connection, unit_id: UUID) -> dict[str, Worker]:
    """The unit's members of today by their numbers."""
    records = await conn.fetch(
        """SELECT m.number, m.id, m.person_id, ARRAY(
               SELECT DISTINCT q.level FROM qualification q
               WHERE q.member_id = m.id AND q.level IS NOT NULL AND q.withdrawn_on IS NULL
                 AND holds_on((SELECT market_today()), q.issued_on, q.expires_on))
           FROM member m
           WHERE m.unit_id = $1 AND m.state = 'enrolled'
             AND holds_on((SELECT market_today()), m.from_on, m.to_on)""",
        unit_id,
    )
    return {number: Worker(*worker) for number, *worker in records}


async def stamp(conn: Connection) -> Record:
    """The instant, and one new id: both are PostgreSQL's to give."""
    record = await conn.fetchrow("SELECT market_now(), uuidv7()")
    assert record is not None, "a SELECT without FROM has one row"
    return record


async def codes_taken(conn: Connection, unit_id: UUID, codes: Sequence[str]) -> list[str]:
    records = await conn.fetch(
        "SELECT code FROM offering WHERE unit_id = $1 AND code = ANY ($2::text[])", unit_id, codes
    )
    return [record[0] for record in records]


# Parameters from $1 on: a list for each column of a line.
def _unnested(names: Sequence[str], *, after: int) -> str:
    lists = ", ".join(
        f"${number}::{rows.COLUMNS[name]}[]" for number, name in enumerate(names, after + 1)
    )
    return f"unnest({lists}) AS l ({', '.join(names)})"


def _value(name: str) -> str:
    return f"l.{name}::{rows.ARRAY_OF[name]}[]" if name in rows.ARRAY_OF else f"l.{name}"


# What transfers alone have otherwise.
_FIXED: Final = {
    "tax_class": "'taxable'",
    "capacity": "'principal'",
    "commission_ppm": "NULL::integer",
    "right_id": "NULL::uuid",
}
_TERMS: Final = ", ".join(_FIXED.get(name, _value(name)) for name in Terms.__struct_fields__)
_IS: Final = " AND ".join(
    f"o.{name} IS NOT DISTINCT FROM {_value(name)}" for name in rows.SAID if name != "code"
)
SAME_SQL: Final = f"""SELECT l.code FROM {_unnested(list(rows.SAID), after=1)}
    JOIN offering o ON o.unit_id = $1 AND o.code = l.code WHERE {_IS}"""
# $1 the unit, $2 who imports.
DRAFTED_SQL: Final = f"""INSERT INTO offering (id, unit_id, code, kind, maker_ids, moved_by,
        {columns(Terms)})
    SELECT l.id, $1, l.code, l.kind, ARRAY[$2::uuid], $2, {_TERMS}
    FROM {_unnested([*rows.SAID, "id"], after=2)}"""
# $3 who passed them elsewhere. Their foreign keys are checked when the whole statement has run.
PUBLISHED_SQL: Final = f"""WITH l AS MATERIALIZED (
        SELECT {", ".join(rows.COLUMNS)} FROM {_unnested(list(rows.COLUMNS), after=3)}
    ), offered AS (
        INSERT INTO offering (id, unit_id, code, kind, state, published_number, maker_ids, moved_by,
            {columns(Terms)})
        SELECT l.id, $1, l.code, l.kind, 'published', {rows.FIRST}, ARRAY[$2::uuid], $2, {_TERMS}
        FROM l
    ), versioned AS (
        INSERT INTO offering_version (offering_id, number, unit_id, code, kind, maker_ids,
            published_by, published_at, {columns(Terms)})
        SELECT l.id, {rows.FIRST}, $1, l.code, l.kind, ARRAY[$2::uuid], $3, l.published_at, {_TERMS}
        FROM l
    ), carded AS (
        INSERT INTO offering_card (id, number, version, published_at, price_key, price_band, kind,
            technical_field, industry, region, unit_id, item, detail, title_key)
        SELECT id, {rows.FIRST}, 1, published_at, price_key, price_band, kind, technical_field,
               industry, region, $1, item, detail, title_key
        FROM l)
    INSERT INTO offering_search (id, published_at, price_key, title_key, kind, price_band,
        technical_field, industry, region, unit_id, tsv, levels)
    SELECT id, published_at, price_key, title_key, kind, price_band, technical_field, industry,
           region, $1, search_marked(tsv::tsvector, published_at, kind, price_band,
               technical_field, industry, region, $1, levels::text[]), levels::text[]
    FROM l"""


def all_statements() -> Iterator[str]:
    yield from (SAME_SQL, DRAFTED_SQL, PUBLISHED_SQL)


async def codes_with_this_content(
    conn: Connection, unit_id: UUID, said: Sequence[list[Any]]
) -> list[str]:
    """Which of these lines an offering of the unit says already, word for word."""
    return [record[0] for record in await conn.fetch(SAME_SQL, unit_id, *said)]


async def insert_drafts(conn: Connection, desk: Desk, lists: Sequence[list[Any]]) -> None:
    said = lists[: len(rows.SAID) + 1]  # and the id
    await conn.execute(DRAFTED_SQL, desk.unit_id, desk.importer.person_id, *said)


async def insert_published(conn: Connection, desk: Desk, lists: Sequence[list[Any]]) -> None:
    """Offering, version, card and what search reads: a batch is kept in memory meanwhile."""
    await conn.execute("SELECT set_config('work_mem', '64MB', true)")
    await conn.execute(
        PUBLISHED_SQL, desk.unit_id, desk.importer.person_id, desk.reviewer_id, *lists
    )
