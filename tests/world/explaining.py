"""Lines of Stripe's balance that stand in suspense, and what explains them.

``line = await explaining.aside(conn, deal, stripe.line("fee", -13_00))``
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection
from market.money.payments.online.model import FullOnlinePayment
from market.money.payments.refunds.model import Refund
from market.money.payments.refunds.presenting import ToldRefund
from market.money.payments.stripe_balance.model import Balance, StripeLine
from market.money.payments.stripe_explanations import operations
from market.money.payments.stripe_explanations.model import BelongsTo, Explaining, LineExplanation
from market.money.payments.stripe_explanations.undoing import operations as undoing
from market.money.payments.stripe_explanations.undoing.model import ExplanationUndo
from market.money.payments.stripe_lines import booking, queries, setting_aside
from tests.world import card_refunds, invoicing, stripe
from tests.world.invoicing import Deal

PAST_US = "re_past_the_market"


async def aside(conn: Connection, deal: Deal, told: Balance) -> StripeLine:
    """Set aside, as if its rule had failed."""
    assert await setting_aside.set_aside(conn, deal.unit.id, told)
    return await line_of(conn, deal, told)


async def unknown(conn: Connection, deal: Deal, told: Balance) -> StripeLine:
    """Booked by its rule, which leaves it in suspense."""
    assert await booking.book(conn, deal.unit.id, told)
    return await line_of(conn, deal, told)


async def lines_of(conn: Connection, deal: Deal) -> list[StripeLine]:
    async with db.look(conn, SYSTEM):
        return await queries.lines_of(conn, SYSTEM, deal.unit.id, after=None, limit=100)


async def line_of(conn: Connection, deal: Deal, told: Balance) -> StripeLine:
    kept = await lines_of(conn, deal)
    return next(one for one in kept if one.balance_transaction_id == told.id)


def past_us(payment: FullOnlinePayment, amount_minor: int, **more: Any) -> Balance:
    """A refund of its charge that was made on Stripe's dashboard, or came back from there."""
    category = more.pop("category", "refund" if amount_minor < 0 else "refund_failure")
    foreign = ToldRefund(
        id=PAST_US,
        status="succeeded",
        amount_minor=abs(amount_minor),
        currency="CNY",
        has_left=True,
    )
    usual = {"intent_id": payment.intent_id, "source_id": PAST_US, "refund": foreign}
    return stripe.line(category, amount_minor, **{**usual, **more})


def as_(belongs_to: BelongsTo | str, **named: UUID) -> Explaining:
    return Explaining(belongs_to=BelongsTo(belongs_to), reason="已与后台核对", **named)


async def proposed(
    conn: Connection, deal: Deal, line: StripeLine, given: Explaining
) -> LineExplanation:
    return await operations.propose_explanation(conn, deal.finance, line.id, given)


async def explained(
    conn: Connection, deal: Deal, line: StripeLine, given: Explaining
) -> LineExplanation:
    waiting = await proposed(conn, deal, line, given)
    return await operations.approve_explanation(conn, deal.leader, waiting.id)


async def undone(conn: Connection, deal: Deal, explanation: LineExplanation) -> ExplanationUndo:
    waiting = await undoing.propose_undo(conn, deal.finance, explanation.id, "说明有误")
    return await undoing.approve_undo(conn, deal.leader, waiting.id)


async def by_rule(conn: Connection, deal: Deal, line: StripeLine, told: Balance) -> LineExplanation:
    """Stripe tells of it again, and nothing is wrong with it any more."""
    waiting = await proposed(conn, deal, line, as_("rule"))
    assert await operations.book_by_rule(conn, waiting.id, told)
    return await operations.find_explanation(conn, deal.finance, waiting.id)


async def sent(conn: Connection, deal: Deal, payment: FullOnlinePayment, minor: int) -> Refund:
    """A refund of ours that Stripe says has succeeded, and whose line has not come."""
    refund = await card_refunds.approved(conn, deal, payment, minor)
    await card_refunds.called(conn, refund)
    await card_refunds.heard(conn, refund, "succeeded")
    return await card_refunds.read(conn, deal, refund)


def abroad(told: Balance, currency: str = "USD", amount_minor: int = -9_00) -> Balance:
    """The same from a balance in another currency."""
    return msgspec.structs.replace(
        told, currency=currency, amount_minor=amount_minor, net_minor=amount_minor
    )


