"""What was announced is neither undercut nor got round, and nobody passes over the best alone."""

from __future__ import annotations

import asyncpg
import pytest

from market.base import clock, db
from market.base.access import Actor
from market.base.db import Connection
from market.base.embedded import Dsns
from market.trade.awards import complaints, model, operations, queries
from market.trade.awards.model import AnswerInput, AwardInput, Complaint, ComplaintInput, FullAward
from market.trade.judging import operations as judging
from market.trade.proposals import revisions
from market.trade.proposals.counter_offers import model as bargains
from market.trade.proposals.counter_offers import operations as bargaining
from market.trade.proposals.counter_offers import queries as offers
from market.trade.proposals.counter_offers.model import CounterOffer, CounterOfferState
from market.trade.proposals.model import FullProposal
from tests.trade.enterprise_requests.conftest import SetClock
from tests.world import awards
from tests.world.awards import Contest
from tests.world.proposals import countered

GROUNDS = ComplaintInput(grounds="我方资质证书未被计入，请复核评分。")
UPHELD = AnswerInput(upheld=True, answer="确有一份证书漏计，重新评审。")
LESS = 30_000_00


async def bargained(
    conn: Connection, at: SetClock
) -> tuple[Contest, FullAward, FullProposal, CounterOffer]:
    """The buyer asked the second for less, and awarded before it had answered."""
    contest = await awards.contest(conn)
    await at(contest.request.deadline)
    rival = contest.proposals[1]
    less = await countered(conn, price_minor=LESS)
    offer = await bargaining.make_counter_offer(conn, contest.buyer, rival.id, less)
    return contest, await awards.awarded(conn, contest), rival, offer


async def undercuts_nothing(
    conn: Connection, loser: Actor, rival: FullProposal, offer: CounterOffer
) -> None:
    """Neither by the operations nor past them."""
    with pytest.raises(bargains.PricesAreKnown):
        await bargaining.accept_counter_offer(conn, loser, offer.id)
    terms = rival.binding
    assert terms is not None
    with pytest.raises(asyncpg.RestrictViolationError):
        async with db.savepoint(conn), db.act(conn, loser):
            await offers.answer_offer(conn, loser, offer.id, to=CounterOfferState.ACCEPTED)
    with pytest.raises(asyncpg.RestrictViolationError):
        async with db.savepoint(conn), db.act(conn, loser):
            await revisions.insert_revision(conn, loser, rival, terms, "agreed", offer.id)
    data, now = await countered(conn, price_minor=LESS), await clock.now(conn)
    with pytest.raises(asyncpg.RestrictViolationError):
        async with db.savepoint(conn), db.act(conn, loser):
            await offers.insert_offer(conn, loser, rival, "unit", terms, data, now)


async def test_a_loser_undercuts_no_price_that_was_announced(
    conn: Connection, at: SetClock
) -> None:
    contest, award, rival, offer = await bargained(conn, at)
    loser = contest.bidders[1].clerk
    await undercuts_nothing(conn, loser, rival, offer)
    await operations.set_aside_award(conn, contest.manager, award.id, "另行比较")
    await undercuts_nothing(conn, loser, rival, offer)
    await bargaining.refuse_counter_offer(conn, loser, offer.id, "价格已是底线")
    for side in (loser, contest.buyer):
        again = await countered(conn, price_minor=LESS)
        with pytest.raises(bargains.PricesAreKnown):
            await bargaining.make_counter_offer(conn, side, rival.id, again)


async def disputed(conn: Connection, at: SetClock) -> tuple[Contest, FullAward, list[Complaint]]:
    """Both losers complain."""
    contest = await awards.contest(conn)
    await at(contest.request.deadline)
    award = await awards.awarded(conn, contest)
    filed = [
        await complaints.file_complaint(conn, each.clerk, award.id, GROUNDS)
        for each in contest.bidders[1:]
    ]
    return contest, award, filed


async def round_of(conn: Connection, contest: Contest) -> tuple[str, int]:
    found = await judging.read_evaluation(conn, contest.buyer, contest.request.id)
    return found.state, found.round


async def test_nobody_sets_an_award_aside_under_a_complaint(conn: Connection, at: SetClock) -> None:
    contest, award, filed = await disputed(conn, at)
    with pytest.raises(model.ComplaintOpen):
        await operations.set_aside_award(conn, contest.manager, award.id, "另行比较")
    with pytest.raises(asyncpg.RestrictViolationError):
        async with db.savepoint(conn), db.act(conn, contest.manager):
            await queries.set_aside(conn, contest.manager, award, "另行比较")
    await complaints.answer_complaint(conn, contest.manager, filed[0].id, UPHELD)
    assert (await operations.read_award(conn, contest.buyer, award.id)).state == "set_aside"
    assert await round_of(conn, contest) == ("scoring", 2)
    evaluation = await judging.read_evaluation(conn, contest.buyer, contest.request.id)
    for judge, actor, given in zip(evaluation.judges, contest.judges, awards.POINTS, strict=True):
        await awards.score(conn, contest, judge, actor, *given)
    await complaints.answer_complaint(conn, contest.manager, filed[1].id, UPHELD)
    assert await round_of(conn, contest) == ("scored", 2), "one complaint has begun it anew"


async def test_a_complaint_that_is_upheld_begins_anew_what_was_set_aside_before(
    own_database: Dsns, at: SetClock
) -> None:
    """As it could be before the database held an award under a complaint."""
    owner = await db.connect(own_database.owner)
    await owner.execute("BEGIN")
    contest, award, filed = await disputed(owner, at)
    await owner.execute("ALTER TABLE award DISABLE TRIGGER standing_award")
    async with db.act(owner, contest.manager):
        await queries.set_aside(owner, contest.manager, award, "另行比较")
    await complaints.answer_complaint(owner, contest.manager, filed[0].id, UPHELD)
    assert await round_of(owner, contest) == ("scoring", 2)
    await owner.execute("ROLLBACK")
    owner.terminate()


async def test_above_the_limit_nobody_passes_over_the_best_alone(
    conn: Connection, at: SetClock
) -> None:
    contest = await awards.contest(conn, prices=(60_000_00, 61_000_00))
    await at(contest.request.deadline)
    await awards.scored(conn, contest)
    given = AwardInput(proposal_id=contest.proposals[1].id, reason="偏好该单位")
    award = await operations.award_request(conn, contest.buyer, contest.request.id, given)
    assert (award.state, award.announced_at) == ("proposed", None)
    approved = await operations.approve_award(conn, contest.manager, award.id)
    assert (approved.state, approved.approved_by) == ("standstill", contest.manager.person_id)
