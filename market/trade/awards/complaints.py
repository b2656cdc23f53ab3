"""Complaints against an award, who answers them, and what follows from the answer."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from market.base import clock, db, events, policies, working_days
from market.base.access import SYSTEM, Actor, require
from market.base.db import Connection
from market.base.errors import require_version
from market.trade.awards import effects, model, queries
from market.trade.awards.model import (
    AnswerInput,
    Award,
    AwardState,
    Complaint,
    ComplaintInput,
    ComplaintState,
)
from market.trade.enterprise_requests import operations as requesting
from market.trade.judging import queries as judged
from market.trade.judging import rounds
from market.trade.judging.model import EvaluationState
from market.trade.proposals import operations as proposing
from market.trade.proposals.model import Proposal


async def file_complaint(
    conn: Connection,
    actor: Actor,
    award_id: UUID,
    data: ComplaintInput,
    *,
    expected_version: int | None = None,
) -> Complaint:
    """A bidder that was not chosen complains within the standstill, once.

    With nobody at the buyer who may answer it goes to the association at once. Raises NotFound to
    a stranger, NotAComplainingBidder, Stale, StandstillOver, AlreadyComplained.
    """
    async with db.act(conn, actor):
        found = await queries.find_award(conn, actor, award_id)
        proposal = await _own_proposal(conn, actor, found)
        async with db.act(conn, SYSTEM):
            await queries.lock_award(conn, SYSTEM, award_id)
        award = await queries.find_award(conn, actor, award_id)
        for complaint in await queries.complaints_of(conn, actor, award_id):
            same = (complaint.filed_by, complaint.grounds) == (actor.person_id, data.grounds)
            if complaint.unit_id == actor.organisation_id:
                require(same, model.AlreadyComplained)
                return complaint
        require_version(award.version, expected_version)
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
        async with db.act(conn, SYSTEM):
            managers = await queries.managers_of_buyer(conn, award.request_id)
            whole = await queries.find_award(conn, SYSTEM, award_id)
            partial = await _partial(conn, whole, complaint, managers)
            if set(managers) <= partial:
                complaint = await _hand_on(conn, complaint)
        return complaint


async def _partial(
    conn: Connection, award: Award, complaint: Complaint, people: Collection[UUID]
) -> set[UUID | None]:
    """Who answers no complaint about this award, some among these people; asked by the system."""
    involved = model.involved(award, await judged.judges_of(conn, award.request_id))
    interested = await queries.interested(conn, award.request_id, people)
    return involved | interested | {complaint.filed_by}


async def escalate(conn: Connection, complaint_id: UUID) -> None:
    """A complaint that nobody answered in time goes to the association; once only."""
    async with db.act(conn, SYSTEM):
        complaint = await queries.lock_complaint(conn, SYSTEM, complaint_id)
        if complaint.overdue and complaint.escalated_at is None:
            await _hand_on(conn, complaint)


async def _hand_on(conn: Connection, complaint: Complaint) -> Complaint:
    """An act of the system."""
    escalated = await queries.escalate_complaint(conn, complaint)
    await events.record(
        conn, SYSTEM, "complaint.escalated", about=escalated, changed={"due_on": complaint.due_on}
    )
    return escalated


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
    conn: Connection,
    actor: Actor,
    complaint_id: UUID,
    data: AnswerInput,
    *,
    expected_version: int | None = None,
) -> Complaint:
    """Who had no hand in the award refuses it, and the award goes on, or upholds it.

    Upheld, the award is set aside and a judged one is judged anew. Raises NotFound to a stranger,
    NotImpartial to who complains, awarded, judged or has to do with somebody who bid, Stale,
    WrongMove once it is answered, IdentityShown.
    """
    async with db.act(conn, actor):
        found = await queries.find_complaint(conn, actor, complaint_id)
        async with db.act(conn, SYSTEM):
            request, award = await effects.lock_award(conn, SYSTEM, found.award_id)
            partial = await _partial(conn, award, found, [actor.person_id])
        complaint = await queries.lock_complaint(conn, actor, complaint_id)
        require(model.may_answer(actor, request, complaint, partial), model.NotImpartial)
        move = "uphold" if data.upheld else "refuse"
        reached = ComplaintState.UPHELD if data.upheld else ComplaintState.REFUSED
        done = (complaint.state, complaint.answered_by, complaint.answer)
        if done == (reached, actor.person_id, data.answer):
            return complaint
        require_version(complaint.version, expected_version)
        before, after = ComplaintState(complaint.state), complaint.after(move)
        await requesting.check_hidden(conn, request, answer=data.answer)
        answered = await queries.answer_complaint(conn, actor, complaint, after, data.answer)
        await events.record(conn, actor, f"complaint.{after}", about=answered, move=(move, before))
        async with db.act(conn, SYSTEM):
            if data.upheld:
                await _begin_anew(conn, award, answered)
            elif await queries.is_ripe(conn, award.id):
                await effects.finalise(conn, request, award)
        return answered


async def _begin_anew(conn: Connection, award: Award, upheld: Complaint) -> None:
    """What follows from the answer, an act of the system, for not all who answer may award.

    Once only: other complaints that are open against it have reached their end with it.
    """
    for other in await queries.complaints_of(conn, SYSTEM, award.id):
        if other.state == ComplaintState.UPHELD and other.id != upheld.id:
            return
    if award.state != AwardState.SET_ASIDE:
        await effects.end_award(conn, SYSTEM, award, model.UPHELD.kept)
    evaluation = await judged.lock_evaluation(conn, SYSTEM, award.request_id)
    if evaluation.state == EvaluationState.SCORED:
        await rounds.reopen(conn, SYSTEM, evaluation, model.UPHELD.kept)
