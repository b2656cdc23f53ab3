"""One buyer, one bidder and a clock of its own for all tests of a module; each test is undone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import NamedTuple

import asyncpg
import pytest

from market.base.access import Actor, Role
from market.base.db import Connection
from market.base.embedded import Dsns
from market.identity.organisations.model import Organisation
from tests.conftest import rolled_back
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
async def cast(own_connection: Connection) -> Cast:
    enterprise, unit = (
        await identity.enterprise(own_connection),
        await identity.unit(own_connection),
    )
    return Cast(
        enterprise,
        await identity.person(own_connection, enterprise, Role.BUYER),
        unit,
        await identity.person(own_connection, unit, Role.CLERK),
        await identity.person(own_connection, await identity.unit(own_connection), Role.MEMBER),
        await identity.person(
            own_connection, await identity.enterprise(own_connection), Role.BUYER
        ),
    )


@pytest.fixture
async def conn(own_connection: Connection) -> AsyncIterator[Connection]:
    async with rolled_back(own_connection):
        yield own_connection


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
