"""The terms of a contract as people write them, and the rules that hold for every draft.

``Order`` is what a buyer asks for, ``Terms`` what a contract says, ``TermsEdit`` a change of it.
All of this is computed without the database.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from market.base import amounts, words
from market.base.access import require
from market.base.errors import listed
from market.base.fields import (
    MOST,
    AmountMinor,
    Input,
    Line,
    Quantity,
    Reason,
    Text,
)
from market.base.fields import Version as VersionNumber
from market.trade.catalogue.model import Version
from market.trade.contracts import model, planned
from market.trade.contracts.model import (
    CLASSES_OF,
    Contract,
    FullContract,
    LineUnit,
    StatutoryClass,
    SubClass,
    TermUnit,
)
from market.trade.contracts.planned import InstalmentTerms, MilestoneTerms

TermDays: TypeAlias = Annotated[int, Meta(ge=1, le=3_650)]
RuleId: TypeAlias = Annotated[str, Meta(max_length=100, pattern=r"^[a-z_.]+(?!\s)$")]


class OrderLine(Input, frozen=True):
    """So many pieces, days or years of what is offered."""

    description: Line
    quantity: Quantity


class Order(Input, frozen=True):
    """A direct order of a published offering: which version was read, why without competition.

    ``lines`` where the price is per item, day or year; ``attendees`` where it is per person.
    """

    offering_version: VersionNumber
    reason: Reason
    buyer_reference: Line | None = None
    lines: Annotated[list[OrderLine], Meta(max_length=100)] = msgspec.field(default_factory=list)
    attendees: Annotated[list[Line], Meta(max_length=1_000)] = msgspec.field(default_factory=list)


class LineTerms(Input, frozen=True):
    description: Line
    unit: LineUnit
    quantity: Quantity
    unit_price_minor: AmountMinor

    @property
    def amount_minor(self) -> int:
        return self.quantity * self.unit_price_minor


Lines: TypeAlias = Annotated[list[LineTerms], Meta(min_length=1, max_length=100)]
Attendees: TypeAlias = Annotated[list[Line], Meta(max_length=1_000)]
Milestones: TypeAlias = Annotated[list[MilestoneTerms], Meta(max_length=100)]
Instalments: TypeAlias = Annotated[list[InstalmentTerms], Meta(max_length=100)]


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """All that drafting may change."""

    statutory_class: StatutoryClass
    sub_class: SubClass | None
    subject: str
    scope: str
    acceptance_standard: str | None = None
    rights_clause: str | None = None
    secrecy_clause: str | None = None
    place: str | None = None
    term_days: int
    term_unit: TermUnit = "calendar_days"
    total_minor: int
    technical_minor: int
    exemption_rule: str | None = None
    lines: list[LineTerms]
    attendees: list[str]
    milestones: list[MilestoneTerms]
    instalments: list[InstalmentTerms]


class TermsEdit(Input, frozen=True):
    """A change of a draft; what is left out stays. A list that is given replaces the whole list.

    ``technical_minor`` follows a new ``total_minor`` unless it is given, too.
    """

    statutory_class: StatutoryClass | UnsetType = UNSET
    sub_class: SubClass | UnsetType | None = UNSET
    subject: Line | UnsetType = UNSET
    scope: Text | UnsetType = UNSET
    acceptance_standard: Text | UnsetType = UNSET
    rights_clause: Text | UnsetType = UNSET
    secrecy_clause: Text | UnsetType = UNSET
    place: Line | UnsetType = UNSET
    term_days: TermDays | UnsetType = UNSET
    term_unit: TermUnit | UnsetType = UNSET
    total_minor: AmountMinor | UnsetType = UNSET
    technical_minor: AmountMinor | UnsetType = UNSET
    exemption_rule: RuleId | UnsetType | None = UNSET
    lines: Lines | UnsetType = UNSET
    attendees: Attendees | UnsetType = UNSET
    milestones: Milestones | UnsetType = UNSET
    instalments: Instalments | UnsetType = UNSET


PER_PIECE: Final[dict[str, LineUnit]] = {
    "per_item": "item",
    "per_day": "day",
    "per_year": "year",
}


def ordered_terms(offered: Version, order: Order) -> Terms:
    """What a contract says at its birth; the unit drafts the rest.

    Raises QuantityUnclear, AmountTooLarge.
    """
    lines = _ordered_lines(offered, order)
    statutory_class, sub_class = CLASSES_OF[offered.kind][0]
    if offered.price_model == "per_year":
        statutory_class = "licence" if offered.kind == "transfer" else statutory_class
    total = _sum(lines)
    return Terms(
        statutory_class=statutory_class,
        sub_class=sub_class,
        subject=offered.title_zh,
        scope=offered.description,
        term_days=max(1, offered.lead_time_days),
        total_minor=total,
        technical_minor=total,
        lines=lines,
        attendees=list(order.attendees),
        milestones=[],
        instalments=[],
    )


def _ordered_lines(offered: Version, order: Order) -> list[LineTerms]:
    """The price model tells how a quantity is given; a quote is priced by the unit later."""
    price = offered.price_minor or 0
    if order.attendees and offered.kind != "training":
        raise model.QuantityUnclear(
            zh_how="不是培训，不填参训人员",
            en_how="nobody is trained: give no attendees",
            pointer="/attendees",
        )
    if offered.price_model == "per_person":
        if not order.attendees or order.lines:
            raise model.QuantityUnclear(
                zh_how="按人计价，须列明参训人员姓名，不填数量明细",
                en_how="the price is per person: name the attendees and give no lines",
                pointer="/attendees",
            )
        return [_line(offered.title_zh, "person", len(order.attendees), price)]
    if offered.price_model in PER_PIECE:
        unit = PER_PIECE[offered.price_model]
        if not order.lines:
            raise model.QuantityUnclear(
                zh_how="按数量计价，须填写数量明细",
                en_how="the price is per piece, day or year: give the lines",
                pointer="/lines",
            )
        return [_line(line.description, unit, line.quantity, price) for line in order.lines]
    if order.lines:
        raise model.QuantityUnclear(
            zh_how="按整体计价，不填数量明细",
            en_how="the price is for the whole: give no lines",
            pointer="/lines",
        )
    return [_line(offered.title_zh, "lot", 1, price)]


def _line(description: str, unit: LineUnit, quantity: int, price_minor: int) -> LineTerms:
    line = LineTerms(
        description=description, unit=unit, quantity=quantity, unit_price_minor=price_minor
    )
    if line.amount_minor > MOST:
        raise model.AmountTooLarge(found=line.amount_minor, pointer="/lines")
    return line


def terms_of(contract: FullContract) -> Terms:
    """The terms as they stand; instalments name their milestones by position again."""
    position_of = {milestone.id: milestone.position for milestone in contract.milestones}
    kept = {
        name: getattr(contract, name)
        for name in Terms.__struct_fields__
        if hasattr(contract, name) and name not in {"lines", "milestones", "instalments"}
    }
    return Terms(
        **kept,
        exemption_rule=contract.vat_rule_id if contract.exempt else None,
        lines=[
            LineTerms(
                description=line.description,
                unit=line.unit,
                quantity=line.quantity,
                unit_price_minor=line.unit_price_minor,
            )
            for line in contract.lines
        ],
        milestones=[
            MilestoneTerms(
                title=milestone.title,
                deliverable=milestone.deliverable,
                acceptance_criteria=milestone.acceptance_criteria,
                price_minor=milestone.price_minor,
                due_on=milestone.due_on if milestone.due_days is None else None,
                due_days=milestone.due_days,
                due_unit=milestone.due_unit,
            )
            for milestone in contract.milestones
        ],
        instalments=[
            InstalmentTerms(
                amount_minor=instalment.amount_minor,
                trigger=instalment.trigger,
                due_on=instalment.due_on,
                due_days=instalment.due_days,
                milestone=position_of[instalment.milestone_id] if instalment.milestone_id else None,
            )
            for instalment in contract.instalments
        ],
    )


def edited(contract: FullContract, edit: TermsEdit) -> Terms:
    """The terms after the edit, checked. Raises what ``check`` raises."""
    given = {
        name: value
        for name in TermsEdit.__struct_fields__
        if (value := getattr(edit, name)) is not UNSET
    }
    if "total_minor" in given:
        given.setdefault("technical_minor", given["total_minor"])
    terms = msgspec.structs.replace(terms_of(contract), **given)
    terms = msgspec.structs.replace(
        terms, instalments=[instalment.with_due_days() for instalment in terms.instalments]
    )
    check(contract, terms)
    return terms


def same_figures(before: Terms, after: Terms) -> bool:
    """Whether nothing that was won was touched: total, milestones' prices and days, instalments."""

    def figures(terms: Terms) -> tuple[object, ...]:
        return (
            terms.total_minor,
            [
                (each.price_minor, each.due_on, each.due_days, each.due_unit)
                for each in terms.milestones
            ],
            [
                (each.amount_minor, each.trigger, each.due_on, each.due_days, each.milestone)
                for each in terms.instalments
            ],
        )

    return figures(before) == figures(after)


