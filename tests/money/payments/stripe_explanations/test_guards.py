"""What a line is explained as is of the same books, of a refund that moves, and nobody's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import pytest

from market.base import db
from market.base.access import SYSTEM, Actor, BothSides, Role
from market.base.db import Connection
from market.money.payments.online.model import FullOnlinePayment
from market.money.payments.stripe_balance.model import Balance, StripeLine
from market.money.payments.stripe_explanations import model, operations
from market.money.payments.stripe_explanations.model import Explaining, LineExplanation
from market.money.payments.stripe_lines import queries, setting_aside
from tests.world import card_refunds, explaining, identity, invoicing, stripe
from tests.world.explaining import as_
from tests.world.invoicing import Deal

WHOLE: Final = 25_800_00


async def paid(conn: Connection) -> tuple[Deal, FullOnlinePayment]:
    deal = await invoicing.fw01(conn)
    return deal, await card_refunds.paid_and_credited(conn, deal)


async def test_what_its_rule_booked_in_part_is_not_booked_by_it_again(conn: Connection) -> None:
    deal, payment = await paid(conn)
    told = stripe.dispute_of(payment, WHOLE, "needs_response")
    await stripe.booked(conn, deal, stripe.line("dispute", -WHOLE, dispute=told))
    short = stripe.line("dispute_reversal", WHOLE - 5_00, dispute=told)
    line = await explaining.unknown(conn, deal, short)
    with pytest.raises(model.RuleTakesWhole):
        await explaining.proposed(conn, deal, line, as_("rule"))


async def above(conn: Connection, deal: Deal, told: Balance) -> tuple[Actor, StripeLine]:
    """Finance of the unit above, who sees the deal's payments, and a line of that unit's books."""
    over = await identity.moved(conn, deal.unit)
    assert await setting_aside.set_aside(conn, over.id, told)
    async with db.look(conn, SYSTEM):
        [line] = await queries.lines_of(conn, SYSTEM, over.id, after=None, limit=2)
    return await identity.person(conn, over, Role.FINANCE), line


async def test_a_line_of_other_books_takes_no_credit_of_a_payer_here(conn: Connection) -> None:
    deal, payment = await paid(conn)
    finance, line = await above(conn, deal, stripe.line("refund", -70_00))
    given = as_("customer_credit", online_payment_id=payment.id)
    with pytest.raises(model.LineNotOfCharge):
        await operations.propose_explanation(conn, finance, line.id, given)


async def test_nor_is_it_a_refund_that_is_made_here(conn: Connection) -> None:
    deal, payment = await paid(conn)
    refund = await explaining.sent(conn, deal, payment, 70_00)
    told = card_refunds.line(payment, refund, "succeeded")
    finance, line = await above(conn, deal, told)
    given = as_("refund_pending", refund_id=refund.id)
    with pytest.raises(model.LineNotOfStripeRefund):
        await operations.propose_explanation(conn, finance, line.id, given)


async def test_a_line_is_no_refund_that_has_failed_or_was_not_sent(conn: Connection) -> None:
    deal, payment = await paid(conn)
    failed, unsent = [await card_refunds.approved(conn, deal, payment, 70_00) for _ in range(2)]
    await card_refunds.called(conn, failed)
    await card_refunds.heard(conn, failed, "failed", has_left=False)
    for refund, told in (
        (failed, card_refunds.line(payment, failed, "failed")),
        (unsent, stripe.line("refund", -70_00)),
    ):
        line = await explaining.aside(conn, deal, told)
        given = as_("refund_pending", refund_id=refund.id)
        with pytest.raises(model.LineNotOfStripeRefund):
            await explaining.proposed(conn, deal, line, given)


async def test_a_line_with_a_refunds_number_is_of_no_other_charge(conn: Connection) -> None:
    """Of another amount it ends that refund; its payer's credit for another charge stays."""
    deal, payment = await paid(conn)
    refund = await explaining.sent(conn, deal, payment, 70_00)
    invoice = await invoicing.issued(conn, deal, 1)
    other = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
    charge = stripe.line("charge", invoice.amount_minor, intent_id=other.intent_id)
    await stripe.booked(conn, deal, charge)
    told = stripe.line("refund", -48_00, source_id=refund.stripe_refund_id)
    line = await explaining.aside(conn, deal, told)
    given = as_("customer_credit", online_payment_id=other.id)
    with pytest.raises(model.LineNotOfCharge):
        await explaining.proposed(conn, deal, line, given)
    given = as_("customer_credit", online_payment_id=payment.id)
    await explaining.explained(conn, deal, line, given)
    assert (await card_refunds.read(conn, deal, refund)).state == "failed"


