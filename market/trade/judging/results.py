"""What scores come to: averages, weights, ranks and spread, in whole hundredths of a point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from market.base import amounts
from market.base.explanations import Explanation, Step, source_of
from market.base.policies import Policy
from market.trade.enterprise_requests.terms import Terms
from market.trade.judging.model import CRITERIA, OpenedProposal, Result, Score

WHOLE: Final = 100_00


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
        _result(
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
    ordered = sorted(
        found,
        key=lambda one: (-one.total_hundredths, one.price_minor, one.submitted_at, one.proposal_id),
    )
    return [msgspec.structs.replace(one, rank=rank) for rank, one in enumerate(ordered, 1)]


def _result(
    request_id: UUID,
    round_number: int,
    weights: Terms,
    proposal: OpenedProposal,
    scores: Sequence[Score],
    *,
    lowest: int,
    spread_points: int,
) -> Result:
    points = {name: [getattr(score, name) for score in scores] for name in CRITERIA}
    means = {name: amounts.half_up(100 * sum(given), len(given)) for name, given in points.items()}
    price = price_hundredths(proposal.price_minor, lowest)
    total = (
        weights.price_weight * price
        + weights.plan_weight * means["plan"]
        + weights.qualification_weight * means["qualification"]
        + weights.time_weight * means["time"]
    )
    return Result(
        request_id=request_id,
        round=round_number,
        proposal_id=proposal.proposal_id,
        number=proposal.number,
        price_minor=proposal.price_minor,
        submitted_at=proposal.submitted_at,
        price_hundredths=price,
        plan_hundredths=means["plan"],
        qualification_hundredths=means["qualification"],
        time_hundredths=means["time"],
        total_hundredths=amounts.half_up(total, 100),
        rank=1,
        spread=[name for name in CRITERIA if max(points[name]) - min(points[name]) > spread_points],
        judges=len(scores),
    )


def price_hundredths(price_minor: int, lowest_minor: int) -> int:
    """100 points for the lowest price, and in proportion less for a higher one."""
    return amounts.half_up(WHOLE * lowest_minor, price_minor) if price_minor else WHOLE


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
                "总分 = 各项得分 × 权重之和 ÷ 100，四舍五入到百分之一分。",
                "Total = the sum of points × weights ÷ 100, halves up to 0.01 point.",
                _of(results, "total_hundredths"),
            ),
            Step(
                "judging.ties",
                "总分高者在前；同分者报价低者在前，再同则先递交者在前。",
                "The higher total comes first; a tie goes to the lower price, then to the earlier.",
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
