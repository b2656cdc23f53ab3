"""The SQL of rights. Owners of a right are seen by its unit's scope and by themselves."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec

from market.base.access import Actor
from market.base.db import Connection, Record, columns
from market.base.errors import NotFound
from market.trade.rights.model import (
    ConsentMethod,
    LegalChange,
    NewRight,
    Owner,
    Right,
    RightState,
)


def _right(record: Record | None) -> Right:
    if record is None:
        raise NotFound
    values = [*record]
    values[-1] = msgspec.convert(values[-1], list[Owner])
    return Right(*values)


async def find_right(conn: Connection, actor: Actor, right_id: UUID) -> Right:
    record = await conn.fetchrow(
        f"""SELECT {columns(Right)}
            FROM ip_right, LATERAL (
                SELECT jsonb_agg(to_jsonb(o) - 'right_id' - 'unit_id' ORDER BY o.id) AS owners
                FROM right_owner o WHERE o.right_id = ip_right.id) AS their
            WHERE id = $1
              AND ($2::uuid[] IS NULL OR unit_id = ANY ($2)
                   OR EXISTS (SELECT FROM right_owner o WHERE o.right_id = ip_right.id
                              AND (o.organisation_id = ANY ($2) OR o.person_id = $3)))""",
        right_id,
        actor.visible,
        actor.person_id,
    )
    return _right(record)


async def rights_of(
    conn: Connection, actor: Actor, unit_id: UUID, *, before: UUID | None, limit: int
) -> list[Right]:
    """The rights that a unit and those under it manage, newest first."""
    records = await conn.fetch(
        f"""SELECT {columns(Right)}
            FROM ip_right, LATERAL (
                SELECT jsonb_agg(to_jsonb(o) - 'right_id' - 'unit_id' ORDER BY o.id) AS owners
                FROM right_owner o WHERE o.right_id = ip_right.id) AS their
            WHERE unit_id = ANY (scope_of($1)) AND ($2::uuid[] IS NULL OR unit_id = ANY ($2))
              AND ($3::uuid IS NULL OR id < $3)
            ORDER BY id DESC LIMIT $4""",
        unit_id,
        actor.visible,
        before,
        limit,
    )
    return [_right(record) for record in records]


async def lock_right(conn: Connection, actor: Actor, right_id: UUID) -> Right:
    """Lock first, read after: the row that waited for a rival would show its old owners."""
    await conn.execute("SELECT FROM ip_right WHERE id = $1 FOR UPDATE", right_id)
    return await find_right(conn, actor, right_id)


async def share_right(conn: Connection, actor: Actor, right_id: UUID) -> Right:
    """The right as it stays until the caller's transaction ends, for those who build on it."""
    await conn.execute("SELECT FROM ip_right WHERE id = $1 FOR SHARE", right_id)
    return await find_right(conn, actor, right_id)


async def insert_right(
    conn: Connection, unit_id: UUID, person_id: UUID, data: NewRight, state: RightState
) -> UUID:
    right_id: UUID = await conn.fetchval(
        """INSERT INTO ip_right (unit_id, kind, number, description_hash, title, expires_on,
                                 state, registered_by, moved_by)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) RETURNING id""",
        unit_id,
        data.kind,
        data.number,
        data.description_hash,
        data.title,
        data.expires_on,
        state,
        person_id,
    )
    await conn.execute(
        """INSERT INTO right_owner (right_id, unit_id, person_id, organisation_id, share_ppm)
           SELECT $1, $2, person_id, organisation_id, share_ppm
           FROM unnest($3::uuid[], $4::uuid[], $5::integer[])
                AS o (person_id, organisation_id, share_ppm)""",
        right_id,
        unit_id,
        [owner.person_id for owner in data.owners],
        [owner.organisation_id for owner in data.owners],
        [owner.share_ppm for owner in data.owners],
    )
    return right_id


async def owner_signs_in(conn: Connection, owner: Owner) -> bool:
    able: bool = await conn.fetchval(
        "SELECT owner_signs_in($1, $2)", owner.person_id, owner.organisation_id
    )
    return able


async def set_consent(
    conn: Connection,
    right_id: UUID,
    owner_id: UUID,
    *,
    method: ConsentMethod | None,
    recorded_by: UUID | None = None,
    consented_on: date | None = None,
    file_id: UUID | None = None,
) -> None:
    """A method of None takes the consent back."""
    await conn.execute(
        """WITH owner AS (
               UPDATE right_owner SET consent_method = $3, consent_recorded_by = $4,
                      consented_on = $5, consent_file_id = $6
               WHERE id = $2 AND right_id = $1
           ) UPDATE ip_right SET version = version + 1 WHERE id = $1""",
        right_id,
        owner_id,
        method,
        recorded_by,
        consented_on,
        file_id,
    )


async def move_right(
    conn: Connection, right_id: UUID, person_id: UUID, data: LegalChange, *, to: RightState
) -> None:
    await conn.execute(
        """UPDATE ip_right SET state = $2, state_reason = $3, state_file_id = $4, moved_by = $5,
                  version = version + 1
           WHERE id = $1""",
        right_id,
        to,
        data.reason,
        data.file_id,
        person_id,
    )
