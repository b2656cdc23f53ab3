"""Row-level security alone hides foreign rows, with the queries' own clauses switched off."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from market.base import clock, db
from market.base.access import ANONYMOUS, Actor, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.identity.authorities import operations as authorities
from market.identity.authorities import queries as authority_queries
from market.identity.authorities.model import AuthorityKind, NewAuthority
from market.identity.invitations import operations as invitations
from market.identity.invitations import queries as invitation_queries
from market.identity.invitations.model import NewInvitation
from market.identity.keys import operations as keys
from market.identity.keys import queries as key_queries
from market.identity.keys.model import NewKey
from market.identity.letters import Link
from market.identity.members import operations as members
from market.identity.members import queries as member_queries
from market.identity.members.model import MemberKind, NewMember
from market.identity.organisations import queries as organisations
from market.identity.people import queries as people
from market.identity.roles import queries as roles
from tests.world import identity as world


class Foreign:
    """What belongs to others: one id of each kind of row."""

    person: UUID
    grant: UUID
    invitation: UUID
    key: UUID
    authority: UUID
    enterprise: UUID
    unverified: UUID
    member: UUID


@pytest.fixture
async def foreign(conn: Connection) -> Foreign:
    rows = Foreign()
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    rows.enterprise, rows.person = enterprise.id, manager.person_id
    rows.grant = (await world.grants_of(conn, manager))[0].id
    new = NewInvitation(
        organisation_id=enterprise.id, name="丙", email="c@market.test", roles=[Role.BUYER]
    )
    rows.invitation = (await invitations.invite(conn, manager, new, Link(world.SITE))).id
    expires_on = await clock.today(conn) + timedelta(days=9)
    key = NewKey(name="程序", roles=[Role.MANAGER], expires_on=expires_on)
    rows.key = (await keys.issue_key(conn, manager, key)).key.id
    authority = NewAuthority(
        person_id=manager.person_id,
        organisation_id=enterprise.id,
        kind=AuthorityKind.LEGAL_REPRESENTATIVE,
    )
    rows.authority = (await authorities.propose_authority(conn, manager, authority)).id
    rows.unverified = (await world.enterprise(conn, verified=False)).id
    unit = await world.unit(conn)
    clerk = await world.person(conn, unit, Role.CLERK)
    enrolment = NewMember(kind=MemberKind.INDIVIDUAL, number="G-1", name="专家甲")
    rows.member = (await members.enrol_member(conn, clerk, unit.id, enrolment)).id
    return rows


@pytest.mark.parametrize("by_row_level_security_alone", [False, True])
@pytest.mark.parametrize("who", ["buyer of another enterprise", "member of another unit", "nobody"])
async def test_a_stranger_finds_none_of_it(
    conn: Connection, foreign: Foreign, who: str, *, by_row_level_security_alone: bool
) -> None:
    actor = await stranger(conn, who)
    if by_row_level_security_alone:
        actor = world.as_if_all_were_visible(actor)
    finds = [
        (people.find_person, foreign.person),
        (roles.find_grant, foreign.grant),
        (invitation_queries.find_invitation, foreign.invitation),
        (key_queries.find_key, foreign.key),
        (authority_queries.find_authority, foreign.authority),
        (member_queries.find_member, foreign.member),
        (organisations.find_contact, foreign.enterprise),
        (organisations.find_organisation, foreign.unverified),
    ]
    async with db.look(conn, actor):
        for find, row_id in finds:
            with pytest.raises(NotFound):
                await find(conn, actor, row_id)


async def stranger(conn: Connection, who: str) -> Actor:
    if who == "nobody":
        return ANONYMOUS
    if who == "buyer of another enterprise":
        return await world.person(conn, await world.enterprise(conn), Role.BUYER)
    return await world.person(conn, await world.unit(conn), Role.MEMBER)


async def test_claiming_to_act_for_an_organisation_shows_nothing_of_it(
    conn: Connection, foreign: Foreign
) -> None:
    """The database asks for itself whether the person holds a role there."""
    honest = await world.person(conn, await world.enterprise(conn), Role.BUYER)
    liar = Actor(
        honest.person_id,
        organisation_id=foreign.enterprise,
        side="enterprise",
        roles=frozenset({Role.MANAGER}),
        scope=(foreign.enterprise,),
    )
    async with db.look(conn, liar):
        assert await conn.fetchval("SELECT visible_organisations()") == []
        with pytest.raises(NotFound):
            await roles.find_grant(conn, liar, foreign.grant)


async def test_secrets_are_read_by_the_system_alone(conn: Connection, foreign: Foreign) -> None:
    administrator, _ = await world.two_administrators(conn)
    async with db.look(conn, administrator):
        assert await conn.fetchval("SELECT count(*) FROM password") == 0
        assert await conn.fetchval("SELECT count(*) FROM password_reset") == 0
        assert await conn.fetchval("SELECT count(*) FROM attempt") == 0


async def test_a_unit_sees_its_subtree_and_an_enterprise_itself(conn: Connection) -> None:
    district = await world.unit(conn, level=2)
    unit = await world.unit(conn, parent=district)
    above = await world.person(conn, district, Role.CLERK)
    below = await world.person(conn, unit, Role.CLERK)

    for actor, seen in [(above, {district.id, unit.id}), (below, {unit.id})]:
        async with db.look(conn, actor):
            visible = await conn.fetchval("SELECT visible_organisations()")
        assert set(visible) == seen == set(actor.scope)
    assert set(above.approves_for) == {district.id, unit.id}


async def test_a_file_is_seen_by_who_brought_it_and_by_its_readers(conn: Connection) -> None:
    here, there = await world.enterprise(conn), await world.enterprise(conn)
    owner, reader = await world.person(conn, here), await world.person(conn, there)
    outsider = await world.person(conn, await world.enterprise(conn))
    file_id = uuid4()
    async with db.act(conn, owner):
        await conn.execute(
            """INSERT INTO file (id, sha256, size_bytes, media_type, name, uploaded_by)
               VALUES ($1, sha256('x'), 1, 'text/plain', 'x.txt', $2)""",
            file_id,
            owner.person_id,
        )
        await conn.execute("INSERT INTO file_reader VALUES ($1, $2)", file_id, there.id)

    for actor, sees in [(owner, 1), (reader, 1), (outsider, 0)]:
        async with db.look(conn, actor):
            counted = await conn.fetchval("SELECT count(*) FROM file WHERE id = $1", file_id)
        assert counted == sees


async def test_nobody_makes_himself_reader_of_a_foreign_file(conn: Connection) -> None:
    owner = await world.person(conn, await world.enterprise(conn))
    thief = await world.person(conn, await world.enterprise(conn))
    file_id = uuid4()
    async with db.act(conn, owner):
        await conn.execute(
            """INSERT INTO file (id, sha256, size_bytes, media_type, name, uploaded_by)
               VALUES ($1, sha256('x'), 1, 'text/plain', 'x.txt', $2)""",
            file_id,
            owner.person_id,
        )
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await make_reader(conn, thief, file_id)


async def make_reader(conn: Connection, thief: Actor, file_id: UUID) -> None:
    async with db.act(conn, thief):
        await conn.execute(
            "INSERT INTO file_reader VALUES ($1, $2)", file_id, thief.organisation_id
        )
