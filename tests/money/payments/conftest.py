"""A unit that takes cards, at a simulator that the tests of one module share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from market.base.db import Pool
from market.stripe_simulator.app import serving
from tests.world import stripe
from tests.world.stripe import Till


@pytest.fixture(scope="module")
async def simulator() -> AsyncIterator[str]:
    async with serving() as served:
        yield served.address


@pytest.fixture
async def till(pool: Pool, simulator: str) -> AsyncIterator[Till]:
    async with stripe.till(pool, simulator) as made:
        yield made
        await made.control("faults/clear")
