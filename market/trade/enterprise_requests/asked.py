"""The SQL of questions and their answers."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, one
from market.trade.enterprise_requests.model import (
    AskedQuestion,
    EnterpriseRequest,
)
from market.trade.enterprise_requests.queries import SEEN

# The columns of AskedQuestion, of a request that the actor sees.
ASKED: Final = f"""q.id, q.question, q.asked_at, a.answer, a.answered_at, a.number,
    EXISTS (SELECT FROM question_asker k
            WHERE k.question_id = q.id AND k.unit_id = ANY ($2::uuid[]))
    FROM request_question q
    LEFT JOIN LATERAL (SELECT answer, answered_at, number FROM request_answer
                       WHERE question_id = q.id ORDER BY number DESC LIMIT 1) a ON true
    WHERE q.request_id = $1 AND EXISTS (SELECT {SEEN})"""


async def insert_question(
    conn: Connection, actor: Actor, request_id: UUID, question: str, asked_at: datetime
) -> AskedQuestion:
    """Who asked stands apart, and first; the time is the one by which it was let in."""
    record = await conn.fetchrow(
        """WITH asker AS (
               INSERT INTO question_asker (request_id, unit_id, asked_by) VALUES ($1, $3, $4)
               RETURNING question_id)
           INSERT INTO request_question (id, request_id, question, asked_at)
           SELECT question_id, $1, $2, $5 FROM asker
           RETURNING id, question, asked_at, NULL::text, NULL::timestamptz, NULL::integer, true""",
        request_id,
        question,
        actor.organisation_id,
        actor.person_id,
        asked_at,
    )
    return one(AskedQuestion, record)


async def insert_answer(
    conn: Connection, request: EnterpriseRequest, question_id: UUID, answer: str
) -> None:
    """In the version that the request has now."""
    await conn.execute(
        """INSERT INTO request_answer (question_id, request_id, number, answer)
           VALUES ($1, $2, $3, $4)""",
        question_id,
        request.id,
        request.number,
        answer,
    )


async def find_question(
    conn: Connection, actor: Actor, request_id: UUID, question_id: UUID
) -> AskedQuestion:
    record = await conn.fetchrow(
        f"SELECT {ASKED} AND q.id = $3", request_id, actor.visible, question_id
    )
    return one(AskedQuestion, record)


async def questions_of(
    conn: Connection, actor: Actor, request_id: UUID, *, after: UUID | None, limit: int
) -> list[AskedQuestion]:
    """In the order in which they were asked, each with its newest answer."""
    records = await conn.fetch(
        f"""SELECT {ASKED} AND ($3::uuid IS NULL OR q.id > $3) ORDER BY q.id LIMIT $4""",
        request_id,
        actor.visible,
        after,
        limit,
    )
    return [AskedQuestion(*record) for record in records]
