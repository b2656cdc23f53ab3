"""A session as its person sees it, the answer to a sign-in, and the limits."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from market.base.access import Role, SecondFactor, Side
from market.base.errors import Forbidden, Invalid, Unauthenticated
from market.base.fields import Email, Input
from market.identity.passwords.model import Password
from market.identity.people.model import Person

DAYS_VALID: Final = 7
WINDOW_SECONDS: Final = 900
FAILURES_PER_PLACE: Final = 10
FAILURES_PER_ADDRESS: Final = 100
FAILURES_WITHOUT_PAUSE: Final = 20
LONGEST_PAUSE_SECONDS: Final = 300


class SignIn(Input, frozen=True, kw_only=True):
    email: Email
    password: Password


class ActFor(Input, frozen=True, kw_only=True):
    """Which of his organisations the person acts for."""

    organisation_id: UUID


class Session(msgspec.Struct, frozen=True):
    """One of a person's sessions; ``address`` and ``device`` are told to nobody else."""

    id: UUID
    organisation_id: UUID | None
    address: str | None
    device: str | None
    seen_at: datetime
    expires_at: datetime
    version: int
    created_at: datetime


class OrganisationRoles(msgspec.Struct, frozen=True):
    """An organisation that the person can act for, and as what, today."""

    organisation_id: UUID
    kind: Side
    name_zh: str
    name_en: str | None
    roles: list[Role]


class Present(msgspec.Struct, frozen=True):
    """Who is signed in, acting for whom; ``csrf_token`` goes into X-CSRF-Token, null for keys.

    ``consents_due``: documents whose version in force he has not agreed to yet. While
    ``second_factor`` is "due" the session does nothing but take its code. ``roles_withheld``: what
    he would hold with one.
    """

    person: Person
    organisation_id: UUID | None
    roles: list[Role]
    organisations: list[OrganisationRoles]
    consents_due: list[str]
    csrf_token: str | None
    second_factor: SecondFactor
    roles_withheld: list[Role]


class WrongPassword(Unauthenticated):
    """The same for an unknown address and for a wrong password."""

    title_zh = "登录未成功"
    title_en = "Sign-in failed"
    code = "wrong_password"
    zh = "邮箱或密码不正确。请核对后重试，或用“忘记密码”重设。"
    en = "The e-mail address or the password is wrong. Try again, or have the password reset."


class NotYourOrganisation(Forbidden):
    """One acts for organisations in which one holds a role today."""

    code = "not_your_organisation"
    zh = "您今天在该单位没有有效角色，不能代表它。请从您的单位列表中选择。"
    en = "You hold no role there today, so you cannot act for it. Choose one from your list."


class NotASession(Invalid):
    """Keys act for one organisation and cannot change it."""

    code = "not_a_session"
    zh = "接口密钥没有会话，所代表的单位固定不变。请登录后办理。"
    en = "An API key has no session, and its organisation is fixed. Sign in instead."
