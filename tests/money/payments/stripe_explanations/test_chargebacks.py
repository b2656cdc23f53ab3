"""What a line of a chargeback left in suspense, whoever explains it."""

from __future__ import annotations

import pytest

from market.auditor import audit
from market.money.payments.chargebacks import operations as chargebacks
from market.money.payments.online.model import FullOnlinePayment
from market.money.payments.stripe_balance.model import Disputed
from market.money.payments.stripe_explanations import model
from tests.conftest import Clone
from tests.world import dunning, explaining, invoicing, money, stripe
from tests.world.explaining import as_
from tests.world.invoicing import Deal
from tests.world.stripe import line


async def paid(market: dunning.Market) -> tuple[Deal, FullOnlinePayment, Disputed]:
    """By a charge that its payer's bank asks back."""
    deal = await invoicing.fw01(market.conn)
    invoice = await invoicing.issued(market.conn, deal)
    payment = await stripe.told_of(market.conn, deal.unit, deal.buyer, invoice)
    charge = line("charge", payment.amount_minor, intent_id=payment.intent_id)
    await stripe.booked(market.conn, deal, charge)
    return deal, payment, stripe.dispute_of(payment, payment.amount_minor, "needs_response")


async def test_both_lines_of_a_chargeback_set_aside_are_booked_by_their_rule_in_turn(
    stocked: Clone,
) -> None:
    async with dunning.opened(stocked) as market:
        conn = market.conn
        deal, payment, told = await paid(market)
        takes = line("dispute", -payment.amount_minor, dispute=told)
        gives = line("dispute_reversal", payment.amount_minor, dispute=told)
        taken = await explaining.aside(conn, deal, takes)
        given = await explaining.unknown(conn, deal, gives)
        assert not given.is_explained
        for aside in (taken, given):
            with pytest.raises(model.LineOfItsRule):
                await explaining.proposed(conn, deal, aside, as_("write_off"))

        await explaining.by_rule(conn, deal, taken, takes)
        await explaining.by_rule(conn, deal, given, gives)

        [one] = await chargebacks.list_chargebacks(conn, deal.finance, deal.unit.id)
        assert (one.state, one.held_minor) == ("won", payment.amount_minor)
        for kind in ("suspense", "stripe_disputed"):
            assert await money.balance(conn, deal.unit.id, kind) == 0
        assert (await audit.run(market.addresses.auditor)).faults == []
