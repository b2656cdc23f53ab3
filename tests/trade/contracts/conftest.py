"""One cast for all tests of a module, on a database of its own; each test is undone."""

from __future__ import annotations

import pytest

from market.base.db import Connection
from tests.trade.enterprise_requests.conftest import conn
from tests.world import contracts
from tests.world.contracts import Cast

__all__ = ["conn"]


@pytest.fixture(scope="module")
async def people(own_connection: Connection) -> Cast:
    return await contracts.cast(own_connection)