def check(contract: Contract, terms: Terms) -> None:
    """What a draft may never say, even half-finished; lists still empty are not judged.

    Raises WrongClass, FreeHasNoPrice, WrongSum, TechnicalAboveTotal, AttendeesDoNotMatch,
    MilestoneUnclear, InstalmentUnclear.
    """
    _check_class(contract, terms)
    if contract.free and (terms.total_minor or terms.instalments):
        raise model.FreeHasNoPrice(pointer="/total_minor")
    check_sums(contract.currency, terms)
    if terms.technical_minor > terms.total_minor:
        raise model.TechnicalAboveTotal(
            found=amounts.printed(terms.technical_minor, contract.currency),
            expected=amounts.printed(terms.total_minor, contract.currency),
            pointer="/technical_minor",
        )
    _check_attendees(contract, terms)
    for position, milestone in enumerate(terms.milestones, 1):
        require(
            milestone.is_clear,
            planned.MilestoneUnclear(position=position, pointer=f"/milestones/{position - 1}"),
        )
    for position, instalment in enumerate(terms.instalments, 1):
        require(
            instalment.is_clear(len(terms.milestones)),
            model.InstalmentUnclear(position=position, pointer=f"/instalments/{position - 1}"),
        )


def _check_attendees(contract: Contract, terms: Terms) -> None:
    """A course sold as a whole names as many people as it likes."""
    places = sum(line.quantity for line in terms.lines if line.unit == "person")
    if len(terms.attendees) != places and (places or contract.kind != "training"):
        raise model.AttendeesDoNotMatch(
            found=len(terms.attendees), expected=places, pointer="/attendees"
        )


