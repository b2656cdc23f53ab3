"""What the clock has made due: everything of it is written down, each in an act of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Protocol
from uuid import UUID

import asyncpg
import structlog

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection, Pool
from market.base.errors import MarketError

BATCH: Final = 100
log = structlog.get_logger("market.due")


class DueQuery(Protocol):
    """The ids of what is due, in their order, past the one that was the last."""

    def __call__(
        self, conn: Connection, *, after: UUID | None, limit: int
    ) -> Awaitable[list[UUID]]: ...


async def each(
    pool: Pool,
    due: DueQuery,
    act: Callable[[Connection, UUID], Awaitable[object]],
    *,
    otherwise: str,
) -> None:
    """Do the act to each that is due.

    One that cannot be had now leaves the others theirs: it is told in the log under the name
    ``otherwise``, and comes again with the next run.
    """
    last: UUID | None = None
    while batch := await _batch(pool, due, last):
        for due_id in batch:
            await _do(pool, act, due_id, otherwise)
        last = batch[-1]


async def _batch(pool: Pool, due: DueQuery, after: UUID | None) -> list[UUID]:
    async with db.lease(pool) as conn, db.look(conn, SYSTEM):
        return await due(conn, after=after, limit=BATCH)


async def _do(
    pool: Pool, act: Callable[[Connection, UUID], Awaitable[object]], due_id: UUID, otherwise: str
) -> None:
    try:
        await db.retrying(pool, lambda conn: act(conn, due_id))
    except (asyncpg.PostgresError, MarketError) as fault:
        log.error(otherwise, id=str(due_id), fault=type(fault).__name__)
