"""What the clock does to awards and complaints; and requests that end reject bids."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from market.base import db, due
from market.base.access import SYSTEM
from market.base.db import Connection, Pool
from market.base.events import Event, Job, Subscriptions
from market.trade.awards import complaints, effects, queries


async def finalise_due(pool: Pool) -> None:
    """Make final what the clock made ripe."""
    await due.each(pool, queries.ripe_awards, settle_award, otherwise="award_not_settled")


async def settle_award(conn: Connection, award_id: UUID) -> None:
    async with db.act(conn, SYSTEM):
        await effects.lock_award(conn, SYSTEM, award_id)


async def escalate_overdue(pool: Pool) -> None:
    """Hand complaints on whose day has passed."""
    await due.each(
        pool,
        queries.overdue_complaints,
        complaints.escalate,
        otherwise="complaint_not_escalated",
    )


async def reject_bids(conn: Connection, event: Event) -> None:
    """Of a request that was cancelled or ended without an award, after its deadline."""
    async with db.act(conn, SYSTEM):
        await effects.reject_running(conn, event.subject_id)


SUBSCRIPTIONS: Final[Subscriptions] = {
    "enterprise_request.cancelled": ("awards.reject_bids",),
    "enterprise_request.ended_without_award": ("awards.reject_bids",),
}
JOBS: Final[dict[str, Job]] = {"awards.reject_bids": reject_bids}
# When (cron), and what.
PERIODIC: Final[dict[str, tuple[str, Callable[[Pool], Awaitable[None]]]]] = {
    "awards.finalise_due": ("* * * * *", finalise_due),
    "awards.escalate_overdue": ("*/10 * * * *", escalate_overdue),
}
