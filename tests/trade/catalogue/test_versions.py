"""Versions: immutable, listed, compared; seen by strangers only while published."""

from __future__ import annotations

import asyncpg
import pytest

from market.base import db
from market.base.access import Role
from market.base.db import Connection
from market.base.embedded import Dsns
from market.base.errors import NotFound
from market.trade.catalogue import operations, queries
from market.trade.catalogue.terms import FieldChange, diff
from tests.conftest import Clone
from tests.world import catalogue, identity


async def test_a_diff_names_each_field_that_changed(conn: Connection) -> None:
    unit = await identity.unit(conn)
    offering = await catalogue.published_offering(conn, unit)
    await catalogue.passed_revision(
        conn, unit, offering, price_minor=90_000_00, deliverables=["轴 Shaft"]
    )
    first, second = [await queries.version(conn, offering.id, number) for number in (1, 2)]
    assert diff(first, second) == [
        FieldChange("deliverables", offering.deliverables, ["轴 Shaft"]),
        FieldChange("price_minor", 86_000_00, 90_000_00),
    ]
    assert diff(second, second) == []


async def test_versions_are_listed_newest_first(conn: Connection) -> None:
    unit = await identity.unit(conn)
    offering = await catalogue.published_offering(conn, unit)
    await catalogue.passed_revision(conn, unit, offering, price_minor=90_000_00)
    buyer = await identity.person(conn, await identity.enterprise(conn), Role.BUYER)
    async with db.look(conn, buyer):
        listed = await queries.versions_of(conn, buyer, offering.id, before=None, limit=10)
        older = await queries.versions_of(conn, buyer, offering.id, before=2, limit=10)
    assert [version.number for version in listed] == [2, 1]
    assert [version.number for version in older] == [1]


async def test_strangers_lose_sight_of_versions_with_the_offering(conn: Connection) -> None:
    unit = await identity.unit(conn)
    offering = await catalogue.published_offering(conn, unit)
    clerk = await identity.person(conn, unit, Role.CLERK)
    buyer = await identity.person(conn, await identity.enterprise(conn), Role.BUYER)
    await operations.suspend_offering(conn, clerk, offering.id, "检修 Overhaul")
    async with db.look(conn, buyer):
        assert await queries.versions_of(conn, buyer, offering.id, before=None, limit=10) == []
        with pytest.raises(NotFound):
            await queries.find_version(conn, buyer, offering.id, 1)
    async with db.look(conn, clerk):
        assert (await queries.find_version(conn, clerk, offering.id, 1)).number == 1


async def test_a_version_keeps_the_right_as_it_was_called(conn: Connection) -> None:
    unit = await identity.unit(conn)
    right = await catalogue.settled_right(conn, unit)
    offering = await catalogue.published_offering(conn, unit, kind="transfer", right_id=right.id)
    version = await queries.published_version(conn, offering.id)
    assert (version.right_kind, version.right_number, version.right_title) == (
        right.kind,
        right.number,
        right.title,
    )


@pytest.mark.parametrize("table", ["offering_version", "offering_review"])
async def test_the_application_cannot_change_what_was_published(
    shared_database: Dsns, table: str
) -> None:
    application = await db.connect(shared_database.app)
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table}", f"UPDATE {table} SET id = id"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await application.execute(statement)
    await application.close()


@pytest.mark.parametrize("table", ["offering_version", "offering_review"])
async def test_even_its_owner_cannot_change_it(clone: Clone, table: str) -> None:
    async with clone() as addresses:
        owner = await db.connect(addresses.owner)
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id"):
            with pytest.raises(asyncpg.RestrictViolationError):
                await owner.execute(statement)
        await owner.close()
