"""A unit that bids against one under it reads nothing of the other's while it can still bargain."""

from __future__ import annotations

from uuid import UUID

from market.base import db
from market.base.access import Actor, Role
from market.base.db import Connection
from market.base.embedded import Dsns
from market.base.errors import NotFound
from market.identity.organisations import queries as organisations
from market.trade.deals import queries as deals
from market.trade.enterprise_requests import operations as requesting
from market.trade.proposals import operations, queries, talking
from market.trade.proposals.counter_offers import operations as bargaining
from market.trade.proposals.counter_offers import queries as offers
from market.trade.proposals.model import FullProposal
from tests.trade.enterprise_requests.conftest import Cast, SetClock
from tests.trade.proposals.conftest import Bids
from tests.world import catalogue, identity, proposals, requests
from tests.world.deals import said
from tests.world.proposals import Bidder, countered


async def bidder_above(conn: Connection, bids: Bids) -> Bidder:
    assert bids.above.organisation_id is not None
    above = await organisations.find_organisation(conn, bids.above, bids.above.organisation_id)
    return Bidder(above, bids.above, await catalogue.enrolled_member(conn, above))


async def bargained(conn: Connection, cast: Cast, bids: Bids, made: FullProposal) -> UUID:
    """The buyer writes to the unit and offers less; the unit sends it a file, whose id is given."""
    await operations.settle(conn, made.id)
    deal = await talking.open_proposal_deal(conn, cast.buyer, made.id)
    file_id = await catalogue.stored_file(conn, bids.first.clerk)
    await said(conn, bids.first.clerk, deal, "附上报价说明。", file_id)
    less = await countered(conn, price_minor=40_000_00)
    await bargaining.make_counter_offer(conn, cast.buyer, made.id, less)
    return file_id


async def reads_file(conn: Connection, actor: Actor, file_id: UUID) -> bool:
    async with db.look(conn, actor):
        found: bool = await conn.fetchval("SELECT EXISTS (SELECT FROM file WHERE id = $1)", file_id)
    return found


async def readable(conn: Connection, actor: Actor, made: FullProposal) -> set[str]:
    """What somebody reads of a proposal, by the queries and by the tables themselves."""
    found = set()
    async with db.look(conn, actor):
        try:
            await queries.find_proposal(conn, actor, made.id)
            found.add("find_proposal")
        except NotFound:
            pass
        try:
            await offers.offers_of(conn, actor, made.id, before=None, limit=9)
            found.add("offers_of")
        except NotFound:
            pass
        if await deals.deals_of(conn, actor, before=None, limit=9):
            found.add("deals_of")
        for table in ("proposal_revision", "counter_offer"):
            if await conn.fetchval(
                f"SELECT EXISTS (SELECT FROM {table} WHERE proposal_id = $1)", made.id
            ):
                found.add(table)
        if await conn.fetchval("SELECT EXISTS (SELECT FROM deal WHERE topic_id = $1)", made.id):
            found.add("deal")
    return found


ALL = {"find_proposal", "offers_of", "deals_of", "proposal_revision", "counter_offer", "deal"}


async def test_a_rival_above_reads_nothing_until_the_request_is_over(
    conn: Connection, cast: Cast, bids: Bids, at: SetClock
) -> None:
    request = await requests.opened(conn, cast.buyer)
    made = await proposals.submitted(conn, bids.first, request)
    above = await bidder_above(conn, bids)
    rival = await proposals.submitted(conn, above, request, price_minor=50_000_00)
    await at(request.deadline)
    file_id = await bargained(conn, cast, bids, made)
    assert await readable(conn, bids.above, made) == set()
    assert not await reads_file(conn, bids.above, file_id)
    assert await reads_file(conn, bids.leader, file_id)
    assert await readable(conn, bids.leader, made) == ALL
    assert await readable(conn, cast.buyer, made) == ALL
    async with db.look(conn, bids.above):
        await queries.find_proposal(conn, bids.above, rival.id)
    await requesting.cancel_request(conn, cast.buyer, request.id, "项目取消，另行安排")
    assert await readable(conn, bids.above, made) == ALL
    assert await reads_file(conn, bids.above, file_id)


