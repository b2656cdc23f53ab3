"""A version of a policy on its way to approval."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base.access import Actor, Role
from market.base.errors import Forbidden, Invalid
from market.base.fields import Day, Input, Reason
from market.base.moves import Moves
from market.identity.organisations.model import administers

PolicyName: TypeAlias = Annotated[str, Meta(max_length=80, pattern=r"^[a-z_]+(\.[a-z_]+)*(?!\s)$")]


class PolicyState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"


MOVES: Final = Moves(
    "policy",
    {
        ("approve", PolicyState.PROPOSED): PolicyState.APPROVED,
        ("reject", PolicyState.PROPOSED): PolicyState.REJECTED,
    },
    births={"propose": PolicyState.PROPOSED},
)


class PolicyVersion(msgspec.Struct, frozen=True):
    """``unit_id`` null: for everyone; ``source``: the law or resolution it comes from."""

    id: UUID
    name: str
    unit_id: UUID | None
    number: int
    effective_on: date
    body: dict[str, Any]
    source: str
    state: PolicyState
    proposed_by: UUID
    decided_by: UUID | None
    version: int
    created_at: datetime


class Proposal(Input, frozen=True, kw_only=True):
    """The next version of a policy that exists, for everyone or for one unit."""

    name: PolicyName
    unit_id: UUID | None = None
    effective_on: Day
    body: dict[str, Any]
    source: Reason


class NotYoursToPropose(Forbidden):
    """Policies for all are proposed at the top."""

    code = "not_yours_to_propose"
    zh = "通用规则由最上级单位的管理员提出，单位规则由其管理员提出。请联系管理员办理。"
    en = (
        "A policy for all is proposed at the top, a unit's in the unit. Ask an administrator there."
    )


class NotYoursToDecide(Forbidden):
    """An administrator or the leader decides, never the proposer."""

    code = "not_yours_to_decide"
    zh = "规则由提出人以外的管理员或负责人批准。请由他们登录后办理。"
    en = "Another administrator, or the unit's leader, decides on a policy. Let one of them do it."


class UnknownPolicy(Invalid):
    """Figures are computed by rules that the market knows."""

    code = "unknown_policy"
    zh = "没有名为“{found}”的规则。请从规则列表中选择。"
    en = "There is no policy named '{found}'. Choose one from the list of policies."


class AnotherShape(Invalid):
    """A version has the fields of the one before, of the same kinds."""

    code = "policy_of_another_shape"
    zh = "规则内容的字段“{field}”与现行版本不一致。请按现行版本的字段和类型填写。"
    en = "The field '{field}' differs from the version in force. Keep its fields and their kinds."


class PolicyInThePast(Invalid):
    """What was computed yesterday stays as it was computed."""

    code = "policy_in_the_past"
    zh = "生效日期须晚于今天（{today}）。请填写以后的日期。"
    en = "A policy takes effect after today ({today}). Take a later day."


def may_propose(actor: Actor, unit_id: UUID) -> bool:
    return administers(actor, unit_id)


def may_decide(actor: Actor, unit_id: UUID) -> bool:
    return administers(actor, unit_id) or actor.approves(unit_id, Role.LEADER)


def check_shape(body: dict[str, Any], present: dict[str, Any]) -> None:
    """Refuse a body whose fields are not those of the present one, kind by kind."""
    for field in sorted(body.keys() | present.keys()):
        if field not in body or field not in present or _kind(body[field]) != _kind(present[field]):
            raise AnotherShape(field=field, pointer=f"/body/{field}")


def _kind(value: object) -> str:
    """JSON's kinds; whole numbers and others are kept apart, for money is never a float."""
    return type(value).__name__
