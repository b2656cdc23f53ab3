"""What a customer statement says; amounts are minor units of their section's currency."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from market.base.access import Actor
from market.base.errors import Invalid, Phrase
from market.ledger.model import may_read

MOST_DAYS: Final = 366

# What changes what a buyer owes or has left, by the first word of the posting's cause.
KINDS: Final[Mapping[str, Phrase]] = {
    "opening_balance": Phrase("建账期初余额", "Balance that the books began with"),
    "opening_supplement": Phrase("期初余额补录", "Supplement of that balance"),
    "invoice_issued": Phrase("开具请款单", "Invoice issued"),
    "invoice_void": Phrase("请款单作废", "Invoice void"),
    "receipt_matched": Phrase("收款", "Receipt"),
    "match_undone": Phrase("收款撤销", "Receipt undone"),
    "stripe_line": Phrase("在线收款", "Online payment"),
    "stripe_line_explained": Phrase("在线收款或退款，原为待查", "Online, unexplained before"),
    "charge_owed_again": Phrase("在线收款退回，重新列为应收", "Online payment gone, owed again"),
    "charge_paid_again": Phrase("撤销重新列为应收", "Owed again by mistake, paid again"),
    "stripe_explanation_undone": Phrase("待查变动的说明撤销", "What explained it was undone"),
    "chargeback_lost": Phrase("在线付款被拒付", "Chargeback lost"),
    "chargeback_reinstated": Phrase("拒付败诉后退回", "Lost chargeback given back"),
    "chargeback_recovered": Phrase("预存款抵付拒付", "Chargeback taken off the credit"),
    "chargeback_recovery_undone": Phrase("撤销预存款抵付拒付", "Chargeback owed again"),
    "chargeback_write_off": Phrase("拒付欠款核销", "Chargeback written off"),
    "chargeback_write_off_recovered": Phrase("拒付欠款核销转回", "Write-off taken back"),
    "credit_used": Phrase("预存款抵付", "Credit used"),
    "credit_use_undone": Phrase("预存款抵付撤销", "Use of credit undone"),
    "credit_note": Phrase("贷项通知", "Credit note"),
    "refund_intended": Phrase("拟退款，留出预存款", "Refund intended: credit set aside"),
    "refund_released": Phrase("退款未成，退回预存款", "Refund not made, credit again"),
    "refund_returned": Phrase("退款被退回，转回预存款", "Refund came back, credit again"),
    "write_off": Phrase("坏账核销", "Written off"),
    "write_off_recovered": Phrase("坏账转回", "Write-off taken back"),
}
OTHER: Final = Phrase("其他变动", "Other change")


class CustomerStatement(msgspec.Struct, frozen=True):
    """What a buyer and a unit's books had to settle between two days, both included.

    ``last_at``: when the last of it was booked; None while nothing was.
    """

    unit_id: UUID
    organisation_id: UUID
    from_on: date
    until: date
    last_at: datetime | None
    currencies: list[CurrencyStatement]


class CurrencyStatement(msgspec.Struct, frozen=True):
    """One currency: opening + Σ lines = closing, on either account and for what is short.

    Short is what lost chargebacks took beyond invoices and credit: owed beside the receivable.
    """

    currency: str
    opening_receivable_minor: int
    opening_credit_minor: int
    opening_short_minor: int
    lines: list[StatementLine]
    totals: list[KindTotal]
    closing_receivable_minor: int
    closing_credit_minor: int
    closing_short_minor: int


class StatementLine(msgspec.Struct, frozen=True):
    """One posting: by how much each account, and what is short, grew, and what it was then.

    ``counted_on``: the day that it is booked for; ``effective_on``: the world's. ``subject_id``:
    what caused it, such as an invoice, match, line of Stripe, use of credit or credit note; where
    a line of Stripe made an invoice owed again, the explanation, or what undid it;
    ``posting_id`` for who reads the ledger.
    """

    counted_on: date
    effective_on: date
    kind: str
    name_zh: str
    name_en: str
    subject_id: UUID | None
    parts: list[Part]
    receivable_minor: int
    credit_minor: int
    short_minor: int
    receivable_balance_minor: int
    credit_balance_minor: int
    short_balance_minor: int
    posting_id: UUID | None

    @property
    def references(self) -> str:
        return "、".join(dict.fromkeys(part.reference for part in self.parts))


class Part(msgspec.Struct, frozen=True):
    """What of a line concerns one invoice, or one debt from before the books began.

    Nought where it concerns what had paid the invoice, and not what is owed on it.
    """

    invoice_id: UUID | None
    reference: str
    amount_minor: int


class KindTotal(msgspec.Struct, frozen=True):
    """What all lines of a kind changed."""

    kind: str
    name_zh: str
    name_en: str
    receivable_minor: int
    credit_minor: int
    short_minor: int


class DaysReversed(Invalid):
    """A span of days has a beginning before its end."""

    code = "statement_days_reversed"
    zh = "起始日期 {first} 晚于截止日期 {last}。请交换两个日期。"
    en = "The first day {first} is after the last, {last}. Change them round."


class BeginsAfterToday(Invalid):
    """Without a last day, a statement is until today."""

    code = "statement_begins_after_today"
    zh = "起始日期 {first} 晚于今天 {last}。请改用较早的起始日期，或另给截止日期 until。"
    en = (
        "The first day {first} is after today, {last}. Begin earlier, or name the last day, "
        "until, as well."
    )


class SpanTooLong(Invalid):
    """A statement is of a year at most."""

    code = "statement_span_too_long"
    zh = "对账单的期间最多 {most} 天。请分段取得。"
    en = "A statement covers {most} days at most. Take it in parts."


def is_the_buyer(actor: Actor, organisation_id: UUID) -> bool:
    return actor.visible is None or organisation_id in actor.visible


def is_of_the_unit(actor: Actor, unit_id: UUID) -> bool:
    """The unit itself, or one above it."""
    return actor.visible is None or unit_id in actor.visible


def reads_the_ledger(actor: Actor, unit_id: UUID) -> bool:
    return is_of_the_unit(actor, unit_id) and may_read(actor)
