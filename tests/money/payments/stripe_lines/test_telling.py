"""What Stripe tells beside the sums is kept: parts of a fee, the day of a payout."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from market.base import db
from market.base.db import Connection
from market.money.invoicing import operations as invoices
from market.money.payments.chargebacks import losing
from market.money.payments.stripe_balance import telling
from tests.money.payments.stripe_lines.test_booking import lines_of
from tests.money.payments.stripe_lines.test_pulling import rail_of
from tests.world import invoicing, stripe
from tests.world.stripe import Till, line


async def test_a_fee_is_told_in_its_parts_and_a_payout_with_the_day_it_should_be_there(
    till: Till,
) -> None:
    await till.paid(await till.issued())
    await till.control("clock", seconds=3 * 86_400)
    await till.control("payouts")
    await till.later()
    v1 = (await rail_of(till)).v1
    [charge] = (await v1.balance_transactions.list_async({"type": "charge"})).data
    [kept] = [one for one in await lines_of(till) if one.category == "charge"]
    assert kept.fees == [
        {"type": part.type, "description": part.description, "amount": part.amount}
        for part in charge.fee_details
    ]
    assert sum(part["amount"] for part in kept.fees) == kept.fee_minor > 0

    [sent] = (await v1.payouts.list_async()).data
    async with db.lease(till.pool) as conn:
        [payout] = await stripe.payouts_of(conn, till.deal)
    in_shanghai = datetime.fromtimestamp(sent.arrival_date, UTC) + timedelta(hours=8)
    assert payout.due_on == in_shanghai.date()


async def test_a_dispute_is_told_with_the_day_its_money_was_taken(till: Till) -> None:
    await till.paid(await till.issued(), card=stripe.DISPUTED)
    await till.later()
    v1 = (await rail_of(till)).v1
    [dispute] = (await v1.disputes.list_async()).data
    [taken] = [one for one in await lines_of(till) if one.category == "dispute"]
    assert telling.disputed(dispute).taken_on == taken.booked_on


async def test_of_several_invoices_the_last_is_owed_again_first(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    first, last = [await invoicing.issued(conn, deal, place) for place in range(2)]
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, first, last)
    charge = line("charge", payment.amount_minor, intent_id=payment.intent_id)
    lost = stripe.dispute_of(payment, 10_000_00, "lost")
    await stripe.booked(conn, deal, charge, line("dispute", -10_000_00, dispute=lost))
    assert await losing.lose(conn, deal.unit.id, lost)
    now = [await invoices.find_invoice(conn, deal.buyer, one.id) for one in (first, last)]
    assert [(one.state, one.open_minor) for one in now] == [("paid", 0), ("part_paid", 10_000_00)]
