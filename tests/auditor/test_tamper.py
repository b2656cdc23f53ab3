"""Whoever changes one row behind the market's back is found out, and the row is named.

Every check is proven: it finds a change of its own, whatever else might find that change too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import pytest

from market.auditor import audit, lines, seals, told
from market.auditor.model import Check
from market.base import db
from market.base.db import Connection
from market.base.embedded import Dsns
from tests.auditor.changes import LEDGER, Change
from tests.auditor.changes_awards import AWARDS
from tests.auditor.changes_bank import BANK
from tests.auditor.changes_card_refunds import CARD_REFUNDS
from tests.auditor.changes_credit import CREDIT
from tests.auditor.changes_evidence import EVIDENCE
from tests.auditor.changes_explanations import EXPLANATIONS
from tests.auditor.changes_money import CAUSES, MONEY
from tests.auditor.changes_openings import OPENINGS
from tests.auditor.changes_parts import PARTS
from tests.auditor.changes_past_market import PAST_MARKET
from tests.auditor.changes_people import LOG, PEOPLE, RIGHTS
from tests.auditor.changes_places import PLACES
from tests.auditor.changes_proposals import PROPOSALS
from tests.auditor.changes_receivables import RECEIVABLES
from tests.auditor.changes_refunds import REFUNDS
from tests.auditor.changes_requests import REQUESTS
from tests.auditor.changes_retractions import RETRACTIONS
from tests.auditor.changes_reviews import REVIEWS
from tests.auditor.changes_states import STATES
from tests.auditor.changes_trade import TRADE
from tests.auditor.changes_write_offs import (
    NAMED_CHARGE,
    OF_ITS_PAST_CHARGE,
    TAKEN_BACK,
    WRITE_OFFS,
)

CHANGES = (
    *LEDGER,
    *LOG,
    *RIGHTS,
    *PEOPLE,
    *TRADE,
    *REQUESTS,
    *PROPOSALS,
    *MONEY,
    *BANK,
    *OPENINGS,
    *CREDIT,
    *RECEIVABLES,
    *REFUNDS,
    *RETRACTIONS,
    *EXPLANATIONS,
    *PAST_MARKET,
    *PLACES,
    *WRITE_OFFS,
    *CARD_REFUNDS,
    *EVIDENCE,
    *STATES,
    *REVIEWS,
    *AWARDS,
    *PARTS,
)


@pytest.fixture(scope="module")
async def superuser(original: Dsns) -> AsyncIterator[Connection]:
    conn = await db.connect(original.owner)
    yield conn
    await conn.close()


# What begins a check, and where it looks: what is hashed anew is no statement.
STATEMENTS: Final = {f"{check.invariant} {check.en}": check.sql for check in audit.CHECKS}
HASHED: Final = {f"I8 {lines.FITS_EN}": lines.faults, f"I10 {seals.HOLDS_EN}": seals.faults}


def _named_by(change: Change) -> list[str]:
    """The checks that begin as the change says: one."""
    return [name for name in (*STATEMENTS, *HASHED) if name.startswith(change.check)]


@pytest.mark.parametrize("change", CHANGES, ids=lambda one: f"{one.check.split()[0]} {one.what}")
async def test_a_change_is_found_by_its_check(superuser: Connection, change: Change) -> None:
    await superuser.execute("BEGIN; SET LOCAL session_replication_role = replica")
    try:
        row = str(await superuser.fetchval(change.row))
        named = await _named(superuser, change, row)
        await superuser.execute(change.sql.format(id=row))
        await superuser.execute("SET LOCAL ROLE market_auditor")
        faults = {name: await _faults_of(superuser, name) for name in _named_by(change)}
    finally:
        await superuser.execute("ROLLBACK")
    assert row != "None"
    finders = [
        name
        for name, found in faults.items()
        if (change.table, named) in {fault[:2] for fault in found}
    ]
    assert finders, faults
    assert len(faults) == 1, f"say which check it proves: {finders}"


# What makes a change lawful: that it was before its rule, which came with a migration, or that
# whoever acted could not know it.
CAME: Final = "UPDATE schema_migration SET applied_at = market_now() + '1 hour' WHERE number = {}"
LAWFUL: Final = (
    ("an account of the market's own in a supplement", CAME.format(102)),
    ("who approved what he is owed", CAME.format(102)),
    ("what category a line is of that was explained as stripe_fees", CAME.format(118)),
    (TAKEN_BACK, CAME.format(122)),
    (
        OF_ITS_PAST_CHARGE,
        f"""UPDATE stripe_explanation SET decided_at = decided_at + interval '2 hours'
            WHERE id = {NAMED_CHARGE}""",
    ),
    (
        OF_ITS_PAST_CHARGE,
        f"""UPDATE stripe_explanation_undo SET explanation_id = {NAMED_CHARGE},
                decided_at = decided_at - interval '30 minutes'
            WHERE id = (SELECT id FROM stripe_explanation_undo WHERE state = 'approved' LIMIT 1)""",
    ),
)


@pytest.mark.parametrize(
    ("change", "lawful"),
    [(one, sql) for what, sql in LAWFUL for one in CHANGES if one.what == what],
)
async def test_what_was_lawful_then_is_no_fault(
    superuser: Connection, change: Change, lawful: str
) -> None:
    [check] = _named_by(change)
    await superuser.execute("BEGIN; SET LOCAL session_replication_role = replica")
    try:
        row = str(await superuser.fetchval(change.row))
        await superuser.execute(change.sql.format(id=row))
        assert await _faults_of(superuser, check)
        await superuser.execute(lawful)
        faults = await _faults_of(superuser, check)
    finally:
        await superuser.execute("ROLLBACK")
    assert faults == []


def test_every_check_is_proven_by_a_change_that_names_it() -> None:
    """Whoever adds a check adds a change to CHANGES, with the beginning of its words."""
    assert len(STATEMENTS) == len(audit.CHECKS), "two checks say the same"
    loose = [change for change in CHANGES if len(_named_by(change)) != 1]
    assert loose == []
    proven = {name for change in CHANGES for name in _named_by(change)}
    proven |= {f"{check.invariant} {check.en}" for _, check, _ in TELLINGS}
    assert sorted({*STATEMENTS, *HASHED} - proven) == []


async def test_the_day_of_every_cause_is_tried(superuser: Connection) -> None:
    found = await superuser.fetch("SELECT DISTINCT split_part(cause, ':', 1) FROM posting")
    assert {cause for (cause,) in found} == set(CAUSES)


async def _faults_of(conn: Connection, name: str) -> list[tuple[str, ...]]:
    """What the one check says, as (table, id, what was found)."""
    if name in HASHED:
        return [(one.table, one.id, one.found) for one in await HASHED[name](conn)]
    return [tuple(row) for row in await conn.fetch(STATEMENTS[name])]


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
# Each column that events tell of, with the check that compares it.
TELLINGS: Final = [
    (one.table, check, column)
    for one, check in zip(told.TOLD, told.CHECKS, strict=True)
    for column, _ in told.columns_of(one)
    if (one.table, column) not in NEVER_TOLD
]


@pytest.mark.parametrize(
    ("table", "check", "column"), TELLINGS, ids=(f"{t}.{c}" for t, _, c in TELLINGS)
)
async def test_a_row_says_what_its_event_told(
    superuser: Connection, table: str, check: Check, column: str
) -> None:
    """The column is changed in all rows at once; those that events tell of are named."""
    await superuser.execute("BEGIN; SET LOCAL session_replication_role = replica")
    try:
        changed = await _changed_everywhere(superuser, table, column)
        named = {row[1] for row in await superuser.fetch(check.sql)}
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
