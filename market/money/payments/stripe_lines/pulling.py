"""Reading Stripe's balance from the bookmark on; the worker's."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import structlog

from market.base import clock, db
from market.base.access import SYSTEM
from market.base.db import Pool
from market.money.payments.rails import Rail
from market.money.payments.stripe_balance import queries as balances
from market.money.payments.stripe_balance import telling
from market.money.payments.stripe_balance.faults import FAULTS_OF_THE_LINE, UNTELLABLE
from market.money.payments.stripe_balance.model import Balance
from market.money.payments.stripe_lines import booking, queries, setting_aside

log = structlog.get_logger("market.stripe")

# What Stripe lists late, or at the very instant of the bookmark, is found by reading it again.
OVERLAP: Final = timedelta(hours=1)
EVERY_SECONDS: Final = 60
WHEN_AWAITED_SECONDS: Final = 2
# Before Stripe had a balance.
NOTHING_READ: Final = datetime(2010, 1, 1, tzinfo=UTC)


async def pull_if_due(pool: Pool, rail: Rail) -> int:
    async with db.lease(pool) as conn, db.look(conn, SYSTEM):
        due = await queries.is_pull_due(
            conn,
            rail.unit_id,
            every_seconds=EVERY_SECONDS,
            when_awaited_seconds=WHEN_AWAITED_SECONDS,
        )
    return await pull(pool, rail) if due else 0


async def pull(pool: Pool, rail: Rail) -> int:
    """Book every line that is new, oldest first; tells how many.

    A line that cannot be booked by its rule stands in suspense. One for which even that fails, or
    that cannot be told, keeps the bookmark before it, and does not keep the others.
    """
    async with db.lease(pool) as conn, db.look(conn, SYSTEM):
        read_to = await queries.bookmark_of(conn, rail.unit_id)
        began_on = await balances.began_on(conn, rail.unit_id)
        now = await clock.now(conn)
    told, are_all = await _read_since(rail, _from(read_to, began_on))
    async with db.lease(pool) as conn, db.look(conn, SYSTEM):
        known = await queries.known_of(conn, rail.unit_id, [one.id for one in told])
    booked, reached = 0, max([one.moved_at for one in told], default=read_to or now)
    if not are_all:
        reached = read_to or NOTHING_READ
    for one in [one for one in told if one.id not in known]:
        try:
            booked += await take_in(pool, rail.unit_id, one)
        except (asyncpg.PostgresError, *FAULTS_OF_THE_LINE) as fault:
            log.error("stripe_line_not_booked", line=one.id, fault=type(fault).__name__)
            reached = min(reached, one.moved_at)
    async with db.lease(pool) as conn, db.act(conn, SYSTEM):
        await queries.move_bookmark(conn, rail.unit_id, reached)
    return booked


async def take_in(pool: Pool, books_unit_id: UUID, told: Balance) -> bool:
    """Book the line by its rule, or set it aside; False where there was nothing to book."""
    try:
        return await db.retrying(pool, lambda conn: booking.book(conn, books_unit_id, told))
    except FAULTS_OF_THE_LINE as fault:
        log.error("stripe_line_set_aside", line=told.id, fault=type(fault).__name__)
    return await db.retrying(pool, lambda conn: setting_aside.set_aside(conn, books_unit_id, told))


def _from(read_to: datetime | None, began_on: date | None) -> datetime | None:
    """From the bookmark, and no line of a day before the books began; None from the very first."""
    places = []
    if read_to is not None:
        places.append(read_to - OVERLAP)
    if began_on is not None:
        places.append(datetime.combine(began_on, time.min, clock.SHANGHAI))
    return max(places, default=None)


async def _read_since(rail: Rail, since: datetime | None) -> tuple[list[Balance], bool]:
    """The oldest first, and whether each of them could be told."""
    asked: Any = {"limit": 100, "expand": ["data.source"]}
    if since is not None:
        asked["created"] = {"gte": int(since.timestamp())}
    page = await rail.v1.balance_transactions.list_async(asked)
    told: list[Balance] = []
    are_all = True
    async for line in page.auto_paging_iter():
        try:
            told.append(telling.balance(line))
        except UNTELLABLE as fault:
            log.error(
                "stripe_line_not_told",
                line=getattr(line, "id", None),
                fault=type(fault).__name__,
            )
            are_all = False
    # Stripe lists the newest first, and tells when to the second: its order tells the rest.
    told.reverse()
    return told, are_all
