"""Whoever changes one row behind the market's back is found out, and the row is named."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from market.auditor import audit
from market.base import db
from market.base.db import Connection
from market.base.embedded import Dsns
from tests.auditor.changes import LEDGER, LOG, RIGHTS, Change
from tests.auditor.changes_money import MONEY, STATES
from tests.auditor.changes_trade import TRADE

CHANGES = (*LEDGER, *LOG, *RIGHTS, *TRADE, *MONEY, *STATES)


@pytest.fixture(scope="module")
async def superuser(original: Dsns) -> AsyncIterator[Connection]:
    conn = await db.connect(original.owner)
    yield conn
    await conn.close()


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change.invariant} {change.what}")
async def test_a_change_is_found_and_its_row_named(superuser: Connection, change: Change) -> None:
    await superuser.execute("BEGIN; SET LOCAL session_replication_role = replica")
    try:
        row = str(await superuser.fetchval(change.row))
        named = await _named(superuser, change, row)
        await superuser.execute(change.sql.format(id=row))
        await superuser.execute("SET LOCAL ROLE market_auditor")
        report = await audit.examine(superuser)
    finally:
        await superuser.execute("ROLLBACK")
    assert row != "None"
    assert (change.invariant, change.table, named) in {
        (fault.invariant, fault.table, fault.id) for fault in report.faults
    }, [f"{fault.invariant} {fault.table} {fault.id}: {fault.found}" for fault in report.faults]


async def _named(conn: Connection, change: Change, row: str) -> str:
    if change.names.startswith("SELECT"):
        return str(await conn.fetchval(change.names.format(id=row)))
    return row + change.names
