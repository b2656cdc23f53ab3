"""Units, their places in the tree by dates, and the refusals of the tree."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base.errors import Conflict, Forbidden, Invalid
from market.base.fields import Day, Input, Line, Reason
from market.identity.organisations.model import ContactInput, OrganisationState, Region, Uscc

Level: TypeAlias = Annotated[int, Meta(ge=0, le=3)]
NumberPrefix: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Z]{2,6}(?!\s)$")]
ChildIds: TypeAlias = Annotated[list[UUID], Meta(min_length=1, max_length=500)]


class TaxStatusKind(StrEnum):
    """一般纳税人 or 小规模纳税人."""

    GENERAL = "general"
    SMALL_SCALE = "small_scale"


class NewUnit(Input, frozen=True, kw_only=True):
    """A unit to be founded. A legal person has a credit code, a number prefix, a tax status."""

    name_zh: Line
    name_en: Line | None = None
    region: Region
    level: Level
    parent_id: UUID
    from_on: Day | None = None
    legal_person: bool = False
    uscc: Uscc | None = None
    uscc_override_reason: Reason | None = None
    number_prefix: NumberPrefix | None = None
    tax_status: TaxStatusKind | None = None
    contact: ContactInput = ContactInput()


class NewRoot(Input, frozen=True, kw_only=True):
    """The unit above all others, founded together with the first administrator."""

    name_zh: Line
    name_en: Line | None = None
    region: Region


class NewParent(Input, frozen=True, kw_only=True):
    """Under which unit, from which day on."""

    parent_id: UUID
    from_on: Day
    reason: Reason


class Merger(Input, frozen=True, kw_only=True):
    """The unit goes on as part of ``successor_id`` from a day on; so do its children."""

    successor_id: UUID
    on_day: Day
    reason: Reason


class Split(Input, frozen=True, kw_only=True):
    """A new unit beside the old one, which takes some of its children over."""

    unit: NewUnit
    children: ChildIds
    on_day: Day
    reason: Reason


class TaxStatusInput(Input, frozen=True, kw_only=True):
    from_on: Day
    status: TaxStatusKind


class Parent(msgspec.Struct, frozen=True):
    """A place in the tree; ``to_on`` is its last day."""

    id: UUID
    unit_id: UUID
    parent_id: UUID
    from_on: date
    to_on: date | None


class TreeUnit(msgspec.Struct, frozen=True):
    """A unit in the tree as of a day; ``parent_id`` null at the top."""

    id: UUID
    parent_id: UUID | None
    name_zh: str
    name_en: str | None
    region: str
    level: int
    legal_person: bool
    state: OrganisationState
    depth: int


class Tree(msgspec.Struct, frozen=True):
    """The whole tree of a day, parents before children."""

    on_day: date
    units: list[TreeUnit]


class Succession(msgspec.Struct, frozen=True):
    """Which unit goes on with whose work, since when and why."""

    id: UUID
    unit_id: UUID
    successor_id: UUID
    kind: str
    on_day: date
    reason: str


class TaxStatus(msgspec.Struct, frozen=True):
    """A unit's VAT status from a day on."""

    id: UUID
    unit_id: UUID
    from_on: date
    status: TaxStatusKind
    created_at: datetime


class UnitHistory(msgspec.Struct, frozen=True):
    """Where a unit stood, what it came from or went into, how it was taxed; by date."""

    parents: list[Parent]
    successions: list[Succession]
    tax_statuses: list[TaxStatus]


class NotTheAdministrator(Forbidden):
    """The tree is the administrator's."""

    code = "not_the_administrator"
    zh = "组织架构由上级的管理员维护。请联系管理员办理。"
    en = "The tree of units is kept by an administrator above it. Ask the administrator."


class LegalPersonIncomplete(Invalid):
    """A legal person keeps books, so it needs all marks of one; another unit has none."""

    code = "legal_person_incomplete"
    zh = (
        "法人单位须有统一社会信用代码、编号前缀和纳税人身份，"
        "非法人单位没有编号前缀和纳税人身份。请改正后重新提交。"
    )
    en = (
        "A legal person needs a credit code, a number prefix and a tax status; "
        "another unit has neither prefix nor tax status. Mend what you sent."
    )


class ParentTooLow(Invalid):
    """A unit stands under one of a higher or an equal level."""

    code = "parent_too_low"
    zh = "上级的层级不能低于本单位。请选择层级更高的上级。"
    en = "The parent's level is below the unit's. Choose a parent of a higher level."


class CircleInTree(Conflict):
    """A unit cannot stand under itself."""

    code = "circle_in_tree"
    zh = "这样会使单位隶属于自己。请先调整下级单位的隶属关系。"
    en = "The unit would stand under itself. Move its own subordinate unit first."


class NotInThePast(Invalid):
    """The tree of past days decided who saw and approved what; it stays."""

    code = "not_in_the_past"
    zh = "生效日期不能早于今天（{today}）。请填写今天或以后的日期。"
    en = "The day must not be before today ({today}). Take today or a later day."


class NotItsChild(Invalid):
    """A split hands over the unit's own children only."""

    code = "not_its_child"
    zh = "所列单位在该日不是被分立单位的直接下级。请核对名单。"
    en = "A listed unit is no direct child of the split unit on that day. Check the list."


class UnitClosed(Conflict):
    """Nothing more happens to a unit that was merged into another."""

    code = "unit_closed"
    zh = "该单位已并入其他单位。请在承接单位办理。"
    en = "This unit was merged into another one. Do it at its successor."


class TheRootStays(Conflict):
    """The top of the tree can neither be moved nor merged away."""

    code = "the_root_stays"
    zh = "最上级单位不能调整隶属或并入其他单位。请改选下级单位。"
    en = "The unit at the top of the tree is neither moved nor merged. Choose one under it."


class RootExists(Conflict):
    """A tree has one top."""

    code = "root_exists"
    zh = "最上级单位已存在。请在其下设立单位。"
    en = "There is a unit at the top already. Found units under it."


class TaxStatusFixed(Conflict):
    """A day's tax status, once recorded, was used."""

    code = "tax_status_fixed"
    zh = "该日起的纳税人身份已登记，不能改写。请登记新的生效日期。"
    en = "A tax status from that day is on record and stays. Record one from another day."


class NoBooks(Conflict):
    """Tax status belongs to units that keep books."""

    code = "no_books"
    zh = "只有法人单位登记纳税人身份；非法人单位随其上级法人单位。请在该法人单位登记。"
    en = "Only a legal person has a tax status. Record it at the legal person above this unit."


def is_complete(unit: NewUnit) -> bool:
    """Whether the unit has all marks of a legal person, or, not being one, none of them."""
    marks = (unit.number_prefix is not None, unit.tax_status is not None)
    if unit.legal_person:
        return all(marks) and unit.uscc is not None
    return not any(marks)
