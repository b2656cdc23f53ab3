"""Many write and mark at once: every number is given once, and no mark goes back."""

from __future__ import annotations

import asyncio
from typing import Final

from market.base import db
from market.base.access import Role
from market.base.db import Pool
from market.trade.catalogue import operations as offerings
from market.trade.deals import operations, queries
from market.trade.deals.model import ReadMark
from tests.world import catalogue, deals, identity

MANY: Final = 40


async def test_messages_are_numbered_without_gap_and_marks_only_go_forward(pool: Pool) -> None:
    async with db.lease(pool) as conn:
        unit = await identity.unit(conn)
        clerk = await identity.person(conn, unit, Role.CLERK)
        buyer = await identity.person(conn, await identity.enterprise(conn), Role.BUYER)
        offering = await catalogue.published_offering(conn, unit)
    opened = await asyncio.gather(
        *(
            db.retrying(pool, lambda conn: offerings.ask_about_offering(conn, buyer, offering.id))
            for _ in range(10)
        )
    )
    assert len({deal.id for deal in opened}) == 1
    deal = opened[0]
    sent = await asyncio.gather(
        *(
            db.retrying(
                pool,
                lambda conn, who=(buyer, clerk)[n % 2]: deals.said(conn, who, deal),  # type: ignore[misc]
            )
            for n in range(MANY)
        )
    )
    assert sorted(message.number for message in sent) == list(range(1, MANY + 1))
    await asyncio.gather(
        *(
            db.retrying(
                pool,
                lambda conn, n=n: operations.mark_read(conn, buyer, deal.id, ReadMark(number=n)),  # type: ignore[misc]
            )
            for n in range(MANY, 0, -1)
        )
    )
    async with db.lease(pool) as conn, db.look(conn, buyer):
        assert (await queries.find_deal(conn, buyer, deal.id)).read_up_to == MANY
