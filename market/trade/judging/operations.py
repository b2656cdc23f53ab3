"""Beginning an evaluation, scoring in it, and reading it."""

from __future__ import annotations

from uuid import UUID

from market.base import clock, db, events, policies
from market.base.access import SYSTEM, Actor, require
from market.base.db import Connection
from market.base.errors import NotFound, require_version
from market.base.explanations import Explanation
from market.trade.enterprise_requests import operations as requesting
from market.trade.enterprise_requests import queries as requests
from market.trade.enterprise_requests.model import EnterpriseRequest, RequestState
from market.trade.judging import judges, model, queries, results, rounds
from market.trade.judging.model import (
    Evaluation,
    EvaluationState,
    FullEvaluation,
    JudgeState,
    JudgingSheet,
    Score,
    ScoreInput,
)


async def start_evaluation(
    conn: Connection, actor: Actor, request_id: UUID, *, expected_version: int | None = None
) -> FullEvaluation:
    """The buyer begins to evaluate what the deadline opened; once begun, it is only read.

    Raises NotFound to a stranger, NotABuyersRole, BothSides, Stale, WrongMove before the deadline,
    NothingToJudge.
    """
    async with db.act(conn, actor):
        request = await judges.lock_impartially(conn, actor, request_id)
        if request.state == RequestState.EVALUATING:
            return await queries.in_full(
                conn, await queries.find_evaluation(conn, actor, request_id)
            )
        evaluation = await begin(conn, actor, request, expected_version)
        return await queries.in_full(conn, evaluation)


async def begin(
    conn: Connection, actor: Actor, request: EnterpriseRequest, expected_version: int | None
) -> Evaluation:
    """The same for a request that is locked and whose buyer acts."""
    require_version(request.version, expected_version)
    before, after = RequestState(request.state), request.after("evaluate")
    require(bool(await rounds.running(conn, request.id)), model.NothingToJudge)
    moved = await requests.move_request(conn, request, actor, to=after)
    await events.record(
        conn, actor, "enterprise_request.evaluated", about=moved, move=("evaluate", before)
    )
    policy = await policies.current(conn, "judging", on=await clock.today(conn))
    evaluation = await queries.insert_evaluation(conn, actor, request.id, policy)
    await events.record(conn, actor, "evaluation.started", about=evaluation, move=("start", None))
    return evaluation


async def judging_sheet(conn: Connection, actor: Actor, request_id: UUID) -> JudgingSheet:
    """What a judge is to score, once he has declared.

    Raises NotFound, DeclareFirst, JudgeInterested, JudgeNoMore.
    """
    async with db.look(conn, actor):
        judge = await queries.own_judge(conn, actor, request_id)
        require(judge.state == JudgeState.DECLARED, model.DeclareFirst)
        await judges.require_may_judge(conn, judge)
        evaluation = await queries.find_evaluation(conn, actor, request_id)
        async with db.act(conn, SYSTEM):
            weights = await requests.find_request(conn, SYSTEM, request_id)
        scores = await queries.scores_of(conn, request_id, evaluation.round)
        return JudgingSheet(
            judge,
            evaluation.round,
            weights.price_weight,
            weights.plan_weight,
            weights.qualification_weight,
            weights.time_weight,
            await rounds.running(conn, request_id),
            [score for score in scores if score.judge_id == judge.id],
        )


