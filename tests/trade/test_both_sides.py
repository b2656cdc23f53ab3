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
from market.money.invoicing.voiding import operations as voiding
from market.trade.contracts import operations as drafting
from market.trade.contracts.terms import TermsEdit
from market.trade.enterprise_requests.model import FullRequest
from market.trade.performance import operations as performing
from market.trade.performance.model import ReturnInput
from market.trade.proposals import operations as proposing
from market.trade.proposals.counter_offers import operations as bargaining
from market.trade.proposals.counter_offers import queries as offers
from market.trade.proposals.counter_offers.model import CounterOffer
from market.trade.proposals.model import FullProposal
from market.trade.signing import operations as signing
from market.trade.signing.model import SignatureInput
from tests.world import contracts, identity, invoicing, performance, proposals, requests
from tests.world.invoicing import Deal

MODULES: Final = (proposing, bargaining, drafting, signing, performing, voiding)
# They read, open a place to write in, or are a part of the acts themselves.
NO_ACTS: Final = {
    "explain_figures",
    "in_full",
    "list_milestones",
    "lock_proposal",
    "open_contract_deal",
    "read_text",
    "require_one_side",
}


class Stage(NamedTuple):
    """One cast with proposals, a draft and a contract in force with an invoice to become void."""

    asked: FullRequest
    proposal: FullProposal
    offer: CounterOffer
    draft: contracts.Deal
    active: Deal
    invoice_id: UUID
    proposal_id: UUID


Act = Callable[[Connection, Stage], Awaitable[Any]]


def _milestone(deal: Deal) -> UUID:
    return performance.milestones(deal)[0]


ACTS: Final[dict[str, Act]] = {
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


async def test_nobody_acts_for_one_party_with_a_role_at_the_other(conn: Connection) -> None:
    stage = await _prepared(conn)
    let_through = [name for name, act in ACTS.items() if not await _is_refused(conn, stage, act)]
    assert let_through == []


async def _is_refused(conn: Connection, stage: Stage, act: Act) -> bool:
    try:
        await act(conn, stage)
    except BothSides:
        return True
    return False


async def _prepared(conn: Connection) -> Stage:
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
    stage = Stage(
        asked=asked,
        proposal=proposal,
        offer=await _offered(conn, people.buyer, proposal),
        draft=await contracts.drafted(conn, people),
        active=active,
        invoice_id=first.id,
        proposal_id=(await voiding.propose_void(conn, active.finance, second.id, "期次有误")).id,
    )
    for actor in (people.buyer, people.manager, people.buyer_signatory):
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
