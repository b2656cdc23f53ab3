"""What is true at Stripe, and that the books say the same."""

from __future__ import annotations

from typing import Final

from market.base import db
from market.base.access import SYSTEM
from market.money.payments.stripe_lines import operations as lines
from market.stripe_simulator import funds
from market.stripe_simulator.account import Object
from tests.money.payments.stripe_events.streams import Stream
from tests.world import money

REFUND_ENDS: Final = {
    "succeeded": "paid",
    "requires_action": "sent",
    "canceled": "failed",
    "failed": "returned",
    "pending": "sent",
}
PAGE_ENDS: Final = {"open": "processing", "complete": "succeeded", "expired": "canceled"}
UNPAID: Final = {"canceled", "failed"}
UNTOLD: Final = {"proposed", "withdrawn", "rejected", "failed"}


async def is_stripes_truth(stream: Stream) -> None:
    """Balances, what is held, what is on its way, lines, payments, refunds."""
    await _money_is(stream)
    await _lines_are(stream)
    await _payments_are(stream)
    await _refunds_are(stream)


def _all(stream: Stream, kind: str) -> list[Object]:
    return list(stream.account.objects[kind].values())


async def _money_is(stream: Stream) -> None:
    async with db.lease(stream.till.pool) as conn:
        balances = await money.balances(conn, stream.till.books)
    balance = funds.balance(stream.account)
    held = sum(part["amount"] for part in [*balance["available"], *balance["pending"]])
    disputes = _all(stream, "dispute")
    undecided = sum(one["amount"] for one in disputes if one["status"] == "needs_response")
    payouts = _all(stream, "payout")
    on_their_way = sum(one["amount"] for one in payouts if one["status"] != "failed")
    assert balances.get(("stripe_balance", None), 0) == held
    assert balances.get(("stripe_disputed", None), 0) == undecided
    assert balances.get(("stripe_in_transit", None), 0) == on_their_way
    foreign = sum(
        one["amount"]
        for one in _all(stream, "refund")
        if "refund" not in one["metadata"] and one["status"] != "failed"
    )
    lost = sum(one["amount"] for one in disputes if one["status"] == "lost")
    unexplained = balances.get(("suspense", None), 0) - stream.unmatched_minor
    assert -foreign - lost <= unexplained <= -foreign


async def _lines_are(stream: Stream) -> None:
    till = stream.till
    async with db.lease(till.pool) as conn:
        booked = await lines.list_lines(conn, till.deal.finance, till.books, after=None, limit=100)
    assert sorted(one.balance_transaction_id for one in booked) == sorted(
        one["id"] for one in _all(stream, "balance_transaction")
    )


async def _payments_are(stream: Stream) -> None:
    """Each page that Stripe has is of one payment, which stands as it does."""
    async with db.lease(stream.till.pool) as conn, db.look(conn, SYSTEM):
        records = await conn.fetch(
            "SELECT id::text, state FROM online_payment WHERE books_unit_id = $1",
            stream.till.books,
        )
    ours = {payment_id: state for payment_id, state in records}  # noqa: C416  # no pairs
    pages = _all(stream, "checkout.session")
    at_stripe = [(one["client_reference_id"], PAGE_ENDS[one["status"]]) for one in pages]
    named = dict(at_stripe)
    assert sorted(at_stripe) == sorted(one for one in ours.items() if one[0] in named)
    assert {state for payment_id, state in ours.items() if payment_id not in named} <= UNPAID


async def _refunds_are(stream: Stream) -> None:
    """Each that Stripe was told of is there once, and stands as Stripe says."""
    async with db.lease(stream.till.pool) as conn, db.look(conn, SYSTEM):
        ours = await conn.fetch(
            """SELECT id::text, stripe_refund_id, state FROM refund
               WHERE books_unit_id = $1 AND method = 'stripe'""",
            stream.till.books,
        )
    at_stripe = [
        (one["metadata"]["refund"], one["id"], REFUND_ENDS[one["status"]])
        for one in _all(stream, "refund")
        if "refund" in one["metadata"]
    ]
    assert sorted(at_stripe) == sorted(tuple(one) for one in ours if one[1] is not None)
    assert {state for _, named, state in ours if named is None} <= UNTOLD
