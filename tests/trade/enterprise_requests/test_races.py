"""Two hundred at once: one effect, legal states, nothing after the deadline."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Final

import pytest

from market.auditor import audit
from market.base import db
from market.base.db import Connection, Pool
from market.base.embedded import Dsns
from market.base.errors import MarketError, Unavailable
from market.trade.enterprise_requests import operations, questions
from tests.trade.enterprise_requests.conftest import Cast, SetClock
from tests.world import requests

AT_ONCE: Final = 200
Act = Callable[[Connection], Awaitable[object]]


@pytest.fixture(scope="module")
async def own_pool(own_database: Dsns) -> AsyncIterator[Pool]:
    pool = await db.open_pool(own_database.app, size=8)
    yield pool
    pool.terminate()


async def all_at_once(pool: Pool, *acts: Act) -> Counter[str]:
    """Each act in its turn until there are two hundred; what came of them, by name.

    On a slow machine some find no connection free in time; they come back, as a client does.
    """

    async def one(act: Act) -> str:
        try:
            await db.retrying(pool, act)
        except Unavailable:
            return await one(act)
        except MarketError as refused:
            return refused.code
        return "done"

    every = [acts[n % len(acts)] for n in range(AT_ONCE)]
    return Counter(await asyncio.gather(*(one(act) for act in every)))


async def moves(own_database: Dsns, request_id: object) -> list[tuple[str, str | None, str]]:
    """What the log tells of it, once the audit has found nothing wrong.

    The rounds and awards of a request carry its id too: they are left out.
    """
    assert (await audit.run(own_database.auditor)).faults == []
    log = await db.connect(own_database.auditor)
    records = await log.fetch(
        """SELECT move, state_from, state_to FROM event
           WHERE subject_id = $1 AND move IS NOT NULL
             AND subject IN ('enterprise_request', 'proposal', 'counter_offer') ORDER BY id""",
        request_id,
    )
    await log.close()
    return [tuple(record) for record in records]


async def test_publish_against_cancel(own_pool: Pool, own_database: Dsns, cast: Cast) -> None:
    async with db.lease(own_pool) as conn:
        draft = await requests.drafted(conn, cast.buyer)
    came = await all_at_once(
        own_pool,
        lambda conn: operations.publish_request(conn, cast.buyer, draft.id),
        lambda conn: operations.cancel_request(conn, cast.buyer, draft.id, "项目暂缓"),
    )
    assert set(came) <= {"done", "wrong_move"}
    told = await moves(own_database, draft.id)
    assert told[-1][2] == "cancelled"
    assert len(told) == len(set(told))


async def test_cancel_against_close(
    own_pool: Pool, own_database: Dsns, cast: Cast, at: SetClock
) -> None:
    async with db.lease(own_pool) as conn:
        opened = await requests.opened(conn, cast.buyer)
    await at(opened.deadline - timedelta(milliseconds=20))
    came = await all_at_once(
        own_pool,
        lambda conn: operations.close_request(conn, opened.id),
        lambda conn: operations.cancel_request(conn, cast.buyer, opened.id, "项目暂缓"),
    )
    assert set(came) <= {"done", "wrong_move"}
    told = await moves(own_database, opened.id)
    assert told[-1][2] == "cancelled"
    assert len(told) == len(set(told))


async def test_question_against_deadline(
    own_pool: Pool, own_database: Dsns, cast: Cast, at: SetClock
) -> None:
    async with db.lease(own_pool) as conn:
        draft = await requests.new_request(conn)
        opened = await requests.opened(conn, cast.buyer, questions_until=draft.deadline)
    await at(opened.questions_until - timedelta(milliseconds=500))
    came = await all_at_once(
        own_pool, lambda conn: questions.ask_question(conn, cast.bidder, opened.id, "可以吗？")
    )
    assert came["done"] + came["questions_over"] + came["request_deadline_passed"] == AT_ONCE
    async with db.lease(own_pool) as conn, db.act(conn, cast.bidder):
        kept, last = await conn.fetchrow(
            "SELECT count(*), max(asked_at) FROM request_question WHERE request_id = $1",
            opened.id,
        ) or (0, None)
    assert kept == came["done"]
    assert last is None or last < opened.questions_until
