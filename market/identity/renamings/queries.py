"""SQL of renamings."""

from __future__ import annotations

from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.identity.organisations.model import Organisation
from market.identity.renamings.model import NewRenaming, Renaming, RenamingState


async def insert_renaming(
    conn: Connection, enterprise: Organisation, new: NewRenaming, *, proposed_by: UUID
) -> Renaming | None:
    """None while another renaming of the enterprise waits."""
    record = await conn.fetchrow(
        f"""INSERT INTO renaming (organisation_id, name_before, name_zh, reason, state,
                                  proposed_by)
            VALUES ($1, $2, $3, $4, 'proposed', $5)
            ON CONFLICT (organisation_id) WHERE state = 'proposed' DO NOTHING
            RETURNING {columns(Renaming)}""",
        enterprise.id,
        enterprise.name_zh,
        new.name_zh,
        new.reason,
        proposed_by,
    )
    return Renaming(*record) if record else None


async def find_renaming(conn: Connection, actor: Actor, renaming_id: UUID) -> Renaming:
    """To the enterprise and to clerks."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Renaming)} FROM renaming
            WHERE id = $1 AND ($2::uuid[] IS NULL OR organisation_id = ANY ($2)
                               OR (SELECT acts_in_role('clerk')))""",
        renaming_id,
        actor.visible,
    )
    return one(Renaming, record)


async def lock_renaming(conn: Connection, actor: Actor, renaming_id: UUID) -> Renaming:
    record = await conn.fetchrow(
        f"""SELECT {columns(Renaming)} FROM renaming
            WHERE id = $1 AND ($2::uuid[] IS NULL OR organisation_id = ANY ($2)
                               OR (SELECT acts_in_role('clerk'))) FOR UPDATE""",
        renaming_id,
        actor.visible,
    )
    return one(Renaming, record)


async def renamings_of(conn: Connection, actor: Actor, enterprise_id: UUID) -> list[Renaming]:
    """Oldest first; inside the enterprise and to clerks."""
    records = await conn.fetch(
        f"""SELECT {columns(Renaming)} FROM renaming
            WHERE organisation_id = $1 AND ($2::uuid[] IS NULL OR organisation_id = ANY ($2)
                                            OR (SELECT acts_in_role('clerk')))
            ORDER BY id""",
        enterprise_id,
        actor.visible,
    )
    return [Renaming(*record) for record in records]


async def set_decision(
    conn: Connection,
    renaming: Renaming,
    *,
    to: RenamingState,
    decided_by: UUID,
    refusal: str | None,
) -> Renaming:
    record = await conn.fetchrow(
        f"""UPDATE renaming SET state = $3, decided_by = $4, refusal = $5, version = version + 1
            WHERE id = $1 AND state = $2 RETURNING {columns(Renaming)}""",
        renaming.id,
        renaming.state,
        to,
        decided_by,
        refusal,
    )
    return one(Renaming, record)
