"""Totals and ranks are exact; only what is shown is rounded, and once."""

from datetime import UTC, datetime, timedelta
from math import lcm
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from market.trade.enterprise_requests.terms import Terms
from market.trade.judging import results
from market.trade.judging.model import OpenedProposal, Result, Score

AT = datetime(2026, 3, 5, tzinfo=UTC)
NOBODY = UUID(int=0)
UNWEIGHED = {
    "title": "轧辊表面剥落",
    "problem": "查明原因并修复",
    "kind": "service",
    "quantity": 1,
    "quantity_unit": "lot",
    "budget_from_minor": 0,
    "budget_to_minor": 0,
    "currency": "CNY",
    "questions_until": AT,
    "deadline": AT,
    "secrecy": "public",
    "sealed": True,
    "technical_field": "advanced_manufacturing",
    "industry": "C34",
    "region": "510100",
    "place": None,
    "file_ids": [],
}
WEIGHED = "price_weight", "plan_weight", "qualification_weight", "time_weight"
# A proposal's price in minor units, and each judge's points for plan, qualification and time.
Points = tuple[int, int, int]
Offer = tuple[int, list[Points]]
POINTS = st.tuples(*[st.integers(0, 100)] * 3)
OFFERS = st.integers(1, 4).flatmap(
    lambda judges: st.lists(
        st.tuples(st.integers(0, 90), st.lists(POINTS, min_size=judges, max_size=judges)),
        min_size=1,
        max_size=4,
    )
)
WEIGHTS = st.lists(st.integers(0, 100), min_size=3, max_size=3).map(sorted)


def reckoned(weights: tuple[int, int, int, int], offers: list[Offer]) -> list[Result]:
    """The proposals are numbered as they came, from 0."""
    return _reckoned(weights, offers, list(range(len(offers))))


def _reckoned(
    weights: tuple[int, int, int, int],
    offers: list[Offer],
    minutes: list[int],
    spread_points: int = 100,
) -> list[Result]:
    """``minutes``: when each was submitted, whatever its number."""
    terms = msgspec.convert(UNWEIGHED | dict(zip(WEIGHED, weights, strict=True)), Terms)
    proposals, scores = [], {}
    for place, (price_minor, judges) in enumerate(offers):
        one = UUID(int=place)
        proposals.append(_opened(one, price_minor, AT + timedelta(minutes=minutes[place])))
        scores[one] = [_score(one, points) for points in judges]
    return results.reckon(NOBODY, 1, terms, proposals, scores, spread_points=spread_points)


def _opened(proposal_id: UUID, price_minor: int, at: datetime) -> OpenedProposal:
    return OpenedProposal(
        proposal_id=proposal_id,
        state="opened",
        unit_id=NOBODY,
        unit_name_zh="单位",
        unit_name_en=None,
        number=1,
        price_minor=price_minor,
        currency="CNY",
        plan="方案",
        quantity=1,
        quantity_unit="lot",
        milestones=[],
        instalments=[],
        members=[],
        valid_until=AT.date(),
        submitted_at=at,
    )


def _score(proposal_id: UUID, points: Points) -> Score:
    return Score(NOBODY, NOBODY, NOBODY, 1, proposal_id, 1, *points, "理由", AT, 1)


def in_whole_numbers(weights: tuple[int, int, int, int], offers: list[Offer]) -> list[int]:
    """Totals on one denominator, a hundredth of a point of which is ``unit(offers)``."""
    lowest = min(price for price, _ in offers)
    whole = unit(offers)
    found = []
    for price, judges in offers:
        total = weights[0] * 100 * (whole * lowest // price if price else whole)
        for weight, given_points in zip(weights[1:], zip(*judges, strict=True), strict=True):
            total += weight * sum(given_points) * whole // len(judges)
        found.append(total)
    return found


def unit(offers: list[Offer]) -> int:
    return lcm(*(price or 1 for price, _ in offers), *(len(judges) for _, judges in offers))


@given(WEIGHTS, OFFERS)
def test_the_order_and_the_totals_are_those_of_exact_reckoning(
    cuts: list[int], offers: list[Offer]
) -> None:
    first, second, third = cuts
    weights = first, second - first, third - second, 100 - third
    totals, whole = in_whole_numbers(weights, offers), unit(offers)
    best_first = sorted(range(len(offers)), key=lambda at: (-totals[at], offers[at][0], at))

    found = reckoned(weights, offers)

    assert [one.proposal_id.int for one in found] == best_first
    assert [one.rank for one in found] == list(range(1, len(offers) + 1))
    for one in found:
        off_by = totals[one.proposal_id.int] - one.total_hundredths * whole
        assert -whole <= 2 * off_by < whole


def test_a_total_is_rounded_once() -> None:
    """Its average points are 80.28169…, 80.33…, 81.33… and 84.66…; rounded first, 80.94."""
    dear = [(82, 73, 94), (75, 79, 99), (84, 92, 61)]
    found = reckoned((40, 30, 20, 10), [(57, [(0, 0, 0)] * 3), (71, dear)])
    assert found[0].total_hundredths == 80_95


def test_equal_totals_go_to_the_lower_price_however_their_parts_are_rounded() -> None:
    """Two thirds of a point for the plan and for the time weigh the same."""
    same = [(1, 0, 0), (1, 0, 0), (0, 0, 0)], [(0, 0, 1), (0, 0, 1), (0, 0, 0)]
    found = reckoned((0, 50, 0, 50), [(90, same[0]), (80, same[1])])
    assert [one.proposal_id.int for one in found] == [1, 0]


def test_equal_totals_at_equal_prices_go_to_the_earlier_whatever_its_number() -> None:
    same: Offer = (80, [(50, 50, 50)])
    found = _reckoned((40, 30, 20, 10), [same, same], [1, 0])
    assert [one.proposal_id.int for one in found] == [1, 0]


def test_judges_as_far_apart_as_may_be_are_not_flagged() -> None:
    apart: Offer = (80, [(50, 50, 50), (80, 81, 20)])
    (found,) = _reckoned((40, 30, 20, 10), [apart], [0], spread_points=30)
    assert found.spread == ["qualification"]
