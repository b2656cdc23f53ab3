"""Credit that goes back to the card that paid, step by step.

``desk = await card_refunds.credited(till)``: an invoice was paid by card and credited whole.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection
from market.money.payments.online.model import FullOnlinePayment
from market.money.payments.refunds import card_queries as cards
from market.money.payments.refunds import operations, presenting
from market.money.payments.refunds.model import NewCardRefund, Refund
from market.money.payments.refunds.presenting import ToldRefund
from market.money.payments.stripe_balance.model import Balance
from tests.world import invoicing, stripe
from tests.world.invoicing import Deal
from tests.world.stripe import VISA, Till

PENDS = "4000000000007726"
FAILS_LATER = "4000000000005126"
TWO_DAYS = 2 * 86_400 + 1


class Paid(NamedTuple):
    """A payment by card whose money is its buyer's credit."""

    till: Till
    payment: FullOnlinePayment

    async def proposed(self, amount_minor: int = 5_000_00) -> Refund:
        new = wanted(amount_minor)
        async with db.lease(self.till.pool) as conn:
            return await operations.propose_card_refund(
                conn, self.till.deal.finance, self.payment.id, new
            )

    async def approved(self, amount_minor: int = 5_000_00) -> Refund:
        refund = await self.proposed(amount_minor)
        async with db.lease(self.till.pool) as conn:
            return await operations.approve_refund(conn, self.till.deal.leader, refund.id)

    async def sent(self, amount_minor: int = 5_000_00) -> Refund:
        """Presented to Stripe, and its lines booked as far as there are any."""
        refund = await self.approved(amount_minor)
        await self.till.turn()
        await later(self.till)
        return await self.read(refund.id)

    async def read(self, refund_id: UUID) -> Refund:
        async with db.lease(self.till.pool) as conn:
            return await operations.find_refund(conn, self.till.deal.finance, refund_id)

    async def held(self) -> tuple[int, int, int]:
        """Credit, what is pending of it, and suspense."""
        buyer_id = self.till.deal.enterprise.id
        return (
            await self.till.balance("customer_credit", buyer_id),
            await self.till.balance("refund_pending", buyer_id),
            await self.till.balance("suspense"),
        )

    async def at_stripe(self) -> list[Any]:
        """The refunds that Stripe has of the payment."""
        rail = await rail_of(self.till)
        asked: Any = {"payment_intent": self.payment.intent_id, "limit": 100}
        listed = await rail.v1.refunds.list_async(asked)
        return [one async for one in listed.auto_paging_iter()]


def wanted(amount_minor: int = 5_000_00) -> NewCardRefund:
    return NewCardRefund(amount_minor=amount_minor, reason="合同减少工作量，原路退回")


async def rail_of(till: Till) -> Any:
    async with db.lease(till.pool) as conn:
        return await till.rails.of(conn, till.books)


async def credited(till: Till, place: int = 0, card: str = VISA) -> Paid:
    invoice = await till.issued(place)
    payment = await till.paid(invoice, card=card)
    async with db.lease(till.pool) as conn:
        await invoicing.credited(conn, till.deal, invoice)
    return Paid(till, payment)


async def later(till: Till) -> None:
    """As if enough time had passed for every refund to be looked at again."""
    async with db.lease(till.pool) as conn, db.act(conn, SYSTEM):
        await conn.execute("UPDATE refund SET next_try_at = created_at WHERE method = 'stripe'")
    await till.later()


# Without a simulator: what Stripe would tell.


def told(refund: Refund, status: str, *, has_left: bool = True) -> ToldRefund:
    return ToldRefund(
        id=f"re_{refund.id}",
        status=status,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        has_left=has_left,
        failure_reason="lost_or_stolen_card" if status == "failed" else None,
        refund_id=refund.id,
    )


def line(payment: FullOnlinePayment, refund: Refund, status: str, sign: int = -1) -> Balance:
    category = "refund" if sign < 0 else "refund_failure"
    return stripe.line(
        category,
        sign * refund.amount_minor,
        source_id=f"re_{refund.id}",
        intent_id=payment.intent_id,
        refund=told(refund, status),
    )


async def called(conn: Connection, refund: Refund) -> None:
    """The worker notes that it calls."""
    async with db.act(conn, SYSTEM):
        await cards.note_call(conn, refund.id, again_in=timedelta(seconds=5))


async def heard(conn: Connection, refund: Refund, status: str, *, has_left: bool = True) -> None:
    async with db.act(conn, SYSTEM):
        locked = await cards.lock(conn, refund.id)
        await presenting.merge_into(conn, locked, told(refund, status, has_left=has_left))


async def read(conn: Connection, deal: Deal, refund: Refund) -> Refund:
    return await operations.find_refund(conn, deal.finance, refund.id)


async def approved(
    conn: Connection, deal: Deal, payment: FullOnlinePayment, amount_minor: int
) -> Refund:
    refund = await operations.propose_card_refund(
        conn, deal.finance, payment.id, wanted(amount_minor)
    )
    return await operations.approve_refund(conn, deal.leader, refund.id)


async def paid_and_credited(conn: Connection, deal: Deal) -> FullOnlinePayment:
    invoice = await invoicing.issued(conn, deal)
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
    charge = stripe.line("charge", invoice.amount_minor, intent_id=payment.intent_id)
    await stripe.booked(conn, deal, charge)
    await invoicing.credited(conn, deal, invoice)
    return payment


async def happens(conn: Connection, deal: Deal | None = None) -> FullOnlinePayment:
    """Withdrawn, paid, come back, called off, lost, waiting; and one made past the market.

    Of the payment that is told.
    """
    deal = deal or await invoicing.fw01(conn)
    payment = await paid_and_credited(conn, deal)
    withdrawn = await operations.propose_card_refund(conn, deal.finance, payment.id, wanted())
    await operations.withdraw_refund(conn, deal.finance, withdrawn.id)
    paid, back, off, lost, sent = [
        await approved(conn, deal, payment, minor) for minor in (1_000_00, 800_00, 500_00, 70, 80)
    ]
    for refund in (paid, back, off, lost, sent):
        await called(conn, refund)
    await heard(conn, paid, "pending")
    await stripe.booked(conn, deal, line(payment, paid, "succeeded"))
    await stripe.booked(conn, deal, line(payment, back, "succeeded"))
    await heard(conn, back, "failed")
    await stripe.booked(conn, deal, line(payment, back, "failed", sign=1))
    await heard(conn, off, "requires_action", has_left=False)
    await heard(conn, off, "canceled", has_left=False)
    async with db.act(conn, SYSTEM):
        await presenting.note_unanswered(conn, lost.id)
    await heard(conn, sent, "pending")
    await approved(conn, deal, payment, 90)
    foreign = ToldRefund(
        id="re_foreign", status="succeeded", amount_minor=60, currency="CNY", has_left=True
    )
    past_us = stripe.line("refund", -60, intent_id=payment.intent_id, refund=foreign)
    await stripe.booked(conn, deal, past_us)
    return payment
