"""Judging over HTTP: the buyer's acts, the judges' work, and what came of it."""

from enum import StrEnum
from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import tables
from market.base.db import Connection
from market.base.explanations import Explanation
from market.base.web import Door, attachment
from market.trade.judging import comparison, judges, operations
from market.trade.judging.comparison import Comparison
from market.trade.judging.model import (
    AppointmentInput,
    DeclarationInput,
    FullEvaluation,
    Judge,
    JudgingSheet,
    RemovalInput,
    ReopeningInput,
    Score,
    ScoreInput,
)

TAGS: Final = ["judging"]
EVALUATION: Final = ResponseSpec(
    FullEvaluation, description="评审 The evaluation", generate_examples=False
)
JUDGE: Final = ResponseSpec(Judge, description="评委 The judge", generate_examples=False)
SHEET: Final = ResponseSpec(
    JudgingSheet, description="待评报价 What is to be scored", generate_examples=False
)
SCORE: Final = ResponseSpec(Score, description="评分 The points", generate_examples=False)
COMPARISON: Final = ResponseSpec(
    Comparison, description="比较表 The comparison sheet", generate_examples=False
)
EXPLAINED: Final = ResponseSpec(
    Explanation, description="Inputs, steps, result", generate_examples=False
)


class SheetFormat(StrEnum):
    """How the comparison leaves."""

    JSON = "json"
    XLSX = "xlsx"


@put(
    "/v1/enterprise-requests/{request_id:uuid}/evaluation",
    tags=TAGS,
    operation_id="start_evaluation",
    summary="开始评审 Begin to evaluate what the deadline opened",
    responses={200: EVALUATION},
)
async def start_evaluation(
    door: NamedDependency[Door], request_id: FromPath[UUID]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.start_evaluation(conn, actor, request_id, expected_version=expected)
    )


@get(
    "/v1/enterprise-requests/{request_id:uuid}/evaluation",
    tags=TAGS,
    operation_id="get_evaluation",
    summary="查看评审 Read judges, scores and results as far as they are open",
    responses={200: EVALUATION},
)
async def get_evaluation(
    door: NamedDependency[Door], request_id: FromPath[UUID]
) -> Response[bytes]:
    """供买方和评委查看。一轮评审结束之前，评委互不可见评分。

    For the buyer and the judges. Scores are sealed from each other until the round is over.
    """
    actor = door.actor
    return await door.read(lambda conn: operations.read_evaluation(conn, actor, request_id))


@get(
    "/v1/enterprise-requests/{request_id:uuid}/evaluation/explain",
    tags=TAGS,
    operation_id="explain_evaluation",
    summary="说明评审结果 Explain the order of a round",
    responses={200: EXPLAINED},
)
async def explain_evaluation(
    door: NamedDependency[Door], request_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: operations.explain(conn, actor, request_id))


@get(
    "/v1/enterprise-requests/{request_id:uuid}/comparison",
    tags=TAGS,
    operation_id="compare_proposals",
    summary="比较报价 Compare the opened proposals by the same units",
    responses={200: COMPARISON},
)
async def compare_proposals(
    door: NamedDependency[Door],
    request_id: FromPath[UUID],
    format: FromQuery[SheetFormat] = SheetFormat.JSON,  # noqa: A002  # the word that callers expect
) -> Response[bytes]:
    actor = door.actor

    async def compared(conn: Connection) -> Comparison | Response[bytes]:
        found = await comparison.compare(conn, actor, request_id)
        if format == SheetFormat.JSON:
            return found
        content = tables.as_xlsx(comparison.sheet(found))
        headers = attachment("comparison.xlsx")
        return Response(content, media_type=tables.XLSX_TYPE, headers=headers)

    return await door.read(compared)


@post(
    "/v1/enterprise-requests/{request_id:uuid}/judges",
    tags=TAGS,
    operation_id="appoint_judge",
    summary="指定评委 Name a judge",
    responses={201: JUDGE},
)
async def appoint_judge(
    door: NamedDependency[Door], request_id: FromPath[UUID], data: JSONBody[AppointmentInput]
) -> Response[bytes]:
    """以 `person_id` 指定企业的人员，或以 `member_id` 指定名册上的专家。

    Somebody of the enterprise by `person_id`, or an expert on a register by `member_id`.
    """
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: judges.appoint_judge(conn, actor, request_id, data, expected_version=expected),
        status=201,
    )


@put(
    "/v1/judges/{judge_id:uuid}/declaration",
    tags=TAGS,
    operation_id="declare_interest",
    summary="声明有无利害关系 Declare a conflict of interest, or that there is none",
    responses={200: JUDGE},
)
async def declare_interest(
    door: NamedDependency[Door], judge_id: FromPath[UUID], data: JSONBody[DeclarationInput]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: judges.declare(conn, actor, judge_id, data, expected_version=expected)
    )


@put(
    "/v1/judges/{judge_id:uuid}/removal",
    tags=TAGS,
    operation_id="remove_judge",
    summary="撤换评委 Take a judge off",
    responses={200: JUDGE},
)
async def remove_judge(
    door: NamedDependency[Door], judge_id: FromPath[UUID], data: JSONBody[RemovalInput]
) -> Response[bytes]:
    """限评分尚未公开时；以后各轮只能撤换已不得评审的人。

    While scores are sealed; in a later round only somebody who may judge no more.
    """
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: judges.remove_judge(
            conn, actor, judge_id, data.reason, expected_version=expected
        )
    )


@get(
    "/v1/enterprise-requests/{request_id:uuid}/judging-sheet",
    tags=TAGS,
    operation_id="get_judging_sheet",
    summary="评委查看待评报价 Read what one is to score",
    responses={200: SHEET},
)
async def get_judging_sheet(
    door: NamedDependency[Door], request_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: operations.judging_sheet(conn, actor, request_id))


@put(
    "/v1/judges/{judge_id:uuid}/scores/{proposal_id:uuid}",
    tags=TAGS,
    operation_id="score_proposal",
    summary="评分 Give a proposal its points",
    responses={200: SCORE},
)
async def score_proposal(
    door: NamedDependency[Door],
    judge_id: FromPath[UUID],
    proposal_id: FromPath[UUID],
    data: JSONBody[ScoreInput],
) -> Response[bytes]:
    """价格不由人评分，按公式得分。

    The price is not scored by people: its points follow from a formula.
    """
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.score_proposal(
            conn, actor, judge_id, proposal_id, data, expected_version=expected
        )
    )


@put(
    "/v1/enterprise-requests/{request_id:uuid}/evaluation/end",
    tags=TAGS,
    operation_id="end_scoring",
    summary="结束评分 End the round without waiting for all judges",
    responses={200: EVALUATION},
)
async def end_scoring(door: NamedDependency[Door], request_id: FromPath[UUID]) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.end_scoring(conn, actor, request_id, expected_version=expected)
    )


@put(
    "/v1/enterprise-requests/{request_id:uuid}/evaluation/reopening",
    tags=TAGS,
    operation_id="reopen_scoring",
    summary="条款变更后重新评分 Have everything scored anew, after new terms were agreed on",
    responses={200: EVALUATION},
)
async def reopen_scoring(
    door: NamedDependency[Door], request_id: FromPath[UUID], data: JSONBody[ReopeningInput]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.reopen_scoring(
            conn, actor, request_id, data.reason, expected_version=expected
        )
    )


ROUTES: Final = [
    start_evaluation,
    get_evaluation,
    explain_evaluation,
    compare_proposals,
    appoint_judge,
    declare_interest,
    remove_judge,
    get_judging_sheet,
    score_proposal,
    end_scoring,
    reopen_scoring,
]
