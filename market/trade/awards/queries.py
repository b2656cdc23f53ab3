"""The SQL of awards.

Lock order: the request first, for update by whoever moves an award, shared by a bidder, who then
locks his proposal before the award. Under the request held for update the rest has no rivals.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from market.base import db
from market.base.access import SYSTEM, Actor
from market.base.db import Connection, one
from market.base.policies import Policy
from market.trade.awards.model import (
    Awaited,
    Award,
    AwardState,
    Complaint,
    ComplaintState,
    FullAward,
    awaited,
)
from market.trade.judging import queries as judged
from market.trade.judging.model import OpenedProposal

# The columns of Award as its reader sees them; $2 is what the reader sees.
SHOWN: Final = """a.id, a.request_id, a.request_number, a.kind, a.proposal_id, a.proposal_number,
    a.unit_id, a.best_id, a.round, a.price_minor, a.currency, a.reason, a.state,
    CASE WHEN $2::uuid[] IS NULL OR buys_request(a.request_id) THEN a.proposed_by END,
    CASE WHEN $2::uuid[] IS NULL OR buys_request(a.request_id) THEN a.approved_by END,
    a.announced_at, a.standstill_until, a.provisional, a.final_at, a.end_reason, a.policy_id,
    a.version, a.created_at"""
SEEN: Final = """($2::uuid[] IS NULL OR buys_request(a.request_id)
    OR (a.announced_at IS NOT NULL AND learns_outcome(a.request_id, NULL))
    OR hears_complaint(a.request_id))"""
BUYS: Final = "buys_request((SELECT a.request_id FROM award a WHERE a.id = c.award_id))"
# Who answered is told to the buyer, and to himself.
COMPLAINT: Final = f"""c.id, c.award_id, c.proposal_id, c.unit_id, c.grounds, c.state, c.filed_by,
    c.filed_at, c.due_on, c.provisional, c.answer,
    CASE WHEN acts_as_system() OR c.answered_by = actor_id() OR {BUYS} THEN c.answered_by END,
    c.answered_at, c.version, c.state = 'filed' AND c.due_on < market_today(), c.escalated_at"""
# Who reads a complaint; $2 and $3 are what the reader sees and whom he acts for.
HEARD: Final = f"""($2::uuid[] IS NULL OR c.unit_id = $3 OR {BUYS}
    OR (c.escalated_at IS NOT NULL AND administers_market()))"""


async def insert_award(
    conn: Connection,
    actor: Actor,
    chosen: OpenedProposal,
    *,
    request_id: UUID,
    request_number: int | None,
    state: AwardState,
    best_id: UUID | None,
    round_number: int | None,
    reason: str | None,
    until: datetime | None,
    provisional: bool,
    policy: Policy,
) -> Award:
    """With an ``until`` it is announced at once."""
    award_id: UUID = await conn.fetchval(
        """INSERT INTO award (request_id, request_number, kind, proposal_id, proposal_number,
               unit_id, best_id, round, price_minor, currency, reason, state, proposed_by,
               announced_at, standstill_until, provisional, policy_id)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
                   CASE WHEN $14::timestamptz IS NOT NULL THEN market_now() END,
                   CASE WHEN $14 IS NOT NULL THEN greatest($14, market_now()) END, $15, $16)
           RETURNING id""",
        request_id,
        request_number,
        "direct" if best_id is None else "judged",
        chosen.proposal_id,
        chosen.number,
        chosen.unit_id,
        best_id,
        round_number,
        chosen.price_minor,
        chosen.currency,
        reason,
        state,
        actor.person_id,
        until,
        provisional,
        policy.id,
    )
    return await find_award(conn, actor, award_id)


async def find_award(conn: Connection, actor: Actor, award_id: UUID) -> Award:
    """NotFound to all but the buyer and, once it is announced, the bidders."""
    record = await conn.fetchrow(
        f"SELECT {SHOWN} FROM award a WHERE a.id = $1 AND {SEEN}", award_id, actor.visible
    )
    return one(Award, record)


async def lock_award(conn: Connection, actor: Actor, award_id: UUID) -> Award:
    """Held until the end of the act; its request is locked before."""
    await conn.execute("SELECT FROM award WHERE id = $1 FOR UPDATE", award_id)
    return await find_award(conn, actor, award_id)


async def request_of(conn: Connection, actor: Actor, award_id: UUID) -> UUID:
    return (await find_award(conn, actor, award_id)).request_id


async def awards_of(conn: Connection, actor: Actor, request_id: UUID) -> list[Award]:
    """Of a request, the newest first; empty to whoever may not know."""
    records = await conn.fetch(
        f"""SELECT {SHOWN} FROM award a WHERE a.request_id = $1 AND {SEEN}
            ORDER BY a.id DESC""",
        request_id,
        actor.visible,
    )
    return [Award(*record) for record in records]


async def announce(
    conn: Connection, actor: Actor, award: Award, *, until: datetime, provisional: bool
) -> Award:
    """After the approval of a second person."""
    record = await conn.fetchrow(
        f"""UPDATE award a SET state = 'standstill', approved_by = $3, announced_at = market_now(),
               standstill_until = greatest($4, market_now()), provisional = $5,
               version = version + 1
           WHERE id = $1 AND state = 'proposed' RETURNING {SHOWN}""",
        award.id,
        actor.visible,
        actor.person_id,
        until,
        provisional,
    )
    return one(Award, record)


async def finalise(conn: Connection, actor: Actor, award: Award) -> Award:
    record = await conn.fetchrow(
        f"""UPDATE award a SET state = 'final', final_at = market_now(), version = version + 1
           WHERE id = $1 AND state = 'standstill' RETURNING {SHOWN}""",
        award.id,
        actor.visible,
    )
    return one(Award, record)


async def set_aside(conn: Connection, actor: Actor, award: Award, reason: str) -> Award:
    record = await conn.fetchrow(
        f"""UPDATE award a SET state = 'set_aside', end_reason = $3, version = version + 1
           WHERE id = $1 AND state IN ('proposed', 'standstill') RETURNING {SHOWN}""",
        award.id,
        actor.visible,
        reason,
    )
    return one(Award, record)


async def is_ripe(conn: Connection, award_id: UUID) -> bool:
    """Whether its standstill is over and nobody's complaint is open; asked by the system."""
    ripe: bool = await conn.fetchval(
        """SELECT EXISTS (SELECT FROM award a WHERE a.id = $1 AND a.state = 'standstill'
                            AND a.standstill_until <= market_now()
                            AND NOT EXISTS (SELECT FROM complaint c
                                            WHERE c.award_id = a.id AND c.state = 'filed'))""",
        award_id,
    )
    return ripe