async def score_proposal(
    conn: Connection,
    actor: Actor,
    judge_id: UUID,
    proposal_id: UUID,
    data: ScoreInput,
    *,
    expected_version: int | None = None,
) -> Score:
    """A judge gives a proposal his points, and may change them until the round is over.

    The last points of the last judge end it. ``expected_version`` is that of the points given
    before, 0 without any. Raises NotFound to a stranger, NotTheJudge to the buyer, DeclareFirst,
    JudgeInterested, JudgeNoMore, Stale, RoundIsOver, NotBeingJudged.
    """
    async with db.act(conn, actor):
        found = await queries.find_judge(conn, actor, judge_id)
        require(model.is_himself(actor, found), model.NotTheJudge)
        evaluation = await rounds.hold_evaluation(conn, found)
        judge = await queries.find_judge(conn, actor, judge_id)
        require(judge.state == JudgeState.DECLARED, model.DeclareFirst)
        await judges.require_may_judge(conn, judge)
        proposals = {one.proposal_id: one for one in await rounds.running(conn, judge.request_id)}
        require(proposal_id in proposals, model.NotBeingJudged)
        proposal = proposals[proposal_id]
        scores = await queries.scores_of(conn, judge.request_id, evaluation.round)
        mine = (judge.id, proposal_id)
        given = next((one for one in scores if (one.judge_id, one.proposal_id) == mine), None)
        if given is not None and given.says(proposal.number, data):
            return given
        require_version(given.version if given else 0, expected_version)
        require(evaluation.state == EvaluationState.SCORING, model.RoundIsOver)
        score = await queries.keep_score(conn, judge, evaluation.round, proposal, data)
        await events.record(
            conn,
            actor,
            "score.given",
            about=score,
            changed={
                "judge_id": judge.id,
                "proposal_id": proposal_id,
                "round": score.round,
                "plan": score.plan,
                "qualification": score.qualification,
                "time_points": score.time,
            },
        )
        await rounds.finish_with_the_last(conn, evaluation)
        return score


async def end_scoring(
    conn: Connection, actor: Actor, request_id: UUID, *, expected_version: int | None = None
) -> FullEvaluation:
    """The buyer ends the round without waiting for those who have not scored everything.

    Raises NotFound to a stranger, NotABuyersRole, BothSides, Stale, TooFewJudges, NothingToJudge,
    WrongMove.
    """
    async with db.act(conn, actor):
        await judges.lock_impartially(conn, actor, request_id)
        evaluation = await queries.lock_evaluation(conn, actor, request_id)
        if evaluation.state == EvaluationState.SCORED:
            return await queries.in_full(conn, evaluation)
        require_version(evaluation.version, expected_version)
        return await queries.in_full(conn, await rounds.finish(conn, actor, evaluation))


async def reopen_scoring(
    conn: Connection,
    actor: Actor,
    request_id: UUID,
    reason: str,
    *,
    expected_version: int | None = None,
) -> FullEvaluation:
    """The buyer has everything scored anew, because terms were agreed on since.

    Raises NotFound to a stranger, NotABuyersRole, BothSides, Stale, NothingChanged, WrongMove,
    IdentityShown.
    """
    async with db.act(conn, actor):
        request = await judges.lock_impartially(conn, actor, request_id)
        require(request.state == RequestState.EVALUATING, model.NothingChanged)
        evaluation = await queries.lock_evaluation(conn, actor, request_id)
        require_version(evaluation.version, expected_version)
        evaluation.after("reopen")
        scored = await queries.results_of(conn, request_id, evaluation.round)
        require(
            results.is_outdated(scored, await rounds.running(conn, request_id)),
            model.NothingChanged,
        )
        await requesting.check_hidden(conn, request, reason=reason)
        return await queries.in_full(conn, await rounds.reopen(conn, actor, evaluation, reason))


async def read_evaluation(conn: Connection, actor: Actor, request_id: UUID) -> FullEvaluation:
    """Raises NotFound to all but the buyer and the judges."""
    async with db.look(conn, actor):
        return await queries.in_full(conn, await queries.find_evaluation(conn, actor, request_id))


async def explain(conn: Connection, actor: Actor, request_id: UUID) -> Explanation:
    """How the latest round came to its order. Raises NotFound before there are results."""
    async with db.look(conn, actor):
        full = await read_evaluation(conn, actor, request_id)
        if not full.results:
            raise NotFound
        async with db.act(conn, SYSTEM):
            weights = await requests.find_request(conn, SYSTEM, request_id)
        policy = await policies.find(conn, full.policy_id)
        return results.explain(weights, full.results, policy)
