"""Two hundred want to pay one invoice at once, by card and by bank: nobody pays it twice unseen."""

from __future__ import annotations

import asyncio

from market.base import db
from market.base.access import Actor
from market.base.errors import Conflict
from market.money.payments.online import operations
from market.money.payments.online.model import FullOnlinePayment, PaymentState, Starting
from market.money.payments.stripe_events import keeping_up
from tests.money.payments.conftest import busy_till as till
from tests.world.stripe import Till

__all__ = ["till"]

RIVALS = 200


async def test_of_two_hundred_one_attempt_lives_and_the_bank_calls_it_off(till: Till) -> None:
    invoice = await till.issued()
    asked = Starting(invoice_ids=(invoice.id,))

    async def start(actor: Actor) -> FullOnlinePayment | Conflict:
        try:
            return await db.retrying(
                till.pool,
                lambda conn: operations.start_payment(conn, actor, till.rails, asked),
            )
        except Conflict as refusal:
            return refusal

    actors = [till.deal.buyer, till.deal.finance] * (RIVALS // 2)
    *came, _ = await asyncio.gather(
        *(start(actor) for actor in actors),
        till.pay_by_bank(invoice),
    )
    started = [one for one in came if isinstance(one, FullOnlinePayment)]
    assert len(started) <= 1
    assert len(came) == RIVALS
    await till.turn()
    assert (await till.invoice(invoice.id)).state == "paid"
    assert await till.balance("receivable", till.deal.enterprise.id) == 0
    for payment in started:
        async with db.lease(till.pool) as conn:
            await operations.cancel_payment(conn, till.deal.buyer, payment.id)
        await till.turn()
        assert (await till.read(payment.id)).state == PaymentState.CANCELED


async def test_many_turns_at_once_charge_and_book_once(till: Till) -> None:
    invoice = await till.issued()
    payment = await till.started(invoice)
    await asyncio.gather(*(keeping_up.keep_up(till.pool, till.rails) for _ in range(4)))
    payment = await till.read(payment.id)
    await till.pays(payment)
    async with db.lease(till.pool) as conn:
        rail = await till.rails.of(conn, till.books)
    assert rail is not None
    assert payment.checkout_id is not None

    await asyncio.gather(*(till.later() for _ in range(4)))
    sessions = await rail.v1.checkout.sessions.list_async()
    assert len(sessions.data) == 1
    assert (await till.invoice(invoice.id)).state == "paid"
    fee = await till.balance("stripe_fees")
    assert await till.balance("stripe_balance") == 25_800_00 - fee
