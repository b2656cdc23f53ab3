"""Events are verified, kept once, answered at once; and what they are about is read anew."""

from __future__ import annotations

import json
import time
from itertools import permutations
from typing import Any, Final

import pytest
import stripe as sdk

from market.base import db
from market.base.access import SYSTEM
from market.money.payments.stripe_events import keeping_up
from market.money.payments.stripe_events.model import SignatureWrong
from market.money.payments.stripe_events.operations import Intake, verified
from tests.world.stripe import Till


def event(name: str, object_id: str, number: str = "1") -> bytes:
    told: dict[str, Any] = {
        "id": f"evt_{number}_{object_id}",
        "object": "event",
        "type": name,
        "data": {"object": {"id": object_id, "object": name.split(".")[0]}},
    }
    return json.dumps(told).encode()


def signed(payload: bytes, secret: str, at: float | None = None) -> str:
    stamp = int(at if at is not None else time.time())
    header: str = sdk.WebhookSignature.generate_signature_header(
        payload.decode(), secret, timestamp=stamp
    )
    return header


async def told(till: Till, payload: bytes) -> bool:
    intake = Intake(till.pool, till.rails)
    signature = signed(payload, till.account.webhook_secrets[0])
    return (await intake.receive(till.account.unit, payload, signature)).new


async def states(till: Till) -> list[tuple[str, str]]:
    async with db.lease(till.pool) as conn, db.look(conn, SYSTEM):
        records = await conn.fetch(
            "SELECT name, reading FROM stripe_event WHERE books_unit_id = $1 ORDER BY name",
            till.books,
        )
    return [tuple(record) for record in records]


async def test_an_event_is_kept_once_and_only_with_stripes_signature(till: Till) -> None:
    payload = event("payment_intent.succeeded", "pi_1")
    assert await told(till, payload)
    assert not await told(till, payload)
    secrets = till.account.webhook_secrets
    secret = secrets[0]
    for header in (
        None,
        "",
        "t=1,v1=00",
        f"t={int(time.time())},v1=é",
        signed(payload, "whsec_anothers_secret"),
        signed(payload, secret, at=time.time() - 3600),
        signed(payload + b" ", secret),
    ):
        with pytest.raises(SignatureWrong):
            verified(secrets, payload, header)
    endless, nul = event("x" * 101, "pi_1"), event("charge.updated", "pi_\0")
    for body in (b"", b"{}", b"[]", b"\xff", b'{"id": 1}', endless, nul, nul[:9] + b"\0" + nul[9:]):
        header = signed(b"{}", secret) if body == b"\xff" else signed(body, secret)
        with pytest.raises(SignatureWrong):
            verified(secrets, body, header)


async def test_an_event_leads_to_the_payment_and_foreign_ones_are_parked(till: Till) -> None:
    invoice = await till.issued()
    payment = await till.presented(invoice)
    await till.pays(payment)
    assert payment.checkout_id is not None
    await told(till, event("checkout.session.completed", payment.checkout_id))
    await told(till, event("customer.created", "cus_1"))
    await till.turn()
    assert (await till.invoice(invoice.id)).state == "paid"
    assert await states(till) == [
        ("checkout.session.completed", "read"),
        ("customer.created", "parked"),
    ]


ORDERS: Final = list(
    permutations(
        ["payment_intent.succeeded", "charge.updated", "charge.refunded", "charge.dispute.created"]
    )
)


# Each order, doubled as it is below, and one of them missing in turn.
@pytest.mark.parametrize(
    ("order", "missing"), [(order, place % 5) for place, order in enumerate(ORDERS)]
)
async def test_no_order_no_double_and_no_loss_changes_what_is_booked(
    till: Till, order: tuple[str, ...], missing: int
) -> None:
    """Paid, refunded on Stripe's dashboard and disputed before the market hears of any of it."""
    invoice = await till.issued()
    payment = await till.presented(invoice)
    await till.pays(payment)
    async with db.lease(till.pool) as conn:
        rail: Any = await till.rails.of(conn, till.books)
    [charge] = (await rail.v1.charges.list_async()).data
    await rail.v1.refunds.create_async({"charge": charge.id, "amount": 800_00})
    await till.control("disputes", charge=charge.id, amount=1_000_00)
    [dispute] = (await rail.v1.disputes.list_async()).data
    names = [name for place, name in enumerate(order) if place != missing]
    about = {
        "payment_intent.succeeded": charge.payment_intent,
        "charge.dispute.created": dispute.id,
    }
    for number in ("1", "2", "1"):
        for name in names:
            await told(till, event(name, about.get(name, charge.id), number))
        await keeping_up.keep_up(till.pool, till.rails)
    await till.later()
    assert (await till.invoice(invoice.id)).state == "paid"
    balance = await rail.v1.balance.retrieve_async()
    held = sum(part.amount for part in [*balance.available, *balance.pending])
    assert await till.balance("stripe_balance") == held
    fee = await till.balance("stripe_fees")
    assert held == 25_800_00 - 800_00 - 1_000_00 - fee
    assert await till.balance("stripe_disputed") == 1_000_00
    assert await till.balance("suspense") == -800_00
    assert await till.balance("receivable", till.deal.enterprise.id) == 0
