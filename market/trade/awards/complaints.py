"""Complaints against an award, and what the buyer answers."""

from __future__ import annotations

from uuid import UUID

from market.base import clock, db, events, policies, working_days
from market.base.access import SYSTEM, Actor, require
from market.base.db import Connection
from market.trade.awards import model, operations, queries
from market.trade.awards.model import (
    AnswerInput,
    Award,
    AwardState,
    Complaint,
    ComplaintInput,
    ComplaintState,
)
from market.trade.enterprise_requests import operations as requesting
from market.trade.enterprise_requests import queries as requests
from market.trade.judging import operations as judging
from market.trade.judging import queries as judged
from market.trade.judging.model import EvaluationState
from market.trade.proposals import operations as proposing
from market.trade.proposals.model import Proposal


async def file_complaint(
    conn: Connection, actor: Actor, award_id: UUID, data: ComplaintInput
) -> Complaint:
    """A bidder that was not chosen complains within the standstill, once.

    Raises NotFound to a stranger, NotAComplainingBidder, BothSides, StandstillOver,
    AlreadyComplained.
    """
    async with db.act(conn, actor):
        found = await queries.find_award(conn, actor, award_id)
        proposal = await _own_proposal(conn, actor, found)
        await proposing.require_bidder(conn, found.request_id)
        async with db.act(conn, SYSTEM):
            await queries.lock_award(conn, SYSTEM, award_id)
        award = await queries.find_award(conn, actor, award_id)
        for complaint in await queries.complaints_of(conn, actor, award_id):
            same = (complaint.filed_by, complaint.grounds) == (actor.person_id, data.grounds)
            if complaint.unit_id == actor.organisation_id:
                require(same, model.AlreadyComplained)
                return complaint
        assert award.standstill_until is not None, "a bidder reads only what is announced"
        open_still = award.standstill_until > await clock.now(conn)
        require(award.state == AwardState.STANDSTILL and open_still, model.StandstillOver)
        policy = await policies.find(conn, award.policy_id)
        today = await clock.today(conn)
        calendar = await working_days.calendar(conn, on=today)
        due = calendar.after(today, policy.body["answer_working_days"])
        complaint = await queries.insert_complaint(
            conn,
            actor,
            award,
            proposal.id,
            data.grounds,
            due_on=due.day,
            provisional=due.provisional,
        )
        await events.record(
            conn,
            actor,
            "complaint.filed",
            about=complaint,
            move=("file", None),
            changed={"award_id": award_id, "proposal_id": proposal.id},
        )
        return complaint


async def _own_proposal(conn: Connection, actor: Actor, award: Award) -> Proposal:
    """The actor's unit's proposal that was opened and not chosen, held.

    Raises NotAComplainingBidder.
    """
    require(
        actor.organisation_id is not None
        and model.may_complain(actor, actor.organisation_id)
        and actor.organisation_id != award.unit_id,
        model.NotAComplainingBidder,
    )
    own = await queries.own_proposal(conn, award.request_id, actor.organisation_id)
    if own is None:
        raise model.NotAComplainingBidder
    proposal, _ = await proposing.lock_proposal(conn, actor, own)
    require(proposal.opened_at is not None, model.NotAComplainingBidder)
    return proposal


async def answer_complaint(
    conn: Connection, actor: Actor, complaint_id: UUID, data: AnswerInput
) -> Complaint:
    """Another manager of the buyer refuses it, and the award goes on, or upholds it.

    Upheld, the award is set aside and a judged one is judged anew. Raises NotFound to a stranger,
    NotAnotherManager to the bidder and to who proposed the award, WrongMove once it is answered,
    IdentityShown.
    """
    async with db.act(conn, actor):
        found = await queries.find_complaint(conn, actor, complaint_id)
        request, award = await operations.lock_award(conn, actor, found.award_id)
        require(model.may_answer(actor, request, award), model.NotAnotherManager)
        complaint = await queries.lock_complaint(conn, actor, complaint_id)
        move = "uphold" if data.upheld else "refuse"
        reached = ComplaintState.UPHELD if data.upheld else ComplaintState.REFUSED
        done = (complaint.state, complaint.answered_by, complaint.answer)
        if done == (reached, actor.person_id, data.answer):
            return complaint
        before, after = ComplaintState(complaint.state), complaint.after(move)
        await requesting.check_hidden(conn, request, data.answer)
        answered = await queries.answer_complaint(conn, actor, complaint, after, data.answer)
        await events.record(conn, actor, f"complaint.{after}", about=answered, move=(move, before))
        if data.upheld:
            await _begin_anew(conn, actor, award)
        else:
            await _finalise_if_ripe(conn, award)
        return answered


async def _begin_anew(conn: Connection, actor: Actor, award: Award) -> None:
    """Other complaints that are open against it have reached their end with it."""
    if award.state == AwardState.SET_ASIDE:
        return
    await operations.end_award(conn, actor, award, "异议成立 A complaint was upheld")
    evaluation = await judged.lock_evaluation(conn, actor, award.request_id)
    if evaluation.state == EvaluationState.SCORED:
        await judging.reopen(conn, actor, evaluation, "异议成立 A complaint was upheld")


async def _finalise_if_ripe(conn: Connection, award: Award) -> None:
    async with db.act(conn, SYSTEM):
        if await queries.is_ripe(conn, award.id):
            request = await requests.find_request(conn, SYSTEM, award.request_id)
            await operations.finalise(conn, request, award)
