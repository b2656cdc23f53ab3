"""Above the limit of direct orders another person of the buyer approves."""

from __future__ import annotations

import msgspec
import pytest

from market.base.access import BothSides, Role
from market.base.db import Connection
from market.base.errors import NotFound, Stale
from market.trade.contracts import model, operations
from market.trade.signing import operations as signing
from market.trade.signing.model import OrderNotApproved
from tests.world import contracts, identity
from tests.world.contracts import Cast

HIGH = 260_000_00


async def test_an_order_above_the_limit_waits_for_its_approval(
    conn: Connection, people: Cast
) -> None:
    deal = await contracts.drafted(conn, people, price_minor=HIGH)
    with pytest.raises(OrderNotApproved):
        await signing.submit_contract(conn, deal.cast.clerk, deal.contract.id)
    approved = await operations.approve_order(conn, deal.cast.manager, deal.contract.id)
    assert approved.order_approved_by == deal.cast.manager.person_id
    assert approved.order_approved_minor == HIGH
    submitted = await signing.submit_contract(conn, deal.cast.clerk, deal.contract.id)
    assert submitted.state == "tech_review"


async def test_the_limit_itself_needs_no_approval(conn: Connection, people: Cast) -> None:
    assert (
        await contracts.submitted(conn, people, price_minor=200_000_00)
    ).contract.state == "tech_review"


async def test_a_higher_total_needs_a_new_approval(conn: Connection, people: Cast) -> None:
    deal = await contracts.ordered(conn, people, price_model="quote", price_minor=None)
    approved = await operations.approve_order(conn, deal.cast.manager, deal.contract.id)
    raised = msgspec.structs.replace(approved, total_minor=HIGH)
    assert not await operations.needs_approval(conn, approved)
    assert await operations.needs_approval(conn, raised)


async def test_who_ordered_does_not_approve(conn: Connection, people: Cast) -> None:
    both = await identity.person(conn, people.enterprise, Role.BUYER, Role.MANAGER)
    deal = await contracts.ordered(
        conn, msgspec.structs.replace(people, buyer=both), price_minor=HIGH
    )
    with pytest.raises(model.NotTheManager):
        await operations.approve_order(conn, both, deal.contract.id)


async def test_a_manager_who_holds_a_role_at_the_provider_does_not_approve(
    conn: Connection, people: Cast
) -> None:
    deal = await contracts.ordered(conn, people, price_minor=HIGH)
    await identity.also(conn, people.manager, people.unit, Role.MEMBER)
    with pytest.raises(BothSides):
        await operations.approve_order(conn, people.manager, deal.contract.id)


async def test_only_the_buyers_manager_approves(conn: Connection, people: Cast) -> None:
    deal = await contracts.ordered(conn, people, price_minor=HIGH)
    for other in (deal.cast.buyer, deal.cast.leader):
        with pytest.raises(model.NotTheManager):
            await operations.approve_order(conn, other, deal.contract.id)
    stranger = await identity.manager_of(conn, await identity.enterprise(conn))
    with pytest.raises(NotFound):
        await operations.approve_order(conn, stranger, deal.contract.id)


async def test_approving_again_changes_nothing(conn: Connection, people: Cast) -> None:
    deal = await contracts.ordered(conn, people, price_minor=HIGH)
    first = await operations.approve_order(conn, deal.cast.manager, deal.contract.id)
    assert await operations.approve_order(conn, deal.cast.manager, deal.contract.id) == first


async def test_an_approval_honours_the_version_that_was_read(
    conn: Connection, people: Cast
) -> None:
    deal = await contracts.ordered(conn, people, price_minor=HIGH)
    with pytest.raises(Stale):
        await operations.approve_order(
            conn, deal.cast.manager, deal.contract.id, expected_version=9
        )


async def test_nothing_is_approved_after_drafting(conn: Connection, people: Cast) -> None:
    deal = await contracts.submitted(conn, people)
    with pytest.raises(model.NotInDrafting):
        await operations.approve_order(conn, deal.cast.manager, deal.contract.id)
