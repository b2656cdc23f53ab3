"""Consenting to a transfer: the owner himself, or a clerk with the signed paper; withdrawing."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from market.base import clock
from market.base.access import Actor, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.identity.organisations.model import Organisation
from market.identity.people import operations as people
from market.identity.people.model import NewPerson
from market.trade.rights import model, operations
from market.trade.rights.model import ConsentMethod, Right, SignedConsent
from tests.world import catalogue, identity


async def test_the_leader_of_the_owning_unit_consents(conn: Connection) -> None:
    right = await catalogue.settled_right(conn, await identity.unit(conn))
    owner = right.owners[0]
    assert owner.consent_method == ConsentMethod.PLATFORM
    assert owner.consented_on == await clock.today(conn)
    assert model.is_settled(right, await clock.today(conn))


async def test_an_inventor_consents_for_himself_alone(conn: Connection) -> None:
    unit = await identity.unit(conn)
    inventor, other = [await identity.person(conn, unit, Role.MEMBER) for _ in range(2)]
    right = await _owned_by(conn, unit, inventor.person_id)
    with pytest.raises(model.NotTheOwner):
        await operations.consent(conn, other, right.id, right.owners[0].id)
    consented = await operations.consent(conn, inventor, right.id, right.owners[0].id)
    assert consented.owners[0].consent_recorded_by == inventor.person_id


async def test_an_owning_enterprise_sees_its_right_and_consents_by_its_signatory(
    conn: Connection,
) -> None:
    unit, enterprise = await identity.unit(conn), await identity.enterprise(conn)
    owners = [{"organisation_id": enterprise.id}]
    right = await catalogue.registered_right(conn, unit, owners=owners)
    buyer = await identity.person(conn, enterprise, Role.BUYER)
    with pytest.raises(model.NotTheOwner):
        await operations.consent(conn, buyer, right.id, right.owners[0].id)
    signatory = await identity.person(conn, enterprise, Role.SIGNATORY)
    consented = await operations.consent(conn, signatory, right.id, right.owners[0].id)
    assert consented.owners[0].consents


async def test_to_a_stranger_the_right_does_not_exist(conn: Connection) -> None:
    right = await catalogue.registered_right(conn, await identity.unit(conn))
    stranger = await identity.person(conn, await identity.unit(conn), Role.LEADER)
    with pytest.raises(NotFound):
        await operations.consent(conn, stranger, right.id, right.owners[0].id)


async def test_consenting_twice_gives_the_same_answer(conn: Connection) -> None:
    unit = await identity.unit(conn)
    right = await catalogue.registered_right(conn, unit)
    leader = await identity.person(conn, unit, Role.LEADER)
    first = await operations.consent(conn, leader, right.id, right.owners[0].id)
    assert await operations.consent(conn, leader, right.id, right.owners[0].id) == first


async def test_nobody_records_paper_for_an_owner_who_can_sign_in(conn: Connection) -> None:
    unit = await identity.unit(conn)
    clerk, inventor = [await identity.person(conn, unit, Role.CLERK) for _ in range(2)]
    right = await _owned_by(conn, unit, inventor.person_id)
    with pytest.raises(model.OwnerConsentsHimself):
        await _record(conn, clerk, right, uuid4())


async def test_a_clerk_records_the_paper_of_an_owner_without_a_way_in(conn: Connection) -> None:
    _, clerk, right = await _right_of_an_outsider(conn)
    file_id = await catalogue.stored_file(conn, clerk)
    recorded = await _record(conn, clerk, right, file_id)
    owner = recorded.owners[0]
    assert (owner.consent_method, owner.consent_file_id) == (ConsentMethod.SIGNED_SCAN, file_id)
    assert await _record(conn, clerk, right, file_id) == recorded
    another = await catalogue.stored_file(conn, clerk)
    with pytest.raises(model.AlreadyConsented):
        await _record(conn, clerk, right, another)


async def test_a_paper_needs_a_clerk_a_known_file_and_a_day_that_has_come(
    conn: Connection,
) -> None:
    unit, clerk, right = await _right_of_an_outsider(conn)
    member = await identity.person(conn, unit, Role.MEMBER)
    with pytest.raises(model.NotRightsClerk):
        await _record(conn, member, right, uuid4())
    with pytest.raises(NotFound):
        await _record(conn, clerk, right, uuid4())
    tomorrow = await clock.today(conn) + timedelta(days=1)
    with pytest.raises(model.ConsentInTheFuture):
        await _record(conn, clerk, right, uuid4(), on=tomorrow)


async def test_withdrawing_leaves_the_right_unsettled(conn: Connection) -> None:
    unit = await identity.unit(conn)
    right = await catalogue.settled_right(conn, unit)
    leader, clerk = [await identity.person(conn, unit, r) for r in (Role.LEADER, Role.CLERK)]
    with pytest.raises(model.NotTheOwner):
        await operations.withdraw_consent(conn, clerk, right.id, right.owners[0].id)
    withdrawn = await operations.withdraw_consent(conn, leader, right.id, right.owners[0].id)
    assert not withdrawn.owners[0].consents
    again = await operations.withdraw_consent(conn, leader, right.id, right.owners[0].id)
    assert again == withdrawn


async def _owned_by(conn: Connection, unit: Organisation, person_id: UUID) -> Right:
    return await catalogue.registered_right(conn, unit, owners=[{"person_id": person_id}])


async def _right_of_an_outsider(conn: Connection) -> tuple[Organisation, Actor, Right]:
    unit = await identity.unit(conn)
    clerk = await identity.person(conn, unit, Role.CLERK)
    return unit, clerk, await _owned_by(conn, unit, await _outsider(conn))


async def _outsider(conn: Connection) -> UUID:
    """Somebody known by name only."""
    return (await people.create_person(conn, NewPerson("专家甲", email=None))).id


async def _record(
    conn: Connection,
    clerk: Actor,
    right: Right,
    file_id: UUID,
    *,
    on: date = date(2026, 1, 5),
) -> Right:
    paper = SignedConsent(file_id=file_id, consented_on=on)
    return await operations.record_consent(conn, clerk, right.id, right.owners[0].id, paper)
