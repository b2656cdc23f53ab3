"""A payment is asked for a thousand times under one key, and Stripe knocks with its events."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import msgspec
import stripe as sdk

from market.base import db
from market.base.embedded import Dsns
from market.money.payments.online.model import PaymentState
from tests.money.payments.stripe_events.test_events import event
from tests.world import site, stripe

SENDS = 1_000
AT_ONCE = 25


async def test_a_thousand_sends_under_one_key_charge_and_book_once(
    fresh_database: object, simulator: str, tmp_path: Path
) -> None:
    addresses: Dsns = await fresh_database()  # type: ignore[operator]
    pool = await db.open_pool(addresses.app)
    async with stripe.till(pool, simulator) as till:
        accounts = tmp_path / "stripe.json"
        accounts.write_bytes(msgspec.json.encode([till.account]))
        accounts.chmod(0o600)
        given = {"MARKET_STRIPE_ACCOUNTS": str(accounts)}
        invoice = await till.issued()
        async with site.opened(addresses, tmp_path, **given) as market:
            gate = asyncio.Semaphore(AT_ONCE)
            wearing = await market.dressed(till.deal.buyer)

            async def send() -> tuple[int, bytes]:
                async with gate:
                    answer = await wearing.post(
                        "/v1/online-payments",
                        json={"invoice_ids": [str(invoice.id)]},
                        headers={"Idempotency-Key": "pay-once-and-for-all"},
                    )
                return answer.status_code, answer.content

            answers = await asyncio.gather(*(send() for _ in range(SENDS)))
            made = {body for status, body in answers if status == 201}
            assert {status for status, _ in answers} <= {201, 409}
            assert len(made) == 1
            assert (await send()) == (201, min(made))
            await till.turn()
            payment = await till.read(msgspec.json.decode(made.pop())["id"])
            await till.pays(payment)

            told = event("checkout.session.completed", payment.checkout_id or "")
            door = f"/stripe/{till.account.unit}/events"
            secret = till.account.webhook_secrets[0]
            stamp = int(time.time())
            right = sdk.WebhookSignature.generate_signature_header(
                told.decode(), secret, timestamp=stamp
            )
            foreign = [b"t=%d,v1=\xff" % stamp, f"t={stamp},v1=é".encode()]
            wrong = [(each, 400) for each in ["t=1,v1=0", *foreign]]
            for header, expected in [(right, 200), (right, 200), *wrong]:
                answer = await wearing.post(
                    door, content=told, headers={"Stripe-Signature": header}
                )
                assert answer.status_code == expected, answer.text
            elsewhere = await wearing.post(
                "/stripe/NOBODY/events", content=told, headers={"Stripe-Signature": right}
            )
            assert elsewhere.status_code == 400
            await wearing.aclose()
        await till.turn()
        assert (await till.read(payment.id)).state == PaymentState.SUCCEEDED
        assert (await till.invoice(invoice.id)).state == "paid"
        async with db.lease(pool) as conn:
            rail = await till.rails.of(conn, till.books)
            assert rail is not None
        assert len((await rail.v1.charges.list_async()).data) == 1
        assert await till.balance("receivable", till.deal.enterprise.id) == 0
    await db.close_pool(pool)