def _check_class(contract: Contract, terms: Terms) -> None:
    allowed = list(CLASSES_OF[contract.kind])
    if contract.capacity == "agent":
        allowed.append(("service", "intermediary"))
    if (terms.statutory_class, terms.sub_class) not in allowed:
        raise model.WrongClass(
            kind=words.service(contract.kind),
            found=words.contract_class(terms.statutory_class, terms.sub_class),
            expected=listed(words.contract_class(*choice) for choice in allowed),
            pointer="/statutory_class",
        )


def check_sums(currency: str, terms: Terms) -> None:
    """Each list that is there sums to the total, to the fen. Raises WrongSum."""
    for name, zh, en, parts in (
        ("lines", "数量明细", "lines", [line.amount_minor for line in terms.lines]),
        ("milestones", "里程碑", "milestones", [m.price_minor for m in terms.milestones]),
        ("instalments", "分期款", "instalments", [i.amount_minor for i in terms.instalments]),
    ):
        if parts and sum(parts) != terms.total_minor:
            raise model.WrongSum(
                zh_what=zh,
                en_what=en,
                found=amounts.printed(sum(parts), currency),
                expected=amounts.printed(terms.total_minor, currency),
                pointer=f"/{name}",
            )


def _sum(lines: Iterable[LineTerms]) -> int:
    total = sum(line.amount_minor for line in lines)
    if total > MOST:
        raise model.AmountTooLarge(found=total, pointer="/lines")
    return total
