"""A unit that is paid by card: its account at a simulator, and the payers in front of its pages.

``till = await stripe.till(pool, simulator)``, then ``payment = await till.started(invoice)``.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import httpx
import stripe

from market.base import db
from market.base.access import SYSTEM, Actor
from market.base.db import Connection, Pool
from market.base.files import Shelf
from market.base.stripe_accounts import StripeAccount
from market.identity.organisations.model import Organisation
from market.money.invoicing import operations as invoicing_operations
from market.money.invoicing.model import FullInvoice
from market.money.payments.chargebacks import losing, recovering
from market.money.payments.chargebacks import recovery_queries as recoveries
from market.money.payments.online import operations, presenting, queries
from market.money.payments.online.model import FullOnlinePayment, Starting, Way
from market.money.payments.rails import Rails
from market.money.payments.stripe_balance.model import Balance, Disputed
from market.money.payments.stripe_events import keeping_up
from market.money.payments.stripe_events import queries as stripe_events
from market.money.payments.stripe_events.model import DataTold, Delivery, EventTold, ObjectTold
from market.money.payments.stripe_lines import booking
from market.money.payments.stripe_lines.model import Payout, PayoutState
from market.money.reconciliation.matching import reading
from market.money.reconciliation.matching.model import Match, MatchState, RestGiven
from market.money.reconciliation.matching.payout_queries import SeenPayout
from market.money.reconciliation.matching.reading import Outcome
from tests.world import invoicing, money
from tests.world.in_process import InProcess
from tests.world.invoicing import Deal

# The simulator is silent when a test asks for it, and else answers within a moment.
SILENCE_SECONDS: Final = 1.5
# Where silence is what is tested, nothing is gained by waiting longer.
SHORT_SECONDS: Final = 0.4
VISA: Final = "4242424242424242"
DECLINED: Final = "4000000000000002"
ASKS_ITS_HOLDER: Final = "4000002760003184"
DISPUTED: Final = "4000000000000259"


class Till:
    """A contract whose unit takes cards; ``pool`` is the application's, as the worker has one."""

    def __init__(
        self,
        pool: Pool,
        deal: Deal,
        known: Rails,
        account: StripeAccount,
        http: httpx.AsyncClient,
        patience: httpx.Timeout,
    ) -> None:
        self.pool = pool
        self.deal = deal
        self.rails = known
        self.account = account
        self.http = http
        self.patience = patience

    @property
    def books(self) -> UUID:
        return self.deal.unit.id

    async def control(self, act: str, **fields: object) -> Any:
        """Use a control of the simulator, on this account."""
        data = {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in fields.items()
        }
        if str(fields.get("kind")).startswith("silent"):
            self.patience.read = SHORT_SECONDS
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
        return await self.visits(payment.pay_url, card)

    async def visits(self, page: str, card: str = VISA) -> httpx.Response:
        answer = await self.http.post(page, data={"type": "card", "number": card})
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

    async def pay_by_bank(self, invoice: FullInvoice) -> Outcome:
        """The buyer's bank pays the invoice under its payment code."""
        async with db.lease(self.pool) as conn:
            bank = await money.bank(conn, self.deal)
            paid = money.Line(
                invoice.amount_minor, self.deal.enterprise.name_zh, invoice.payment_code
            )
            [outcome] = (await money.imported(conn, bank, [paid])).outcomes
            return outcome

    async def later(self) -> None:
        """As if enough time had passed for everything to be looked at again."""
        async with db.lease(self.pool) as conn, db.act(conn, SYSTEM):
            await conn.execute("UPDATE online_payment SET next_try_at = created_at")
            await conn.execute(
                "UPDATE chargeback_evidence SET next_try_at = created_at WHERE state <> 'sent'"
            )
            await conn.execute("UPDATE stripe_bookmark SET read_at = read_at - interval '1 hour'")
        await self.turn()

    async def balance(self, kind: str, subject: UUID | None = None) -> int:
        async with db.lease(self.pool) as conn:
            return await money.balance(conn, self.books, kind, subject)


