"""Whoever changes one row behind the market's back is found out, and the row is named."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import pytest

from market.auditor import audit, lines, seals, told
from market.base import db
from market.base.db import Connection
from market.base.embedded import Dsns
from tests.auditor.changes import LEDGER, LOG, PEOPLE, RIGHTS, Change
from tests.auditor.changes_awards import AWARDS
from tests.auditor.changes_credit import CREDIT
from tests.auditor.changes_money import CAUSES, MONEY, STATES
from tests.auditor.changes_proposals import PROPOSALS
from tests.auditor.changes_receivables import RECEIVABLES
from tests.auditor.changes_refunds import REFUNDS
from tests.auditor.changes_reviews import REVIEWS
from tests.auditor.changes_trade import TRADE

CHANGES = (
    *LEDGER,
    *LOG,
    *RIGHTS,
    *PEOPLE,
    *TRADE,
    *PROPOSALS,
    *MONEY,
    *CREDIT,
    *RECEIVABLES,
    *REFUNDS,
    *STATES,
    *REVIEWS,
    *AWARDS,
)


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
        faults = await _faults_that_count(superuser, change)
    finally:
        await superuser.execute("ROLLBACK")
    assert row != "None"
    assert (change.invariant, change.table, named) in {
        (invariant, *row[:2]) for invariant, row in faults
    }, faults


async def test_the_day_of_every_cause_is_tried(superuser: Connection) -> None:
    found = await superuser.fetch("SELECT DISTINCT split_part(cause, ':', 1) FROM posting")
    assert {cause for (cause,) in found} == set(CAUSES)


async def _faults_that_count(conn: Connection, change: Change) -> list[tuple[str, tuple[str, ...]]]:
    """What those checks say that are of the invariant and may name the table."""
    found = [
        (check.invariant, tuple(row))
        for check in audit.CHECKS
        if check.invariant == change.invariant and change.table in check.sql
        for row in await conn.fetch(check.sql)
    ]
    beside = await lines.faults(conn) if change.invariant == "I8" else []
    if change.invariant == "I10":
        beside = await seals.faults(conn)
    return found + [(one.invariant, (one.table, one.id, one.found)) for one in beside]


async def _named(conn: Connection, change: Change, row: str) -> str:
    if change.names.startswith("SELECT"):
        return str(await conn.fetchval(change.names.format(id=row)))
    return row + change.names


# Another value of the same type.
OTHER: Final = {
    "uuid": "uuidv7()",
    "text": "reverse({0}) || '9'",
    "int4": "coalesce({0}, 0) + 1000",
    "int8": "{0} + 1",
    "date": "coalesce({0}, '2026-01-01') - 2",
    "timestamptz": "{0} - interval '1 day'",
    "bytea": "sha256({0})",
    "jsonb": "{0} || jsonb_build_object('another', 1)",
}
# In the world here no order needs approval, and every money role was promised by an invitation.
NEVER_TOLD: Final = {("contract", "order_approved_by"), ("role_grant", "proposed_by")}
COLUMNS: Final = sorted(
    {(one.table, column) for one in told.TOLD for column, _ in told.columns_of(one)} - NEVER_TOLD
)


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=map(".".join, COLUMNS))
async def test_a_row_says_what_its_event_told(
    superuser: Connection, table: str, column: str
) -> None:
    """The column is changed in all rows at once; those that events tell of are named."""
    checks = [
        check
        for one, check in zip(told.TOLD, told.CHECKS, strict=True)
        if one.table == table and column in dict(told.columns_of(one))
    ]
    await superuser.execute("BEGIN; SET LOCAL session_replication_role = replica")
    try:
        changed = await _changed_everywhere(superuser, table, column)
        named = {row[1] for check in checks for row in await superuser.fetch(check.sql)}
    finally:
        await superuser.execute("ROLLBACK")
    assert named & changed


async def _changed_everywhere(conn: Connection, table: str, column: str) -> set[str]:
    rules = await conn.fetch(
        "SELECT conname FROM pg_constraint WHERE conrelid = $1::regclass::oid AND contype = 'c'",
        table,
    )
    for rule in rules:
        await conn.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{rule["conname"]}"')
    kind = await conn.fetchval(
        """SELECT t.typname FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
           WHERE a.attrelid = $1::regclass::oid AND a.attname = $2""",
        table,
        column,
    )
    rows = await conn.fetch(
        f"UPDATE {table} SET {column} = {OTHER[kind].format(column)} RETURNING id::text"
    )
    return {row["id"] for row in rows}
