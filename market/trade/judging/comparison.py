"""The comparison sheet: every opened proposal reduced to the same units, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from market.base import amounts, clock, db, working_days
from market.base.access import Actor
from market.base.db import Connection
from market.base.tables import Cell, Money, Sheet
from market.base.working_days import Calendar
from market.trade.judging import operations, queries
from market.trade.judging.model import OpenedProposal, Result
from market.trade.proposals.terms import MilestoneTerms


class ComparedDeliverable(msgspec.Struct, frozen=True):
    """What is delivered for which part of the price, ``due_days`` after the signing.

    The shares of a proposal sum to a million, by largest remainder.
    """

    position: int
    title: str
    deliverable: str
    price_minor: int
    share_ppm: int
    due_days: int
    due_unit: str


class Compared(msgspec.Struct, frozen=True):
    """One proposal; prices a unit and a deliverable are to the fen, halves up.

    ``longest_due_days``: of the deliverable that would be due last if all were signed today; forty
    calendar days are over before 35 working days.
    """

    proposal_id: UUID
    unit_id: UUID
    unit_name_zh: str
    unit_name_en: str | None
    state: str
    number: int
    currency: str
    price_minor: int
    above_lowest_minor: int
    quantity: int
    quantity_unit: str
    price_per_unit_minor: int
    price_per_deliverable_minor: int
    longest_due_days: int
    longest_due_unit: str
    paid_on_signing_minor: int
    people: int
    levels: list[str]
    certificates: int
    deliverables: list[ComparedDeliverable]
    result: Result | None


class Comparison(msgspec.Struct, frozen=True):
    """The cheapest first."""

    request_id: UUID
    proposals: list[Compared]


async def compare(conn: Connection, actor: Actor, request_id: UUID) -> Comparison:
    """For the buyer and the declared judges, of what the deadline opened. Raises NotFound."""
    async with db.look(conn, actor):
        full = await operations.read_evaluation(conn, actor, request_id)
        opened = await queries.opened_proposals(conn, request_id)
        results = {result.proposal_id: result for result in full.results}
        lowest = min((one.price_minor for one in opened), default=0)
        today = await clock.today(conn)
        calendar = await working_days.calendar(conn, on=today)
        rows = [
            _compared(one, lowest, results.get(one.proposal_id), _due_last(one, calendar, today))
            for one in opened
        ]
        rows.sort(key=lambda one: (one.price_minor, one.proposal_id))
        return Comparison(request_id, rows)


def _due_last(one: OpenedProposal, calendar: Calendar, today: date) -> MilestoneTerms:
    return max(
        one.milestones, key=lambda each: calendar.due(today, each.due_days, each.due_unit).day
    )


def _compared(
    one: OpenedProposal, lowest_minor: int, result: Result | None, last: MilestoneTerms
) -> Compared:
    certificates = [each for member in one.members for each in member.qualifications]
    prices = [each.price_minor for each in one.milestones]
    shares = amounts.split(amounts.MILLION, prices) if one.price_minor else [0] * len(prices)
    return Compared(
        proposal_id=one.proposal_id,
        unit_id=one.unit_id,
        unit_name_zh=one.unit_name_zh,
        unit_name_en=one.unit_name_en,
        state=one.state,
        number=one.number,
        currency=one.currency,
        price_minor=one.price_minor,
        above_lowest_minor=one.price_minor - lowest_minor,
        quantity=one.quantity,
        quantity_unit=one.quantity_unit,
        price_per_unit_minor=amounts.half_up(one.price_minor, one.quantity),
        price_per_deliverable_minor=amounts.half_up(one.price_minor, len(one.milestones)),
        longest_due_days=last.due_days,
        longest_due_unit=last.due_unit,
        paid_on_signing_minor=sum(
            each.amount_minor for each in one.instalments if each.trigger == "signing"
        ),
        people=len(one.members),
        levels=sorted({each.level for each in certificates if each.level is not None}),
        certificates=len(certificates),
        deliverables=[
            ComparedDeliverable(
                position=position,
                title=each.title,
                deliverable=each.deliverable,
                price_minor=each.price_minor,
                share_ppm=share,
                due_days=each.due_days,
                due_unit=each.due_unit,
            )
            for position, (each, share) in enumerate(zip(one.milestones, shares, strict=True), 1)
        ],
        result=result,
    )


HEAD: Final = (
    "报价单位 Bidder",
    "修订 Revision",
    "总价 Price",
    "高于最低 Above the lowest",
    "数量 Quantity",
    "单价 Price a unit",
    "每项成果均价 Price a deliverable",
    "最长期限 Longest term",
    "签约付款 Paid on signing",
    "人数 People",
    "证书 Certificates",
    "技能等级 Levels",
    "总分（百分之一分） Total (hundredths)",
    "名次 Rank",
    "成果 Deliverable",
    "成果价款 Its price",
    "期限 Due after signing",
)

TERM_UNITS: Final = {
    "calendar_days": "日历日 calendar days",
    "working_days": "工作日 working days",
}


def sheet(comparison: Comparison) -> Sheet:
    """A row for each deliverable of each proposal; what is the proposal's stands in its first."""
    return Sheet("比较表 Comparison", HEAD, list(_rows(comparison.proposals)))


def _rows(proposals: Sequence[Compared]) -> Iterator[Sequence[Cell]]:
    for one in proposals:
        for each in one.deliverables:
            whole: list[Cell] = [None] * 13
            if each.position == 1:
                whole = [
                    one.number,
                    Money(one.price_minor, one.currency),
                    Money(one.above_lowest_minor, one.currency),
                    f"{one.quantity} {one.quantity_unit}",
                    Money(one.price_per_unit_minor, one.currency),
                    Money(one.price_per_deliverable_minor, one.currency),
                    _term(one.longest_due_days, one.longest_due_unit),
                    Money(one.paid_on_signing_minor, one.currency),
                    one.people,
                    one.certificates,
                    ", ".join(one.levels),
                    one.result.total_hundredths if one.result else None,
                    one.result.rank if one.result else None,
                ]
            yield [
                one.unit_name_zh,
                *whole,
                f"{each.position}. {each.title}",
                Money(each.price_minor, one.currency),
                _term(each.due_days, each.due_unit),
            ]


def _term(days: int, unit: str) -> str:
    return f"{days} {TERM_UNITS[unit]}"
