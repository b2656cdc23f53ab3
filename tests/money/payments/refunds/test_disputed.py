"""Credit that a chargeback asks back stays with the unit, by whichever way it might go out."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import msgspec
import pytest

from market.auditor import audit
from market.base import db
from market.base.access import SYSTEM, Actor, Role
from market.base.db import Connection, Pool
from market.base.stripe_accounts import StripeAccount
from market.money.invoicing.held import held_of
from market.money.invoicing.model import FullInvoice
from market.money.payments import model as payments
from market.money.payments import rails
from market.money.payments.chargebacks import losing
from market.money.payments.online.model import FullOnlinePayment
from market.money.payments.refunds import lists, model, operations, presenting
from market.money.payments.refunds.model import Refund
from market.money.payments.stripe_balance.model import Disputed
from tests.conftest import Clone
from tests.world import card_refunds, dunning, identity, invoicing, money, refunding, stripe
from tests.world.invoicing import Deal
from tests.world.refunding import Desk
from tests.world.stripe import line


class Card(NamedTuple):
    """An invoice that was paid by card."""

    deal: Deal
    invoice: FullInvoice
    payment: FullOnlinePayment

    @property
    def amount_minor(self) -> int:
        return self.invoice.amount_minor

    async def disputed(self, conn: Connection, amount_minor: int | None = None) -> Disputed:
        amount_minor = amount_minor or self.amount_minor
        told = stripe.dispute_of(self.payment, amount_minor, "needs_response")
        await stripe.booked(conn, self.deal, line("dispute", -amount_minor, dispute=told))
        return told

    async def lost(self, conn: Connection, amount_minor: int | None = None) -> Disputed:
        told = await self.disputed(conn, amount_minor)
        assert await losing.lose(conn, self.deal.unit.id, told)
        return told


async def paid_by_card(conn: Connection, deal: Deal, place: int = 0) -> Card:
    invoice = await invoicing.issued(conn, deal, place)
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
    charge = line("charge", invoice.amount_minor, intent_id=payment.intent_id)
    await stripe.booked(conn, deal, charge)
    return Card(deal, invoice, payment)


async def paid_twice(conn: Connection, deal: Deal) -> Card:
    """By bank and then by card, so that all of the card's money is credit."""
    invoice = await invoicing.issued(conn, deal, 0)
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
    await money.paid(conn, deal, invoice.id, invoice.amount_minor)
    charge = line("charge", invoice.amount_minor, intent_id=payment.intent_id)
    await stripe.booked(conn, deal, charge)
    return Card(deal, invoice, payment)


async def desk_of(conn: Connection, deal: Deal) -> Desk:
    bank = await money.bank(conn, deal)
    return Desk(deal, bank, await identity.person(conn, deal.unit, Role.CASHIER))


async def now(conn: Connection, actor: Actor, refund: Refund) -> str:
    return (await operations.find_refund(conn, actor, refund.id)).state


async def presented(pool: Pool, deal: Deal, refund: Refund) -> None:
    """Stripe does not answer."""
    account = StripeAccount(
        unit=deal.unit.number_prefix or "", key="sk_test_x", webhook_secrets=("whsec_nobody",)
    )
    async with rails.opened([account], "http://127.0.0.1:1") as known:
        async with db.lease(pool) as conn:
            [rail] = await known.all(conn)
        await presenting.present(pool, rail, refund.id)


@pytest.mark.parametrize("is_lost", [False, True])
async def test_what_was_approved_before_the_dispute_is_not_sent(
    conn: Connection, is_lost: bool
) -> None:
    deal = await invoicing.fw01(conn)
    card = await paid_by_card(conn, deal)
    await invoicing.credited(conn, deal, card.invoice)
    desk = await desk_of(conn, deal)
    refund = await refunding.approved(conn, desk, card.amount_minor)
    await (card.lost if is_lost else card.disputed)(conn)

    with pytest.raises(lists.AllOwed if is_lost else lists.AllHeldBack, match=refund.number):
        await refunding.sent(conn, desk)

    assert await now(conn, deal.finance, refund) == "approved"


