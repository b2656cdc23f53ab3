"""Who asks for a proposal that he may not read: noted before he is answered, whatever the id."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from market.base import db
from market.base.errors import MarketError
from market.base.web import Door
from market.trade.enterprise_requests import sealed
from market.trade.proposals import queries


@asynccontextmanager
async def watched(door: Door, proposal_id: UUID) -> AsyncIterator[None]:
    """Whatever is refused in here is noted, unless the reader may read the proposal."""
    try:
        yield
    except MarketError:
        async with db.lease(door.pool) as conn, db.look(conn, door.actor):
            reads = await queries.reads_proposal(conn, proposal_id)
        if not reads:
            await sealed.note_attempt(door.pool, door.actor, "proposal", str(proposal_id))
        raise


async def note_early_list(door: Door, request_id: UUID) -> None:
    """Note who asks for the proposals of a sealed request before its deadline and bids not."""
    async with db.lease(door.pool) as conn, db.look(conn, door.actor):
        early = await queries.asks_too_early(conn, door.actor, request_id)
    if early:
        await sealed.note_attempt(door.pool, door.actor, "proposals_of_request", str(request_id))


async def note_foreign_list(door: Door, unit_id: UUID) -> None:
    """Note who asks for the proposals of a unit that he does not bid for."""
    if queries.bidding_unit(door.actor) != unit_id:
        await sealed.note_attempt(door.pool, door.actor, "proposals_of_unit", str(unit_id))
