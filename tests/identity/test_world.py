"""The world that other rooms' tests stand on."""

from __future__ import annotations

from market.base.access import Role
from market.base.db import Connection
from tests.world import identity as world


async def test_a_unit_an_enterprise_and_their_people_come_from_real_operations(
    conn: Connection,
) -> None:
    unit = await world.unit(conn)
    leader = await world.person(conn, unit, Role.LEADER, Role.CLERK)
    buyer = await world.person(conn, await world.enterprise(conn), Role.BUYER)

    assert leader.roles == {Role.LEADER, Role.CLERK}
    assert leader.side == "unit"
    assert leader.scope == (unit.id,)
    assert buyer.roles == {Role.BUYER}
    assert buyer.side == "enterprise"
