"""Everything that proposals go through, each act committed, for whoever looks at it afterwards.

The market's clock stands two hours ahead then: a deadline and a time to answer have passed.
"""

from __future__ import annotations

from datetime import timedelta

import asyncpg

from market.base import clock
from market.base.access import Role
from market.base.db import Connection
from market.trade.proposals import operations
from market.trade.proposals.counter_offers import operations as bargaining
from tests.world import identity, proposals, requests
from tests.world.proposals import change, countered

HOUR = timedelta(hours=1)


async def happens(conn: Connection, owner: str) -> None:
    """Submitted, revised, withdrawn, opened; counter-offers accepted, refused, lapsed and open."""
    buyer = await identity.person(conn, await identity.enterprise(conn), Role.BUYER)
    end = await clock.now(conn) + HOUR
    request = await requests.opened(conn, buyer, deadline=end, questions_until=end)
    first, second, third = [await proposals.bidder(conn) for _ in range(3)]
    one = await proposals.submitted(conn, first, request)
    await operations.change_proposal(conn, first.clerk, one.id, change(plan="先探伤，再堆焊。"))
    await operations.submit_proposal(conn, first.clerk, one.id)
    early = await proposals.submitted(conn, second, request, price_minor=51_000_00)
    await operations.withdraw_proposal(conn, second.clerk, early.id, "人手不足")
    other = await proposals.submitted(conn, second, request, price_minor=52_000_00)
    await proposals.drafted(conn, third, request)
    await pass_time(owner)
    for proposal in (one, other):
        await operations.settle(conn, proposal.id)
    less = await bargaining.make_counter_offer(
        conn, buyer, one.id, await countered(conn, price_minor=46_000_00)
    )
    await bargaining.accept_counter_offer(conn, first.clerk, less.id)
    longer = await countered(conn, valid_until="2090-01-01")
    refused = await bargaining.make_counter_offer(conn, first.clerk, one.id, longer)
    await bargaining.refuse_counter_offer(conn, buyer, refused.id, "有效期已够")
    await bargaining.make_counter_offer(conn, first.clerk, one.id, longer)
    brief = await countered(conn, quantity=2, answer_by=await clock.now(conn) + HOUR)
    await bargaining.make_counter_offer(conn, buyer, other.id, brief)
    await pass_time(owner)
    await bargaining.lapse_overdue(conn, other.id)
    await operations.withdraw_proposal(conn, second.clerk, other.id, "设备检修")


async def pass_time(owner: str, by: timedelta = HOUR) -> None:
    """Turn the market's clock on."""
    conn = await asyncpg.connect(owner)
    await conn.execute("UPDATE clock_offset SET shift = shift + $1", by)
    await conn.close()
