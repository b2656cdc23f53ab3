"""Delivering: the work is handed over with its evidence, round after round."""

from uuid import uuid4

import pytest

from market.base import db, files
from market.base.access import SYSTEM, Role
from market.base.db import Connection
from market.base.errors import NotFound, Stale
from market.base.moves import WrongMove
from market.trade.contracts import queries as contracts
from market.trade.performance import operations
from market.trade.performance.model import (
    ContractNotActive,
    OnlyProviderPerforms,
    State,
    UnknownEvidence,
)
from tests.world import contracts as contracts_world
from tests.world import identity as world
from tests.world import performance
from tests.world.performance import milestones


async def test_a_delivery_carries_its_note_and_its_evidence_in_order(conn: Connection) -> None:
    deal = await contracts_world.signed(conn)
    sent = [await performance.evidence(conn, deal.cast.clerk, f"{n}.pdf") for n in (2, 1)]
    delivered = await performance.deliver(conn, deal, note="第一轮", files=sent)
    assert delivered.state == State.DELIVERED
    assert (delivered.delivered.round, delivered.delivered.note) == (1, "第一轮")
    assert [file.id for file in delivered.delivered.files] == sent
    assert [file.name for file in delivered.delivered.files] == ["2.pdf", "1.pdf"]


async def test_the_buyer_reads_the_evidence_from_the_delivery_on(conn: Connection) -> None:
    deal = await contracts_world.signed(conn)
    file_id = await performance.evidence(conn, deal.cast.clerk)
    async with db.look(conn, deal.cast.buyer):
        with pytest.raises(NotFound):
            await files.find(conn, deal.cast.buyer, file_id)
    await performance.deliver(conn, deal, files=[file_id])
    async with db.look(conn, deal.cast.buyer):
        assert (await files.find(conn, deal.cast.buyer, file_id)).id == file_id


async def test_the_buyer_cannot_deliver(conn: Connection) -> None:
    deal = await contracts_world.signed(conn)
    await performance.start(conn, deal)
    given = await performance.delivery(conn, deal)
    with pytest.raises(OnlyProviderPerforms):
        await operations.deliver_milestone(conn, deal.cast.buyer, milestones(deal)[0], given)


async def test_what_is_not_started_is_not_delivered(conn: Connection) -> None:
    deal = await contracts_world.signed(conn)
    given = await performance.delivery(conn, deal)
    with pytest.raises(WrongMove):
        await operations.deliver_milestone(conn, deal.cast.clerk, milestones(deal)[0], given)


async def test_evidence_that_the_unit_does_not_read_is_refused_like_one_that_is_not_there(
    conn: Connection,
) -> None:
    deal = await contracts_world.signed(conn)
    foreign = await performance.evidence(conn, await world.person(conn, await world.unit(conn)))
    own = await performance.evidence(conn, deal.cast.clerk)
    for unknown in (foreign, uuid4()):
        with pytest.raises(UnknownEvidence) as refusal:
            await performance.deliver(conn, deal, files=[own, unknown])
        assert refusal.value.pointer == "/files/1"
        assert refusal.value.details == {"file_id": unknown}


async def test_a_file_that_is_named_twice_is_evidence_once(conn: Connection) -> None:
    deal = await contracts_world.signed(conn)
    file_id = await performance.evidence(conn, deal.cast.clerk)
    delivered = await performance.deliver(conn, deal, files=[file_id, file_id])
    assert [file.id for file in delivered.delivered.files] == [file_id]


async def test_the_same_delivery_again_is_one_delivery(conn: Connection) -> None:
    deal = await contracts_world.signed(conn)
    await performance.start(conn, deal)
    given = await performance.delivery(conn, deal)
    first = await operations.deliver_milestone(conn, deal.cast.clerk, milestones(deal)[0], given)
    again = await operations.deliver_milestone(conn, deal.cast.clerk, milestones(deal)[0], given)
    assert again == first
    assert len(again.deliveries) == 1


async def test_another_delivery_waits_for_the_buyers_answer(conn: Connection) -> None:
    deal = await contracts_world.signed(conn)
    await performance.deliver(conn, deal)
    with pytest.raises(WrongMove):
        await performance.deliver(conn, deal, note="补充材料")


async def test_another_member_delivers_what_a_colleague_started(conn: Connection) -> None:
    deal = await contracts_world.signed(conn)
    await performance.start(conn, deal)
    member = await world.person(conn, deal.cast.unit, Role.MEMBER)
    given = await performance.delivery(conn, deal)
    delivered = await operations.deliver_milestone(conn, member, milestones(deal)[0], given)
    assert delivered.delivered.delivered_by == member.person_id


async def test_the_contracts_version_grows_with_its_milestones(conn: Connection) -> None:
    deal = await contracts_world.signed(conn)
    await performance.deliver(conn, deal)
    async with db.look(conn, deal.cast.buyer):
        now = await contracts.find_contract(conn, deal.cast.buyer, deal.contract.id)
    assert now.version == deal.contract.version + 2


async def test_a_stale_version_is_refused(conn: Connection) -> None:
    deal = await contracts_world.signed(conn)
    started = await performance.start(conn, deal)
    given = await performance.delivery(conn, deal)
    with pytest.raises(Stale):
        await operations.deliver_milestone(
            conn,
            deal.cast.clerk,
            milestones(deal)[0],
            given,
            expected_version=started.version - 1,
        )


async def test_nothing_is_delivered_under_a_contract_that_is_not_in_force(conn: Connection) -> None:
    deal = await contracts_world.signed(conn)
    await performance.start(conn, deal)
    given = await performance.delivery(conn, deal)
    async with db.act(conn, SYSTEM):
        await conn.execute(
            "UPDATE contract SET state = 'completed' WHERE id = $1", deal.contract.id
        )
    with pytest.raises(ContractNotActive):
        await operations.deliver_milestone(conn, deal.cast.clerk, milestones(deal)[0], given)
