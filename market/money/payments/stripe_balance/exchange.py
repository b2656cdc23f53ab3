"""A debt in a currency that is not the balance's: what changing it brought, and what it cost.

A charge opens a position: the payer's currency on one side, the balance's on the other. As far as
the debt closes, both sides close; what the balance moved beside what the charge had brought for
so much of it is a difference of exchange.
"""

from __future__ import annotations

from typing import Final

from market.base.db import Connection
from market.ledger.model import Account, Leg
from market.money.payments.stripe_balance import queries
from market.money.payments.stripe_balance.model import StripeLine

POSITION: Final = Account("fx_position")
DIFFERENCE: Final = Account("exchange_difference")


async def difference(
    conn: Connection,
    charge: StripeLine | None,
    closes_minor: int,
    moved_minor: int,
    *,
    by: StripeLine | None = None,
) -> list[Leg]:
    """Before so much of the payer's currency is closed, for which the balance moved so much.

    Both are below zero where the debt is open again. Parts add up to the charge, to the last fen;
    the payment is locked. ``by``: the refund's line, where it is one that closes.
    """
    if charge is None or charge.online_payment_id is None or charge.paid_minor is None:
        return []
    before = by.id if by else None
    closed = await queries.closed_of(conn, charge.online_payment_id, before=before)
    brought = _brought(charge, closed + closes_minor) - _brought(charge, closed)
    return [Leg(DIFFERENCE, POSITION, moved_minor - brought, charge.currency)]


def _brought(charge: StripeLine, closed_minor: int) -> int:
    """What the charge had brought for the first so much of what was paid."""
    assert charge.paid_minor is not None, "it was changed"
    return charge.amount_minor * min(closed_minor, charge.paid_minor) // charge.paid_minor
