"""Shortlisting, awarding by results or directly, and what ends an award before it is final."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from market.base import clock, db, events, policies, working_days
from market.base.access import SYSTEM, Actor, require
from market.base.db import Connection
from market.base.errors import require_version
from market.base.policies import Policy
from market.trade.awards import model, queries
from market.trade.awards.model import (
    Award,
    AwardInput,
    AwardState,
    DirectAwardInput,
    FullAward,
)
from market.trade.enterprise_requests import operations as requesting
from market.trade.enterprise_requests import queries as requests
from market.trade.enterprise_requests.model import (
    EnterpriseRequest,
    NotABuyersRole,
    RequestState,
    may_change,
)
from market.trade.enterprise_requests.terms import Secrecy
from market.trade.judging import operations as judging
from market.trade.judging import queries as judged
from market.trade.judging.model import EvaluationState, OpenedProposal, Result
from market.trade.proposals import operations as proposing
from market.trade.proposals import queries as proposals
from market.trade.proposals import revisions
from market.trade.proposals.counter_offers import lapsing
from market.trade.proposals.model import IN_THE_RUNNING, FullProposal, Proposal, ProposalState


async def shortlist_proposal(conn: Connection, actor: Actor, proposal_id: UUID) -> FullProposal:
    """The buyer keeps a proposal in the closer choice, while it evaluates.

    Raises NotFound to a stranger, NotABuyersRole, WrongMove, NotInTheRunning.
    """
    async with db.act(conn, actor):
        request_id = await proposals.request_of(conn, actor, proposal_id)
        await _locked_request(conn, actor, request_id, RequestState.EVALUATING)
        proposal, _ = await proposing.lock_proposal(conn, actor, proposal_id)
        if proposal.state == ProposalState.SHORTLISTED:
            return await revisions.in_full(conn, actor, proposal)
        require(proposal.state in IN_THE_RUNNING, model.NotInTheRunning)
        moved = await _move(conn, actor, proposal, "shortlist", "proposal.shortlisted")
        return await revisions.in_full(conn, actor, moved)


async def award_request(
    conn: Connection,
    actor: Actor,
    request_id: UUID,
    data: AwardInput,
    *,
    expected_version: int | None = None,
) -> FullAward:
    """The buyer awards by the results of the last round; another than the best with a reason.

    Raises NotFound to a stranger, NotABuyersRole, Stale, WrongMove, AlreadyAwarded, JudgeFirst,
    JudgedOtherwise, NotInTheRunning, AwardNeedsReason, IdentityShown.
    """
    async with db.act(conn, actor):
        request = await _locked_request(conn, actor, request_id)
        same = await _same_award(conn, actor, request_id, data.proposal_id, data.reason)
        if same is not None:
            return same
        _require_evaluating(request)
        require_version(request.version, expected_version)
        evaluation = await judged.lock_evaluation(conn, actor, request_id)
        require(evaluation.state == EvaluationState.SCORED, model.JudgeFirst)
        results = await judged.results_of(conn, request_id, evaluation.round)
        running = await judging.running(conn, request_id)
        require(not judging.is_outdated(results, running), model.JudgedOtherwise)
        chosen = await _chosen(conn, actor, running, data.proposal_id)
        best = _best(results, running)
        is_best = best.proposal_id == chosen.proposal_id
        require(is_best or data.reason is not None, model.AwardNeedsReason(pointer="/reason"))
        await requesting.check_hidden(conn, request, data.reason)
        policy = await _policy(conn)
        until, provisional = await _standstill(conn, policy, running)
        award = await queries.insert_award(
            conn,
            actor,
            chosen,
            request_id=request_id,
            request_number=request.number,
            state=AwardState.STANDSTILL,
            best_id=best.proposal_id,
            round_number=evaluation.round,
            reason=data.reason,
            until=until,
            provisional=provisional,
            policy=policy,
        )
        return await _announced(conn, actor, award, running, birth=True)


async def award_directly(
    conn: Connection, actor: Actor, request_id: UUID, data: DirectAwardInput
) -> FullAward:
    """The buyer awards a request by invitation without judging, once its deadline is over.

    Above the limit it is a proposal to another manager first. Raises NotFound to a stranger,
    NotABuyersRole, WrongMove, OnlyByInvitation, AlreadyAwarded, NotInTheRunning, NothingToJudge.
    """
    async with db.act(conn, actor):
        request = await _locked_request(conn, actor, request_id)
        require(request.secrecy == Secrecy.INVITED, model.OnlyByInvitation)
        same = await _same_award(conn, actor, request_id, data.proposal_id, data.reason)
        if same is not None:
            return same
        if request.state != RequestState.EVALUATING:
            await judging.begin(conn, actor, request, None)
        running = await judging.running(conn, request_id)
        chosen = await _chosen(conn, actor, running, data.proposal_id)
        policy = await _policy(conn)
        within = chosen.price_minor <= _limit(policy, chosen.currency)
        until, provisional = await _standstill(conn, policy, running)
        award = await queries.insert_award(
            conn,
            actor,
            chosen,
            request_id=request_id,
            request_number=request.number,
            state=AwardState.STANDSTILL if within else AwardState.PROPOSED,
            best_id=None,
            round_number=None,
            reason=data.reason,
            until=until if within else None,
            provisional=provisional and within,
            policy=policy,
        )
        if within:
            return await _announced(conn, actor, award, running, birth=True)
        await events.record(
            conn,
            actor,
            "award.proposed",
            about=award,
            move=("propose", None),
            changed=_told(award),
        )
        return await queries.in_full(conn, actor, award)


async def approve_award(conn: Connection, actor: Actor, award_id: UUID) -> FullAward:
    """Another manager of the buyer approves a direct award above the limit: it is announced.

    Raises NotFound to a stranger, NotAnotherManager, WrongMove, NotInTheRunning,
    AgreedOtherwise.
    """
    async with db.act(conn, actor):
        request, award = await lock_award(conn, actor, award_id)
        require(model.may_answer(actor, request, award), model.NotAnotherManager)
        if award.approved_by == actor.person_id:
            return await queries.in_full(conn, actor, award)
        award.after("announce")
        running = await judging.running(conn, request.id)
        chosen = await _chosen(conn, actor, running, award.proposal_id)
        require(chosen.number == award.proposal_number, model.AgreedOtherwise)
        policy = await policies.find(conn, award.policy_id)
        until, provisional = await _standstill(conn, policy, running)
        announced = await queries.announce(conn, actor, award, until=until, provisional=provisional)
        return await _announced(conn, actor, announced, running, birth=False)


async def set_aside_award(conn: Connection, actor: Actor, award_id: UUID, reason: str) -> FullAward:
    """Another manager of the buyer takes an award back that is not final; evaluation goes on.

    Raises NotFound to a stranger, NotAnotherManager, WrongMove, IdentityShown.
    """
    async with db.act(conn, actor):
        request, award = await lock_award(conn, actor, award_id)
        require(model.may_answer(actor, request, award), model.NotAnotherManager)
        if (award.state, award.end_reason) == (AwardState.SET_ASIDE, reason):
            return await queries.in_full(conn, actor, award)
        await requesting.check_hidden(conn, request, reason)
        return await queries.in_full(conn, actor, await end_award(conn, actor, award, reason))


async def end_award(conn: Connection, actor: Actor, award: Award, reason: str) -> Award:
    """Set aside an award that is locked; whoever was selected is back in the running."""
    before = AwardState(award.state)
    award.after("set_aside")
    ended = await queries.set_aside(conn, actor, award, reason)
    proposal, _ = await proposing.lock_proposal(conn, actor, award.proposal_id)
    if proposal.state == ProposalState.SELECTED:
        await _move(conn, actor, proposal, "reinstate", "proposal.reinstated")
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
            changed=_told(award),
        )
        was = RequestState(request.state)
        awarded = await requests.move_request(conn, request, SYSTEM, to=request.after("award"))
        await events.record(
            conn, SYSTEM, "enterprise_request.awarded", about=awarded, move=("award", was)
        )
        await reject_running(conn, award.request_id)


async def reject_running(conn: Connection, request_id: UUID) -> None:
    """What is still in the running when its request is over is rejected; an act of the system."""
    for each in await judging.running(conn, request_id):
        proposal, _ = await proposing.lock_proposal(conn, SYSTEM, each.proposal_id)
        if proposal.state in IN_THE_RUNNING:
            await lapsing.lapse_open(conn, SYSTEM, proposal.id)
            await _move(conn, SYSTEM, proposal, "reject", "proposal.rejected")


async def _announced(
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
    await _move(conn, actor, proposal, "select", "proposal.selected")
    await events.record(
        conn,
        actor,
        "award.announced",
        about=award,
        move=("announce", None if birth else AwardState.PROPOSED),
        changed=_told(award),
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


async def _move(
    conn: Connection, actor: Actor, proposal: Proposal, move: str, event: str
) -> Proposal:
    before, after = ProposalState(proposal.state), proposal.after(move)
    moved = await proposals.move_proposal(conn, actor, proposal.id, to=after)
    await events.record(conn, actor, event, about=moved, move=(move, before))
    return moved


def _told(award: Award) -> dict[str, object]:
    """What the auditor holds against the award's row: ids and figures."""
    return {
        "request_id": award.request_id,
        "proposal_id": award.proposal_id,
        "proposal_number": award.proposal_number,
        "price_minor": award.price_minor,
        "unit_id": award.unit_id,
    }


