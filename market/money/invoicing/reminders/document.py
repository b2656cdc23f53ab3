"""The formal and the final reminder as a document 催款函, and where what was sent is read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec

from market.base import amounts
from market.base.access import SYSTEM, Actor, require
from market.base.db import Connection
from market.base.documents import characters
from market.base.documents.model import Document, KeptDocument, NotPrintable
from market.base.documents.typesetting import day_of
from market.identity.organisations.letterhead import Letterhead, letterhead_of
from market.money.invoicing import queries as invoices
from market.money.invoicing.document import in_full, party
from market.money.invoicing.model import Invoice
from market.money.invoicing.queries import PayTo
from market.money.invoicing.reminders import queries
from market.money.invoicing.reminders.model import RISING, Demand, Level, ReminderHasNoLetter
from market.trade.contracts import queries as contracts

TEMPLATE: Final = Path(__file__).with_name("demand.typ")
NAMES: Final = {
    Level.FORMAL: ("催款函", "Formal demand for payment"),
    Level.FINAL: ("最后催告函", "Final demand for payment"),
}
CLOSING: Final = {
    Level.FORMAL: (
        "请贵单位于收到本函后立即付清上述欠款。对欠款有异议的，请尽快书面告知我方财务。",
        "Please pay the amount at once. If you contest the debt, tell our finance in writing soon.",
    ),
    Level.FINAL: (
        "本函为最后一次催告。请贵单位立即付清上述欠款；仍不付款的，我方将依合同约定和法律规定主张权利。",
        "This is the last demand. Without payment we will assert our rights under the contract and "
        "the law.",
    ),
}


class Printed(msgspec.Struct, frozen=True):
    """What is to be set as the letter of that number."""

    number: str
    document: Document


def number_of(invoice: Invoice, level: Level) -> str:
    """An invoice has one letter of a level at most."""
    return f"{invoice.number}-C{RISING.index(level) + 1}"


async def demand_document(conn: Connection, invoice: Invoice, demand: Demand) -> Document:
    """Within an act of the system: the buyer is told where to pay.

    What of the buyer's contact cannot be printed is left out: he writes it himself, and nobody
    keeps a demand away from himself by it.
    """
    contract = await contracts.find_contract(conn, SYSTEM, invoice.contract_id)
    accounts = await invoices.pay_to(conn, invoice)
    issuer = await letterhead_of(conn, invoice.books_unit_id)
    buyer = _printable(await letterhead_of(conn, invoice.buyer_id))
    name, number = NAMES[demand.level], number_of(invoice, demand.level)
    about = (contract.number, contract.subject)
    return Document(
        template=TEMPLATE,
        name=f"{name[0]} {number}",
        title=f"{name[0]} {number}",
        dated=demand.sent_at,
        data={
            "issuer": issuer.name,
            "reference": f"函件编号 Letter No. {number}",
            "name": name,
            "parties": [party(issuer), party(buyer)],
            "said": _said(invoice, demand, buyer.name, *about),
            "code": invoice.payment_code,
            "amount": in_full(owed_of(invoice, demand), invoice.currency),
            "rows": [_row(invoice, demand)],
            "terms": [
                [["合同编号", "Contract No."], contract.number],
                [["项目名称", "Subject"], contract.subject],
                [["请款日期", "Issued on"], day_of(invoice.issued_on)],
                [
                    ["逾期起算", "Late since"],
                    f"{day_of(demand.counted_from)}（不含当日） exclusive",
                ],
                [["逾期", "Overdue"], _overdue(demand)],
            ],
            "accounts": [_account(account) for account in accounts],
            "sent": day_of(demand.sent_on),
        },
    )


def owed_of(invoice: Invoice, demand: Demand) -> int:
    """What is asked for: what is open, less the credit that credit notes on the invoice left."""
    return invoice.open_minor - demand.credit_minor


def _printable(head: Letterhead) -> Letterhead:
    """With what of the contact the font can print."""
    lacking = {
        field: None
        for field in ("address", "phone")
        if characters.unprintable(getattr(head, field) or "")
    }
    return msgspec.structs.replace(head, **lacking)


def _said(
    invoice: Invoice, demand: Demand, buyer: str, contract: str | None, subject: str
) -> dict[str, list[str]]:
    owed = _printed(owed_of(invoice, demand), invoice)
    counted, (closing_zh, closing_en) = (
        demand.counted_until or demand.sent_on,
        CLOSING[demand.level],
    )
    days, (credit_zh, credit_en) = demand.late_working_days, _credit(invoice, demand)
    return {
        "zh": [
            f"{buyer}：依据合同 {contract}“{subject}”，我方开具的请款单 {invoice.number} 应于"
            f"{day_of(invoice.due_on)}前付清。截至{day_of(counted)}，已逾期 {days} 个工作日，"
            f"尚欠 {owed}{credit_zh}。",
            closing_zh,
        ],
        "en": [
            f"Under contract {contract}, our invoice {invoice.number} was to be paid by "
            f"{invoice.due_on}. On {counted} it is {days} working days late and "
            f"{owed} is owed{credit_en}. {closing_en}"
        ],
    }


def _credit(invoice: Invoice, demand: Demand) -> tuple[str, str]:
    """That what credit notes took off a paid invoice is not asked for; nothing without any.

    Whoever pays online is asked for all that is open, and is to know why.
    """
    if demand.credit_minor == 0:
        return "", ""
    credit, whole = _printed(demand.credit_minor, invoice), _printed(invoice.open_minor, invoice)
    return (
        f"（未付 {whole}，已扣除贷项通知转为贵单位预存款的 {credit}，由我方财务办理抵付；"
        f"办理之前在线付款的，仍按 {whole} 收取，多付的仍为贵单位预存款）",
        f" of the {whole} that is open, without the {credit} that credit notes turned into your "
        "credit, which our finance uses for it. Whoever pays online before that is asked for all "
        "that is open, and what is too much stays your credit",
    )


def _printed(amount_minor: int, invoice: Invoice) -> str:
    return f"{invoice.currency} {amounts.printed(amount_minor, invoice.currency)}"


def _overdue(demand: Demand) -> str:
    """In working days that are announced, and in days."""
    days = (demand.sent_on - demand.counted_from).days
    late, counted = demand.late_working_days, demand.counted_until
    until_zh, until_en = (f"截至{day_of(counted)}，", f" until {counted}") if counted else ("", "")
    return f"{until_zh}{late} 个工作日（{days} 天） {late} working days{until_en} ({days} days)"


def _row(invoice: Invoice, demand: Demand) -> list[str]:
    """What was invoiced, less what was credited and what was paid, is what is owed."""
    credited_minor = invoice.offset_minor + demand.credit_minor
    minor = (invoice.amount_minor, credited_minor, invoice.paid_minor, owed_of(invoice, demand))
    figures = [amounts.printed(each, invoice.currency) for each in minor]
    return [invoice.number, str(invoice.due_on), *figures]


def _account(account: PayTo) -> list[Any]:
    return [
        [["户名", "Account name"], account.name],
        [["开户银行", "Bank"], account.bank],
        [["账号", "Account No."], account.number],
    ]


async def sent_letter(conn: Connection, actor: Actor, reminder_id: UUID) -> KeptDocument:
    """As it was sent, byte for byte: ``queries.pdf_of`` reads it.

    Raises NotFound to a stranger, ReminderHasNoLetter, NotPrintable where none could be set.
    """
    reminder = await queries.find_reminder(conn, actor, reminder_id)
    require(reminder.letter_number is not None, ReminderHasNoLetter)
    if reminder.letter_sha256 is None:
        raise NotPrintable(characters=reminder.letter_unprintable)
    name = f"{NAMES[Level(reminder.level)][0]} {reminder.letter_number}"
    return KeptDocument(name, reminder.letter_sha256)
