"""The SQL of proposals to void."""

from __future__ import annotations

from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.money.invoicing.voiding.model import ProposalState, VoidProposal


async def live_proposal_of(conn: Connection, invoice_id: UUID) -> VoidProposal | None:
    record = await conn.fetchrow(
        f"""SELECT {columns(VoidProposal)} FROM void_proposal
            WHERE invoice_id = $1 AND state = 'proposed'""",
        invoice_id,
    )
    return VoidProposal(*record) if record else None


async def find_proposal(conn: Connection, actor: Actor, proposal_id: UUID) -> VoidProposal:
    """The buyer does not see why its creditor thinks of voiding."""
    record = await conn.fetchrow(
        f"""SELECT {columns(VoidProposal, "p")}
            FROM void_proposal p JOIN invoice i ON i.id = p.invoice_id
            WHERE p.id = $1 AND ($2::uuid[] IS NULL OR i.provider_unit_id = ANY($2)
                OR i.books_unit_id = ANY($2))""",
        proposal_id,
        actor.visible,
    )
    return one(VoidProposal, record)


async def lock_proposal(conn: Connection, proposal_id: UUID) -> VoidProposal:
    """After its invoice was locked, and it was found visible."""
    record = await conn.fetchrow(
        f"SELECT {columns(VoidProposal)} FROM void_proposal WHERE id = $1 FOR NO KEY UPDATE",
        proposal_id,
    )
    return one(VoidProposal, record)


async def insert_proposal(
    conn: Connection, actor: Actor, invoice_id: UUID, reason: str
) -> VoidProposal:
    record = await conn.fetchrow(
        f"""INSERT INTO void_proposal (invoice_id, reason, state, proposed_by)
            VALUES ($1, $2, 'proposed', $3) RETURNING {columns(VoidProposal)}""",
        invoice_id,
        reason,
        actor.person_id,
    )
    return one(VoidProposal, record)


async def decide(
    conn: Connection,
    actor: Actor,
    proposal: VoidProposal,
    *,
    to: ProposalState,
    note: str | None = None,
) -> VoidProposal:
    record = await conn.fetchrow(
        f"""UPDATE void_proposal SET state = $2, decided_by = $3, decided_at = market_now(),
                note = $4, version = version + 1
            WHERE id = $1 RETURNING {columns(VoidProposal)}""",
        proposal.id,
        to,
        actor.person_id,
        note,
    )
    return one(VoidProposal, record)


async def proposals(
    conn: Connection,
    actor: Actor,
    *,
    state: ProposalState | None = None,
    invoice_id: UUID | None = None,
    after: UUID | None = None,
    limit: int = 20,
) -> list[VoidProposal]:
    """The newest first: the leader's work list when asked for state proposed."""
    records = await conn.fetch(
        f"""SELECT {columns(VoidProposal, "p")}
            FROM void_proposal p JOIN invoice i ON i.id = p.invoice_id
            WHERE ($1::uuid[] IS NULL OR i.provider_unit_id = ANY($1) OR i.books_unit_id = ANY($1))
              AND ($2::text IS NULL OR p.state = $2)
              AND ($3::uuid IS NULL OR p.invoice_id = $3)
              AND ($4::uuid IS NULL OR p.id < $4)
            ORDER BY p.id DESC LIMIT $5""",
        actor.visible,
        state,
        invoice_id,
        after,
        limit,
    )
    return [VoidProposal(*record) for record in records]
