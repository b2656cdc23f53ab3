"""A payment online is cut off anywhere on its way, and ends as one charge and one posting.

A sample of the boundaries each time, every one of them both ways with ``--every-point``.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import product
from typing import Any, Final, NamedTuple
from uuid import uuid4

import asyncpg
import httpx
import pytest

from market.auditor import audit
from market.base import clock, db
from market.base.access import SYSTEM
from market.base.authentication import CSRF_HEADER, SESSION_COOKIE
from market.base.stripe_accounts import StripeAccount
from market.base.web import KEY_HEADER, csrf_token
from market.identity.sessions import operations as sessions
from market.money.invoicing.model import FullInvoice
from market.money.payments.online import operations as online
from market.money.payments.online.model import FullOnlinePayment, PaymentState, Way
from market.money.payments.rails import METADATA, Rails
from market.money.payments.stripe_events.operations import Intake
from market.stripe_simulator.app import serving as simulating
from tests.client import Market, serving
from tests.conftest import Clone
from tests.money.payments.stripe_events.test_events import event, signed
from tests.races import statements
from tests.races.cuts import WAYS, Cutter, TellingHTTP, insist
from tests.races.cuts import Way as CutBy
from tests.world import invoicing
from tests.world.stripe import SILENCE_SECONDS, VISA, Till

INVOICES: Final = 20
EACH_MINOR: Final = 86_000_00 // INVOICES
NOWHERE: Final = -1
# Of the boundaries without a call to Stripe; those of the calls are all in the sample.
SAMPLE_EVERY: Final = 29
BUSY: Final = 503


class Shop(NamedTuple):
    """The market at Stripe's simulator, and one who watches over its database."""

    market: Market
    onlooker: asyncpg.Connection[Any]
    tills: list[tuple[Till, list[FullInvoice], str]]
    simulator: str
    http: httpx.AsyncClient
    open: AsyncExitStack

    async def next_invoice(self) -> tuple[Till, FullInvoice, str]:
        if not self.tills or not self.tills[-1][1]:
            self.tills.append(await self._founded())
        till, left, session = self.tills[-1]
        self.market.app.state.rails = till.rails
        self.market.app.state.stripe_intake = Intake(till.pool, till.rails)
        return till, left.pop(), session

    async def _founded(self) -> tuple[Till, list[FullInvoice], str]:
        pool = self.market.app.state.pool
        async with db.lease(pool) as conn:
            due_on = await clock.today(conn) + timedelta(days=10)
            instalments = [invoicing.dated(EACH_MINOR, due_on) for _ in range(INVOICES)]
            deal = await invoicing.fw01(conn, instalments=instalments)
            issued = [await invoicing.issued(conn, deal, place) for place in range(INVOICES)]
            buyer = deal.buyer
            opened = await sessions.open_session(
                conn,
                buyer.person_id,
                organisation_id=buyer.organisation_id,
                address=None,
                device=None,
            )
        account = StripeAccount(
            unit=deal.unit.number_prefix or "",
            key=f"sk_test_{uuid4().hex}",
            webhook_secrets=(f"whsec_{uuid4().hex}",),
            api_base=self.simulator,
        )
        way_there = TellingHTTP(timeout=SILENCE_SECONDS)
        self.open.push_async_callback(way_there.close_async)
        known = Rails([account], way_there, "http://127.0.0.1:1")
        return Till(pool, deal, known, account, self.http), issued, str(opened.token)


