"""Suspending, resuming and retiring what is published."""

from __future__ import annotations

import pytest

from market.base.access import Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.base.moves import WrongMove
from market.trade.catalogue import cards, model, operations, queries
from market.trade.catalogue.terms import TermsChange
from market.trade.rights import model as rights
from market.trade.rights import operations as rights_operations
from tests.world import catalogue, identity

REASON = "设备检修 The machine is being overhauled"


async def test_a_suspended_offering_leaves_the_publics_sight_and_comes_back(
    conn: Connection,
) -> None:
    unit = await identity.unit(conn)
    offering = await catalogue.published_offering(conn, unit)
    clerk = await identity.person(conn, unit, Role.CLERK)
    suspended = await operations.suspend_offering(conn, clerk, offering.id, REASON)
    assert (suspended.state, suspended.reason) == ("suspended", REASON)
    with pytest.raises(NotFound):
        await cards.find_detail(conn, offering.id)
    with pytest.raises(NotFound):
        await queries.published_version(conn, offering.id)
    resumed = await operations.resume_offering(conn, clerk, offering.id)
    assert (resumed.state, resumed.reason) == ("published", None)
    assert (await cards.find_detail(conn, offering.id)).version == resumed.version


async def test_suspending_twice_gives_the_same_answer_and_a_rival_is_refused(
    conn: Connection,
) -> None:
    unit = await identity.unit(conn)
    offering = await catalogue.published_offering(conn, unit)
    clerk, rival = [await identity.person(conn, unit, Role.CLERK) for _ in range(2)]
    first = await operations.suspend_offering(conn, clerk, offering.id, REASON)
    assert await operations.suspend_offering(conn, clerk, offering.id, REASON) == first
    with pytest.raises(WrongMove):
        await operations.suspend_offering(conn, rival, offering.id, REASON)


async def test_the_parents_leader_may_suspend_and_a_member_may_not(conn: Connection) -> None:
    above = await identity.unit(conn)
    unit = await identity.unit(conn, parent=above)
    offering = await catalogue.published_offering(conn, unit)
    member = await identity.person(conn, unit, Role.MEMBER)
    with pytest.raises(model.NotTheKeeper):
        await operations.suspend_offering(conn, member, offering.id, REASON)
    leader = await identity.person(conn, above, Role.LEADER)
    suspended = await operations.suspend_offering(conn, leader, offering.id, REASON)
    assert suspended.state == "suspended"


async def test_a_transfer_is_not_resumed_while_its_right_is_unsettled(conn: Connection) -> None:
    unit = await identity.unit(conn)
    offering = await catalogue.published_offering(conn, unit, kind="transfer")
    clerk = await identity.person(conn, unit, Role.CLERK)
    await operations.suspend_offering(conn, clerk, offering.id, REASON)
    assert offering.right_id is not None
    dispute = rights.LegalChange(move=rights.LegalMove.DISPUTE, reason=REASON)
    await rights_operations.record_legal_state(conn, clerk, offering.right_id, dispute)
    with pytest.raises(rights.RightNotInForce):
        await operations.resume_offering(conn, clerk, offering.id)


async def test_a_retired_offering_keeps_its_versions_and_never_returns(conn: Connection) -> None:
    unit = await identity.unit(conn)
    offering = await catalogue.published_offering(conn, unit)
    clerk = await identity.person(conn, unit, Role.CLERK)
    retired = await operations.retire_offering(conn, clerk, offering.id, REASON)
    assert retired.state == "retired"
    with pytest.raises(NotFound):
        await cards.find_detail(conn, offering.id)
    assert (await queries.version(conn, offering.id, 1)).price_minor == 86_000_00
    with pytest.raises(WrongMove):
        await operations.resume_offering(conn, clerk, offering.id)


async def test_an_open_revision_is_finished_before_retiring(conn: Connection) -> None:
    unit = await identity.unit(conn)
    offering = await catalogue.published_offering(conn, unit)
    clerk = await identity.person(conn, unit, Role.CLERK)
    await operations.change_draft(conn, clerk, offering.id, TermsChange(price_minor=1_00))
    with pytest.raises(model.RevisionOpen):
        await operations.retire_offering(conn, clerk, offering.id, REASON)
    await operations.discard_revision(conn, clerk, offering.id)
    await operations.retire_offering(conn, clerk, offering.id, REASON)


async def test_a_draft_is_neither_suspended_nor_resumed(conn: Connection) -> None:
    unit = await identity.unit(conn)
    clerk = await identity.person(conn, unit, Role.CLERK)
    offering = await catalogue.drafted_offering(conn, unit, clerk)
    with pytest.raises(WrongMove):
        await operations.suspend_offering(conn, clerk, offering.id, REASON)
    with pytest.raises(WrongMove):
        await operations.resume_offering(conn, clerk, offering.id)


async def test_a_revision_passed_while_suspended_stays_hidden_until_resumed(
    conn: Connection,
) -> None:
    unit = await identity.unit(conn)
    offering = await catalogue.published_offering(conn, unit)
    clerk = await identity.person(conn, unit, Role.CLERK)
    await operations.suspend_offering(conn, clerk, offering.id, REASON)
    await catalogue.passed_revision(conn, unit, offering, price_minor=1_00)
    with pytest.raises(NotFound):
        await cards.find_detail(conn, offering.id)
    await operations.resume_offering(conn, clerk, offering.id)
    version = await queries.published_version(conn, offering.id)
    assert (version.number, version.price_minor) == (2, 1_00)
