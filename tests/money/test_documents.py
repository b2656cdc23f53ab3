"""Invoice, acceptance certificate and receipt as documents, from one deal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import NamedTuple
from uuid import UUID

import asyncpg
import pytest

from market.base import amounts, db
from market.base.access import Actor
from market.base.db import Connection
from market.base.documents.model import Document
from market.base.errors import NotFound
from market.money.invoicing.document import invoice_document
from market.money.invoicing.model import FullInvoice
from market.money.invoicing.voiding import operations as voiding
from market.money.payments.document import receipt_document
from market.money.payments.model import Allocation, AllocationKind, ChargeHasNoReceipt
from market.money.reconciliation.matching.model import Match
from market.trade.performance.document import certificate_document
from market.trade.performance.model import NoCertificateYet
from tests.conftest import Clone
from tests.pdf import squeezed, text_of
from tests.world import invoicing, money, performance, stripe
from tests.world.invoicing import Deal
from tests.world.money import Bank


class Story(NamedTuple):
    """A deal whose first invoice was paid in full but for a charge of the bank."""

    deal: Deal
    bank: Bank
    invoice: FullInvoice
    match: Match
    payments: list[Allocation]
    accepted: UUID
    planned: UUID


@pytest.fixture(scope="module")
async def conn(stocked: Clone) -> AsyncIterator[Connection]:
    async with stocked() as addresses:
        connection = await db.connect(addresses.app)
        yield connection
        connection.terminate()


@pytest.fixture(scope="module")
async def story(conn: Connection) -> Story:
    deal = await invoicing.fw01(conn)
    bank = await money.bank(conn, deal)
    invoice = await invoicing.issued(conn, deal)
    line = money.Line(invoice.amount_minor - 25_00, deal.enterprise.name_zh, invoice.payment_code)
    imported = await money.imported(conn, bank, [line])
    paid = money.allocation(invoice.id, invoice.amount_minor - 25_00, charge_minor=25_00)
    match = await money.matched(conn, bank.finance, imported.outcomes[0].line_id, paid)
    accepted = await performance.accept(conn, deal)
    return Story(
        deal,
        bank,
        invoice,
        match,
        await money.payments_of(conn, deal.buyer, invoice.id),
        accepted.id,
        performance.milestones(deal)[1],
    )


@pytest.fixture
async def undone(conn: Connection) -> AsyncIterator[Connection]:
    """What one test does is not there for the next."""
    await conn.execute("BEGIN")
    yield conn
    with suppress(asyncpg.InFailedSQLTransactionError):
        await conn.execute("SET CONSTRAINTS ALL IMMEDIATE")
    await conn.execute("ROLLBACK")


async def invoice_for(conn: Connection, actor: Actor, invoice_id: UUID) -> Document:
    async with db.look(conn, actor):
        return await invoice_document(conn, actor, invoice_id)


async def receipt_for(conn: Connection, actor: Actor, payment_id: UUID) -> Document:
    async with db.look(conn, actor):
        return await receipt_document(conn, actor, payment_id)


async def certificate_for(conn: Connection, actor: Actor, milestone_id: UUID) -> Document:
    async with db.look(conn, actor):
        return await certificate_document(conn, actor, milestone_id)


def of_kind(story: Story, kind: AllocationKind) -> UUID:
    (found,) = [payment.id for payment in story.payments if payment.kind == kind]
    return found


async def test_an_invoice_says_what_to_pay_where_and_under_which_code(
    conn: Connection, story: Story
) -> None:
    said = await text_of(await invoice_for(conn, story.deal.buyer, story.invoice.id))
    account = story.bank.account
    for words in (
        "请款单",
        story.invoice.number,
        story.invoice.payment_code,
        "¥25,800.00",
        "人民币贰万伍仟捌佰元整",
        "24,339.62",
        "6%",
        "1,460.38",
        account.name,
        account.bank,
        account.number,
        story.deal.unit.name_zh,
        story.deal.enterprise.uscc or "",
        "不是发票",
    ):
        assert squeezed(words) in said


async def test_the_document_of_a_void_invoice_says_so(undone: Connection, story: Story) -> None:
    deal = story.deal
    invoice = await invoicing.issued(undone, deal, 1)
    proposal = await voiding.propose_void(undone, deal.finance, invoice.id, "期次有误")
    await voiding.approve_void(undone, deal.leader, proposal.id)
    assert "已作废，请勿付款" in await text_of(await invoice_for(undone, deal.buyer, invoice.id))


async def test_an_invoice_says_what_was_credited_and_asks_for_the_rest(
    undone: Connection, story: Story
) -> None:
    deal = story.deal
    invoice = await invoicing.issued(undone, deal, 1)
    await invoicing.credited(undone, deal, invoice, 3_000_00)
    said = await text_of(await invoice_for(undone, deal.buyer, invoice.id))
    for words in ("¥40,000.00", "人民币肆万元整", "原请款43,000.00，已由贷项通知冲减3,000.00"):
        assert squeezed(words) in said


async def test_a_receipt_says_what_was_received_and_not_what_was_invoiced(
    conn: Connection, story: Story
) -> None:
    payment = of_kind(story, AllocationKind.RECEIPT)
    document = await receipt_for(conn, story.deal.buyer, payment)
    said = await text_of(document)
    capitals = amounts.in_capitals(story.invoice.amount_minor - 25_00)
    for words in ("收据", f"{story.invoice.number}-1", "¥25,775.00", capitals, "银行转账"):
        assert squeezed(words) in said
    assert "撤销" not in said


async def test_a_receipt_says_that_it_was_paid_online(undone: Connection, story: Story) -> None:
    deal = story.deal
    invoice = await invoicing.issued(undone, deal, 1)
    payment = await stripe.told_of(undone, deal.unit, deal.buyer, invoice)
    charge = stripe.line("charge", invoice.amount_minor, intent_id=payment.intent_id)
    await stripe.booked(undone, deal, charge)
    [paid] = await money.payments_of(undone, deal.buyer, invoice.id)
    said = await text_of(await receipt_for(undone, deal.buyer, paid.id))
    assert squeezed("在线支付（Stripe） Paid online (Stripe)") in said
    assert "银行转账" not in said


async def test_a_charge_has_no_receipt(conn: Connection, story: Story) -> None:
    with pytest.raises(ChargeHasNoReceipt):
        await receipt_for(conn, story.deal.buyer, of_kind(story, AllocationKind.CHARGE))


async def test_a_receipt_for_what_was_taken_back_says_so(undone: Connection, story: Story) -> None:
    await money.undone(undone, story.bank.finance, story.match)
    payment = of_kind(story, AllocationKind.RECEIPT)
    assert "本收据不再有效" in await text_of(await receipt_for(undone, story.deal.buyer, payment))


async def test_a_certificate_says_who_accepted_what_by_which_standard(
    conn: Connection, story: Story
) -> None:
    said = await text_of(await certificate_for(conn, story.deal.buyer, story.accepted))
    given = performance.certificate()
    for words in (
        "验收单",
        f"{story.deal.contract.number}-1",
        given.inspector,
        given.standard,
        given.result,
        "25,800.00元",
        "检验报告.pdf",
    ):
        assert squeezed(words) in said


async def test_before_the_acceptance_there_is_no_certificate(
    conn: Connection, story: Story
) -> None:
    with pytest.raises(NoCertificateYet):
        await certificate_for(conn, story.deal.buyer, story.planned)


async def test_strangers_get_none_of_them(conn: Connection, story: Story) -> None:
    outsider = story.deal.outsider
    for found in (
        invoice_for(conn, outsider, story.invoice.id),
        receipt_for(conn, outsider, story.payments[0].id),
        certificate_for(conn, outsider, story.accepted),
    ):
        with pytest.raises(NotFound):
            await found
