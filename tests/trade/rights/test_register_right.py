"""Registering a right for one's own unit."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from market.base import db
from market.base.access import Role
from market.base.db import Connection
from market.base.errors import MarketError
from market.trade.rights import model, operations
from market.trade.rights.model import NewRight, RightState
from tests.world import catalogue, identity

KNOW_HOW = {"kind": "know_how", "number": None, "description_hash": "a" * 64}


async def test_a_member_registers_a_right_of_the_own_unit(conn: Connection) -> None:
    unit = await identity.unit(conn)
    right = await catalogue.registered_right(conn, unit)

    assert right.unit_id == unit.id
    assert right.state == RightState.IN_FORCE
    assert [owner.organisation_id for owner in right.owners] == [unit.id]
    assert not right.owners[0].consents


async def test_an_application_begins_as_pending(conn: Connection) -> None:
    right = await catalogue.registered_right(conn, await identity.unit(conn), pending=True)
    assert right.state == RightState.PENDING


async def test_know_how_is_named_by_the_hash_of_its_description(conn: Connection) -> None:
    right = await catalogue.registered_right(conn, await identity.unit(conn), **KNOW_HOW)
    assert (right.number, right.description_hash) == (None, "a" * 64)


async def test_several_owners_share_the_whole(conn: Connection) -> None:
    unit = await identity.unit(conn)
    inventor = await identity.person(conn, unit, Role.MEMBER)
    owners = [
        {"organisation_id": unit.id, "share_ppm": 600_000},
        {"person_id": inventor.person_id, "share_ppm": 400_000},
    ]
    right = await catalogue.registered_right(conn, unit, owners=owners)
    assert [owner.share_ppm for owner in right.owners] == [600_000, 400_000]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"number": None}, model.NumberMissing),
        ({"description_hash": "a" * 64}, model.NumberMissing),
        ({**KNOW_HOW, "number": "ZL1"}, model.KnowHowHasNoNumber),
        ({**KNOW_HOW, "description_hash": None}, model.KnowHowHasNoNumber),
        ({**KNOW_HOW, "pending": True}, model.KnowHowHasNoNumber),
        ({**KNOW_HOW, "expires_on": "2030-01-01"}, model.KnowHowHasNoNumber),
        ({"owners": [{}]}, model.OwnerUnclear),
        ({"owners": [{"person_id": uuid4()}]}, model.OwnerUnknown),
        ({"owners": [{"organisation_id": uuid4(), "share_ppm": 1}]}, model.SharesDoNotSum),
    ],
)
async def test_a_right_that_is_not_clear_is_refused(
    conn: Connection, changes: dict[str, Any], refusal: type[MarketError]
) -> None:
    unit = await identity.unit(conn)
    with pytest.raises(refusal) as refused:
        await catalogue.registered_right(conn, unit, **changes)
    assert refused.value.pointer is not None


async def test_an_owner_is_named_once(conn: Connection) -> None:
    unit = await identity.unit(conn)
    twice = [{"organisation_id": unit.id, "share_ppm": 500_000}] * 2
    with pytest.raises(model.OwnerUnclear):
        await catalogue.registered_right(conn, unit, owners=twice)


async def test_the_database_too_refuses_shares_that_do_not_sum(conn: Connection) -> None:
    unit = await identity.unit(conn)
    right = await catalogue.registered_right(conn, unit)
    enterprise = await identity.enterprise(conn)
    await conn.execute("SET CONSTRAINTS ALL IMMEDIATE")
    async with db.act(conn, await identity.person(conn, unit, Role.CLERK)):
        with pytest.raises(asyncpg.CheckViolationError):
            await conn.execute(
                """INSERT INTO right_owner (right_id, unit_id, organisation_id, share_ppm)
                   VALUES ($1, $2, $3, 1)""",
                right.id,
                unit.id,
                enterprise.id,
            )
        await conn.execute("ROLLBACK TO SAVEPOINT part; SAVEPOINT part")


async def test_the_same_number_is_registered_once_across_units(conn: Connection) -> None:
    first = await catalogue.registered_right(conn, await identity.unit(conn))
    with pytest.raises(model.RightAlreadyRegistered):
        await catalogue.registered_right(conn, await identity.unit(conn), number=first.number)


@pytest.mark.parametrize("role", [Role.FINANCE, Role.LEADER, Role.TECH_REVIEWER])
async def test_other_roles_do_not_register(conn: Connection, role: Role) -> None:
    unit = await identity.unit(conn)
    actor = await identity.person(conn, unit, role)
    given = {"kind": "utility_model", "number": "ZL1", "title": "t", "owners": []}
    data = msgspec.convert({**given, "owners": [{"organisation_id": unit.id}]}, NewRight)
    with pytest.raises(model.NotRegistrar):
        await operations.register_right(conn, actor, data)


async def test_an_enterprise_does_not_register(conn: Connection) -> None:
    buyer = await identity.person(conn, await identity.enterprise(conn), Role.BUYER)
    owners = [{"person_id": buyer.person_id}]
    given = {"kind": "utility_model", "number": "ZL1", "title": "t", "owners": owners}
    with pytest.raises(model.NotRegistrar):
        await operations.register_right(conn, buyer, msgspec.convert(given, NewRight))
