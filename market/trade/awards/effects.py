"""What an award brings about: announced, final by the clock, or set aside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from market.base import clock, db, events, working_days
from market.base.access import SYSTEM, Actor
from market.base.db import Connection
from market.base.policies import Policy
from market.trade.awards import queries
from market.trade.awards.model import Award, AwardState, FullAward
from market.trade.enterprise_requests import operations as requesting
from market.trade.enterprise_requests import queries as requests
from market.trade.enterprise_requests.model import EnterpriseRequest, RequestState
from market.trade.judging import rounds
from market.trade.judging.model import OpenedProposal
from market.trade.proposals import operations as proposing
from market.trade.proposals import queries as proposals
from market.trade.proposals.counter_offers import lapsing
from market.trade.proposals.model import IN_THE_RUNNING, Proposal, ProposalState


async def end_award(conn: Connection, actor: Actor, award: Award, reason: str) -> Award:
    """Set aside an award that is locked; whoever was selected is back in the running."""
    before = AwardState(award.state)
    award.after("set_aside")
    ended = await queries.set_aside(conn, actor, award, reason)
    proposal, _ = await proposing.lock_proposal(conn, actor, award.proposal_id)
    if proposal.state == ProposalState.SELECTED:
        await move_proposal(conn, actor, proposal, "reinstate", "proposal.reinstated")
    await events.record(
        conn,
        actor,
        "award.set_aside",
        about=ended,
        move=("set_aside", before),
        changed={"request_id": award.request_id},
    )
    return ended


async def lock_award(
    conn: Connection, actor: Actor, award_id: UUID
) -> tuple[EnterpriseRequest, Award]:
    """The award and its request, locked for the buyer's act; made final first if it is ripe.

    Raises NotFound to a stranger.
    """
    request_id = await queries.request_of(conn, actor, award_id)
    request = await requesting.lock_request(conn, actor, request_id)
    async with db.act(conn, SYSTEM):
        award = await queries.lock_award(conn, SYSTEM, award_id)
        if await queries.is_ripe(conn, award_id):
            await finalise(conn, request, award)
    return (
        await requests.find_request(conn, actor, request_id),
        await queries.find_award(conn, actor, award_id),
    )


async def finalise(conn: Connection, request: EnterpriseRequest, award: Award) -> None:
    """The award of a locked request takes effect: an act of the system, by the clock."""
    async with db.act(conn, SYSTEM):
        before = AwardState(award.state)
        award.after("finalise")
        final = await queries.finalise(conn, SYSTEM, award)
        await events.record(
            conn,
            SYSTEM,
            "award.finalised",
            about=final,
            move=("finalise", before),
            changed=told(award),
        )
        was = RequestState(request.state)
        awarded = await requests.move_request(conn, request, SYSTEM, to=request.after("award"))
        await events.record(
            conn, SYSTEM, "enterprise_request.awarded", about=awarded, move=("award", was)
        )
        await reject_running(conn, award.request_id)


async def reject_running(conn: Connection, request_id: UUID) -> None:
    """What is still in the running when its request is over is rejected; an act of the system."""
    for each in await rounds.running(conn, request_id):
        proposal, _ = await proposing.lock_proposal(conn, SYSTEM, each.proposal_id)
        if proposal.state in IN_THE_RUNNING:
            await lapsing.lapse_open(conn, SYSTEM, proposal.id)
            await move_proposal(conn, SYSTEM, proposal, "reject", "proposal.rejected")


async def announced(
    conn: Connection,
    actor: Actor,
    award: Award,
    running: Sequence[OpenedProposal],
    *,
    birth: bool,
) -> FullAward:
    """The winner is selected, each other bidder told; without any the award is final at once."""
    proposal, _ = await proposing.lock_proposal(conn, actor, award.proposal_id)
    await lapsing.lapse_open(conn, actor, proposal.id)
    await move_proposal(conn, actor, proposal, "select", "proposal.selected")
    await events.record(
        conn,
        actor,
        "award.announced",
        about=award,
        move=("announce", None if birth else AwardState.PROPOSED),
        changed=told(award),
    )
    others = [each.proposal_id for each in running if each.proposal_id != award.proposal_id]
    for other in others:
        passed_over, _ = await proposing.lock_proposal(conn, actor, other)
        await events.record(
            conn,
            actor,
            "outcome.passed_over",
            about=passed_over,
            changed={"award_id": award.id},
        )
    if not others:
        request = await requests.find_request(conn, actor, award.request_id)
        await finalise(conn, request, award)
        award = await queries.find_award(conn, actor, award.id)
    return await queries.in_full(conn, actor, award)


async def move_proposal(
    conn: Connection, actor: Actor, proposal: Proposal, move: str, event: str
) -> Proposal:
    before, after = ProposalState(proposal.state), proposal.after(move)
    moved = await proposals.move_proposal(conn, actor, proposal.id, to=after)
    await events.record(conn, actor, event, about=moved, move=(move, before))
    return moved


def told(award: Award) -> dict[str, object]:
    """What the auditor holds against the award's row: ids and figures."""
    return {
        "request_id": award.request_id,
        "proposal_id": award.proposal_id,
        "proposal_number": award.proposal_number,
        "price_minor": award.price_minor,
        "unit_id": award.unit_id,
    }


async def standstill(
    conn: Connection, policy: Policy, running: Sequence[OpenedProposal]
) -> tuple[datetime, bool]:
    """The instant after the last day for complaints; nobody else in the running, none is needed."""
    if len(running) < 2:
        return await clock.now(conn), False
    today = await clock.today(conn)
    calendar = await working_days.calendar(conn, on=today)
    last = calendar.after(today, policy.body["standstill_working_days"])
    after = datetime.combine(last.day + timedelta(days=1), time(), tzinfo=clock.SHANGHAI)
    return after, last.provisional
