"""People and Stripe, who pay, refund and dispute, and who come again until they have an answer.

A life is over when everything it began has come to its end; ``whole`` holds what is then in the
books against what Stripe has.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import httpx

from market.base import clock, db
from market.base.access import Actor
from market.base.authentication import CSRF_HEADER, SESSION_COOKIE
from market.base.web import KEY_HEADER, csrf_token
from market.demo.client import key_of
from market.identity.sessions import operations as sessions
from tests.crash.evidence import Broken
from tests.crash.rig import KEY, Rig
from tests.world import contracts, invoicing
from tests.world.invoicing import Deal
from tests.world.stripe import VISA

INVOICES: Final = 20
EACH_MINOR: Final = 86_000_00 // INVOICES
BACK_MINOR: Final = 12_34
LOOK_SECONDS: Final = 0.05
PATIENCE_SECONDS: Final = 180
BUSY: Final = httpx.codes.SERVICE_UNAVAILABLE
TAKEN: Final = httpx.codes.CONFLICT


class Cast:
    """Who acts, as whom the market knows him, and what is left to be paid."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.deal: Deal | None = None
        self.left: list[UUID] = []
        self.sessions: dict[UUID, str] = {}
        self.acknowledged: dict[str, Any] = {}
        self.numbers = 0

    @property
    def people(self) -> Deal:
        assert self.deal is not None, "the first contract is signed"
        return self.deal

    async def sign(self) -> None:
        """Another contract of the same two, with its invoices."""
        conn = await db.connect(self.rig.addresses.app)
        due_on = await clock.today(conn) + timedelta(days=10)
        instalments = [invoicing.dated(EACH_MINOR, due_on) for _ in range(INVOICES)]
        people = self.deal.cast if self.deal else await contracts.cast(conn)
        drafted = await invoicing.drafted(conn, instalments, people=people)
        self.deal = await invoicing.in_force(conn, drafted)
        issued = [await invoicing.issued(conn, self.deal, place) for place in range(INVOICES)]
        self.left += [invoice.id for invoice in issued]
        for actor in (self.deal.buyer, self.deal.finance, self.deal.leader):
            opened = await sessions.open_session(
                conn,
                actor.person_id,
                organisation_id=actor.organisation_id,
                address=None,
                device=None,
            )
            self.sessions[actor.person_id] = str(opened.token)
        await conn.close()

    async def does(self, who: Actor, method: str, path: str, **asked: Any) -> Any:
        """Until it is answered; whatever breaks off is asked again under the same key."""
        self.numbers += 1
        act = f"{self.numbers} {method} {path}"
        session, deadline = self.sessions[who.person_id], time.monotonic() + PATIENCE_SECONDS
        headers = {
            "cookie": f"{SESSION_COOKIE}={session}",
            CSRF_HEADER: csrf_token(session),
            KEY_HEADER: key_of(act),
        }
        while True:
            answer = await self._asked(method, path, headers, asked)
            if answer is not None and answer.is_success:
                if method == "POST":
                    self.acknowledged[act] = answer.json()
                return answer.json()
            if answer is not None and not _comes_again(answer):
                raise Broken(f"{act}: {answer.status_code} {answer.text[:300]}")
            if time.monotonic() > deadline:
                raise Broken(f"{act}: no answer in {PATIENCE_SECONDS} s")
            await asyncio.sleep(LOOK_SECONDS)

    async def _asked(
        self, method: str, path: str, headers: dict[str, str], asked: dict[str, Any]
    ) -> httpx.Response | None:
        try:
            return await self.rig.http.request(
                method, self.rig.url + path, headers=headers, json=asked or None
            )
        except httpx.TransportError:
            return None

    async def until(self, who: Actor, path: str, is_so: Callable[[Any], bool]) -> Any:
        while True:
            found = await self.does(who, "GET", path)
            if is_so(found):
                return found
            await asyncio.sleep(LOOK_SECONDS)


def _comes_again(answer: httpx.Response) -> bool:
    return answer.status_code == BUSY or (
        answer.status_code == TAKEN and answer.json()["code"] == "in_progress"
    )


async def pays(cast: Cast) -> dict[str, Any]:
    """By card, on Stripe's page."""
    invoice_id, buyer = cast.left.pop(), cast.people.buyer
    asked = {"invoice_ids": [str(invoice_id)]}
    started = await cast.does(buyer, "POST", "/v1/online-payments", **asked)
    path = f"/v1/online-payments/{started['id']}"
    shown = await cast.until(buyer, path, lambda it: it["pay_url"] is not None)
    await cast.rig.http.post(shown["pay_url"], data={"type": "card", "number": VISA})
    await cast.until(buyer, f"/v1/invoices/{invoice_id}", lambda it: it["state"] == "paid")
    paid: dict[str, Any] = await cast.until(buyer, path, lambda it: it["state"] == "succeeded")
    return paid


