"""A device, its moves, what its person is shown, and the letters about it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base.access import Role
from market.base.errors import Conflict, Forbidden
from market.base.fields import Input
from market.base.moves import Moves
from market.identity.letters import Letter
from market.identity.passwords.model import Password

TRIES: Final = 5

# Six digits of the device, or one of the codes on paper.
ShownCode: TypeAlias = Annotated[
    str,
    Meta(pattern=r"^([0-9]{6}|[A-HJ-NP-Za-hj-np-z2-9]{4}(-[A-HJ-NP-Za-hj-np-z2-9]{4}){3})(?!\s)$"),
]


class FactorState(StrEnum):
    PENDING = "pending"
    ENABLED = "enabled"
    DISCARDED = "discarded"
    REMOVED = "removed"


MOVES: Final = Moves(
    "second_factor",
    {
        ("confirm", FactorState.PENDING): FactorState.ENABLED,
        ("discard", FactorState.PENDING): FactorState.DISCARDED,
        ("remove", FactorState.ENABLED): FactorState.REMOVED,
        ("reset", FactorState.ENABLED): FactorState.REMOVED,
    },
    births={"begin": FactorState.PENDING},
)


class Factor(msgspec.Struct, frozen=True):
    """A person's device; ``last_step``: the 30 seconds whose code was accepted last."""

    id: UUID
    person_id: UUID
    state: FactorState
    last_step: int
    enabled_at: datetime | None
    version: int
    created_at: datetime


class FactorShown(msgspec.Struct, frozen=True):
    """One's own second factor.

    ``state`` null: there is none. ``required_roles``: one's roles, anywhere, that ask for one;
    ``required_from``: the first day on which one of them is not there without it.
    """

    state: FactorState | None
    enabled_at: datetime | None
    recovery_codes_left: int
    required_roles: list[Role]
    required_from: date | None


class SetUp(msgspec.Struct, frozen=True):
    """For the authenticator, told this once: the secret by hand, or the picture of the URI."""

    secret: str
    uri: str
    qr_svg: str


class Enabled(msgspec.Struct, frozen=True):
    """For a safe place, told this once: each stands in for the device one time."""

    recovery_codes: list[str]


class SetUpInput(Input, frozen=True, kw_only=True):
    """The password once more: an open screen is not enough."""

    password: Password


class CodeInput(Input, frozen=True, kw_only=True):
    """What the device shows now, or a recovery code."""

    code: ShownCode


class WrongCode(Forbidden):
    """Not the device's, not of now, or used before."""

    code = "wrong_code"
    zh = "动态口令或恢复码不正确，或已使用过。请等待设备显示下一个口令后重试。"
    en = "The code is wrong or was used before. Wait until the device shows the next one."


class AlreadyEnabled(Conflict):
    """One device at a time."""

    code = "second_factor_enabled"
    zh = "您已启用第二因素。更换设备请先停用，再重新登记。"
    en = "A second factor is enabled already. To change the device, remove it, then set up anew."


class NothingToConfirm(Conflict):
    """A device is set up before it is confirmed."""

    code = "second_factor_not_begun"
    zh = "没有待确认的设备。请先用 POST /v1/people/me/second-factor 登记。"
    en = "No device waits to be confirmed. Begin with POST /v1/people/me/second-factor."


class NoFactor(Conflict):
    """Nothing to show, nothing to remove."""

    code = "second_factor_missing"
    zh = "您没有启用第二因素。请先登记设备并确认。"
    en = "You have no second factor. Set up a device and confirm it first."


ENABLED: Final = Letter(
    subject_zh="您已启用第二因素",
    body_zh="{name}：\n\n您的动态口令刚刚启用。此后登录须出示设备上的口令；"
    "其他设备上的登录须重新验证。\n如非本人操作，请立即重设密码，并联系管理员。",
    subject_en="A second factor was enabled",
    body_en="{name},\n\none-time codes were enabled for you just now. Signing in asks for "
    "them from now on, on all devices.\nIf it was not you, reset the password at once and tell an "
    "administrator.",
)
REMOVED: Final = Letter(
    subject_zh="您的第二因素已停用",
    body_zh="{name}：\n\n您的动态口令刚刚停用。须经第二因素验证的角色在重新登记前不生效。\n"
    "如非本人操作，请立即重设密码，并联系管理员。",
    subject_en="Your second factor was removed",
    body_en="{name},\n\nyour one-time codes were removed just now. Roles that ask "
    "for a second factor do not count until you set one up again.\nIf it was not you, reset the "
    "password at once and tell an administrator.",
)
RECOVERED: Final = Letter(
    subject_zh="您使用了一个恢复码",
    body_zh="{name}：\n\n刚刚有人（应是您本人）用恢复码代替动态口令，还剩 {left} 个。\n"
    "如设备已丢失，请停用后重新登记。如非本人操作，请立即重设密码，并联系管理员。",
    subject_en="A recovery code was used",
    body_en="{name},\n\nsomebody, probably you, used a recovery code in the place of the device; "
    "{left} are left.\nIf the device is lost, remove it and set up another. If it was not you, "
    "reset the password at once and tell an administrator.",
)
