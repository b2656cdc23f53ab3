"""Asking for a link, using it, changing the password."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from market.base.access import SYSTEM_ID
from market.base.errors import Forbidden
from market.base.fields import Email, Input
from market.identity.invitations.model import Token
from market.identity.letters import Letter
from market.identity.passwords.model import Password
from market.identity.people.model import Person, PersonState

MINUTES_VALID: Final = 60
REQUESTS_PER_ADDRESS: Final = 20
REQUESTS_PER_ACCOUNT: Final = 5


class Forgotten(Input, frozen=True, kw_only=True):
    """Whose password was forgotten."""

    email: Email


class NewPassword(Input, frozen=True, kw_only=True):
    """The token from the mail, and what the password shall be."""

    token: Token
    password: Password


class PasswordChange(Input, frozen=True, kw_only=True):
    """The password until now, and what it shall be."""

    current: Password
    password: Password


class Reset(msgspec.Struct, frozen=True):
    """A link that was sent; the token itself is not kept."""

    id: UUID
    person_id: UUID
    expires_at: datetime
    used_at: datetime | None


class NobodyThere(Exception):
    """The address that was named is nobody's."""


class CurrentPasswordWrong(Forbidden):
    """An open screen is not enough to take an account over."""

    code = "current_password_wrong"
    zh = "当前密码不正确。请核对后重试，或用“忘记密码”重设。"
    en = "The current password is wrong. Try again, or have the password reset by e-mail."


FORGOTTEN: Final = Letter(
    subject_zh="重设您的平台密码",
    body_zh="{name}：\n\n有人（应是您本人）申请重设密码。请在 {minutes} 分钟内打开以下链接：\n\n"
    "{link}\n\n"
    "如非本人申请，忽略本邮件即可，密码不会改变。",
    subject_en="Reset your password",
    body_en="{name},\n\nsomebody, probably you, asked for a new password. Open this link within "
    "{minutes} minutes:\n\n{link}\n\nIf it was not you, ignore this mail: nothing changes.",
)
CHANGED: Final = Letter(
    subject_zh="您的平台密码已更改",
    body_zh="{name}：\n\n您的密码刚刚更改，其他设备上的登录均已退出；您签发的接口密钥仍然有效，"
    "可在“接口密钥”中吊销。\n"
    "如非本人操作，请立即用“忘记密码”重设，并联系管理员。",
    subject_en="Your password was changed",
    body_en="{name},\n\nyour password was changed just now, and all other devices were signed out. "
    "Your API keys still work; revoke them under 'API keys' if you doubt them.\nIf it was not you, "
    "reset the password at once and tell an administrator.",
)


def stand_in(forgotten: Forgotten) -> Person:
    """In the place of a person who is not there: the same work is done for him."""
    return Person(
        id=SYSTEM_ID,
        name="无此人 Nobody",
        email=forgotten.email,
        phone=None,
        language="zh-CN",
        state=PersonState.ACTIVE,
        version=1,
        created_at=datetime.min,  # noqa: DTZ901  # never shown
    )
