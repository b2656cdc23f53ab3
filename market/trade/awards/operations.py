"""Shortlisting, awarding by results or directly, approving, and taking an award back."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from market.base import clock, db, events, policies
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import require_version
from market.base.policies import Policy
from market.trade.awards import effects, model, queries
from market.trade.awards.model import (
    Award,
    AwardInput,
    AwardState,
    ComplaintState,
    DirectAwardInput,
    FullAward,
)
from market.trade.enterprise_requests import operations as requesting
from market.trade.enterprise_requests import queries as requests
from market.trade.enterprise_requests.model import EnterpriseRequest, RequestState
from market.trade.enterprise_requests.terms import Secrecy
from market.trade.judging import judges, rounds
from market.trade.judging import operations as judging
from market.trade.judging import queries as judged
from market.trade.judging.model import EvaluationState, OpenedProposal, Result
from market.trade.judging.results import is_outdated
from market.trade.proposals import operations as proposing
from market.trade.proposals import queries as proposals
from market.trade.proposals import revisions
from market.trade.proposals.model import IN_THE_RUNNING, FullProposal, ProposalState


async def shortlist_proposal(
    conn: Connection, actor: Actor, proposal_id: UUID, *, expected_version: int | None = None
) -> FullProposal:
    """The buyer keeps a proposal in the closer choice, while it evaluates.

    Raises NotFound to a stranger, NotABuyersRole, BothSides, Stale, WrongMove, NotInTheRunning,
    AlreadyAwarded while an award stands.
    """
    async with db.act(conn, actor):
        request_id = await proposals.request_of(conn, actor, proposal_id)
        await _locked_request(conn, actor, request_id, RequestState.EVALUATING)
        proposal, _ = await proposing.lock_proposal(conn, actor, proposal_id)
        if proposal.state == ProposalState.SHORTLISTED:
            return await revisions.in_full(conn, actor, proposal)
        require_version(proposal.version, expected_version)
        require(proposal.state in IN_THE_RUNNING, model.NotInTheRunning)
        live = await queries.live_award(conn, actor, request_id)
        require(live is None, model.AlreadyAwarded(award_id=live and live.id))
        moved = await effects.move_proposal(
            conn, actor, proposal, "shortlist", "proposal.shortlisted"
        )
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

    Raises NotFound to a stranger, NotABuyersRole, BothSides, Stale, WrongMove, AlreadyAwarded,
    JudgeFirst, JudgedOtherwise, NotInTheRunning, AwardNeedsReason, IdentityShown.
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
        running = await rounds.running(conn, request_id)
        require(not is_outdated(results, running), model.JudgedOtherwise)
        chosen = await _chosen(conn, actor, running, data.proposal_id)
        best = _best(results, running)
        is_best = best.proposal_id == chosen.proposal_id
        require(is_best or data.reason is not None, model.AwardNeedsReason(pointer="/reason"))
        return await _decided(conn, actor, request, chosen, running, reason=data.reason, best=best)


async def award_directly(
    conn: Connection,
    actor: Actor,
    request_id: UUID,
    data: DirectAwardInput,
    *,
    expected_version: int | None = None,
) -> FullAward:
    """The buyer awards a request by invitation without judging, once its deadline is over.

    Raises NotFound to a stranger, NotABuyersRole, BothSides, Stale, WrongMove, OnlyByInvitation,
    AlreadyAwarded, NotInTheRunning, NothingToJudge.
    """
    async with db.act(conn, actor):
        request = await _locked_request(conn, actor, request_id)
        require(request.secrecy == Secrecy.INVITED, model.OnlyByInvitation)
        same = await _same_award(conn, actor, request_id, data.proposal_id, data.reason)
        if same is not None:
            return same
        require_version(request.version, expected_version)
        if request.state != RequestState.EVALUATING:
            await judging.begin(conn, actor, request, None)
        running = await rounds.running(conn, request_id)
        chosen = await _chosen(conn, actor, running, data.proposal_id)
        return await _decided(conn, actor, request, chosen, running, reason=data.reason, best=None)


async def _decided(
    conn: Connection,
    actor: Actor,
    request: EnterpriseRequest,
    chosen: OpenedProposal,
    running: Sequence[OpenedProposal],
    *,
    reason: str | None,
    best: Result | None,
) -> FullAward:
    """Announced; or, where one person would decide alone above the limit, a proposal first."""
    await requesting.check_hidden(conn, request, reason=reason)
    policy = await policies.current(conn, "award", on=await clock.today(conn))
    alone = best is None or len(running) < 2 or best.proposal_id != chosen.proposal_id
    alone = alone or await judged.was_named(conn, request.id, actor.person_id)
    at_once = not alone or chosen.price_minor <= _limit(policy, chosen.currency)
    until, provisional = await effects.standstill(conn, policy, running)
    award = await queries.insert_award(
        conn,
        actor,
        chosen,
        request_id=request.id,
        request_number=request.number,
        state=AwardState.STANDSTILL if at_once else AwardState.PROPOSED,
        best_id=best.proposal_id if best else None,
        round_number=best.round if best else None,
        reason=reason,
        until=until if at_once else None,
        provisional=provisional and at_once,
        policy=policy,
    )
    if at_once:
        return await effects.announced(conn, actor, award, running, birth=True)
    await events.record(
        conn,
        actor,
        "award.proposed",
        about=award,
        move=("propose", None),
        changed=effects.told(award),
    )
    return await queries.in_full(conn, actor, award)


async def approve_award(
    conn: Connection, actor: Actor, award_id: UUID, *, expected_version: int | None = None
) -> FullAward:
    """Another manager of the buyer approves what one person would have decided: it is announced.

    Raises NotFound to a stranger, NotAnotherManager, BothSides, Stale, WrongMove, NotInTheRunning,
    AgreedOtherwise.
    """
    async with db.act(conn, actor):
        request, award = await effects.lock_award(conn, actor, award_id)
        require(model.may_approve(actor, request, award), model.NotAnotherManager)
        await requesting.require_no_interest(conn, actor, request.id)
        if award.approved_by == actor.person_id:
            return await queries.in_full(conn, actor, award)
        require_version(award.version, expected_version)
        award.after("announce")
        running = await rounds.running(conn, request.id)
        chosen = await _chosen(conn, actor, running, award.proposal_id)
        require(chosen.number == award.proposal_number, model.AgreedOtherwise)
        await _require_same_round(conn, actor, award, running)
        policy = await policies.find(conn, award.policy_id)
        until, provisional = await effects.standstill(conn, policy, running)
        announced = await queries.announce(conn, actor, award, until=until, provisional=provisional)
        return await effects.announced(conn, actor, announced, running, birth=False)


async def _require_same_round(
    conn: Connection, actor: Actor, award: Award, running: Sequence[OpenedProposal]
) -> None:
    """Of a judged award: its results are still the last, and of the terms that bind."""
    if award.round is None:
        return
    evaluation = await judged.lock_evaluation(conn, actor, award.request_id)
    scored = (evaluation.state, evaluation.round) == (EvaluationState.SCORED, award.round)
    results = await judged.results_of(conn, award.request_id, award.round)
    require(scored and not is_outdated(results, running), model.AgreedOtherwise)


async def set_aside_award(
    conn: Connection,
    actor: Actor,
    award_id: UUID,
    reason: str,
    *,
    expected_version: int | None = None,
) -> FullAward:
    """Another manager of the buyer takes an award back that is not final; evaluation goes on.

    What waits for its approval is taken back by who proposed it, too: nobody was told of it.
    Raises NotFound to a stranger, NotAnotherManager, BothSides, Stale, WrongMove, ComplaintOpen,
    IdentityShown.
    """
    async with db.act(conn, actor):
        request, award = await effects.lock_award(conn, actor, award_id)
        require(model.may_set_aside(actor, request, award), model.NotAnotherManager)
        await requesting.require_no_interest(conn, actor, request.id)
        if (award.state, award.end_reason) == (AwardState.SET_ASIDE, reason):
            return await queries.in_full(conn, actor, award)
        require_version(award.version, expected_version)
        award.after("set_aside")
        filed = await queries.complaints_of(conn, actor, award_id)
        answered = all(each.state != ComplaintState.FILED for each in filed)
        require(answered, model.ComplaintOpen)
        await requesting.check_hidden(conn, request, reason=reason)
        ended = await effects.end_award(conn, actor, award, reason)
        return await queries.in_full(conn, actor, ended)


async def _locked_request(
    conn: Connection, actor: Actor, request_id: UUID, *states: RequestState
) -> EnterpriseRequest:
    request = await judges.lock_impartially(conn, actor, request_id)
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
    is_same = mine == (actor.person_id, proposal_id, reason)
    require(is_same, model.AlreadyAwarded(award_id=live.id))
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


def _limit(policy: Policy, currency: str) -> int:
    """What one person may award alone; nothing in another currency than the policy's."""
    limit: int = policy.body["direct_limit_minor"]
    return limit if policy.body["currency"] == currency else 0


async def read_award(conn: Connection, actor: Actor, award_id: UUID) -> FullAward:
    async with db.look(conn, actor):
        return await queries.in_full(conn, actor, await queries.find_award(conn, actor, award_id))


async def list_awards(conn: Connection, actor: Actor, request_id: UUID) -> list[Award]:
    """Of a request that the actor sees. Raises NotFound to a stranger."""
    async with db.look(conn, actor):
        await requests.find_request(conn, actor, request_id)
        return await queries.awards_of(conn, actor, request_id)
