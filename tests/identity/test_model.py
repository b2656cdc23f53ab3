"""The rows are what the Structs say, and the database knows the same moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec
import pytest

from market.base import clock, db
from market.base.access import Role
from market.base.db import columns
from market.base.embedded import Dsns
from market.base.moves import Moves
from market.identity.authorities import model as authorities
from market.identity.enterprises import model as enterprises
from market.identity.invitations import model as invitations
from market.identity.keys import model as keys
from market.identity.keys import operations as key_operations
from market.identity.members import model as members
from market.identity.members import operations as member_operations
from market.identity.organisations import model as organisations
from market.identity.people import model as people
from market.identity.policies import model as policies
from market.identity.renamings import model as renamings
from market.identity.roles import model as roles
from market.identity.sessions import model as sessions
from market.identity.units import model as units
from tests.conftest import Clone
from tests.world import identity as world

ALL_MOVES: list[Moves[Any]] = [
    organisations.MOVES,
    people.MOVES,
    roles.MOVES,
    authorities.MOVES,
    invitations.MOVES,
    members.MOVES,
    keys.MOVES,
    renamings.MOVES,
    policies.MOVES,
]
ROWS = [
    (organisations.Organisation, "organisation"),
    (organisations.Contact, "organisation_contact"),
    (enterprises.Verification, "verification"),
    (units.Parent, "unit_parent"),
    (units.TaxStatus, "tax_status"),
    (people.Person, "person"),
    (people.Consent, "consent"),
    (roles.RoleGrant, "role_grant"),
    (invitations.Invitation, "invitation"),
    (members.Qualification, "qualification"),
    (keys.ApiKey, "api_key"),
    (policies.PolicyVersion, "policy"),
    (sessions.Session, "session"),
]


@pytest.mark.parametrize("moves", ALL_MOVES, ids=lambda moves: moves.subject)
async def test_the_database_knows_the_same_moves(shared_database: Dsns, moves: Moves[Any]) -> None:
    auditor = await asyncpg.connect(shared_database.auditor)
    records = await auditor.fetch(
        "SELECT subject, move, state_from, state_to FROM legal_move WHERE subject = $1",
        moves.subject,
    )
    await auditor.close()
    assert {tuple(record) for record in records} == set(moves.rows())


@pytest.fixture(scope="module")
async def owner(clone: Clone) -> AsyncIterator[asyncpg.Connection]:
    """Who sees all tables of a market in which everything happened once."""
    async with clone() as addresses:
        conn = await db.connect(addresses.app)
        await world.enterprise(conn)
        unit = await world.unit(conn)
        clerk = await world.person(conn, unit, Role.CLERK)
        today = await clock.today(conn)
        enrolment = members.NewMember(kind=members.MemberKind.INDIVIDUAL, number="1", name="甲")
        member = await member_operations.enrol_member(conn, clerk, unit.id, enrolment)
        certificate = members.NewQualification(
            kind="钳工", number="7", issuer="鉴定中心", issued_on=today
        )
        await member_operations.add_qualification(conn, clerk, member.id, certificate)
        key = keys.NewKey(name="程序", roles=[Role.CLERK], expires_on=today + timedelta(days=1))
        await key_operations.issue_key(conn, clerk, key)
        await conn.close()
        everything = await asyncpg.connect(addresses.owner)
        await db.prepare_connection(everything)
        yield everything
        await everything.close()


@pytest.mark.parametrize(("kind", "table"), ROWS, ids=lambda each: getattr(each, "__name__", each))
async def test_a_row_converts_strictly(
    owner: asyncpg.Connection, kind: type[msgspec.Struct], table: str
) -> None:
    records = await owner.fetch(f"SELECT {columns(kind)} FROM {table}")

    assert records
    for record in records:
        msgspec.convert(dict(record), type=kind, strict=True)
