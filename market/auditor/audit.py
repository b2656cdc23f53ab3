"""The audit: all checks in one read-only snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from market.auditor import (
    awards,
    bank,
    card_refunds,
    credit_notes,
    deals,
    discovery,
    evidence,
    explanations,
    files,
    held_credit,
    ledger,
    lines,
    log,
    money,
    one_side,
    past_market,
    people,
    proposals,
    refunds,
    reminders,
    requests,
    retractions,
    reviews,
    seals,
    sources,
    states,
    stripe,
    tax_points,
    told,
    trade,
    write_offs,
)
from market.auditor.model import Check, Fault, Report
from market.base import db

CHECKS: Final[tuple[Check, ...]] = (
    *ledger.CHECKS,
    *people.CHECKS,
    *files.CHECKS,
    *trade.CHECKS,
    *requests.CHECKS,
    *proposals.CHECKS,
    *reviews.CHECKS,
    *awards.CHECKS,
    *deals.CHECKS,
    *discovery.CHECKS,
    *money.CHECKS,
    *tax_points.CHECKS,
    *write_offs.CHECKS,
    *reminders.CHECKS,
    *credit_notes.CHECKS,
    *bank.CHECKS,
    *retractions.CHECKS,
    *stripe.CHECKS,
    *explanations.CHECKS,
    *past_market.CHECKS,
    *evidence.CHECKS,
    *refunds.CHECKS,
    *one_side.CHECKS,
    *card_refunds.CHECKS,
    *held_credit.CHECKS,
    *sources.CHECKS,
    *states.CHECKS,
    *told.CHECKS,
    *log.CHECKS,
)


async def run(
    dsn: str,
    *,
    expected_head: str | None = None,
    progress: Callable[[Check], None] = lambda _: None,
) -> Report:
    """Audit the database behind ``dsn`` (role market_auditor); reads only."""
    conn = await db.connect(dsn)
    try:
        await conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return await examine(conn, expected_head=expected_head, progress=progress)
    finally:
        await conn.close()


async def examine(
    conn: db.Connection,
    *,
    expected_head: str | None = None,
    progress: Callable[[Check], None] = lambda _: None,
) -> Report:
    """Audit what the open transaction of ``conn`` sees."""
    faults: list[Fault] = []
    for check in CHECKS:
        progress(check)
        for table, row_id, found in await conn.fetch(check.sql):
            faults.append(Fault(check.invariant, table, row_id, found, check.zh, check.en))
    faults.extend(await lines.faults(conn))
    faults.extend(await seals.faults(conn, expected_head))
    return Report(len(CHECKS) + 2, faults, await _unsealed(conn), await _head(conn))


async def _unsealed(conn: db.Connection) -> int:
    count: int = await conn.fetchval(
        """SELECT count(*) FROM sealable
           WHERE (epoch, xid) >= coalesce(
               (SELECT (to_epoch, to_xid) FROM seal ORDER BY number DESC LIMIT 1),
               (0, '0'::xid8))"""
    )
    return count


async def _head(conn: db.Connection) -> str | None:
    head: str | None = await conn.fetchval(
        "SELECT number || ':' || encode(hash, 'hex') FROM seal ORDER BY number DESC LIMIT 1"
    )
    return head


def all_statements() -> Iterator[str]:
    """Every check's SQL, so that the tests plan it."""
    for check in CHECKS:
        yield check.sql
