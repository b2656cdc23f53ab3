"""Who sees drafts: the unit's scope; row-level security says it once more."""

from __future__ import annotations

import pytest

from market.base import db
from market.base.access import Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.trade.catalogue import queries
from market.trade.catalogue.queries import Wanted
from tests.world import catalogue, identity


async def test_the_scope_above_sees_drafts_and_units_beside_do_not(conn: Connection) -> None:
    above = await identity.unit(conn)
    unit = await identity.unit(conn, parent=above)
    drafter = await identity.person(conn, unit, Role.MEMBER)
    offering = await catalogue.drafted_offering(conn, unit, drafter)
    clerk = await identity.person(conn, above, Role.CLERK)
    async with db.look(conn, clerk):
        listed = await queries.offerings_of(conn, clerk, above.id, Wanted(), before=None, limit=10)
    assert [each.id for each in listed] == [offering.id]
    beside = await identity.person(conn, await identity.unit(conn), Role.CLERK)
    async with db.look(conn, beside):
        with pytest.raises(NotFound):
            await queries.find_offering(conn, beside, offering.id)
        listed = await queries.offerings_of(conn, beside, unit.id, Wanted(), before=None, limit=10)
    assert listed == []


async def test_row_level_security_alone_hides_drafts_and_reviews(conn: Connection) -> None:
    offering = await catalogue.published_offering(conn, await identity.unit(conn))
    stranger = identity.as_if_all_were_visible(
        await identity.person(conn, await identity.enterprise(conn), Role.BUYER)
    )
    async with db.look(conn, stranger):
        with pytest.raises(NotFound):
            await queries.find_offering(conn, stranger, offering.id)
        with pytest.raises(NotFound):
            await queries.lock_offering(conn, stranger, offering.id)
        listed = await queries.offerings_of(
            conn, stranger, offering.unit_id, Wanted(), before=None, limit=10
        )
        reviews = await queries.reviews_of(conn, stranger, offering.id, before=None, limit=10)
        version = await queries.published_version(conn, offering.id)
    assert listed == []
    assert reviews == []
    assert version.number == 1