async def test_a_list_tells_what_it_leaves_out(conn: Connection) -> None:
    deal, other = await invoicing.fw01(conn), (await invoicing.fw01(conn)).enterprise
    card = await paid_twice(conn, deal)
    desk = await desk_of(conn, deal)
    bank = await money.bank(conn, deal)
    [came] = (await money.imported(conn, bank, [money.Line(300_00, other.name_zh)])).outcomes
    rest = money.rest("customer_credit", 300_00, organisation_id=other.id)
    await money.matched(conn, deal.finance, came.line_id, rest=rest)
    stays = await refunding.approved(conn, desk, card.amount_minor)
    wanted = msgspec.structs.replace(refunding.wanted(desk, 300_00), organisation_id=other.id)
    goes = await operations.propose_refund(conn, deal.finance, deal.unit.id, wanted)
    await operations.approve_refund(conn, deal.leader, goes.id)
    await card.disputed(conn)

    made = await refunding.sent(conn, desk)

    assert (made.refunds, made.total_minor) == (1, 300_00)
    assert [(one.refund_id, one.held_minor, one.is_owed) for one in made.held_back] == [
        (stays.id, card.amount_minor, False)
    ]
    assert await now(conn, deal.finance, goes) == "sent"
    assert await now(conn, deal.finance, stays) == "approved"


async def test_what_stays_of_a_payers_refunds_covers_what_is_held_and_the_oldest_goes(
    clone: Clone,
) -> None:
    async with dunning.opened(clone) as market:
        conn = market.conn
        deal = await invoicing.fw01(conn)
        card = await paid_twice(conn, deal)
        desk = await desk_of(conn, deal)
        first, second, rest = [
            await refunding.approved(conn, desk, minor)
            for minor in (5_000_00, 5_000_00, card.amount_minor - 10_000_00)
        ]
        await card.disputed(conn, card.amount_minor - 5_000_00)

        made = await refunding.sent(conn, desk)

        assert [one.refund_id for one in made.held_back] == [second.id, rest.id]
        assert await now(conn, deal.finance, first) == "sent"
        with pytest.raises(lists.AllHeldBack, match=second.number):
            await refunding.sent(conn, desk)
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_of_two_that_wait_one_is_approved_and_sent_and_the_other_covers_what_is_held(
    clone: Clone,
) -> None:
    async with dunning.opened(clone) as market:
        conn = market.conn
        deal = await invoicing.fw01(conn)
        card, desk = await paid_twice(conn, deal), await desk_of(conn, deal)
        first, second = [
            await refunding.proposed(conn, desk, minor)
            for minor in (10_000_00, card.amount_minor - 10_000_00)
        ]
        await card.disputed(conn, 12_000_00)

        with pytest.raises(model.CreditDisputed, match=r"12,000\.00 of .* at most 13,800\.00"):
            await operations.approve_refund(conn, deal.leader, second.id)
        await operations.approve_refund(conn, deal.leader, first.id)

        assert (await refunding.sent(conn, desk)).total_minor == first.amount_minor
        with pytest.raises(model.CreditDisputed, match=r"12,000\.00 of .* at most 3,800\.00"):
            await operations.approve_refund(conn, deal.leader, second.id)
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_a_card_refund_that_waits_covers_its_own_dispute_once(clone: Clone) -> None:
    async with dunning.opened(clone) as market:
        conn = market.conn
        deal = await invoicing.fw01(conn)
        card, desk = await paid_twice(conn, deal), await desk_of(conn, deal)
        waits = await operations.propose_card_refund(
            conn, deal.finance, card.payment.id, card_refunds.wanted(15_800_00)
        )
        told = await card.disputed(conn, card.amount_minor - 1_000_00)

        with pytest.raises(model.CreditDisputed, match=r"24,800\.00 of .* at most 1,000\.00"):
            await refunding.proposed(conn, desk, 1_000_01)
        await refunding.approved(conn, desk, 1_000_00)
        await refunding.sent(conn, desk)

        assert (await audit.run(market.addresses.auditor)).faults == []
        await operations.withdraw_refund(conn, deal.finance, waits.id)
        assert (await audit.run(market.addresses.auditor)).faults == []
        assert await losing.lose(conn, deal.unit.id, told)
        assert await money.balance(conn, deal.unit.id, "suspense") == 0


