"""SQL of verifications."""

from __future__ import annotations

from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.identity.enterprises.model import Correction, Verification
from market.identity.organisations.model import Organisation


async def insert_verification(
    conn: Connection,
    organisation_id: UUID,
    *,
    decision: str,
    reason: str | None,
    uscc_override_reason: str | None,
    decided_by: Actor,
) -> Verification:
    record = await conn.fetchrow(
        f"""INSERT INTO verification (organisation_id, decision, reason, uscc_override_reason,
                                      decided_by, unit_id)
            VALUES ($1, $2, $3, $4, $5, $6) RETURNING {columns(Verification)}""",
        organisation_id,
        decision,
        reason,
        uscc_override_reason,
        decided_by.person_id,
        decided_by.organisation_id,
    )
    return one(Verification, record)


async def verifications_of(
    conn: Connection, actor: Actor, organisation_id: UUID
) -> list[Verification]:
    """Oldest first; inside the enterprise and to clerks."""
    records = await conn.fetch(
        f"""SELECT {columns(Verification)} FROM verification
            WHERE organisation_id = $1 AND ($2::uuid[] IS NULL OR organisation_id = ANY ($2)
                                            OR (SELECT acts_in_role('clerk')))
            ORDER BY id""",
        organisation_id,
        actor.visible,
    )
    return [Verification(*record) for record in records]


async def is_claimed(conn: Connection, uscc: str) -> bool:
    """Whether a verified organisation has the code, or one that a clerk has checked and invited."""
    claimed: bool = await conn.fetchval(
        """SELECT EXISTS (SELECT FROM organisation
                          WHERE uscc = $1 AND state IN ('invited', 'verified'))""",
        uscc,
    )
    return claimed


async def lock_enterprise(conn: Connection, enterprise_id: UUID) -> Organisation:
    record = await conn.fetchrow(
        f"""SELECT {columns(Organisation)} FROM organisation
            WHERE id = $1 AND kind = 'enterprise' FOR UPDATE""",
        enterprise_id,
    )
    return one(Organisation, record)


async def set_correction(
    conn: Connection, enterprise: Organisation, given: Correction
) -> Organisation:
    record = await conn.fetchrow(
        f"""UPDATE organisation SET name_zh = $2, name_en = $3, uscc = $4, region = $5
            WHERE id = $1 RETURNING {columns(Organisation)}""",
        enterprise.id,
        given.name_zh,
        given.name_en,
        given.uscc,
        given.region,
    )
    return one(Organisation, record)
