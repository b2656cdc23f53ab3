"""A reset, its moves, its refusals, and the letters about it."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from market.base.access import Actor, Role
from market.base.errors import Conflict, Forbidden
from market.base.fields import Input, Reason
from market.base.moves import Moves
from market.identity.letters import Letter


class ResetState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"


MOVES: Final = Moves(
    "second_factor_reset",
    {
        ("approve", ResetState.PROPOSED): ResetState.APPROVED,
        ("refuse", ResetState.PROPOSED): ResetState.REFUSED,
    },
    births={"propose": ResetState.PROPOSED},
)


class SecondFactorReset(msgspec.Struct, frozen=True):
    """``organisation_id``: for which its proposer acted; ``refusal`` says why not."""

    id: UUID
    person_id: UUID
    organisation_id: UUID
    reason: str
    refusal: str | None
    state: ResetState
    proposed_by: UUID
    decided_by: UUID | None
    version: int
    created_at: datetime


class NewReset(Input, frozen=True, kw_only=True):
    """Whose device is lost, and how that was made sure of."""

    person_id: UUID
    reason: Reason


class ResetRefusal(Input, frozen=True, kw_only=True):
    """Why not; the proposer reads it."""

    reason: Reason


class NotYoursToReset(Forbidden):
    """Whoever takes a second factor away could take the roles behind it over."""

    code = "not_yours_to_reset"
    zh = (
        "重置第二因素由管理员（企业为其管理人）提出，另一位批准，且须负责此人所属的全部单位。"
        "请联系他们办理。"
    )
    en = (
        "An administrator (in an enterprise, its manager) who looks after everything that the "
        "person belongs to proposes a reset, and another one approves. Ask them."
    )


class NotYourOwn(Forbidden):
    """Nobody vouches for himself."""

    code = "not_your_own_second_factor"
    zh = "不能重置自己的第二因素。请用恢复码登录，或请两位管理员办理。"
    en = "You cannot reset your own second factor. Use a recovery code, or ask two administrators."


class NothingToReset(Conflict):
    """There is no device in use."""

    code = "nothing_to_reset"
    zh = "此人没有启用第二因素，无需重置。请其本人登录后登记设备。"
    en = "That person has no second factor to reset. Let the person sign in and set one up."


class ResetWaits(Conflict):
    """One proposal at a time."""

    code = "second_factor_reset_waits"
    zh = "此人已有一项重置待批准。请先批准或退回。"
    en = "Another reset for this person waits. Approve or refuse that one first."


PROPOSED: Final = Letter(
    subject_zh="有人提出重置您的第二因素",
    body_zh="{name}：\n\n因称设备丢失，有人提出重置您的动态口令，须由另一人批准。\n"
    "如您并未报失，请立即联系管理员，并用动态口令登录后更改密码。",
    subject_en="A reset of your second factor was proposed",
    body_en="{name},\n\nyour device was reported lost, and a reset of your one-time codes waits "
    "for a second person's approval.\nIf you lost nothing, tell an administrator at once and "
    "change your password.",
)
DONE: Final = Letter(
    subject_zh="您的第二因素已重置",
    body_zh="{name}：\n\n两位管理人员已重置您的动态口令，所有登录均已退出。\n"
    "请用密码登录，并立即登记新设备：须经第二因素验证的角色在此之前不生效。\n"
    "如您并未报失，请立即联系管理员。",
    subject_en="Your second factor was reset",
    body_en="{name},\n\ntwo people reset your one-time codes, and all your sessions "
    "were ended.\nSign in with the password and set up the new device: roles that ask for a second "
    "factor do not count before.\nIf you lost nothing, tell an administrator at once.",
)


def may_reset(actor: Actor, belongs_to: AbstractSet[UUID]) -> bool:
    """Propose or decide. ``belongs_to``: every organisation that the person is bound to."""
    looks_after = actor.is_any(Role.ADMINISTRATOR, Role.MANAGER)
    return looks_after and bool(belongs_to) and belongs_to <= set(actor.scope)
