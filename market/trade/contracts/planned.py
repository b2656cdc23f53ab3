"""What a draft plans: what is performed and what is paid, each due in one way and one only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final, Self, TypeAlias

import msgspec
from msgspec import Meta

from market.base.access import require
from market.base.errors import Conflict, Invalid
from market.base.fields import (
    MANY_LINES,
    AmountMinor,
    Day,
    Days,
    Input,
    Line,
    Position,
    PositiveMinor,
)
from market.base.working_days import Calendar
from market.trade.contracts.model import TermUnit, Trigger

Clause: TypeAlias = Annotated[str, Meta(min_length=1, max_length=1_000, pattern=MANY_LINES)]

DUE_DAYS: Final = 15


class MilestoneTerms(Input, frozen=True):
    """What is performed, and by what it is judged: by ``due_on``, or within ``due_days``.

    Days are counted in ``due_unit`` from the day on which the contract comes in force.
    """

    title: Line
    deliverable: Clause
    acceptance_criteria: Clause
    price_minor: AmountMinor
    due_on: Day | None = None
    due_days: Days | None = None
    due_unit: TermUnit | None = None

    @property
    def is_clear(self) -> bool:
        return (self.due_on is None) == (self.due_days is not None) == (self.due_unit is not None)

    def day(self, calendar: Calendar, signed_on: date) -> date:
        """When it is due in a contract that both sign on that day."""
        if self.due_days is not None and self.due_unit is not None:
            return calendar.due(signed_on, self.due_days, self.due_unit).day
        assert self.due_on is not None, "a clear milestone is due in one way"
        return self.due_on


class InstalmentTerms(Input, frozen=True):
    """What is paid: on ``due_on``, or ``due_days`` after the signing or an acceptance.

    ``milestone``: the position of the milestone whose acceptance it waits for.
    """

    amount_minor: PositiveMinor
    trigger: Trigger
    due_on: Day | None = None
    due_days: Days | None = None
    milestone: Position | None = None

    def with_due_days(self) -> Self:
        if self.trigger == "date" or self.due_days is not None:
            return self
        return msgspec.structs.replace(self, due_days=DUE_DAYS)

    def is_clear(self, milestones: int) -> bool:
        """Of a contract with so many milestones."""
        if self.trigger == "date":
            return (self.due_on is not None, self.due_days, self.milestone) == (True, None, None)
        if self.due_on is not None:
            return False
        if self.trigger == "signing":
            return self.milestone is None
        return self.milestone is not None and self.milestone <= milestones


class MilestoneUnclear(Invalid):
    """A milestone says when it is due: one way, and one only."""

    code = "milestone_due_unclear"
    zh = (
        "第 {position} 个里程碑的完成期限不明确：请填写日期 due_on，"
        "或者填写签署后的天数 due_days 及其单位 due_unit，二者择一。"
    )
    en = (
        "When milestone {position} is due is unclear. Give its day, due_on, or the days after "
        "signature, due_days with due_unit, and not both."
    )


class MilestonePast(Conflict):
    """Nobody performs yesterday."""

    code = "milestone_past"
    zh = "第 {position} 个里程碑“{title}”的完成日期 {due_on} 已过。请改正日期后再提交。"
    en = "Milestone {position}, '{title}', is due on {due_on}, which is past. Mend its day first."


class MilestoneBeyondTerm(Conflict):
    """The term of a contract is the time for all of it."""

    code = "milestone_beyond_term"
    zh = (
        "即使今天签署，第 {position} 个里程碑“{title}”要到 {due_on} 才完成，"
        "而履行期限在 {term} 届满。请延长履行期限，或改正该里程碑的期限。"
    )
    en = (
        "Signed today, milestone {position}, '{title}', would be due on {due_on}, after the "
        "contract's term ends on {term}. Lengthen the term or mend the milestone."
    )


def require_within_term(
    milestones: Sequence[MilestoneTerms], calendar: Calendar, today: date, term: date
) -> None:
    """No milestone is past, or due after the term that a signature of today would begin.

    Raises MilestonePast, MilestoneBeyondTerm.
    """
    for position, milestone in enumerate(milestones, 1):
        due_on = milestone.day(calendar, today)
        told = {"position": position, "title": milestone.title, "due_on": due_on}
        where = f"/milestones/{position - 1}"
        require(due_on >= today, MilestonePast(**told, pointer=where))
        require(due_on <= term, MilestoneBeyondTerm(**told, term=term, pointer=where))
