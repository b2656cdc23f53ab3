"""The rule itself, for every room that has makers and approvers, and the list of what waits."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec

from market.base.access import Actor, require
from market.base.errors import Forbidden


class MakerCannotApprove(Forbidden):
    """Four eyes: the maker never approves."""

    code = "maker_cannot_approve"
    zh = "提出人不能审批自己提出的事项。请由另一位有权的同事或上级单位审批。"
    en = "Whoever proposed this cannot approve it. A colleague or the parent unit approves."


class BeneficiaryCannotApprove(Forbidden):
    """Nobody approves what he gains by."""

    code = "beneficiary_cannot_approve"
    zh = "不能审批与本人有利害关系的事项。请由另一位有权的同事或上级单位审批。"
    en = "You gain by this, so you cannot approve it. A colleague or the parent unit approves."


class NotThroughAKey(Forbidden):
    """A key does everyday work; who may do what is decided by people who are present."""

    code = "not_through_a_key"
    zh = "此事不能用接口密钥办理。请本人登录后办理。"
    en = "This cannot be done with an API key. Sign in and do it yourself."


class Waiting(msgspec.Struct, frozen=True):
    """What waits for an approval: a role grant, a signing authority, a renaming or a policy."""

    id: UUID
    subject: str
    organisation_id: UUID | None
    proposed_by: UUID
    created_at: datetime


def require_four_eyes(actor: Actor, *, maker: UUID, beneficiaries: Collection[UUID] = ()) -> None:
    """Refuse an approval by the maker or by somebody who gains by it."""
    require(actor.person_id != maker, MakerCannotApprove)
    require(actor.person_id not in beneficiaries, BeneficiaryCannotApprove)


def require_presence(actor: Actor) -> None:
    """Refuse an API key where the person must act himself."""
    require(not actor.through_key, NotThroughAKey)