class Life:
    """One payment on its way, cut off once."""

    def __init__(self, shop: Shop, cutter: Cutter, till: Till, invoice: FullInvoice) -> None:
        self.shop = shop
        self.cutter = cutter
        self.till = till
        self.invoice = invoice

    async def asks_for_it(self, session: str, way: Way) -> None:
        """The buyer's program keeps its key until it has its answer."""
        headers = {
            "cookie": f"{SESSION_COOKIE}={session}",
            CSRF_HEADER: csrf_token(session),
            KEY_HEADER: str(uuid4()),
        }
        asked = {"invoice_ids": [str(self.invoice.id)], "way": way}

        async def ask() -> bool:
            answer = await self.shop.market.client.post(
                "/v1/online-payments", json=asked, headers=headers
            )
            assert answer.status_code in (201, BUSY), answer.text
            return answer.status_code != BUSY

        await insist(self.cutter, ask)

    async def works(self) -> None:
        async def turn() -> bool:
            await self.till.turn()
            return True

        await insist(self.cutter, turn)

    async def hears(self, name: str, object_id: str) -> None:
        """Stripe sends an event again until it is taken."""
        payload = event(name, object_id)
        header = signed(payload, self.till.account.webhook_secrets[0], time.time())

        async def send() -> bool:
            answer = await self.shop.market.client.post(
                f"/stripe/{self.till.account.unit}/events",
                content=payload,
                headers={"Stripe-Signature": header},
            )
            assert answer.status_code in (200, BUSY), answer.text
            return answer.status_code != BUSY

        await insist(self.cutter, send)

    async def payment(self) -> FullOnlinePayment:
        """The only one there is of the invoice."""
        async with db.lease(self.till.pool) as conn:
            buyer = self.till.deal.buyer
            [one] = await online.payments_of(conn, buyer, self.invoice.id)
            return await online.find_payment(conn, buyer, one.id)

    async def presented(self) -> FullOnlinePayment:
        payment = await self.payment()
        if payment.state != PaymentState.PROCESSING:
            await self.till.later()
            payment = await self.payment()
        assert payment.state == PaymentState.PROCESSING
        return payment

    async def ended(self) -> None:
        """One charge, one line, one posting, nothing open, nothing unknown."""
        await self.till.later()
        payment = await self.payment()
        assert (payment.state, payment.pay_url) == (PaymentState.SUCCEEDED, None)
        invoice = await self.till.invoice(self.invoice.id)
        assert (invoice.state, invoice.paid_minor) == ("paid", invoice.amount_minor)
        assert await self._made_at_stripe(payment) == (int(payment.way == Way.CHECKOUT), 1, 1)
        async with db.lease(self.till.pool) as conn, db.look(conn, SYSTEM):
            posted = await conn.fetch(
                """SELECT p.id FROM stripe_line l JOIN posting p ON p.cause = 'stripe_line:' || l.id
                   WHERE l.online_payment_id = $1""",
                payment.id,
            )
        assert len(posted) == 1

    async def _made_at_stripe(self, payment: FullOnlinePayment) -> tuple[int, int, int]:
        """How many pages, intents and charges bear its name."""
        async with db.lease(self.till.pool) as conn:
            rail = await self.till.rails.of(conn, self.till.books)
        assert rail is not None
        asked: Any = {"limit": 100}
        made = (
            (await rail.v1.checkout.sessions.list_async(asked)).data,
            (await rail.v1.payment_intents.list_async(asked)).data,
            (await rail.v1.charges.list_async(asked)).data,
        )
        pages, intents, charges = (sum(_names(one, payment) for one in some) for some in made)
        return pages, intents, charges


def _names(made: Any, payment: FullOnlinePayment) -> bool:
    return bool(made.metadata.to_dict().get(METADATA) == str(payment.id))


async def by_checkout(life: Life, session: str) -> None:
    await life.asks_for_it(session, Way.CHECKOUT)
    await life.works()
    payment = await life.presented()
    await life.till.pays(payment, VISA)
    await life.hears("checkout.session.completed", payment.checkout_id or "")
    await life.works()


async def by_intent(life: Life, session: str) -> None:
    await life.asks_for_it(session, Way.INTENT)
    await life.works()
    payment = await life.presented()
    async with db.lease(life.till.pool) as conn:
        rail = await life.till.rails.of(conn, life.till.books)
    assert rail is not None
    assert payment.intent_id is not None
    confirmed: Any = {"payment_method": "pm_card_visa"}
    await rail.v1.payment_intents.confirm_async(payment.intent_id, confirmed)
    await life.hears("payment_intent.succeeded", payment.intent_id)
    await life.works()


FLOWS: Final[dict[str, Callable[[Life, str], Awaitable[None]]]] = {
    "checkout": by_checkout,
    "intent": by_intent,
}


@pytest.fixture(scope="module")
async def shop(clone: Clone, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """At the end nothing that was cut off has left a fault behind."""
    async with (
        serving(clone, tmp_path_factory.mktemp("cuts")) as market,
        simulating() as simulator,
        httpx.AsyncClient(trust_env=False) as http,
        AsyncExitStack() as still_open,
        statements.pool(market.addresses.app) as pool,
    ):
        usual, market.app.state.pool = market.app.state.pool, pool
        onlooker = await asyncpg.connect(market.addresses.owner)
        yield Shop(market, onlooker, [], simulator.address, http, still_open)
        await onlooker.close()
        market.app.state.pool = usual
        report = await audit.run(market.addresses.auditor)
        assert report.faults == []


async def lived(shop: Shop, flow: str, at: int, way: CutBy) -> Cutter:
    """The flow, cut off there and gone on with to its end."""
    till, invoice, session = await shop.next_invoice()

    async def order_fault(kind: str) -> None:
        await till.control("faults", kind=kind, target="*", times=1)

    cutter = Cutter(shop.onlooker, order_fault, at, way)
    life = Life(shop, cutter, till, invoice)
    try:
        await FLOWS[flow](life, session)
        await life.ended()
    except AssertionError as fault:
        pytest.fail(f"{way} {cutter.place}: {fault}")
    return cutter


def chosen(places: Sequence[str], *, every: bool) -> list[tuple[int, CutBy]]:
    if every:
        return list(product(range(len(places)), WAYS))
    calls = [at for at, place in enumerate(places) if "/v1/" in place]
    others = [at for at in range(len(places)) if at not in calls][::SAMPLE_EVERY]
    return [(at, WAYS[turn % 2]) for turn, at in enumerate([*calls, *others])]


@pytest.mark.parametrize("flow", FLOWS)
async def test_wherever_it_is_cut_off_a_payment_charges_and_books_once(
    shop: Shop, request: pytest.FixtureRequest, flow: str
) -> None:
    places = (await lived(shop, flow, NOWHERE, "cut")).met
    for at, way in chosen(places, every=request.config.getoption("--every-point")):
        await lived(shop, flow, at, way)
