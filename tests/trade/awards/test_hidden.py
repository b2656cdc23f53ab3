"""Whatever the buyer of an anonymous request writes freely to bidders and judges names it not."""

from __future__ import annotations

from collections.abc import Awaitable
from types import ModuleType
from typing import Any, Final

import msgspec
import pytest

from market.base.db import Connection
from market.base.fields import Input
from market.trade.awards import complaints, operations
from market.trade.awards import model as awarding
from market.trade.awards.model import AnswerInput, AwardInput, ComplaintInput
from market.trade.enterprise_requests import model as requesting
from market.trade.enterprise_requests import terms as asked
from market.trade.enterprise_requests.model import IdentityShown
from market.trade.judging import model as judging
from market.trade.judging import operations as evaluating
from market.trade.proposals import model as proposing
from market.trade.proposals import terms as offered
from market.trade.proposals.counter_offers import model as bargaining
from market.trade.proposals.counter_offers import operations as bargains
from tests.trade.enterprise_requests.conftest import SetClock
from tests.world import awards, identity, proposals
from tests.world.proposals import countered

ROOMS: Final = (requesting, asked, proposing, offered, bargaining, judging, awarding)
# What is written freely in these rooms: by the buyer, which is checked, or by whom and for whom.
WRITTEN: Final = {
    "enterprise_requests.TermsChange": "checked",
    "enterprise_requests.NewRequest": "checked at its publication",
    "enterprise_requests.AnswerInput": "checked",
    "enterprise_requests.ReasonInput": "checked",
    "enterprise_requests.QuestionInput": "by a bidder",
    "proposals.TermsChange": "by a bidder",
    "proposals.NewProposal": "by a bidder",
    "proposals.WithdrawalInput": "by a bidder",
    "proposals.MilestoneTerms": "a part of terms and of counter-offers",
    "counter_offers.CounterInput": "checked",
    "counter_offers.RefusalInput": "checked",
    "judging.DeclarationInput": "by a judge, for the buyer",
    "judging.ScoreInput": "by a judge, for the buyer",
    "judging.ReopeningInput": "checked",
    "judging.RemovalInput": "to the judge alone, who may be an expert of another unit",
    "awards.AwardInput": "checked",
    "awards.DirectAwardInput": "of requests by invitation, which name the enterprise",
    "awards.SettingAsideInput": "checked",
    "awards.ComplaintInput": "by a bidder",
    "awards.AnswerInput": "checked",
}


def inputs_with_texts(room: ModuleType) -> set[str]:
    """The inputs of a room in which something can be written."""
    return {
        f"{room.__name__.split('.')[-2]}.{name}"
        for name, kind in vars(room).items()
        if isinstance(kind, type)
        and issubclass(kind, Input)
        and kind.__module__ == room.__name__
        and any(_is_text(field) for field in msgspec.structs.fields(kind))
    }


def _is_text(field: Any) -> bool:
    """Long enough for a name."""
    found = msgspec.inspect.type_info(field.type)
    parts = found.types if isinstance(found, msgspec.inspect.UnionType) else (found,)
    return any(
        isinstance(part, msgspec.inspect.StrType) and (part.max_length or 100) > 50
        for part in parts
    )


def test_every_text_is_known_to_be_checked_or_not_the_buyers() -> None:
    found = set().union(*(inputs_with_texts(room) for room in ROOMS))
    assert found - WRITTEN.keys() == set()


async def refused(act: Awaitable[object]) -> None:
    with pytest.raises(IdentityShown):
        await act


async def test_no_text_of_the_buyer_names_it(conn: Connection, at: SetClock) -> None:
    """From the bargaining to the answer of a complaint."""
    enterprise = await identity.enterprise(conn, name_zh="川江第三化工机械有限公司")
    contest = await awards.contest(conn, enterprise=enterprise, secrecy="anonymous")
    await at(contest.request.deadline)
    first, second, _ = contest.proposals
    said = "川江 第三化工机械有限公司 谨此说明"
    await _bargaining(conn, contest, said)
    evaluation = await awards.scored(conn, contest)
    made = await bargains.make_counter_offer(
        conn, contest.bidders[0].clerk, first.id, await countered(conn, price_minor=47_000_00)
    )
    await bargains.accept_counter_offer(conn, contest.buyer, made.id)
    request_id = contest.request.id
    await refused(evaluating.reopen_scoring(conn, contest.buyer, request_id, said))
    await evaluating.reopen_scoring(conn, contest.buyer, request_id, "条款有变")
    for judge, actor, given in zip(evaluation.judges, contest.judges, awards.POINTS, strict=True):
        await awards.score(conn, contest, judge, actor, *given)
    await refused(
        operations.award_request(
            conn,
            contest.buyer,
            request_id,
            AwardInput(proposal_id=second.id, reason=said),
        )
    )
    award = await operations.award_request(
        conn, contest.buyer, request_id, AwardInput(proposal_id=first.id)
    )
    filed = await complaints.file_complaint(
        conn, contest.bidders[1].clerk, award.id, ComplaintInput(grounds="漏计证书。")
    )
    answer = AnswerInput(upheld=False, answer=said)
    await refused(complaints.answer_complaint(conn, contest.manager, filed.id, answer))
    answer = AnswerInput(upheld=False, answer="证书已计入资质分，评分无误。")
    await complaints.answer_complaint(conn, contest.manager, filed.id, answer)
    await refused(operations.set_aside_award(conn, contest.manager, award.id, said))


async def _bargaining(conn: Connection, contest: awards.Contest, said: str) -> None:
    proposal = contest.proposals[0]
    part = proposals.milestone("全部完成", 45_000_00)
    texts: list[dict[str, Any]] = [
        {"note": said},
        {"plan": said},
        {"milestones": [part | {"title": said}]},
        {"milestones": [part | {"deliverable": said}]},
        {"milestones": [part | {"acceptance_criteria": said}]},
    ]
    for changes in texts:
        given = await countered(conn, **{"price_minor": 45_000_00, **changes})
        await refused(bargains.make_counter_offer(conn, contest.buyer, proposal.id, given))
    clerk = contest.bidders[0].clerk
    offer = await bargains.make_counter_offer(
        conn, clerk, proposal.id, await countered(conn, price_minor=47_500_00)
    )
    await refused(bargains.refuse_counter_offer(conn, contest.buyer, offer.id, said))
    await bargains.refuse_counter_offer(conn, contest.buyer, offer.id, "价格仍偏高")
