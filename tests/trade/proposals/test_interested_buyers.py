"""Whoever of the buyer has to do with a bidder reads nothing and bargains over nothing."""

from __future__ import annotations

import pytest

from market.base import db
from market.base.access import Actor, BothSides, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.trade.proposals import queries, talking
from market.trade.proposals.counter_offers import operations as bargaining
from tests.trade.enterprise_requests.conftest import SetClock
from tests.world import awards, catalogue, identity, proposals
from tests.world.awards import Contest


async def enrolled(conn: Connection, contest: Contest) -> Actor:
    """On a bidder's register, with no role there any more."""
    man = await identity.person(conn, contest.enterprise, Role.BUYER)
    bidder = contest.bidders[0].unit
    as_member = await identity.also(conn, man, bidder, Role.MEMBER)
    await catalogue.enrolled_member(conn, bidder, man.person_id)
    await identity.left(conn, as_member)
    return await identity.signed_in(conn, man.person_id, contest.enterprise.id)


async def auditor(conn: Connection, contest: Contest) -> Actor:
    man = await identity.person(conn, contest.enterprise, Role.BUYER)
    await identity.also(conn, man, contest.bidders[0].unit, Role.AUDITOR)
    return await identity.signed_in(conn, man.person_id, contest.enterprise.id)


@pytest.mark.parametrize("sealed", [True, False], ids=["sealed", "unsealed"])
@pytest.mark.parametrize("interested", [enrolled, auditor])
async def test_he_reads_no_proposal_before_the_request_is_decided(
    conn: Connection, at: SetClock, interested: object, sealed: bool
) -> None:
    contest = await awards.contest(conn, sealed=sealed)
    man = await interested(conn, contest)  # type: ignore[operator]
    for moment in (None, contest.request.deadline):
        if moment is not None:
            await at(moment)
        for proposal in contest.proposals:
            for actor in (man, identity.as_if_all_were_visible(man)):
                async with db.look(conn, actor):
                    with pytest.raises(NotFound):
                        await queries.find_proposal(conn, actor, proposal.id)
    async with db.look(conn, contest.buyer):
        read = await queries.find_proposal(conn, contest.buyer, contest.proposals[0].id)
    assert read.id == contest.proposals[0].id


@pytest.mark.parametrize("interested", [enrolled, auditor])
async def test_he_bargains_over_none_and_reads_no_talk(
    conn: Connection, at: SetClock, interested: object
) -> None:
    contest = await awards.contest(conn)
    await at(contest.request.deadline)
    man = await interested(conn, contest)  # type: ignore[operator]
    for proposal in contest.proposals:
        deal = await talking.open_proposal_deal(conn, contest.buyer, proposal.id)
        async with db.look(conn, man):
            assert not await conn.fetchval("SELECT count(*) FROM deal WHERE id = $1", deal.id)
        terms = await proposals.countered(conn, quantity=2)
        with pytest.raises((BothSides, NotFound)):
            await bargaining.make_counter_offer(conn, man, proposal.id, terms)