@asynccontextmanager
async def till(
    pool: Pool, address: str, shelf: Shelf | None = None, *, app: Any = None
) -> AsyncIterator[Till]:
    """``app``: a simulator in this process, which is asked without a network between."""
    async with db.lease(pool) as conn:
        deal = await _deal(conn)
    assert deal.unit.number_prefix is not None
    account = StripeAccount(
        unit=deal.unit.number_prefix,
        key=f"sk_test_{secrets.token_hex(6)}",
        webhook_secrets=(f"whsec_{secrets.token_hex(12)}",),
        api_base=address,
    )
    patience = httpx.Timeout(SILENCE_SECONDS)
    calls = InProcess(app) if app is not None else None
    way = httpx.ASGITransport(app) if app is not None else None
    async with (
        opened(account, shelf=shelf, patience=patience, calls=calls) as known,
        httpx.AsyncClient(trust_env=False, verify=False, transport=way) as http,  # noqa: S501  # as there
    ):
        yield Till(pool, deal, known, account, http, patience)


@asynccontextmanager
async def opened(
    *accounts: StripeAccount,
    shelf: Shelf | None = None,
    patience: httpx.Timeout | None = None,
    calls: stripe.HTTPClient | None = None,
) -> AsyncIterator[Rails]:
    """As `rails.opened`, for the simulator, with which nothing is encrypted.

    It takes a while to read whom the world trusts.
    """
    patience = patience or httpx.Timeout(SILENCE_SECONDS)
    calls = calls or stripe.HTTPXClient(timeout=patience, verify_ssl_certs=False)
    try:
        yield Rails(accounts, calls, "http://127.0.0.1:1", shelf)
    finally:
        await calls.close_async()  # type: ignore[no-untyped-call]


async def _deal(conn: Connection) -> Deal:
    return await invoicing.fw01(conn)


async def told_of(
    conn: Connection, unit: Organisation, buyer: Actor, *owed: FullInvoice
) -> FullOnlinePayment:
    """A payment that Stripe has, as if the worker had called; nobody calls."""
    account = StripeAccount(
        unit=unit.number_prefix or "", key="sk_test_x", webhook_secrets=("whsec_nobody",)
    )
    async with opened(account) as known:
        asked = Starting(invoice_ids=tuple(invoice.id for invoice in owed))
        started = await operations.start_payment(conn, buyer, known, asked)
    async with db.act(conn, SYSTEM):
        locked = await queries.lock_payment(conn, started.id)
        told = presenting.ToldPayment(
            standing="open",
            checkout_id=f"cs_{started.id}",
            intent_id=f"pi_{started.id}",
            pay_url="https://pay.example.org/c",
        )
        presented = await presenting.merge_into(conn, locked, told)
        return await operations.in_full(conn, presented)


def line(category: str, amount_minor: int, **more: Any) -> Balance:
    """A line of the balance as Stripe would tell it, of now."""
    usual: dict[str, Any] = {
        "id": f"txn_{secrets.token_hex(8)}",
        "category": category,
        "currency": "CNY",
        "amount_minor": amount_minor,
        "fee_minor": 0,
        "net_minor": amount_minor - more.get("fee_minor", 0),
        "fees": [],
        "source_id": more["dispute"].id if "dispute" in more else None,
        "description": None,
        "moved_at": datetime.now(UTC),
        "available_on": datetime.now(UTC).date(),
    }
    return Balance(**{**usual, **more})


async def booked(conn: Connection, deal: Deal, *told: Balance) -> None:
    for one in told:
        assert await booking.book(conn, deal.unit.id, one)


