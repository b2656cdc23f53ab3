"""A market whose days pass."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Clone
from tests.world import dunning
from tests.world.dunning import Market


@pytest.fixture(scope="module")
async def market(clone: Clone) -> AsyncIterator[Market]:
    async with dunning.opened(clone) as market:
        yield market
