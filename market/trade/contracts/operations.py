"""What is done with a contract before it is reviewed: order, approve the order, draft, void."""

from __future__ import annotations

from uuid import UUID

import msgspec

from market.base import clock, db, events, policies, sides, words
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import require_version
from market.base.explanations import Explanation
from market.identity.units import queries as units
from market.trade.catalogue import queries as catalogue
from market.trade.catalogue.model import Version
from market.trade.contracts import figures as reckoning
from market.trade.contracts import model, parts, queries
from market.trade.contracts.figures import Figures
from market.trade.contracts.model import (
    Contract,
    ContractState,
    FullContract,
    Origin,
)
from market.trade.contracts.parties import BetweenParties, Parties, other_party
from market.trade.contracts.terms import (
    Order,
    Terms,
    TermsEdit,
    edited,
    ordered_terms,
    same_figures,
    terms_of,
)
from market.trade.deals import operations as deals
from market.trade.deals.model import Deal, NewDeal, Topic


async def open_contract_deal(conn: Connection, actor: Actor, contract_id: UUID) -> Deal:
    """Either side opens the deal about their contract, or finds it open.

    Raises NotFound to a stranger, NotYourDeal to those above the unit.
    """
    async with db.act(conn, actor):
        contract = await queries.find_contract(conn, actor, contract_id)
        deal = NewDeal(
            Topic.CONTRACT,
            contract.id,
            contract.buyer_id,
            contract.provider_unit_id,
            contract.subject,
        )
        return await deals.open_deal(conn, actor, deal)


async def order_offering(
    conn: Connection, actor: Actor, offering_id: UUID, order: Order
) -> FullContract:
    """A buyer orders a published offering; its terms become the draft of a contract.

    Raises NotABuyer, NotFound unless it is published, OfferingChanged, BothSides, QuantityUnclear,
    AmountTooLarge, TaxStatusMissing.
    """
    async with db.act(conn, actor):
        require(model.may_order(actor), model.NotABuyer)
        offered = await catalogue.published_version(conn, offering_id)
        require(
            offered.number == order.offering_version,
            model.OfferingChanged(
                found=offered.number, expected=order.offering_version, pointer="/offering_version"
            ),
        )
        terms = ordered_terms(offered, order)
        books_unit_id = await units.books_of(conn, offered.unit_id)
        assert books_unit_id is not None, "above every unit stands a legal person"
        assert actor.organisation_id is not None, "a buyer buys for an enterprise"
        parties = Parties(offered.unit_id, books_unit_id, actor.organisation_id)
        await require_one_side(conn, actor, parties)
        figures = await reckon(conn, books_unit_id, offered.commission_ppm, terms)
        contract = await queries.insert_contract(
            conn,
            actor,
            _origin(offered, order),
            terms,
            books_unit_id=books_unit_id,
            rate=figures.rate,
            whole=figures.whole,
        )
        await parts.insert_parts(conn, contract.id, terms, figures)
        await events.record(
            conn,
            actor,
            "contract.ordered",
            about=contract,
            move=("order", None),
            changed={"offering_id": offering_id, "offering_version": offered.number},
        )
        return await queries.in_full(conn, contract)


def _origin(offered: Version, order: Order) -> Origin:
    return Origin(
        provider_unit_id=offered.unit_id,
        offering_id=offered.offering_id,
        offering_version=offered.number,
        award_id=None,
        kind=offered.kind,
        reason=order.reason,
        buyer_reference=order.buyer_reference,
        currency=offered.currency,
        capacity=offered.capacity,
        commission_ppm=offered.commission_ppm,
        free=offered.free_or_paid == "free",
    )


async def reckon(
    conn: Connection, books_unit_id: UUID, commission_ppm: int | None, terms: Terms
) -> Figures:
    today = await clock.today(conn)
    rate = await reckoning.rate_of(conn, books_unit_id, terms, today=today)
    return reckoning.reckon(terms, commission_ppm, rate)


async def approve_order(
    conn: Connection, actor: Actor, contract_id: UUID, *, expected_version: int | None = None
) -> FullContract:
    """A manager of the buyer, not who ordered, approves an order above the limit.

    Raises NotFound to a stranger, NotTheManager, BothSides, Stale, NotInDrafting.
    """
    async with db.act(conn, actor):
        contract = await queries.lock_contract(conn, actor, contract_id)
        require(model.may_approve_order(actor, contract), model.NotTheManager)
        if _is_approved_by(actor, contract):
            return await queries.in_full(conn, contract)
        await require_one_side(conn, actor, contract)
        require_version(contract.version, expected_version)
        _require_drafting(contract)
        approved = await queries.approve_order(conn, contract, approved_by=actor.person_id)
        await events.record(conn, actor, "contract.order_approved", about=approved)
        return await queries.in_full(conn, approved)


