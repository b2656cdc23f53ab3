"""The contract of an award: drafted by an act of its own, at the figures that were awarded."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Meta

from market.base import clock, db, events, working_days
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import Conflict, Invalid, NotFound
from market.base.fields import Input, Line
from market.identity.units import queries as units
from market.trade.awards import effects as awards
from market.trade.awards.model import Award, AwardState
from market.trade.catalogue import queries as catalogue
from market.trade.catalogue.model import Version
from market.trade.catalogue.terms import Capacity
from market.trade.contracts import operations, parts, queries
from market.trade.contracts.model import CLASSES_OF, FullContract, Origin
from market.trade.contracts.parties import Parties
from market.trade.contracts.planned import InstalmentTerms, MilestoneTerms
from market.trade.contracts.terms import LineTerms, Terms
from market.trade.enterprise_requests.model import (
    EnterpriseRequest,
    NotABuyersRole,
    may_change,
)
from market.trade.proposals import revisions
from market.trade.proposals.model import Revision


class ContractInput(Input, frozen=True):
    """For a transfer the winner's published offering, which says which right is meant."""

    offering_id: UUID | None = None
    attendees: Annotated[list[Line], Meta(max_length=1_000)] = msgspec.field(default_factory=list)


class NotFinalYet(Conflict):
    """A contract follows an award that nobody can dispute any more."""

    code = "award_not_final"
    zh = "定标尚未生效（公示期内、有异议未答复或已撤销），不能起草合同。请待生效后办理。"
    en = "The award is not final: standstill, an open complaint, or set aside. Wait until it is."


class ContractThere(Conflict):
    """One live contract an award."""

    code = "award_has_its_contract"
    zh = "该定标已起草合同。请查看该合同；如须重拟，先将其取消。"
    en = "The award has its contract. Read that one; to draft anew, call it off first."


class TransferNeedsOffering(Invalid):
    """What is transferred is a right with its owners' consent."""

    code = "award_needs_transfer_offering"
    zh = (
        "转让类合同须指明中选单位已发布的转让项目，其权利须已落实。请由该单位先发布，再填写其编号。"
    )
    en = "A transfer names the winner's published offering, whose right is settled. Give its id."


async def draft_from_award(
    conn: Connection, actor: Actor, award_id: UUID, data: ContractInput
) -> FullContract:
    """The buyer has the draft of a contract made from a final award; the unit drafts the rest.

    Raises NotFound to a stranger, NotABuyersRole to a bidder, BothSides, NotFinalYet,
    ContractThere, TransferNeedsOffering, TaxStatusMissing.
    """
    async with db.act(conn, actor):
        request, award = await awards.lock_award(conn, actor, award_id)
        require(may_change(actor, request), NotABuyersRole)
        require(award.state == AwardState.FINAL, NotFinalYet)
        books_unit_id = await units.books_of(conn, award.unit_id)
        assert books_unit_id is not None, "above every unit stands a legal person"
        assert request.buyer_id is not None, "the buyer knows whose request it is"
        parties = Parties(award.unit_id, books_unit_id, request.buyer_id)
        await operations.require_one_side(conn, actor, parties)
        offered = await _offered(conn, request, award, data)
        revision = await revisions.find_revision(
            conn, actor, award.proposal_id, award.proposal_number
        )
        terms = await _terms(conn, request, revision, data)
        origin = _origin(request, award, offered)
        figures = await operations.reckon(conn, books_unit_id, origin.commission_ppm, terms)
        try:
            contract = await queries.insert_contract(
                conn,
                actor,
                origin,
                terms,
                books_unit_id=books_unit_id,
                rate=figures.rate,
                whole=figures.whole,
            )
        except asyncpg.UniqueViolationError as there:
            raise ContractThere from there
        await parts.insert_parts(conn, contract.id, terms, figures)
        await events.record(
            conn,
            actor,
            "contract.ordered",
            about=contract,
            move=("order", None),
            changed={"award_id": award_id},
        )
        return await queries.in_full(conn, contract)


async def _offered(
    conn: Connection, request: EnterpriseRequest, award: Award, data: ContractInput
) -> Version | None:
    """The winner's published transfer; on offer, so its right is settled."""
    refusal = TransferNeedsOffering(pointer="/offering_id")
    if data.offering_id is None:
        require(request.kind != "transfer", refusal)
        return None
    try:
        offered = await catalogue.published_version(conn, data.offering_id)
    except NotFound as unknown:
        raise refusal from unknown
    require((offered.unit_id, offered.kind) == (award.unit_id, request.kind), refusal)
    return offered


def _origin(request: EnterpriseRequest, award: Award, offered: Version | None) -> Origin:
    return Origin(
        provider_unit_id=award.unit_id,
        offering_id=offered.offering_id if offered else None,
        offering_version=offered.number if offered else None,
        award_id=award.id,
        kind=request.kind,
        reason=award.reason or "按评审结果定标 Awarded by the results of the judging",
        buyer_reference=request.buyer_reference,
        currency=award.currency,
        capacity=offered.capacity if offered else Capacity.PRINCIPAL,
        commission_ppm=offered.commission_ppm if offered else None,
        free=award.price_minor == 0,
    )


async def _terms(
    conn: Connection, request: EnterpriseRequest, revision: Revision, data: ContractInput
) -> Terms:
    """What was proposed, in the words of a contract; days are counted once both have signed.

    The term is that of the milestone due last, were it signed today: forty days are over before 35
    working days.
    """
    statutory_class, sub_class = CLASSES_OF[request.kind][0]
    today = await clock.today(conn)
    calendar = await working_days.calendar(conn, on=today)
    longest = max(
        revision.milestones, key=lambda each: calendar.due(today, each.due_days, each.due_unit).day
    )
    return Terms(
        statutory_class=statutory_class,
        sub_class=sub_class,
        subject=request.title,
        scope=revision.plan,
        place=request.place,
        term_days=max(1, longest.due_days),
        term_unit=longest.due_unit,
        total_minor=revision.price_minor,
        technical_minor=revision.price_minor,
        lines=[_line(request, revision)],
        attendees=data.attendees,
        milestones=[
            MilestoneTerms(
                title=each.title,
                deliverable=each.deliverable,
                acceptance_criteria=each.acceptance_criteria,
                price_minor=each.price_minor,
                due_days=each.due_days,
                due_unit=each.due_unit,
            )
            for each in revision.milestones
        ],
        instalments=[
            InstalmentTerms(
                amount_minor=each.amount_minor,
                trigger=each.trigger,
                due_on=each.due_on,
                due_days=each.due_days,
                milestone=each.milestone,
            ).with_due_days()
            for each in revision.instalments
        ],
    )


def _line(request: EnterpriseRequest, revision: Revision) -> LineTerms:
    """Piece by piece where the price divides to the fen, else the whole as one lot."""
    unit_price, rest = divmod(revision.price_minor, revision.quantity)
    counted = {"unit": str(revision.quantity_unit), "quantity": revision.quantity}
    line = counted | {"unit_price_minor": unit_price}
    if rest:
        line = {"unit": "lot", "quantity": 1, "unit_price_minor": revision.price_minor}
    return msgspec.convert({"description": request.title, **line}, LineTerms)
