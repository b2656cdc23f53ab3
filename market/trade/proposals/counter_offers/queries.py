"""The SQL of counter-offers; whoever reads the proposal reads what is bargained over."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import structs

from market.base.access import Actor
from market.base.db import Connection, columns
from market.base.errors import NotFound
from market.trade.proposals.counter_offers.model import (
    CounterInput,
    CounterOffer,
    CounterOfferState,
    Side,
)
from market.trade.proposals.model import Proposal
from market.trade.proposals.queries import SEEN, bidding_unit, request_of
from market.trade.proposals.terms import BindingTerms, with_lists

# The columns of CounterOffer, as of now; $4 is the person who reads.
PRESENT: Final = f"""{columns(BindingTerms, "c")}, c.id, c.proposal_id, c.base_number, c.side,
    c.note, c.answer_by, counter_offer_state(c.state, c.answer_by), c.reason, c.made_at,
    c.answered_at, c.version, c.made_by = $4, coalesce(c.answered_by = $4, false)"""


async def find_offer(conn: Connection, actor: Actor, offer_id: UUID) -> CounterOffer:
    record = await conn.fetchrow(
        f"""SELECT {PRESENT} FROM counter_offer c
            WHERE c.id = $1 AND EXISTS (SELECT {SEEN} AND p.id = c.proposal_id)""",
        offer_id,
        actor.visible,
        bidding_unit(actor),
        actor.person_id,
    )
    if record is None:
        raise NotFound
    return with_lists(CounterOffer, record)


async def reads_offer(conn: Connection, offer_id: UUID) -> bool:
    """As row-level security knows it."""
    reads: bool = await conn.fetchval(
        "SELECT EXISTS (SELECT FROM counter_offer WHERE id = $1)", offer_id
    )
    return reads


async def offers_of(
    conn: Connection, actor: Actor, proposal_id: UUID, *, before: UUID | None, limit: int
) -> list[CounterOffer]:
    """Newest first. Raises NotFound to a stranger."""
    await request_of(conn, actor, proposal_id)
    records = await conn.fetch(
        f"""SELECT {PRESENT} FROM counter_offer c
            WHERE c.proposal_id = $1 AND EXISTS (SELECT {SEEN} AND p.id = $1)
              AND ($5::uuid IS NULL OR c.id < $5)
            ORDER BY c.id DESC LIMIT $6""",
        proposal_id,
        actor.visible,
        bidding_unit(actor),
        actor.person_id,
        before,
        limit,
    )
    return [with_lists(CounterOffer, record) for record in records]


async def open_offer(conn: Connection, proposal_id: UUID) -> UUID | None:
    """The one whose row says that it is open; whoever asks has locked the proposal."""
    found: UUID | None = await conn.fetchval(
        "SELECT id FROM counter_offer WHERE proposal_id = $1 AND state = 'open' FOR UPDATE",
        proposal_id,
    )
    return found


async def outcome_was_told(conn: Connection, request_id: UUID) -> bool:
    """Whether an award of the request was announced, be it that it was set aside since."""
    told: bool = await conn.fetchval("SELECT outcome_was_told($1)", request_id)
    return told


async def insert_offer(
    conn: Connection,
    actor: Actor,
    proposal: Proposal,
    side: Side,
    terms: BindingTerms,
    data: CounterInput,
    made_at: datetime,
) -> CounterOffer:
    """The time is the one by which it was let in; the state is the row's."""
    offer_id = await conn.fetchval(
        f"""INSERT INTO counter_offer (proposal_id, base_number, side, note, answer_by, made_by,
                made_at, {columns(BindingTerms)})
            SELECT $1, $2, $3, $4, $5, $6, $7, {columns(BindingTerms, "t")}
            FROM jsonb_populate_record(NULL::counter_offer, $8) AS t RETURNING id""",
        proposal.id,
        proposal.number,
        side,
        data.note,
        data.answer_by,
        actor.person_id,
        made_at,
        terms,
    )
    made = await find_offer(conn, actor, offer_id)
    return structs.replace(made, state=CounterOfferState.OPEN)


async def answer_offer(
    conn: Connection,
    actor: Actor,
    offer_id: UUID,
    *,
    to: CounterOfferState,
    reason: str | None = None,
) -> CounterOffer:
    hit = await conn.fetchval(
        """UPDATE counter_offer SET state = $2, answered_by = $3, answered_at = market_now(),
               reason = $4, version = version + 1
           WHERE id = $1 AND state = 'open' RETURNING version""",
        offer_id,
        to,
        actor.person_id,
        reason,
    )
    assert hit is not None, "what is answered is locked and open"
    return await find_offer(conn, actor, offer_id)


async def lapse_offer(
    conn: Connection, actor: Actor, offer_id: UUID, *, to: CounterOfferState
) -> CounterOffer:
    hit = await conn.fetchval(
        """UPDATE counter_offer SET state = $2, version = version + 1
           WHERE id = $1 AND state = 'open' RETURNING version""",
        offer_id,
        to,
    )
    assert hit is not None, "what lapses is locked and open"
    return await find_offer(conn, actor, offer_id)


async def offers_due(conn: Connection, *, after: UUID | None, limit: int) -> list[UUID]:
    """The proposals, in the order of their ids, whose open offer the clock has ended."""
    records = await conn.fetch(
        """SELECT proposal_id FROM counter_offer
           WHERE state = 'open' AND answer_by <= market_now()
             AND ($1::uuid IS NULL OR proposal_id > $1)
           ORDER BY proposal_id LIMIT $2""",
        after,
        limit,
    )
    return [record["proposal_id"] for record in records]