def dispute_of(payment: FullOnlinePayment, amount_minor: int, status: str) -> Disputed:
    return Disputed(
        id=f"dp_{payment.id}",
        amount_minor=amount_minor,
        currency="CNY",
        reason="fraudulent",
        status=status,
        evidence_due_at=datetime.now(UTC) + timedelta(days=7),
        intent_id=payment.intent_id,
        charge_id=None,
    )


async def happens(conn: Connection, deal: Deal | None = None) -> None:
    """Everything that Stripe tells of, once: paid, disputed and paid out both ways, unexplained."""
    deal = deal or await invoicing.fw01(conn)
    first, second, third = [await invoicing.issued(conn, deal, place) for place in range(3)]
    for invoice, won in ((first, True), (second, False)):
        payment = await told_of(conn, deal.unit, deal.buyer, invoice)
        amount = invoice.amount_minor
        charge = line("charge", amount, fee_minor=8_00, intent_id=payment.intent_id)
        told = dispute_of(payment, amount, "needs_response")
        await booked(conn, deal, charge, line("dispute", -amount, fee_minor=85_00, dispute=told))
        if won:
            await booked(conn, deal, line("dispute_reversal", amount, dispute=told))
        else:
            lost = dispute_of(payment, amount, "lost")
            assert await losing.lose(conn, deal.unit.id, lost)
    await _called_off(conn, deal, third)
    open_one = await told_of(conn, deal.unit, deal.buyer, third)
    assert open_one.pay_url is not None
    await _paid_out(conn, deal)
    await booked(conn, deal, line("fee", -10_00), line("topup", 7_00))
    async with db.act(conn, SYSTEM):
        head = EventTold(f"evt_{deal.unit.id}", "charge.updated", DataTold(ObjectTold("ch_1")))
        assert deal.unit.number_prefix is not None
        await stripe_events.insert_events(conn, [Delivery(deal.unit.number_prefix, head, "{}")])


async def given_back(conn: Connection) -> None:
    """Paid, lost in a chargeback, and given back after all."""
    deal = await invoicing.fw01(conn)
    invoice = await invoicing.issued(conn, deal)
    payment = await told_of(conn, deal.unit, deal.buyer, invoice)
    amount, told = invoice.amount_minor, dispute_of(payment, invoice.amount_minor, "lost")
    charge = line("charge", amount, intent_id=payment.intent_id)
    await booked(conn, deal, charge, line("dispute", -amount, dispute=told))
    assert await losing.lose(conn, deal.unit.id, told)
    await booked(conn, deal, line("dispute_reversal", amount, dispute=told))


async def recovered(conn: Connection, deal: Deal, *, has_wrong_match: bool = False) -> None:
    """All of a charge was credit, a part was used when it was lost; a use was undone after that,

    and at last it is given back: a part of its loss came off the credit, a part with the line.
    """
    over, other = [await invoicing.issued(conn, deal, place) for place in (1, 2)]
    payment = await told_of(conn, deal.unit, deal.buyer, over)
    await money.paid(conn, deal, over.id, over.amount_minor)
    amount, told = over.amount_minor, dispute_of(payment, over.amount_minor, "lost")
    await booked(conn, deal, line("charge", amount, intent_id=payment.intent_id))
    undone, _ = [
        await money.credit_used(conn, deal.finance, other.id, minor)
        for minor in (10_000_00, 2_000_00)
    ]
    mistakes = [await mistaken(conn, deal)] if has_wrong_match else []
    await booked(conn, deal, line("dispute", -amount, dispute=told))
    assert await losing.lose(conn, deal.unit.id, told)
    for mistake in mistakes:
        await money.undone(conn, deal.finance, mistake)
    await money.credit_use_undone(conn, deal.finance, undone)
    await recover(conn)
    if has_wrong_match:
        await _wrongly_matched(conn, deal)
    await booked(conn, deal, line("dispute_reversal", amount, dispute=told))