async def ripe_awards(conn: Connection, *, after: UUID | None, limit: int) -> list[UUID]:
    """Those that the clock has made final, in the order of their ids."""
    records = await conn.fetch(
        """SELECT a.id FROM award a
           WHERE a.state = 'standstill' AND a.standstill_until <= market_now()
             AND NOT EXISTS (SELECT FROM complaint c
                             WHERE c.award_id = a.id AND c.state = 'filed')
             AND ($1::uuid IS NULL OR a.id > $1)
           ORDER BY a.id LIMIT $2""",
        after,
        limit,
    )
    return [record["id"] for record in records]


async def live_award(conn: Connection, actor: Actor, request_id: UUID) -> Award | None:
    awards = await awards_of(conn, actor, request_id)
    return next((award for award in awards if award.state != AwardState.SET_ASIDE), None)


async def own_proposal(conn: Connection, request_id: UUID, unit_id: UUID | None) -> UUID | None:
    """The unit's newest proposal for the request that was handed over."""
    found: UUID | None = await conn.fetchval(
        """SELECT id FROM proposal WHERE request_id = $1 AND unit_id = $2 AND state <> 'draft'
           ORDER BY id DESC LIMIT 1""",
        request_id,
        unit_id,
    )
    return found


async def insert_complaint(
    conn: Connection,
    actor: Actor,
    award: Award,
    proposal_id: UUID,
    grounds: str,
    *,
    due_on: date,
    provisional: bool,
) -> Complaint:
    complaint_id: UUID = await conn.fetchval(
        """INSERT INTO complaint (award_id, proposal_id, unit_id, grounds, filed_by, due_on,
                                  provisional)
           VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id""",
        award.id,
        proposal_id,
        actor.organisation_id,
        grounds,
        actor.person_id,
        due_on,
        provisional,
    )
    return await find_complaint(conn, actor, complaint_id)


