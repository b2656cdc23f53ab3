"""What awards do by themselves: the clock makes them final, and requests that end reject bids."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

import asyncpg
import structlog

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection, Pool
from market.base.errors import MarketError
from market.base.events import Event, Job, Subscriptions
from market.trade.awards import operations, queries

BATCH: Final = 100
log = structlog.get_logger("market.awards")


async def finalise_due(pool: Pool) -> None:
    """Make final what the clock made ripe, each in an act of its own; a failed one comes again."""
    last: UUID | None = None
    while due := await _due(pool, last):
        for award_id in due:
            await _settle(pool, award_id)
        last = due[-1]


async def settle_award(conn: Connection, award_id: UUID) -> None:
    async with db.act(conn, SYSTEM):
        await operations.lock_award(conn, SYSTEM, award_id)


async def _settle(pool: Pool, award_id: UUID) -> None:
    try:
        await db.retrying(pool, lambda conn: settle_award(conn, award_id))
    except (asyncpg.PostgresError, MarketError) as fault:
        log.error("award_not_final", award=str(award_id), fault=type(fault).__name__)


async def _due(pool: Pool, after: UUID | None) -> list[UUID]:
    async with db.lease(pool) as conn, db.look(conn, SYSTEM):
        return await queries.ripe_awards(conn, after=after, limit=BATCH)


async def reject_bids(conn: Connection, event: Event) -> None:
    """Of a request that was cancelled or ended without an award, after its deadline."""
    async with db.act(conn, SYSTEM):
        await operations.reject_running(conn, event.subject_id)


SUBSCRIPTIONS: Final[Subscriptions] = {
    "enterprise_request.cancelled": ("awards.reject_bids",),
    "enterprise_request.ended_without_award": ("awards.reject_bids",),
}
JOBS: Final[dict[str, Job]] = {"awards.reject_bids": reject_bids}
# When (cron), and what.
PERIODIC: Final[dict[str, tuple[str, Callable[[Pool], Awaitable[None]]]]] = {
    "awards.finalise_due": ("* * * * *", finalise_due),
}
