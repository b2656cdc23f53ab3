"""The reports as sheets for CSV and XLSX: their rows, and under them what these sum to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from market.base.tables import Money, Sheet
from market.reports.model import (
    OpenInvoice,
    OpenItem,
    Receivables,
    RevenueReport,
    ShortChargeback,
    TrialBalance,
)

TOTAL: Final = "合计 total"
LEDGER: Final = "应收账款科目余额 receivable accounts"
DIFFERENCE: Final = "差异 difference"
SHORT: Final = "拒付欠款 owed for lost chargebacks"
Row = tuple[Any, ...]


def trial_balance(report: TrialBalance) -> Sheet:
    return Sheet(
        f"试算平衡表 {report.until}",
        ("科目 kind", "名称 name", "对象 subject", "对象名称 subject name", "币种 currency",
         "借方发生额 debit", "贷方发生额 credit", "借方余额 debit balance",
         "贷方余额 credit balance"),
        _balances(report),
    )  # fmt: skip


def _balances(report: TrialBalance) -> Iterator[Row]:
    names = {subject.id: subject.name for subject in report.subjects}
    for a in report.accounts:
        closing = a.debit_minor - a.credit_minor
        sides = a.debit_minor, a.credit_minor, max(closing, 0), max(-closing, 0)
        whose = names.get(a.subject) if a.subject else None
        name = f"{a.name_zh} {a.name_en}"
        yield (a.kind, name, a.subject, whose, a.currency, *_money(a, *sides))
    for total in report.totals:
        own = [a for a in report.accounts if a.currency == total.currency]
        turnover = sum(a.debit_minor for a in own), sum(a.credit_minor for a in own)
        sides = *turnover, total.debit_minor, total.credit_minor
        yield (TOTAL, None, None, None, total.currency, *_money(total, *sides))


def receivables(report: Receivables) -> Sheet:
    return Sheet(
        f"应收账款 {report.on}",
        ("请款单、期初项或拒付 invoice, opening item or chargeback", "付款方 buyer",
         "币种 currency", "金额 amount", "已收 paid", "贷项冲减 credited", "未收 open",
         "开出日 issued", "到期日 due", "逾期天数 days overdue", "账龄段 age band"),
        _debts(report),
    )  # fmt: skip


def _debts(report: Receivables) -> Iterator[Row]:
    for invoice in report.invoices:
        credited_minor, named = invoice.offset_minor, (invoice.number, invoice.buyer_zh)
        yield _debt(invoice, credited_minor, *named, invoice.issued_on)
    for item in report.opening_items:
        yield _debt(item, 0, item.reference, item.organisation_zh, item.dated_on)
    for short in report.chargebacks:
        yield _short(short)
    for total in report.totals:
        compared = {
            TOTAL: total.open_minor,
            LEDGER: total.ledger_minor,
            DIFFERENCE: total.difference_minor,
            SHORT: total.unrecovered_minor,
        }
        for name, amount_minor in compared.items():
            amount = Money(amount_minor, total.currency)
            yield (name, None, total.currency, None, None, None, amount, None, None, None, None)


def _debt(
    one: OpenInvoice | OpenItem, credited_minor: int, name: str, buyer: str, made_on: Any
) -> Row:
    amounts = _money(one, one.amount_minor, one.paid_minor, credited_minor, one.open_minor)
    return (
        name,
        buyer,
        one.currency,
        *amounts,
        made_on,
        one.due_on,
        one.days_overdue,
        one.age_band,
    )


def _short(one: ShortChargeback) -> Row:
    amounts = _money(one, one.amount_minor, one.recovered_minor, 0, one.open_minor)
    named = f"{SHORT} {one.numbers}", one.buyer_zh, one.currency
    return (*named, *amounts, one.lost_on, one.lost_on, one.days_overdue, one.age_band)


def revenue(report: RevenueReport) -> Sheet:
    return Sheet(
        f"四技收入 {report.from_month:%Y-%m}至{report.until_month:%Y-%m}",
        ("月份 month", "类别 kind", "单位 unit", "币种 currency", "里程碑 milestones",
         "收入 revenue"),
        _earned(report),
    )  # fmt: skip


def _earned(report: RevenueReport) -> Iterator[Row]:
    for r in report.rows:
        amount = Money(r.amount_minor, r.currency)
        yield (f"{r.month:%Y-%m}", r.kind, r.unit_zh, r.currency, r.milestones, amount)
    for total in report.totals:
        amount = Money(total.amount_minor, total.currency)
        yield (TOTAL, total.kind, None, total.currency, None, amount)


def _money(of: Any, *amounts_minor: int) -> list[Money]:
    return [Money(amount_minor, of.currency) for amount_minor in amounts_minor]