async def test_a_refund_leaves_what_is_pending_no_earlier_than_it_came_there(
    conn: Connection,
) -> None:
    """By a clock of Stripe's that is behind ours."""
    deal, payment = await paid(conn)
    refund = await explaining.sent(conn, deal, payment, 70_00)
    told = msgspec.structs.replace(
        card_refunds.line(payment, refund, "succeeded"),
        moved_at=datetime.now(UTC) - timedelta(days=3),
    )
    line = await explaining.aside(conn, deal, told)
    done = await explaining.explained(conn, deal, line, as_("refund_pending", refund_id=refund.id))
    assert done.explained_on == refund.intended_on > line.booked_on


Case = tuple[Balance, Explaining]


async def _named_payment(conn: Connection, deal: Deal, payment: FullOnlinePayment) -> Case:
    given = as_("customer_credit", online_payment_id=payment.id)
    return stripe.line("refund", -70_00), given


async def _named_refund(conn: Connection, deal: Deal, payment: FullOnlinePayment) -> Case:
    refund = await explaining.sent(conn, deal, payment, 70_00)
    return stripe.line("refund", -70_00), as_("refund_pending", refund_id=refund.id)


async def _number_of_refund(conn: Connection, deal: Deal, payment: FullOnlinePayment) -> Case:
    refund = await explaining.sent(conn, deal, payment, 70_00)
    told = stripe.line("other_adjustment", -7_00, source_id=refund.stripe_refund_id)
    return told, as_("write_off")


async def _chargeback(conn: Connection, deal: Deal, payment: FullOnlinePayment) -> Case:
    told = stripe.dispute_of(payment, WHOLE, "needs_response")
    await stripe.booked(conn, deal, stripe.line("dispute", -WHOLE, dispute=told))
    return stripe.line("dispute", -7_00, source_id=told.id), as_("write_off")


async def _attempt(conn: Connection, deal: Deal, payment: FullOnlinePayment) -> Case:
    told = stripe.line("other_adjustment", -7_00, intent_id=payment.intent_id)
    return told, as_("write_off")


async def _charge(conn: Connection, deal: Deal, payment: FullOnlinePayment) -> Case:
    """Of a payment whose charge has a number."""
    invoice = await invoicing.issued(conn, deal, 1)
    other = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
    charge: dict[str, Any] = {"charge_id": "ch_here", "source_id": "ch_here"}
    await stripe.booked(
        conn, deal, stripe.line("charge", 90_00, intent_id=other.intent_id, **charge)
    )
    return stripe.line("other_adjustment", -7_00, charge_id="ch_here"), as_("write_off")


@pytest.mark.parametrize(
    "case",
    [_named_payment, _named_refund, _number_of_refund, _chargeback, _attempt, _charge],
)
async def test_nobody_explains_what_is_of_his_own_enterprise_by_whatever_that_is_known(
    conn: Connection, case: Any
) -> None:
    deal, payment = await paid(conn)
    told, given = await case(conn, deal, payment)
    line = await explaining.aside(conn, deal, told)
    assert line.online_payment_id is None
    both = await identity.person(conn, deal.unit, Role.FINANCE)
    await identity.also(conn, both, deal.enterprise, Role.BUYER)
    with pytest.raises(BothSides):
        await operations.propose_explanation(conn, both, line.id, given)
    await explaining.proposed(conn, deal, line, given)


@pytest.mark.parametrize("verb", ["approve", "reject"])
async def test_who_decided_gets_that_again_before_and_another_after_he_is_asked_for_his_side(
    conn: Connection, verb: str
) -> None:
    """Before he is told what has become of it."""
    deal, payment = await paid(conn)
    line = await explaining.aside(conn, deal, stripe.line("refund", -70_00))
    given = as_("customer_credit", online_payment_id=payment.id)
    waiting = await explaining.proposed(conn, deal, line, given)

    async def decided(leader: Actor) -> LineExplanation:
        if verb == "approve":
            return await operations.approve_explanation(conn, leader, waiting.id)
        return await operations.reject_explanation(conn, leader, waiting.id, "另有其款")

    done, other = await decided(deal.leader), await identity.person(conn, deal.unit, Role.LEADER)
    for leader in (deal.leader, other):
        await identity.also(conn, leader, deal.enterprise, Role.BUYER)
    assert await decided(deal.leader) == done
    with pytest.raises(BothSides):
        await decided(other)
