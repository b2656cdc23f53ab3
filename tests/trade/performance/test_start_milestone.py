"""Starting: the provider begins the work of an active contract."""

import pytest

from market.base.access import Role
from market.base.db import Connection
from market.base.errors import NotFound, Stale
from market.base.moves import WrongMove
from market.trade.performance import operations
from market.trade.performance.model import ContractNotActive, OnlyProviderPerforms, State
from tests.world import contracts as contracts_world
from tests.world import identity as world
from tests.world import performance
from tests.world.performance import milestones


async def test_a_clerk_or_member_of_the_provider_starts(conn: Connection) -> None:
    deal = await contracts_world.signed(conn)
    member = await world.person(conn, deal.cast.unit, Role.MEMBER)
    first, second, third = milestones(deal)
    by_clerk = await operations.start_milestone(conn, deal.cast.clerk, first)
    by_member = await operations.start_milestone(conn, member, third)
    assert (by_clerk.state, by_member.state) == (State.IN_PROGRESS, State.IN_PROGRESS)
    assert (by_clerk.started_by, by_member.started_by) == (
        deal.cast.clerk.person_id,
        member.person_id,
    )
    assert by_clerk.started_at is not None
    listed = await operations.list_milestones(conn, deal.cast.clerk, deal.contract.id)
    assert [milestone.id for milestone in listed] == [first, second, third]
    assert [milestone.state for milestone in listed] == ["in_progress", "planned", "in_progress"]


async def test_nobody_else_starts(conn: Connection) -> None:
    deal = await contracts_world.signed(conn)
    for actor in (deal.cast.buyer, deal.cast.finance, deal.cast.leader):
        with pytest.raises(OnlyProviderPerforms):
            await operations.start_milestone(conn, actor, milestones(deal)[0])


async def test_a_stranger_finds_neither_milestone_nor_list(conn: Connection) -> None:
    deal = await contracts_world.signed(conn)
    stranger = await world.person(conn, await world.unit(conn), Role.CLERK)
    for actor in (stranger, world.as_if_all_were_visible(stranger)):
        with pytest.raises(NotFound):
            await operations.start_milestone(conn, actor, milestones(deal)[0])
        with pytest.raises(NotFound):
            await operations.list_milestones(conn, actor, deal.contract.id)


async def test_nothing_starts_before_both_have_signed(conn: Connection) -> None:
    deal = await contracts_world.approved(conn)
    with pytest.raises(ContractNotActive):
        await performance.start(conn, deal)


async def test_starting_again_changes_nothing(conn: Connection) -> None:
    deal = await contracts_world.signed(conn)
    started = await performance.start(conn, deal)
    assert await performance.start(conn, deal) == started


async def test_a_rival_cannot_start_what_is_started(conn: Connection) -> None:
    deal = await contracts_world.signed(conn)
    await performance.start(conn, deal)
    rival = await world.person(conn, deal.cast.unit, Role.MEMBER)
    with pytest.raises(WrongMove):
        await operations.start_milestone(conn, rival, milestones(deal)[0])


async def test_a_stale_version_is_refused(conn: Connection) -> None:
    deal = await contracts_world.signed(conn)
    with pytest.raises(Stale):
        await operations.start_milestone(
            conn, deal.cast.clerk, milestones(deal)[0], expected_version=7
        )