async def _locked_request(
    conn: Connection, actor: Actor, request_id: UUID, *states: RequestState
) -> EnterpriseRequest:
    request = await requesting.lock_request(conn, actor, request_id)
    require(may_change(actor, request), NotABuyersRole)
    if states and request.state not in states:
        request.after("award")
    return request


def _require_evaluating(request: EnterpriseRequest) -> None:
    """Raises WrongMove in any other state."""
    request.after("award")


async def _same_award(
    conn: Connection, actor: Actor, request_id: UUID, proposal_id: UUID, reason: str | None
) -> FullAward | None:
    """The live award, if the actor himself made this very one. Raises AlreadyAwarded."""
    live = await queries.live_award(conn, actor, request_id)
    if live is None:
        return None
    mine = (live.proposed_by, live.proposal_id, live.reason)
    require(mine == (actor.person_id, proposal_id, reason), model.AlreadyAwarded)
    return await queries.in_full(conn, actor, live)


async def _chosen(
    conn: Connection, actor: Actor, running: Sequence[OpenedProposal], proposal_id: UUID
) -> OpenedProposal:
    """The proposal, locked and still in the running. Raises NotInTheRunning."""
    found = next((each for each in running if each.proposal_id == proposal_id), None)
    if found is None:
        raise model.NotInTheRunning(pointer="/proposal_id")
    proposal, _ = await proposing.lock_proposal(conn, actor, proposal_id)
    still = proposal.state in IN_THE_RUNNING and proposal.number == found.number
    require(still, model.NotInTheRunning(pointer="/proposal_id"))
    return found


def _best(results: Sequence[Result], running: Sequence[OpenedProposal]) -> Result:
    """The first by rank among those that are still in the running."""
    there = {each.proposal_id for each in running}
    return next(result for result in results if result.proposal_id in there)


async def _policy(conn: Connection) -> Policy:
    return await policies.current(conn, "award", on=await clock.today(conn))


def _limit(policy: Policy, currency: str) -> int:
    """What is awarded directly by one person; nothing in another currency than the policy's."""
    limit: int = policy.body["direct_limit_minor"]
    return limit if policy.body["currency"] == currency else 0


async def _standstill(
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


async def read_award(conn: Connection, actor: Actor, award_id: UUID) -> FullAward:
    async with db.look(conn, actor):
        return await queries.in_full(conn, actor, await queries.find_award(conn, actor, award_id))


async def list_awards(conn: Connection, actor: Actor, request_id: UUID) -> list[Award]:
    """Of a request that the actor sees. Raises NotFound to a stranger."""
    async with db.look(conn, actor):
        await requests.find_request(conn, actor, request_id)
        return await queries.awards_of(conn, actor, request_id)
