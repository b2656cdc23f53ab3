"""What requests do by themselves: deadlines are written down, search learns of older cards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Pool
from market.trade.enterprise_requests import cards, indexing, operations, queries

INDEXED_AT_ONCE: Final = 100


async def index_what_is_missing(pool: Pool) -> None:
    """Let search find what was published before it, each request in an act of its own."""
    async with db.lease(pool) as conn:
        for request_id in await indexing.not_indexed(conn, limit=INDEXED_AT_ONCE):
            async with db.act(conn, SYSTEM):
                request, _ = await queries.lock_request(conn, SYSTEM, request_id)
                await cards.show_or_hide(conn, request)


# When (cron), and what.
PERIODIC: Final[dict[str, tuple[str, Callable[[Pool], Awaitable[None]]]]] = {
    "enterprise_requests.close_due": ("* * * * *", operations.close_due),
    "enterprise_requests.index_what_is_missing": ("*/10 * * * *", index_what_is_missing),
}
