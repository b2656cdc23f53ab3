"""SQL of resets."""

from __future__ import annotations

from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.identity.second_factor_resets.model import NewReset, ResetState, SecondFactorReset


async def insert_reset(conn: Connection, actor: Actor, new: NewReset) -> SecondFactorReset | None:
    """None while another reset for the person waits."""
    record = await conn.fetchrow(
        f"""INSERT INTO second_factor_reset (person_id, organisation_id, reason, state, proposed_by)
            VALUES ($1, $2, $3, 'proposed', $4)
            ON CONFLICT (person_id) WHERE state = 'proposed' DO NOTHING
            RETURNING {columns(SecondFactorReset)}""",
        new.person_id,
        actor.organisation_id,
        new.reason,
        actor.person_id,
    )
    return SecondFactorReset(*record) if record else None


async def find_reset(conn: Connection, actor: Actor, reset_id: UUID) -> SecondFactorReset:
    """To the person, and in the scope of whoever proposed it."""
    record = await conn.fetchrow(
        f"""SELECT {columns(SecondFactorReset)} FROM second_factor_reset
            WHERE id = $1 AND ($2::uuid[] IS NULL OR organisation_id = ANY ($2)
                               OR person_id = $3)""",
        reset_id,
        actor.visible,
        actor.person_id,
    )
    return one(SecondFactorReset, record)


async def lock_reset(conn: Connection, actor: Actor, reset_id: UUID) -> SecondFactorReset:
    record = await conn.fetchrow(
        f"""SELECT {columns(SecondFactorReset)} FROM second_factor_reset
            WHERE id = $1 AND ($2::uuid[] IS NULL OR organisation_id = ANY ($2)
                               OR person_id = $3) FOR UPDATE""",
        reset_id,
        actor.visible,
        actor.person_id,
    )
    return one(SecondFactorReset, record)


async def set_decision(
    conn: Connection,
    reset: SecondFactorReset,
    *,
    to: ResetState,
    decided_by: UUID,
    refusal: str | None,
) -> SecondFactorReset:
    record = await conn.fetchrow(
        f"""UPDATE second_factor_reset
            SET state = $3, decided_by = $4, refusal = $5, version = version + 1
            WHERE id = $1 AND state = $2 RETURNING {columns(SecondFactorReset)}""",
        reset.id,
        reset.state,
        to,
        decided_by,
        refusal,
    )
    return one(SecondFactorReset, record)
