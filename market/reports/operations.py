"""What is asked of the reports: each checks who reads, then gathers."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from uuid import UUID

from market.base import clock
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import NotFound
from market.ledger import queries as ledger
from market.ledger.model import NotAReader, may_read
from market.ledger.opening import queries as opening
from market.ledger.opening.model import require_books
from market.reports import queries
from market.reports.model import (
    KindTotal,
    MonthsReversed,
    Receivables,
    ReceivableTotal,
    RevenueReport,
    Total,
    TrialBalance,
)


async def trial_balance(
    conn: Connection, actor: Actor, unit_id: UUID, until: date | None
) -> TrialBalance:
    """Up to and with a day, today when none is named."""
    await _admit(conn, actor, unit_id)
    day = until or await clock.today(conn)
    accounts = await ledger.trial_balance(conn, actor, unit_id, day)
    sides: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for account in accounts:
        closing = account.debit_minor - account.credit_minor
        sides[account.currency][0 if closing > 0 else 1] += abs(closing)
    totals = [Total(currency, *both) for currency, both in sorted(sides.items())]
    subjects = {account.subject for account in accounts if account.subject is not None}
    named = await queries.subjects(conn, list(subjects))
    return TrialBalance(unit_id, day, accounts, totals, named)


async def receivables(conn: Connection, actor: Actor, unit_id: UUID) -> Receivables:
    """As of today; an ageing of a past day would need invoices as they were then."""
    await _admit(conn, actor, unit_id)
    today = await clock.today(conn)
    invoices = await queries.open_invoices(conn, actor, unit_id, today)
    in_ledger = await queries.receivable_balances(conn, actor, unit_id)
    items = await queries.open_items(conn, actor, unit_id, today)
    chargebacks = await queries.short_chargebacks(conn, actor, unit_id, today)
    still_open: dict[str, int] = defaultdict(int)
    short: dict[str, int] = defaultdict(int)
    for invoice in invoices:
        still_open[invoice.currency] += invoice.open_minor
    for item in items:
        still_open[item.currency] += item.open_minor
    for chargeback in chargebacks:
        short[chargeback.currency] += chargeback.open_minor
    totals = [
        ReceivableTotal(
            currency,
            still_open[currency],
            in_ledger.get(currency, 0),
            still_open[currency] - in_ledger.get(currency, 0),
            short[currency],
        )
        for currency in sorted({*still_open, *in_ledger, *short})
    ]
    return Receivables(unit_id, today, invoices, items, chargebacks, totals)


async def revenue(
    conn: Connection,
    actor: Actor,
    unit_id: UUID,
    *,
    from_month: date | None,
    until_month: date | None,
) -> RevenueReport:
    """By kind, unit and month of booking; this year so far when no months are named.

    Raises MonthsReversed when the last is named before the first.
    """
    await _admit(conn, actor, unit_id)
    today = await clock.today(conn)
    first = from_month or (until_month or today).replace(month=1, day=1)
    last = until_month or max(first, today.replace(day=1))
    require(
        first <= last,
        MonthsReversed(first=f"{first:%Y-%m}", last=f"{last:%Y-%m}", pointer="/from_month"),
    )
    rows = await queries.revenue(conn, actor, unit_id, months=(first, last))
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        sums[row.kind, row.currency] += row.amount_minor
    totals = [KindTotal(kind, currency, total) for (kind, currency), total in sorted(sums.items())]
    return RevenueReport(unit_id, first, last, rows, totals)


async def _admit(conn: Connection, actor: Actor, unit_id: UUID) -> None:
    """A unit whose books another keeps has no figures of its own; none would look like zero."""
    if actor.visible is not None and unit_id not in actor.visible:
        raise NotFound
    require(may_read(actor), NotAReader)
    require_books(unit_id, await opening.keeper_of(conn, unit_id))
