"""What the reports say, row by row; amounts are minor units of the row's currency."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec

from market.base.errors import Invalid
from market.ledger.model import AccountBalance


class MonthsReversed(Invalid):
    """A span of months has a beginning before its end."""

    code = "months_reversed"
    zh = "起始月份 {first} 晚于截止月份 {last}。请交换两个月份。"
    en = "The first month {first} is after the last, {last}. Change them round."


class SpanReversed(Invalid):
    """From the earlier day to the later."""

    code = "span_reversed"
    zh = "起始日期晚于截止日期。请核对两个日期。"
    en = "The first day is after the last. Check both days."


class TrialBalance(msgspec.Struct, frozen=True):
    """Every account up to a day; the totals are per currency and equal on both sides.

    ``subjects``: those whom the accounts are of, each once.
    """

    unit_id: UUID
    until: date
    accounts: list[AccountBalance]
    totals: list[Total]
    subjects: list[Subject]


class Subject(msgspec.Struct, frozen=True):
    """What people call an organisation, a person, a contract or a bank account."""

    id: UUID
    name: str


class Total(msgspec.Struct, frozen=True):
    """One currency's sums of closing balances on either side."""

    currency: str
    debit_minor: int
    credit_minor: int


class OpenInvoice(msgspec.Struct, frozen=True):
    """An invoice with money still to come; ``days_overdue`` is 0 until the due date has passed.

    ``offset_minor``: what credit notes took off what was open.
    """

    invoice_id: UUID
    number: str
    contract_id: UUID
    buyer_id: UUID
    buyer_zh: str
    currency: str
    amount_minor: int
    paid_minor: int
    offset_minor: int
    open_minor: int
    issued_on: date
    due_on: date
    days_overdue: int
    age_band: str


class OpenItem(msgspec.Struct, frozen=True):
    """A debt from before the books began; without a due date it ages from its own.

    What we owe, below zero, has no ``age_band``: nobody is late with it to us.
    """

    opening_item_id: UUID
    reference: str
    organisation_id: UUID
    organisation_zh: str
    currency: str
    amount_minor: int
    paid_minor: int
    open_minor: int
    dated_on: date
    due_on: date | None
    days_overdue: int
    age_band: str | None


class ShortChargeback(msgspec.Struct, frozen=True):
    """What a lost chargeback took beyond invoices and credit: its payer owes it beside both.

    It ages from the day of the loss. ``numbers``: the invoices that had been paid by it.
    """

    chargeback_id: UUID
    numbers: str
    buyer_id: UUID
    buyer_zh: str
    currency: str
    amount_minor: int
    recovered_minor: int
    open_minor: int
    lost_on: date
    days_overdue: int
    age_band: str


class Receivables(msgspec.Struct, frozen=True):
    """What enterprises owe today, and that the ledger says the same.

    ``open_minor`` is the sum of the invoices and of the items that the books began with,
    ``ledger_minor`` that of the receivable accounts, both per currency. What lost chargebacks took
    beyond invoices and credit, ``unrecovered_minor``, stands in suspense and is in neither.
    """

    unit_id: UUID
    on: date
    invoices: list[OpenInvoice]
    opening_items: list[OpenItem]
    chargebacks: list[ShortChargeback]
    totals: list[ReceivableTotal]


class ReceivableTotal(msgspec.Struct, frozen=True):
    """One currency: invoices and items against the ledger; the difference is always shown."""

    currency: str
    open_minor: int
    ledger_minor: int
    difference_minor: int
    unrecovered_minor: int


class Revenue(msgspec.Struct, frozen=True):
    """Revenue of one kind that one unit earned in one month; agents earn as ``intermediary``."""

    month: date
    kind: str
    unit_id: UUID
    unit_zh: str
    currency: str
    milestones: int
    amount_minor: int


class RevenueReport(msgspec.Struct, frozen=True):
    """Revenue of a unit's books between two months, both included."""

    unit_id: UUID
    from_month: date
    until_month: date
    rows: list[Revenue]
    totals: list[KindTotal]


class KindTotal(msgspec.Struct, frozen=True):
    """The sum over units and months."""

    kind: str
    currency: str
    amount_minor: int


def age_band_of(days_overdue: int) -> str:
    """The part of an ageing in which a debt stands."""
    if days_overdue == 0:
        return "not_due"
    parts = ((30, "1-30"), (60, "31-60"), (90, "61-90"))
    return next((part for most, part in parts if days_overdue <= most), "over_90")
