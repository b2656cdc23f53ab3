"""A debt in a currency that is not the balance's: what changing it brought, and what it cost.

A charge opens a position: the payer's currency on one side, the balance's on the other. As far as
the debt closes, both sides close; what the balance moved beside what the charge had brought for
so much of it is a difference of exchange.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

import msgspec

from market.base import policies
from market.base.db import Connection
from market.ledger.model import Account, Leg
from market.money.payments.stripe_lines import queries
from market.money.payments.stripe_lines.model import Chargeback, StripeLine

POSITION: Final = Account("fx_position")
DIFFERENCE: Final = Account("exchange_difference")
POLICY: Final = "chargeback_exchange"


class Back(msgspec.Struct, frozen=True):
    """``back_minor`` in the payer's currency, ``excess_minor`` in the balance's."""

    back_minor: int
    excess_minor: int


async def is_rate(conn: Connection, books_unit_id: UUID, held_minor: int, moved_minor: int) -> bool:
    """Whether two rates may be why another amount moved than Stripe held, by the policy."""
    policy = (await policies.in_force(conn, POLICY, unit_id=books_unit_id))[POLICY]
    most: int = policy.body["most_difference_percent"]
    return abs(moved_minor - held_minor) * 100 <= held_minor * most


async def back_of(conn: Connection, lost: Chargeback, moved_minor: int) -> Back:
    """What comes back of a lost chargeback by so much of the balance's currency.

    About what is still taken is all of it, less is a part, and nobody knows why there is more.
    """
    held_minor = max(lost.held_minor * lost.taken_minor // lost.amount_minor, 1)
    if await is_rate(conn, lost.books_unit_id, held_minor, moved_minor):
        return Back(lost.taken_minor, 0)
    part_minor = moved_minor * lost.amount_minor // lost.held_minor
    return Back(min(part_minor, lost.taken_minor), max(moved_minor - held_minor, 0))


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
