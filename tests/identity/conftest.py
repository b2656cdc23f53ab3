"""Fixtures of this wing: a market of one's own whose clock the test moves, and its owner's view."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from market.base import db
from market.base.db import Connection, Pool
from tests.conftest import Clone


class Market:
    """A database of one test: ``conn`` and ``pool`` as the application, ``owner`` sees all."""

    def __init__(self, conn: Connection, pool: Pool, owner: asyncpg.Connection) -> None:
        self.conn = conn
        self.pool = pool
        self.owner = owner

    async def pass_time(self, **duration: int) -> None:
        """Let time go by; only the owner can."""
        await self.owner.execute(
            "UPDATE clock_offset SET shift = shift + $1", timedelta(**duration)
        )

    async def mails_to(self, address: str) -> list[str]:
        """Subjects and texts of the mails to an address, oldest first."""
        rows = await self.owner.fetch(
            "SELECT subject || E'\n' || body FROM mail WHERE to_address = $1 ORDER BY id", address
        )
        return [row[0] for row in rows]


@pytest.fixture
async def market(stocked: Clone) -> AsyncIterator[Market]:
    async with stocked() as addresses:
        conn = await db.connect(addresses.app)
        pool = await db.open_pool(addresses.app)
        owner = await asyncpg.connect(addresses.owner)
        try:
            yield Market(conn, pool, owner)
        finally:
            owner.terminate()
            pool.terminate()
            conn.terminate()