async def test_nor_does_he_when_he_acts_for_the_association_above(
    conn: Connection, cast: Cast, bids: Bids, at: SetClock
) -> None:
    """Whom he acts for is his choice; whom he bids for is not."""
    request = await requests.opened(conn, cast.buyer)
    made = await proposals.submitted(conn, bids.first, request)
    above = await bidder_above(conn, bids)
    await proposals.submitted(conn, above, request, price_minor=50_000_00)
    top = await identity.also(conn, bids.above, await identity.root(conn), Role.CLERK)
    await at(request.deadline)
    await bargained(conn, cast, bids, made)
    assert await readable(conn, top, made) == set()
    neutral = await identity.person(conn, await identity.root(conn), Role.CLERK)
    assert await readable(conn, neutral, made) == ALL


async def test_nor_does_he_once_he_has_withdrawn_until_the_request_is_over(
    conn: Connection, cast: Cast, bids: Bids, at: SetClock
) -> None:
    """What he reads he can still tell who bids."""
    request = await requests.opened(conn, cast.buyer)
    made = await proposals.submitted(conn, bids.first, request)
    above = await bidder_above(conn, bids)
    rival = await proposals.submitted(conn, above, request, price_minor=50_000_00)
    await at(request.deadline)
    file_id = await bargained(conn, cast, bids, made)
    await operations.withdraw_proposal(conn, bids.above, rival.id, "不再参与")
    assert await readable(conn, bids.above, made) == set()
    assert not await reads_file(conn, bids.above, file_id)
    await requesting.cancel_request(conn, cast.buyer, request.id, "项目取消，另行安排")
    assert await readable(conn, bids.above, made) == ALL


async def test_above_who_never_bid_reads_it_once_it_is_open(
    conn: Connection, cast: Cast, bids: Bids, at: SetClock
) -> None:
    request = await requests.opened(conn, cast.buyer)
    made = await proposals.submitted(conn, bids.first, request)
    await at(request.deadline)
    await bargained(conn, cast, bids, made)
    assert await readable(conn, bids.above, made) == ALL


async def test_nor_do_those_whose_books_the_rival_keeps_but_who_audits_the_rival_does(
    conn: Connection, cast: Cast, bids: Bids, at: SetClock
) -> None:
    request = await requests.opened(conn, cast.buyer)
    above = await bidder_above(conn, bids)
    between = await identity.unit(conn, parent=above.unit, legal_person=False)
    under = await proposals.bidder(conn, await identity.unit(conn, parent=between))
    made = await proposals.submitted(conn, under, request)
    await proposals.submitted(conn, above, request, price_minor=50_000_00)
    kept = await identity.person(conn, between, Role.CLERK)
    auditor = await identity.person(conn, above.unit, Role.AUDITOR)
    await at(request.deadline)
    await bargained(conn, cast, bids._replace(first=under), made)
    assert await readable(conn, kept, made) == set()
    assert await readable(conn, auditor, made) == ALL


async def test_no_rival_is_told_who_wrote_and_each_query_hides_it_where_policies_do_not_hold(
    own_database: Dsns, cast: Cast, bids: Bids, at: SetClock
) -> None:
    owner = await db.connect(own_database.owner)
    await owner.execute("BEGIN")
    request = await requests.opened(owner, cast.buyer)
    made = await proposals.submitted(owner, bids.first, request)
    above = await bidder_above(owner, bids)
    await proposals.submitted(owner, above, request, price_minor=50_000_00)
    await at(request.deadline)
    await bargained(owner, cast, bids, made)
    deal = await talking.open_proposal_deal(owner, cast.buyer, made.id)
    authors = "SELECT count(*) FROM authors_of_deal($1)"
    turncoat = await identity.person(owner, cast.enterprise, Role.BUYER)
    await identity.also(owner, turncoat, above.unit, Role.CLERK)
    for actor, told in ((bids.leader, True), (bids.above, False), (turncoat, False)):
        async with db.look(owner, actor):
            found = await queries.proposals_for(owner, actor, request.id, before=None, limit=9)
            assert (made.id in {each.id for each in found}) is told
            assert bool(await deals.deals_of(owner, actor, before=None, limit=9)) is told
            said_there = await deals.messages_of(owner, actor, deal.id, before=None, limit=9)
            assert bool(said_there) is told
            assert bool(await owner.fetchval(authors, deal.id)) is told
            for find in (deals.find_deal, deals.lock_deal):
                try:
                    await find(owner, actor, deal.id)
                    assert told
                except NotFound:
                    assert not told
    await owner.execute("ROLLBACK")
    owner.terminate()


