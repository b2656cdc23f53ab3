"""Either side calls off an order before both have signed."""

from __future__ import annotations

import pytest

from market.base.access import Role
from market.base.db import Connection
from market.base.errors import NotFound, Stale
from market.base.moves import WrongMove
from market.trade.contracts import model, operations
from tests.world import contracts, identity
from tests.world.contracts import Cast

REASON = "设备提前报废 The machine was scrapped"


async def test_the_buyer_calls_off_an_order(conn: Connection, people: Cast) -> None:
    deal = await contracts.ordered(conn, people)
    voided = await operations.void_contract(conn, deal.cast.buyer, deal.contract.id, REASON)
    assert (voided.state, voided.void_reason) == ("void", REASON)
    assert voided.number is None


async def test_the_unit_calls_off_an_approved_contract_which_keeps_its_number(
    conn: Connection,
    people: Cast,
) -> None:
    deal = await contracts.approved(conn, people)
    voided = await operations.void_contract(conn, deal.cast.leader, deal.contract.id, REASON)
    assert voided.state == "void"
    assert voided.number == deal.contract.number is not None


async def test_after_one_signature_it_can_still_be_called_off(
    conn: Connection, people: Cast
) -> None:
    deal = await contracts.sign(conn, await contracts.approved(conn, people), "provider")
    voided = await operations.void_contract(conn, deal.cast.manager, deal.contract.id, REASON)
    assert voided.state == "void"


async def test_a_contract_in_force_is_not_called_off(conn: Connection, people: Cast) -> None:
    deal = await contracts.signed(conn, people)
    with pytest.raises(WrongMove):
        await operations.void_contract(conn, deal.cast.buyer, deal.contract.id, REASON)


async def test_the_same_person_again_gets_the_same_answer_and_a_rival_a_refusal(
    conn: Connection,
    people: Cast,
) -> None:
    deal = await contracts.ordered(conn, people)
    first = await operations.void_contract(conn, deal.cast.buyer, deal.contract.id, REASON)
    again = await operations.void_contract(conn, deal.cast.buyer, deal.contract.id, REASON)
    assert again == first
    with pytest.raises(WrongMove):
        await operations.void_contract(conn, deal.cast.clerk, deal.contract.id, REASON)


async def test_others_do_not_call_off(conn: Connection, people: Cast) -> None:
    deal = await contracts.ordered(conn, people)
    for other in (deal.cast.buyer_signatory, deal.cast.finance):
        with pytest.raises(model.NotYoursToVoid):
            await operations.void_contract(conn, other, deal.contract.id, REASON)
    stranger = await identity.person(conn, await identity.enterprise(conn), Role.BUYER)
    with pytest.raises(NotFound):
        await operations.void_contract(conn, stranger, deal.contract.id, REASON)


async def test_calling_off_honours_the_version_that_was_read(
    conn: Connection, people: Cast
) -> None:
    deal = await contracts.ordered(conn, people)
    with pytest.raises(Stale):
        await operations.void_contract(
            conn, deal.cast.buyer, deal.contract.id, REASON, expected_version=7
        )
