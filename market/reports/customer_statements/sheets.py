"""A customer statement as a sheet for CSV and XLSX."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from market.base.tables import Money, Sheet
from market.reports.customer_statements.model import (
    CurrencyStatement,
    CustomerStatement,
    StatementLine,
)

OPENING: Final = "期初余额 opening"
CLOSING: Final = "期末余额 closing"
Row = tuple[Any, ...]


def customer_statement(statement: CustomerStatement) -> Sheet:
    return Sheet(
        f"对账单 {statement.from_on}至{statement.until}",
        ("记账日期 counted on", "业务日期 effective on", "摘要 description", "单据 reference",
         "币种 currency", "应收变动 receivable", "应收余额 receivable balance",
         "预存款变动 credit", "预存款余额 credit balance", "拒付欠款变动 short",
         "拒付欠款余额 short balance", "记账 posting"),
        _rows(statement),
    )  # fmt: skip


def _rows(statement: CustomerStatement) -> Iterator[Row]:
    for one in statement.currencies:
        opening = (
            one.opening_receivable_minor, one.opening_credit_minor, one.opening_short_minor
        )  # fmt: skip
        closing = (
            one.closing_receivable_minor, one.closing_credit_minor, one.closing_short_minor
        )  # fmt: skip
        yield _balance(statement.from_on, OPENING, one.currency, *opening)
        for line in one.lines:
            yield _line(one, line)
        yield _balance(statement.until, CLOSING, one.currency, *closing)


def _balance(on: Any, name: str, currency: str, *balances_minor: int) -> Row:
    """Nothing beside each balance: it is no change."""
    balances = [cell for minor in balances_minor for cell in (None, Money(minor, currency))]
    return (on, None, name, None, currency, *balances, None)


def _line(section: CurrencyStatement, line: StatementLine) -> Row:
    minor = (
        line.receivable_minor,
        line.receivable_balance_minor,
        line.credit_minor,
        line.credit_balance_minor,
        line.short_minor,
        line.short_balance_minor,
    )
    name = f"{line.name_zh} {line.name_en}"
    amounts = [Money(amount_minor, section.currency) for amount_minor in minor]
    when = line.counted_on, line.effective_on
    return (*when, name, line.references, section.currency, *amounts, line.posting_id)
