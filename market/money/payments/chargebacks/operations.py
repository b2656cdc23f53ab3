"""What people read of a unit's chargebacks."""

from __future__ import annotations

from uuid import UUID

from market.base import db, sides
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import NotFound
from market.ledger.model import NotAReader, may_read
from market.money.payments.chargebacks import queries, views
from market.money.payments.chargebacks.model import Chargeback
from market.money.payments.chargebacks.views import ListedChargeback


async def list_chargebacks(
    conn: Connection, actor: Actor, books_unit_id: UUID
) -> list[ListedChargeback]:
    """The newest first. NotFound to a stranger, NotAReader to who has no reading role."""
    async with db.look(conn, actor):
        require(actor.visible is None or books_unit_id in actor.visible, NotFound)
        require(may_read(actor), NotAReader)
        return await views.chargebacks_of(conn, actor, books_unit_id)


async def require_one_side(conn: Connection, actor: Actor, chargeback: Chargeback) -> None:
    """Who has a role at a payer that is known neither sees nor says what becomes of it.

    Raises BothSides.
    """
    await sides.require_none_at(conn, actor, await queries.payers_of(conn, chargeback))
