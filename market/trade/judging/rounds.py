"""A round of scores: what is judged in it, what ends it, and what it comes to."""

from __future__ import annotations

from uuid import UUID

from market.base import db, events, policies
from market.base.access import SYSTEM, Actor, require
from market.base.db import Connection
from market.trade.enterprise_requests import queries as requests
from market.trade.judging import model, queries, results
from market.trade.judging.model import (
    JUDGING,
    Evaluation,
    EvaluationState,
    Judge,
    JudgeState,
    OpenedProposal,
    Score,
)
from market.trade.proposals.model import IN_THE_RUNNING


async def hold_evaluation(conn: Connection, judge: Judge) -> Evaluation:
    """The evaluation, held; also for who recused himself and sees it no more."""
    async with db.act(conn, SYSTEM):
        return await queries.lock_evaluation(conn, SYSTEM, judge.request_id)


async def running(conn: Connection, request_id: UUID) -> list[OpenedProposal]:
    """What is still in the running."""
    opened = await queries.opened_proposals(conn, request_id)
    return [proposal for proposal in opened if proposal.state in IN_THE_RUNNING]


async def finish_with_the_last(conn: Connection, evaluation: Evaluation) -> None:
    """When everybody who may judge has scored everything, and nobody is still to declare.

    Asked after the last points, and when a judge goes: he may be the one that was waited for.
    """
    if evaluation.state != EvaluationState.SCORING:
        return
    async with db.act(conn, SYSTEM):
        policy = await policies.find(conn, evaluation.policy_id)
        named = await queries.judges_of(conn, evaluation.id)
        waiting = [judge for judge in named if judge.state in JUDGING]
        complete = await _complete(conn, evaluation)
        enough = len(complete) == len(waiting) >= policy.body["least_judges"]
        if enough and await running(conn, evaluation.id):
            await finish(conn, SYSTEM, evaluation)


async def _complete(conn: Connection, evaluation: Evaluation) -> dict[UUID, dict[UUID, Score]]:
    """The scores of those who may judge and scored all that is in the running, as it binds now."""
    proposals = await running(conn, evaluation.id)
    unfit = await queries.unfit_judges(conn, evaluation.id)
    declared = {
        judge.id
        for judge in await queries.judges_of(conn, evaluation.id)
        if judge.state == JudgeState.DECLARED and judge.id not in unfit
    }
    given: dict[UUID, dict[UUID, Score]] = {}
    for score in await queries.scores_of(conn, evaluation.id, evaluation.round):
        if score.judge_id in declared:
            given.setdefault(score.judge_id, {})[score.proposal_id] = score
    wanted = {one.proposal_id: one.number for one in proposals}
    return {
        judge: scores
        for judge, scores in given.items()
        if wanted.items() <= {name: score.number for name, score in scores.items()}.items()
    }


async def finish(conn: Connection, actor: Actor, evaluation: Evaluation) -> Evaluation:
    """The results of who scored everything. Raises WrongMove, NothingToJudge, TooFewJudges."""
    before, after = EvaluationState(evaluation.state), evaluation.after("finish")
    async with db.act(conn, SYSTEM):
        policy = await policies.find(conn, evaluation.policy_id)
        complete = await _complete(conn, evaluation)
        proposals = await running(conn, evaluation.id)
        require(bool(proposals), model.NothingToJudge)
        least = policy.body["least_judges"]
        require(len(complete) >= least, model.TooFewJudges(found=len(complete), least=least))
        weights = await requests.find_request(conn, SYSTEM, evaluation.id)
        found = results.reckon(
            evaluation.id,
            evaluation.round,
            weights,
            proposals,
            {
                one.proposal_id: [scores[one.proposal_id] for scores in complete.values()]
                for one in proposals
            },
            spread_points=policy.body["spread_points"],
        )
        await remove_unfit(conn, evaluation)
        await queries.insert_results(conn, found)
    finished = await queries.move_evaluation(
        conn, evaluation, to=after, round_number=evaluation.round
    )
    await events.record(
        conn,
        actor,
        "evaluation.finished",
        about=finished,
        move=("finish", before),
        changed={"round": finished.round},
    )
    return finished


async def remove_unfit(conn: Connection, evaluation: Evaluation) -> None:
    """Whoever may judge no more as the round ends is removed; an act of the system."""
    unfit = await queries.unfit_judges(conn, evaluation.id)
    for judge in await queries.judges_of(conn, evaluation.id):
        if judge.id in unfit:
            await remove(conn, SYSTEM, judge, model.UNFIT.kept)


async def remove(conn: Connection, actor: Actor, judge: Judge, reason: str) -> Judge:
    before, after = JudgeState(judge.state), judge.after("remove")
    removed = await queries.move_judge(conn, judge, to=after, reason=reason)
    await events.record(conn, actor, "judge.removed", about=removed, move=("remove", before))
    return removed


async def reopen(conn: Connection, actor: Actor, evaluation: Evaluation, reason: str) -> Evaluation:
    """The next round of an evaluation that is locked."""
    before, after = EvaluationState(evaluation.state), evaluation.after("reopen")
    reopened = await queries.move_evaluation(
        conn, evaluation, to=after, round_number=evaluation.round + 1, reason=reason
    )
    await events.record(
        conn,
        actor,
        "evaluation.reopened",
        about=reopened,
        move=("reopen", before),
        changed={"round": reopened.round},
    )
    return reopened
