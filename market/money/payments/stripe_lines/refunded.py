"""Which refund of ours it is whose money a line of Stripe's balance moves."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from market.base.db import Connection
from market.money.payments.online.model import OnlinePayment
from market.money.payments.refunds import card_queries as cards
from market.money.payments.refunds.model import Refund, RefundState
from market.money.payments.refunds.presenting import ToldRefund
from market.money.payments.stripe_balance import attempts
from market.money.payments.stripe_balance.model import Balance

# These are credit again: whatever moves for them is not theirs.
GIVEN_UP: Final = (
    RefundState.PROPOSED,
    RefundState.WITHDRAWN,
    RefundState.REJECTED,
    RefundState.FAILED,
)


async def lock_refund(
    conn: Connection, books_unit_id: UUID, payment: OnlinePayment | None, told: Balance
) -> Refund | None:
    """The refund whose money the line moves; its payment is locked.

    None for one that was made past the market, or is not what was asked for.
    """
    if payment is None or told.refund is None or told.category not in attempts.REFUNDS:
        return None
    refund_id = await cards.find_told(
        conn,
        books_unit_id,
        refund_id=told.refund.refund_id,
        stripe_refund_id=told.refund.id,
    )
    if refund_id is None:
        return None
    refund = await cards.lock(conn, refund_id)
    has_left, has_come_back = await cards.lines_of(conn, refund_id)
    is_there = has_left if told.amount_minor < 0 else has_come_back
    return refund if not is_there and _fits(refund, payment, told, told.refund) else None


def _fits(refund: Refund, payment: OnlinePayment, told: Balance, said: ToldRefund) -> bool:
    """Nothing but what Stripe was told to do, and has not been given up."""
    moved = told.amount_minor if told.paid_minor is None else told.paid_minor
    return (
        refund.called_at is not None
        and refund.state not in GIVEN_UP
        and refund.stripe_refund_id in (None, said.id)
        and (refund.online_payment_id, refund.currency) == (payment.id, said.currency)
        and refund.amount_minor == said.amount_minor == abs(moved)
    )