async def test_it_pays_no_other_invoice_before_that_is_decided(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    card = await paid_twice(conn, deal)
    other = await invoicing.issued(conn, deal, 1)
    await card.disputed(conn, 5_000_00)

    free = rf"5,000\.00 came by .* at most {(card.amount_minor - 5_000_00) // 100:,}\.00, or wait"
    with pytest.raises(payments.CreditHeld, match=free):
        await money.credit_used(conn, deal.finance, other.id, card.amount_minor - 4_999_99)

    await money.credit_used(conn, deal.finance, other.id, card.amount_minor - 5_000_00)


async def test_for_what_is_lost_already_nobody_is_told_to_wait(conn: Connection) -> None:
    """Of credit that comes again after a loss, no more is said to be owed than there is."""
    deal = await invoicing.fw01(conn)
    card = await paid_twice(conn, deal)
    other = await invoicing.issued(conn, deal, 1)
    use = await money.credit_used(conn, deal.finance, other.id, 5_000_00)
    await money.credit_used(conn, deal.finance, other.id, card.amount_minor - 5_000_00)
    await card.lost(conn)
    await money.credit_use_undone(conn, deal.finance, use)

    owed = r"holds 5,000\.00, of which 5,000\.00 is owed .* at most 0\.00, and ask the buyer"
    with pytest.raises(payments.CreditOwed, match=owed):
        await money.credit_used(conn, deal.finance, other.id, 1_00)
    with pytest.raises(model.CreditOwed, match=r"^5,000\.00 of the credit .* at most 0\.00"):
        await refunding.proposed(conn, await desk_of(conn, deal), 1_00)


@pytest.mark.parametrize("is_lost", [False, True])
async def test_it_does_not_go_back_to_another_card(conn: Connection, is_lost: bool) -> None:
    deal = await invoicing.fw01(conn)
    card, other = await paid_by_card(conn, deal), await paid_by_card(conn, deal, 1)
    await invoicing.credited(conn, deal, card.invoice)
    new = card_refunds.wanted(card.amount_minor)
    proposed = await operations.propose_card_refund(conn, deal.finance, other.payment.id, new)
    await (card.lost if is_lost else card.disputed)(conn)

    refusal = model.CreditOwed if is_lost else model.CreditDisputed
    with pytest.raises(refusal):
        await operations.approve_refund(conn, deal.leader, proposed.id)

    await operations.withdraw_refund(conn, deal.finance, proposed.id)
    with pytest.raises(refusal):
        await operations.propose_card_refund(conn, deal.finance, other.payment.id, new)


async def test_a_dispute_that_comes_before_the_call_ends_a_refund_to_another_card(
    pool: Pool,
) -> None:
    async with db.lease(pool) as conn:
        deal = await invoicing.fw01(conn)
        card, other = await paid_by_card(conn, deal), await paid_by_card(conn, deal, 1)
        await invoicing.credited(conn, deal, card.invoice)
        new = card_refunds.wanted(card.amount_minor)
        refund = await operations.propose_card_refund(conn, deal.finance, other.payment.id, new)
        await operations.approve_refund(conn, deal.leader, refund.id)
        await card.disputed(conn)

    await presented(pool, deal, refund)

    async with db.lease(pool) as conn:
        ended = await operations.find_refund(conn, deal.finance, refund.id)
    assert (ended.state, ended.failure_reason) == ("failed", "credit_disputed")


async def test_a_list_and_a_call_at_once_do_not_each_count_on_what_the_other_sends(
    pool: Pool,
) -> None:
    async with db.lease(pool) as conn:
        deal = await invoicing.fw01(conn)
        card, other = await paid_twice(conn, deal), await paid_by_card(conn, deal, 1)
        desk = await desk_of(conn, deal)
        half = card.amount_minor // 2
        await refunding.approved(conn, desk, half)
        refund = await operations.propose_card_refund(
            conn, deal.finance, other.payment.id, card_refunds.wanted(half)
        )
        await operations.approve_refund(conn, deal.leader, refund.id)
        await card.disputed(conn, half)

    async with db.lease(pool) as conn, db.lease(pool) as onlooker:
        async with db.act(conn, desk.cashier):
            assert (await refunding.sent(conn, desk)).total_minor == half
            behind = asyncio.create_task(presented(pool, deal, refund))
            waits = False
            while not (waits or behind.done()):
                waits = await onlooker.fetchval(
                    """SELECT EXISTS (
                           SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                           WHERE d.datname = current_database() AND NOT l.granted)"""
                )
        await behind

    async with db.lease(pool) as conn:
        ended = await operations.find_refund(conn, deal.finance, refund.id)
    assert (ended.state, ended.failure_reason) == ("failed", "credit_disputed")


async def test_no_more_is_held_than_the_payment_left_as_credit(conn: Connection) -> None:
    """Of what was paid, a part was credited and went back to its card; the rest is disputed."""
    deal = await invoicing.fw01(conn)
    card = await paid_by_card(conn, deal)
    await invoicing.credited(conn, deal, card.invoice, 5_000_00)
    back = await operations.propose_card_refund(
        conn, deal.finance, card.payment.id, card_refunds.wanted(5_000_00)
    )
    await operations.approve_refund(conn, deal.leader, back.id)
    await card_refunds.called(conn, back)
    await stripe.booked(conn, deal, card_refunds.line(card.payment, back, "succeeded"))
    other = await invoicing.issued(conn, deal, 1)
    await money.paid(conn, deal, other.id, other.amount_minor)
    await invoicing.credited(conn, deal, other, 5_000_00)
    await card.disputed(conn, card.amount_minor - 5_000_00)

    await refunding.proposed(conn, await desk_of(conn, deal), 5_000_00)


async def test_a_use_that_is_allowed_blames_no_refund_before_it(clone: Clone) -> None:
    """The refund was of other credit; what a loss reopens is kept from refunds, not from uses."""
    async with dunning.opened(clone) as market:
        conn = market.conn
        deal = await invoicing.fw01(conn)
        card, desk = await paid_by_card(conn, deal), await desk_of(conn, deal)
        paid = money.Line(5_000_00, deal.enterprise.name_zh)
        [came] = (await money.imported(conn, desk.bank, [paid])).outcomes
        rest = money.rest("customer_credit", 5_000_00, organisation_id=deal.enterprise.id)
        await money.matched(conn, deal.finance, came.line_id, rest=rest)
        told = await card.disputed(conn)
        await refunding.approved(conn, desk, 5_000_00)
        await refunding.sent(conn, desk)
        await invoicing.credited(conn, deal, card.invoice, 6_000_00)
        assert await losing.lose(conn, deal.unit.id, told)
        other = await invoicing.issued(conn, deal, 1)
        await money.credit_used(conn, deal.finance, other.id, 6_000_00)
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_what_a_match_undone_later_reopens_blames_no_refund_before_it(clone: Clone) -> None:
    """When it was sent, its invoice was paid, and all but what is disputed was the payer's."""
    async with dunning.opened(clone) as market:
        conn = market.conn
        deal = await invoicing.fw01(conn)
        card, desk = await paid_by_card(conn, deal), await desk_of(conn, deal)
        await card.disputed(conn)
        other = await invoicing.issued(conn, deal, 1)
        match = await money.paid(conn, deal, other.id, other.amount_minor)
        await invoicing.credited(conn, deal, other, 6_000_00)
        await refunding.approved(conn, desk, 6_000_00)
        await refunding.sent(conn, desk)
        await money.undone(conn, deal.finance, match)
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_two_disputes_of_one_payment_hold_its_credit_once(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    card = await paid_by_card(conn, deal)
    await invoicing.credited(conn, deal, card.invoice, 5_000_00)
    told = stripe.dispute_of(card.payment, 5_000_00, "needs_response")
    for name in ("dp_1", "dp_2"):
        one = msgspec.structs.replace(told, id=name)
        await stripe.booked(conn, deal, line("dispute", -5_000_00, dispute=one))

    async with db.look(conn, SYSTEM):
        held = await held_of(conn, deal.unit.id, deal.enterprise.id, "CNY")
    assert held.disputed_minor == 5_000_00
