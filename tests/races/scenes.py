"""One invoice in the middle of its life, with everything prepared that may happen to it next.

A scene is a database; ``built`` makes one for a set of circumstances, and each race gets a copy.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from market.base import clock
from market.base.access import Actor
from market.base.db import Connection
from market.base.embedded import Dsns
from market.base.stripe_accounts import StripeAccount
from market.identity.sessions import operations as sessions
from market.money.invoicing import operations as invoices
from market.money.invoicing.credit_notes import operations as notes
from market.money.invoicing.credit_notes.model import LineCredited, NewCreditNote
from market.money.invoicing.model import FullInvoice
from market.money.invoicing.voiding import operations as voiding
from market.money.invoicing.write_offs import operations as write_offs
from market.money.payments.chargebacks import losing
from market.money.payments.online.model import FullOnlinePayment
from market.money.payments.refunds import operations as refunds
from market.money.payments.refunds.model import NewCardRefund, NewRefund
from market.money.payments.stripe_balance.model import Balance, Disputed
from market.money.reconciliation.matching.reading import Import
from tests.world import bidding, invoicing, money, performance, stripe
from tests.world.invoicing import Deal
from tests.world.money import Bank

# LIVE: somebody has Stripe's page open. AMISS: which asks more than is open still. MATCHED: a bank
# line paid a part. USED: so did credit. LATE: past its due date, its work accepted. CHARGED: paid
# by card, and the payer's bank disputes it. CREDIT: the buyer has money left. CARD: another of his
# invoices was paid by card.
LIVE: Final = "live"
AMISS: Final = "amiss"
MATCHED: Final = "matched"
USED: Final = "used"
LATE: Final = "late"
CHARGED: Final = "charged"
CREDIT: Final = "credit"
CARD: Final = "card"

MATCHED_MINOR: Final = 1_000_00
PAID_MEANWHILE_MINOR: Final = 300_00
USED_MINOR: Final = 700_00
CREDIT_MINOR: Final = 2_000_00
RESERVED_MINOR: Final = 500_00
TO_CARD_MINOR: Final = 400_00
LOST_BEFORE_MINOR: Final = 5_000_00
NOTED_MINOR: Final = 3_000_00
# Soon enough for everybody to act without a second factor.
DUE_DAYS: Final = 2


class Scene(NamedTuple):
    """What the acts name; who is asked for is there only where the circumstances have it."""

    addresses: Dsns
    deal: Deal
    account: StripeAccount
    invoice_id: UUID
    sessions: dict[UUID, str]
    ids: dict[str, UUID]
    charge: Balance | None
    dispute: Disputed | None
    taken: Balance | None
    line_minor: int
    file: bytes

    @property
    def buyer_id(self) -> UUID:
        return self.deal.enterprise.id

    def session_of(self, actor: Actor) -> str:
        return self.sessions[actor.person_id]


class _Builder:
    def __init__(self, conn: Connection, deal: Deal, invoice_id: UUID) -> None:
        self.conn = conn
        self.deal = deal
        self.invoice_id = invoice_id
        self.ids: dict[str, UUID] = {}
        self.charge: Balance | None = None
        self.dispute: Disputed | None = None
        self.taken: Balance | None = None

    async def invoice(self) -> FullInvoice:
        return await invoices.find_invoice(self.conn, self.deal.finance, self.invoice_id)

    async def line(self, amount_minor: int) -> UUID:
        _, taken = await self.transferred(amount_minor)
        return taken.outcomes[0].line_id

    async def transferred(self, amount_minor: int) -> tuple[Bank, Import]:
        bank = await money.bank(self.conn, self.deal)
        paid = money.Line(amount_minor, self.deal.enterprise.name_zh)
        return bank, await money.imported(self.conn, bank, [paid])

    async def left_over(self, amount_minor: int) -> None:
        """The buyer transferred so much for nothing in particular."""
        rest = money.rest("customer_credit", amount_minor, organisation_id=self.deal.enterprise.id)
        line_id = await self.line(amount_minor)
        await money.matched(self.conn, self.deal.finance, line_id, rest=rest)

    async def ask(self) -> None:
        """While nothing has been paid: whether to void it, and to take a part off."""
        void = await voiding.propose_void(self.conn, self.deal.finance, self.invoice_id, "期次有误")
        off = NewCreditNote(
            reason="双方协商减少工作量",
            lines=[LineCredited(position=1, amount_minor=NOTED_MINOR)],
        )
        note = await notes.propose_credit_note(self.conn, self.deal.finance, self.invoice_id, off)
        self.ids.update(void=void.id, note=note.id)

    async def matched(self) -> None:
        paid = money.allocation(self.invoice_id, MATCHED_MINOR)
        line_id = await self.line(MATCHED_MINOR)
        match = await money.matched(self.conn, self.deal.finance, line_id, paid)
        self.ids["match"] = match.id

    async def used(self) -> None:
        await self.left_over(USED_MINOR)
        use = await money.credit_used(self.conn, self.deal.finance, self.invoice_id, USED_MINOR)
        self.ids["use"] = use.id

    async def late(self, addresses: Dsns) -> None:
        await performance.accept(self.conn, self.deal)
        await bidding.pass_time(addresses.owner, timedelta(days=DUE_DAYS + 1))
        loss = await write_offs.propose_write_off(
            self.conn, self.deal.finance, self.invoice_id, "买方破产"
        )
        self.ids["write_off"] = loss.id

    async def presented(self) -> FullOnlinePayment:
        return await stripe.told_of(
            self.conn, self.deal.unit, self.deal.buyer, await self.invoice()
        )

    async def charged(self, *, in_part: bool) -> None:
        """``in_part``: another dispute has been lost before, so that something is open again."""
        payment = await self.presented()
        paid = payment.amount_minor
        moved_at = await clock.now(self.conn)
        charge = stripe.line("charge", paid, intent_id=payment.intent_id, moved_at=moved_at)
        await stripe.booked(self.conn, self.deal, charge)
        if in_part:
            lost = await self.disputed(payment, LOST_BEFORE_MINOR, 1)
            assert await losing.lose(self.conn, self.deal.unit.id, lost)
            paid -= LOST_BEFORE_MINOR
        self.dispute = await self.disputed(payment, paid, 2)

    async def disputed(
        self, payment: FullOnlinePayment, amount_minor: int, number: int
    ) -> Disputed:
        told = msgspec.structs.replace(
            stripe.dispute_of(payment, amount_minor, "lost"), id=f"dp_{number}_{payment.id}"
        )
        moved_at = await clock.now(self.conn)
        opened = stripe.line("dispute", -amount_minor, dispute=told, moved_at=moved_at)
        await stripe.booked(self.conn, self.deal, opened)
        return told

    async def live(self) -> None:
        payment = await self.presented()
        self.ids["payment"] = payment.id
        self.charge = stripe.line(
            "charge",
            payment.amount_minor,
            fee_minor=8_00,
            intent_id=payment.intent_id,
            moved_at=await clock.now(self.conn),
        )

    async def amiss(self) -> None:
        paid = money.allocation(self.invoice_id, PAID_MEANWHILE_MINOR)
        line_id = await self.line(PAID_MEANWHILE_MINOR)
        await money.matched(self.conn, self.deal.finance, line_id, paid)

    async def credit(self) -> None:
        """So much is left, and so much more is asked to go back."""
        await self.left_over(CREDIT_MINOR + RESERVED_MINOR + TO_CARD_MINOR)
        refund = await refunds.propose_refund(
            self.conn, self.deal.finance, self.deal.unit.id, refund_of(self.deal, RESERVED_MINOR)
        )
        self.ids["refund"] = refund.id

    async def card(self) -> None:
        """Some of the credit may go back there, and so much is asked to; the bank takes it all."""
        deal = self.deal
        other = await invoicing.issued(self.conn, deal, 1)
        payment = await stripe.told_of(self.conn, deal.unit, deal.buyer, other)
        self.ids["paid"] = payment.id
        moved_at = await clock.now(self.conn)
        charge = stripe.line(
            "charge", payment.amount_minor, intent_id=payment.intent_id, moved_at=moved_at
        )
        await stripe.booked(self.conn, deal, charge)
        asked = NewCardRefund(amount_minor=TO_CARD_MINOR, reason="原路退回")
        refund = await refunds.propose_card_refund(self.conn, deal.finance, payment.id, asked)
        self.ids["card_refund"] = refund.id
        told = stripe.dispute_of(payment, payment.amount_minor, "needs_response")
        self.taken = stripe.line("dispute", -payment.amount_minor, dispute=told, moved_at=moved_at)

    async def bank(self) -> tuple[int, bytes]:
        """A line that nobody has explained, to be taken back; a file with one for the invoice."""
        invoice = await self.invoice()
        line_minor = invoice.open_minor or invoice.amount_minor
        wrong, taken = await self.transferred(line_minor)
        self.ids["line"] = taken.outcomes[0].line_id
        self.ids["retraction"] = (await money.retraction(self.conn, wrong, taken)).id
        bank = await money.bank(self.conn, self.deal)
        self.ids["account"] = bank.account.id
        paid = money.Line(invoice.amount_minor, self.deal.enterprise.name_zh, invoice.payment_code)
        return line_minor, await money.csv_file(self.conn, bank, [paid])


def refund_of(deal: Deal, amount_minor: int) -> NewRefund:
    return NewRefund(
        organisation_id=deal.enterprise.id,
        amount_minor=amount_minor,
        payee_bank="锦川银行东城支行",
        payee_account="6222 0000 0000 0001",
        reason="退还多付款项",
    )


class Beginning(NamedTuple):
    """What all scenes have in common; each builds on a copy of it."""

    addresses: Dsns
    deal: Deal
    invoice_id: UUID
    ids: dict[str, UUID]


async def begun(conn: Connection, addresses: Dsns) -> Beginning:
    """An invoice that nobody has paid, a milestone that waits for its acceptance."""
    today = await clock.today(conn)
    instalments = [
        invoicing.at_signing(25_800_00, due_days=DUE_DAYS),
        invoicing.dated(43_000_00, today + timedelta(days=10)),
        invoicing.dated(17_200_00, today + timedelta(days=12)),
    ]
    deal = await invoicing.fw01(conn, instalments=instalments)
    builder = _Builder(conn, deal, (await invoicing.issued(conn, deal)).id)
    await performance.deliver(conn, deal, 1)
    builder.ids["milestone"] = performance.milestones(deal)[1]
    await builder.ask()
    return Beginning(addresses, deal, builder.invoice_id, builder.ids)


async def built(
    conn: Connection, addresses: Dsns, begun: Beginning, circumstances: frozenset[str]
) -> Scene:
    """In the order in which such things can come about."""
    deal = begun.deal
    builder = _Builder(conn, deal, begun.invoice_id)
    builder.ids.update(begun.ids)
    comes_about: dict[str, Callable[[], Awaitable[None]]] = {
        MATCHED: builder.matched,
        USED: builder.used,
        LATE: partial(builder.late, addresses),
        CHARGED: partial(builder.charged, in_part=LIVE in circumstances),
        LIVE: builder.live,
        AMISS: builder.amiss,
        CREDIT: builder.credit,
        CARD: builder.card,
    }
    for circumstance, come_about in comes_about.items():
        if circumstance in circumstances:
            await come_about()
    line_minor, file = await builder.bank()
    return Scene(
        addresses=addresses,
        deal=deal,
        account=StripeAccount(
            unit=deal.unit.number_prefix or "", key="sk_test_x", webhook_secrets=("whsec_nobody",)
        ),
        invoice_id=begun.invoice_id,
        sessions={
            actor.person_id: await _session(conn, actor)
            for actor in (deal.finance, deal.leader, deal.buyer)
        },
        ids=builder.ids,
        charge=builder.charge,
        dispute=builder.dispute,
        taken=builder.taken,
        line_minor=line_minor,
        file=file,
    )


async def _session(conn: Connection, actor: Actor) -> str:
    opened = await sessions.open_session(
        conn, actor.person_id, organisation_id=actor.organisation_id, address=None, device=None
    )
    return str(opened.token)
