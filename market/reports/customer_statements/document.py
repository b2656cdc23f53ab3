"""The customer statement 对账单 as a document, for both sides to agree on."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from market.base import amounts
from market.base.access import Actor
from market.base.clock import SHANGHAI
from market.base.db import Connection
from market.base.documents.model import Document
from market.base.documents.typesetting import day_of
from market.identity.organisations.letterhead import letterhead_of
from market.money.invoicing.document import party
from market.reports.customer_statements import operations
from market.reports.customer_statements.model import CurrencyStatement, StatementLine

TEMPLATE: Final = Path(__file__).with_name("statement.typ")
# What an empty statement is dated: it says nothing that came to be on a day.
NOTHING_BOOKED: Final = datetime(2000, 1, 1, tzinfo=SHANGHAI)


async def statement_document(
    conn: Connection,
    actor: Actor,
    unit_id: UUID,
    organisation_id: UUID,
    *,
    from_on: date | None = None,
    until: date | None = None,
) -> Document:
    """Raises as the statement itself does."""
    statement = await operations.customer_statement(
        conn, actor, unit_id, organisation_id, from_on=from_on, until=until
    )
    issuer = await letterhead_of(conn, unit_id)
    buyer = await letterhead_of(conn, organisation_id)
    span = f"{day_of(statement.from_on)}至{day_of(statement.until)}"
    return Document(
        template=TEMPLATE,
        name=f"对账单 {buyer.name} {statement.from_on}至{statement.until}",
        title=f"对账单 {buyer.name}",
        dated=statement.last_at or NOTHING_BOOKED,
        data={
            "issuer": issuer.name,
            "buyer": buyer.name,
            "reference": span,
            "parties": [party(issuer), party(buyer)],
            "span": span,
            "until": day_of(statement.until),
            "sections": [_section(one) for one in statement.currencies],
        },
    )


def _section(section: CurrencyStatement) -> dict[str, Any]:
    def printed(*minor: int) -> list[str]:
        return [amounts.printed(each, section.currency) for each in minor]

    return {
        "currency": section.currency,
        "opening": printed(section.opening_receivable_minor, section.opening_credit_minor),
        "lines": [_line(section, line) for line in section.lines if _is_of_accounts(line)],
        "closing": printed(section.closing_receivable_minor, section.closing_credit_minor),
        "short": _short(section),
    }


def _short(section: CurrencyStatement) -> dict[str, Any] | None:
    """What lost chargebacks took beyond both, where there was any: most buyers owe none."""
    lines = [line for line in section.lines if line.short_minor]
    if not lines and not section.opening_short_minor:
        return None
    return {
        "opening": amounts.printed(section.opening_short_minor, section.currency),
        "lines": [
            [
                str(line.counted_on),
                f"{line.name_zh} {line.name_en}",
                line.references,
                amounts.printed(line.short_minor, section.currency),
                amounts.printed(line.short_balance_minor, section.currency),
            ]
            for line in lines
        ],
        "closing": amounts.printed(section.closing_short_minor, section.currency),
    }


def _is_of_accounts(line: StatementLine) -> bool:
    return bool(line.receivable_minor or line.credit_minor or not line.short_minor)


def _line(section: CurrencyStatement, line: StatementLine) -> list[str]:
    minor = (
        line.receivable_minor,
        line.receivable_balance_minor,
        line.credit_minor,
        line.credit_balance_minor,
    )
    figures = [amounts.printed(each, section.currency) for each in minor]
    name = f"{line.name_zh} {line.name_en}"
    return [str(line.counted_on), name, line.references, *figures]
