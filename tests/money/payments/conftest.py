"""A unit that takes cards, at a simulator that the tests of one module share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from market.base.db import Connection, Pool
from market.stripe_simulator.app import serving
from tests.client import OneConnection
from tests.world import stripe
from tests.world.stripe import Till


@pytest.fixture(scope="module")
async def simulator() -> AsyncIterator[str]:
    async with serving() as served:
        yield served.address


@pytest.fixture
async def till(conn: Connection, simulator: str) -> AsyncIterator[Till]:
    """Whatever it does is undone after the test, by one connection that everybody leases."""
    pool: Any = OneConnection(conn)
    async with stripe.till(pool, simulator) as made:
        yield made
        await made.control("faults/clear")


@pytest.fixture
async def busy_till(pool: Pool, simulator: str) -> AsyncIterator[Till]:
    """For what happens at once: what it does is committed."""
    async with stripe.till(pool, simulator) as made:
        yield made
        await made.control("faults/clear")
