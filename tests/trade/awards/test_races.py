"""Two hundred at once: one award or none, legal states, everybody told once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from market.base import db
from market.base.db import Pool
from market.base.embedded import Dsns
from market.trade.awards import operations
from market.trade.awards.model import AwardInput
from market.trade.enterprise_requests import operations as requesting
from market.trade.proposals import operations as proposing
from tests.trade.enterprise_requests.conftest import SetClock
from tests.trade.enterprise_requests.test_races import all_at_once, moves
from tests.world import awards
from tests.world.awards import Contest

REASON = "第一名无法在停机窗口内进场"
# Who finds no connection free comes back later; here nobody does.
BUSY = "unavailable"


@pytest.fixture(scope="module")
async def own_pool(own_database: Dsns) -> AsyncIterator[Pool]:
    pool = await db.open_pool(own_database.app, size=8)
    yield pool
    pool.terminate()


async def scored(pool: Pool, at: SetClock) -> Contest:
    async with db.lease(pool) as conn:
        contest = await awards.contest(conn)
        await at(contest.request.deadline)
        await awards.scored(conn, contest)
    return contest


async def told(addresses: Dsns, contest: Contest) -> tuple[int, int]:
    """How often a winner was told of this request, and how often losers were."""
    conn = await db.connect(addresses.auditor)
    record = await conn.fetchrow(
        """SELECT count(*) FILTER (WHERE e.name = 'award.announced'),
                  count(*) FILTER (WHERE e.name = 'outcome.passed_over')
           FROM event e WHERE e.changed->>'request_id' = $1::uuid::text
              OR e.subject_id = ANY ($2::uuid[]) AND e.name = 'outcome.passed_over'""",
        contest.request.id,
        [proposal.id for proposal in contest.proposals],
    )
    await conn.close()
    assert record is not None
    return record[0], record[1]


async def test_withdraw_against_award(own_pool: Pool, own_database: Dsns, at: SetClock) -> None:
    contest = await scored(own_pool, at)
    best = contest.proposals[0].id
    came = await all_at_once(
        own_pool,
        lambda conn: operations.award_request(
            conn, contest.buyer, contest.request.id, AwardInput(proposal_id=best)
        ),
        lambda conn: proposing.withdraw_proposal(
            conn, contest.bidders[0].clerk, best, "人员另有安排"
        ),
    )
    assert set(came) <= {"done", "wrong_move", "proposal_not_in_the_running", BUSY}, came
    last = (await moves(own_database, best))[-1][2]
    assert (last, await told(own_database, contest)) in {
        ("selected", (1, 2)),
        ("withdrawn", (0, 0)),
    }


async def test_two_awards(own_pool: Pool, own_database: Dsns, at: SetClock) -> None:
    contest = await scored(own_pool, at)
    first, second, _ = contest.proposals
    other = AwardInput(proposal_id=second.id, reason=REASON)
    came = await all_at_once(
        own_pool,
        lambda conn: operations.award_request(
            conn, contest.buyer, contest.request.id, AwardInput(proposal_id=first.id)
        ),
        lambda conn: operations.award_request(conn, contest.manager, contest.request.id, other),
    )
    assert set(came) <= {"done", "already_awarded", BUSY}, came
    assert await told(own_database, contest) == (1, 2)


async def test_cancel_against_award(own_pool: Pool, own_database: Dsns, at: SetClock) -> None:
    contest = await scored(own_pool, at)
    best = AwardInput(proposal_id=contest.proposals[0].id)
    came = await all_at_once(
        own_pool,
        lambda conn: operations.award_request(conn, contest.buyer, contest.request.id, best),
        lambda conn: requesting.cancel_request(
            conn, contest.manager, contest.request.id, "项目暂缓"
        ),
    )
    assert set(came) <= {"done", "award_stands", "wrong_move", BUSY}, came
    last = (await moves(own_database, contest.request.id))[-1][2]
    assert (last, await told(own_database, contest)) in {
        ("evaluating", (1, 2)),
        ("cancelled", (0, 0)),
    }
