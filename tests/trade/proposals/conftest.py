"""The cast and the clock of enterprise requests, and two units that bid."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from market.base import db
from market.base.access import Actor, Role
from market.base.embedded import Dsns
from tests.trade.enterprise_requests.conftest import Cast, at, cast, conn
from tests.world import identity, proposals
from tests.world.proposals import Bidder

__all__ = ["at", "cast", "conn"]


class Bids(NamedTuple):
    """Two rivals; of the first also a member, its auditor, and a clerk of the unit above."""

    first: Bidder
    second: Bidder
    member: Actor
    leader: Actor
    auditor: Actor
    above: Actor


@pytest.fixture(scope="module")
async def bids(own_database: Dsns, cast: Cast) -> Bids:
    connection = await db.connect(own_database.app)
    above = await identity.unit(connection)
    unit = await identity.unit(connection, parent=above)
    made = Bids(
        await proposals.bidder(connection, unit),
        await proposals.bidder(connection),
        await identity.person(connection, unit, Role.MEMBER),
        await identity.person(connection, unit, Role.LEADER),
        await identity.person(connection, unit, Role.AUDITOR),
        await identity.person(connection, above, Role.CLERK),
    )
    await connection.close()
    return made
