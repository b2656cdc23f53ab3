"""What was undone and is explained anew closes to the last fen, and nothing is counted twice."""

from __future__ import annotations

from market.auditor import audit
from tests.conftest import Clone
from tests.money.payments.stripe_explanations.test_undoing import WHOLE, Desk
from tests.world import card_refunds, dunning, invoicing, money, stripe
from tests.world.explaining import past_us


async def test_what_came_back_counts_from_when_it_was_explained_first(stocked: Clone) -> None:
    """Though it is undone after what went once more, which it had made room for."""
    async with dunning.opened(stocked) as market:
        deal = await invoicing.fw01(market.conn)
        desk = Desk(market.conn, deal, await card_refunds.paid_and_credited(market.conn, deal))
        other = await invoicing.issued(market.conn, deal, 1)
        await money.paid(market.conn, deal, other.id, other.amount_minor)
        await invoicing.credited(market.conn, deal, other)
        made = []
        for number, amount_minor in (("re_1", -WHOLE), ("re_1", WHOLE), ("re_2", -WHOLE)):
            told = past_us(desk.payment, amount_minor, source_id=number)
            line = await desk.unknown(told)
            made.append(
                await desk.explained(line, "customer_credit", online_payment_id=desk.payment.id)
            )
        await desk.undone(made[1])
        assert (await audit.run(market.addresses.auditor)).faults == []
        again = await desk.line_of(made[1])
        await desk.explained(again, "customer_credit", online_payment_id=desk.payment.id)
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_where_a_currency_was_changed_the_position_closes_anew(stocked: Clone) -> None:
    """To the last fen, whichever of its refunds is undone first."""
    async with dunning.opened(stocked) as market:
        conn = market.conn
        deal = await invoicing.fw01(conn)
        invoice = await invoicing.issued(conn, deal)
        payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
        of = {"currency": "USD", "paid_currency": "CNY"}
        charge = stripe.line(
            "charge", 3_583_33, intent_id=payment.intent_id, paid_minor=WHOLE, **of
        )
        await stripe.booked(conn, deal, charge)
        await invoicing.credited(conn, deal, invoice)
        desk = Desk(conn, deal, payment)
        wrong = []
        for dollars, yuan in ((-13_91, -100_06), (-13_88, -100_05)):
            told = past_us(payment, dollars, paid_minor=yuan, source_id=f"re_{-yuan}", **of)
            line = await desk.unknown(told)
            wrong.append(
                await desk.explained(line, "customer_credit", online_payment_id=payment.id)
            )
        assert await desk.balance("customer_credit") == WHOLE - 200_11
        await desk.undone(wrong[0])
        assert await desk.balance("customer_credit") == WHOLE - 100_05
        assert await desk.balance("suspense", "USD") == -13_91
        assert (await audit.run(market.addresses.auditor)).faults == []
        await desk.undone(wrong[1])
        assert await desk.balance("exchange_difference", "USD") == 0
        assert await desk.balance("fx_position") == WHOLE
        assert (await audit.run(market.addresses.auditor)).faults == []
