"""Many at once: one act takes effect, the rest get its answer or a refusal; no number is lost."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec
import pytest

from market.base import db
from market.base.access import SYSTEM, Actor, Role
from market.base.db import Connection, Pool
from market.base.errors import Conflict, MarketError
from market.base.moves import WrongMove
from market.trade.contracts import operations as drafting
from market.trade.contracts import queries
from market.trade.contracts.model import FullContract, Party
from market.trade.signing import operations
from market.trade.signing.model import AlreadySigned, SameReviewer, SignatureInput
from tests.conftest import Clone
from tests.world import contracts, identity
from tests.world.contracts import PASS, Cast, Deal

AT_ONCE = 24


class Rooms(NamedTuple):
    """The application's pool and the worker's connection, which alone reads events."""

    app: Pool
    worker: Connection


@pytest.fixture(scope="module")
async def rooms(stocked: Clone) -> AsyncIterator[Rooms]:
    async with stocked() as addresses:
        app, worker = await db.open_pool(addresses.app), await db.connect(addresses.worker)
        yield Rooms(app, worker)
        await worker.close()
        app.terminate()


async def at_once(
    pool: Pool, acts: Sequence[Callable[[Connection], Awaitable[FullContract]]]
) -> list[FullContract | MarketError]:
    """What each gets; anything but an answer or a refusal fails the test."""

    async def one(act: Callable[[Connection], Awaitable[FullContract]]) -> object:
        try:
            return await db.retrying(pool, act)
        except MarketError as refusal:
            return refusal

    found = await asyncio.gather(*(one(act) for act in acts))
    assert all(isinstance(each, FullContract | MarketError) for each in found)
    return found  # type: ignore[return-value]  # just seen


def approving(leader: Actor, contract_id: UUID) -> Callable[[Connection], Awaitable[FullContract]]:
    return lambda conn: operations.review_contract(conn, leader, contract_id, "leader", PASS)


async def before_the_leader(conn: Connection, people: Cast) -> Deal:
    deal = await contracts.submitted(conn, people)
    return await contracts.reviewed(conn, deal, "technical", "finance")


async def names_of(rooms: Rooms, contract_id: UUID) -> Counter[str]:
    records = await rooms.worker.fetch("SELECT name FROM event WHERE subject_id = $1", contract_id)
    return Counter(record["name"] for record in records)


async def test_one_leader_approving_many_times_at_once_approves_once(rooms: Rooms) -> None:
    async with db.lease(rooms.app) as conn:
        deal = await before_the_leader(conn, await contracts.cast(conn))
    acts = [approving(deal.cast.leader, deal.contract.id)] * AT_ONCE
    found = await at_once(rooms.app, acts)
    assert all(isinstance(each, FullContract) for each in found)
    assert len({each.number for each in found if isinstance(each, FullContract)}) == 1
    assert (await names_of(rooms, deal.contract.id))["contract.approved"] == 1


async def test_of_many_leaders_approving_at_once_one_takes_effect(rooms: Rooms) -> None:
    async with db.lease(rooms.app) as conn:
        deal = await before_the_leader(conn, await contracts.cast(conn))
        leaders = [await identity.person(conn, deal.cast.unit, Role.LEADER) for _ in range(AT_ONCE)]
    found = await at_once(rooms.app, [approving(each, deal.contract.id) for each in leaders])
    assert sum(isinstance(each, FullContract) for each in found) == 1
    assert all(isinstance(each, FullContract | WrongMove) for each in found)
    assert (await names_of(rooms, deal.contract.id))["contract.approved"] == 1


async def test_numbers_have_no_gap_when_many_are_approved_and_some_refused(rooms: Rooms) -> None:
    async with db.lease(rooms.app) as conn:
        people = await contracts.cast(conn)
        deals = [await before_the_leader(conn, people) for _ in range(AT_ONCE)]
        both = await identity.person(conn, people.unit, Role.MEMBER, Role.LEADER)
        refused = await contracts.drafted(conn, msgspec.structs.replace(people, clerk=both))
        await operations.submit_contract(conn, both, refused.contract.id)
        refused = await contracts.reviewed(conn, refused, "technical", "finance")
    acts = [approving(people.leader, deal.contract.id) for deal in deals]
    acts[5:5] = [approving(both, refused.contract.id)]
    found = await at_once(rooms.app, acts)
    assert [type(each) for each in found if isinstance(each, MarketError)] == [SameReviewer]
    serials = sorted(
        int(each.number.rpartition("-")[2])
        for each in found
        if isinstance(each, FullContract) and each.number
    )
    assert serials == list(range(1, AT_ONCE + 1))


async def test_many_signing_at_once_leave_one_signature_a_party(rooms: Rooms) -> None:
    async with db.lease(rooms.app) as conn:
        deal = await contracts.approved(conn)
        rivals = [await contracts.signatory(conn, deal.cast.enterprise) for _ in range(4)]
    assert deal.contract.text_sha256 is not None
    given = SignatureInput(text_sha256=deal.contract.text_sha256)

    def signing(actor: Actor, party: Party) -> Callable[[Connection], Awaitable[FullContract]]:
        return lambda conn: operations.sign_contract(
            conn, actor, deal.contract.id, party, given, contracts.ADDRESS
        )

    acts = [signing(deal.cast.unit_signatory, "provider")] * 10
    acts += [signing(actor, "buyer") for actor in (deal.cast.buyer_signatory, *rivals)] * 4
    found = await at_once(rooms.app, acts)
    assert all(isinstance(each, FullContract | AlreadySigned) for each in found)
    async with db.lease(rooms.app) as conn, db.look(conn, SYSTEM):
        contract = await queries.find_full(conn, SYSTEM, deal.contract.id)
        posted = await conn.fetchval(
            "SELECT count(*) FROM posting WHERE cause = $1", f"contract_signed:{contract.id}"
        )
    assert contract.state == "active"
    assert {signature.party for signature in contract.signatures} == {"provider", "buyer"}
    assert len(contract.signatures) == 2
    assert posted == 1
    names = await names_of(rooms, deal.contract.id)
    assert (names["contract.signed"], names["contract.activated"]) == (2, 1)


async def test_calling_off_races_the_last_signature_and_one_of_them_wins(rooms: Rooms) -> None:
    for _ in range(4):
        async with db.lease(rooms.app) as conn:
            deal = await contracts.sign(conn, await contracts.approved(conn), "provider")
        assert deal.contract.text_sha256 is not None
        given = SignatureInput(text_sha256=deal.contract.text_sha256)

        def sign(
            conn: Connection, deal: Deal = deal, given: SignatureInput = given
        ) -> Awaitable[FullContract]:
            return operations.sign_contract(
                conn, deal.cast.buyer_signatory, deal.contract.id, "buyer", given, "::1"
            )

        def void(conn: Connection, deal: Deal = deal) -> Awaitable[FullContract]:
            return drafting.void_contract(conn, deal.cast.clerk, deal.contract.id, "不再需要")

        found = await at_once(rooms.app, [sign, void])
        assert sum(isinstance(each, FullContract) for each in found) == 1
        assert sum(isinstance(each, Conflict) for each in found) == 1


async def test_the_acts_leave_their_events_with_ids_and_codes_only(rooms: Rooms) -> None:
    async with db.lease(rooms.app) as conn:
        deal = await contracts.signed(conn)
    records = await rooms.worker.fetch(
        """SELECT name, state_to, changed::text AS changed FROM event
           WHERE subject_id = $1 ORDER BY id""",
        deal.contract.id,
    )
    assert [(each["name"], each["state_to"]) for each in records] == [
        ("contract.ordered", "drafting"),
        ("contract.drafted", None),
        ("contract.submitted", "tech_review"),
        ("contract.reviewed", "finance_review"),
        ("contract.reviewed", "leader_review"),
        ("contract.approved", "awaiting_signatures"),
        ("contract.signed", None),
        ("contract.signed", None),
        ("contract.activated", "active"),
    ]
    assert all(each["changed"].isascii() for each in records)
    hashes = [json.loads(each["changed"]).get("text_sha256") for each in records]
    assert hashes == [*[None] * 5, *[deal.contract.text_sha256] * 3, None]
