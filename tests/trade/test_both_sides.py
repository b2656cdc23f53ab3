"""Whoever holds a role at the other party acts for neither: one table of acts, none left out."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any, Final, NamedTuple
from uuid import UUID

from market.base import clock, db
from market.base.access import Actor, BothSides, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.money.invoicing.voiding import operations as voiding
from market.trade.awards import complaints
from market.trade.awards import operations as awarding
from market.trade.awards.model import (
    AnswerInput,
    AwardInput,
    Complaint,
    ComplaintInput,
    DirectAwardInput,
    FullAward,
    NotImpartial,
)
from market.trade.contracts import operations as drafting
from market.trade.contracts.terms import TermsEdit
from market.trade.enterprise_requests import questions
from market.trade.enterprise_requests.model import FullRequest
from market.trade.judging import judges
from market.trade.judging import operations as judging
from market.trade.judging.model import (
    AppointmentInput,
    DeclarationInput,
    Judge,
    JudgeInterested,
)
from market.trade.performance import operations as performing
from market.trade.performance.model import ReturnInput
from market.trade.proposals import operations as proposing
from market.trade.proposals.counter_offers import operations as bargaining
from market.trade.proposals.counter_offers import queries as offers
from market.trade.proposals.counter_offers.model import CounterOffer
from market.trade.proposals.model import FullProposal
from market.trade.signing import operations as signing
from market.trade.signing.model import SignatureInput
from tests.trade.enterprise_requests.conftest import SetClock, at, conn
from tests.world import awards, contracts, identity, invoicing, performance, proposals, requests
from tests.world.awards import Contest
from tests.world.invoicing import Deal

__all__ = ["at", "conn"]
GROUNDS: Final = ComplaintInput(grounds="我方资质证书未被计入，请复核评分。")

MODULES: Final = (
    questions,
    proposing,
    bargaining,
    judges,
    judging,
    awarding,
    complaints,
    drafting,
    signing,
    performing,
    voiding,
)
# They read, open a place to write in, or are a part of the acts themselves.
NO_ACTS: Final = {
    "begin",
    "explain",
    "explain_figures",
    "in_full",
    "judging_sheet",
    "list_awards",
    "list_milestones",
    "lock_impartially",
    "lock_proposal",
    "open_contract_deal",
    "read_award",
    "read_evaluation",
    "read_text",
    "reopen",
    "require_one_side",
}
# Where it is told in other words, or he finds nothing.
OTHERWISE: Final[dict[str, type[Exception]]] = {
    "declare": JudgeInterested,
    "score_proposal": JudgeInterested,
    "file_complaint": NotFound,
    "answer_complaint": NotImpartial,
    "make_counter_offer": NotFound,
    "shortlist_proposal": NotFound,
}


class Stage(NamedTuple):
    """One cast with proposals, a draft and a contract in force with an invoice to become void.

    Also bids that are judged, awarded to a rival with a complaint, and awarded but not approved.
    """

    asked: FullRequest
    proposal: FullProposal
    offer: CounterOffer
    draft: contracts.Deal
    active: Deal
    invoice_id: UUID
    proposal_id: UUID
    question_id: UUID
    judged: Contest
    judge: Judge
    declared: Judge
    award: FullAward
    complaint: Complaint
    proposed: FullAward


Act = Callable[[Connection, Stage], Awaitable[Any]]


def _milestone(deal: Deal) -> UUID:
    return performance.milestones(deal)[0]


async def _scored(conn: Connection, on: Stage) -> Any:
    """By a judge as he was when he declared."""
    await awards.score(conn, on.judged, on.declared, on.judged.judges[1], (1, 1, 1))


ACTS: Final[dict[str, Act]] = {
    "ask_question": lambda conn, on: questions.ask_question(
        conn, on.draft.cast.clerk, on.asked.id, "轧辊材质？"
    ),
    "answer_question": lambda conn, on: questions.answer_question(
        conn, on.draft.cast.buyer, on.proposal.request_id, on.question_id, "9Cr2Mo"
    ),
    "start_evaluation": lambda conn, on: judging.start_evaluation(
        conn, on.judged.buyer, on.judged.request.id
    ),
    "appoint_judge": lambda conn, on: judges.appoint_judge(
        conn,
        on.judged.buyer,
        on.judged.request.id,
        AppointmentInput(person_id=on.judged.manager.person_id),
    ),
    "declare": lambda conn, on: judges.declare(
        conn, on.judged.judges[0], on.judge.id, DeclarationInput(conflict=False)
    ),
    "remove_judge": lambda conn, on: judges.remove_judge(
        conn, on.judged.buyer, on.judge.id, "另有安排"
    ),
    "score_proposal": _scored,
    "end_scoring": lambda conn, on: judging.end_scoring(
        conn, on.judged.buyer, on.judged.request.id
    ),
    "reopen_scoring": lambda conn, on: judging.reopen_scoring(
        conn, on.judged.buyer, on.judged.request.id, "条款有变"
    ),
    "shortlist_proposal": lambda conn, on: awarding.shortlist_proposal(
        conn, on.judged.buyer, on.judged.proposals[1].id
    ),
    "award_request": lambda conn, on: awarding.award_request(
        conn,
        on.judged.buyer,
        on.judged.request.id,
        AwardInput(proposal_id=on.judged.proposals[1].id),
    ),
    "award_directly": lambda conn, on: awarding.award_directly(
        conn,
        on.judged.buyer,
        on.judged.request.id,
        DirectAwardInput(proposal_id=on.judged.proposals[1].id, reason="须立即处置"),
    ),
    "approve_award": lambda conn, on: awarding.approve_award(
        conn, on.judged.manager, on.proposed.id
    ),
    "set_aside_award": lambda conn, on: awarding.set_aside_award(
        conn, on.judged.manager, on.proposed.id, "另行比较"
    ),
    "file_complaint": lambda conn, on: complaints.file_complaint(
        conn, on.draft.cast.clerk, on.award.id, GROUNDS
    ),
    "answer_complaint": lambda conn, on: complaints.answer_complaint(
        conn, on.judged.manager, on.complaint.id, AnswerInput(upheld=True, answer="确有漏计。")
    ),
    "draft_proposal": lambda conn, on: proposals.drafted(conn, _bidder(on), on.asked),
    "change_proposal": lambda conn, on: proposing.change_proposal(
        conn, on.draft.cast.clerk, on.proposal.id, proposals.change(plan="改用激光熔覆。")
    ),
    "submit_proposal": lambda conn, on: proposing.submit_proposal(
        conn, on.draft.cast.clerk, on.proposal.id
    ),
    "withdraw_proposal": lambda conn, on: proposing.withdraw_proposal(
        conn, on.draft.cast.clerk, on.proposal.id, "人手不足"
    ),
    "make_counter_offer": lambda conn, on: _countered(conn, on.draft.cast.buyer, on.proposal.id),
    "accept_counter_offer": lambda conn, on: bargaining.accept_counter_offer(
        conn, on.draft.cast.clerk, on.offer.id
    ),
    "refuse_counter_offer": lambda conn, on: bargaining.refuse_counter_offer(
        conn, on.draft.cast.clerk, on.offer.id, "价格过低"
    ),
    "order_offering": lambda conn, on: drafting.order_offering(
        conn, on.draft.cast.buyer, on.draft.offering.id, contracts.new_order(on.draft.offering)
    ),
    "approve_order": lambda conn, on: drafting.approve_order(
        conn, on.draft.cast.manager, on.draft.contract.id
    ),
    "edit_terms": lambda conn, on: drafting.edit_terms(
        conn, on.draft.cast.clerk, on.draft.contract.id, TermsEdit(place="乙方车间"), None
    ),
    "void_contract": lambda conn, on: drafting.void_contract(
        conn, on.draft.cast.buyer, on.draft.contract.id, "计划有变"
    ),
    "submit_contract": lambda conn, on: signing.submit_contract(
        conn, on.draft.cast.clerk, on.draft.contract.id
    ),
    "review_contract": lambda conn, on: signing.review_contract(
        conn, on.draft.cast.technical, on.draft.contract.id, "technical", contracts.PASS
    ),
    "sign_contract": lambda conn, on: signing.sign_contract(
        conn,
        on.draft.cast.buyer_signatory,
        on.draft.contract.id,
        "buyer",
        SignatureInput(text_sha256="0" * 64),
        contracts.ADDRESS,
    ),
    "start_milestone": lambda conn, on: performing.start_milestone(
        conn, on.active.cast.clerk, _milestone(on.active)
    ),
    "deliver_milestone": lambda conn, on: _deliver(conn, on.active),
    "return_milestone": lambda conn, on: performing.return_milestone(
        conn, on.active.buyer, _milestone(on.active), ReturnInput(reasons="尺寸超差")
    ),
    "accept_milestone": lambda conn, on: performing.accept_milestone(
        conn, on.active.buyer, _milestone(on.active), performance.certificate()
    ),
    "propose_void": lambda conn, on: voiding.propose_void(
        conn, on.active.finance, on.invoice_id, "期次有误"
    ),
    "approve_void": lambda conn, on: voiding.approve_void(conn, on.active.leader, on.proposal_id),
    "reject_void": lambda conn, on: voiding.reject_void(
        conn, on.active.leader, on.proposal_id, "无误"
    ),
}


def _bidder(on: Stage) -> proposals.Bidder:
    return proposals.Bidder(
        on.draft.cast.unit, on.draft.cast.clerk, on.proposal.people[0].member_id
    )


async def _countered(conn: Connection, buyer: Actor, proposal_id: UUID) -> CounterOffer:
    data = await proposals.countered(conn, quantity=2)
    return await bargaining.make_counter_offer(conn, buyer, proposal_id, data)


async def _deliver(conn: Connection, deal: Deal) -> Any:
    handed = await performance.delivery(conn, deal)
    return await performing.deliver_milestone(conn, deal.cast.clerk, _milestone(deal), handed)


def acts_of(module: ModuleType) -> set[str]:
    """What people do in a module: its public functions that take an actor."""
    return {
        name
        for name, function in inspect.getmembers(module, inspect.iscoroutinefunction)
        if function.__module__ == module.__name__
        and not name.startswith("_")
        and "actor" in inspect.signature(function).parameters
    }


def test_every_act_between_two_parties_stands_in_the_table() -> None:
    assert set(ACTS) == set().union(*map(acts_of, MODULES)) - NO_ACTS


async def test_nobody_acts_for_one_party_with_a_role_at_the_other(
    conn: Connection, at: SetClock
) -> None:
    stage = await _prepared(conn, at)
    let_through = [name for name in ACTS if not await _is_refused(conn, stage, name)]
    assert let_through == []


async def _is_refused(conn: Connection, stage: Stage, name: str) -> bool:
    try:
        await ACTS[name](conn, stage)
    except OTHERWISE.get(name, BothSides):
        return True
    return False


async def _prepared(conn: Connection, at: SetClock) -> Stage:
    """A draft and a contract in force; then everybody is let in on the other side."""
    active = await invoicing.fw01(conn)
    people = active.cast
    first, second = [await invoicing.issued(conn, active, place) for place in (0, 1)]
    asked, bid_for = [
        await requests.opened(conn, people.buyer, sealed=False, title=title)
        for title in ("焊缝一次合格率", "空压站年电费")
    ]
    bidder = await proposals.bidder(conn, people.unit)
    proposal = await proposals.submitted(conn, bidder, bid_for)
    asker = await identity.person(conn, people.unit, Role.CLERK)
    question = await questions.ask_question(conn, asker, bid_for.id, "轧辊材质？")
    rival = await proposals.bidder(conn)
    judged, given, awaited = [
        await awards.contest(
            conn,
            enterprise=people.enterprise,
            bidders=[rival, bidder],
            prices=(60_000_00, 62_000_00),
            secrecy="invited",
        )
        for _ in range(3)
    ]
    void = await voiding.propose_void(conn, active.finance, second.id, "期次有误")
    await at(awaited.request.deadline)
    await judging.start_evaluation(conn, judged.buyer, judged.request.id)
    award = await awards.awarded(conn, given)
    stage = Stage(
        asked=asked,
        proposal=proposal,
        offer=await _offered(conn, people.buyer, proposal),
        draft=await contracts.drafted(conn, people),
        active=active,
        invoice_id=first.id,
        proposal_id=void.id,
        question_id=question.id,
        judged=judged,
        judge=await awards.appointed(conn, judged, judged.judges[0]),
        declared=await awards.declared(conn, judged, judged.judges[1]),
        award=award,
        complaint=await complaints.file_complaint(conn, bidder.clerk, award.id, GROUNDS),
        proposed=await awarding.award_directly(
            conn,
            awaited.buyer,
            awaited.request.id,
            DirectAwardInput(proposal_id=awaited.proposals[1].id, reason="须立即处置"),
        ),
    )
    house = (people.buyer, people.manager, people.buyer_signatory)
    for actor in {
        each.person_id: each for each in (*house, judged.buyer, judged.manager, *judged.judges)
    }.values():
        await identity.also(conn, actor, people.unit, Role.MEMBER)
    for actor in (people.clerk, people.technical, people.finance, people.leader):
        await identity.also(conn, actor, people.enterprise, Role.PAYER)
    return stage


async def _offered(conn: Connection, buyer: Actor, proposal: FullProposal) -> CounterOffer:
    """A counter-offer as its row would be after the deadline."""
    data = await proposals.countered(conn, quantity=2)
    assert proposal.binding is not None
    async with db.act(conn, buyer):
        now = await clock.now(conn)
        return await offers.insert_offer(
            conn, buyer, proposal, "buyer", proposal.binding, data, now
        )
