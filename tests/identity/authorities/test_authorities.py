"""Who may sign for an organisation: confirmed by somebody else, within kind, amount and days."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from market.base import clock, db, files
from market.base.access import Actor, BeneficiaryCannotApprove, MakerCannotApprove, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.identity.authorities import operations, queries
from market.identity.authorities.model import (
    AuthorityEnded,
    AuthorityIncomplete,
    AuthorityKind,
    NewAuthority,
    NotYoursToAuthorise,
    NotYoursToConfirm,
)
from market.identity.enterprises.model import OwnEnterprise
from market.identity.invitations import operations as invitations
from market.identity.invitations.model import NewInvitation
from market.identity.letters import Link
from tests.world import catalogue
from tests.world import identity as world


def legal_representative(actor: Actor, **more: object) -> NewAuthority:
    assert actor.organisation_id is not None
    return NewAuthority(
        person_id=actor.person_id,
        organisation_id=actor.organisation_id,
        kind=AuthorityKind.LEGAL_REPRESENTATIVE,
        **more,  # type: ignore[arg-type]
    )


async def holds_one(conn: Connection, actor: Actor) -> bool:
    """Whether a confirmed authority stands; what it covers is signing's rule."""
    async with db.look(conn, actor):
        held = await queries.authorities(
            conn,
            actor,
            organisation_id=actor.organisation_id,
            state="confirmed",
            after=None,
            limit=10,
        )
    return any(authority.person_id == actor.person_id for authority in held)


async def test_an_authority_counts_once_a_clerk_has_seen_the_papers(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    clerk = await world.person(conn, await world.root(conn), Role.CLERK)

    proposed = await operations.propose_authority(conn, manager, legal_representative(manager))
    assert not await holds_one(conn, manager)
    with pytest.raises(NotYoursToConfirm):
        await operations.confirm_authority(conn, manager, proposed.id)
    confirmed = await operations.confirm_authority(conn, clerk, proposed.id)
    assert await operations.confirm_authority(conn, clerk, proposed.id) == confirmed

    assert await holds_one(conn, manager)
    await operations.revoke_authority(conn, manager, proposed.id, "法定代表人变更")
    assert not await holds_one(conn, manager)


async def test_a_power_of_attorney_needs_its_file_and_its_last_day(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    signatory = await world.person(conn, enterprise, Role.SIGNATORY)
    bare = NewAuthority(
        person_id=signatory.person_id,
        organisation_id=enterprise.id,
        kind=AuthorityKind.POWER_OF_ATTORNEY,
    )
    with pytest.raises(AuthorityIncomplete):
        await operations.propose_authority(conn, manager, bare)
    with pytest.raises(AuthorityIncomplete):
        await operations.propose_authority(
            conn, manager, legal_representative(manager, ceiling_minor=100)
        )
    with pytest.raises(AuthorityEnded):
        await operations.propose_authority(
            conn, manager, legal_representative(manager, to_on=date(2020, 1, 1))
        )


async def test_an_organisation_names_its_own_people_itself(conn: Connection) -> None:
    enterprise, other = await world.enterprise(conn), await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    buyer = await world.person(conn, enterprise, Role.BUYER)
    stranger = await world.manager_of(conn, other)

    with pytest.raises(NotYoursToAuthorise):
        await operations.propose_authority(conn, buyer, legal_representative(buyer))
    with pytest.raises(NotYoursToAuthorise):
        await operations.propose_authority(conn, stranger, legal_representative(manager))
    foreign = NewAuthority(
        person_id=stranger.person_id,
        organisation_id=enterprise.id,
        kind=AuthorityKind.LEGAL_REPRESENTATIVE,
    )
    with pytest.raises(NotFound) as refusal:
        await operations.propose_authority(conn, manager, foreign)
    assert refusal.value.pointer == "/person_id"
    proposed = await operations.propose_authority(conn, manager, legal_representative(manager))
    with pytest.raises(NotFound):
        await operations.revoke_authority(conn, stranger, proposed.id, "没有理由")


async def test_a_units_leader_is_confirmed_by_another_who_is_not_he(conn: Connection) -> None:
    unit = await world.unit(conn)
    leader = await world.person(conn, unit, Role.LEADER)
    first, second = await world.two_administrators(conn)
    proposed = await operations.propose_authority(conn, first, legal_representative(leader))

    with pytest.raises(MakerCannotApprove):
        await operations.confirm_authority(conn, first, proposed.id)
    with pytest.raises(BeneficiaryCannotApprove):
        await operations.confirm_authority(conn, leader, proposed.id)
    assert (await operations.confirm_authority(conn, second, proposed.id)).state == "confirmed"
    assert await holds_one(conn, leader)


async def test_a_refused_authority_says_why(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    clerk = await world.person(conn, await world.root(conn), Role.CLERK)
    proposed = await operations.propose_authority(conn, manager, legal_representative(manager))

    refused = await operations.refuse_authority(conn, clerk, proposed.id, "营业执照上不是此人")
    assert (refused.state, refused.reason) == ("refused", "营业执照上不是此人")


async def test_a_clerk_elsewhere_or_on_the_enterprises_side_does_not_confirm(
    conn: Connection,
) -> None:
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    elsewhere = await world.person(conn, await world.unit(conn), Role.CLERK)
    clerk = await world.person(conn, await world.root(conn), Role.CLERK)
    link = Link(world.SITE)
    new = NewInvitation(
        organisation_id=enterprise.id,
        name="兼职",
        email=await world.email_of(conn, clerk),
        roles=[Role.BUYER],
    )
    await invitations.invite(conn, manager, new, link)
    await world.accept(conn, link, password=None)
    proposed = await operations.propose_authority(conn, manager, legal_representative(manager))

    with pytest.raises(NotYoursToConfirm):
        await operations.confirm_authority(conn, elsewhere, proposed.id)
    with pytest.raises(OwnEnterprise):
        await operations.confirm_authority(conn, clerk, proposed.id)


async def test_an_authority_does_not_begin_in_the_past(conn: Connection) -> None:
    manager = await world.manager_of(conn, await world.enterprise(conn))
    yesterday = await clock.today(conn) - timedelta(days=1)

    with pytest.raises(AuthorityEnded) as refused:
        await operations.propose_authority(
            conn, manager, legal_representative(manager, from_on=yesterday)
        )
    assert refused.value.pointer == "/from_on"


async def test_the_paper_is_read_by_those_who_decide_until_they_have_decided(
    conn: Connection,
) -> None:
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    signatory = await world.person(conn, enterprise, Role.SIGNATORY)
    clerk = await world.person(conn, await world.root(conn), Role.CLERK)
    elsewhere = await world.person(conn, await world.unit(conn), Role.CLERK)
    paper = await catalogue.stored_file(conn, manager)
    proposed = await operations.propose_authority(
        conn,
        manager,
        NewAuthority(
            person_id=signatory.person_id,
            organisation_id=enterprise.id,
            kind=AuthorityKind.POWER_OF_ATTORNEY,
            to_on=await clock.today(conn) + timedelta(days=30),
            file_id=paper,
        ),
    )

    assert await reads(conn, clerk, paper)
    assert not await reads(conn, elsewhere, paper)
    await operations.confirm_authority(conn, clerk, proposed.id)
    assert not await reads(conn, clerk, paper)
    assert await reads(conn, manager, paper)


async def reads(conn: Connection, actor: Actor, file_id: UUID) -> bool:
    try:
        async with db.look(conn, actor):
            await files.find(conn, actor, file_id)
    except NotFound:
        return False
    return True
