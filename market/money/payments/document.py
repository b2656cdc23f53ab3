"""The receipt 收据 as a document: what was received for an invoice, when, and how."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from uuid import UUID

from market.base import amounts, db
from market.base.access import SYSTEM, Actor, require
from market.base.db import Connection
from market.base.documents.model import Document
from market.base.documents.typesetting import day_of
from market.identity.organisations.letterhead import letterhead_of
from market.money.invoicing import queries as invoices
from market.money.invoicing.document import in_full, party
from market.money.payments import queries
from market.money.payments.model import Allocation, AllocationKind, ChargeHasNoReceipt
from market.trade.contracts import queries as contracts

TEMPLATE: Final = Path(__file__).with_name("receipt.typ")
BY_BANK: Final = "银行转账 Bank transfer"
ONLINE: Final = "在线支付（Stripe） Paid online (Stripe)"
FROM_CREDIT: Final = "以预存款抵付 From customer credit"


async def receipt_document(conn: Connection, actor: Actor, payment_id: UUID) -> Document:
    """Numbered within its invoice. Raises NotFound to a stranger, ChargeHasNoReceipt."""
    payment = await queries.find_allocation(conn, actor, payment_id)
    require(payment.kind != AllocationKind.CHARGE, ChargeHasNoReceipt)
    invoice = await invoices.find_invoice(conn, actor, payment.invoice_id)
    number = f"{invoice.number}-{await queries.count_receipts_until(conn, payment)}"
    async with db.act(conn, SYSTEM):
        contract = await contracts.find_contract(conn, SYSTEM, invoice.contract_id)
    issuer = await letterhead_of(conn, invoice.books_unit_id)
    payer = await letterhead_of(conn, invoice.buyer_id)
    back = payment.taken_back_on
    return Document(
        template=TEMPLATE,
        name=f"收据 {number}",
        title=f"收据 {number}",
        dated=payment.created_at,
        data={
            "issuer": issuer.name,
            "reference": f"收据编号 Receipt No. {number}",
            "taken_back": day_of(back) if back else None,
            "parties": [party(issuer), party(payer)],
            "amount": in_full(payment.amount_minor, payment.currency),
            "rows": [
                [["收款日期", "Received on"], day_of(payment.received_on)],
                [["收款方式", "Method"], _way(payment)],
                [["请款单编号", "Invoice No."], invoice.number],
                [
                    ["请款金额", "Invoiced"],
                    f"{invoice.currency} {amounts.printed(invoice.amount_minor, invoice.currency)}",
                ],
                [["合同编号", "Contract No."], contract.number],
                [["项目名称", "Subject"], contract.subject],
            ],
        },
    )


def _way(payment: Allocation) -> str:
    """How it was paid. Stripe tells neither card nor wallet to the line that its money came by."""
    if payment.kind == AllocationKind.CREDIT:
        return FROM_CREDIT
    return ONLINE if payment.stripe_line_id is not None else BY_BANK