async def happens(conn: Connection, deal: Deal | None = None) -> None:
    """By each word once, and by the rule; one rejected, one waits; our refunds in both ways.

    Some undone and explained anew, others to be undone, which is rejected, withdrawn or waits.
    """
    deal = deal or await invoicing.fw01(conn)
    payment = await card_refunds.paid_and_credited(conn, deal)
    for place, amount in (
        ("stripe_fees", -13_00),
        ("stripe_in_transit", 19_00),
        ("exchange_difference", -2_00),
        ("interest_income", 1_00),
        ("write_off", -5_00),
    ):
        line = await unknown(conn, deal, stripe.line("other_adjustment", amount))
        right = await explained(conn, deal, line, as_(place))
        kept = await undoing.propose_undo(conn, deal.finance, right.id, "似为其他款项")
        await undoing.reject_undo(conn, deal.leader, kept.id, "已与后台核对无误")
    for amount in (-60_00, 20_00):
        line = await unknown(conn, deal, past_us(payment, amount))
        credit = as_("customer_credit", online_payment_id=payment.id)
        mistaken = await explained(conn, deal, line, credit)
        await undone(conn, deal, mistaken)
        await explained(conn, deal, line, credit)
    line = await unknown(conn, deal, stripe.line("topup", 4_00))
    mistaken = await explained(conn, deal, line, as_("stripe_in_transit"))
    hasty = await undoing.propose_undo(conn, deal.finance, mistaken.id, "并非本单位汇入")
    await undoing.withdraw_undo(conn, deal.finance, hasty.id)
    await undoing.propose_undo(conn, deal.finance, mistaken.id, "确非本单位汇入")
    line = await unknown(conn, deal, past_us(payment, -6_00, category="charge_failure"))
    await explained(conn, deal, line, as_("customer_credit", online_payment_id=payment.id))
    await _past_market(conn, deal)
    await _ours(conn, deal, payment)
    await _by_rule(conn, deal)
    await _owed_again(conn, deal)
    line = await unknown(conn, deal, stripe.line("other_adjustment", 3_00))
    mistaken = await proposed(conn, deal, line, as_("stripe_fees"))
    await operations.withdraw_explanation(conn, deal.finance, mistaken.id)
    wrong = await proposed(conn, deal, line, as_("interest_income"))
    await operations.reject_explanation(conn, deal.leader, wrong.id, "不是利息")
    await proposed(conn, deal, line, as_("write_off"))


async def _past_market(conn: Connection, deal: Deal) -> None:
    """A charge of nobody's asking, refunded in part, which comes back in part; once mistaken."""
    given = as_("customer_credit", organisation_id=deal.enterprise.id)
    of = {"charge_id": "ch_dashboard"}
    charge = stripe.line("charge", 90_00, source_id="ch_dashboard", **of)
    line = await unknown(conn, deal, charge)
    await undone(conn, deal, await explained(conn, deal, line, given))
    await explained(conn, deal, line, given)
    for category, amount in (("refund", -30_00), ("refund_failure", 10_00)):
        told = stripe.line(category, amount, source_id=f"re_{category}", **of)
        line = await unknown(conn, deal, told)
        if amount < 0:
            await undone(conn, deal, await explained(conn, deal, line, given))
        await explained(conn, deal, line, given)


async def _ours(conn: Connection, deal: Deal, payment: FullOnlinePayment) -> None:
    """One paid from a third currency, and one whose line came with another amount."""
    paid = await sent(conn, deal, payment, 70_00)
    line = await unknown(conn, deal, abroad(card_refunds.line(payment, paid, "succeeded")))
    await explained(conn, deal, line, as_("refund_pending", refund_id=paid.id))
    other = await sent(conn, deal, payment, 50_00)
    told = msgspec.structs.replace(
        card_refunds.line(payment, other, "succeeded"), amount_minor=-48_00, net_minor=-48_00
    )
    line = await unknown(conn, deal, told)
    await explained(conn, deal, line, as_("customer_credit", online_payment_id=payment.id))


async def _by_rule(conn: Connection, deal: Deal) -> None:
    """A charge that pays its invoice only now."""
    invoice = await invoicing.issued(conn, deal, 1)
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
    charge = stripe.line(
        "charge", invoice.amount_minor, fee_minor=8_00, intent_id=payment.intent_id,
        charge_id=f"ch_{payment.id}", source_id=f"ch_{payment.id}",
    )  # fmt: skip
    await by_rule(conn, deal, await aside(conn, deal, charge), charge)


async def _owed_again(conn: Connection, deal: Deal) -> None:
    """A charge that failed after it had paid its invoice; by mistake first."""
    invoice = await invoicing.issued(conn, deal, 2)
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
    charge = stripe.line("charge", invoice.amount_minor, intent_id=payment.intent_id)
    await stripe.booked(conn, deal, charge)
    failed = past_us(payment, -9_000_00, category="charge_failure", source_id="py_failed")
    line = await unknown(conn, deal, failed)
    owed = as_("receivable", online_payment_id=payment.id)
    await undone(conn, deal, await explained(conn, deal, line, owed))
    await explained(conn, deal, line, owed)
