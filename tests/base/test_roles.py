"""What the roles of the database may do: nobody reads secrets that are not his work."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from market.base import db
from market.base.db import Connection
from market.base.embedded import Dsns

SECRETS = ("password", "password_reset", "session", "attempt", "mail", "idempotency_key")


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
