"""Two hundred at once: one effect, legal states, nothing handed over after the deadline."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Pool
from market.base.embedded import Dsns
from market.trade.enterprise_requests import operations as requesting
from market.trade.proposals import operations, queries, revisions
from market.trade.proposals.counter_offers import operations as bargaining
from tests.trade.enterprise_requests.conftest import Cast, SetClock
from tests.trade.enterprise_requests.test_races import all_at_once, moves
from tests.trade.proposals.conftest import Bids
from tests.world import proposals, requests
from tests.world.proposals import change, countered


@pytest.fixture(scope="module")
async def own_pool(own_database: Dsns) -> AsyncIterator[Pool]:
    pool = await db.open_pool(own_database.app, size=8)
    yield pool
    pool.terminate()


async def test_submit_against_the_deadline(
    own_pool: Pool, own_database: Dsns, cast: Cast, bids: Bids, at: SetClock
) -> None:
    """Some revise while others write the deadline down: each revision is earlier than it."""
    async with db.lease(own_pool) as conn:
        request = await requests.opened(conn, cast.buyer)
        made = await proposals.submitted(conn, bids.first, request)
        draft = await proposals.drafted(conn, bids.second, request)
    await at(request.deadline - timedelta(milliseconds=300))
    plans = iter(range(1000))
    came = await all_at_once(
        own_pool,
        lambda conn: operations.change_proposal(
            conn, bids.member, made.id, change(plan=f"第 {next(plans)} 稿。")
        ),
        lambda conn: operations.submit_proposal(conn, bids.first.clerk, made.id),
        lambda conn: operations.submit_proposal(conn, bids.second.clerk, draft.id),
        lambda conn: operations.settle(conn, made.id),
        lambda conn: requesting.close_request(conn, request.id),
    )
    assert set(came) <= {"done", "request_deadline_passed", "nothing_to_submit"}, came
    for proposal_id in (made.id, draft.id):
        async with db.lease(own_pool) as conn:
            await operations.settle(conn, proposal_id)
        # The audit inside finds no revision at or past the deadline.
        told = await moves(own_database, proposal_id)
        assert len(told) == len(set(told))
    async with db.lease(own_pool) as conn, db.act(conn, cast.buyer):
        found = await queries.find_proposal(conn, cast.buyer, made.id)
        kept = await revisions.revisions_of(conn, cast.buyer, made.id, before=None, limit=100)
    assert found.state == "opened"
    assert [each.number for each in kept] == [found.submitted_number]


async def test_counter_offer_against_its_answers_and_the_withdrawal(
    own_pool: Pool, own_database: Dsns, cast: Cast, bids: Bids, at: SetClock
) -> None:
    async with db.lease(own_pool) as conn:
        request = await requests.opened(conn, cast.buyer)
        made = await proposals.submitted(conn, bids.first, request)
        await at(request.deadline)
        offer = await bargaining.make_counter_offer(
            conn, cast.buyer, made.id, await countered(conn, price_minor=45_000_00)
        )
        again = await countered(conn, price_minor=44_000_00)
    came = await all_at_once(
        own_pool,
        lambda conn: bargaining.accept_counter_offer(conn, bids.first.clerk, offer.id),
        lambda conn: bargaining.refuse_counter_offer(conn, bids.leader, offer.id, "价格过低"),
        lambda conn: bargaining.make_counter_offer(conn, cast.buyer, made.id, again),
        lambda conn: operations.withdraw_proposal(conn, bids.leader, made.id, "人手不足"),
    )
    assert set(came) <= {
        "done",
        "wrong_move",
        "counter_offer_pending",
        "not_bargained_over",
    }, came
    told = await moves(own_database, offer.id)
    assert len(told) == 2
    assert told[1][2] in {"accepted", "refused", "lapsed"}
    assert (await moves(own_database, made.id))[-1][2] == "withdrawn"
    async with db.lease(own_pool) as conn, db.act(conn, SYSTEM):
        found = await queries.find_proposal(conn, SYSTEM, made.id)
    assert found.number == (2 if told[1][2] == "accepted" else 1)


async def test_of_many_drafts_at_once_there_is_one(
    own_pool: Pool, own_database: Dsns, cast: Cast, bids: Bids
) -> None:
    async with db.lease(own_pool) as conn:
        request = await requests.opened(conn, cast.buyer)
        data = await proposals.new_proposal(conn, bids.first, request)
    came = await all_at_once(
        own_pool,
        lambda conn: operations.draft_proposal(conn, bids.member, request.id, data),
        lambda conn: operations.draft_proposal(conn, bids.first.clerk, request.id, data),
    )
    assert came == {"done": 1, "already_proposed": 199}


async def test_the_jobs_write_down_what_the_clock_did(
    own_pool: Pool, own_database: Dsns, cast: Cast, bids: Bids, at: SetClock
) -> None:
    """However often they run, and whoever they find first."""
    async with db.lease(own_pool) as conn:
        request = await requests.opened(conn, cast.buyer)
        made = await proposals.submitted(conn, bids.first, request)
        await at(request.deadline)
        for _ in range(2):
            await operations.write_due(own_pool)
        offer = await bargaining.make_counter_offer(
            conn, cast.buyer, made.id, await countered(conn, quantity=2)
        )
    await at(offer.answer_by)
    for _ in range(2):
        await bargaining.lapse_due(own_pool)
    assert [to for _, _, to in await moves(own_database, made.id)] == [
        "draft",
        "submitted",
        "opened",
    ]
    assert [to for _, _, to in await moves(own_database, offer.id)] == ["open", "lapsed"]
