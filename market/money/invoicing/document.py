"""The invoice 请款单 as a document: what to pay, why, to which account, under which code."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from uuid import UUID

from market.base import amounts, db
from market.base.access import SYSTEM, Actor
from market.base.db import Connection
from market.base.documents.model import Document
from market.base.documents.typesetting import day_of
from market.identity.organisations.letterhead import Letterhead, letterhead_of, names_of
from market.money.invoicing import model, operations, queries
from market.money.invoicing.model import FullInvoice, InvoiceLine, InvoiceState
from market.money.invoicing.queries import PayTo
from market.trade.contracts import queries as contracts
from market.trade.signing.wording import percent

TEMPLATE: Final = Path(__file__).with_name("invoice.typ")


async def invoice_document(conn: Connection, actor: Actor, invoice_id: UUID) -> Document:
    """Raises NotFound to a stranger."""
    invoice = await operations.in_full(conn, await queries.find_invoice(conn, actor, invoice_id))
    async with db.act(conn, SYSTEM):  # the buyer sees where to pay, not the unit's accounts
        contract = await contracts.find_contract(conn, SYSTEM, invoice.contract_id)
        accounts = await queries.pay_to(conn, invoice)
    issuer = await letterhead_of(conn, invoice.books_unit_id)
    buyer = await letterhead_of(conn, invoice.buyer_id)
    (finance,) = await names_of(conn, invoice.issued_by)
    return Document(
        template=TEMPLATE,
        name=f"请款单 {invoice.number}",
        title=f"请款单 {invoice.number}",
        dated=invoice.created_at,
        data={
            "issuer": issuer.name,
            "reference": f"请款单编号 Invoice No. {invoice.number}",
            "void": invoice.state == InvoiceState.VOID,
            "parties": [party(issuer), party(buyer)],
            "terms": [
                [["合同编号", "Contract No."], contract.number],
                [["项目名称", "Subject"], contract.subject],
                [["请款日期", "Issued on"], day_of(invoice.issued_on)],
                [["付款期限", "Due on"], day_of(invoice.due_on)],
            ],
            "code": invoice.payment_code,
            "amount": in_full(invoice.amount_minor - invoice.offset_minor, invoice.currency),
            "credited": _credited(invoice),
            "lines": [_line(line, invoice) for line in invoice.lines],
            "totals": _totals(invoice),
            "accounts": [_account(account) for account in accounts],
            "finance": finance,
        },
    )


def party(head: Letterhead) -> dict[str, str]:
    """What is there of an organisation's name, code, address and telephone."""
    lines = [
        f"统一社会信用代码 {head.uscc}" if head.uscc else "",
        f"地址 {head.address}" if head.address else "",
        f"电话 {head.phone}" if head.phone else "",
    ]
    return {"name": head.name, "lines": "\n".join(line for line in lines if line)}


def in_full(amount_minor: int, currency: str) -> dict[str, str]:
    """An amount in figures with its sign and, for yuan, in capitals 大写."""
    figures = amounts.printed(amount_minor, currency)
    if currency != "CNY":
        return {"figures": f"{currency} {figures}", "capitals": ""}
    return {"figures": f"¥{figures}", "capitals": f"人民币{amounts.in_capitals(amount_minor)}"}


def _line(line: InvoiceLine, invoice: FullInvoice) -> list[str]:
    minor = (line.net_minor, line.vat_minor, line.net_minor + line.vat_minor)
    net, vat, gross = (amounts.printed(each, invoice.currency) for each in minor)
    return [str(line.position), line.description, net, _rate(line, invoice), vat, gross]


def _rate(line: InvoiceLine, invoice: FullInvoice) -> str:
    if line.rule_id == model.COLLECTED:
        return "不征税"
    return "免税" if invoice.exempt else percent(line.vat_ppm)


def _totals(invoice: FullInvoice) -> list[str]:
    untaxed = invoice.net_minor + invoice.owner_minor
    return [
        amounts.printed(each, invoice.currency)
        for each in (untaxed, invoice.vat_minor, invoice.amount_minor)
    ]


def _credited(invoice: FullInvoice) -> list[str]:
    """What was asked for, and what credit notes took off what was open; empty without any."""
    if not invoice.offset_minor:
        return []
    asked_and_less = (invoice.amount_minor, invoice.offset_minor)
    return [amounts.printed(each, invoice.currency) for each in asked_and_less]


def _account(account: PayTo) -> list[Any]:
    return [
        [["户名", "Account name"], account.name],
        [["开户银行", "Bank"], account.bank],
        [["账号", "Account No."], account.number],
    ]
