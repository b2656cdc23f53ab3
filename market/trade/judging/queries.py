"""The SQL of judging; lock order: request, then evaluation, then proposals."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.base.policies import Policy
from market.trade.judging.model import (
    Evaluation,
    EvaluationState,
    FullEvaluation,
    Judge,
    JudgeState,
    OpenedProposal,
    Result,
    Score,
    ScoreInput,
)
from market.trade.proposals.terms import with_lists


async def insert_evaluation(
    conn: Connection, actor: Actor, request_id: UUID, policy: Policy
) -> Evaluation:
    record = await conn.fetchrow(
        f"""INSERT INTO evaluation (id, policy_id, started_by) VALUES ($1, $2, $3)
            RETURNING {columns(Evaluation)}""",
        request_id,
        policy.id,
        actor.person_id,
    )
    return one(Evaluation, record)


async def find_evaluation(conn: Connection, actor: Actor, request_id: UUID) -> Evaluation:
    """NotFound to all but the buyer, the judges and who answers an escalated complaint."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Evaluation)} FROM evaluation
            WHERE id = $1 AND ($2::uuid[] IS NULL OR buys_impartially(id) OR judges_request(id)
                                OR hears_complaint(id))""",
        request_id,
        actor.visible,
    )
    return one(Evaluation, record)


async def lock_evaluation(conn: Connection, actor: Actor, request_id: UUID) -> Evaluation:
    """The same, held until the end of the act."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Evaluation)} FROM evaluation
            WHERE id = $1 AND ($2::uuid[] IS NULL OR buys_impartially(id) OR judges_request(id)
                                OR hears_complaint(id))
            FOR UPDATE""",
        request_id,
        actor.visible,
    )
    return one(Evaluation, record)


async def move_evaluation(
    conn: Connection,
    evaluation: Evaluation,
    *,
    to: EvaluationState,
    round_number: int,
    reason: str | None = None,
) -> Evaluation:
    record = await conn.fetchrow(
        f"""UPDATE evaluation SET state = $3, round = $4, reason = coalesce($5, reason),
                                  version = version + 1
            WHERE id = $1 AND state = $2 RETURNING {columns(Evaluation)}""",
        evaluation.id,
        evaluation.state,
        to,
        round_number,
        reason,
    )
    return one(Evaluation, record)


async def opened_proposals(conn: Connection, request_id: UUID) -> list[OpenedProposal]:
    """What the deadline opened, to the buyer, the declared judges and the system; else empty."""
    records = await conn.fetch(
        f"""SELECT {columns(OpenedProposal)} FROM opened_proposals($1)
            ORDER BY submitted_at, proposal_id""",
        request_id,
    )
    return [with_lists(OpenedProposal, record) for record in records]


async def standing_of(conn: Connection, person_id: UUID, request_id: UUID) -> tuple[bool, bool]:
    """Whether a judge has to do with somebody who bid, and whether he may judge today."""
    record = await conn.fetchrow(
        "SELECT has_interest($1, $2), may_judge($1, $2)", person_id, request_id
    )
    assert record is not None, "functions have a row"
    return record[0], record[1]


async def expert_person(conn: Connection, member_id: UUID) -> UUID | None:
    """Who is on a register today by that line, if he can sign in; asked by the system."""
    found: UUID | None = await conn.fetchval(
        """SELECT m.person_id FROM member m JOIN person p ON p.id = m.person_id
           WHERE m.id = $1 AND m.state = 'enrolled'
             AND holds_on(market_today(), m.from_on, m.to_on)
             AND p.state = 'active' AND p.email IS NOT NULL""",
        member_id,
    )
    return found


async def insert_judge(
    conn: Connection, actor: Actor, request_id: UUID, person_id: UUID, member_id: UUID | None
) -> Judge:
    record = await conn.fetchrow(
        f"""INSERT INTO judge (request_id, person_id, member_id, appointed_by)
            VALUES ($1, $2, $3, $4) RETURNING {columns(Judge)}""",
        request_id,
        person_id,
        member_id,
        actor.person_id,
    )
    return one(Judge, record)


async def find_judge(conn: Connection, actor: Actor, judge_id: UUID) -> Judge:
    """NotFound to all but the buyer and the judge himself."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Judge)} FROM judge
            WHERE id = $1
              AND ($2::uuid[] IS NULL OR buys_request(request_id) OR person_id = $3)""",
        judge_id,
        actor.visible,
        actor.person_id,
    )
    return one(Judge, record)


async def own_judge(conn: Connection, actor: Actor, request_id: UUID) -> Judge:
    """The actor as a judge of the request. NotFound when he is none."""
    record = await conn.fetchrow(
        f"SELECT {columns(Judge)} FROM judge WHERE request_id = $1 AND person_id = $2",
        request_id,
        actor.person_id,
    )
    return one(Judge, record)


async def was_named(conn: Connection, request_id: UUID, person_id: UUID) -> bool:
    """Whether a person was named to judge the request, whatever became of it."""
    named: bool = await conn.fetchval(
        "SELECT EXISTS (SELECT FROM judge WHERE request_id = $1 AND person_id = $2)",
        request_id,
        person_id,
    )
    return named


async def judges_of(conn: Connection, request_id: UUID) -> list[Judge]:
    records = await conn.fetch(
        f"SELECT {columns(Judge)} FROM judge WHERE request_id = $1 ORDER BY id", request_id
    )
    return [Judge(*record) for record in records]


async def unfit_judges(conn: Connection, request_id: UUID) -> set[UUID]:
    """Those who may judge no more and have neither recused themselves nor been removed."""
    records = await conn.fetch(
        """SELECT id FROM judge WHERE request_id = $1 AND state IN ('appointed', 'declared')
             AND NOT may_judge(person_id, request_id)""",
        request_id,
    )
    return {record["id"] for record in records}


async def move_judge(
    conn: Connection, judge: Judge, *, to: JudgeState, reason: str | None = None
) -> Judge:
    record = await conn.fetchrow(
        f"""UPDATE judge SET state = $3, reason = $4, version = version + 1
            WHERE id = $1 AND state = $2 RETURNING {columns(Judge)}""",
        judge.id,
        judge.state,
        to,
        reason,
    )
    return one(Judge, record)


async def keep_score(
    conn: Connection,
    judge: Judge,
    round_number: int,
    proposal: OpenedProposal,
    data: ScoreInput,
) -> Score:
    """A judge may think better of it while the round goes on."""
    record = await conn.fetchrow(
        f"""INSERT INTO score (request_id, judge_id, round, proposal_id, number, plan,
                               qualification, "time", note)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (judge_id, round, proposal_id) DO UPDATE SET number = excluded.number,
                plan = excluded.plan, qualification = excluded.qualification,
                "time" = excluded."time", note = excluded.note, scored_at = market_now(),
                version = score.version + 1
            RETURNING {columns(Score)}""",
        judge.request_id,
        judge.id,
        round_number,
        proposal.proposal_id,
        proposal.number,
        data.plan,
        data.qualification,
        data.time,
        data.note,
    )
    return one(Score, record)


async def scores_of(conn: Connection, request_id: UUID, round_number: int) -> list[Score]:
    """Those that the actor may read: his own, and all once the round is over."""
    records = await conn.fetch(
        f"""SELECT {columns(Score)} FROM score
            WHERE request_id = $1 AND round = $2 ORDER BY id""",
        request_id,
        round_number,
    )
    return [Score(*record) for record in records]


async def insert_results(conn: Connection, results: list[Result]) -> None:
    await conn.execute(
        f"""INSERT INTO evaluation_result ({columns(Result)})
            SELECT {columns(Result, "r")}
            FROM jsonb_populate_recordset(NULL::evaluation_result, $1) AS r""",
        _rows(results),
    )


def _rows(results: list[Result]) -> Any:
    return results


async def results_of(conn: Connection, request_id: UUID, round_number: int) -> list[Result]:
    """In their order; a bidder reads his own alone, once the outcome is announced."""
    records = await conn.fetch(
        f"""SELECT {columns(Result)} FROM evaluation_result
            WHERE request_id = $1 AND round = $2 ORDER BY rank""",
        request_id,
        round_number,
    )
    return [Result(*record) for record in records]


async def in_full(conn: Connection, evaluation: Evaluation) -> FullEvaluation:
    """Scores and judges as far as row-level security lets the actor read them."""
    judged = (
        evaluation.round if evaluation.state == EvaluationState.SCORED else (evaluation.round - 1)
    )
    return FullEvaluation(
        **msgspec.structs.asdict(evaluation),
        judges=await judges_of(conn, evaluation.id),
        scores=await scores_of(conn, evaluation.id, evaluation.round),
        results=await results_of(conn, evaluation.id, judged),
    )
