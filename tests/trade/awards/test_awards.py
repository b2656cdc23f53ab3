"""Who gets it, who is told, how long it can be disputed, and when it takes effect."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID

import msgspec
import pytest

from market.base import clock, db
from market.base.access import SYSTEM, Actor, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.base.moves import WrongMove
from market.identity.organisations.model import Organisation
from market.trade.awards import complaints, effects, model, operations, queries, subscriptions
from market.trade.awards.model import (
    AnswerInput,
    AwardInput,
    ComplaintInput,
    DirectAwardInput,
    FullAward,
)
from market.trade.enterprise_requests import operations as requesting
from market.trade.enterprise_requests import queries as requests
from market.trade.enterprise_requests.model import AwardStands, NotABuyersRole
from market.trade.judging import operations as judging
from market.trade.proposals import operations as proposing
from market.trade.proposals import queries as proposals
from market.trade.proposals.counter_offers import operations as bargaining
from tests.trade.enterprise_requests.conftest import SetClock
from tests.world import awards, identity
from tests.world.awards import Contest
from tests.world.proposals import countered

GROUNDS = ComplaintInput(grounds="我方资质证书未被计入，请复核评分。")
REFUSED = AnswerInput(upheld=False, answer="证书已计入资质分，评分无误。")
UPHELD = AnswerInput(upheld=True, answer="确有一份证书漏计，重新评审。")


async def judged(conn: Connection, at: SetClock, **request: object) -> tuple[Contest, FullAward]:
    """Announced to the best of three."""
    contest = await awards.contest(conn, **request)  # type: ignore[arg-type]
    await at(contest.request.deadline)
    return contest, await awards.awarded(conn, contest)


async def state_of(conn: Connection, proposal_id: UUID) -> str:
    async with db.act(conn, SYSTEM):
        return (await proposals.find_proposal(conn, SYSTEM, proposal_id)).state


async def request_state(conn: Connection, contest: Contest) -> str:
    async with db.act(conn, SYSTEM):
        return (await requests.find_request(conn, SYSTEM, contest.request.id)).state


async def settle(conn: Connection, award: FullAward) -> None:
    await subscriptions.settle_award(conn, award.id)


async def test_the_best_is_selected_and_final_when_the_standstill_is_over(
    conn: Connection, at: SetClock
) -> None:
    contest, award = await judged(conn, at)
    first, second, third = contest.proposals
    assert (award.state, award.proposal_id, award.price_minor) == (
        "standstill",
        first.id,
        first.price_minor,
    )
    assert await state_of(conn, first.id) == "selected"
    assert await state_of(conn, second.id) == "opened"
    assert await request_state(conn, contest) == "evaluating"
    assert award.standstill_until is not None
    await at(award.standstill_until - timedelta(minutes=1))
    await settle(conn, award)
    assert (await operations.read_award(conn, contest.buyer, award.id)).state == "standstill"
    await at(award.standstill_until)
    await settle(conn, award)
    assert (await operations.read_award(conn, contest.buyer, award.id)).state == "final"
    assert await request_state(conn, contest) == "awarded"
    assert [await state_of(conn, one.id) for one in (second, third)] == ["rejected"] * 2


async def test_each_bidder_reads_the_outcome_and_his_own_points_alone(
    conn: Connection, at: SetClock
) -> None:
    contest, award = await judged(conn, at)
    for bidder, proposal in zip(contest.bidders, contest.proposals, strict=True):
        for actor in (bidder.clerk, identity.as_if_all_were_visible(bidder.clerk)):
            async with db.look(conn, actor):
                read = await operations.read_award(conn, actor, award.id)
            assert [one.proposal_id for one in read.results] == [proposal.id]
        assert (await operations.read_award(conn, bidder.clerk, award.id)).proposed_by is None
    stranger = await identity.person(conn, await identity.unit(conn), Role.CLERK)
    with pytest.raises(NotFound):
        await operations.read_award(conn, stranger, award.id)


async def test_another_than_the_best_needs_a_reason(conn: Connection, at: SetClock) -> None:
    contest = await awards.contest(conn)
    await at(contest.request.deadline)
    await awards.scored(conn, contest)
    other = contest.proposals[1].id
    with pytest.raises(model.AwardNeedsReason):
        await operations.award_request(
            conn, contest.buyer, contest.request.id, AwardInput(proposal_id=other)
        )
    given = AwardInput(proposal_id=other, reason="第一名无法在停机窗口内进场")
    award = await operations.award_request(conn, contest.buyer, contest.request.id, given)
    assert award.best_id == contest.proposals[0].id
    again = await operations.award_request(conn, contest.buyer, contest.request.id, given)
    assert again.id == award.id
    with pytest.raises(model.AlreadyAwarded) as refused:
        await operations.award_request(conn, contest.manager, contest.request.id, given)
    assert str(award.id) in refused.value.detail("zh-CN")


async def test_nobody_comes_into_the_closer_choice_while_an_award_stands(
    conn: Connection, at: SetClock
) -> None:
    contest = await awards.contest(conn)
    await at(contest.request.deadline)
    award = await awards.awarded(conn, contest)
    loser = next(one.id for one in contest.proposals if one.id != award.proposal_id)
    with pytest.raises(model.AlreadyAwarded):
        await operations.shortlist_proposal(conn, contest.buyer, loser)
    await operations.set_aside_award(conn, contest.manager, award.id, "预算尚未批复")
    kept = await operations.shortlist_proposal(conn, contest.buyer, loser)
    assert kept.state == "shortlisted"


async def test_nothing_is_awarded_before_there_are_results(conn: Connection, at: SetClock) -> None:
    contest = await awards.contest(conn)
    given = AwardInput(proposal_id=contest.proposals[0].id)
    with pytest.raises(WrongMove):
        await operations.award_request(conn, contest.buyer, contest.request.id, given)
    await at(contest.request.deadline)
    await awards.evaluated(conn, contest)
    with pytest.raises(model.JudgeFirst):
        await operations.award_request(conn, contest.buyer, contest.request.id, given)


async def test_what_is_announced_is_not_withdrawn_nor_cancelled(
    conn: Connection, at: SetClock
) -> None:
    contest, award = await judged(conn, at)
    with pytest.raises(WrongMove):
        await proposing.withdraw_proposal(
            conn, contest.bidders[0].clerk, award.proposal_id, "人员另有安排"
        )
    for end in (requesting.cancel_request, requesting.end_without_award):
        with pytest.raises(AwardStands):
            async with db.savepoint(conn):
                await end(conn, contest.buyer, contest.request.id, "项目暂缓")
    with pytest.raises(model.NotAnotherManager):
        await operations.set_aside_award(conn, contest.buyer, award.id, "项目暂缓")
    await operations.set_aside_award(conn, contest.manager, award.id, "项目暂缓")
    assert await state_of(conn, award.proposal_id) == "shortlisted"
    await requesting.cancel_request(conn, contest.buyer, contest.request.id, "项目暂缓")
    async with db.act(conn, SYSTEM):
        await effects.reject_running(conn, contest.request.id)
    assert {await state_of(conn, one.id) for one in contest.proposals} == {"rejected"}


async def test_the_best_is_the_first_of_those_who_are_still_there(
    conn: Connection, at: SetClock
) -> None:
    contest = await awards.contest(conn)
    await at(contest.request.deadline)
    evaluation = await awards.scored(conn, contest)
    first, second, _ = [one.proposal_id for one in evaluation.results]
    await proposing.withdraw_proposal(conn, contest.bidders[0].clerk, first, "人员另有安排")
    award = await operations.award_request(
        conn, contest.buyer, contest.request.id, AwardInput(proposal_id=second)
    )
    assert (award.best_id, award.proposal_id) == (second, second)


async def test_what_is_bargained_about_still_lapses_with_the_choice(
    conn: Connection, at: SetClock
) -> None:
    contest = await awards.contest(conn)
    await at(contest.request.deadline)
    await awards.scored(conn, contest)
    less = await countered(conn, price_minor=40_000_00)
    won, lost = [
        await bargaining.make_counter_offer(conn, contest.buyer, one.id, less)
        for one in contest.proposals[:2]
    ]
    given = AwardInput(proposal_id=contest.proposals[0].id)
    award = await operations.award_request(conn, contest.buyer, contest.request.id, given)
    assert await written(conn, won.id, lost.id) == ["lapsed", "open"]
    await operations.set_aside_award(conn, contest.manager, award.id, "项目暂缓")
    await requesting.cancel_request(conn, contest.buyer, contest.request.id, "项目暂缓")
    async with db.act(conn, SYSTEM):
        await effects.reject_running(conn, contest.request.id)
    assert await written(conn, won.id, lost.id) == ["lapsed", "lapsed"]


async def written(conn: Connection, *offer_ids: UUID) -> list[str]:
    """The states of counter-offers as they are written down, whatever the clock says."""
    async with db.act(conn, SYSTEM):
        return [
            await conn.fetchval("SELECT state FROM counter_offer WHERE id = $1", offer_id)
            for offer_id in offer_ids
        ]


async def test_with_nobody_else_in_the_running_it_is_final_at_once(
    conn: Connection, at: SetClock
) -> None:
    contest = await awards.contest(conn, prices=(48_000_00,))
    await at(contest.request.deadline)
    award = await awards.awarded(conn, contest)
    assert award.state == "final"
    assert await request_state(conn, contest) == "awarded"


async def complaint(conn: Connection, contest: Contest, award: FullAward) -> model.Complaint:
    return await complaints.file_complaint(conn, contest.bidders[1].clerk, award.id, GROUNDS)


async def judging_manager(conn: Connection, contest: Contest) -> Actor:
    """The first judge, who was made a manager since."""
    await identity.also(conn, contest.judges[0], contest.enterprise, Role.MANAGER)
    return msgspec.structs.replace(contest.judges[0], roles=frozenset({Role.MANAGER}))


async def test_while_a_complaint_is_open_the_award_takes_no_effect(
    conn: Connection, at: SetClock
) -> None:
    contest, award = await judged(conn, at)
    filed = await complaint(conn, contest, award)
    assert filed.due_on > award.created_at.date()
    assert award.standstill_until is not None
    await at(award.standstill_until)
    await settle(conn, award)
    assert (await operations.read_award(conn, contest.buyer, award.id)).state == "standstill"
    for partial in (contest.buyer, await judging_manager(conn, contest)):
        with pytest.raises(model.NotImpartial):
            await complaints.answer_complaint(conn, partial, filed.id, REFUSED)
    with pytest.raises(NotFound):
        await complaints.answer_complaint(conn, contest.bidders[2].clerk, filed.id, REFUSED)
    answered = await complaints.answer_complaint(conn, contest.manager, filed.id, REFUSED)
    assert answered.state == "refused"
    bidder = next(each.clerk for each in contest.bidders if each.unit.id == filed.unit_id)
    for reader, told in ((contest.buyer, contest.manager.person_id), (bidder, None)):
        (read,) = (await operations.read_award(conn, reader, award.id)).complaints
        assert read.answered_by == told
    assert (await operations.read_award(conn, contest.buyer, award.id)).state == "final"


async def test_a_complaint_that_is_upheld_begins_the_judging_anew(
    conn: Connection, at: SetClock
) -> None:
    contest, award = await judged(conn, at)
    filed = await complaint(conn, contest, award)
    await complaints.answer_complaint(conn, contest.manager, filed.id, UPHELD)
    assert (await operations.read_award(conn, contest.buyer, award.id)).state == "set_aside"
    evaluation = await judging.read_evaluation(conn, contest.buyer, contest.request.id)
    assert (evaluation.state, evaluation.round) == ("scoring", 2)
    for judge, actor, given in zip(
        evaluation.judges, contest.judges, (awards.POINTS[1],) * 2, strict=True
    ):
        await awards.score(conn, contest, judge, actor, *given)
    second = await operations.award_request(
        conn, contest.buyer, contest.request.id, AwardInput(proposal_id=contest.proposals[0].id)
    )
    assert (second.state, second.round) == ("standstill", 2)


async def test_only_losers_complain_once_and_in_time(conn: Connection, at: SetClock) -> None:
    contest, award = await judged(conn, at)
    with pytest.raises(model.NotAComplainingBidder):
        await complaints.file_complaint(conn, contest.bidders[0].clerk, award.id, GROUNDS)
    filed = await complaint(conn, contest, award)
    assert (await complaint(conn, contest, award)).id == filed.id
    with pytest.raises(model.AlreadyComplained):
        await complaints.file_complaint(
            conn, contest.bidders[1].clerk, award.id, ComplaintInput(grounds="另有理由")
        )
    assert award.standstill_until is not None
    await at(award.standstill_until)
    with pytest.raises(model.StandstillOver):
        await complaints.file_complaint(conn, contest.bidders[2].clerk, award.id, GROUNDS)


async def administrator(conn: Connection, place: Organisation) -> Actor:
    return await identity.person(conn, place, Role.ADMINISTRATOR)


async def test_a_complaint_that_nobody_answers_in_time_goes_to_the_association(
    conn: Connection, at: SetClock
) -> None:
    contest, award = await judged(conn, at)
    filed = await complaint(conn, contest, award)
    top = await administrator(conn, await identity.root(conn))
    below = await administrator(conn, await identity.unit(conn))
    await at(datetime.combine(filed.due_on, time(23), tzinfo=clock.SHANGHAI))
    await complaints.escalate(conn, filed.id)
    with pytest.raises(NotFound):
        await complaints.answer_complaint(conn, top, filed.id, UPHELD)
    await at(datetime.combine(filed.due_on, time(23), tzinfo=clock.SHANGHAI) + timedelta(hours=1))
    for _ in range(2):
        await complaints.escalate(conn, filed.id)
    assert (await operations.read_award(conn, top, award.id)).complaints[0].version == 2
    with pytest.raises(NotFound):
        await complaints.answer_complaint(conn, below, filed.id, UPHELD)
    answered = await complaints.answer_complaint(conn, top, filed.id, UPHELD)
    assert (answered.state, answered.answered_by) == ("upheld", top.person_id)
    assert (await operations.read_award(conn, contest.buyer, award.id)).state == "set_aside"
    evaluation = await judging.read_evaluation(conn, contest.buyer, contest.request.id)
    assert (evaluation.state, evaluation.round) == ("scoring", 2)


async def test_with_nobody_left_at_the_buyer_it_goes_there_at_once(
    conn: Connection, at: SetClock
) -> None:
    contest = await awards.contest(conn)
    await at(contest.request.deadline)
    await awards.scored(conn, contest)
    given = AwardInput(proposal_id=contest.proposals[0].id)
    award = await operations.award_request(conn, contest.manager, contest.request.id, given)
    filed = await complaint(conn, contest, award)
    assert filed.escalated_at is not None
    top = await administrator(conn, await identity.root(conn))
    await complaints.answer_complaint(conn, top, filed.id, REFUSED)
    assert award.standstill_until is not None
    await at(award.standstill_until)
    await settle(conn, award)
    assert (await operations.read_award(conn, contest.buyer, award.id)).state == "final"


async def test_above_the_limit_a_sole_bid_or_an_own_judge_needs_another_manager(
    conn: Connection, at: SetClock
) -> None:
    for judge_awards, prices in ((False, (60_000_00,)), (True, (60_000_00, 61_000_00))):
        contest = await awards.contest(conn, prices=prices)
        await at(contest.request.deadline)
        await awards.scored(conn, contest)
        given = AwardInput(proposal_id=contest.proposals[0].id)
        buyer = await judging_manager(conn, contest) if judge_awards else contest.buyer
        award = await operations.award_request(conn, buyer, contest.request.id, given)
        assert (award.state, award.kind) == ("proposed", "judged")
        with pytest.raises(NotFound):
            await operations.read_award(conn, contest.bidders[0].clerk, award.id)
        assert award.awaits is not None
        assert len(award.awaits.managers) == 1
        with pytest.raises(model.NotAnotherManager):
            await operations.approve_award(conn, buyer, award.id)
        approved = await operations.approve_award(conn, contest.manager, award.id)
        assert (approved.state, approved.awaits) == (
            "standstill" if judge_awards else "final",
            None,
        )
        await at(None)


async def test_who_proposed_takes_back_what_nobody_approved_yet(
    conn: Connection, at: SetClock
) -> None:
    contest = await invited(conn, at, 60_000_00)
    award = await operations.award_directly(
        conn, contest.manager, contest.request.id, direct(contest)
    )
    assert award.awaits is not None
    assert award.awaits.managers == []
    assert "请邀请同事并授予企业管理人角色" in award.awaits.next_zh
    withdrawn = await operations.set_aside_award(conn, contest.manager, award.id, "另行询价")
    assert (withdrawn.state, withdrawn.awaits) == ("set_aside", None)


async def test_a_judged_award_is_approved_only_by_the_results_that_it_followed(
    conn: Connection, at: SetClock
) -> None:
    contest = await awards.contest(conn, prices=(60_000_00, 61_000_00))
    await at(contest.request.deadline)
    await awards.scored(conn, contest)
    given = AwardInput(proposal_id=contest.proposals[0].id)
    own_judge = await judging_manager(conn, contest)
    award = await operations.award_request(conn, own_judge, contest.request.id, given)
    less = await countered(conn, price_minor=50_000_00)
    offer = await bargaining.make_counter_offer(conn, contest.buyer, contest.proposals[1].id, less)
    await bargaining.accept_counter_offer(conn, contest.bidders[1].clerk, offer.id)
    with pytest.raises(model.AgreedOtherwise):
        await operations.approve_award(conn, contest.manager, award.id)


REASON = "废水超标须立即处置，该单位熟悉现场"


async def invited(conn: Connection, at: SetClock, price_minor: int) -> Contest:
    contest = await awards.contest(conn, prices=(price_minor,), secrecy="invited")
    await at(contest.request.deadline)
    return contest


def direct(contest: Contest) -> DirectAwardInput:
    return DirectAwardInput(proposal_id=contest.proposals[0].id, reason=REASON)


async def test_a_direct_award_within_the_limit_is_final_at_once(
    conn: Connection, at: SetClock
) -> None:
    contest = await invited(conn, at, 50_000_00)
    award = await operations.award_directly(
        conn, contest.buyer, contest.request.id, direct(contest)
    )
    assert (award.state, award.kind, award.reason) == ("final", "direct", REASON)


async def test_above_the_limit_a_second_person_approves_before_anybody_is_told(
    conn: Connection, at: SetClock
) -> None:
    contest = await invited(conn, at, 50_000_01)
    award = await operations.award_directly(
        conn, contest.buyer, contest.request.id, direct(contest)
    )
    assert award.state == "proposed"
    with pytest.raises(NotFound):
        await operations.read_award(conn, contest.bidders[0].clerk, award.id)
    for actor in (contest.buyer, contest.judges[0]):
        with pytest.raises(model.NotAnotherManager):
            await operations.approve_award(conn, actor, award.id)
    approved = await operations.approve_award(conn, contest.manager, award.id)
    assert (approved.state, approved.approved_by) == ("final", contest.manager.person_id)


async def test_a_manager_does_not_approve_his_own(conn: Connection, at: SetClock) -> None:
    contest = await invited(conn, at, 60_000_00)
    award = await operations.award_directly(
        conn, contest.manager, contest.request.id, direct(contest)
    )
    with pytest.raises(model.NotAnotherManager):
        await operations.approve_award(conn, contest.manager, award.id)


async def test_other_terms_than_were_proposed_are_not_approved_but_set_aside(
    conn: Connection, at: SetClock
) -> None:
    contest = await invited(conn, at, 60_000_00)
    award = await operations.award_directly(
        conn, contest.buyer, contest.request.id, direct(contest)
    )
    less = await countered(conn, price_minor=58_000_00)
    offer = await bargaining.make_counter_offer(conn, contest.buyer, award.proposal_id, less)
    await bargaining.accept_counter_offer(conn, contest.bidders[0].clerk, offer.id)
    with pytest.raises(model.AgreedOtherwise):
        async with db.savepoint(conn):
            await operations.approve_award(conn, contest.manager, award.id)
    await operations.set_aside_award(conn, contest.manager, award.id, "条款已变更")
    again = await operations.award_directly(
        conn, contest.buyer, contest.request.id, direct(contest)
    )
    assert (again.state, again.price_minor) == ("proposed", 58_000_00)


async def test_with_one_rival_there_is_a_standstill(conn: Connection, at: SetClock) -> None:
    contest = await awards.contest(conn, prices=(48_000_00, 42_000_00), secrecy="invited")
    await at(contest.request.deadline)
    award = await operations.award_directly(
        conn, contest.buyer, contest.request.id, direct(contest)
    )
    assert award.state == "standstill"
    assert award.standstill_until is not None
    assert award.standstill_until > await clock.now(conn) + timedelta(days=1)


async def test_another_currency_than_the_limits_always_needs_a_second_person(
    conn: Connection, at: SetClock
) -> None:
    contest = await awards.contest(conn, prices=(1_000_00,), secrecy="invited", currency="USD")
    await at(contest.request.deadline)
    award = await operations.award_directly(
        conn, contest.buyer, contest.request.id, direct(contest)
    )
    assert award.state == "proposed"


async def test_only_a_request_by_invitation_is_awarded_directly(
    conn: Connection, at: SetClock
) -> None:
    contest = await awards.contest(conn)
    await at(contest.request.deadline)
    with pytest.raises(model.OnlyByInvitation):
        await operations.award_directly(conn, contest.buyer, contest.request.id, direct(contest))


async def test_the_bidder_may_not_award_and_a_stranger_finds_nothing(
    conn: Connection, at: SetClock
) -> None:
    contest, award = await judged(conn, at, secrecy="invited")
    bidder: Actor = contest.bidders[1].clerk
    with pytest.raises(NotABuyersRole):
        await operations.award_request(
            conn, bidder, contest.request.id, AwardInput(proposal_id=contest.proposals[1].id)
        )
    stranger = await identity.person(conn, await identity.enterprise(conn), Role.BUYER)
    for act in (operations.approve_award, operations.read_award):
        with pytest.raises(NotFound):
            await act(conn, stranger, award.id)
    async with db.look(conn, stranger):
        assert await queries.awards_of(conn, stranger, contest.request.id) == []


async def test_who_has_a_role_at_the_buyer_complains_for_no_bidder(
    conn: Connection, at: SetClock
) -> None:
    contest, award = await judged(conn, at)
    turncoat = await identity.person(conn, contest.bidders[1].unit, Role.CLERK)
    await identity.also(conn, turncoat, contest.enterprise, Role.PAYER)
    with pytest.raises(NotFound):
        await complaints.file_complaint(conn, turncoat, award.id, GROUNDS)
