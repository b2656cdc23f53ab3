"""The auditor's lists are those of the database: a new table with a state fails here."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from market.auditor import log, states
from market.base import db
from market.base.db import Connection
from market.base.embedded import Dsns

# Nobody closes a month yet, so nothing records it; and foreign keys hold what repeats a state.
WITHOUT_MOVES = {
    ("period", "state"),
    ("opening_balance_line", "opening_state"),
    ("opening_item", "opening_state"),
}


@pytest.fixture
async def auditor(shared_database: Dsns) -> AsyncIterator[Connection]:
    conn = await db.connect(shared_database.auditor)
    yield conn
    await conn.close()


async def test_every_state_in_the_database_is_audited(auditor: Connection) -> None:
    found = await auditor.fetch(
        """SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
           WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
             AND a.attname ~ '(^|_)state$' AND NOT a.attisdropped"""
    )
    audited = {(place.table, place.column) for place in states.STATEFUL}
    assert {tuple(row) for row in found} == audited | WITHOUT_MOVES


async def test_every_subject_that_moves_is_audited(auditor: Connection) -> None:
    subjects = await auditor.fetch("SELECT DISTINCT subject FROM legal_move")
    assert {row["subject"] for row in subjects} == {place.subject for place in states.STATEFUL}


async def test_every_append_only_table_is_watched(auditor: Connection) -> None:
    triggers = await auditor.fetch(
        """SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
           WHERE t.tgname = 'append_only'"""
    )
    listed = re.search(r"ARRAY\[(.*?)\]", log.CHECKS[-1].sql, re.DOTALL)
    assert listed is not None
    assert {row["relname"] for row in triggers} == set(re.findall(r"'(\w+)'", listed[1]))
