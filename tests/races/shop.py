"""The market at Stripe's simulator, and the lives of payments, refunds and chargebacks in it.

Each life does what its people and Stripe do, and insists: whoever is cut off comes again.
"""

from __future__ import annotations

import time
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

import asyncpg
import httpx
import stripe as sdk

from market.base import clock, db
from market.base.access import SYSTEM, Actor
from market.base.authentication import CSRF_HEADER, SESSION_COOKIE
from market.base.files import Shelf
from market.base.stripe_accounts import StripeAccount
from market.base.web import KEY_HEADER, csrf_token
from market.identity.sessions import operations as sessions
from market.money.invoicing.model import FullInvoice
from market.money.payments.online import operations as online
from market.money.payments.online.model import FullOnlinePayment
from market.money.payments.rails import Rail, Rails
from market.money.payments.stripe_events.operations import Intake
from tests.client import Market
from tests.money.payments.stripe_events.test_events import event, signed
from tests.races.cuts import Cutter, TellingHTTP, insist
from tests.world import card_refunds, invoicing
from tests.world.card_refunds import Paid
from tests.world.stripe import SILENCE_SECONDS, Till

INVOICES: Final = 20  # the first of them is paid, and credited
EACH_MINOR: Final = 86_000_00 // INVOICES
BUSY: Final = 503


class Counter(NamedTuple):
    """A till with invoices that nobody has paid yet; ``desk``: one was paid, and credited since."""

    till: Till
    left: list[FullInvoice]
    desk: Paid
    sessions: dict[UUID, str]


class Shop(NamedTuple):
    """The market, and one who watches over its database."""

    market: Market
    onlooker: asyncpg.Connection[Any]
    counters: list[Counter]
    simulator: str
    http: httpx.AsyncClient
    open: AsyncExitStack

    async def counter(self) -> Counter:
        """One where something is left to be paid."""
        if not self.counters or not self.counters[-1].left:
            self.counters.append(await self._founded())
        return self.counters[-1]

    async def _founded(self) -> Counter:
        pool = self.market.app.state.pool
        async with db.lease(pool) as conn:
            due_on = await clock.today(conn) + timedelta(days=10)
            instalments = [invoicing.dated(EACH_MINOR, due_on) for _ in range(INVOICES)]
            deal = await invoicing.fw01(conn, instalments=instalments)
            issued = [await invoicing.issued(conn, deal, place) for place in range(INVOICES)]
            people = (deal.buyer, deal.finance, deal.leader)
            opened = {actor.person_id: await _session(conn, actor) for actor in people}
        account = StripeAccount(
            unit=deal.unit.number_prefix or "",
            key=f"sk_test_{uuid4().hex}",
            webhook_secrets=(f"whsec_{uuid4().hex}",),
            api_base=self.simulator,
        )
        patience = httpx.Timeout(SILENCE_SECONDS)
        way_there = TellingHTTP(timeout=patience)
        self.open.push_async_callback(way_there.close_async)
        shelf = Shelf.of(self.market.app.state.settings)
        known = Rails([account], way_there, "http://127.0.0.1:1", shelf)
        till = Till(pool, deal, known, account, self.http, patience)
        self.market.app.state.rails = known
        self.market.app.state.stripe_intake = Intake(pool, known)
        desk = await card_refunds.credited(till)
        return Counter(till, issued[1:], desk, opened)


async def _session(conn: db.Connection, actor: Actor) -> str:
    opened = await sessions.open_session(
        conn, actor.person_id, organisation_id=actor.organisation_id, address=None, device=None
    )
    return str(opened.token)


class Life:
    """Something on its way, cut off once."""

    def __init__(self, shop: Shop, cutter: Cutter, counter: Counter) -> None:
        self.shop = shop
        self.cutter = cutter
        self.till = counter.till
        self.counter = counter

    async def does(
        self, who: Actor, method: str, path: str, *, seen: Any = None, **asked: Any
    ) -> Any:
        """Somebody's program keeps its key until it has its answer, which is returned.

        ``seen``: the version that he has read.
        """
        session = self.counter.sessions[who.person_id]
        headers = {
            "cookie": f"{SESSION_COOKIE}={session}",
            CSRF_HEADER: csrf_token(session),
            KEY_HEADER: str(uuid4()),
            **({} if seen is None else {"if-match": f'"{seen}"'}),
        }
        answered: list[httpx.Response] = []

        async def ask() -> bool:
            answer = await self.shop.market.client.request(
                method, path, json=asked or None, headers=headers
            )
            assert answer.is_success or answer.status_code == BUSY, answer.text
            answered.append(answer)
            return answer.is_success

        await insist(self.cutter, ask)
        return answered[-1].json()

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

    async def rail(self) -> Rail:
        async with db.lease(self.till.pool) as conn:
            found = await self.till.rails.of(conn, self.till.books)
        assert found is not None, "it has an account"
        return found

    async def only_payment(self, invoice_id: UUID) -> FullOnlinePayment:
        """The only one there is of the invoice."""
        async with db.lease(self.till.pool) as conn:
            buyer = self.till.deal.buyer
            [one] = await online.payments_of(conn, buyer, invoice_id)
            return await online.find_payment(conn, buyer, one.id)

    async def postings(self, column: str, value: UUID) -> int:
        """How many there are by lines of the balance that name it."""
        async with db.lease(self.till.pool) as conn, db.look(conn, SYSTEM):
            found: int = await conn.fetchval(
                f"""SELECT count(*) FROM stripe_line l
                    JOIN posting p ON p.cause = 'stripe_line:' || l.id
                    WHERE l.{column} = $1""",
                value,
            )
        return found


def named(some: sdk.ListObject[Any], kept_as: str, our_id: UUID) -> list[Any]:
    """What of these bears our name."""
    return [one for one in some.data if one.metadata.to_dict().get(kept_as) == str(our_id)]
