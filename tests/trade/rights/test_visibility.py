"""Who sees a right: its unit's scope and its owners; row-level security says it once more."""

from __future__ import annotations

import pytest

from market.base import db
from market.base.access import Actor, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.trade.rights import queries
from tests.world import catalogue, identity


async def test_the_unit_above_sees_the_right(conn: Connection) -> None:
    above = await identity.unit(conn)
    unit = await identity.unit(conn, parent=above)
    right = await catalogue.registered_right(conn, unit)
    clerk = await identity.person(conn, above, Role.CLERK)
    async with db.look(conn, clerk):
        assert (await queries.find_right(conn, clerk, right.id)).id == right.id
        listed = await queries.rights_of(conn, clerk, above.id, before=None, limit=10)
    assert [each.id for each in listed] == [right.id]


async def test_an_owner_sees_it_from_outside(conn: Connection) -> None:
    enterprise = await identity.enterprise(conn)
    owners = [{"organisation_id": enterprise.id}]
    right = await catalogue.registered_right(conn, await identity.unit(conn), owners=owners)
    manager = await identity.manager_of(conn, enterprise)
    async with db.look(conn, manager):
        assert (await queries.find_right(conn, manager, right.id)).id == right.id


async def test_strangers_are_hidden_from_by_the_query(conn: Connection) -> None:
    right = await catalogue.registered_right(conn, await identity.unit(conn))
    stranger = await identity.person(conn, await identity.enterprise(conn), Role.BUYER)
    async with db.look(conn, stranger):
        with pytest.raises(NotFound):
            await queries.find_right(conn, stranger, right.id)


async def test_strangers_are_hidden_from_by_row_level_security_alone(conn: Connection) -> None:
    right = await catalogue.registered_right(conn, await identity.unit(conn))
    stranger = await _stranger_without_clause(conn)
    async with db.look(conn, stranger):
        with pytest.raises(NotFound):
            await queries.find_right(conn, stranger, right.id)
        listed = await queries.rights_of(conn, stranger, right.unit_id, before=None, limit=10)
        owners = await conn.fetchval("SELECT count(*) FROM right_owner")
    assert listed == []
    assert owners == 0


async def _stranger_without_clause(conn: Connection) -> Actor:
    stranger = await identity.person(conn, await identity.unit(conn), Role.CLERK)
    return identity.as_if_all_were_visible(stranger)
