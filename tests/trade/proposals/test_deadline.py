"""The deadline opens all proposals at once, and the last day ends them, by the clock alone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from market.base import db
from market.base.access import SYSTEM, Actor
from market.base.db import Connection
from market.base.errors import NotFound
from market.base.moves import WrongMove
from market.trade.enterprise_requests import operations as requesting
from market.trade.proposals import operations, queries, revisions
from tests.trade.enterprise_requests.conftest import Cast, SetClock
from tests.trade.proposals.conftest import Bids
from tests.world import proposals, requests

SHANGHAI = ZoneInfo("Asia/Shanghai")
SOON = timedelta(seconds=30)


async def seen(conn: Connection, actor: Actor, request_id: object) -> list[str]:
    """The states of the request's proposals that somebody reads."""
    async with db.act(conn, actor):
        found = await queries.proposals_for(conn, actor, request_id, before=None, limit=50)  # type: ignore[arg-type]
    return [each.state for each in found]


async def test_at_the_deadline_all_open_at_once_with_the_worker_down(
    conn: Connection, cast: Cast, bids: Bids, at: SetClock
) -> None:
    request = await requests.opened(conn, cast.buyer)
    for bidder in (bids.first, bids.second):
        await proposals.submitted(conn, bidder, request)
    await at(request.deadline - SOON)
    assert await seen(conn, cast.buyer, request.id) == []
    assert await seen(conn, bids.first.clerk, request.id) == ["submitted"]
    await at(request.deadline)
    assert await seen(conn, cast.buyer, request.id) == ["opened", "opened"]
    assert await seen(conn, bids.first.clerk, request.id) == ["opened"]
    assert await seen(conn, bids.above, request.id) == ["opened"]
    assert await seen(conn, cast.other_buyer, request.id) == []


async def test_before_it_nobody_but_the_bidder_reads_a_sealed_one(
    conn: Connection, cast: Cast, bids: Bids
) -> None:
    """By the queries, and by the tables themselves."""
    request = await requests.opened(conn, cast.buyer)
    made = await proposals.submitted(conn, bids.first, request)
    strangers = (cast.buyer, cast.rival, bids.second.clerk, bids.above, bids.auditor)
    for actor in strangers:
        async with db.act(conn, actor):
            with pytest.raises(NotFound):
                await queries.find_proposal(conn, actor, made.id)
            for table in ("proposal", "proposal_revision", "proposal_draft"):
                assert not await conn.fetchval(f"SELECT count(*) FROM {table}")
            assert await revisions.people_of(conn, made.id) == []
    for actor in (bids.member, bids.leader):
        async with db.act(conn, actor):
            assert await conn.fetchval("SELECT count(*) FROM proposal_revision") == 1


async def test_what_is_not_sealed_is_read_at_once(conn: Connection, cast: Cast, bids: Bids) -> None:
    request = await requests.opened(conn, cast.buyer, sealed=False)
    await proposals.drafted(conn, bids.second, request)
    await proposals.submitted(conn, bids.first, request)
    assert await seen(conn, cast.buyer, request.id) == ["submitted"]


async def test_a_request_cancelled_before_it_opens_nothing(
    conn: Connection, cast: Cast, bids: Bids, at: SetClock
) -> None:
    request = await requests.opened(conn, cast.buyer)
    made = await proposals.submitted(conn, bids.first, request)
    await requesting.cancel_request(conn, cast.buyer, request.id, "项目暂缓")
    await at(request.deadline + SOON)
    assert await seen(conn, cast.buyer, request.id) == []
    await operations.settle(conn, made.id)
    assert await seen(conn, bids.first.clerk, request.id) == ["submitted"]


async def test_the_opening_is_written_down_once_and_for_the_deadline(
    conn: Connection, cast: Cast, bids: Bids, at: SetClock
) -> None:
    request = await requests.opened(conn, cast.buyer)
    made = await proposals.submitted(conn, bids.first, request)
    await operations.settle(conn, made.id)
    await at(request.deadline + SOON)
    async with db.act(conn, SYSTEM):
        assert made.id in await queries.proposals_due(conn, after=None, limit=50)
    await operations.settle(conn, made.id)
    await operations.settle(conn, made.id)
    async with db.act(conn, SYSTEM):
        opened = await queries.find_proposal(conn, SYSTEM, made.id)
        assert made.id not in await queries.proposals_due(conn, after=None, limit=50)
    assert (opened.state, opened.opened_at, opened.version) == (
        "opened",
        request.deadline,
        made.version + 1,
    )


async def test_it_binds_through_its_last_day_and_not_a_moment_longer(
    conn: Connection, cast: Cast, bids: Bids, at: SetClock
) -> None:
    """Early, on the last instant, exactly at midnight in Shanghai; then a new one may be made."""
    request = await requests.opened(conn, cast.buyer)
    last = request.deadline.astimezone(SHANGHAI).date()
    made = await proposals.submitted(conn, bids.first, request, valid_until=last)
    midnight = datetime.combine(last + timedelta(days=1), time(), SHANGHAI).astimezone(UTC)
    for instant, state in (
        (request.deadline, "opened"),
        (midnight - timedelta(seconds=5), "opened"),
        (midnight, "expired"),
    ):
        await at(instant)
        assert await seen(conn, cast.buyer, request.id) == [state]
    await operations.settle(conn, made.id)
    async with db.act(conn, SYSTEM):
        found = await queries.find_proposal(conn, SYSTEM, made.id)
    # Opened and expired: two moves of the one who came late.
    assert (found.opened_at, found.version) == (request.deadline, made.version + 2)
    with pytest.raises(WrongMove):
        await operations.withdraw_proposal(conn, bids.first.clerk, made.id, "太迟了")


async def test_the_database_itself_holds_the_deadline(
    conn: Connection, cast: Cast, bids: Bids, at: SetClock
) -> None:
    request = await requests.opened(conn, cast.buyer)
    made = await proposals.submitted(conn, bids.first, request)
    await at(request.deadline)
    assert made.binding is not None
    with pytest.raises(asyncpg.RestrictViolationError):
        async with db.act(conn, bids.first.clerk), db.savepoint(conn):
            await revisions.insert_revision(conn, bids.first.clerk, made, made.binding, "submitted")
