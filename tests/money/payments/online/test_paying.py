"""An invoice is paid by card: one attempt at a time, one charge, one posting, whatever fails."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from market.base import db
from market.base.access import SYSTEM, Role
from market.money.payments.online import model, operations
from market.money.payments.online.model import PaymentState, Starting, Way
from market.stripe_simulator.faults import Fault
from tests.conftest import Clone
from tests.world import identity, stripe
from tests.world.stripe import ASKS_ITS_HOLDER, DECLINED, Till


async def test_a_card_pays_an_invoice_whole_and_the_fee_is_ours(till: Till) -> None:
    invoice = await till.issued()
    payment = await till.presented(invoice)
    assert (payment.state, payment.amount_minor) == (PaymentState.PROCESSING, 25_800_00)

    await till.pays(payment)
    await till.later()

    payment = await till.read(payment.id)
    assert (payment.state, payment.pay_url) == (PaymentState.SUCCEEDED, None)
    paid = await till.invoice(invoice.id)
    assert (paid.state, paid.open_minor) == ("paid", 0)
    fee = await till.balance("stripe_fees")
    assert fee > 0
    assert await till.balance("stripe_balance") == 25_800_00 - fee
    assert await till.balance("receivable", till.deal.enterprise.id) == 0
    assert await till.balance("suspense") == 0


@pytest.mark.parametrize("card", [DECLINED, ASKS_ITS_HOLDER])
async def test_a_card_that_is_declined_leaves_the_page_open_and_one_that_asks_its_holder_pays(
    till: Till, card: str
) -> None:
    invoice = await till.issued()
    payment = await till.presented(invoice)
    await till.pays(payment, card)
    await till.later()
    seen = await till.read(payment.id)
    if card == DECLINED:
        assert (seen.state, seen.decline_code) == (PaymentState.PROCESSING, "generic_decline")
        await till.pays(payment)
        await till.later()
    assert (await till.read(payment.id)).state == PaymentState.SUCCEEDED
    assert (await till.invoice(invoice.id)).state == "paid"


async def test_several_invoices_are_paid_at_once_and_an_intent_serves_a_page_of_ones_own(
    till: Till,
) -> None:
    first, second = await till.issued(0), await till.issued(1)
    payment = await till.started(first, second, way=Way.INTENT)
    await till.turn()
    payment = await till.read(payment.id)
    assert (payment.amount_minor, payment.pay_url) == (68_800_00, None)
    assert payment.client_secret is not None
    async with db.lease(till.pool) as conn:
        rail = await till.rails.of(conn, till.books)
    assert rail is not None
    assert payment.intent_id is not None
    await rail.v1.payment_intents.confirm_async(
        payment.intent_id, {"payment_method": "pm_card_visa"}
    )
    await till.later()
    for one in (first, second):
        assert (await till.invoice(one.id)).state == "paid"


async def test_an_invoice_has_one_live_attempt(busy_till: Till) -> None:
    invoice = await busy_till.issued()
    asked = Starting(invoice_ids=(invoice.id,))

    async def start() -> object:
        try:
            async with db.lease(busy_till.pool) as conn:
                return await operations.start_payment(
                    conn, busy_till.deal.buyer, busy_till.rails, asked
                )
        except model.PaymentUnderWay as refusal:
            return refusal

    came = await asyncio.gather(*(start() for _ in range(50)))
    assert sum(isinstance(one, model.FullOnlinePayment) for one in came) == 1
    refusals = [one for one in came if isinstance(one, model.PaymentUnderWay)]
    assert len(refusals) == 49
    assert invoice.number in refusals[0].detail("zh-CN")


async def test_only_what_is_being_paid_is_named_with_its_payment(till: Till) -> None:
    under_way, free = await till.issued(), await till.issued(1)
    payment = await till.started(under_way)
    with pytest.raises(model.PaymentUnderWay) as refused:
        await till.started(free, under_way)
    told = refused.value.detail("en")
    assert under_way.number in told
    assert str(payment.id) in told
    assert free.number not in told


@pytest.mark.parametrize("fault", list(Fault))
async def test_a_call_without_an_answer_is_asked_about_and_charges_once(
    till: Till, fault: Fault
) -> None:
    invoice = await till.issued()
    await till.control("faults", kind=fault, target="POST /v1/checkout/sessions", times=1)
    payment = await till.started(invoice)
    await till.turn()
    await till.later()

    payment = await till.read(payment.id)
    assert payment.state == PaymentState.PROCESSING
    await till.pays(payment)
    await till.later()
    async with db.lease(till.pool) as conn:
        rail = await till.rails.of(conn, till.books)
    assert rail is not None
    sessions = await rail.v1.checkout.sessions.list_async()
    charges = await rail.v1.charges.list_async()
    assert (len(sessions.data), len(charges.data)) == (1, 1)
    assert (await till.invoice(invoice.id)).state == "paid"


async def test_a_payment_is_called_off_at_stripe_and_another_may_begin(till: Till) -> None:
    invoice = await till.issued()
    payment = await till.presented(invoice)
    async with db.lease(till.pool) as conn:
        await operations.cancel_payment(conn, till.deal.buyer, payment.id)
    await till.turn()
    assert (await till.read(payment.id)).state == PaymentState.CANCELED
    answer = await till.pays(payment)
    assert answer.status_code == 402
    again = await till.paid(invoice)
    assert again.state == PaymentState.SUCCEEDED
    async with db.lease(till.pool) as conn:
        with pytest.raises(model.PaymentIsOver):
            await operations.cancel_payment(conn, till.deal.buyer, again.id)


async def test_what_is_called_off_after_a_lost_call_makes_no_page(till: Till) -> None:
    invoice = await till.issued()
    await till.control(
        "faults", kind=Fault.ERROR_BEFORE, target="POST /v1/checkout/sessions", times=1
    )
    payment = await till.started(invoice)
    await till.turn()
    assert (await till.read(payment.id)).state == PaymentState.UNKNOWN
    async with db.lease(till.pool) as conn:
        await operations.cancel_payment(conn, till.deal.buyer, payment.id)
    await till.later()
    assert (await till.read(payment.id)).state == PaymentState.UNKNOWN, "it may still turn up"
    async with db.lease(till.pool) as conn, db.act(conn, SYSTEM):
        await conn.execute("UPDATE online_payment SET called_at = called_at - interval '1 hour'")
    await till.later()
    assert (await till.read(payment.id)).state == PaymentState.CANCELED
    async with db.lease(till.pool) as conn:
        rail = await till.rails.of(conn, till.books)
    assert rail is not None
    assert (await rail.v1.checkout.sessions.list_async()).data == []


async def test_a_turn_that_breaks_off_is_told_in_the_log_and_the_next_goes_on(
    stocked: Clone, simulator: str
) -> None:
    async with stocked() as addresses:
        pool, owner = await db.open_pool(addresses.app), await asyncpg.connect(addresses.owner)
        async with stripe.till(pool, simulator) as till:
            await owner.execute(
                """CREATE FUNCTION breaks() RETURNS trigger LANGUAGE plpgsql AS $$
                   BEGIN RAISE check_violation; END $$;
                   CREATE TRIGGER breaks BEFORE UPDATE ON online_payment
                   FOR EACH ROW EXECUTE FUNCTION breaks()"""
            )
            payment = await till.started(await till.issued())
            await till.turn()
            assert (await till.read(payment.id)).state == PaymentState.CREATED
            await owner.execute("DROP TRIGGER breaks ON online_payment")
            await till.turn()
            assert (await till.read(payment.id)).state == PaymentState.PROCESSING
        pool.terminate()
        await owner.close()


async def test_only_who_pays_or_is_paid_starts_one(till: Till) -> None:
    invoice = await till.issued()
    asked = Starting(invoice_ids=(invoice.id,))
    async with db.lease(till.pool) as conn:
        with pytest.raises(model.OnlyBuyerPays):
            await operations.start_payment(conn, till.deal.leader, till.rails, asked)
        started = await operations.start_payment(conn, till.deal.finance, till.rails, asked)
    assert started.started_by == till.deal.finance.person_id


async def test_a_payer_pays_and_calls_off(till: Till) -> None:
    asked = Starting(invoice_ids=((await till.issued()).id,))
    async with db.lease(till.pool) as conn:
        payer = await identity.person(conn, till.deal.enterprise, Role.PAYER)
        started = await operations.start_payment(conn, payer, till.rails, asked)
        called_off = await operations.cancel_payment(conn, payer, started.id)
    assert called_off.cancel_asked_by == payer.person_id


@pytest.mark.parametrize("way", list(Way))
async def test_where_it_is_paid_is_shown_to_who_may_pay_it(till: Till, way: Way) -> None:
    invoice = await till.issued()
    payment = await till.started(invoice, way=way)
    await till.turn()
    deal = till.deal
    async with db.lease(till.pool) as conn:
        seats = [(deal.enterprise, Role.PAYER), (deal.enterprise, Role.SIGNATORY)]
        seats += [(deal.unit, Role.MEMBER), (deal.unit, Role.AUDITOR)]
        payer, *others = [await identity.person(conn, place, role) for place, role in seats]
        for reader in (deal.buyer, deal.finance, payer, deal.leader, *others):
            read = await operations.find_payment(conn, reader, payment.id)
            [listed] = await operations.payments_of(conn, reader, invoice.id)
            places = (read.pay_url or read.client_secret, listed.pay_url or listed.client_secret)
            may_pay = reader in (deal.buyer, deal.finance, payer)
            assert [place is not None for place in places] == [may_pay, may_pay], reader.roles
