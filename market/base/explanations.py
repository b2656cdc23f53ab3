"""How a computed figure explains itself: one shape for every ``…/explain`` of the market."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from market.base.policies import Policy


class Source(msgspec.Struct, frozen=True):
    """The version of a policy that a figure was made with, and where its rule comes from."""

    policy: str
    number: int
    effective_on: date
    source: str


class Step(msgspec.Struct, frozen=True):
    """One step: the rule that was applied, what it says, and what came out."""

    rule_id: str
    zh: str
    en: str
    values: dict[str, Any]


class Explanation(msgspec.Struct, frozen=True):
    """Inputs, the steps in their order, the result, and the sources of the rules."""

    inputs: dict[str, Any]
    steps: list[Step]
    result: dict[str, Any]
    sources: list[Source]


def source_of(policy: Policy) -> Source:
    return Source(policy.name, policy.number, policy.effective_on, policy.source)