async def find_complaint(conn: Connection, actor: Actor, complaint_id: UUID) -> Complaint:
    """NotFound to all but the buyer, the unit that complains and, escalated, the association."""
    record = await conn.fetchrow(
        f"SELECT {COMPLAINT} FROM complaint c WHERE c.id = $1 AND {HEARD}",
        complaint_id,
        actor.visible,
        actor.organisation_id,
    )
    return one(Complaint, record)


async def lock_complaint(conn: Connection, actor: Actor, complaint_id: UUID) -> Complaint:
    await conn.execute("SELECT FROM complaint WHERE id = $1 FOR UPDATE", complaint_id)
    return await find_complaint(conn, actor, complaint_id)


async def complaints_of(conn: Connection, actor: Actor, award_id: UUID) -> list[Complaint]:
    records = await conn.fetch(
        f"SELECT {COMPLAINT} FROM complaint c WHERE c.award_id = $1 AND {HEARD} ORDER BY c.id",
        award_id,
        actor.visible,
        actor.organisation_id,
    )
    return [Complaint(*record) for record in records]


async def answer_complaint(
    conn: Connection, actor: Actor, complaint: Complaint, to: ComplaintState, answer: str
) -> Complaint:
    record = await conn.fetchrow(
        f"""UPDATE complaint c SET state = $3, answer = $4, answered_by = $5,
               answered_at = market_now(), version = version + 1
           WHERE id = $1 AND state = $2 RETURNING {COMPLAINT}""",
        complaint.id,
        complaint.state,
        to,
        answer,
        actor.person_id,
    )
    return one(Complaint, record)


async def escalate_complaint(conn: Connection, complaint: Complaint) -> Complaint:
    record = await conn.fetchrow(
        f"""UPDATE complaint c SET escalated_at = market_now(), version = version + 1
            WHERE id = $1 AND state = 'filed' AND escalated_at IS NULL RETURNING {COMPLAINT}""",
        complaint.id,
    )
    return one(Complaint, record)


async def overdue_complaints(conn: Connection, *, after: UUID | None, limit: int) -> list[UUID]:
    """Unanswered after their day and not handed on yet, in the order of their ids."""
    records = await conn.fetch(
        """SELECT id FROM complaint
           WHERE state = 'filed' AND escalated_at IS NULL AND due_on < market_today()
             AND ($1::uuid IS NULL OR id > $1)
           ORDER BY id LIMIT $2""",
        after,
        limit,
    )
    return [record["id"] for record in records]


async def interested(
    conn: Connection, request_id: UUID, people: Collection[UUID]
) -> set[UUID | None]:
    """Who of these has to do with somebody who bid."""
    records = await conn.fetch(
        "SELECT p.id FROM unnest($2::uuid[]) AS p (id) WHERE has_interest(p.id, $1)",
        request_id,
        list(people),
    )
    return {record["id"] for record in records}


async def managers_of_buyer(conn: Connection, request_id: UUID) -> dict[UUID, str]:
    """The names of those who manage the buyer today; asked by the system.

    Who was erased holds no role.
    """
    records = await conn.fetch(
        """SELECT DISTINCT p.id, p.name
           FROM request_owner o JOIN role_grant g ON g.organisation_id = o.buyer_id
           JOIN person p ON p.id = g.person_id
           WHERE o.request_id = $1 AND g.role = 'manager' AND g.state = 'approved'
             AND holds_on(market_today(), g.from_on, g.to_on)
           ORDER BY p.name, p.id""",
        request_id,
    )
    return {record["id"]: record["name"] for record in records}


async def in_full(conn: Connection, actor: Actor, award: Award) -> FullAward:
    """Results as far as row-level security lets the actor read them."""
    record = await conn.fetchrow(
        "SELECT name_zh, name_en FROM organisation WHERE id = $1", award.unit_id
    )
    assert record is not None, "who is awarded exists"
    results = (
        await judged.results_of(conn, award.request_id, award.round)
        if award.round is not None
        else []
    )
    return FullAward(
        **msgspec.structs.asdict(award),
        unit_name_zh=record["name_zh"],
        unit_name_en=record["name_en"],
        complaints=await complaints_of(conn, actor, award.id),
        results=results,
        awaits=await _awaited(conn, award) if award.state == AwardState.PROPOSED else None,
    )


async def _awaited(conn: Connection, award: Award) -> Awaited:
    async with db.act(conn, SYSTEM):
        managers = await managers_of_buyer(conn, award.request_id)
    return awaited([name for person, name in managers.items() if person != award.proposed_by])
