"""What an explanation moved is told as it was posted: in letters, demands, reports, statements."""

from __future__ import annotations

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection
from market.notifications import stripe_facts
from tests.money.payments.stripe_explanations import test_past_market as past_market
from tests.world import explaining, invoicing


async def test_who_had_a_charge_past_the_market_is_told_what_came_off_his_credit(
    conn: Connection,
) -> None:
    """And not what left the balance, which is more at another rate; nor what is put back so."""
    desk = past_market.Desk(conn, await invoicing.fw01(conn))
    of = {"paid_currency": "USD"}
    await desk.charged(past_market.PAID, paid_minor=100_00, **of)
    gone = await desk.credited(await desk.line("refund", -705_00, paid_minor=-100_00, **of))
    for undo in (False, True):
        if undo:
            await explaining.undone(conn, desk.deal, gone)
        async with db.act(conn, SYSTEM):
            facts = await stripe_facts.about_stripe_explanation(conn, gone.id)
        assert (facts["goes_past_us"], facts["credit"]) == (True, "700.00 CNY")
