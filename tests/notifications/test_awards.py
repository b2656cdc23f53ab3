"""Each bidder's letter tells of an award what is true for that bidder."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import asyncpg
import pytest

from market.base import clock, db
from market.base.access import SYSTEM, Actor, Role
from market.base.db import Connection, columns
from market.base.embedded import Dsns
from market.base.events import Event
from market.notifications import operations as notifications
from market.notifications.notices_awards import AWARDS
from market.trade.awards import complaints, operations
from market.trade.awards.model import AnswerInput, AwardInput, DirectAwardInput, FullAward
from market.trade.contracts import awarded
from market.trade.judging import operations as judging
from tests.conftest import Clone
from tests.world import awarding, awards, identity
from tests.world.awards import Contest

TITLE = "焊缝一次合格率"


async def tell_all(
    app: Connection, worker: Connection, names: Sequence[str] = tuple(AWARDS)
) -> list[tuple[str, str]]:
    """Run the job for every event so named; the mails as (address, subject and body)."""
    records = await worker.fetch(
        f"SELECT {columns(Event)} FROM event WHERE name = ANY ($1) ORDER BY id", list(names)
    )
    for record in records:
        async with db.act(app, SYSTEM):
            await notifications.tell(app, Event(*record))
    mails = await worker.fetch("SELECT to_address, subject || body FROM mail ORDER BY id")
    return [tuple(each) for each in mails if TITLE in each[1]]


async def directly(app: Connection, contest: Contest) -> FullAward:
    given = DirectAwardInput(proposal_id=contest.proposals[0].id, reason="废水超标须立即处置")
    return await operations.award_directly(app, contest.buyer, contest.request.id, given)


async def test_a_direct_award_tells_of_a_standstill_only_where_there_is_one_and_of_no_points(
    fresh_database: object,
) -> None:
    addresses: Dsns = await fresh_database()  # type: ignore[operator]
    app, worker = await db.connect(addresses.app), await db.connect(addresses.worker)
    end = await clock.now(app) + timedelta(hours=1)
    usual: dict[str, Any] = {
        "title": TITLE,
        "secrecy": "invited",
        "deadline": end,
        "questions_until": end,
    }
    alone = await awards.contest(app, prices=(48_000_00,), **usual)
    rivals = await awards.contest(app, prices=(48_000_00, 42_000_00), **usual)
    await awarding.passes(addresses.owner, timedelta(hours=1))
    await directly(app, alone)
    award = await directly(app, rivals)
    mails = await tell_all(app, worker)
    bidders = [alone.bidders[0], *rivals.bidders]
    to = [await identity.email_of(app, bidder.clerk) for bidder in bidders]
    for connection in (app, worker):
        await connection.close()
    sole, winner, loser = [[text for other, text in mails if other == each] for each in to]
    assert [text[:4] for text in sole] == ["定标生效"]
    assert [text.partition("：")[0] for text in winner + loser] == ["中选", "未中选"]
    assert award.standstill_until is not None
    last = award.standstill_until + timedelta(hours=8)
    assert f"请在 {last:%Y-%m-%d} 00:00（北京时间）前" in loser[0]
    assert "废水超标须立即处置" in loser[0]
    assert "—" not in loser[0]
    assert "得分" not in loser[0]


class Desk(NamedTuple):
    """A market after the deadline of its contests, and its clock."""

    addresses: Dsns
    app: Connection
    worker: Connection

    async def contest(self, **given: Any) -> Contest:
        end = await clock.now(self.app) + timedelta(hours=1)
        given = {"title": TITLE, "deadline": end, "questions_until": end, **given}
        contest = await awards.contest(self.app, **given)
        await awarding.passes(self.addresses.owner, timedelta(hours=1))
        return contest

    async def letters_to(self, actor: Actor, *names: str) -> list[str]:
        mails = await tell_all(self.app, self.worker, names or tuple(AWARDS))
        address = await identity.email_of(self.app, actor)
        return [text for to, text in mails if to == address]

    async def read_in_english(self, actor: Actor) -> None:
        owner = await asyncpg.connect(self.addresses.owner)
        await owner.execute("UPDATE person SET language = 'en' WHERE id = $1", actor.person_id)
        await owner.close()


@pytest.fixture
async def desk(stocked: Clone) -> AsyncIterator[Desk]:
    async with stocked() as addresses:
        app, worker = await db.connect(addresses.app), await db.connect(addresses.worker)
        yield Desk(addresses, app, worker)
        for connection in (app, worker):
            await connection.close()


async def test_an_upheld_complaint_is_told_to_the_buyer_and_has_the_judges_score_again(
    desk: Desk,
) -> None:
    contest = await desk.contest()
    await desk.read_in_english(contest.judges[1])
    await desk.read_in_english(contest.bidders[2].clerk)
    award = await awards.awarded(desk.app, contest)
    filed = await complaints.file_complaint(
        desk.app, contest.bidders[1].clerk, award.id, awarding.GROUNDS
    )
    upheld = AnswerInput(upheld=True, answer="确有漏计，重新评审。")
    await complaints.answer_complaint(desk.app, contest.manager, filed.id, upheld)

    reopened, set_aside = "evaluation.reopened", "award.set_aside"
    [scored_again] = await desk.letters_to(contest.judges[0], reopened)
    assert scored_again.startswith("请重新评分")
    assert "异议成立" in scored_again
    [in_english] = await desk.letters_to(contest.judges[1], reopened)
    [bidders] = await desk.letters_to(contest.bidders[2].clerk, set_aside)
    for text in (in_english, bidders):
        assert "A complaint was upheld" in text
        assert "异议成立" not in text
    [buyers] = [
        text for text in await desk.letters_to(contest.buyer) if text.startswith("定标已撤销")
    ]
    assert "异议成立\n" in buyers
    assert "complaint" not in buyers


async def test_who_proposed_an_award_is_told_why_it_was_refused_and_nobody_else(
    desk: Desk,
) -> None:
    contest = await desk.contest(prices=(58_000_00,))
    evaluation = await awards.scored(desk.app, contest)
    given = AwardInput(proposal_id=evaluation.results[0].proposal_id)
    award = await operations.award_request(desk.app, contest.buyer, contest.request.id, given)
    assert award.state == "proposed"
    [to_approve] = await desk.letters_to(contest.manager, "award.proposed")
    await operations.set_aside_award(desk.app, contest.manager, award.id, "预算尚未批复")

    assert "—" not in to_approve
    assert "理由" not in to_approve
    refused = await desk.letters_to(contest.buyer, "award.set_aside")
    assert [text[:7] for text in refused] == ["定标未获批准："]
    assert "预算尚未批复" in refused[0]
    assert await desk.letters_to(contest.bidders[0].clerk, "award.set_aside") == []


async def test_nobody_is_asked_to_approve_what_was_approved_meanwhile(desk: Desk) -> None:
    contest = await desk.contest(prices=(58_000_00,))
    evaluation = await awards.scored(desk.app, contest)
    given = AwardInput(proposal_id=evaluation.results[0].proposal_id)
    award = await operations.award_request(desk.app, contest.buyer, contest.request.id, given)
    await operations.approve_award(desk.app, contest.manager, award.id)
    assert await desk.letters_to(contest.manager, "award.proposed") == []


async def test_nobody_is_asked_to_answer_a_complaint_that_others_answer(desk: Desk) -> None:
    contest = await desk.contest()
    contest = contest._replace(buyer=contest.manager)
    administrator = await identity.person(
        desk.app, await identity.root(desk.app), Role.ADMINISTRATOR
    )
    award = await awards.awarded(desk.app, contest)
    clerk = contest.bidders[1].clerk
    filed = await complaints.file_complaint(desk.app, clerk, award.id, awarding.GROUNDS)
    assert filed.escalated_at is not None

    [to_manager] = await desk.letters_to(contest.manager, "complaint.filed")
    assert f"{filed.due_on}" not in to_manager
    assert "现由协会平台管理员答复" in to_manager
    [to_association] = await desk.letters_to(administrator, "complaint.escalated")
    assert "没有可以答复的企业管理人" in to_association


async def test_who_judges_no_more_is_told_why_in_his_language_and_not_to_score_again(
    desk: Desk,
) -> None:
    contest = await desk.contest()
    turncoat = await identity.person(desk.app, contest.enterprise, Role.PAYER)
    await desk.read_in_english(turncoat)
    judges = await awards.evaluated(desk.app, contest)
    await awards.declared(desk.app, contest, turncoat)
    await identity.also(desk.app, turncoat, contest.bidders[1].unit, Role.MEMBER)
    for judge, actor, given in zip(judges, contest.judges, awards.POINTS, strict=True):
        await awards.score(desk.app, contest, judge, actor, *given)
    ended = await judging.end_scoring(desk.app, contest.buyer, contest.request.id)
    award = await operations.award_request(
        desk.app,
        contest.buyer,
        contest.request.id,
        AwardInput(proposal_id=ended.results[0].proposal_id),
    )
    clerk = contest.bidders[2].clerk
    filed = await complaints.file_complaint(desk.app, clerk, award.id, awarding.GROUNDS)
    upheld = AnswerInput(upheld=True, answer="确有漏计，重新评审。")
    await complaints.answer_complaint(desk.app, contest.manager, filed.id, upheld)

    [removed] = await desk.letters_to(turncoat, "judge.removed", "evaluation.reopened")
    assert removed.startswith("You judge no more")
    assert "he had to do with a bidder" in removed
    assert "评分结束时" not in removed


async def test_who_lost_is_told_a_reason_where_there_is_one(desk: Desk) -> None:
    contest = await desk.contest()
    await awards.awarded(desk.app, contest)
    [lost] = await desk.letters_to(contest.bidders[1].clerk, "outcome.passed_over")
    assert lost.startswith("未中选")
    assert "—" not in lost


async def test_who_won_is_told_of_a_draft_and_not_of_an_order(fresh_database: object) -> None:
    addresses: Dsns = await fresh_database()  # type: ignore[operator]
    app, worker = await db.connect(addresses.app), await db.connect(addresses.worker)
    end = await clock.now(app) + timedelta(hours=1)
    contest = await awards.contest(
        app, prices=(48_000_00,), title=TITLE, secrecy="invited", deadline=end, questions_until=end
    )
    await awarding.passes(addresses.owner, timedelta(hours=1))
    award = await directly(app, contest)
    await awarded.draft_from_award(app, contest.buyer, award.id, awarded.ContractInput())
    mails = await tell_all(app, worker, ["contract.ordered"])
    clerk = await identity.email_of(app, contest.bidders[0].clerk)
    for connection in (app, worker):
        await connection.close()
    assert not [letter for _, letter in mails if letter.startswith("新订单")]
    assert clerk in [to for to, letter in mails if letter.startswith("合同已按定标结果起草：")]
