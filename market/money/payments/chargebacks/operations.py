"""What people read of a unit's chargebacks."""

from __future__ import annotations

from uuid import UUID

from market.base import db
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import NotFound
from market.ledger.model import NotAReader, may_read
from market.money.payments.chargebacks import views
from market.money.payments.chargebacks.views import ListedChargeback


async def list_chargebacks(
    conn: Connection, actor: Actor, books_unit_id: UUID
) -> list[ListedChargeback]:
    """The newest first. NotFound to a stranger, NotAReader to who has no reading role."""
    async with db.look(conn, actor):
        require(actor.visible is None or books_unit_id in actor.visible, NotFound)
        require(may_read(actor), NotAReader)
        return await views.chargebacks_of(conn, actor, books_unit_id)
