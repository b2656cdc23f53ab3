"""What a lost chargeback took beyond invoices and credit is owed by its payer until made up."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from market import worker
from market.auditor import audit
from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection, Pool
from market.money.invoicing.held import held_of
from market.money.payments.chargebacks import losing, recovering
from market.money.payments.chargebacks import operations as chargebacks
from market.money.payments.chargebacks import recovery_queries as queries
from market.money.payments.refunds import model, operations
from market.money.payments.stripe_lines import setting_aside
from tests.client import OneConnection
from tests.conftest import Clone
from tests.money.payments.refunds.test_disputed import Card, desk_of, paid_by_card, paid_twice
from tests.world import dunning, invoicing, money, refunding, stripe
from tests.world.invoicing import Deal
from tests.world.stripe import line


async def stands(conn: Connection, deal: Deal) -> tuple[int, int]:
    """The buyer's credit, and suspense."""
    books = deal.unit.id
    credit = await money.balance(conn, books, "customer_credit", deal.enterprise.id)
    return credit, await money.balance(conn, books, "suspense")


async def recovered(conn: Connection, card: Card) -> bool:
    async with db.look(conn, SYSTEM):
        owed = await queries.recoverable(conn, after=None, limit=2)
    return [await recovering.recover(conn, one) for one in owed] == [True]


async def back(conn: Connection, card: Card) -> None:
    told = stripe.dispute_of(card.payment, card.amount_minor, "won")
    reversal = line("dispute_reversal", card.amount_minor, dispute=told)
    await stripe.booked(conn, card.deal, reversal)


async def test_what_was_reserved_when_it_was_lost_does_not_go_out_and_is_recovered(
    stocked: Clone,
) -> None:
    async with dunning.opened(stocked) as market:
        conn = market.conn
        deal = await invoicing.fw01(conn)
        card, desk = await paid_twice(conn, deal), await desk_of(conn, deal)
        refund = await refunding.proposed(conn, desk, card.amount_minor)
        await card.lost(conn)
        assert await stands(conn, deal) == (0, -card.amount_minor)
        with pytest.raises(model.CreditOwed):
            await operations.approve_refund(conn, deal.leader, refund.id)
        await operations.withdraw_refund(conn, deal.finance, refund.id)
        with pytest.raises(model.CreditOwed):
            await refunding.proposed(conn, desk, 1_00)
        assert await recovered(conn, card)
        assert await stands(conn, deal) == (0, 0)
        assert not await recovered(conn, card)
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_without_stripe_the_worker_takes_it_off_credit_that_a_use_gives_back(
    conn: Connection,
) -> None:
    deal = await invoicing.fw01(conn)
    card = await paid_twice(conn, deal)
    other = await invoicing.issued(conn, deal, 1)
    use = await money.credit_used(conn, deal.finance, other.id, card.amount_minor)
    await card.lost(conn)
    await money.credit_use_undone(conn, deal.finance, use)
    with pytest.raises(model.CreditOwed):
        await refunding.proposed(conn, await desk_of(conn, deal), 1_00)
    _, recover_all = worker.PERIODIC["chargebacks.recover"]
    pool: Any = OneConnection(conn)
    await recover_all(pool)
    assert await stands(conn, deal) == (0, 0)