async def _wrongly_matched(conn: Connection, deal: Deal) -> None:
    """What came off the credit of a wrong match goes back with it."""
    wrong = await mistaken(conn, deal)
    await recover(conn)
    await money.undone(conn, deal.finance, wrong)


async def mistaken(conn: Connection, deal: Deal, amount_minor: int = 500_00) -> Match:
    """A transfer that is matched as credit of the buyer's, and ought not to be."""
    bank = await money.bank(conn, deal)
    paid = money.Line(amount_minor, deal.enterprise.name_zh)
    [came] = (await money.imported(conn, bank, [paid])).outcomes
    rest = money.rest("customer_credit", amount_minor, organisation_id=deal.enterprise.id)
    return await money.matched(conn, deal.finance, came.line_id, rest=rest)


async def recover(conn: Connection) -> None:
    """The worker's turn: of one chargeback, what its payer has."""
    async with db.look(conn, SYSTEM):
        [chargeback_id] = await recoveries.recoverable(conn, after=None, limit=2)
    assert await recovering.recover(conn, chargeback_id)


async def _paid_out(conn: Connection, deal: Deal) -> None:
    """To the bank and from it: of each one that failed, and one that did not."""
    for way, amount in (("to", 50_00), ("from", -20_00)):
        failed, stands = (f"po_{way}_{number}_{deal.unit.id}" for number in "12")
        await booked(conn, deal, line("payout", -amount, source_id=failed))
        await booked(conn, deal, line("payout_reversal", amount, source_id=failed))
        await booked(conn, deal, line("payout", -amount, source_id=stands))
    await arrived(conn, deal)


async def arrived(conn: Connection, deal: Deal) -> Match:
    """The oldest payout that is on its way is seen at the bank, and named."""
    payout = [one for one in await payouts_of(conn, deal) if one.state == PayoutState.SENT][-1]
    bank = await money.bank(conn, deal)
    line_id = await seen(conn, bank, payout.amount_minor)
    return await two_took(conn, deal, line_id, payout)


async def two_took(conn: Connection, deal: Deal, line_id: UUID, payout: Payout) -> Match:
    """Finance says that the line is the payout, and the leader confirms it where he is asked."""
    match = await money.matched(conn, deal.finance, line_id, rest=of_payout(payout))
    is_waiting = match.state == MatchState.WAITING
    return await money.confirmed(conn, deal.leader, match) if is_waiting else match


async def known(conn: Connection, deal: Deal, bank: money.Bank) -> None:
    """The unit's first payout, on an account of its own, by which two people know Stripe's name."""
    await booked(conn, deal, line("payout", -1_00, source_id=f"po_first_{deal.unit.id}"))
    [payout, *_] = await payouts_of(conn, deal)
    own = await money.second_account(conn, bank)
    await two_took(conn, deal, await seen(conn, own, payout.amount_minor), payout)


async def payouts_of(conn: Connection, deal: Deal) -> list[SeenPayout]:
    """The newest first."""
    return await reading.list_payouts(conn, deal.finance, deal.unit.id)


async def seen(conn: Connection, bank: money.Bank, amount_minor: int) -> UUID:
    """A line of the bank's that names Stripe."""
    moved = money.Line(amount_minor, "STRIPE PAYMENTS", "STRIPE PAYOUT")
    [outcome] = (await money.imported(conn, bank, [moved])).outcomes
    return outcome.line_id


def of_payout(payout: Payout) -> RestGiven:
    return money.rest("stripe_in_transit", abs(payout.amount_minor), payout_id=payout.id)


async def _called_off(conn: Connection, deal: Deal, invoice: FullInvoice) -> None:
    payment = await told_of(conn, deal.unit, deal.buyer, invoice)
    await operations.cancel_payment(conn, deal.buyer, payment.id)
    async with db.act(conn, SYSTEM):
        locked = await queries.lock_payment(conn, payment.id)
        await presenting.merge_into(conn, locked, presenting.ToldPayment(standing="canceled"))
