"""One buyer, one bidder and a clock of its own for all tests of a module; each test is undone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

import asyncpg
import pytest

from market.base import db
from market.base.access import Actor, Role
from market.base.db import Connection
from market.base.embedded import Dsns
from market.identity.organisations.model import Organisation
from tests.conftest import Clone
from tests.world import identity


class Cast(NamedTuple):
    """Who asks for something, who could do it, and who has nothing to do with either."""

    enterprise: Organisation
    buyer: Actor
    unit: Organisation
    bidder: Actor
    rival: Actor
    other_buyer: Actor


SetClock = Callable[[datetime | None], Awaitable[None]]


@pytest.fixture(scope="module")
async def own_database(clone: Clone) -> AsyncIterator[Dsns]:
    async with clone() as addresses:
        yield addresses


@pytest.fixture(scope="module")
async def cast(own_database: Dsns) -> Cast:
    conn = await db.connect(own_database.app)
    enterprise, unit = await identity.enterprise(conn), await identity.unit(conn)
    made = Cast(
        enterprise,
        await identity.person(conn, enterprise, Role.BUYER),
        unit,
        await identity.person(conn, unit, Role.CLERK),
        await identity.person(conn, await identity.unit(conn), Role.MEMBER),
        await identity.person(conn, await identity.enterprise(conn), Role.BUYER),
    )
    await conn.close()
    return made


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


@pytest.fixture
async def at(own_database: Dsns) -> AsyncIterator[SetClock]:
    """Turn the market's clock to an instant; it goes on from there, and back at the end."""
    owner = await asyncpg.connect(own_database.owner)

    async def turn(instant: datetime | None) -> None:
        await owner.execute(
            """UPDATE clock_offset
               SET shift = coalesce($1::timestamptz - clock_timestamp(), '0')""",
            instant,
        )

    yield turn
    await turn(None)
    await owner.close()
