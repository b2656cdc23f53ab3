"""Lines that are read late, or one before the other, end where they would have ended in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from market.auditor import audit
from market.base import clock, db
from market.base.db import Connection
from market.ledger import operations as ledger
from market.money.invoicing import operations as invoices
from market.money.payments.chargebacks import losing
from market.money.payments.stripe_events import operations as stripe_events
from market.money.payments.stripe_events.model import DataTold, Delivery, EventTold, ObjectTold
from tests.conftest import Clone
from tests.money.payments.refunds.test_disputed import paid_twice
from tests.world import dunning, invoicing, money, stripe
from tests.world.stripe import line


async def test_a_card_that_is_read_late_changes_nothing_of_the_days_before(stocked: Clone) -> None:
    async with dunning.opened(stocked) as market:
        conn, deal = market.conn, await invoicing.fw01(market.conn)
        invoice = await invoicing.issued(conn, deal)
        payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
        paid_at, first = datetime.now(UTC), await clock.today(conn)
        match = await money.paid(conn, deal, invoice.id, invoice.amount_minor)

        async def balances() -> dict[str, tuple[int, int]]:
            async with db.look(conn, deal.finance):
                told = await ledger.trial_balance(
                    conn, deal.finance, deal.unit.id, first + timedelta(days=1)
                )
            return {one.kind: (one.debit_minor, one.credit_minor) for one in told}

        before = await balances()
        await market.pass_to(first + timedelta(days=40))
        await money.undone(conn, deal.finance, match)
        amount = invoice.amount_minor
        told = line("charge", amount, intent_id=payment.intent_id, moved_at=paid_at)
        await stripe.booked(conn, deal, told)
        assert await balances() == before
        again = await invoices.find_invoice(conn, deal.buyer, invoice.id)
        assert (again.state, again.paid_minor) == ("paid", amount)
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_a_chargeback_waits_for_what_it_takes_back(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    invoice = await invoicing.issued(conn, deal)
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
    amount, lost = invoice.amount_minor, stripe.dispute_of(payment, invoice.amount_minor, "lost")
    await stripe.booked(conn, deal, line("dispute", -amount, dispute=lost))
    assert not await losing.lose(conn, deal.unit.id, lost)
    assert await money.balance(conn, deal.unit.id, "stripe_disputed") == amount

    await stripe.booked(conn, deal, line("charge", amount, intent_id=payment.intent_id))
    assert await losing.lose(conn, deal.unit.id, lost)
    again = await invoices.find_invoice(conn, deal.buyer, invoice.id)
    assert (again.state, again.open_minor) == ("open", amount)
    for kind in ("stripe_disputed", "suspense"):
        assert await money.balance(conn, deal.unit.id, kind) == 0


async def test_a_loss_that_is_read_late_is_of_the_day_of_the_decision_and_its_return_not_before(
    clone: Clone,
) -> None:
    async with dunning.opened(clone) as market:
        conn, deal = market.conn, await invoicing.fw01(market.conn)
        invoice = await invoicing.issued(conn, deal)
        payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
        amount, first = invoice.amount_minor, await clock.today(conn)
        lost = stripe.dispute_of(payment, amount, "lost")
        opened_at = datetime.now(UTC)
        await stripe.booked(
            conn,
            deal,
            line("charge", amount, intent_id=payment.intent_id),
            line("dispute", -amount, dispute=lost),
        )
        decided_at = opened_at + timedelta(days=2)
        head = EventTold("evt_1", "charge.dispute.closed", DataTold(ObjectTold(lost.id)))
        payload = f'{{"created": {int(decided_at.timestamp())}}}'
        assert deal.unit.number_prefix is not None
        await stripe_events.keep(conn, [Delivery(deal.unit.number_prefix, head, payload)])

        await market.pass_to(first + timedelta(days=5))
        assert await losing.lose(conn, deal.unit.id, lost)
        await money.paid(conn, deal, invoice.id, amount)
        await stripe.booked(
            conn, deal, line("dispute_reversal", amount, dispute=lost, moved_at=opened_at)
        )

        days = await market.owner.fetch(
            """SELECT split_part(cause, ':', 1), effective_on FROM posting
               WHERE cause LIKE 'chargeback_lost:%' OR cause LIKE 'stripe_line:%' ORDER BY id"""
        )
        decided_on = first + timedelta(days=2)
        assert [tuple(day) for day in days[-2:]] == [
            ("chargeback_lost", decided_on),
            ("stripe_line", decided_on),
        ]
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_what_a_late_line_makes_up_of_a_loss_counts_from_the_day_of_the_loss(
    stocked: Clone,
) -> None:
    async with dunning.opened(stocked) as market:
        conn, deal = market.conn, await invoicing.fw01(market.conn)
        card, opened_at = await paid_twice(conn, deal), datetime.now(UTC)
        other = await invoicing.issued(conn, deal, 1)
        await money.credit_used(conn, deal.finance, other.id, card.amount_minor)
        told = await card.disputed(conn)
        lost_on = await clock.today(conn) + timedelta(days=5)
        await market.pass_to(lost_on)
        assert await losing.lose(conn, deal.unit.id, told)

        back = line("dispute_reversal", card.amount_minor, dispute=told, moved_at=opened_at)
        await stripe.booked(conn, deal, back)

        day = await market.owner.fetchval("SELECT recovered_on FROM chargeback_recovery")
        assert day == lost_on
        assert (await audit.run(market.addresses.auditor)).faults == []
