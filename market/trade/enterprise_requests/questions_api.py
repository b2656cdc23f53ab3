"""The JSON routes of questions, answered to everybody who bids."""

from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import pages
from market.base.web import Door
from market.trade.enterprise_requests import asked, questions
from market.trade.enterprise_requests.model import (
    AnswerInput,
    AskedQuestion,
    QuestionInput,
)

TAGS: Final = ["enterprise requests"]
QUESTION: Final = ResponseSpec(AskedQuestion, description="The question", generate_examples=False)
QUESTIONS: Final = ResponseSpec(
    pages.Page[AskedQuestion], description="A page", generate_examples=False
)


@get(
    "/v1/enterprise-requests/{request_id:uuid}/questions",
    tags=TAGS,
    operation_id="list_questions",
    summary="提问与答复 Questions and answers, as all bidders read them",
    responses={200: QUESTIONS},
)
async def list_questions(
    door: NamedDependency[Door],
    request_id: FromPath[UUID],
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    actor, after = door.actor, pages.id_after(cursor)
    return await door.page(
        lambda conn, most: asked.questions_of(conn, actor, request_id, after=after, limit=most),
        limit=limit,
        key=lambda question: (question.id,),
    )


@post(
    "/v1/enterprise-requests/{request_id:uuid}/questions",
    tags=TAGS,
    operation_id="ask_question",
    summary="提问 Ask about a request; everybody reads it, nobody learns who asked",
    responses={201: QUESTION},
)
async def ask_question(
    door: NamedDependency[Door], request_id: FromPath[UUID], data: JSONBody[QuestionInput]
) -> Response[bytes]:
    actor = door.actor
    return await door.act(
        lambda conn: questions.ask_question(conn, actor, request_id, data.question), status=201
    )


@put(
    "/v1/enterprise-requests/{request_id:uuid}/questions/{question_id:uuid}/answer",
    tags=TAGS,
    operation_id="answer_question",
    summary="答复 Answer to all bidders; the request gets a new version",
    responses={200: QUESTION},
)
async def answer_question(
    door: NamedDependency[Door],
    request_id: FromPath[UUID],
    question_id: FromPath[UUID],
    data: JSONBody[AnswerInput],
) -> Response[bytes]:
    actor = door.actor
    return await door.act(
        lambda conn: questions.answer_question(conn, actor, request_id, question_id, data.answer)
    )


ROUTES: Final = [list_questions, ask_question, answer_question]
