"""An invitation, its acceptance, its letter."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base.access import Role
from market.base.errors import Conflict, Invalid, Language
from market.base.fields import Day, Email, Input
from market.base.moves import Moves
from market.base.words import PRODUCT
from market.identity.letters import Letter
from market.identity.passwords.model import Password
from market.identity.people.model import Consents, Name

DAYS_VALID: Final = 7
INVITING_ROLES: Final = (Role.MANAGER, Role.LEADER, Role.ADMINISTRATOR)

RoleList: TypeAlias = Annotated[list[Role], Meta(min_length=1, max_length=12)]
Token: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}(?!\s)$")]


class InvitationState(StrEnum):
    SENT = "sent"
    ACCEPTED = "accepted"
    REVOKED = "revoked"


MOVES: Final = Moves(
    "invitation",
    {
        ("accept", InvitationState.SENT): InvitationState.ACCEPTED,
        ("revoke", InvitationState.SENT): InvitationState.REVOKED,
    },
    births={"send": InvitationState.SENT},
)


class Invitation(msgspec.Struct, frozen=True):
    """A promise of roles to whoever holds the link; ``email`` goes when the person is erased."""

    id: UUID
    organisation_id: UUID
    name: str
    email: str | None
    language: Language
    roles: list[Role]
    to_on: date | None
    expires_at: datetime
    invited_by: UUID
    person_id: UUID | None
    state: InvitationState
    version: int
    created_at: datetime


class NewInvitation(Input, frozen=True, kw_only=True):
    """Whom to invite; ``to_on`` is the last day of the promised roles."""

    organisation_id: UUID
    name: Name
    email: Email
    language: Language = "zh-CN"
    roles: RoleList
    to_on: Day | None = None


class LinkHeld(Input, frozen=True, kw_only=True):
    """The token of a link."""

    token: Token


class Offer(msgspec.Struct, frozen=True):
    """What a link offers to its holder; ``password_needed``: he has none yet."""

    organisation_zh: str
    organisation_en: str | None
    name: str
    email: str
    roles: list[Role]
    expires_at: datetime
    password_needed: bool


class Acceptance(Input, frozen=True, kw_only=True):
    """What an invited person sends: the link's token, a password if he has none, his consent."""

    token: Token
    consents: Consents
    name: Name | None = None
    password: Password | None = None


class LinkUnusable(Conflict):
    """One answer for links that never were, were used, revoked, or have expired."""

    code = "link_unusable"
    zh = "链接无效、已使用或已过期。请索取新的邀请或重新申请。"
    en = "This link is unknown, used or expired. Ask for a new one."


class PasswordMissing(Invalid):
    """A person who is new here chooses a password."""

    code = "password_missing"
    zh = "首次加入须设置密码。请填写密码后重新提交。"
    en = "You are new here: choose a password and send it along."


class PasswordNotAsked(Invalid):
    """An invitation changes nobody's password."""

    code = "password_not_asked"
    zh = "您已有密码，接受邀请不会更改。请去掉密码后重新提交，并用原密码登录。"
    en = "You have a password already, which stays. Leave the password out, then sign in with it."


INVITED: Final = Letter(
    subject_zh=f"{{organisation}} 邀请您加入{PRODUCT.zh}",
    body_zh="{name}：\n\n{organisation} 邀请您加入平台，角色：{roles}。\n请在 {days} 天内打开"
    "以下链接，设置密码并同意服务条款和个人信息保护规则（全文可向邀请方索取）：\n\n{link}\n\n如您不认识邀请方，忽略本邮件即可。",
    subject_en=f"{{organisation}} invites you to the {PRODUCT.en}",
    body_en="{name},\n\n{organisation} invites you to the marketplace as: {roles}.\nOpen this link "
    "within {days} days, choose a password and agree to the terms and the privacy notice; ask the "
    "sender for their texts:\n\n{link}\n\n"
    "If you do not know the sender, ignore this mail.",
)