async def pays_and_gets_back(cast: Cast) -> None:
    """A part is credited, and goes back to the card."""
    paid, deal = await pays(cast), cast.people
    [part] = paid["parts"]
    line = {"position": 1, "amount_minor": BACK_MINOR}
    noted = await cast.does(
        deal.finance,
        "POST",
        f"/v1/invoices/{part['invoice_id']}/credit-notes",
        reason="双方协商减少工作量",
        lines=[line],
    )
    await cast.does(deal.leader, "PUT", f"/v1/credit-notes/{noted['id']}/approval")
    refund = await cast.does(
        deal.finance,
        "POST",
        f"/v1/online-payments/{paid['id']}/refunds",
        amount_minor=BACK_MINOR,
        reason="合同减少工作量，原路退回",
    )
    await cast.does(deal.leader, "PUT", f"/v1/refunds/{refund['id']}/approval")
    path = f"/v1/refunds/{refund['id']}"
    await cast.until(deal.finance, path, lambda it: it["state"] == "paid")


async def _disputes(cast: Cast, *, won: bool) -> None:
    paid, deal = await pays(cast), cast.people
    about = {"key": KEY, "charge": paid["charge_id"]}
    dispute = await cast.rig.control("/_simulator/disputes", about)
    judged = {"key": KEY, "dispute": dispute["id"], "won": str(won).lower()}
    await cast.rig.control("/_simulator/disputes/judge", judged)
    end = "won" if won else "lost"

    def is_over(page: Any) -> bool:
        rows = page["items"] if isinstance(page, dict) else page
        return any(one["dispute_id"] == dispute["id"] and one["state"] == end for one in rows)

    await cast.until(deal.finance, f"/v1/units/{deal.unit.id}/chargebacks", is_over)


async def pays_and_takes_back(cast: Cast) -> None:
    """The payer's bank finds for him."""
    await _disputes(cast, won=False)


async def pays_and_fails_to_take_back(cast: Cast) -> None:
    await _disputes(cast, won=True)


async def only_pays(cast: Cast) -> None:
    await pays(cast)


LIVES: Final[tuple[Callable[[Cast], Coroutine[Any, Any, None]], ...]] = (
    only_pays,
    pays_and_gets_back,
    pays_and_takes_back,
    pays_and_fails_to_take_back,
)

OPEN: Final = """
    SELECT 'online_payment', id FROM online_payment
    WHERE state = 'unknown' OR state = 'created' AND called_at IS NOT NULL
    UNION ALL SELECT 'refund', id FROM refund
    WHERE state = 'unknown' OR state = 'approved' AND called_at IS NOT NULL"""


async def whole(cast: Cast) -> None:
    """Nothing lost, nothing doubled: what the market has is what Stripe has, each once."""
    rig, deal = cast.rig, cast.people
    conn = await asyncpg.connect(rig.addresses.owner)
    try:
        payments = await conn.fetch("SELECT id FROM online_payment WHERE state = 'succeeded'")
        refunds = await conn.fetch("SELECT id FROM refund WHERE state = 'paid'")
        lines = await conn.fetch(
            """SELECT l.balance_transaction_id, count(p.id) AS times FROM stripe_line l
               LEFT JOIN posting p ON p.cause = 'stripe_line:' || l.id GROUP BY l.id"""
        )
        balance = await conn.fetchval(
            """SELECT coalesce(sum(CASE WHEN t.debit_account = a.id THEN t.amount_minor
                                        ELSE -t.amount_minor END), 0)::bigint
               FROM account a JOIN transfer t ON a.id IN (t.debit_account, t.credit_account)
               WHERE a.kind = 'stripe_balance' AND a.books = $1""",
            deal.unit.id,
        )
        faults = await conn.fetch(OPEN)
    finally:
        await conn.close()
    _same("charges", payments, await rig.all_of("charges"), "online_payment")
    _same("refunds", refunds, await rig.all_of("refunds"), "refund")
    booked = Counter({one["balance_transaction_id"]: one["times"] for one in lines})
    told = Counter(one["id"] for one in await rig.all_of("balance_transactions"))
    if booked != told:
        raise Broken(f"lines: {booked - told} booked too often, {told - booked} not")
    if balance != await rig.held():
        raise Broken(f"the balance is {balance}, at Stripe {await rig.held()}")
    if faults:
        raise Broken(f"still unknown: {[tuple(one) for one in faults]}")


def _same(what: str, ours: list[Any], made: list[dict[str, Any]], named: str) -> None:
    here = Counter(str(one["id"]) for one in ours)
    there = Counter(one["metadata"].get(named, one["id"]) for one in made)
    if here != there:
        raise Broken(f"{what}: {there - here} more at Stripe, {here - there} more here")
