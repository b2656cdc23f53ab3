"""SQL of the tree by dates."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from market.base.db import Connection, columns, one
from market.identity.organisations.model import Organisation
from market.identity.units.model import (
    Parent,
    Succession,
    TaxStatus,
    TaxStatusKind,
    TreeUnit,
)


async def root(conn: Connection) -> Organisation | None:
    """The unit at the top of the tree; None in an empty market."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Organisation, "o")} FROM organisation o
            WHERE o.kind = 'unit' AND NOT EXISTS (
                SELECT FROM unit_parent p WHERE p.unit_id = o.id)
            ORDER BY o.level, o.id LIMIT 1"""
    )
    return Organisation(*record) if record else None


async def lock_tree(conn: Connection) -> None:
    """One change of the tree at a time: two harmless moves can make a circle together."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtext('market.tree'))")


async def lock_unit(conn: Connection, unit_id: UUID) -> Organisation:
    record = await conn.fetchrow(
        f"""SELECT {columns(Organisation)} FROM organisation
            WHERE id = $1 AND kind = 'unit' FOR UPDATE""",
        unit_id,
    )
    return one(Organisation, record)


async def parents_from(conn: Connection, unit_id: UUID, day: date) -> list[Parent]:
    """Where the unit stands on the day and, as far as it is decided, afterwards."""
    records = await conn.fetch(
        f"""SELECT {columns(Parent)} FROM unit_parent
            WHERE unit_id = $1 AND (to_on IS NULL OR to_on >= $2) ORDER BY from_on""",
        unit_id,
        day,
    )
    return [Parent(*record) for record in records]


async def children_from(conn: Connection, unit_id: UUID, day: date) -> list[UUID]:
    """The direct children of the unit on that day or on any later one."""
    records = await conn.fetch(
        """SELECT DISTINCT unit_id FROM unit_parent
           WHERE parent_id = $1 AND (to_on IS NULL OR to_on >= $2) ORDER BY unit_id""",
        unit_id,
        day,
    )
    return [record[0] for record in records]


async def insert_parent(
    conn: Connection, unit_id: UUID, parent_id: UUID, from_on: date, to_on: date | None
) -> None:
    await conn.execute(
        "INSERT INTO unit_parent (unit_id, parent_id, from_on, to_on) VALUES ($1, $2, $3, $4)",
        unit_id,
        parent_id,
        from_on,
        to_on,
    )


async def set_last_day(conn: Connection, place: Parent, to_on: date) -> None:
    await conn.execute("UPDATE unit_parent SET to_on = $2 WHERE id = $1", place.id, to_on)


async def set_parent(conn: Connection, place: Parent, parent_id: UUID) -> None:
    await conn.execute("UPDATE unit_parent SET parent_id = $2 WHERE id = $1", place.id, parent_id)


async def bump(conn: Connection, unit_id: UUID) -> Organisation:
    """The tree is part of the unit: a new place is a new version."""
    record = await conn.fetchrow(
        f"""UPDATE organisation SET version = version + 1 WHERE id = $1
            RETURNING {columns(Organisation)}""",
        unit_id,
    )
    return one(Organisation, record)


async def close_unit(conn: Connection, unit_id: UUID, on_day: date) -> Organisation:
    record = await conn.fetchrow(
        f"""UPDATE organisation SET closed_on = $2, version = version + 1
            WHERE id = $1 RETURNING {columns(Organisation)}""",
        unit_id,
        on_day,
    )
    return one(Organisation, record)


async def insert_succession(
    conn: Connection, unit_id: UUID, successor_id: UUID, kind: str, on_day: date, reason: str
) -> None:
    await conn.execute(
        """INSERT INTO unit_succession (unit_id, successor_id, kind, on_day, reason)
           VALUES ($1, $2, $3, $4, $5)""",
        unit_id,
        successor_id,
        kind,
        on_day,
        reason,
    )


async def insert_tax_status(
    conn: Connection, unit_id: UUID, from_on: date, status: TaxStatusKind, recorded_by: UUID
) -> TaxStatus | None:
    """None when the day has another one already; the same one again is no fault."""
    record = await conn.fetchrow(
        f"""INSERT INTO tax_status (unit_id, from_on, status, recorded_by)
            VALUES ($1, $2, $3, $4) ON CONFLICT (unit_id, from_on) DO NOTHING
            RETURNING {columns(TaxStatus)}""",
        unit_id,
        from_on,
        status,
        recorded_by,
    )
    if record is None:
        record = await conn.fetchrow(
            f"""SELECT {columns(TaxStatus)} FROM tax_status
                WHERE unit_id = $1 AND from_on = $2 AND status = $3""",
            unit_id,
            from_on,
            status,
        )
    return TaxStatus(*record) if record else None


async def tax_status_on(conn: Connection, unit_id: UUID, day: date) -> TaxStatus | None:
    """The status in force on a day for a unit that keeps books."""
    record = await conn.fetchrow(
        f"""SELECT {columns(TaxStatus)} FROM tax_status
            WHERE unit_id = $1 AND from_on <= $2 ORDER BY from_on DESC LIMIT 1""",
        unit_id,
        day,
    )
    return TaxStatus(*record) if record else None


async def tax_statuses_of(conn: Connection, unit_id: UUID) -> list[TaxStatus]:
    records = await conn.fetch(
        f"SELECT {columns(TaxStatus)} FROM tax_status WHERE unit_id = $1 ORDER BY from_on", unit_id
    )
    return [TaxStatus(*record) for record in records]


async def parents_of(conn: Connection, unit_id: UUID) -> list[Parent]:
    records = await conn.fetch(
        f"SELECT {columns(Parent)} FROM unit_parent WHERE unit_id = $1 ORDER BY from_on", unit_id
    )
    return [Parent(*record) for record in records]


async def successions_of(conn: Connection, unit_id: UUID) -> list[Succession]:
    records = await conn.fetch(
        f"""SELECT {columns(Succession)} FROM unit_succession
            WHERE unit_id = $1 OR successor_id = $1 ORDER BY on_day, id""",
        unit_id,
    )
    return [Succession(*record) for record in records]


async def tree(conn: Connection, day: date) -> list[TreeUnit]:
    """The tree of a day, parents first; units that had no place yet, or none any more, are out."""
    records = await conn.fetch(
        f"""WITH RECURSIVE placed AS (
                SELECT o.id, NULL::uuid AS parent_id, 0 AS depth FROM organisation o
                WHERE o.kind = 'unit'
                  AND NOT EXISTS (SELECT FROM unit_parent p WHERE p.unit_id = o.id)
                UNION ALL
                SELECT p.unit_id, p.parent_id, a.depth + 1
                FROM placed a JOIN unit_parent p ON p.parent_id = a.id
                WHERE holds_on($1, p.from_on, p.to_on)
            )
            SELECT {columns(TreeUnit)} FROM (
                SELECT o.id, t.parent_id, o.name_zh, o.name_en, o.region, o.level,
                       o.legal_person, o.state, t.depth
                FROM placed t JOIN organisation o ON o.id = t.id
                WHERE o.closed_on IS NULL OR o.closed_on > $1) unit
            ORDER BY depth, level, id""",
        day,
    )
    return [TreeUnit(*record) for record in records]


async def books_of(conn: Connection, unit_id: UUID) -> UUID | None:
    """The unit's books: those of the nearest legal person upwards, itself included."""
    books: UUID | None = await conn.fetchval("SELECT books_of($1)", unit_id)
    return books
