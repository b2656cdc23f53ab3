"""The SQL of proposals; what they say is in ``revisions``, who reads what stands in ``SEEN``."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from market.base.access import Actor, Role
from market.base.db import Connection, one
from market.base.errors import NotFound
from market.trade.proposals.model import (
    Proposal,
    ProposalState,
    Revision,
)

OPENED_AT: Final = "proposal_opened_at(p.opened_at, p.state, p.valid_until, r.deadline, r.state)"
# The columns of Proposal, as of now; $4 is the person who reads.
PRESENT: Final = f"""p.id, p.request_id, p.unit_id, p.books_unit_id,
    proposal_state(p.state, p.valid_until, r.deadline, r.state), p.number, p.submitted_number,
    v.price_minor, v.currency, p.valid_until, p.submitted_at, {OPENED_AT}, p.reason,
    CASE WHEN p.moved_by = $4 THEN p.moved_by END, p.version, p.created_at"""
# $2: what the reader sees, $3: the unit that he bids for. The bidder reads at any time, the buyer
# once it is open, or at once where nothing is sealed, unless he has to do with a bidder; those
# above the unit once it is open; but nobody who bids against it.
SEEN: Final = f"""FROM proposal p JOIN enterprise_request r ON r.id = p.request_id
    LEFT JOIN proposal_revision v ON v.proposal_id = p.id AND v.number = p.number
    LEFT JOIN request_owner o ON o.request_id = p.request_id AND o.buyer_id = ANY ($2::uuid[])
    WHERE ($2::uuid[] IS NULL OR p.unit_id = $3::uuid
           OR (p.state <> 'draft'
               AND ((o.request_id IS NOT NULL AND buys_impartially(p.request_id)
                     AND (NOT r.sealed OR {OPENED_AT} IS NOT NULL))
                    OR (p.unit_id = ANY ($2) AND {OPENED_AT} IS NOT NULL))
               AND NOT bids_against(p.unit_id, p.request_id)))"""


def bidding_unit(actor: Actor) -> UUID | None:
    """The unit that the actor bids for; whoever only audits or administers it bids for none."""
    if actor.side != "unit" or actor.roles <= {Role.AUDITOR, Role.ADMINISTRATOR}:
        return None
    return actor.organisation_id


async def find_proposal(conn: Connection, actor: Actor, proposal_id: UUID) -> Proposal:
    record = await conn.fetchrow(
        f"SELECT {PRESENT} {SEEN} AND p.id = $1",
        proposal_id,
        actor.visible,
        bidding_unit(actor),
        actor.person_id,
    )
    return one(Proposal, record)


async def request_of(conn: Connection, actor: Actor, proposal_id: UUID) -> UUID:
    """Which request it answers. Raises NotFound to a stranger."""
    request_id: UUID | None = await conn.fetchval(
        f"SELECT p.request_id {SEEN} AND p.id = $1",
        proposal_id,
        actor.visible,
        bidding_unit(actor),
    )
    if request_id is None:
        raise NotFound
    return request_id


async def lock_proposal(
    conn: Connection, actor: Actor, proposal_id: UUID
) -> tuple[Proposal, ProposalState]:
    """The proposal as of the instant after any wait, and the state that is written down."""
    kept = await conn.fetchval(
        f"SELECT p.state {SEEN} AND p.id = $1 FOR UPDATE OF p",
        proposal_id,
        actor.visible,
        bidding_unit(actor),
    )
    return await find_proposal(conn, actor, proposal_id), kept


async def reads_proposal(conn: Connection, proposal_id: UUID) -> bool:
    reads: bool = await conn.fetchval("SELECT reads_proposal($1)", proposal_id)
    return reads


async def is_invited(conn: Connection, request_id: UUID, unit_id: UUID | None) -> bool:
    """Whether that very unit is, not one above or under it."""
    invited: bool = await conn.fetchval(
        "SELECT EXISTS (SELECT FROM request_invitee WHERE request_id = $1 AND unit_id = $2)",
        request_id,
        unit_id,
    )
    return invited


async def live_proposal(conn: Connection, request_id: UUID, unit_id: UUID | None) -> UUID | None:
    """The one that its row says is live."""
    found: UUID | None = await conn.fetchval(
        """SELECT id FROM proposal WHERE request_id = $1 AND unit_id = $2
             AND state NOT IN ('withdrawn', 'rejected', 'expired')""",
        request_id,
        unit_id,
    )
    return found


async def insert_proposal(
    conn: Connection, actor: Actor, request_id: UUID, books_unit_id: UUID
) -> Proposal:
    proposal_id = await conn.fetchval(
        """INSERT INTO proposal (request_id, unit_id, books_unit_id, drafted_by, moved_by)
           VALUES ($1, $2, $3, $4, $4) RETURNING id""",
        request_id,
        actor.organisation_id,
        books_unit_id,
        actor.person_id,
    )
    return await find_proposal(conn, actor, proposal_id)


async def move_proposal(
    conn: Connection,
    actor: Actor,
    proposal_id: UUID,
    *,
    to: ProposalState,
    reason: str | None = None,
) -> Proposal:
    """``actor`` must see it after the move, too. A reason that was given stays.

    The state is the row's: the clock may have gone on meanwhile, which is a move of its own.
    """
    hit = await conn.fetchval(
        """UPDATE proposal p SET state = $2, moved_by = $3, reason = coalesce($4, p.reason),
               opened_at = CASE WHEN $2 = 'opened' THEN r.deadline ELSE p.opened_at END,
               version = p.version + 1
           FROM enterprise_request r WHERE p.id = $1 AND r.id = p.request_id
           RETURNING p.version""",
        proposal_id,
        to,
        actor.person_id,
        reason,
    )
    assert hit is not None, "whoever moves it has locked it"
    moved = await find_proposal(conn, actor, proposal_id)
    return msgspec.structs.replace(moved, state=to)


async def bind_revision(
    conn: Connection, actor: Actor, proposal: Proposal, revision: Revision, *, to: ProposalState
) -> Proposal:
    """The revision binds from now on; the state is the row's, as of a move."""
    hit = await conn.fetchval(
        """UPDATE proposal SET state = $2, number = $3, valid_until = $4, moved_by = $5,
               submitted_number = CASE WHEN $6 = 'submitted' THEN $3 ELSE submitted_number END,
               submitted_at = CASE WHEN $6 = 'submitted' THEN $7 ELSE submitted_at END,
               version = version + 1
           WHERE id = $1 RETURNING version""",
        proposal.id,
        to,
        revision.number,
        revision.valid_until,
        actor.person_id,
        revision.cause,
        revision.made_at,
    )
    assert hit is not None, "whoever binds it has locked it"
    bound = await find_proposal(conn, actor, proposal.id)
    return msgspec.structs.replace(bound, state=to)


