"""Colleagues come in by a link that works once."""

from __future__ import annotations

from uuid import UUID

import pytest

from market import worker
from market.base import db, events
from market.base.access import SYSTEM, Actor, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.identity.invitations import operations, queries
from market.identity.invitations.model import (
    Acceptance,
    Invitation,
    LinkUnusable,
    NewInvitation,
    PasswordMissing,
    PasswordNotAsked,
)
from market.identity.letters import Link
from market.identity.organisations.model import Organisation
from market.identity.passwords.model import PasswordTooCommon, PasswordTooShort, hasher
from market.identity.people import operations as people
from market.identity.people import queries as person_queries
from market.identity.people.model import ConsentOutdated, Consents
from market.identity.roles import operations as roles
from market.identity.roles import queries as grants
from market.identity.roles.model import NobodyGrantsToHimself, NotYoursToGrant, RolesExclude
from tests.identity.conftest import Market
from tests.world import identity as world


def to_colleague(organisation: Organisation, *roles_promised: Role) -> NewInvitation:
    return NewInvitation(
        organisation_id=organisation.id,
        name="同事乙",
        email=" Colleague@Market.test ",
        language="en",
        roles=list(roles_promised),
    )


async def acceptance(conn: Connection, link: Link, password: str | None) -> Acceptance:
    in_force = await people.documents_in_force(conn)
    return Acceptance(token=link.token, consents=in_force, password=password)


async def accept_with(conn: Connection, link: Link, password: str | None) -> None:
    given = await acceptance(conn, link, password)
    password_hash = await hasher("cheap").hash(password) if password else None
    await operations.accept(conn, given, password_hash)


