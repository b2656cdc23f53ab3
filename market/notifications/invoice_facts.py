"""What letters say of an invoice, and of what is still to be paid of it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from market.base import amounts
from market.base.access import SYSTEM
from market.base.db import Connection
from market.base.errors import Phrase
from market.money.invoicing import covered
from market.money.invoicing import queries as invoices
from market.notifications.model import Facts
from market.notifications.queries import facts

NOT_COVERED: Final = Phrase("", "")
COVERED: Final = Phrase(
    "（另有未付的 {covered} 以贷项通知留下的买方预存款抵付，请 {provider_zh} 财务办理；"
    "办理之前在线付款的，仍按全部未付金额收取）",
    " ({covered} more is open, which the buyer's credit that credit notes left covers: the finance "
    "of {provider_en} uses it; whoever pays online before that is asked for all that is open)",
)
PAY: Final = Phrase(
    "请改用银行转账付款，附言填写付款码：{payment_code}。",
    "Please pay it by bank transfer with this payment code as the remark: {payment_code}.",
)
NOTHING_TO_PAY: Final = Phrase("买方无须付款。", "The buyer has nothing to pay.")


async def about_invoice(conn: Connection, invoice_id: UUID) -> Facts:
    """``owed``: what is open by now, less the credit that credit notes on it left.

    ``covering`` tells of that credit, ``how`` of what to do about the rest: nobody is to pay what
    is paid meanwhile.
    """
    record = await conn.fetchrow(
        """SELECT i.number, i.payment_code, i.amount_minor, i.paid_minor, i.currency, i.due_on,
                  i.credited_minor, i.amount_minor - i.paid_minor - i.offset_minor AS open_minor,
                  c.number AS contract, c.subject,
                  i.buyer_id, ARRAY[i.provider_unit_id, i.books_unit_id] AS unit_ids,
                  b.name_zh AS buyer_zh, b.name_en AS buyer_en,
                  u.name_zh AS provider_zh, u.name_en AS provider_en
           FROM invoice i
           JOIN contract c ON c.id = i.contract_id
           JOIN organisation b ON b.id = i.buyer_id
           JOIN organisation u ON u.id = i.books_unit_id
           WHERE i.id = $1""",
        invoice_id,
    )
    found = facts(record)
    invoice = await invoices.find_invoice(conn, SYSTEM, invoice_id)
    covered_minor = await covered.credit_against(conn, invoice)
    owed_minor = invoice.open_minor - covered_minor
    how = PAY if owed_minor else NOTHING_TO_PAY
    return {
        **found,
        "owed_minor": owed_minor,
        "covering": covering(found, covered_minor),
        "how": _filled(how, {"payment_code": invoice.payment_code}),
    }


def covering(found: Facts, covered_minor: int) -> Phrase:
    """That so much of what is open is not asked for, and what is, of who pays online."""
    currency = str(found["currency"])
    words = {
        "covered": f"{amounts.printed(covered_minor, currency)} {currency}",
        "provider_zh": found["provider_zh"],
        "provider_en": found["provider_en"] or found["provider_zh"],
    }
    return _filled(COVERED if covered_minor else NOT_COVERED, words)


def _filled(phrase: Phrase, words: dict[str, object]) -> Phrase:
    return Phrase(phrase.zh.format(**words), phrase.en.format(**words))
