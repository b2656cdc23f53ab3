"""Searches saved at once each get a place, up to the last one."""

from __future__ import annotations

import asyncio
from collections import Counter

from market.base import db
from market.base.access import Role
from market.base.db import Pool
from market.trade.discovery.model import MOST_SEARCHES, TooManySearches
from tests.world import discovery, identity


async def test_of_more_than_there_are_places_the_rest_are_refused(pool: Pool) -> None:
    async with db.lease(pool) as conn:
        buyer = await identity.person(conn, await identity.enterprise(conn), Role.BUYER)

    async def save(n: int) -> str:
        try:
            await db.retrying(pool, lambda conn: discovery.saved(conn, buyer, q=f"轧辊{n}"))
        except TooManySearches:
            return "refused"
        return "saved"

    came = Counter(await asyncio.gather(*map(save, range(MOST_SEARCHES + 5))))
    assert came == {"saved": MOST_SEARCHES, "refused": 5}
