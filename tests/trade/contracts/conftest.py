"""One cast for all tests of a module, on a database of its own; each test is undone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
import pytest

from market.base import db
from market.base.db import Connection
from market.base.embedded import Dsns
from tests.conftest import Clone
from tests.world import contracts
from tests.world.contracts import Cast


@pytest.fixture(scope="module")
async def own_database(clone: Clone) -> AsyncIterator[Dsns]:
    async with clone() as addresses:
        yield addresses


@pytest.fixture(scope="module")
async def people(own_database: Dsns) -> Cast:
    connection = await db.connect(own_database.app)
    cast = await contracts.cast(connection)
    await connection.close()
    return cast


@pytest.fixture
async def conn(own_database: Dsns) -> AsyncIterator[Connection]:
    connection = await db.connect(own_database.app)
    try:
        await connection.execute("BEGIN")
        yield connection
        with suppress(asyncpg.InFailedSQLTransactionError):
            await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        await connection.execute("ROLLBACK")
    finally:
        connection.terminate()
