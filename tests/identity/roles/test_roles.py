"""Roles: granted by others, money roles by two, never mixed up, and only in their dates."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import msgspec
import pytest

from market.base import clock, db, sides
from market.base.access import Actor, MakerCannotApprove, Role
from market.base.db import Connection
from market.base.errors import NotFound, Stale
from market.base.moves import WrongMove
from market.identity.approvals import queries as approvals
from market.identity.organisations.model import Organisation
from market.identity.roles import operations, queries
from market.identity.roles.model import (
    AlreadyGranted,
    LastOfItsRole,
    NewGrant,
    NobodyGrantsToHimself,
    NotYoursToApprove,
    NotYoursToGrant,
    RoleOfAnotherKind,
    RolesExclude,
    WrongDates,
)
from tests.identity.conftest import Market
from tests.world import identity as world


def wish(person: Actor, organisation: Organisation, role: Role) -> NewGrant:
    return NewGrant(person_id=person.person_id, organisation_id=organisation.id, role=role)


async def test_an_everyday_role_is_granted_at_once(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    colleague = await world.person(conn, enterprise, Role.BUYER)

    grant = await operations.grant_role(conn, manager, wish(colleague, enterprise, Role.PAYER))

    assert grant.state == "approved"
    assert (await world.again(conn, colleague)).roles == {Role.BUYER, Role.PAYER}


async def test_a_money_role_counts_only_after_another_person_approved_it(
    conn: Connection,
) -> None:
    unit = await world.unit(conn)
    proposer, approver = await world.two_administrators(conn)
    person = await world.person(conn, unit, Role.CLERK)

    grant = await operations.grant_role(conn, proposer, wish(person, unit, Role.FINANCE))
    assert grant.state == "proposed"
    assert (await world.again(conn, person)).roles == {Role.CLERK}

    with pytest.raises(MakerCannotApprove):
        await operations.approve_grant(conn, proposer, grant.id)
    approved = await operations.approve_grant(conn, approver, grant.id)
    assert (approved.state, approved.decided_by) == ("approved", approver.person_id)
    assert (await world.again(conn, person)).roles == {Role.CLERK, Role.FINANCE}


async def test_four_eyes_hold_in_the_database_too(market: Market) -> None:
    unit = await world.unit(market.conn)
    proposer, _ = await world.two_administrators(market.conn)
    person = await world.person(market.conn, unit, Role.CLERK)
    grant = await operations.grant_role(market.conn, proposer, wish(person, unit, Role.LEADER))

    with pytest.raises(asyncpg.CheckViolationError, match="four_eyes"):
        await market.owner.execute(
            "UPDATE role_grant SET state = 'approved', decided_by = proposed_by WHERE id = $1",
            grant.id,
        )


async def test_nobody_grants_to_himself(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    unit = await world.unit(conn)
    administrator, _ = await world.two_administrators(conn)

    with pytest.raises(NobodyGrantsToHimself):
        await operations.grant_role(conn, manager, wish(manager, enterprise, Role.BUYER))
    with pytest.raises(NobodyGrantsToHimself):
        await operations.grant_role(conn, administrator, wish(administrator, unit, Role.FINANCE))


async def test_an_administrator_gets_no_money_role_from_anybody(conn: Connection) -> None:
    first, second = await world.two_administrators(conn)
    root = await world.root(conn)

    with pytest.raises(RolesExclude):
        await operations.grant_role(conn, first, wish(second, root, Role.FINANCE))


async def test_whoever_moves_money_does_not_become_administrator(conn: Connection) -> None:
    root = await world.root(conn)
    first, _ = await world.two_administrators(conn)
    cashier = await world.person(conn, root, Role.CASHIER)

    with pytest.raises(RolesExclude):
        await operations.grant_role(conn, first, wish(cashier, root, Role.ADMINISTRATOR))


@pytest.mark.parametrize("role", [Role.FINANCE, Role.LEADER, Role.AUDITOR])
async def test_a_cashier_keeps_no_receivables_and_approves_nothing(
    conn: Connection, role: Role
) -> None:
    unit = await world.unit(conn)
    administrator, _ = await world.two_administrators(conn)
    cashier = await world.person(conn, unit, Role.CASHIER)

    with pytest.raises(RolesExclude):
        await operations.grant_role(conn, administrator, wish(cashier, unit, role))


async def test_a_role_of_the_other_side_does_not_exist(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    colleague = await world.person(conn, enterprise)

    with pytest.raises(RoleOfAnotherKind):
        await operations.grant_role(conn, manager, wish(colleague, enterprise, Role.LEADER))


async def test_a_member_grants_nothing_and_a_stranger_sees_nothing(conn: Connection) -> None:
    unit = await world.unit(conn)
    member = await world.person(conn, unit, Role.MEMBER)
    colleague = await world.person(conn, unit, Role.MEMBER)
    stranger = await world.manager_of(conn, await world.enterprise(conn))

    with pytest.raises(NotYoursToGrant):
        await operations.grant_role(conn, member, wish(colleague, unit, Role.CLERK))
    with pytest.raises(NotYoursToGrant):
        await operations.grant_role(conn, stranger, wish(colleague, unit, Role.CLERK))


async def test_people_who_are_unknown_here_must_be_invited(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    stranger = await world.person(conn, await world.enterprise(conn))

    with pytest.raises(NotFound) as refusal:
        await operations.grant_role(conn, manager, wish(stranger, enterprise, Role.BUYER))
    assert refusal.value.pointer == "/person_id"


async def test_the_parents_leader_approves_and_a_foreign_leader_does_not(
    conn: Connection,
) -> None:
    district = await world.unit(conn, level=2)
    unit = await world.unit(conn, parent=district)
    administrator, _ = await world.two_administrators(conn)
    above = await world.person(conn, district, Role.LEADER)
    foreign = await world.person(conn, await world.unit(conn), Role.LEADER)
    person = await world.person(conn, unit, Role.MEMBER)
    grant = await operations.grant_role(conn, administrator, wish(person, unit, Role.LEADER))

    with pytest.raises(NotFound):
        await operations.approve_grant(conn, foreign, grant.id)
    async with db.look(conn, above):
        waiting = await approvals.waiting(conn, above)
    assert [each.id for each in waiting] == [grant.id]
    assert (await operations.approve_grant(conn, above, grant.id)).state == "approved"


async def test_only_an_administrator_approves_an_administrator(conn: Connection) -> None:
    root = await world.root(conn)
    first, second = await world.two_administrators(conn)
    leader = await world.person(conn, root, Role.LEADER)
    person = await world.person(conn, root, Role.CLERK)
    grant = await operations.grant_role(conn, first, wish(person, root, Role.ADMINISTRATOR))

    with pytest.raises(NotYoursToApprove):
        await operations.approve_grant(conn, leader, grant.id)
    assert (await operations.approve_grant(conn, second, grant.id)).state == "approved"


async def test_a_repeated_approval_answers_the_same_and_a_rivals_refusal_conflicts(
    conn: Connection,
) -> None:
    unit = await world.unit(conn)
    first, second = await world.two_administrators(conn)
    third = await world.administrator(conn)
    person = await world.person(conn, unit, Role.CLERK)
    grant = await operations.grant_role(conn, first, wish(person, unit, Role.FINANCE))

    approved = await operations.approve_grant(conn, second, grant.id, expected_version=1)
    assert await operations.approve_grant(conn, second, grant.id, expected_version=1) == approved
    with pytest.raises(WrongMove):
        await operations.refuse_grant(conn, third, grant.id, "不同意")


async def test_a_proposal_is_withdrawn_by_its_maker_and_refused_by_others(
    conn: Connection,
) -> None:
    unit = await world.unit(conn)
    first, second = await world.two_administrators(conn)
    person = await world.person(conn, unit, Role.CLERK)
    grant = await operations.grant_role(conn, first, wish(person, unit, Role.FINANCE))

    with pytest.raises(AlreadyGranted):
        await operations.grant_role(conn, first, wish(person, unit, Role.FINANCE))
    with pytest.raises(NotYoursToGrant):
        await operations.withdraw_grant(conn, second, grant.id)
    with pytest.raises(Stale):
        await operations.withdraw_grant(conn, first, grant.id, expected_version=2)
    assert (await operations.withdraw_grant(conn, first, grant.id)).state == "withdrawn"
    once_more = await operations.grant_role(conn, first, wish(person, unit, Role.FINANCE))
    assert (
        await operations.refuse_grant(conn, second, once_more.id, "人选不妥")
    ).state == "refused"


async def test_a_role_holds_on_its_first_and_last_day_and_not_around_them(
    market: Market,
) -> None:
    conn = market.conn
    unit = await world.unit(conn)
    administrator, _ = await world.two_administrators(conn)
    person = await world.person(conn, unit, Role.MEMBER)
    tomorrow = await clock.today(conn) + timedelta(days=1)
    grant = NewGrant(
        person_id=person.person_id,
        organisation_id=unit.id,
        role=Role.CLERK,
        from_on=tomorrow,
        to_on=tomorrow,
    )
    await operations.grant_role(conn, administrator, grant)

    assert (await world.again(conn, person)).roles == {Role.MEMBER}
    await market.pass_time(days=1)
    assert (await world.again(conn, person)).roles == {Role.MEMBER, Role.CLERK}
    await market.pass_time(days=1)
    assert (await world.again(conn, person)).roles == {Role.MEMBER}


async def test_a_period_that_is_over_is_refused(conn: Connection) -> None:
    unit = await world.unit(conn)
    administrator, _ = await world.two_administrators(conn)
    person = await world.person(conn, unit, Role.MEMBER)
    yesterday = await clock.today(conn) - timedelta(days=1)
    grant = NewGrant(
        person_id=person.person_id, organisation_id=unit.id, role=Role.CLERK, to_on=yesterday
    )
    with pytest.raises(WrongDates):
        await operations.grant_role(conn, administrator, grant)


async def test_a_revoked_role_is_gone_and_the_last_manager_stays(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    buyer = await world.person(conn, enterprise, Role.BUYER)
    async with db.look(conn, manager):
        held = {
            (grant.person_id, grant.role): grant
            for grant in await queries.grants(
                conn,
                manager,
                organisation_id=enterprise.id,
                person_id=None,
                state=None,
                after=None,
                limit=10,
            )
        }

    buying = held[buyer.person_id, Role.BUYER]
    managing = held[manager.person_id, Role.MANAGER]
    assert (await operations.revoke_grant(conn, manager, buying.id, "离职")).state == "revoked"
    assert await world.find_again(conn, buyer) is None
    with pytest.raises(LastOfItsRole):
        await operations.revoke_grant(conn, manager, managing.id, "离职")


async def test_approver_and_holder_hear_of_it_by_mail(market: Market) -> None:
    conn = market.conn
    unit = await world.unit(conn)
    first, second = await world.two_administrators(conn)
    person = await world.person(conn, unit, Role.CLERK)
    grant = await operations.grant_role(conn, first, wish(person, unit, Role.FINANCE))
    await operations.approve_grant(conn, second, grant.id)

    assert any("财务" in mail for mail in await market.mails_to(await world.email_of(conn, second)))
    assert any("财务" in mail for mail in await market.mails_to(await world.email_of(conn, person)))
    assert not any(
        "财务" in mail for mail in await market.mails_to(await world.email_of(conn, first))
    )


async def test_whoever_acts_may_ask_whether_somebody_holds_a_role_on_the_other_side(
    conn: Connection,
) -> None:
    unit, enterprise = await world.unit(conn), await world.enterprise(conn)
    elsewhere = await world.unit(conn, parent=unit)
    leader = await world.person(conn, unit, Role.LEADER)
    stranger = await world.person(conn, enterprise)

    async with db.act(conn, stranger):
        assert await sides.holds_role_in_any(conn, leader.person_id, [unit.id])
        assert not await sides.holds_role_in_any(conn, leader.person_id, [elsewhere.id])
        assert not await sides.holds_role_in_any(conn, leader.person_id, [enterprise.id])


async def test_who_has_laid_a_role_down_holds_it_no_more(conn: Connection) -> None:
    unit = await world.unit(conn)
    clerk = await world.person(conn, unit)
    grant = (await world.grants_of(conn, clerk))[0]
    await operations.revoke_grant(conn, clerk, grant.id, "其他工作")

    async with db.act(conn, clerk):
        assert not await sides.holds_role_in_any(conn, clerk.person_id, [unit.id])


async def test_no_role_begins_in_the_past(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    colleague = await world.person(conn, enterprise, Role.BUYER)
    wished = wish(colleague, enterprise, Role.PAYER)
    yesterday = await clock.today(conn) - timedelta(days=1)

    with pytest.raises(WrongDates) as refused:
        await operations.grant_role(
            conn, manager, msgspec.structs.replace(wished, from_on=yesterday)
        )
    assert refused.value.pointer == "/from_on"
