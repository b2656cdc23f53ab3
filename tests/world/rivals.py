"""Two who act at once: the second comes while the first has posted and not committed.

``with raises(CreditHeld): await rivals.second_to(pool, leader, first, second)``
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

from market.base import db
from market.base.access import Actor
from market.base.db import Connection, Pool

Act: TypeAlias = Callable[[Connection], Coroutine[Any, Any, Any]]


async def second_to(pool: Pool, actor: Actor, first: Act, second: Act) -> object:
    """What the second returns, or raises; ``actor`` is who does the first."""
    async with db.lease(pool) as one, db.lease(pool) as other, db.lease(pool) as onlooker:
        pid = await other.fetchval("SELECT pg_backend_pid()")
        async with db.act(one, actor):
            await first(one)
            behind = asyncio.create_task(second(other))
            waits = False
            while not (waits or behind.done()):
                waits = await onlooker.fetchval("SELECT cardinality(pg_blocking_pids($1)) > 0", pid)
        return await behind
