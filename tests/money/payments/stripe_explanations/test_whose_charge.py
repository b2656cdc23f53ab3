"""What is explained fits the charge that it is said to be of, and the day its money came."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from market.auditor import audit
from market.base import clock
from market.base.db import Connection
from market.money.payments.online.model import FullOnlinePayment
from market.money.payments.stripe_balance.model import StripeLine
from market.money.payments.stripe_explanations import model, operations
from tests.conftest import Clone
from tests.money.payments.chargebacks.test_given_back import disputed
from tests.world import card_refunds, dunning, explaining, invoicing, money, stripe
from tests.world.explaining import as_, past_us
from tests.world.invoicing import Deal


async def _rich(conn: Connection) -> tuple[Deal, FullOnlinePayment, FullOnlinePayment]:
    """A charge of 25 800.00, and credit enough from another one for anything."""
    deal = await invoicing.fw01(conn)
    payment = await card_refunds.paid_and_credited(conn, deal)
    other = await stripe.told_of(conn, deal.unit, deal.buyer, await invoicing.issued(conn, deal, 1))
    charge = stripe.line("charge", 90_000_00, intent_id=other.intent_id)
    await stripe.booked(conn, deal, charge)
    return deal, payment, other


async def _aside(
    conn: Connection, deal: Deal, payment: FullOnlinePayment, amount_minor: int, number: int
) -> StripeLine:
    told = past_us(payment, amount_minor, source_id=f"re_past_{number}")
    return await explaining.aside(conn, deal, told)


async def test_no_more_is_explained_as_refunds_of_a_charge_than_it_brought(
    conn: Connection,
) -> None:
    deal, payment, _ = await _rich(conn)
    given = as_("customer_credit", online_payment_id=payment.id)
    above = await _aside(conn, deal, payment, -30_000_00, 1)
    with pytest.raises(model.LineAboveCharge):
        await explaining.proposed(conn, deal, above, given)
    first = await _aside(conn, deal, payment, -15_000_00, 2)
    second = await _aside(conn, deal, payment, -10_800_01, 3)
    waiting = await explaining.proposed(conn, deal, second, given)
    await explaining.explained(conn, deal, first, given)
    with pytest.raises(model.LineAboveCharge, match=r"10,800\.00"):
        await operations.approve_explanation(conn, deal.leader, waiting.id)
    last = await _aside(conn, deal, payment, -10_800_00, 4)
    await explaining.explained(conn, deal, last, given)
    assert await money.balance(conn, deal.unit.id, "suspense") == -30_000_00 - 10_800_01


async def test_the_whole_charge_that_its_line_names_may_have_gone_back(conn: Connection) -> None:
    deal, payment, _ = await _rich(conn)
    line = await explaining.unknown(conn, deal, past_us(payment, -25_800_00))
    assert line.online_payment_id == payment.id
    await explaining.explained(
        conn, deal, line, as_("customer_credit", online_payment_id=payment.id)
    )
    assert await money.balance(conn, deal.unit.id, "suspense") == 0


async def test_a_line_set_aside_is_of_no_other_charge_than_stripe_says(conn: Connection) -> None:
    deal, payment, other = await _rich(conn)
    line = await _aside(conn, deal, payment, -20_00, 1)
    wrong = as_("customer_credit", online_payment_id=other.id)
    with pytest.raises(model.LineNotOfCharge):
        await explaining.proposed(conn, deal, line, wrong)
    right = as_("customer_credit", online_payment_id=payment.id)
    await explaining.explained(conn, deal, line, right)


async def test_a_refund_whose_line_nobody_explained_counts_once_beside_one_past_the_market(
    stocked: Clone,
) -> None:
    """Half of a charge was refunded from a third currency; the other half is explained."""
    async with dunning.opened(stocked) as market:
        deal = await invoicing.fw01(market.conn)
        payment = await card_refunds.paid_and_credited(market.conn, deal)
        half = payment.amount_minor // 2
        refund = await explaining.sent(market.conn, deal, payment, half)
        ours = explaining.abroad(card_refunds.line(payment, refund, "succeeded"))
        ours = msgspec.structs.replace(ours, paid_currency="CNY", paid_minor=-half)
        await explaining.unknown(market.conn, deal, ours)
        other = await explaining.unknown(market.conn, deal, past_us(payment, -half))
        given = as_("customer_credit", online_payment_id=payment.id)
        await explaining.explained(market.conn, deal, other, given)
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_nothing_leaves_suspense_before_it_came_there(stocked: Clone) -> None:
    """More than the chargeback took comes back after it was lost, by a line of days before that."""
    async with dunning.opened(stocked) as market:
        case = await disputed(market.conn)
        await case.is_lost()
        whole = case.invoice.amount_minor
        told = stripe.line(
            "dispute_reversal",
            whole + 50_00,
            dispute=stripe.dispute_of(case.payment, whole, "won"),
            moved_at=datetime.now(UTC) - timedelta(days=3),
        )
        await stripe.booked(case.conn, case.deal, told)
        line = await explaining.line_of(case.conn, case.deal, told)
        waiting = await explaining.proposed(case.conn, case.deal, line, as_("write_off"))
        done = await operations.approve_explanation(case.conn, case.deal.leader, waiting.id)
        assert line.booked_on < await clock.today(case.conn) == done.explained_on
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_a_refund_made_before_what_came_back_is_explained_is_within_its_charge(
    stocked: Clone,
) -> None:
    """What the line tells of its charge counts since it is there, whoever explains it later."""
    async with dunning.opened(stocked) as market:
        conn = market.conn
        deal, payment, _ = await _rich(conn)
        given = as_("customer_credit", online_payment_id=payment.id)
        gone = await explaining.unknown(conn, deal, past_us(payment, -25_800_00))
        await explaining.explained(conn, deal, gone, given)
        back = await explaining.unknown(conn, deal, past_us(payment, 25_800_00))
        refund = await card_refunds.approved(conn, deal, payment, 5_000_00)
        await card_refunds.called(conn, refund)
        await explaining.explained(conn, deal, back, given)
        assert (await audit.run(market.addresses.auditor)).faults == []
