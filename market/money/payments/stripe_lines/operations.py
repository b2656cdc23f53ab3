"""What people read of Stripe's balance."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from market.base import db
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import NotFound
from market.ledger.model import NotAReader, may_read
from market.money.payments.stripe_balance.model import StripeLine
from market.money.payments.stripe_lines import queries


async def list_lines(
    conn: Connection,
    actor: Actor,
    books_unit_id: UUID,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[StripeLine]:
    """The newest first. NotFound to a stranger, NotAReader to who has no reading role."""
    async with db.look(conn, actor):
        require(actor.visible is None or books_unit_id in actor.visible, NotFound)
        require(may_read(actor), NotAReader)
        return await queries.lines_of(conn, actor, books_unit_id, after=after, limit=limit)
