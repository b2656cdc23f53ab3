"""Questions of bidders and their answers: everybody reads both, nobody learns who asked."""

from __future__ import annotations

from uuid import UUID

from market.base import clock, db, events
from market.base.access import Actor, BothSides, require
from market.base.db import Connection
from market.trade.enterprise_requests import asked as rows
from market.trade.enterprise_requests import model, operations, queries
from market.trade.enterprise_requests.model import AskedQuestion, RequestState
from market.trade.enterprise_requests.terms import terms_of


async def ask_question(
    conn: Connection, actor: Actor, request_id: UUID, question: str
) -> AskedQuestion:
    """A bidder asks; the question is public at once, the asker is not.

    Raises NotFound, NotABidder, BothSides, DeadlinePassed, NotOpen, QuestionsOver.
    """
    async with db.act(conn, actor):
        request, _ = await queries.lock_request(conn, actor, request_id)
        require(model.may_ask(actor), model.NotABidder)
        require(not await queries.holds_role_at_buyer(conn, request_id), BothSides)
        operations.require_before_deadline(request, RequestState.OPEN)
        now = await clock.now(conn)
        require(
            now < request.questions_until,
            model.QuestionsOver(until=request.questions_until.isoformat()),
        )
        asked = await rows.insert_question(conn, actor, request_id, question, now)
        touched = await queries.touch_request(conn, actor, request)
        await events.record(
            conn,
            actor,
            "enterprise_request.asked",
            about=touched,
            changed={"question_id": asked.id},
        )
    return asked


async def answer_question(
    conn: Connection, actor: Actor, request_id: UUID, question_id: UUID, answer: str
) -> AskedQuestion:
    """The enterprise answers to all bidders, or answers anew: the next version of the request.

    Raises NotFound, NotABuyersRole, BothSides, DeadlinePassed, NotOpen, IdentityShown.
    """
    async with db.act(conn, actor):
        request = await operations.lock_request(conn, actor, request_id)
        require(model.may_change(actor, request), model.NotABuyersRole)
        await operations.require_no_interest(conn, actor, request_id)
        asked = await rows.find_question(conn, actor, request_id, question_id)
        if asked.answer == answer:
            return asked
        operations.require_before_deadline(request, RequestState.OPEN)
        await operations.check_hidden(conn, request, answer=answer)
        renewed = await operations.publish_version(
            conn, actor, request, terms_of(request), "answered"
        )
        await rows.insert_answer(conn, renewed, question_id, answer)
        await events.record(
            conn,
            actor,
            "enterprise_request.answered",
            about=renewed,
            changed={"question_id": question_id, "number": renewed.number},
        )
        return await rows.find_question(conn, actor, request_id, question_id)
