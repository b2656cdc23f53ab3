"""What Stripe is asked for is made there once, and an attempt that it refuses keeps nothing."""

from __future__ import annotations

import asyncio
from typing import Any

from market.base import db
from market.money.payments.online import operations, presenting
from market.money.payments.online.model import PaymentState, Way
from market.money.payments.rails import Rail
from market.stripe_simulator.faults import Fault
from tests.world import money
from tests.world.stripe import Till


async def rail_of(till: Till) -> Rail:
    async with db.lease(till.pool) as conn:
        found = await till.rails.of(conn, till.books)
    assert found is not None
    return found


async def pages(till: Till) -> list[Any]:
    return (await (await rail_of(till)).v1.checkout.sessions.list_async()).data


async def test_before_it_is_asked_again_stripe_is_looked_through(till: Till) -> None:
    """No page is asked for a second time: one call was ordered to fail, and a second would too."""
    payment = await till.started(await till.issued())
    target = "POST /v1/checkout/sessions"
    await till.control("faults", kind=Fault.CUT_AFTER, target=target, times=1)
    await till.control("faults", kind=Fault.ERROR_BEFORE, target=target, times=9)
    await till.turn()
    assert (await till.read(payment.id)).state == PaymentState.UNKNOWN
    await till.later()
    seen = await till.read(payment.id)
    assert (seen.state, seen.checkout_id) == (
        PaymentState.PROCESSING,
        (await pages(till))[0].id,
    )


async def test_two_calls_at_once_make_one_page(busy_till: Till) -> None:
    """The second finds nothing yet, and asks under the same key."""
    payment = await busy_till.started(await busy_till.issued())
    await busy_till.control(
        "faults", kind=Fault.SLOW, target="POST /v1/checkout/sessions", times=1, seconds=1
    )
    rail = await rail_of(busy_till)
    await asyncio.gather(*(presenting.present(busy_till.pool, rail, payment.id) for _ in range(2)))
    await busy_till.later()
    assert len(await pages(busy_till)) == 1
    assert (await busy_till.read(payment.id)).state == PaymentState.PROCESSING


async def test_a_call_goes_under_the_payments_own_id(till: Till) -> None:
    payment = await till.started(await till.issued(), way=Way.INTENT)
    await till.turn()
    events = (await (await rail_of(till)).v1.events.list_async()).data
    made = [event.request for event in events if event.type == "payment_intent.created"]
    assert [request.idempotency_key for request in made if request] == [str(payment.id)]


async def test_what_stripe_refuses_has_failed_and_frees_its_invoice(till: Till) -> None:
    invoice = await till.issued()
    async with db.lease(till.pool) as conn:
        # Less is left than Stripe takes.
        await money.paid(conn, till.deal, invoice.id, invoice.amount_minor - 1)
    refused = await till.started(await till.invoice(invoice.id), way=Way.INTENT)
    await till.turn()
    seen = await till.read(refused.id)
    assert (seen.state, seen.decline_code) == (PaymentState.FAILED, "amount_too_small")
    again = await till.started(await till.invoice(invoice.id))
    assert again.id != refused.id


async def test_what_is_called_off_before_it_was_asked_for_is_never_asked_for(till: Till) -> None:
    invoice = await till.issued()
    payment = await till.started(invoice)
    async with db.lease(till.pool) as conn:
        await operations.cancel_payment(conn, till.deal.buyer, payment.id)
    await till.turn()
    assert (await till.read(payment.id)).state == PaymentState.CANCELED
    assert await pages(till) == []
    assert (await till.paid(invoice)).state == PaymentState.SUCCEEDED
