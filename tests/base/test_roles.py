"""What the roles of the database may do: nobody reads secrets that are not his work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import asyncpg
import pytest

from market.base import db
from market.base.db import Connection
from market.base.embedded import Dsns

SECRETS = ("password", "password_reset", "session", "attempt", "mail", "idempotency_key")

# What runs with the owner's rights, by whom it may be called.
READING: Final = frozenset(
    [
        "acts_in_role",
        "books_of",
        "buyer_of",
        "buys_request",
        "current_epoch",
        "invited_to_request",
        "market_now",
        "market_today",
        "reads_file",
        "request_is_over",
        "reviews_are_shown",
        "scope_of",
        "visible_organisations",
    ]
)
DOING: Final = frozenset(
    [
        "acts_in_any_role",
        "administers_market",
        "authors_of_deal",
        "bids_against",
        "bids_for",
        "buys_impartially",
        "holds_role_at_buyer",
        "is_file_for_actor",
        "is_open_to_talk",
        "is_sealed_file",
        "people_of_proposal",
        "reads_proposal",
        "second_factor_rule",
        "sees_proposal",
        "unit_load",
        "upload_usage",
        "delivered_work",
        "waits_for_opening",
        "has_interest",
        "hears_complaint",
        "has_subject",
        "judges_request",
        "learns_outcome",
        "opened_proposals",
        "outcome_was_told",
        "fold_tallies",
        "forget_letters",
        "holds_role_in",
        "jobs_waiting",
        "ledger_post",
        "ledger_post_many",
        "looks_after",
        "may_judge",
        "next_number",
        "note_use",
        "number_vouchers",
        "offered_by_member",
        "owner_signs_in",
        "record_births",
        "record_event",
        "record_events",
        "shares_file",
        "shown_members",
        "shown_qualifications",
        "shown_reviews",
        "tells_of_a_rival",
        "who_is",
    ]
)
DEFINERS: Final = {
    "market_app": READING | DOING,
    "market_worker": READING | DOING,
    "market_auditor": READING,
}


@pytest.fixture
async def auditor(shared_database: Dsns) -> AsyncIterator[Connection]:
    conn = await db.connect(shared_database.auditor)
    yield conn
    await conn.close()


@pytest.mark.parametrize("table", SECRETS)
async def test_the_auditor_reads_no_secrets(auditor: Connection, table: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await auditor.fetch(f"SELECT count(*) FROM {table}")  # a name of ours


@pytest.mark.parametrize(
    ("table", "column"),
    [("invitation", "token_hash"), ("invitation", "email"), ("api_key", "key_hash")],
)
async def test_the_auditor_reads_states_and_no_tokens(
    auditor: Connection, table: str, column: str
) -> None:
    await auditor.fetch(f"SELECT id, state, version FROM {table}")  # likewise
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await auditor.fetch(f"SELECT {column} FROM {table}")  # likewise


@pytest.mark.parametrize("role", DEFINERS)
async def test_a_role_runs_with_the_owners_rights_only_what_is_listed(
    conn: Connection, role: str
) -> None:
    definers = "SELECT proname FROM pg_proc WHERE prosecdef"
    found = await conn.fetch(f"{definers} AND has_function_privilege($1, oid, 'EXECUTE')", role)
    assert {record["proname"] for record in found} == DEFINERS[role]


@pytest.mark.parametrize(
    "call", ["lo_from_bytea(0, 'x')", "lo_create(0)", "lo_get(1)", "lo_open(1, 0)", "lo_unlink(1)"]
)
async def test_nothing_is_kept_outside_the_tables(conn: Connection, call: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await conn.fetchval(f"SELECT {call}")
    await conn.execute("ROLLBACK; BEGIN")
    large = "SELECT array_agg(oid::regprocedure) FROM pg_proc WHERE proname ~ '^lo(_|read$|write$)'"
    able = f"{large} AND has_function_privilege($1, oid, 'EXECUTE')"
    assert await conn.fetchval(able, "market_app") is None