async def test_where_nothing_is_sealed_those_above_still_wait_for_the_deadline(
    conn: Connection, cast: Cast, bids: Bids, at: SetClock
) -> None:
    """Else they would read the price under them first, and bid then."""
    request = await requests.opened(conn, cast.buyer, sealed=False)
    made = await proposals.submitted(conn, bids.first, request)
    assert "find_proposal" not in await readable(conn, bids.above, made)
    assert "find_proposal" in await readable(conn, cast.buyer, made)
    await at(request.deadline)
    assert "find_proposal" in await readable(conn, bids.above, made)


async def test_nor_does_the_unit_that_keeps_a_bidders_books_read_its_rivals(
    conn: Connection, cast: Cast, bids: Bids, at: SetClock
) -> None:
    """Their money is one, also when only the unit under it bids."""
    request = await requests.opened(conn, cast.buyer)
    keeper = await identity.unit(conn)
    kept = await identity.unit(conn, parent=keeper, legal_person=False)
    legal = await identity.unit(conn, parent=keeper)
    rival = await proposals.bidder(conn, legal)
    made = await proposals.submitted(conn, rival, request)
    boss = await identity.person(conn, keeper, Role.CLERK)
    auditor = await identity.person(conn, keeper, Role.AUDITOR)
    bidder = await proposals.bidder(conn, kept)
    own = await proposals.submitted(conn, bidder, request, price_minor=50_000_00)
    await at(request.deadline)
    await bargained(conn, cast, bids._replace(first=rival), made)
    assert await readable(conn, boss, made) == set()
    assert await readable(conn, auditor, made) == ALL
    assert "find_proposal" in await readable(conn, boss, own)
    await requesting.cancel_request(conn, cast.buyer, request.id, "项目取消，另行安排")
    assert await readable(conn, boss, made) == ALL


async def test_nor_does_the_buyers_own_man_who_bids(
    conn: Connection, cast: Cast, bids: Bids, at: SetClock
) -> None:
    """Neither before the deadline, where nothing is sealed, nor until it is decided."""
    asked = [await requests.opened(conn, cast.buyer, sealed=sealed) for sealed in (False, True)]
    turncoat = await identity.person(conn, cast.enterprise, Role.BUYER)
    made = [await proposals.submitted(conn, bids.first, request) for request in asked]
    own = [await proposals.submitted(conn, bids.second, request) for request in asked]
    await identity.also(conn, turncoat, bids.second.unit, Role.CLERK)
    assert await readable(conn, turncoat, made[0]) == set()
    assert await readable(conn, turncoat, own[0]) == set()  # he acts for the buyer here
    assert "find_proposal" in await readable(conn, cast.buyer, made[0])
    await at(asked[1].deadline)
    file_id = await bargained(conn, cast, bids, made[1])
    assert await readable(conn, turncoat, made[1]) == set()
    assert not await reads_file(conn, turncoat, file_id)
    assert await readable(conn, cast.buyer, made[1]) == ALL
    assert await reads_file(conn, cast.buyer, file_id)
    await requesting.cancel_request(conn, cast.buyer, asked[1].id, "项目取消，另行安排")
    assert await readable(conn, turncoat, made[1]) == ALL
