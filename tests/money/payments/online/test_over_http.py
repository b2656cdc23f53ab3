"""A payment is asked for again and again, under one key and under many, and Stripe knocks.

``--sends`` and ``--rivals`` say how often; `make soak` has ten thousand and two thousand.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple

import httpx
import msgspec
import pytest
import stripe as sdk

from market.base import db
from market.base.access import Role
from market.base.embedded import Dsns
from market.money.invoicing.model import FullInvoice
from market.money.payments.online.model import PaymentState
from tests.conftest import Clone
from tests.money.payments.stripe_events.test_events import event
from tests.world import identity, site, stripe
from tests.world.stripe import Till

AT_ONCE: Final = 25
TOLD_EVERY: Final = 1_000
MOST_SECONDS: Final = 900
BUSY: Final = 503
Answer = tuple[int, bytes]


class Door(NamedTuple):
    """An invoice that is to be paid, and the site at which people ask to."""

    till: Till
    invoice: FullInvoice
    site: site.Site
    printed: pytest.CaptureFixture[str]

    async def asks(self, wearing: httpx.AsyncClient, key: str) -> Answer:
        """A payment by card; who is told that the market is busy comes again."""
        while True:
            answer = await wearing.post(
                "/v1/online-payments",
                json={"invoice_ids": [str(self.invoice.id)]},
                headers={"Idempotency-Key": key},
            )
            if answer.status_code != BUSY:
                return answer.status_code, answer.content
            await asyncio.sleep(float(answer.headers["Retry-After"]))

    async def many(self, times: int, send: Callable[[int], Awaitable[Answer]]) -> list[Answer]:
        """Some of them at once; tells how far it is where it is long."""
        gate, answered = asyncio.Semaphore(AT_ONCE), 0

        async def one(number: int) -> Answer:
            nonlocal answered
            async with gate:
                answer = await send(number)
            answered += 1
            if answered % TOLD_EVERY == 0 and times > TOLD_EVERY:
                with self.printed.disabled():
                    print(f"{answered} / {times}", flush=True)
            return answer

        async with asyncio.timeout(MOST_SECONDS):
            return await asyncio.gather(*(one(number) for number in range(times)))


@pytest.fixture
async def door(
    stocked: Clone, simulator: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[Door]:
    async with stocked() as addresses, _opened(addresses, simulator, tmp_path, capsys) as opened:
        yield opened


@asynccontextmanager
async def _opened(
    addresses: Dsns, simulator: str, folder: Path, printed: pytest.CaptureFixture[str]
) -> AsyncIterator[Door]:
    pool = await db.open_pool(addresses.app)
    async with stripe.till(pool, simulator) as till:
        accounts = folder / "stripe.json"
        accounts.write_bytes(msgspec.json.encode([till.account]))
        accounts.chmod(0o600)
        given = {"MARKET_STRIPE_ACCOUNTS": str(accounts)}
        invoice = await till.issued()
        async with site.opened(addresses, folder, **given) as market:
            yield Door(till, invoice, market, printed)
    await db.close_pool(pool)


async def test_many_sends_under_one_key_charge_and_book_once(
    door: Door, request: pytest.FixtureRequest
) -> None:
    till, sends = door.till, request.config.getoption("--sends")
    wearing = await door.site.dressed(till.deal.buyer)

    async def send(_: int) -> Answer:
        return await door.asks(wearing, "pay-once-and-for-all")

    answers = await door.many(sends, send)
    made = {body for status, body in answers if status == 201}
    assert {status for status, _ in answers} <= {201, 409}
    assert len(made) == 1
    assert (await send(0)) == (201, min(made))
    await till.turn()
    payment = await till.read(msgspec.json.decode(made.pop())["id"])
    await till.pays(payment)

    told = event("checkout.session.completed", payment.checkout_id or "")
    path = f"/stripe/{till.account.unit}/events"
    secret = till.account.webhook_secrets[0]
    stamp = int(time.time())
    right = sdk.WebhookSignature.generate_signature_header(told.decode(), secret, timestamp=stamp)
    foreign = [b"t=%d,v1=\xff" % stamp, f"t={stamp},v1=é".encode()]
    wrong = [(each, 400) for each in ["t=1,v1=0", *foreign]]
    for header, expected in [(right, 200), (right, 200), *wrong]:
        answer = await wearing.post(path, content=told, headers={"Stripe-Signature": header})
        assert answer.status_code == expected, answer.text
    elsewhere = await wearing.post(
        "/stripe/NOBODY/events", content=told, headers={"Stripe-Signature": right}
    )
    assert elsewhere.status_code == 400
    await wearing.aclose()
    await till.turn()
    assert (await till.read(payment.id)).state == PaymentState.SUCCEEDED
    assert (await till.invoice(door.invoice.id)).state == "paid"
    assert await _charges(till) == 1
    assert await till.balance("receivable", till.deal.enterprise.id) == 0


async def test_of_rivals_with_keys_of_their_own_one_attempt_lives(
    door: Door, request: pytest.FixtureRequest
) -> None:
    """Two people of the buyer, and in the midst of them the bank, which pays the invoice."""
    till, rivals = door.till, request.config.getoption("--rivals")
    async with db.lease(till.pool) as conn:
        other = await identity.person(conn, till.deal.enterprise, Role.BUYER)
    clients = [await door.site.dressed(actor) for actor in (till.deal.buyer, other)]

    async def send(number: int) -> Answer:
        if number == rivals // 2:
            await till.pay_by_bank(door.invoice)
        return await door.asks(clients[number % 2], f"rival-{number}")

    answers = await door.many(rivals, send)
    for client in clients:
        await client.aclose()
    made = [msgspec.json.decode(body)["id"] for status, body in answers if status == 201]
    assert {status for status, _ in answers} <= {201, 409}
    assert len(made) == 1
    await till.turn()
    paid = await till.invoice(door.invoice.id)
    assert (paid.state, paid.paid_minor) == ("paid", paid.amount_minor)
    assert await _charges(till) == 0
    assert await till.balance("receivable", till.deal.enterprise.id) == 0


async def _charges(till: Till) -> int:
    async with db.lease(till.pool) as conn:
        rail = await till.rails.of(conn, till.books)
    assert rail is not None
    return len((await rail.v1.charges.list_async()).data)
