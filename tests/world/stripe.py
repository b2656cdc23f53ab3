"""A unit that is paid by card: its account at a simulator, and the payers in front of its pages.

``till = await stripe.till(pool, simulator)``, then ``payment = await till.started(invoice)``.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

import httpx

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection, Pool
from market.base.stripe_accounts import StripeAccount
from market.money.invoicing import operations as invoicing_operations
from market.money.invoicing.model import FullInvoice
from market.money.payments import rails
from market.money.payments.online import operations
from market.money.payments.online.model import FullOnlinePayment, Starting, Way
from market.money.payments.rails import Rails
from market.money.payments.stripe_events import keeping_up
from tests.world import invoicing, money
from tests.world.invoicing import Deal

# The simulator is silent when a test asks for it, and else answers within a moment.
SILENCE_SECONDS: Final = 1.5
VISA: Final = "4242424242424242"
DECLINED: Final = "4000000000000002"
ASKS_ITS_HOLDER: Final = "4000002760003184"
DISPUTED: Final = "4000000000000259"


class Till:
    """A contract whose unit takes cards; ``pool`` is the application's, as the worker has one."""

    def __init__(
        self, pool: Pool, deal: Deal, known: Rails, account: StripeAccount, http: httpx.AsyncClient
    ) -> None:
        self.pool = pool
        self.deal = deal
        self.rails = known
        self.account = account
        self.http = http

    @property
    def books(self) -> UUID:
        return self.deal.unit.id

    async def control(self, act: str, **fields: object) -> Any:
        """Use a control of the simulator, on this account."""
        data = {name: str(value) for name, value in fields.items()}
        if act not in ("clock", "faults", "faults/clear", "posting"):
            data["key"] = self.account.key
        answer = await self.http.post(f"{self.account.api_base}/_simulator/{act}", data=data)
        assert answer.is_success, answer.text
        return answer.json()

    async def issued(self, place: int = 0) -> FullInvoice:
        async with db.lease(self.pool) as conn:
            return await invoicing.issued(conn, self.deal, place)

    async def started(self, *owed: FullInvoice, way: Way = Way.CHECKOUT) -> FullOnlinePayment:
        asked = Starting(invoice_ids=tuple(invoice.id for invoice in owed), way=way)
        async with db.lease(self.pool) as conn:
            return await operations.start_payment(conn, self.deal.buyer, self.rails, asked)

    async def turn(self) -> None:
        """The worker's turns, until nothing is left for now."""
        while await keeping_up.keep_up(self.pool, self.rails):
            pass

    async def read(self, payment_id: UUID) -> FullOnlinePayment:
        async with db.lease(self.pool) as conn:
            return await operations.find_payment(conn, self.deal.buyer, payment_id)

    async def invoice(self, invoice_id: UUID) -> FullInvoice:
        async with db.lease(self.pool) as conn:
            return await invoicing_operations.find_invoice(conn, self.deal.buyer, invoice_id)

    async def presented(self, *owed: FullInvoice) -> FullOnlinePayment:
        payment = await self.started(*owed)
        await self.turn()
        return await self.read(payment.id)

    async def pays(self, payment: FullOnlinePayment, card: str = VISA) -> httpx.Response:
        """Somebody pays on Stripe's page, and his bank lets him where it asks."""
        assert payment.pay_url is not None
        answer = await self.http.post(payment.pay_url, data={"type": "card", "number": card})
        if answer.status_code == 303 and "/authenticate/" in answer.headers["location"]:
            bank = answer.headers["location"]
            answer = await self.http.post(bank, data={"passed": "yes"})
        return answer

    async def paid(self, *owed: FullInvoice, card: str = VISA) -> FullOnlinePayment:
        """Invoices that were paid by card, booked."""
        payment = await self.presented(*owed)
        await self.pays(payment, card)
        await self.later()
        return await self.read(payment.id)

    async def pay_by_bank(self, invoice: FullInvoice) -> None:
        """The buyer's bank pays the invoice under its payment code."""
        async with db.lease(self.pool) as conn:
            bank = await money.bank(conn, self.deal)
            paid = money.Line(
                invoice.amount_minor, self.deal.enterprise.name_zh, invoice.payment_code
            )
            await money.imported(conn, bank, [paid])

    async def later(self) -> None:
        """As if enough time had passed for everything to be looked at again."""
        async with db.lease(self.pool) as conn, db.act(conn, SYSTEM):
            await conn.execute("UPDATE online_payment SET next_try_at = created_at")
            await conn.execute("UPDATE stripe_bookmark SET read_at = read_at - interval '1 hour'")
        await self.turn()

    async def balance(self, kind: str, subject: UUID | None = None) -> int:
        async with db.lease(self.pool) as conn:
            return await money.balance(conn, self.books, kind, subject)


@asynccontextmanager
async def till(pool: Pool, address: str) -> AsyncIterator[Till]:
    async with db.lease(pool) as conn:
        deal = await _deal(conn)
    assert deal.unit.number_prefix is not None
    account = StripeAccount(
        unit=deal.unit.number_prefix,
        key=f"sk_test_{secrets.token_hex(6)}",
        webhook_secrets=(f"whsec_{secrets.token_hex(12)}",),
        api_base=address,
    )
    opened = rails.opened([account], "http://127.0.0.1:1", timeout_seconds=SILENCE_SECONDS)
    async with opened as known, httpx.AsyncClient(trust_env=False) as http:
        yield Till(pool, deal, known, account, http)


async def _deal(conn: Connection) -> Deal:
    return await invoicing.fw01(conn)
