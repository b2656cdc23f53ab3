"""The deadline holds to the instant, whether or not anybody has written it down."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection
from market.base.moves import WrongMove
from market.trade.enterprise_requests import cards, model, operations, queries, questions
from market.trade.enterprise_requests.cards import Wanted
from market.trade.enterprise_requests.model import RequestState
from tests.trade.enterprise_requests.conftest import Cast, SetClock
from tests.trade.enterprise_requests.test_publish import change
from tests.world import requests

SOON = timedelta(seconds=30)


async def states(conn: Connection, cast: Cast, request_id: object) -> set[RequestState]:
    """As the buyer, a bidder and the system read it."""
    found = set()
    for actor in (cast.buyer, cast.bidder, SYSTEM):
        async with db.act(conn, actor):
            found.add((await queries.find_request(conn, actor, request_id)).state)  # type: ignore[arg-type]
    return found


async def test_before_it_the_request_is_open_and_from_it_on_closed(
    conn: Connection, cast: Cast, at: SetClock
) -> None:
    opened = await requests.opened(conn, cast.buyer)
    await at(opened.deadline - SOON)
    assert await states(conn, cast, opened.id) == {"open"}
    await at(opened.deadline)
    assert await states(conn, cast, opened.id) == {"closed"}


async def test_with_the_worker_down_nothing_is_changed_any_more(
    conn: Connection, cast: Cast, at: SetClock
) -> None:
    opened = await requests.opened(conn, cast.buyer, invited=[cast.unit.id])
    asked = await questions.ask_question(conn, cast.bidder, opened.id, "可以停机吗？")
    await at(opened.deadline)
    later = opened.deadline + timedelta(days=3)
    with pytest.raises(model.DeadlinePassed):
        await operations.change_request(
            conn, cast.buyer, opened.id, change(deadline=later, reason="再等等")
        )
    with pytest.raises(model.DeadlinePassed):
        await operations.invite_units(conn, cast.buyer, opened.id, [cast.unit.id])
    with pytest.raises(model.DeadlinePassed):
        await questions.ask_question(conn, cast.bidder, opened.id, "还能问吗？")
    with pytest.raises(model.DeadlinePassed):
        await questions.answer_question(conn, cast.buyer, opened.id, asked.id, "可以。")
    listed, _ = await cards.list_cards(conn, Wanted(), after=None, limit=50)
    assert not [item for item in listed if str(opened.id).encode() in item]


async def test_the_database_itself_holds_the_deadline(
    conn: Connection, cast: Cast, at: SetClock
) -> None:
    opened = await requests.opened(conn, cast.buyer)
    for column, value in (("deadline", "deadline - interval '1 day'"), ("kind", "'training'")):
        with pytest.raises(asyncpg.RestrictViolationError):
            async with db.act(conn, cast.buyer), db.savepoint(conn):
                await conn.execute(
                    f"UPDATE enterprise_request SET {column} = {value} WHERE id = $1",
                    opened.id,
                )
    with pytest.raises(asyncpg.RestrictViolationError):
        async with db.act(conn, cast.bidder), db.savepoint(conn):
            await conn.execute("UPDATE enterprise_request SET title = 'x' WHERE id = $1", opened.id)


async def test_the_close_is_written_down_once_by_whoever_comes_first(
    conn: Connection, cast: Cast, at: SetClock
) -> None:
    opened = await requests.opened(conn, cast.buyer)
    await operations.close_request(conn, opened.id)
    assert await states(conn, cast, opened.id) == {"open"}
    await at(opened.deadline)
    async with db.act(conn, SYSTEM):
        assert opened.id in await queries.requests_fallen_due(conn, after=None, limit=50)
    await operations.close_request(conn, opened.id)
    await operations.close_request(conn, opened.id)
    async with db.act(conn, SYSTEM):
        closed = await queries.find_request(conn, SYSTEM, opened.id)
        assert opened.id not in await queries.requests_fallen_due(conn, after=None, limit=50)
    assert (closed.state, closed.moved_by, closed.version) == (
        RequestState.CLOSED,
        SYSTEM.person_id,
        opened.version + 1,
    )


async def test_an_act_after_the_deadline_writes_the_close_first(
    conn: Connection, cast: Cast, at: SetClock
) -> None:
    opened = await requests.opened(conn, cast.buyer)
    with pytest.raises(WrongMove):
        await operations.end_without_award(conn, cast.buyer, opened.id, "均不满足")
    await at(opened.deadline)
    ended = await operations.end_without_award(conn, cast.buyer, opened.id, "均不满足")
    assert (ended.state, ended.version) == (RequestState.NO_AWARD, opened.version + 2)
    again = await operations.end_without_award(conn, cast.buyer, opened.id, "均不满足")
    assert again == ended


@pytest.mark.parametrize("late", [False, True], ids=["open", "closed"])
async def test_a_request_is_cancelled_until_its_award(
    conn: Connection, cast: Cast, at: SetClock, late: bool
) -> None:
    opened = await requests.opened(conn, cast.buyer)
    if late:
        await at(opened.deadline)
    cancelled = await operations.cancel_request(conn, cast.buyer, opened.id, "项目暂缓")
    assert (cancelled.state, cancelled.reason) == (RequestState.CANCELLED, "项目暂缓")
    with pytest.raises(WrongMove):
        await operations.cancel_request(conn, cast.buyer, opened.id, "再取消")
