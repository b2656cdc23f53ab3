"""Several people judge, each alone, and what their points come to is reckoned and explained."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta

import asyncpg
import pytest

from market.base import clock, db, tables
from market.base.access import Actor, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.base.moves import WrongMove
from market.identity.members import operations as members
from market.identity.members.model import MemberKind, NewMember
from market.trade.judging import comparison, model, operations, queries
from market.trade.judging import judges as naming
from market.trade.judging.model import AppointmentInput, DeclarationInput
from market.trade.proposals import operations as proposing
from market.trade.proposals import queries as proposal_rows
from tests.trade.enterprise_requests.conftest import SetClock
from tests.world import awards, catalogue, identity, proposals
from tests.world.awards import Contest

NO_CONFLICT = DeclarationInput(conflict=False)


async def opened(conn: Connection, at: SetClock, **request: object) -> Contest:
    contest = await awards.contest(conn, **request)  # type: ignore[arg-type]
    await at(contest.request.deadline)
    return contest


async def test_nobody_judges_before_the_deadline(conn: Connection) -> None:
    contest = await awards.contest(conn)
    with pytest.raises(WrongMove):
        await operations.start_evaluation(conn, contest.buyer, contest.request.id)
    async with db.look(conn, contest.buyer):
        assert await queries.opened_proposals(conn, contest.request.id) == []


async def test_points_are_averaged_weighted_and_ranked(conn: Connection, at: SetClock) -> None:
    contest = await opened(conn, at)
    evaluation = await awards.scored(conn, contest)
    assert evaluation.state == "scored"
    first, second, third = evaluation.results
    assert [one.proposal_id for one in evaluation.results] == [
        contest.proposals[place].id for place in (0, 1, 2)
    ]
    # 42,000 ÷ 48,000 = 87.50; 42,000 ÷ 55,000 = 76.3636… → 76.36.
    assert (first.price_hundredths, third.price_hundredths) == (87_50, 76_36)
    assert (first.plan_hundredths, third.plan_hundredths) == (92_50, 72_50)
    # 40 × 87.50 + 30 × 92.50 + 20 × 90.00 + 10 × 85.00 = 8,925.
    assert first.total_hundredths == 89_25
    assert (second.price_hundredths, second.total_hundredths) == (100_00, 78_00)
    # 40 × 76.3636… + 30 × 72.50 + 20 × 87.50 + 10 × 72.50 = 7,704.5454…
    assert third.total_hundredths == 77_05
    assert [one.spread for one in evaluation.results] == [[], [], ["plan"]]
    explained = await operations.explain(conn, contest.buyer, contest.request.id)
    totals = next(step for step in explained.steps if step.rule_id == "judging.total")
    assert totals.values[str(first.proposal_id)] == 89_25


async def test_a_tie_goes_to_the_lower_price_and_then_to_the_earlier(
    conn: Connection, at: SetClock
) -> None:
    contest = await opened(
        conn,
        at,
        prices=(50_000_00, 40_000_00, 40_000_00),
        price_weight=0,
        plan_weight=70,
    )
    judges = await awards.evaluated(conn, contest)
    for judge, actor in zip(judges, contest.judges, strict=True):
        await awards.score(conn, contest, judge, actor, *[(80, 80, 80)] * 3)
    found = (await operations.read_evaluation(conn, contest.buyer, contest.request.id)).results
    assert {one.total_hundredths for one in found} == {80_00}
    assert [one.proposal_id for one in found] == [
        contest.proposals[place].id for place in (1, 2, 0)
    ]


async def test_scores_are_sealed_from_each_other_and_from_the_buyer(
    conn: Connection, at: SetClock
) -> None:
    contest = await opened(conn, at)
    judges = await awards.evaluated(conn, contest)
    await awards.score(conn, contest, judges[0], contest.judges[0], *awards.POINTS[0])

    async def read_by(actor: Actor) -> int:
        return len((await operations.read_evaluation(conn, actor, contest.request.id)).scores)

    assert await read_by(contest.judges[0]) == 3
    for actor in (contest.judges[1], contest.buyer, contest.manager):
        assert await read_by(actor) == 0
        assert await read_by(identity.as_if_all_were_visible(actor)) == 0
    await awards.score(conn, contest, judges[1], contest.judges[1], *awards.POINTS[1])
    assert await read_by(contest.buyer) == 6


async def test_whoever_has_to_do_with_a_bidder_does_not_judge(
    conn: Connection, at: SetClock
) -> None:
    contest = await opened(conn, at)
    await operations.start_evaluation(conn, contest.buyer, contest.request.id)
    judge = contest.judges[0]
    named = await awards.appointed(conn, contest, judge)
    await identity.also(conn, judge, contest.bidders[0].unit, Role.CLERK)
    with pytest.raises(model.JudgeInterested):
        await naming.declare(conn, judge, named.id, NO_CONFLICT)
    other = contest.judges[1]
    await identity.also(conn, other, contest.bidders[1].unit, Role.MEMBER)
    with pytest.raises(model.JudgeInterested):
        await awards.appointed(conn, contest, other)
    with pytest.raises(model.JudgeUnknown):
        await awards.appointed(conn, contest, contest.bidders[0].clerk)


async def test_an_expert_of_no_party_judges_without_seeing_more_than_is_judged(
    conn: Connection, at: SetClock
) -> None:
    contest = await opened(conn, at, secrecy="invited")
    unit = await identity.unit(conn)
    expert = await identity.person(conn, unit, Role.MEMBER)
    member_id = await catalogue.enrolled_member(conn, unit, expert.person_id)
    await operations.start_evaluation(conn, contest.buyer, contest.request.id)
    with pytest.raises(NotFound):
        await operations.judging_sheet(conn, expert, contest.request.id)
    named = await naming.appoint_judge(
        conn, contest.buyer, contest.request.id, AppointmentInput(member_id=member_id)
    )
    with pytest.raises(model.DeclareFirst):
        await operations.judging_sheet(conn, expert, contest.request.id)
    await naming.declare(conn, expert, named.id, NO_CONFLICT)
    sheet = await operations.judging_sheet(conn, expert, contest.request.id)
    assert {one.proposal_id for one in sheet.proposals} == {one.id for one in contest.proposals}
    async with db.look(conn, expert):
        for proposal in contest.proposals:
            with pytest.raises(NotFound):
                await proposal_rows.find_proposal(conn, expert, proposal.id)


async def test_an_expert_who_is_not_on_the_register_yet_judges_nothing(
    conn: Connection, at: SetClock
) -> None:
    contest = await opened(conn, at)
    unit = await identity.unit(conn)
    expert = await identity.person(conn, unit, Role.MEMBER)
    clerk = await identity.person(conn, unit, Role.CLERK)
    new = NewMember(
        kind=MemberKind.INDIVIDUAL,
        number="2089-1",
        person_id=expert.person_id,
        from_on=date(2090, 1, 1),
    )
    member_id = (await members.enrol_member(conn, clerk, unit.id, new)).id
    await operations.start_evaluation(conn, contest.buyer, contest.request.id)
    with pytest.raises(model.JudgeUnknown):
        await naming.appoint_judge(
            conn, contest.buyer, contest.request.id, AppointmentInput(member_id=member_id)
        )


async def test_who_recused_himself_reads_and_scores_no_more(conn: Connection, at: SetClock) -> None:
    contest = await opened(conn, at)
    judges = await awards.evaluated(conn, contest)
    judge = contest.judges[0]
    recusal = DeclarationInput(conflict=True, reason="与报价单位负责人是亲属")
    await naming.declare(conn, judge, judges[0].id, recusal)
    with pytest.raises(model.DeclareFirst):
        await operations.judging_sheet(conn, judge, contest.request.id)
    with pytest.raises(model.DeclareFirst):
        await awards.score(conn, contest, judges[0], judge, (1, 1, 1))
    await awards.score(conn, contest, judges[1], contest.judges[1], *awards.POINTS[1])
    with pytest.raises(model.TooFewJudges):
        await operations.end_scoring(conn, contest.buyer, contest.request.id)


@pytest.mark.parametrize("going", ["recused", "removed"])
async def test_a_round_ends_when_the_judge_goes_who_was_waited_for(
    conn: Connection, at: SetClock, going: str
) -> None:
    contest = await opened(conn, at)
    judges = await awards.evaluated(conn, contest)
    late = await identity.person(conn, contest.enterprise, Role.BUYER)
    third = await awards.declared(conn, contest, late)
    for judge, actor, given in zip(judges, contest.judges, awards.POINTS, strict=True):
        await awards.score(conn, contest, judge, actor, *given)
    if going == "recused":
        recusal = DeclarationInput(conflict=True, reason="与报价单位负责人是亲属")
        await naming.declare(conn, late, third.id, recusal)
    else:
        await naming.remove_judge(conn, contest.buyer, third.id, "出差，不能按时评分")
    ended = await operations.read_evaluation(conn, contest.buyer, contest.request.id)
    assert ended.state == model.EvaluationState.SCORED
    assert [one.judges for one in ended.results] == [2, 2, 2]


async def test_a_judge_goes_though_nothing_is_left_to_judge(conn: Connection, at: SetClock) -> None:
    contest = await opened(conn, at)
    judges = await awards.evaluated(conn, contest)
    late = await identity.person(conn, contest.enterprise, Role.BUYER)
    third = await awards.declared(conn, contest, late)
    for judge, actor, given in zip(judges, contest.judges, awards.POINTS, strict=True):
        await awards.score(conn, contest, judge, actor, *given)
    for bidder, proposal in zip(contest.bidders, contest.proposals, strict=True):
        await proposing.withdraw_proposal(conn, bidder.clerk, proposal.id, "人员另有安排")
    recusal = DeclarationInput(conflict=True, reason="与报价单位负责人是亲属")
    gone = await naming.declare(conn, late, third.id, recusal)
    assert gone.state == model.JudgeState.RECUSED


async def test_the_buyer_ends_a_round_without_who_did_not_score(
    conn: Connection, at: SetClock
) -> None:
    contest = await opened(conn, at)
    judges = await awards.evaluated(conn, contest)
    late = await identity.person(conn, contest.enterprise, Role.BUYER)
    third = await awards.declared(conn, contest, late)
    for judge, actor, given in zip(judges, contest.judges, awards.POINTS, strict=True):
        await awards.score(conn, contest, judge, actor, *given)
    ended = await operations.end_scoring(conn, contest.buyer, contest.request.id)
    assert [one.judges for one in ended.results] == [2, 2, 2]
    with pytest.raises(model.RoundIsOver):
        await awards.score(conn, contest, third, late, (1, 1, 1))
    async with db.act(conn, late):
        sheet = await queries.opened_proposals(conn, contest.request.id)
    with pytest.raises(asyncpg.RestrictViolationError):
        async with db.savepoint(conn), db.act(conn, late):
            await queries.keep_score(conn, third, 1, sheet[0], awards.points(1, 1, 1))


async def test_what_was_withdrawn_is_not_judged(conn: Connection, at: SetClock) -> None:
    contest = await opened(conn, at)
    judges = await awards.evaluated(conn, contest)
    gone = contest.proposals[0]
    await proposing.withdraw_proposal(conn, contest.bidders[0].clerk, gone.id, "人员另有安排")
    with pytest.raises(model.NotBeingJudged):
        await awards.score(conn, contest, judges[0], contest.judges[0], (1, 1, 1))


async def test_the_comparison_reduces_proposals_to_the_same_units(
    conn: Connection, at: SetClock
) -> None:
    contest = await opened(conn, at, quantity=4, quantity_unit="item")
    await awards.evaluated(conn, contest)
    found = await comparison.compare(conn, contest.buyer, contest.request.id)
    cheapest, middle, dearest = found.proposals
    assert [one.price_minor for one in found.proposals] == sorted(awards.PRICES)
    assert (cheapest.above_lowest_minor, middle.above_lowest_minor) == (0, 6_000_00)
    assert middle.price_per_unit_minor == 12_000_00
    assert middle.price_per_deliverable_minor == 24_000_00
    assert [each.share_ppm for each in dearest.deliverables] == [300_000, 700_000]
    with zipfile.ZipFile(io.BytesIO(tables.as_xlsx(comparison.sheet(found)))) as book:
        page = book.read("xl/worksheets/sheet1.xml").decode()
    assert page.count("<row ") == 7
    assert "<v>42000.00</v>" in page
    stranger = await identity.person(conn, await identity.enterprise(conn), Role.BUYER)
    for actor in (stranger, contest.bidders[0].clerk):
        with pytest.raises(NotFound):
            await comparison.compare(conn, actor, contest.request.id)


async def test_the_shares_of_a_price_sum_to_a_whole(conn: Connection, at: SetClock) -> None:
    contest = await awards.contest(conn, prices=())
    thirds = [proposals.milestone(title, 16_000_00) for title in ("查明", "修复", "试运行")]
    bidder = await proposals.bidder(conn)
    await proposals.submitted(conn, bidder, contest.request, milestones=thirds)
    await at(contest.request.deadline)
    await operations.start_evaluation(conn, contest.buyer, contest.request.id)
    found = await comparison.compare(conn, contest.buyer, contest.request.id)
    shares = [each.share_ppm for each in found.proposals[0].deliverables]
    assert shares == [333_334, 333_333, 333_333]


async def test_the_longest_term_is_that_of_the_deliverable_due_last(
    conn: Connection, at: SetClock
) -> None:
    contest = await awards.contest(conn, prices=())
    bidder = await proposals.bidder(conn)
    planned = [
        proposals.milestone("查明", 24_000_00, 40) | {"due_unit": "calendar_days"},
        proposals.milestone("修复", 24_000_00, 35),
    ]
    await proposals.submitted(conn, bidder, contest.request, milestones=planned)
    await at(contest.request.deadline)
    await operations.start_evaluation(conn, contest.buyer, contest.request.id)
    found = await comparison.compare(conn, contest.buyer, contest.request.id)
    longest = found.proposals[0]
    assert (longest.longest_due_days, longest.longest_due_unit) == (35, "working_days")
    first, second = comparison.sheet(found).rows
    assert first[-1] == "40 日历日 calendar days"
    assert first[7] == second[-1] == "35 工作日 working days"


async def test_a_full_tie_goes_to_who_handed_over_first(conn: Connection, at: SetClock) -> None:
    contest = await awards.contest(conn, prices=())
    bidders = [await proposals.bidder(conn) for _ in range(2)]
    drafts = [await proposals.drafted(conn, each, contest.request) for each in bidders]
    for place in (1, 0):
        await at(await clock.now(conn) + timedelta(minutes=1))
        await proposing.submit_proposal(conn, bidders[place].clerk, drafts[place].id)
    await at(contest.request.deadline)
    contest = contest._replace(bidders=bidders, proposals=drafts)
    judges = await awards.evaluated(conn, contest)
    # The first judge is thirty points above the second, which is not yet further apart.
    for judge, actor, points in zip(judges, contest.judges, (90, 60), strict=True):
        await awards.score(conn, contest, judge, actor, *[(points,) * 3] * 2)
    results = (await operations.read_evaluation(conn, contest.buyer, contest.request.id)).results
    assert [one.proposal_id for one in results] == [drafts[1].id, drafts[0].id]
    assert [one.spread for one in results] == [[], []]
