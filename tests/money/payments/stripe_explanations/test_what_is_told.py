"""What an explanation moved is told as it was posted: in letters, demands, reports, statements."""

from __future__ import annotations

from market.base import clock, db
from market.base.access import SYSTEM
from market.base.db import Connection
from market.money.invoicing.reminders import operations as reminders
from market.notifications import stripe_facts
from market.reports import operations as reports
from market.reports.customer_statements import operations as statements
from tests.conftest import Clone
from tests.money.payments.stripe_explanations.test_owed_again import opened
from tests.world import dunning, explaining, invoicing, past_market


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


async def test_what_is_owed_again_is_asked_for_reported_and_stated(stocked: Clone) -> None:
    """By mistake first, so that it was explained twice."""
    async with dunning.opened(stocked) as market:
        desk = await opened(market.conn, by_bank_minor=5_800_00)
        conn, deal, invoice = desk.conn, desk.deal, desk.invoice
        wrong = await desk.explained(await desk.gone(-21_000_00))
        await explaining.undone(conn, deal, wrong)
        lines = await explaining.lines_of(conn, deal)
        await desk.explained(next(one for one in lines if one.id == wrong.stripe_line_id))

        async with db.look(conn, deal.finance):
            owed = await reports.receivables(conn, deal.finance, deal.unit.id)
        assert [(one.invoice_id, one.open_minor) for one in owed.invoices] == [
            (invoice.id, 20_000_00)
        ]
        assert [one.difference_minor for one in owed.totals] == [0]

        async with db.look(conn, deal.buyer):
            place = deal.unit.id, deal.enterprise.id
            said = await statements.customer_statement(conn, deal.buyer, *place)
        [section] = said.currencies
        assert [
            (one.kind, one.receivable_minor, one.credit_minor) for one in section.lines[-3:]
        ] == [
            ("charge_owed_again", 20_000_00, -1_000_00),
            ("charge_paid_again", -20_000_00, 1_000_00),
            ("charge_owed_again", 20_000_00, -1_000_00),
        ]
        for line in section.lines[-3:]:
            assert [(one.reference, one.amount_minor) for one in line.parts] == [
                (invoice.number, 20_000_00)
            ]

        await market.late(max(invoice.due_on, await clock.today(conn)), 10)
        demand = await reminders.remind(conn, invoice.id)
        assert demand is not None
        assert (demand.open_minor, demand.credit_minor) == (20_000_00, 0)
