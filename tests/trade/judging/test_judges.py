"""Who may judge is asked each time anew, and whoever may not any more is removed."""

from __future__ import annotations

import asyncpg
import pytest

from market.base import db
from market.base.access import SYSTEM, Actor, BothSides, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.base.moves import WrongMove
from market.identity.members import operations as members
from market.identity.members.model import Leaving
from market.identity.organisations.model import Organisation
from market.trade.enterprise_requests.model import NotABuyersRole
from market.trade.judging import comparison, judges, model, operations, queries
from market.trade.judging.model import AppointmentInput, DeclarationInput, Judge
from market.trade.proposals.counter_offers import operations as bargaining
from tests.trade.enterprise_requests.conftest import SetClock
from tests.world import awards, catalogue, identity, proposals
from tests.world.awards import Contest

NO_CONFLICT = DeclarationInput(conflict=False)
REASON = "近期调任报价单位"


async def opened(conn: Connection, at: SetClock, **request: object) -> Contest:
    contest = await awards.contest(conn, **request)  # type: ignore[arg-type]
    await at(contest.request.deadline)
    return contest


async def turned(conn: Connection, contest: Contest, judge: Actor) -> Actor:
    """The judge acting for a bidder that let him in meanwhile."""
    return await identity.also(conn, judge, contest.bidders[0].unit, Role.CLERK)


async def expert_of(
    conn: Connection, unit: Organisation, contest: Contest
) -> tuple[Actor, AppointmentInput]:
    """Somebody on the register of a unit that is no party; the evaluation is begun."""
    expert = await identity.person(conn, unit, Role.MEMBER)
    member_id = await catalogue.enrolled_member(conn, unit, expert.person_id)
    await operations.start_evaluation(conn, contest.buyer, contest.request.id)
    return expert, AppointmentInput(member_id=member_id)


async def judges_no_more(conn: Connection, contest: Contest, judge: Judge, actor: Actor) -> None:
    """Neither what he reads nor the points that he gives go through, nor past the operations."""
    sheet = await sheet_of(conn, contest)
    with pytest.raises((model.JudgeInterested, model.JudgeNoMore)):
        await operations.judging_sheet(conn, actor, contest.request.id)
    with pytest.raises((model.JudgeInterested, model.JudgeNoMore)):
        await awards.score(conn, contest, judge, actor, (1, 1, 1))
    for read in (operations.read_evaluation, comparison.compare):
        with pytest.raises(NotFound):
            await read(conn, actor, contest.request.id)
    async with db.look(conn, actor):
        assert await queries.opened_proposals(conn, contest.request.id) == []
    with pytest.raises(asyncpg.RestrictViolationError):
        async with db.savepoint(conn), db.act(conn, actor):
            await queries.keep_score(conn, judge, 1, sheet[0], awards.points(1, 1, 1))


async def sheet_of(conn: Connection, contest: Contest) -> list[model.OpenedProposal]:
    async with db.act(conn, SYSTEM):
        return await queries.opened_proposals(conn, contest.request.id)


async def test_a_judge_who_became_a_bidders_clerk_judges_no_more(
    conn: Connection, at: SetClock
) -> None:
    contest = await opened(conn, at)
    first, _ = await awards.evaluated(conn, contest)
    acting = await turned(conn, contest, contest.judges[0])
    for actor in (acting, await identity.again(conn, contest.judges[0])):
        await judges_no_more(conn, contest, first, actor)


async def test_nor_does_who_left_the_buyer(conn: Connection, at: SetClock) -> None:
    contest = await opened(conn, at)
    first, _ = await awards.evaluated(conn, contest)
    await identity.left(conn, contest.judges[0])
    await judges_no_more(conn, contest, first, contest.judges[0])
    named = await awards.appointed(
        conn, contest, leaving := await identity.person(conn, contest.enterprise, Role.PAYER)
    )
    await identity.left(conn, leaving)
    with pytest.raises(model.JudgeNoMore):
        await judges.declare(conn, leaving, named.id, NO_CONFLICT)


async def test_nor_does_an_expert_who_left_the_register(conn: Connection, at: SetClock) -> None:
    contest = await opened(conn, at)
    unit = await identity.unit(conn)
    expert, given = await expert_of(conn, unit, contest)
    named = await judges.appoint_judge(conn, contest.buyer, contest.request.id, given)
    await judges.declare(conn, expert, named.id, NO_CONFLICT)
    assert (await operations.judging_sheet(conn, expert, contest.request.id)).proposals
    assert given.member_id is not None
    clerk = await identity.person(conn, unit, Role.CLERK)
    await members.leave(conn, clerk, given.member_id, Leaving())
    await judges_no_more(conn, contest, named, expert)


async def test_points_of_who_turned_do_not_count_and_he_is_removed_as_the_round_ends(
    conn: Connection, at: SetClock
) -> None:
    contest = await opened(conn, at)
    first, second = await awards.evaluated(conn, contest)
    await awards.score(conn, contest, first, contest.judges[0], *[(100, 100, 100)] * 3)
    await turned(conn, contest, contest.judges[0])
    await awards.score(conn, contest, second, contest.judges[1], *awards.POINTS[1])
    with pytest.raises(model.TooFewJudges):
        await operations.end_scoring(conn, contest.buyer, contest.request.id)
    third = await identity.person(conn, contest.enterprise, Role.PAYER)
    named = await awards.declared(conn, contest, third)
    await awards.score(conn, contest, named, third, *awards.POINTS[1])
    ended = await operations.end_scoring(conn, contest.buyer, contest.request.id)
    assert [one.judges for one in ended.results] == [2, 2, 2]
    best = next(one for one in ended.results if one.proposal_id == contest.proposals[0].id)
    assert best.plan_hundredths == 90_00
    kept = {one.id: (one.state, one.reason) for one in ended.judges}
    assert kept[first.id] == ("removed", model.UNFIT.kept)
    assert kept[second.id] == kept[named.id] == ("declared", None)


