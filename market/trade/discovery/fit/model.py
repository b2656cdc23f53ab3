"""What a fit is made of, how it is scored, and how it explains itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from market.base.explanations import Explanation, Step, source_of
from market.base.policies import Policy
from market.trade.catalogue.cards import Listed
from market.trade.catalogue.terms import NOT_IN_YUAN
from market.trade.enterprise_requests.cards import ListedRequest

MOST_SHOWN_WORDS: Final = 20


class Candidate(msgspec.Struct, frozen=True):
    """A pair of a request and what is offered, as the database compares them.

    ``item`` is the card that is shown. ``asked``: how many words the request's title has,
    ``shared`` those of them that the offer has, too. ``price_key``: the lowest price offered, fen.
    """

    id: UUID
    item: bytes
    published_at: datetime
    same_kind: bool
    same_field: bool
    same_industry: bool
    asked: int
    shared: list[str]
    request_region: str
    regions: list[str]
    levels: list[str]
    running: int
    members: int
    price_key: int | None
    budget_to_minor: int
    in_yuan: bool


class Rules(msgspec.Struct, frozen=True):
    """The policies in force: how parts are graded and weighed, and the levels in their order."""

    fit: Policy
    levels: Policy


class FittingRequest(msgspec.Struct, frozen=True):
    """An open request with its score for a unit."""

    score: int
    request: ListedRequest
    explanation: Explanation


class FittingOffering(msgspec.Struct, frozen=True):
    """A published offering with its score for a request."""

    score: int
    offering: Listed
    explanation: Explanation


class Scored(msgspec.Struct, frozen=True):
    """A candidate with its parts; ``weighted`` is the score before it is rounded down."""

    candidate: Candidate
    weighted: int
    score: int
    steps: list[Step]

    @property
    def order(self) -> tuple[int, datetime, UUID]:
        """The best, then the newest, is greatest."""
        return self.weighted, self.candidate.published_at, self.candidate.id

    def explained(self, rules: Rules, **inputs: UUID) -> Explanation:
        return Explanation(
            inputs=dict(inputs),
            steps=self.steps,
            result={"score": self.score},
            sources=[source_of(rules.fit), source_of(rules.levels)],
        )


def scored(found: Candidate, rules: Rules) -> Scored:
    steps = [
        _field(found, rules.fit.body),
        _words(found),
        _region(found, rules.fit.body),
        _level(found, rules.levels.body),
        _load(found, rules.fit.body),
        _price(found, rules.fit.body),
    ]
    weights: dict[str, int] = rules.fit.body["weights"]
    for step in steps:
        step.values["weight"] = weights[step.rule_id.removeprefix("fit.")]
    weighted = sum(step.values["weight"] * step.values["part"] for step in steps)
    return Scored(found, weighted, weighted // sum(weights.values()), steps)


def _field(found: Candidate, body: dict[str, Any]) -> Step:
    grades = body["field"]
    part = 0
    if found.same_field:
        part = grades["field_and_kind" if found.same_kind else "field"]
    elif found.same_industry:
        part = grades["industry"]
    return Step(
        "fit.field",
        "技术领域相同且服务类别相同为满分，仅领域相同或仅行业相同依次递减。",
        "The same technical field and kind count in full, the field or the industry alone less.",
        {
            "same_field": found.same_field,
            "same_kind": found.same_kind,
            "same_industry": found.same_industry,
            "part": part,
        },
    )


def _words(found: Candidate) -> Step:
    return Step(
        "fit.words",
        "需求标题中的词语有多少也见于服务项目，按百分比取整。",
        "How many of the words in the request's title the offer has, too, in whole percent.",
        {
            "asked": found.asked,
            "shared": len(found.shared),
            "words": sorted(found.shared)[:MOST_SHOWN_WORDS],
            "part": 100 * len(found.shared) // max(found.asked, 1),
        },
    )


def _region(found: Candidate, body: dict[str, Any]) -> Step:
    grades = body["region"]
    near = max((_common(found.request_region, each) for each in found.regions), default=0)
    grade = {6: "same", 4: "city", 2: "province"}.get(near)
    return Step(
        "fit.region",
        "同一区县为满分，同市、同省依次递减。",
        "The same district counts in full, the same city and province less.",
        {"region": found.request_region, "near": grade, "part": grades[grade] if grade else 0},
    )


def _common(one: str, other: str) -> int:
    """How many digits of two region codes agree, by province, city, district."""
    return next((size for size in (6, 4, 2) if one[:size] == other[:size]), 0)


def _level(found: Candidate, body: dict[str, Any]) -> Step:
    codes = [level["code"] for level in body["levels"]]
    known = [codes.index(level) + 1 for level in found.levels if level in codes]
    highest = max(known, default=0)
    return Step(
        "fit.level",
        "承担者的最高技能等级在全部等级中的位次，按百分比取整。",
        "How high the best skill level of those who do the work stands, in whole percent.",
        {
            "level": codes[highest - 1] if highest else None,
            "part": 100 * highest // max(len(codes), 1),
        },
    )


def _load(found: Candidate, body: dict[str, Any]) -> Step:
    room = max(found.members, 1) * body["contracts_a_member"]
    return Step(
        "fit.load",
        "履行中的合同越少、会员越多，得分越高。",
        "The fewer contracts in force to a member, the more.",
        {"part": max(0, 100 - 100 * found.running // max(room, 1))},
    )


def _price(found: Candidate, body: dict[str, Any]) -> Step:
    price = found.price_key
    if price is None or price >= NOT_IN_YUAN or not found.in_yuan:
        price, part = None, body["unpriced"]
    elif price <= found.budget_to_minor:
        part = 100
    else:
        above = price - found.budget_to_minor
        part = max(0, 100 - 100 * above // max(found.budget_to_minor, 1))
    return Step(
        "fit.price",
        "价格不超过预算为满分，超出按比例递减；没有人民币价格的取固定分。",
        "A price within the budget counts in full, one above less; without one it is a fixed part.",
        {"price_minor": price, "budget_to_minor": found.budget_to_minor, "part": part},
    )