async def touch_proposal(conn: Connection, actor: Actor, proposal_id: UUID) -> Proposal:
    """Whatever hangs on a proposal bumps its version."""
    hit = await conn.fetchval(
        "UPDATE proposal SET version = version + 1 WHERE id = $1 RETURNING version", proposal_id
    )
    assert hit is not None, "whoever touches it has locked it"
    return await find_proposal(conn, actor, proposal_id)


async def day_of_deadline(conn: Connection, request_id: UUID) -> date:
    """The deadline's date in Asia/Shanghai."""
    day: date = await conn.fetchval(
        """SELECT (deadline AT TIME ZONE 'Asia/Shanghai')::date FROM enterprise_request
           WHERE id = $1""",
        request_id,
    )
    return day


async def proposals_for(
    conn: Connection, actor: Actor, request_id: UUID, *, before: UUID | None, limit: int
) -> list[Proposal]:
    """What the reader may see of a request's proposals, newest first."""
    records = await conn.fetch(
        f"""SELECT {PRESENT} {SEEN} AND p.request_id = $1 AND ($5::uuid IS NULL OR p.id < $5)
            ORDER BY p.id DESC LIMIT $6""",
        request_id,
        actor.visible,
        bidding_unit(actor),
        actor.person_id,
        before,
        limit,
    )
    return [Proposal(*record) for record in records]


async def proposals_of(
    conn: Connection,
    actor: Actor,
    unit_id: UUID,
    state: ProposalState | None,
    *,
    before: UUID | None,
    limit: int,
) -> list[Proposal]:
    """A unit's own, newest first; to others what they may see of them."""
    records = await conn.fetch(
        f"""SELECT {PRESENT} {SEEN} AND p.unit_id = $1 AND ($5::uuid IS NULL OR p.id < $5)
              AND ($6::text IS NULL
                   OR proposal_state(p.state, p.valid_until, r.deadline, r.state) = $6)
            ORDER BY p.id DESC LIMIT $7""",
        unit_id,
        actor.visible,
        bidding_unit(actor),
        actor.person_id,
        before,
        state,
        limit,
    )
    return [Proposal(*record) for record in records]


async def asks_too_early(conn: Connection, actor: Actor, request_id: UUID) -> bool:
    """Whether the reader asks who bids on a sealed request before its deadline, bidding not."""
    early: bool = await conn.fetchval(
        """SELECT NOT EXISTS (SELECT FROM enterprise_request r WHERE r.id = $1
                              AND (NOT r.sealed OR request_is_over(r.id)))
              AND NOT EXISTS (SELECT FROM proposal p
                              WHERE p.request_id = $1 AND p.unit_id = $2::uuid)""",
        request_id,
        bidding_unit(actor),
    )
    return early


async def proposals_due(conn: Connection, *, after: UUID | None, limit: int) -> list[UUID]:
    """Those whose row says another state than the clock, in the order of their ids."""
    records = await conn.fetch(
        """SELECT p.id FROM proposal p JOIN enterprise_request r ON r.id = p.request_id
           WHERE p.state IN ('submitted', 'opened', 'shortlisted')
             AND p.state <> proposal_state(p.state, p.valid_until, r.deadline, r.state)
             AND ($1::uuid IS NULL OR p.id > $1)
           ORDER BY p.id LIMIT $2""",
        after,
        limit,
    )
    return [record["id"] for record in records]