async def test_a_link_works_once_and_its_consents_are_on_record(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    link = Link(world.SITE)
    await operations.invite(conn, manager, to_colleague(enterprise, Role.BUYER), link)

    person_id = await world.accept(conn, link)

    async with db.act(conn, SYSTEM):
        person = await person_queries.find_person(conn, SYSTEM, person_id)
        consents = await person_queries.consents_of(conn, person_id)
    assert (person.email, person.language) == ("colleague@market.test", "en")
    assert {consent.document for consent in consents} == {"terms", "privacy"}
    with pytest.raises(LinkUnusable):
        await world.accept(conn, link)


async def test_the_token_stands_in_the_mail_only(market: Market) -> None:
    conn = market.conn
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    link = Link(world.SITE)
    invitation = await operations.invite(conn, manager, to_colleague(enterprise, Role.BUYER), link)

    mails = await market.mails_to("colleague@market.test")
    assert len(mails) == 1
    assert link.to("invitation") in mails[0]
    assert "invites you" in mails[0]
    assert link.token not in repr(invitation)
    stored = await market.owner.fetchval("SELECT string_agg(i::text, '') FROM invitation i")
    events = await market.owner.fetchval("SELECT string_agg(e::text, '') FROM event e")
    assert link.token not in stored
    assert link.token not in events
    assert "colleague@market.test" not in events


async def test_a_link_expires(market: Market) -> None:
    conn = market.conn
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    link = Link(world.SITE)
    await operations.invite(conn, manager, to_colleague(enterprise, Role.BUYER), link)
    await market.pass_time(days=7, minutes=1)

    with pytest.raises(LinkUnusable):
        await world.accept(conn, link)


async def test_a_new_link_ends_the_old_one_and_revoking_ends_both(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    old, new = Link(world.SITE), Link(world.SITE)
    sent = await operations.invite(conn, manager, to_colleague(enterprise, Role.BUYER), old)
    await operations.send_again(conn, manager, sent.id, new)

    with pytest.raises(LinkUnusable):
        await world.accept(conn, old)
    assert (await operations.read_link(conn, new.token)).password_needed
    revoked = await operations.revoke_invitation(conn, manager, sent.id)
    assert await operations.revoke_invitation(conn, manager, sent.id) == revoked
    with pytest.raises(LinkUnusable):
        await world.accept(conn, new)


async def test_a_promise_ends_with_the_office_of_whoever_gave_it(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    first = await world.manager_of(conn, enterprise)
    second = await world.person(conn, enterprise, Role.MANAGER)
    link = Link(world.SITE)
    await operations.invite(conn, second, to_colleague(enterprise, Role.BUYER), link)
    async with db.look(conn, first):
        held = await grants.grants(
            conn,
            first,
            organisation_id=enterprise.id,
            person_id=second.person_id,
            state=None,
            after=None,
            limit=5,
        )
    await roles.revoke_grant(conn, first, held[0].id, "已离职")

    with pytest.raises(LinkUnusable):
        await world.accept(conn, link)


async def test_a_money_role_in_an_invitation_still_needs_its_second_person(
    conn: Connection,
) -> None:
    unit = await world.unit(conn)
    administrator, _ = await world.two_administrators(conn)
    link = Link(world.SITE)
    promised = to_colleague(unit, Role.FINANCE, Role.CLERK)
    await operations.invite(conn, administrator, promised, link)

    person_id = await world.accept(conn, link)

    assert (await world.signed_in(conn, person_id, unit.id)).roles == {Role.CLERK}


async def test_an_invitation_of_somebody_known_changes_no_password(conn: Connection) -> None:
    buyer = await world.person(conn, await world.enterprise(conn), Role.BUYER)
    other = await world.enterprise(conn)
    link = Link(world.SITE)
    new = NewInvitation(
        organisation_id=other.id,
        name="老朋友",
        email=await world.email_of(conn, buyer),
        roles=[Role.PAYER],
    )
    await operations.invite(conn, await world.manager_of(conn, other), new, link)

    assert not (await operations.read_link(conn, link.token)).password_needed
    with pytest.raises(PasswordNotAsked):
        await accept_with(conn, link, "somebody else's password")
    assert await world.accept(conn, link, password=None) == buyer.person_id


async def test_a_newcomer_chooses_a_decent_password_and_agrees_to_todays_documents(
    conn: Connection,
) -> None:
    enterprise = await world.enterprise(conn)
    link = Link(world.SITE)
    manager = await world.manager_of(conn, enterprise)
    await operations.invite(conn, manager, to_colleague(enterprise, Role.BUYER), link)

    with pytest.raises(PasswordMissing):
        await accept_with(conn, link, None)
    with pytest.raises(PasswordTooShort):
        await accept_with(conn, link, "short")
    with pytest.raises(PasswordTooCommon):
        await accept_with(conn, link, "Password123")
    outdated = Acceptance(
        token=link.token,
        consents=Consents(terms="1999-01", privacy="1999-01"),
        password=world.PASSWORD,
    )
    with pytest.raises(ConsentOutdated):
        await operations.accept(conn, outdated, await hasher("cheap").hash(world.PASSWORD))


async def test_only_roles_that_one_may_grant_are_promised(conn: Connection) -> None:
    enterprise, unit = await world.enterprise(conn), await world.unit(conn)
    buyer = await world.person(conn, enterprise, Role.BUYER)
    administrator, _ = await world.two_administrators(conn)

    with pytest.raises(NotYoursToGrant):
        await operations.invite(conn, buyer, to_colleague(enterprise, Role.PAYER), Link(world.SITE))
    with pytest.raises(RolesExclude):
        await operations.invite(
            conn,
            administrator,
            to_colleague(unit, Role.FINANCE, Role.CASHIER),
            Link(world.SITE),
        )


async def test_nobody_invites_himself(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    himself = NewInvitation(
        organisation_id=enterprise.id,
        name="经理",
        email=(await world.email_of(conn, manager)).upper(),
        roles=[Role.BUYER],
    )
    with pytest.raises(NobodyGrantsToHimself):
        await operations.invite(conn, manager, himself, Link(world.SITE))


async def test_a_strangers_invitation_does_not_exist(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    stranger = await world.manager_of(conn, await world.enterprise(conn))
    sent = await operations.invite(
        conn, manager, to_colleague(enterprise, Role.BUYER), Link(world.SITE)
    )

    with pytest.raises(NotFound):
        await operations.revoke_invitation(conn, stranger, sent.id)


async def test_a_promise_is_no_longer_kept_by_an_office_held_elsewhere(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    first = await world.manager_of(conn, enterprise)
    second = await world.person(conn, enterprise, Role.MANAGER)
    await manager_elsewhere_too(conn, second)
    link = Link(world.SITE)
    promised = to_colleague(enterprise, Role.MANAGER, Role.PAYER, Role.SIGNATORY)
    sent = await operations.invite(conn, second, promised, link)
    await roles.revoke_grant(conn, first, await grant_in(conn, second, enterprise), "已离职")

    with pytest.raises(LinkUnusable):
        await world.accept(conn, link)
    with pytest.raises(LinkUnusable):
        await operations.read_link(conn, link.token)
    await operations.revoke_promises(conn, second.person_id)
    async with db.look(conn, first):
        assert (await queries.find_invitation(conn, first, sent.id)).state == "revoked"


async def test_what_one_may_still_grant_stays_promised(conn: Connection) -> None:
    unit = await world.unit(conn)
    leader = await world.person(conn, unit, Role.LEADER, Role.CLERK)
    link = Link(world.SITE)
    await operations.invite(conn, leader, to_colleague(unit, Role.MEMBER), link)

    await operations.revoke_promises(conn, leader.person_id)

    assert (await world.accept(conn, link)) != leader.person_id


async def test_the_end_of_a_role_starts_the_job_that_revokes(conn: Connection) -> None:
    job = "invitations.revoke_promises"
    assert job in worker.SUBSCRIPTIONS["role_grant.revoked"]
    enterprise = await world.enterprise(conn)
    first = await world.manager_of(conn, enterprise)
    second = await world.person(conn, enterprise, Role.MANAGER)
    link = Link(world.SITE)
    sent = await operations.invite(conn, second, to_colleague(enterprise, Role.BUYER), link)
    await roles.revoke_grant(conn, first, await grant_in(conn, second, enterprise), "已离职")
    ended = events.Event(
        id=1,
        at=sent.created_at,
        name="role_grant.revoked",
        actor=first.person_id,
        organisation=enterprise.id,
        subject="role_grant",
        subject_id=enterprise.id,
        version=2,
        move="revoke",
        state_from="approved",
        state_to="revoked",
        changed={"person": str(second.person_id)},
    )

    for _ in "again":
        await worker.JOBS[job](conn, ended)

    async with db.look(conn, first):
        assert (await queries.find_invitation(conn, first, sent.id)).state == "revoked"


async def test_whom_others_invited_is_seen_by_those_who_may_invite(conn: Connection) -> None:
    unit = await world.unit(conn)
    administrator, _ = await world.two_administrators(conn)
    leader = await world.person(conn, unit, Role.LEADER)
    sent = await operations.invite(
        conn, administrator, to_colleague(unit, Role.MEMBER), Link(world.SITE)
    )

    for role in (Role.MEMBER, Role.CLERK, Role.FINANCE):
        colleague = await world.person(conn, unit, role)
        for actor in (colleague, world.as_if_all_were_visible(colleague)):
            async with db.look(conn, actor):
                assert await listed(conn, actor) == []
                with pytest.raises(NotFound):
                    await queries.find_invitation(conn, actor, sent.id)
    for actor in (leader, administrator):
        async with db.look(conn, actor):
            assert sent in await listed(conn, actor)


async def listed(conn: Connection, actor: Actor) -> list[Invitation]:
    return await queries.invitations(conn, actor, state=None, after=None, limit=50)


async def manager_elsewhere_too(conn: Connection, person: Actor) -> None:
    elsewhere, link = await world.enterprise(conn), Link(world.SITE)
    new = NewInvitation(
        organisation_id=elsewhere.id,
        name="兼职",
        email=await world.email_of(conn, person),
        roles=[Role.MANAGER],
    )
    await operations.invite(conn, await world.manager_of(conn, elsewhere), new, link)
    await world.accept(conn, link, password=None)


async def grant_in(conn: Connection, person: Actor, organisation: Organisation) -> UUID:
    held = await world.grants_of(conn, person)
    return next(grant.id for grant in held if grant.organisation_id == organisation.id)