@pytest.mark.parametrize("bids", ["the keeper", "the kept", "another one kept"])
@pytest.mark.parametrize("knows", ["by role", "by register"])
async def test_nobody_judges_whose_unit_has_its_books_where_a_bidder_has(
    conn: Connection, at: SetClock, bids: str, knows: str
) -> None:
    keeper = await identity.unit(conn)
    kept, another = [await identity.unit(conn, parent=keeper, legal_person=False) for _ in range(2)]
    bidding = {"the keeper": keeper, "the kept": kept, "another one kept": another}[bids]
    own = keeper if bids == "the kept" else kept
    bidders = [await proposals.bidder(conn, bidding), await proposals.bidder(conn)]
    contest = await opened(conn, at, bidders=bidders, prices=awards.PRICES[:2])
    expert, given = await expert_of(conn, await identity.unit(conn), contest)
    there = await identity.also(conn, expert, own, Role.AUDITOR)
    if knows == "by register":
        await catalogue.enrolled_member(conn, own, expert.person_id)
        await identity.left(conn, there)
    with pytest.raises(model.JudgeInterested):
        await judges.appoint_judge(conn, contest.buyer, contest.request.id, given)


async def test_the_buyer_removes_a_judge_while_scores_are_sealed(
    conn: Connection, at: SetClock
) -> None:
    contest = await opened(conn, at)
    first, second = await awards.evaluated(conn, contest)
    for other in (contest.judges[1], contest.judges[0]):
        with pytest.raises(NotABuyersRole):
            await judges.remove_judge(conn, other, first.id, REASON)
    with pytest.raises(NotFound):
        await judges.remove_judge(conn, contest.bidders[0].clerk, first.id, REASON)
    await turned(conn, contest, contest.manager)
    with pytest.raises(BothSides):
        await judges.remove_judge(conn, contest.manager, first.id, REASON)
    removed = await judges.remove_judge(conn, contest.buyer, first.id, REASON)
    assert (removed.state, removed.reason, removed.version) == ("removed", REASON, 3)
    again = await judges.remove_judge(conn, contest.buyer, first.id, REASON)
    assert again == removed
    with pytest.raises(WrongMove):
        await judges.remove_judge(conn, contest.buyer, first.id, "另有安排")
    with pytest.raises(model.DeclareFirst):
        await operations.judging_sheet(conn, contest.judges[0], contest.request.id)
    with pytest.raises(NotFound):
        await operations.read_evaluation(conn, await _outside(conn, contest), contest.request.id)
    third = await identity.person(conn, contest.enterprise, Role.PAYER)
    named = await awards.declared(conn, contest, third)
    for judge, actor in ((second, contest.judges[1]), (named, third)):
        await awards.score(conn, contest, judge, actor, *awards.POINTS[1])
    with pytest.raises(model.RoundIsOver):
        await judges.remove_judge(conn, contest.buyer, named.id, REASON)


async def _outside(conn: Connection, contest: Contest) -> Actor:
    """The first judge, acting for another enterprise."""
    elsewhere = await identity.enterprise(conn)
    return await identity.also(conn, contest.judges[0], elsewhere, Role.PAYER)


async def test_nobody_is_removed_for_points_that_are_known(conn: Connection, at: SetClock) -> None:
    contest = await opened(conn, at)
    evaluation = await awards.scored(conn, contest)
    less = await proposals.countered(conn, price_minor=47_000_00)
    offer = await bargaining.make_counter_offer(conn, contest.buyer, contest.proposals[0].id, less)
    await bargaining.accept_counter_offer(conn, contest.bidders[0].clerk, offer.id)
    await operations.reopen_scoring(conn, contest.buyer, contest.request.id, "条款有变")
    first = evaluation.judges[0]
    with pytest.raises(model.JudgeStays):
        await judges.remove_judge(conn, contest.buyer, first.id, REASON)
    await turned(conn, contest, contest.judges[0])
    removed = await judges.remove_judge(conn, contest.buyer, first.id, REASON)
    assert removed.state == "removed"


async def test_whoever_of_the_buyer_has_to_do_with_a_bidder_reads_no_rival(
    conn: Connection, at: SetClock
) -> None:
    contest = await opened(conn, at)
    await awards.scored(conn, contest)
    await turned(conn, contest, contest.manager)
    for read in (operations.read_evaluation, comparison.compare, operations.explain):
        await read(conn, contest.buyer, contest.request.id)
        with pytest.raises(NotFound):
            await read(conn, contest.manager, contest.request.id)
    for actor in (contest.manager, identity.as_if_all_were_visible(contest.manager)):
        async with db.look(conn, actor):
            assert await queries.opened_proposals(conn, contest.request.id) == []
            assert await queries.results_of(conn, contest.request.id, 1) == []
