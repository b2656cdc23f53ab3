"""What Stripe gives back of a chargeback ends where it belongs, or is told of: never in between."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import msgspec
import pytest

from market.auditor import audit
from market.base import db
from market.base.db import Connection
from market.money.invoicing import operations as invoices
from market.money.invoicing.model import FullInvoice
from market.money.payments.chargebacks import losing
from market.money.payments.chargebacks import operations as chargebacks
from market.money.payments.chargebacks.model import ChargebackState
from market.money.payments.online.model import FullOnlinePayment
from market.money.payments.refunds import operations as refunds
from market.money.payments.refunds.model import MoreThanCharge
from market.money.payments.stripe_lines import booking, operations
from tests.conftest import Clone
from tests.world import card_refunds, dunning, invoicing, money, stripe
from tests.world.invoicing import Deal
from tests.world.stripe import Till, line


class Disputed(NamedTuple):
    """An invoice that was paid by card, and its chargeback."""

    conn: Connection
    deal: Deal
    invoice: FullInvoice
    payment: FullOnlinePayment

    async def comes_back(self, amount_minor: int) -> None:
        told = stripe.dispute_of(self.payment, self.invoice.amount_minor, "won")
        back = line("dispute_reversal", amount_minor, dispute=told)
        await stripe.booked(self.conn, self.deal, back)

    async def is_lost(self) -> None:
        told = stripe.dispute_of(self.payment, self.invoice.amount_minor, "lost")
        assert await losing.lose(self.conn, self.deal.unit.id, told)

    async def state(self) -> ChargebackState:
        [one] = await chargebacks.list_chargebacks(self.conn, self.deal.finance, self.deal.unit.id)
        return one.state

    async def read(self) -> FullInvoice:
        return await invoices.find_invoice(self.conn, self.deal.buyer, self.invoice.id)

    async def unexplained(self) -> list[str]:
        found = await operations.list_lines(
            self.conn, self.deal.finance, self.deal.unit.id, after=None, limit=9
        )
        return [one.category for one in found if not one.is_explained]

    async def balance(self, kind: str) -> int:
        return await money.balance(self.conn, self.deal.unit.id, kind)


async def disputed(conn: Connection) -> Disputed:
    deal = await invoicing.fw01(conn)
    invoice = await invoicing.issued(conn, deal)
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
    amount = invoice.amount_minor
    told = stripe.dispute_of(payment, amount, "needs_response")
    await stripe.booked(
        conn,
        deal,
        line("charge", amount, intent_id=payment.intent_id),
        line("dispute", -amount, dispute=told),
    )
    return Disputed(conn, deal, invoice, payment)


async def test_given_back_after_it_was_lost_it_pays_its_invoice_again(stocked: Clone) -> None:
    async with dunning.opened(stocked) as market:
        case = await disputed(market.conn)
        await case.is_lost()
        await case.comes_back(case.invoice.amount_minor)
        assert ((await case.read()).state, await case.state()) == ("paid", "reinstated")
        for kind in ("stripe_disputed", "suspense"):
            assert await case.balance(kind) == 0
        owed = await money.balance(
            market.conn, case.deal.unit.id, "receivable", case.deal.enterprise.id
        )
        assert (owed, await case.unexplained()) == (0, [])
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_given_back_it_may_go_back_to_its_card_whole(stocked: Clone) -> None:
    async with dunning.opened(stocked) as market:
        case = await disputed(market.conn)
        await case.is_lost()
        await case.comes_back(case.invoice.amount_minor)
        await invoicing.credited(market.conn, case.deal, case.invoice)
        refund = await refunds.propose_card_refund(
            market.conn,
            case.deal.finance,
            case.payment.id,
            card_refunds.wanted(case.invoice.amount_minor),
        )
        approved = await refunds.approve_refund(market.conn, case.deal.leader, refund.id)
        await card_refunds.called(market.conn, approved)
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_what_comes_back_in_parts_counts_as_far_as_it_came(clone: Clone) -> None:
    async with dunning.opened(clone) as market:
        case = await disputed(market.conn)
        amount, part = case.invoice.amount_minor, 10_000_00
        await case.is_lost()
        await case.comes_back(part)
        owed = await case.read()
        assert (owed.state, owed.open_minor) == ("part_paid", amount - part)
        await invoicing.credited(market.conn, case.deal, case.invoice)
        wanted = card_refunds.wanted(part + 1)
        with pytest.raises(MoreThanCharge, match=r"10,000\.00"):
            await refunds.propose_card_refund(
                market.conn, case.deal.finance, case.payment.id, wanted
            )
        await case.comes_back(amount - part + 1)
        assert (await case.balance("suspense"), await case.state()) == (1, "reinstated")
        wanted = card_refunds.wanted(amount)
        refund = await refunds.propose_card_refund(
            market.conn, case.deal.finance, case.payment.id, wanted
        )
        approved = await refunds.approve_refund(market.conn, case.deal.leader, refund.id)
        await card_refunds.called(market.conn, approved)
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_lost_a_second_time_what_it_paid_again_is_owed_again(conn: Connection) -> None:
    case = await disputed(conn)
    await case.is_lost()
    await case.comes_back(case.invoice.amount_minor)
    told = stripe.dispute_of(case.payment, 5_000_00, "lost")
    second = msgspec.structs.replace(told, id="dp_second")
    await stripe.booked(conn, case.deal, line("dispute", -5_000_00, dispute=second))
    assert await losing.lose(conn, case.deal.unit.id, second)
    owed = await case.read()
    assert (owed.state, owed.open_minor, await case.balance("suspense")) == (
        "part_paid",
        5_000_00,
        0,
    )


async def test_where_the_invoice_was_paid_otherwise_it_is_the_buyers_credit(stocked: Clone) -> None:
    async with dunning.opened(stocked) as market:
        case = await disputed(market.conn)
        await case.is_lost()
        amount = case.invoice.amount_minor
        await money.paid(market.conn, case.deal, case.invoice.id, amount - 800_00)
        await case.comes_back(amount)
        assert ((await case.read()).state, await case.state()) == ("paid", "reinstated")
        credit = await money.balance(
            market.conn, case.deal.unit.id, "customer_credit", case.deal.enterprise.id
        )
        assert credit == amount - 800_00
        for kind in ("stripe_disputed", "suspense"):
            assert await case.balance(kind) == 0
        assert await case.unexplained() == []
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_what_stripe_keeps_of_one_that_was_won_stands_in_suspense(conn: Connection) -> None:
    case = await disputed(conn)
    await case.comes_back(case.invoice.amount_minor - 5_00)
    assert await case.state() == "won"
    assert await case.balance("stripe_disputed") == 0
    assert await case.balance("suspense") == -5_00
    assert await case.unexplained() == ["dispute_reversal"]


@pytest.mark.parametrize("again", ["dispute", "dispute_reversal"])
async def test_what_moves_a_second_time_stands_in_suspense(conn: Connection, again: str) -> None:
    case = await disputed(conn)
    await case.comes_back(case.invoice.amount_minor)
    amount = case.invoice.amount_minor if again == "dispute_reversal" else -100_00
    told = stripe.dispute_of(case.payment, case.invoice.amount_minor, "won")
    await stripe.booked(conn, case.deal, line(again, amount, dispute=told))
    assert await case.state() == "won"
    assert await case.balance("stripe_disputed") == 0
    assert await case.balance("suspense") == amount
    assert await case.unexplained() == [again]


async def test_one_that_comes_back_before_it_was_taken_is_won(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    invoice = await invoicing.issued(conn, deal)
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
    told = stripe.dispute_of(payment, invoice.amount_minor, "won")
    back = line("dispute_reversal", invoice.amount_minor, dispute=told)
    await stripe.booked(conn, deal, back)
    await stripe.booked(conn, deal, line("dispute", -invoice.amount_minor - 5_00, dispute=told))
    case = Disputed(conn, deal, invoice, payment)
    assert await case.state() == "won"
    assert await case.balance("stripe_disputed") == 0
    assert await case.balance("suspense") == -5_00
    assert await case.unexplained() == ["dispute"]


async def test_of_two_lines_of_a_new_chargeback_one_is_booked_at_a_time(busy_till: Till) -> None:
    invoice = await busy_till.issued()
    async with db.lease(busy_till.pool) as conn:
        payment = await stripe.told_of(conn, busy_till.deal.unit, busy_till.deal.buyer, invoice)
    told = stripe.dispute_of(payment, invoice.amount_minor, "won")
    lines = [
        line("dispute", -invoice.amount_minor, dispute=told),
        line("dispute_reversal", invoice.amount_minor, dispute=told),
    ]

    async def book(place: int) -> bool:
        return await db.retrying(
            busy_till.pool, lambda conn: booking.book(conn, busy_till.books, lines[place])
        )

    came = await asyncio.gather(book(0), book(1), book(0), book(1))
    assert sorted(came) == [False, False, True, True]
    assert await busy_till.balance("stripe_disputed") == 0
