"""SQL of policy versions on their way to approval."""

from __future__ import annotations

from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.identity.policies.model import PolicyState, PolicyVersion, Proposal


async def lock_name(conn: Connection, name: str) -> None:
    """One proposal of a name at a time, so that numbers follow each other."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtext('policy.' || $1))", name)


async def latest(conn: Connection, name: str, unit_id: UUID | None) -> PolicyVersion | None:
    """The newest approved version: the unit's own if it has one, else the one for everyone."""
    record = await conn.fetchrow(
        f"""SELECT {columns(PolicyVersion)} FROM policy
            WHERE name = $1 AND state = 'approved' AND (unit_id IS NULL OR unit_id = $2)
            ORDER BY unit_id NULLS LAST, effective_on DESC, number DESC LIMIT 1""",
        name,
        unit_id,
    )
    return PolicyVersion(*record) if record else None


async def insert_proposal(conn: Connection, proposal: Proposal, proposed_by: UUID) -> PolicyVersion:
    record = await conn.fetchrow(
        f"""INSERT INTO policy (name, unit_id, number, effective_on, body, source, state,
                                proposed_by)
            SELECT $1, $2, 1 + coalesce(max(p.number), 0), $3, $4, $5, 'proposed', $6
            FROM policy p WHERE p.name = $1 AND p.unit_id IS NOT DISTINCT FROM $2
            RETURNING {columns(PolicyVersion)}""",
        proposal.name,
        proposal.unit_id,
        proposal.effective_on,
        proposal.body,
        proposal.source,
        proposed_by,
    )
    return one(PolicyVersion, record)


async def lock_policy(conn: Connection, policy_id: UUID) -> PolicyVersion:
    record = await conn.fetchrow(
        f"SELECT {columns(PolicyVersion)} FROM policy WHERE id = $1 FOR UPDATE", policy_id
    )
    return one(PolicyVersion, record)


async def find_policy(conn: Connection, actor: Actor, policy_id: UUID) -> PolicyVersion:
    """Policies for everyone to everybody signed in; a unit's own inside its scope."""
    record = await conn.fetchrow(
        f"""SELECT {columns(PolicyVersion)} FROM policy
            WHERE id = $1 AND ($2::uuid[] IS NULL OR unit_id IS NULL OR unit_id = ANY ($2))""",
        policy_id,
        actor.visible,
    )
    return one(PolicyVersion, record)


async def policies(
    conn: Connection,
    actor: Actor,
    *,
    name: str | None,
    state: str | None,
    after: UUID | None,
    limit: int,
) -> list[PolicyVersion]:
    """Newest first."""
    records = await conn.fetch(
        f"""SELECT {columns(PolicyVersion)} FROM policy
            WHERE ($1::uuid[] IS NULL OR unit_id IS NULL OR unit_id = ANY ($1))
              AND ($2::text IS NULL OR name = $2) AND ($3::text IS NULL OR state = $3)
              AND ($4::uuid IS NULL OR id < $4)
            ORDER BY id DESC LIMIT $5""",
        actor.visible,
        name,
        state,
        after,
        limit,
    )
    return [PolicyVersion(*record) for record in records]


async def body_hash(conn: Connection, policy_id: UUID) -> str:
    """SHA-256 of the body as PostgreSQL writes it, for the log."""
    digest: str = await conn.fetchval(
        "SELECT encode(sha256(convert_to(body::text, 'UTF8')), 'hex') FROM policy WHERE id = $1",
        policy_id,
    )
    return digest


async def set_decision(
    conn: Connection, policy: PolicyVersion, *, to: PolicyState, decided_by: UUID
) -> PolicyVersion:
    record = await conn.fetchrow(
        f"""UPDATE policy SET state = $3, decided_by = $4, version = version + 1
            WHERE id = $1 AND state = $2 RETURNING {columns(PolicyVersion)}""",
        policy.id,
        policy.state,
        to,
        decided_by,
    )
    return one(PolicyVersion, record)
