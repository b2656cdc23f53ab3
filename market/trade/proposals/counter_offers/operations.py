"""How the two sides bargain over an opened proposal, and what the clock does by itself."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import asyncpg
from msgspec import UNSET, structs

from market.base import clock, db, due, events
from market.base.access import SYSTEM, Actor, require
from market.base.db import Connection, Pool
from market.base.errors import require_version
from market.trade.enterprise_requests import operations as requesting
from market.trade.enterprise_requests.model import EnterpriseRequest, RequestState
from market.trade.proposals import operations as proposing
from market.trade.proposals import queries as proposals
from market.trade.proposals import revisions, rules
from market.trade.proposals.counter_offers import lapsing, model, queries
from market.trade.proposals.counter_offers.model import (
    CounterInput,
    CounterOffer,
    CounterOfferState,
    FullCounterOffer,
    Side,
)
from market.trade.proposals.model import IN_THE_RUNNING, Proposal, ProposalState
from market.trade.proposals.terms import BindingTerms, changed, diff, terms_of, texts_of

BARGAINED: Final = (RequestState.CLOSED, RequestState.EVALUATING)
THE_UNITS: Final = ("member_ids", "file_ids")


async def make_counter_offer(
    conn: Connection, actor: Actor, proposal_id: UUID, data: CounterInput
) -> FullCounterOffer:
    """Either side offers other terms for a proposal that is open and not awarded.

    Raises NotFound, NotABargainer, BothSides, NotBargainedOver, PricesAreKnown,
    CounterOfferPending, AnswerTimePast, AnswerAfterValidity, NotTheBuyersToSay, NothingCountered,
    IdentityShown, and what the terms break (see ``rules``).
    """
    async with db.act(conn, actor):
        proposal, request = await proposing.lock_proposal(conn, actor, proposal_id)
        side = await _side(conn, actor, proposal, request)
        await _require_bargained(conn, proposal, request)
        await _require_no_other(conn, proposal_id)
        now = await clock.now(conn)
        usable = now < data.answer_by and data.answer_by.year < 2099
        require(usable, model.AnswerTimePast(pointer="/answer_by"))
        bound = await _countered(conn, actor, proposal, side, data)
        if side == "buyer":
            await requesting.check_hidden(conn, request, note=data.note, **texts_of(bound))
        last = min(bound.valid_until, proposal.valid_until or bound.valid_until)
        binding_still = clock.day_of(data.answer_by) <= last
        require(binding_still, model.AnswerAfterValidity(last=last, pointer="/answer_by"))
        try:
            offer = await queries.insert_offer(conn, actor, proposal, side, bound, data, now)
        except asyncpg.UniqueViolationError as another:
            raise model.CounterOfferPending from another
        await proposals.touch_proposal(conn, actor, proposal_id)
        await events.record(
            conn,
            actor,
            "counter_offer.made",
            about=offer,
            move=("make", None),
            changed={"proposal_id": proposal_id, "base_number": offer.base_number, "side": side},
        )
        return await in_full(conn, actor, offer)


async def _countered(
    conn: Connection, actor: Actor, proposal: Proposal, side: Side, data: CounterInput
) -> BindingTerms:
    """The terms as they would bind."""
    assert proposal.number is not None, "what is open was submitted"
    base = await revisions.find_revision(conn, actor, proposal.id, proposal.number)
    before = terms_of(base)
    if side == "buyer":
        named = [name for name in THE_UNITS if getattr(data, name) is not UNSET]
        require(not named, model.NotTheBuyersToSay(pointer=f"/{named[0]}" if named else None))
    terms = changed(before, data)
    require(terms != before, model.NothingCountered)
    rules.check(terms, earliest=await clock.today(conn))
    members = base.members
    if terms.file_ids != before.file_ids:
        await rules.check_files(conn, actor, terms.file_ids)
        await revisions.attach_files(conn, proposal.id, terms.file_ids)
    if terms.member_ids != before.member_ids:
        members = await rules.pin(conn, proposal.unit_id, terms.member_ids)
    return rules.bound(terms, members)


async def accept_counter_offer(
    conn: Connection, actor: Actor, offer_id: UUID, *, expected_version: int | None = None
) -> FullCounterOffer:
    """The other side accepts: the terms are the proposal's next revision, and bind.

    Raises NotFound, NotABargainer, BothSides, OwnCounterOffer, Stale, WrongMove,
    NotBargainedOver, PricesAreKnown, ValidityTooShort.
    """
    async with db.act(conn, actor):
        offer, proposal, request = await _lock_offer(conn, actor, offer_id)
        await _require_other_side(conn, actor, offer, proposal, request)
        if offer.state == CounterOfferState.ACCEPTED and offer.answered_by_me:
            return await in_full(conn, actor, offer)
        require_version(offer.version, expected_version)
        before, after = CounterOfferState(offer.state), model.MOVES.after("accept", offer.state)
        await _require_bargained(conn, proposal, request)
        rules.require_valid(offer.valid_until, await clock.today(conn))
        accepted = await queries.answer_offer(conn, actor, offer_id, to=after)
        revision = await revisions.insert_revision(
            conn, actor, proposal, rules.bound(terms_of(offer), offer.members), "agreed", offer_id
        )
        bound = await proposals.bind_revision(
            conn, actor, proposal, revision, to=ProposalState(proposal.state)
        )
        await events.record(
            conn,
            actor,
            "counter_offer.accepted",
            about=accepted,
            move=("accept", before),
            changed={"proposal_id": proposal.id, "number": revision.number},
        )
        await events.record(
            conn, actor, "proposal.agreed", about=bound, changed={"number": revision.number}
        )
        return await in_full(conn, actor, accepted)


async def refuse_counter_offer(
    conn: Connection,
    actor: Actor,
    offer_id: UUID,
    reason: str,
    *,
    expected_version: int | None = None,
) -> FullCounterOffer:
    """The other side refuses: the terms stay as they bind.

    Raises NotFound, NotABargainer, BothSides, OwnCounterOffer, Stale, WrongMove, IdentityShown.
    """
    async with db.act(conn, actor):
        offer, proposal, request = await _lock_offer(conn, actor, offer_id)
        await _require_other_side(conn, actor, offer, proposal, request)
        done = (offer.state, offer.answered_by_me, offer.reason)
        if done == (CounterOfferState.REFUSED, True, reason):
            return await in_full(conn, actor, offer)
        require_version(offer.version, expected_version)
        before, after = CounterOfferState(offer.state), model.MOVES.after("refuse", offer.state)
        if offer.side == "unit":
            await requesting.check_hidden(conn, request, reason=reason)
        refused = await queries.answer_offer(conn, actor, offer_id, to=after, reason=reason)
        await proposals.touch_proposal(conn, actor, proposal.id)
        await events.record(
            conn,
            actor,
            "counter_offer.refused",
            about=refused,
            move=("refuse", before),
            changed={"proposal_id": proposal.id},
        )
        return await in_full(conn, actor, refused)


async def in_full(conn: Connection, actor: Actor, offer: CounterOffer) -> FullCounterOffer:
    """With what it changes in the revision that it departs from."""
    base = await revisions.find_revision(conn, actor, offer.proposal_id, offer.base_number)
    return FullCounterOffer(**structs.asdict(offer), changes=diff(terms_of(base), terms_of(offer)))


async def _lock_offer(
    conn: Connection, actor: Actor, offer_id: UUID
) -> tuple[CounterOffer, Proposal, EnterpriseRequest]:
    """The counter-offer as of now; one whose time is over is written down first."""
    found = await queries.find_offer(conn, actor, offer_id)
    proposal, request = await proposing.lock_proposal(conn, actor, found.proposal_id)
    await _lapse_if_due(conn, proposal.id)
    return await queries.find_offer(conn, actor, offer_id), proposal, request


async def _require_no_other(conn: Connection, proposal_id: UUID) -> None:
    await _lapse_if_due(conn, proposal_id)
    pending = await queries.open_offer(conn, proposal_id)
    require(pending is None, model.CounterOfferPending)


async def _lapse_if_due(conn: Connection, proposal_id: UUID) -> None:
    offer_id = await queries.open_offer(conn, proposal_id)
    if offer_id is None:
        return
    async with db.act(conn, SYSTEM):
        offer = await queries.find_offer(conn, SYSTEM, offer_id)
        if offer.state == CounterOfferState.LAPSED:
            await lapsing.lapse_open(conn, SYSTEM, proposal_id)


async def _side(
    conn: Connection, actor: Actor, proposal: Proposal, request: EnterpriseRequest
) -> Side:
    """The side that the actor bargains for; at the buyer's he has to do with nobody who bid."""
    side = model.side_of(actor, proposal, request)
    if side is None:
        raise model.NotABargainer
    if side == "unit":
        await proposing.require_bidder(conn, request.id)
    else:
        await requesting.require_no_interest(conn, actor, request.id)
    return side


async def _require_other_side(
    conn: Connection,
    actor: Actor,
    offer: CounterOffer,
    proposal: Proposal,
    request: EnterpriseRequest,
) -> None:
    side = await _side(conn, actor, proposal, request)
    require(side != offer.side, model.OwnCounterOffer)


async def _require_bargained(
    conn: Connection, proposal: Proposal, request: EnterpriseRequest
) -> None:
    running = proposal.state in IN_THE_RUNNING and request.state in BARGAINED
    require(running, model.NotBargainedOver)
    require(not await queries.outcome_was_told(conn, request.id), model.PricesAreKnown)


async def lapse_due(pool: Pool) -> None:
    """Write down which counter-offers were not answered in time."""
    await due.each(pool, queries.offers_due, lapse_overdue, otherwise="counter_offer_not_lapsed")


async def lapse_overdue(conn: Connection, proposal_id: UUID) -> None:
    """Write down that nobody answered in time; once only."""
    async with db.act(conn, SYSTEM):
        await proposing.lock_proposal(conn, SYSTEM, proposal_id)
        await _lapse_if_due(conn, proposal_id)