def _is_approved_by(actor: Actor, contract: Contract) -> bool:
    return (
        contract.order_approved_by == actor.person_id
        and contract.order_approved_minor == contract.total_minor
    )


async def require_one_side(conn: Connection, actor: Actor, between: BetweenParties) -> None:
    """Who acts for one party holds no role at the other today. Raises BothSides."""
    await sides.require_none_at(conn, actor, other_party(actor, between))


async def needs_approval(conn: Connection, contract: Contract) -> bool:
    """Whether the order is above the limit of direct orders, and not approved as high as it is.

    The limit is in one currency; in any other every order that is not free is approved. What was
    awarded was decided by several people already.
    """
    if contract.award_id is not None:
        return False
    policy = await policies.current(conn, "direct_order", on=await clock.today(conn))
    within = policy.body["limit_minor"] if policy.body["currency"] == contract.currency else 0
    return contract.total_minor > max(within, contract.order_approved_minor or 0)


async def edit_terms(
    conn: Connection,
    actor: Actor,
    contract_id: UUID,
    edit: TermsEdit,
    expected_version: int | None,
) -> FullContract:
    """The unit drafts: new terms, and the figures that follow from them.

    Raises NotFound to a stranger, NotADrafter, BothSides, NotInDrafting, Stale,
    AwardedFiguresStand, and what ``terms.check`` and ``figures.rate_of`` refuse.
    """
    async with db.act(conn, actor):
        contract = await queries.lock_contract(conn, actor, contract_id)
        require(model.may_draft(actor, contract), model.NotADrafter)
        await require_one_side(conn, actor, contract)
        require_version(contract.version, expected_version)
        _require_drafting(contract)
        before = await queries.in_full(conn, contract)
        terms = edited(before, edit)
        if contract.award_id is not None:
            require(same_figures(terms_of(before), terms), model.AwardedFiguresStand)
        figures = await reckon(conn, contract.books_unit_id, contract.commission_ppm, terms)
        await parts.delete_parts(conn, contract.id)
        await parts.insert_parts(conn, contract.id, terms, figures)
        drafted = await queries.set_terms(conn, contract, terms, figures)
        await queries.note_drafter(conn, contract.id, actor.person_id)
        await events.record(
            conn, actor, "contract.drafted", about=drafted, changed={"fields": _fields_of(edit)}
        )
        return await queries.in_full(conn, drafted)


def _fields_of(edit: TermsEdit) -> list[str]:
    return [
        name for name in TermsEdit.__struct_fields__ if getattr(edit, name) is not msgspec.UNSET
    ]


def _require_drafting(contract: Contract) -> None:
    found = words.state("contract", contract.state)
    require(contract.state == ContractState.DRAFTING, model.NotInDrafting(state=found))


async def explain_figures(conn: Connection, actor: Actor, contract_id: UUID) -> Explanation:
    """Net and VAT with the steps to them: as they would be today, then as they were fixed.

    Raises NotFound to a stranger.
    """
    contract = await queries.find_full(conn, actor, contract_id)
    terms = terms_of(contract)
    if contract.number is None and contract.state != ContractState.VOID:
        figures = await reckon(conn, contract.books_unit_id, contract.commission_ppm, terms)
    else:
        figures = await _fixed_figures(conn, contract, terms)
    return reckoning.explain(contract, terms, figures)


async def _fixed_figures(conn: Connection, contract: FullContract, terms: Terms) -> Figures:
    policy = await policies.find(conn, contract.vat_policy_id)
    rate = reckoning.Rate(contract.vat_ppm, contract.vat_rule_id, contract.exempt, policy)
    return reckoning.reckon(terms, contract.commission_ppm, rate)


async def void_contract(
    conn: Connection,
    actor: Actor,
    contract_id: UUID,
    reason: str,
    *,
    expected_version: int | None = None,
) -> FullContract:
    """Either side calls off an order that is not yet signed by both; a number given is kept.

    Raises NotFound to a stranger, NotYoursToVoid, BothSides, Stale, WrongMove once it is in force.
    """
    async with db.act(conn, actor):
        contract = await queries.lock_contract(conn, actor, contract_id)
        require(model.may_void(actor, contract), model.NotYoursToVoid)
        if contract.voided_by == actor.person_id:
            return await queries.in_full(conn, contract)
        await require_one_side(conn, actor, contract)
        to = contract.after("void")
        require_version(contract.version, expected_version)
        voided = await queries.void_contract(
            conn,
            contract,
            to=to,
            reason=reason,
            voided_by=actor.person_id,
        )
        await events.record(
            conn, actor, "contract.voided", about=voided, move=("void", contract.state)
        )
        return await queries.in_full(conn, voided)
