"""Returning: the buyer sends a delivery back with reasons, and nothing of it is lost."""

import pytest

from market.base.access import BothSides, Role
from market.base.db import Connection
from market.base.moves import WrongMove
from market.trade.performance import operations
from market.trade.performance.model import (
    OnlyBuyerAccepts,
    Performance,
    ReturnInput,
    State,
    WorkedForProvider,
)
from tests.world import contracts as contracts_world
from tests.world import identity as world
from tests.world import performance
from tests.world.contracts import Deal
from tests.world.performance import certificate, milestones

REASONS = ReturnInput(reasons="涂层厚度不足，请补喷后复检")


async def returned(conn: Connection, deal: Deal) -> Performance:
    await performance.deliver(conn, deal)
    return await operations.return_milestone(conn, deal.cast.buyer, milestones(deal)[0], REASONS)


async def test_the_reasons_stand_beside_the_delivery(conn: Connection) -> None:
    deal = await contracts_world.signed(conn)
    milestone = await returned(conn, deal)
    assert milestone.state == State.RETURNED
    assert milestone.delivered.returned is not None
    assert milestone.delivered.returned.reasons == REASONS.reasons
    assert milestone.delivered.returned.returned_by == deal.cast.buyer.person_id


async def test_the_second_round_keeps_the_first_and_is_the_one_accepted(conn: Connection) -> None:
    deal = await contracts_world.signed(conn)
    await returned(conn, deal)
    await performance.deliver(conn, deal, note="已补喷")
    accepted = await operations.accept_milestone(
        conn, deal.cast.buyer, milestones(deal)[0], certificate()
    )
    first, second = accepted.deliveries
    assert (first.round, second.round) == (1, 2)
    assert first.returned is not None
    assert second.returned is None
    assert accepted.certificate is not None
    assert accepted.certificate.delivery_id == second.id


async def test_a_returned_milestone_is_not_accepted(conn: Connection) -> None:
    deal = await contracts_world.signed(conn)
    await returned(conn, deal)
    with pytest.raises(WrongMove):
        await operations.accept_milestone(conn, deal.cast.buyer, milestones(deal)[0], certificate())


async def test_the_provider_cannot_return_its_own_delivery(conn: Connection) -> None:
    deal = await contracts_world.signed(conn)
    await performance.deliver(conn, deal)
    with pytest.raises(OnlyBuyerAccepts):
        await operations.return_milestone(conn, deal.cast.clerk, milestones(deal)[0], REASONS)


async def test_returning_again_with_the_same_reasons_changes_nothing(conn: Connection) -> None:
    deal = await contracts_world.signed(conn)
    milestone = await returned(conn, deal)
    again = await operations.return_milestone(conn, deal.cast.buyer, milestones(deal)[0], REASONS)
    assert again == milestone


async def test_a_rivals_return_loses(conn: Connection) -> None:
    deal = await contracts_world.signed(conn)
    await returned(conn, deal)
    rival = await world.person(conn, deal.cast.enterprise, Role.BUYER)
    with pytest.raises(WrongMove):
        await operations.return_milestone(conn, rival, milestones(deal)[0], REASONS)


async def test_who_holds_a_role_at_the_provider_does_not_return(conn: Connection) -> None:
    deal = await contracts_world.signed(conn)
    await performance.deliver(conn, deal)
    both = await world.also(conn, deal.cast.clerk, deal.cast.enterprise, Role.BUYER)
    with pytest.raises(BothSides):
        await operations.return_milestone(conn, both, milestones(deal)[0], REASONS)


async def test_who_delivered_does_not_return_after_he_has_changed_sides(conn: Connection) -> None:
    deal = await contracts_world.signed(conn)
    await performance.deliver(conn, deal)
    moved = await world.also(conn, deal.cast.clerk, deal.cast.enterprise, Role.BUYER)
    await world.left(conn, deal.cast.clerk)
    with pytest.raises(WorkedForProvider):
        await operations.return_milestone(conn, moved, milestones(deal)[0], REASONS)