async def test_credit_of_a_wrong_match_goes_back_although_a_loss_took_it(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    card, bank = await paid_twice(conn, deal), await money.bank(conn, deal)
    other = await invoicing.issued(conn, deal, 1)
    await money.credit_used(conn, deal.finance, other.id, card.amount_minor)
    await card.lost(conn)
    lines = [money.Line(minor, deal.enterprise.name_zh) for minor in (5_000_00, 70_00)]
    came = (await money.imported(conn, bank, lines)).outcomes
    wrong, _ = [
        await money.matched(
            conn,
            deal.finance,
            one.line_id,
            rest=money.rest("customer_credit", minor, organisation_id=deal.enterprise.id),
        )
        for one, minor in zip(came, (5_000_00, 70_00), strict=True)
    ]
    assert await recovered(conn, card)
    assert await stands(conn, deal) == (0, 5_070_00 - card.amount_minor)

    await money.undone(conn, deal.finance, wrong)

    # The line is in suspense, the other credit stays taken, and the loss is owed but for that.
    assert await stands(conn, deal) == (0, 5_070_00 - card.amount_minor)
    async with db.look(conn, SYSTEM):
        held = await held_of(conn, deal.unit.id, deal.enterprise.id, "CNY")
        [undone, taken] = await conn.fetch(
            "SELECT amount_minor, match_id FROM chargeback_recovery ORDER BY id DESC LIMIT 2"
        )
    assert tuple(undone) == (-5_000_00, wrong.id)
    assert tuple(taken) == (5_070_00, None)
    assert held.unrecovered_minor == card.amount_minor - 70_00


async def test_of_many_turns_at_once_one_takes_it(pool: Pool) -> None:
    async with db.lease(pool) as conn:
        deal = await invoicing.fw01(conn)
        card = await paid_twice(conn, deal)
        other = await invoicing.issued(conn, deal, 1)
        use = await money.credit_used(conn, deal.finance, other.id, card.amount_minor)
        await card.lost(conn)
        await money.credit_use_undone(conn, deal.finance, use)
        async with db.look(conn, SYSTEM):
            [owed] = await queries.recoverable(conn, after=None, limit=2)

    async def take() -> bool:
        return await db.retrying(pool, lambda conn: recovering.recover(conn, owed))

    assert sum(await asyncio.gather(*(take() for _ in range(12)))) == 1
    async with db.lease(pool) as conn:
        assert await stands(conn, deal) == (0, 0)


async def test_what_comes_back_makes_up_the_loss_and_the_rest_is_credit(stocked: Clone) -> None:
    async with dunning.opened(stocked) as market:
        conn = market.conn
        deal = await invoicing.fw01(conn)
        card = await paid_twice(conn, deal)
        other = await invoicing.issued(conn, deal, 1)
        await money.credit_used(conn, deal.finance, other.id, 10_000_00)
        await card.lost(conn)
        assert await stands(conn, deal) == (0, -10_000_00)
        await back(conn, card)
        assert await stands(conn, deal) == (card.amount_minor - 10_000_00, 0)
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_what_comes_back_for_an_invoice_that_was_credited_is_credit(
    conn: Connection,
) -> None:
    deal = await invoicing.fw01(conn)
    card = await paid_by_card(conn, deal)
    await card.lost(conn)
    await invoicing.credited(conn, deal, card.invoice)
    await back(conn, card)
    assert await stands(conn, deal) == (card.amount_minor, 0)


@pytest.mark.parametrize("is_known_first", [False, True])
async def test_a_chargeback_of_money_that_was_set_aside_ends_it_there(
    stocked: Clone, is_known_first: bool
) -> None:
    async with dunning.opened(stocked) as market:
        conn = market.conn
        deal = await invoicing.fw01(conn)
        invoice = await invoicing.issued(conn, deal)
        payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
        amount = invoice.amount_minor
        of_it = {"charge_id": "ch_1", "intent_id": payment.intent_id}
        charge = line("charge", amount, source_id="ch_1", **of_it)
        told = stripe.dispute_of(payment, amount, "lost")
        told = msgspec.structs.replace(told, charge_id="ch_1")
        taken = line("dispute", -amount, dispute=told)
        if is_known_first:
            await stripe.booked(conn, deal, taken)
        assert await setting_aside.set_aside(conn, deal.unit.id, charge)
        if not is_known_first:
            await stripe.booked(conn, deal, taken)

        assert await losing.lose(conn, deal.unit.id, told)

        assert await stands(conn, deal) == (0, 0)
        assert await money.balance(conn, deal.unit.id, "stripe_disputed") == 0
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_what_stripe_leaves_in_suspense_is_listed_there(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    card = await paid_twice(conn, deal)
    other = await invoicing.issued(conn, deal, 1)
    use = await money.credit_used(conn, deal.finance, other.id, 10_000_00)
    await card.lost(conn)
    await stripe.booked(conn, deal, line("charge", 700_00, intent_id="pi_nobody"))
    listed = await money.suspense(conn, deal.finance)
    assert sorted((one.source, one.amount_minor) for one in listed) == [
        ("chargeback", -10_000_00),
        ("stripe", 700_00),
    ]
    assert sum(one.amount_minor for one in listed) == (await stands(conn, deal))[1]
    await money.credit_use_undone(conn, deal.finance, use)
    assert await recovered(conn, card)
    assert [one.source for one in await money.suspense(conn, deal.finance)] == ["stripe"]


async def test_a_chargeback_is_listed_with_whose_payment_of_what_it_asks_back_and_what_is_owed(
    conn: Connection,
) -> None:
    deal = await invoicing.fw01(conn)
    card = await paid_twice(conn, deal)
    other = await invoicing.issued(conn, deal, 1)
    use = await money.credit_used(conn, deal.finance, other.id, 10_000_00)
    await card.lost(conn)
    await money.credit_use_undone(conn, deal.finance, use)

    [listed] = await chargebacks.list_chargebacks(conn, deal.finance, deal.unit.id)

    assert (listed.numbers, listed.buyer_id) == ([card.invoice.number], deal.enterprise.id)
    assert listed.reason_zh == "付款人称未授权（欺诈）（fraudulent）"
    assert listed.owed_minor == 10_000_00
    assert await recovered(conn, card)
    [listed] = await chargebacks.list_chargebacks(conn, deal.finance, deal.unit.id)
    assert (listed.short_minor, listed.owed_minor) == (10_000_00, 0)


async def test_of_more_than_was_taken_suspense_lists_what_made_up_no_loss(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    card = await paid_twice(conn, deal)
    other = await invoicing.issued(conn, deal, 1)
    await money.credit_used(conn, deal.finance, other.id, card.amount_minor)
    told = await card.lost(conn)

    more = line("dispute_reversal", card.amount_minor + 5_00, dispute=told)
    await stripe.booked(conn, deal, more)

    [listed] = await money.suspense(conn, deal.finance)
    assert (listed.source, listed.amount_minor) == ("stripe", 5_00)
    assert await stands(conn, deal) == (0, 5_00)
