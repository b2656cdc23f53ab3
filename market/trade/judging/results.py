"""What scores come to: averages, weights, ranks and spread.

Points are exact until they are shown in whole hundredths, each figure rounded once: a total made of
rounded averages would be another, and would part two that are equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

import msgspec

from market.base import amounts
from market.base.explanations import Explanation, Step, source_of
from market.base.policies import Policy
from market.trade.enterprise_requests.terms import Terms
from market.trade.judging.model import CRITERIA, OpenedProposal, Result, Score

WHOLE: Final = 100


def reckon(
    request_id: UUID,
    round_number: int,
    weights: Terms,
    proposals: Sequence[OpenedProposal],
    scores: Mapping[UUID, Sequence[Score]],
    *,
    spread_points: int,
) -> list[Result]:
    """The results, the best first; ``scores`` of each proposal, by the same judges for all."""
    lowest = min(proposal.price_minor for proposal in proposals)
    found = [
        _reckoned(
            request_id,
            round_number,
            weights,
            proposal,
            scores[proposal.proposal_id],
            lowest=lowest,
            spread_points=spread_points,
        )
        for proposal in proposals
    ]
    found.sort(
        key=lambda one: (-one[0], one[1].price_minor, one[1].submitted_at, one[1].proposal_id)
    )
    return [msgspec.structs.replace(one, rank=rank) for rank, (_, one) in enumerate(found, 1)]


def _reckoned(
    request_id: UUID,
    round_number: int,
    weights: Terms,
    proposal: OpenedProposal,
    scores: Sequence[Score],
    *,
    lowest: int,
    spread_points: int,
) -> tuple[Fraction, Result]:
    """The total as it is, and what is shown."""
    given = {name: [getattr(score, name) for score in scores] for name in CRITERIA}
    means = {name: Fraction(sum(points), len(points)) for name, points in given.items()}
    price = price_points(proposal.price_minor, lowest)
    total = (
        weights.price_weight * price
        + weights.plan_weight * means["plan"]
        + weights.qualification_weight * means["qualification"]
        + weights.time_weight * means["time"]
    ) / 100
    shown = Result(
        request_id=request_id,
        round=round_number,
        proposal_id=proposal.proposal_id,
        number=proposal.number,
        price_minor=proposal.price_minor,
        submitted_at=proposal.submitted_at,
        price_hundredths=hundredths(price),
        plan_hundredths=hundredths(means["plan"]),
        qualification_hundredths=hundredths(means["qualification"]),
        time_hundredths=hundredths(means["time"]),
        total_hundredths=hundredths(total),
        rank=1,
        spread=[name for name in CRITERIA if max(given[name]) - min(given[name]) > spread_points],
        judges=len(scores),
    )
    return total, shown


def price_points(price_minor: int, lowest_minor: int) -> Fraction:
    """100 points for the lowest price, and in proportion less for a higher one."""
    return Fraction(WHOLE * lowest_minor, price_minor) if price_minor else Fraction(WHOLE)


def hundredths(points: Fraction) -> int:
    """As they are shown, halves up."""
    return amounts.half_up(100 * points.numerator, points.denominator)


def explain(weights: Terms, results: Sequence[Result], policy: Policy) -> Explanation:
    """How a round came to its order."""
    return Explanation(
        inputs={
            "price_weight": weights.price_weight,
            "plan_weight": weights.plan_weight,
            "qualification_weight": weights.qualification_weight,
            "time_weight": weights.time_weight,
            "prices_minor": {str(one.proposal_id): one.price_minor for one in results},
            "judges": results[0].judges if results else 0,
        },
        steps=[
            Step(
                "judging.price",
                "价格分 = 最低报价 ÷ 该报价 × 100 分，四舍五入到百分之一分。",
                "Points for the price = lowest price ÷ this price × 100, halves up to 0.01 point.",
                _of(results, "price_hundredths"),
            ),
            *(
                Step(
                    f"judging.{name}",
                    f"{zh}分 = 各评委评分的平均值，四舍五入到百分之一分。",
                    f"Points for the {name} = the judges' average, halves up to 0.01 point.",
                    _of(results, f"{name}_hundredths"),
                )
                for name, zh in zip(CRITERIA, ("方案", "资质", "时间"), strict=True)
            ),
            Step(
                "judging.total",
                "总分 = 各项未舍入的得分 × 权重之和 ÷ 100，只在最后四舍五入到百分之一分。",
                "Total = Σ unrounded points × weights ÷ 100, halves up to 0.01 point at last.",
                _of(results, "total_hundredths"),
            ),
            Step(
                "judging.ties",
                "未舍入的总分高者在前；同分者报价低者在前，再同则先递交者在前。",
                "Higher unrounded totals come first; ties go to the lower price, then the earlier.",
                _of(results, "rank"),
            ),
            Step(
                "judging.spread",
                "同一项评分最高与最低相差超过规定分数的，予以标出。",
                "Where judges are further apart than the rule allows, the criterion is flagged.",
                {"spread_points": policy.body["spread_points"], **_of(results, "spread")},
            ),
        ],
        result={"order": [str(one.proposal_id) for one in results]},
        sources=[source_of(policy)],
    )


def _of(results: Sequence[Result], name: str) -> dict[str, Any]:
    return {str(one.proposal_id): getattr(one, name) for one in results}


def is_outdated(scored: Sequence[Result], proposals: Sequence[OpenedProposal]) -> bool:
    """Whether anything in the running binds otherwise than it was judged."""
    numbers = {one.proposal_id: one.number for one in scored}
    return any(numbers.get(one.proposal_id) != one.number for one in proposals)
