"""Who judges: named by the buyer, declaring for himself, removed when he may judge no more."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from market.base import db, events, sides
from market.base.access import SYSTEM, Actor, require
from market.base.db import Connection
from market.base.errors import require_version
from market.trade.enterprise_requests import operations as requesting
from market.trade.enterprise_requests import queries as requests
from market.trade.enterprise_requests.model import EnterpriseRequest, NotABuyersRole, may_change
from market.trade.judging import model, queries, rounds
from market.trade.judging.model import (
    AppointmentInput,
    DeclarationInput,
    EvaluationState,
    Judge,
    JudgeState,
)


async def lock_impartially(conn: Connection, actor: Actor, request_id: UUID) -> EnterpriseRequest:
    """The request, locked for somebody of the buyer who has to do with nobody who bid.

    Raises NotFound to a stranger, NotABuyersRole, BothSides.
    """
    request = await requesting.lock_request(conn, actor, request_id)
    require(may_change(actor, request), NotABuyersRole)
    await requesting.require_no_interest(conn, actor, request_id)
    return request


async def require_may_judge(conn: Connection, judge: Judge) -> None:
    """Raises JudgeInterested, and JudgeNoMore once he has left the buyer or the register."""
    interested, may = await queries.standing_of(conn, judge.person_id, judge.request_id)
    require(not interested, model.JudgeInterested)
    require(may, model.JudgeNoMore)


async def appoint_judge(
    conn: Connection,
    actor: Actor,
    request_id: UUID,
    data: AppointmentInput,
    *,
    expected_version: int | None = None,
) -> Judge:
    """The buyer names somebody of its own, or an expert, to judge while scores are given.

    ``expected_version`` is the evaluation's. Raises NotFound to a stranger, NotABuyersRole,
    BothSides, Stale, OnlyOneKindOfJudge, JudgeUnknown, JudgeInterested, RoundIsOver, AlreadyAJudge.
    """
    async with db.act(conn, actor):
        request = await lock_impartially(conn, actor, request_id)
        evaluation = await queries.lock_evaluation(conn, actor, request_id)
        require_version(evaluation.version, expected_version)
        require(evaluation.state == EvaluationState.SCORING, model.RoundIsOver)
        person_id = await _judging_person(conn, request, data)
        interested = await requests.has_interest(conn, person_id, request_id)
        require(not interested, model.JudgeInterested)
        try:
            async with db.savepoint(conn):
                judge = await queries.insert_judge(
                    conn, actor, request_id, person_id, data.member_id
                )
        except asyncpg.UniqueViolationError as twice:
            raise model.AlreadyAJudge from twice
        await events.record(
            conn,
            actor,
            "judge.appointed",
            about=judge,
            move=("appoint", None),
            changed={"request_id": request_id, "person": person_id},
        )
        return judge


async def _judging_person(
    conn: Connection, request: EnterpriseRequest, data: AppointmentInput
) -> UUID:
    both = (data.person_id is None) == (data.member_id is None)
    require(not both, model.OnlyOneKindOfJudge(pointer="/person_id"))
    if data.member_id is not None:
        async with db.act(conn, SYSTEM):
            found = await queries.expert_person(conn, data.member_id)
        if found is None:
            raise model.JudgeUnknown(pointer="/member_id")
        return found
    assert data.person_id is not None, "one of the two is given"
    of_the_buyer = await sides.holds_role_in_any(conn, data.person_id, [request.buyer_id])
    require(of_the_buyer, model.JudgeUnknown(pointer="/person_id"))
    return data.person_id


async def declare(
    conn: Connection,
    actor: Actor,
    judge_id: UUID,
    data: DeclarationInput,
    *,
    expected_version: int | None = None,
) -> Judge:
    """The judge says that he has no interest, or recuses himself; the latter at any time.

    Raises NotFound to a stranger, NotTheJudge to the buyer, Stale, RecusalSaysWhy,
    JudgeInterested, JudgeNoMore, WrongMove.
    """
    async with db.act(conn, actor):
        found = await queries.find_judge(conn, actor, judge_id)
        require(model.is_himself(actor, found), model.NotTheJudge)
        evaluation = await rounds.hold_evaluation(conn, found)
        judge = await queries.find_judge(conn, actor, judge_id)
        to = JudgeState.RECUSED if data.conflict else JudgeState.DECLARED
        if judge.state == to and judge.reason == data.reason:
            return judge
        require_version(judge.version, expected_version)
        move = "recuse" if data.conflict else "declare"
        before, after = JudgeState(judge.state), judge.after(move)
        if data.conflict:
            require(data.reason is not None, model.RecusalSaysWhy(pointer="/reason"))
        else:
            await require_may_judge(conn, judge)
        reason = data.reason if data.conflict else None
        moved = await queries.move_judge(conn, judge, to=after, reason=reason)
        await events.record(conn, actor, f"judge.{after}", about=moved, move=(move, before))
        await rounds.finish_with_the_last(conn, evaluation)
        return moved


async def remove_judge(
    conn: Connection,
    actor: Actor,
    judge_id: UUID,
    reason: str,
    *,
    expected_version: int | None = None,
) -> Judge:
    """The buyer takes a judge off while scores are sealed; his points do not count.

    In a later round, when his earlier points are known, only one who may judge no more. Raises
    NotFound to a stranger, NotABuyersRole, BothSides, Stale, WrongMove, RoundIsOver, JudgeStays.
    """
    async with db.act(conn, actor):
        found = await queries.find_judge(conn, actor, judge_id)
        await lock_impartially(conn, actor, found.request_id)
        evaluation = await rounds.hold_evaluation(conn, found)
        judge = await queries.find_judge(conn, actor, judge_id)
        if (judge.state, judge.reason) == (JudgeState.REMOVED, reason):
            return judge
        require_version(judge.version, expected_version)
        judge.after("remove")
        require(evaluation.state == EvaluationState.SCORING, model.RoundIsOver)
        if evaluation.round > 1:
            _, may = await queries.standing_of(conn, judge.person_id, judge.request_id)
            require(not may, model.JudgeStays)
        removed = await rounds.remove(conn, actor, judge, reason)
        await rounds.finish_with_the_last(conn, evaluation)
        return removed
