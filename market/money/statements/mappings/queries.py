"""The SQL of column mappings."""

from __future__ import annotations

from uuid import UUID

import msgspec

from market.base.access import Actor
from market.base.db import Connection, columns
from market.money.statements.formats.model import Mapping
from market.money.statements.mappings.model import StatementMapping


async def mappings_of(
    conn: Connection, actor: Actor, books_unit_id: UUID
) -> list[StatementMapping]:
    """Those that a unit's files are tried with, in that order: its own, then the market's."""
    records = await conn.fetch(
        f"""SELECT {columns(StatementMapping)} FROM statement_mapping
            WHERE (books_unit_id IS NULL OR books_unit_id = $1)
              AND ($2::uuid[] IS NULL OR books_unit_id IS NULL OR books_unit_id = ANY($2))
            ORDER BY books_unit_id NULLS LAST, position, id""",
        books_unit_id,
        actor.visible,
    )
    return [StatementMapping(*record) for record in records]


async def insert_mapping(
    conn: Connection, actor: Actor, books_unit_id: UUID, mapping: Mapping
) -> StatementMapping | None:
    """None when the unit has one of that name."""
    body = msgspec.to_builtins(mapping)
    name, bank = body.pop("name"), body.pop("bank")
    record = await conn.fetchrow(
        f"""INSERT INTO statement_mapping (books_unit_id, position, name, bank, body, added_by)
            SELECT $1, count(*) + 1, $2, $3, $4, $5 FROM statement_mapping WHERE books_unit_id = $1
            ON CONFLICT (books_unit_id, name) DO NOTHING
            RETURNING {columns(StatementMapping)}""",
        books_unit_id,
        name,
        bank,
        body,
        actor.person_id,
    )
    return StatementMapping(*record) if record else None
