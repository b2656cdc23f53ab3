"""Personal data go; events, grants and memberships stay as bare ids."""

from __future__ import annotations

import msgspec
import pytest

from market.base import db, idempotency
from market.base.access import Actor, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.base.web import Credentials
from market.identity.erasure import operations, queries
from market.identity.erasure.model import NotYoursToErase
from market.identity.invitations import operations as invitations
from market.identity.invitations.model import NewInvitation
from market.identity.letters import Link
from market.identity.organisations.model import Organisation
from market.identity.people import operations as people
from market.identity.people.model import Profile
from market.identity.roles.model import LastOfItsRole
from market.identity.sessions import operations as sessions
from market.identity.sessions import queries as session_queries
from tests.identity.conftest import Market
from tests.world import identity as world


async def test_nothing_personal_is_left_and_no_way_to_act(market: Market) -> None:
    conn = market.conn
    enterprise = await world.enterprise(conn)
    buyer = await world.person(conn, enterprise, Role.BUYER, name="专家丁丁")
    email = await world.email_of(conn, buyer)
    opened = await sessions.open_session(
        conn, buyer.person_id, organisation_id=None, address="192.0.2.55", device="Firefox"
    )
    profile = Profile(name="专家丁丁", language="zh-CN", phone="028 8888 1234")
    await people.edit_profile(conn, buyer, profile, None)

    erased = await operations.erase_person(conn, buyer, buyer.person_id)

    assert (erased.state, erased.email, erased.phone) == ("erased", None, None)
    assert await session_queries.who_is(conn, Credentials("session", opened.token)) is None
    tables = ("person", "invitation", "session", "password", "event", "consent", "mail")
    for table in tables:
        text = await market.owner.fetchval(f"SELECT string_agg(t::text, ' ') FROM {table} t")
        for secret in ("丁丁", email, "192.0.2.55", "028 8888"):
            assert secret not in (text or ""), f"{secret} is left in {table}"


async def test_the_last_manager_hands_over_first(conn: Connection) -> None:
    manager = await world.manager_of(conn, await world.enterprise(conn))

    with pytest.raises(LastOfItsRole):
        await operations.erase_person(conn, manager, manager.person_id)


async def test_others_do_not_erase_a_colleague_or_a_stranger(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    buyer = await world.person(conn, enterprise, Role.BUYER)
    stranger = await world.person(conn, await world.enterprise(conn))

    with pytest.raises(NotYoursToErase):
        await operations.erase_person(conn, manager, buyer.person_id)
    with pytest.raises(NotFound):
        await operations.erase_person(conn, stranger, buyer.person_id)


async def test_an_administrator_erases_somebody_of_his_units(conn: Connection) -> None:
    unit = await world.unit(conn)
    member = await world.person(conn, unit, Role.MEMBER)
    administrator, _ = await world.two_administrators(conn)

    await operations.erase_person(conn, administrator, member.person_id)

    async with db.look(conn, administrator):
        assert await world.find_again(conn, member) is None


async def test_an_administrator_does_not_erase_who_belongs_to_others_too(conn: Connection) -> None:
    unit, enterprise = await world.unit(conn), await world.enterprise(conn)
    buyer = await world.person(conn, enterprise, Role.BUYER)
    administrator, _ = await world.two_administrators(conn)

    with pytest.raises(NotFound):
        await operations.erase_person(conn, administrator, buyer.person_id)
    await also_member_of(conn, buyer, unit)
    with pytest.raises(NotYoursToErase):
        await operations.erase_person(conn, administrator, buyer.person_id)
    erased = await operations.erase_person(conn, buyer, buyer.person_id)
    assert erased.state == "erased"


async def also_member_of(conn: Connection, person: Actor, unit: Organisation) -> None:
    link = Link(world.SITE)
    new = NewInvitation(
        organisation_id=unit.id,
        name="会员",
        email=await world.email_of(conn, person),
        roles=[Role.MEMBER],
    )
    await invitations.invite(conn, await world.inviter(conn, unit), new, link)
    await world.accept(conn, link, password=None)


async def test_answers_kept_for_repeated_requests_forget_him(market: Market) -> None:
    conn = market.conn
    enterprise = await world.enterprise(conn)
    buyer = await world.person(conn, enterprise, name='专家"丁丁"')
    email = await world.email_of(conn, buyer)
    told = msgspec.json.encode({"name": '专家"丁丁"', "email": email, "roles": ["buyer"]})
    manager, scope = await world.inviter(conn, enterprise), f"organisation:{enterprise.id}"
    async with db.act(conn, manager):
        given = idempotency.Answer(201, {}, told)
        await idempotency.keep(conn, manager, scope, "key", bytes(32), given)
    await operations.erase_person(conn, buyer, buyer.person_id)

    async with db.act(conn, manager):
        kept = await idempotency.answer_given(conn, manager, scope, "key", bytes(32))
    assert kept is not None
    left = {"name": "已注销人员 Erased person", "email": "", "roles": ["buyer"]}
    assert msgspec.json.decode(kept.answer) == left


async def test_only_the_system_has_letters_forgotten(market: Market) -> None:
    conn = market.conn
    buyer = await world.person(conn, await world.enterprise(conn))
    email = await world.email_of(conn, buyer)
    before = await market.mails_to(email)

    async with db.act(conn, buyer):
        await queries.forget_letters(conn, buyer.person_id)

    assert await market.mails_to(email) == before != []
