"""Chargebacks, and what a unit says against them.

``case = await evidence.disputed(conn)``, then ``await case.written(conn)``; nobody calls Stripe.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from market.base import db, files
from market.base.access import SYSTEM, Actor
from market.base.db import Connection
from market.base.files import Shelf
from market.money.payments.alarms import alarming
from market.money.payments.chargebacks import operations as chargebacks
from market.money.payments.evidence import operations, presenting, queries
from market.money.payments.evidence.model import EvidenceGiven, FullChargeback, Papers, Texts
from market.money.payments.stripe_balance.model import Disputed
from tests.world import catalogue, invoicing, stripe
from tests.world.invoicing import Deal

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
TEXTS = Texts(
    product_description="现场修复主轴轴颈 On-site repair of a spindle journal",
    service_date="2026-03-01",
    customer_name="川江化工",
)


class Case(NamedTuple):
    """A chargeback of a payment of the deal's buyer."""

    deal: Deal
    id: UUID
    dispute: Disputed | None = None

    async def read(self, conn: Connection, actor: Actor | None = None) -> FullChargeback:
        return await operations.find_chargeback(conn, actor or self.deal.finance, self.id)

    async def saved(self, conn: Connection, given: EvidenceGiven) -> FullChargeback:
        found = await self.read(conn)
        return await operations.save_evidence(
            conn, self.deal.finance, self.id, given, expected_version=found.version
        )

    async def written(self, conn: Connection) -> FullChargeback:
        """Texts and a scan."""
        scan = await catalogue.stored_file(conn, self.deal.finance)
        papers = Papers(service_documentation=scan)
        return await self.saved(conn, EvidenceGiven(texts=TEXTS, files=papers))

    async def submitted(self, conn: Connection) -> FullChargeback:
        await self.written(conn)
        return await self.submit(conn)

    async def submit(self, conn: Connection, actor: Actor | None = None) -> FullChargeback:
        """As it reads now."""
        found = await self.read(conn, actor)
        return await operations.submit_evidence(
            conn, actor or self.deal.finance, self.id, expected_version=found.version
        )

    async def told(self, conn: Connection, move: str, **outcome: object) -> FullChargeback:
        """What came of a call, as if the worker had made it."""
        async with db.act(conn, SYSTEM):
            found = await queries.evidence_of(conn, self.id)
            assert found is not None
            called = await queries.note_call(conn, found.id, again_in=timedelta(seconds=5))
            for paper in await queries.papers_of(conn, found.id):
                await queries.keep_stripe_file(conn, found.id, paper.kind, f"file_{paper.file_id}")
            await presenting.note(conn, called, move, **outcome)  # type: ignore[arg-type]
        return await self.read(conn)


async def disputed(conn: Connection, deal: Deal | None = None) -> Case:
    """Paid by card and disputed: evidence is due in a week."""
    deal = deal or await invoicing.fw01(conn)
    invoice = await invoicing.issued(conn, deal)
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
    amount = invoice.amount_minor
    told = stripe.dispute_of(payment, amount, "needs_response")
    charge = stripe.line("charge", amount, intent_id=payment.intent_id)
    taken = stripe.line("dispute", -amount, dispute=told, intent_id=payment.intent_id)
    await stripe.booked(conn, deal, charge, taken)
    [chargeback] = await chargebacks.list_chargebacks(conn, deal.finance, deal.unit.id)
    return Case(deal, chargeback.id, told)


async def happens(conn: Connection) -> None:
    """Evidence that Stripe has, such that it refused, a draft; and an alarm."""
    sent = await disputed(conn)
    await sent.submitted(conn)
    await sent.told(conn, "lose")
    await sent.told(conn, "send", submissions=1)
    refused = await disputed(conn)
    await refused.submitted(conn)
    await refused.told(conn, "refuse", refusal="invalid_request")
    late = await disputed(conn)
    await late.written(conn)
    await alarming.alarm(conn, late.id)


async def uploaded(conn: Connection, actor: Actor, shelf: Shelf, name: str, content: bytes) -> UUID:
    """A file on the shelf, as somebody sends it in."""

    async def sent() -> AsyncIterator[bytes]:
        yield content

    async with files.receive(shelf, name, sent()) as upload, db.act(conn, actor):
        return (await files.store(conn, actor, upload)).id
