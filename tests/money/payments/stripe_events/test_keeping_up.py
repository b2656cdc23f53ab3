"""Each event is acted on when it is read, and what no event tells is asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from market import worker
from market.base import db
from market.base.embedded import Dsns
from market.money.payments.chargebacks import operations as chargebacks
from market.money.payments.chargebacks.model import Chargeback
from market.money.payments.online.model import PaymentState
from market.money.payments.stripe_events import keeping_up
from market.stripe_simulator.faults import Fault
from tests.conftest import Clone
from tests.money.payments.stripe_events.test_events import event, states, told
from tests.world import stripe
from tests.world.stripe import DISPUTED, Till


async def chargeback_of(till: Till) -> Chargeback:
    async with db.lease(till.pool) as conn:
        [found] = await chargebacks.list_chargebacks(conn, till.deal.finance, till.books)
    return found


async def test_an_event_of_a_payment_is_read_at_once(busy_till: Till) -> None:
    """No charge tells of it, and its own turn is not before a minute has passed."""
    payment = await busy_till.presented(await busy_till.issued())
    async with db.lease(busy_till.pool) as conn:
        rail = await busy_till.rails.of(conn, busy_till.books)
    assert rail is not None
    assert payment.checkout_id is not None
    await rail.v1.checkout.sessions.expire_async(payment.checkout_id)
    await busy_till.turn()
    assert (await busy_till.read(payment.id)).state == PaymentState.PROCESSING
    await told(busy_till, event("checkout.session.expired", payment.checkout_id))
    await busy_till.turn()
    assert (await busy_till.read(payment.id)).state == PaymentState.CANCELED


@pytest.mark.parametrize("is_heard", [True, False])
async def test_a_chargeback_is_followed_by_its_event_and_without_one(
    till: Till, is_heard: bool
) -> None:
    invoice = await till.issued()
    await till.paid(invoice, card=DISPUTED)
    await till.later()
    opened = await chargeback_of(till)
    await till.control("disputes/judge", dispute=opened.dispute_id, won="false")
    if is_heard:
        await told(till, event("charge.dispute.closed", opened.dispute_id))
        await till.turn()
    else:
        await till.later()
        assert (await chargeback_of(till)).state == "opened"
        await keeping_up.follow_up(till.pool, till.rails)
    assert (await chargeback_of(till)).state == "lost"
    assert (await till.invoice(invoice.id)).state == "open"


@pytest.fixture
async def addresses(stocked: Clone) -> AsyncIterator[Dsns]:
    async with stocked() as found:
        yield found


@pytest.mark.parametrize("fault", ["Stripe's", "ours"])
async def test_one_units_fault_keeps_no_other_unit(
    addresses: Dsns, simulator: str, fault: str
) -> None:
    pool, owner = await db.open_pool(addresses.app), await asyncpg.connect(addresses.owner)
    async with stripe.till(pool, simulator) as one, stripe.till(pool, simulator) as two:
        first, second = sorted((one, two), key=lambda each: each.account.unit)
        both = stripe.opened(first.account, second.account)
        payments = [await each.started(await each.issued()) for each in (first, second)]
        if fault == "ours":
            await owner.execute(
                f"""CREATE FUNCTION breaks() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN RAISE check_violation; END $$;
                    CREATE TRIGGER breaks BEFORE UPDATE ON online_payment
                    FOR EACH ROW WHEN (NEW.books_unit_id = '{first.books}')
                    EXECUTE FUNCTION breaks()"""
            )
        else:
            target = "GET /v1/balance_transactions"
            await first.control("faults", kind=Fault.ERROR_BEFORE, target=target, times=1)
        async with both as known:
            await keeping_up.keep_up(pool, known)
        assert (await second.read(payments[1].id)).state == PaymentState.PROCESSING
    pool.terminate()
    await owner.close()


async def test_what_is_read_is_forgotten_after_its_days_and_what_waits_is_not(
    addresses: Dsns, simulator: str
) -> None:
    pool, owner = await db.open_pool(addresses.app), await asyncpg.connect(addresses.owner)
    workers = await db.open_pool(addresses.worker)
    _, forget = worker.PERIODIC["stripe.forget_events"]
    async with stripe.till(pool, simulator) as till:
        await told(till, event("customer.created", "cus_old"))
        await till.turn()
        await told(till, event("charge.updated", "ch_waits"))
        await owner.execute(
            "UPDATE stripe_event SET received_at = received_at - interval '61 days'"
        )
        await told(till, event("customer.updated", "cus_new"))
        await forget(workers)
        assert await states(till) == [
            ("charge.updated", "waiting"),
            ("customer.updated", "waiting"),
        ]
    pool.terminate()
    workers.terminate()
    await owner.close()
