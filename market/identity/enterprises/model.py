"""Registering and verifying an enterprise."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from market.base.errors import Forbidden, Language
from market.base.fields import Email, Input, Reason
from market.identity.letters import Letter
from market.identity.organisations.model import ContactInput, Region, Uscc
from market.identity.people.model import Name

REGISTRATIONS_PER_ADDRESS: Final = 20
REGISTRATIONS_PER_MAILBOX: Final = 3


class FirstManager(Input, frozen=True, kw_only=True):
    """Who gets the link; he chooses his password when he opens it."""

    name: Name
    email: Email
    language: Language = "zh-CN"


class Registration(Input, frozen=True, kw_only=True):
    """An enterprise registers itself."""

    name_zh: Name
    name_en: Name | None = None
    uscc: Uscc
    region: Region
    contact: ContactInput = ContactInput()
    manager: FirstManager


class EnterpriseInvitation(Input, frozen=True, kw_only=True):
    """A clerk enters an enterprise that he has checked himself and invites its manager.

    ``uscc_override_reason``: why a code is right although its check character is not.
    """

    name_zh: Name
    name_en: Name | None = None
    uscc: Uscc
    uscc_override_reason: Reason | None = None
    region: Region
    contact: ContactInput = ContactInput()
    manager: FirstManager


class Correction(Input, frozen=True, kw_only=True):
    """What a refused enterprise sends again."""

    name_zh: Name
    name_en: Name | None = None
    uscc: Uscc
    region: Region
    contact: ContactInput = ContactInput()


class Refused(Input, frozen=True, kw_only=True):
    """Why an enterprise is not verified; its manager reads it."""

    reason: Reason


class Verification(msgspec.Struct, frozen=True):
    """What a clerk decided about an enterprise, and why; ``unit_id`` is the clerk's unit."""

    id: UUID
    organisation_id: UUID
    decision: str
    reason: str | None
    uscc_override_reason: str | None
    decided_by: UUID
    unit_id: UUID
    created_at: datetime


class OnlyClerksVerify(Forbidden):
    """Whether an enterprise is what it says is for the association to find out."""

    code = "only_clerks_verify"
    zh = "企业由技协组织的经办核验。请由经办登录后办理。"
    en = "A clerk of one of the association's units verifies enterprises. Sign in as a clerk."


class OwnEnterprise(Forbidden):
    """Nobody verifies himself."""

    code = "own_enterprise"
    zh = "不能核验本人任职的企业。请由另一位经办办理。"
    en = "You belong to this enterprise and cannot verify it. Ask another clerk."


class NotTheManager(Forbidden):
    """An enterprise is represented by its managers."""

    code = "not_the_manager"
    zh = "只有企业管理人可以重新提交登记。请由管理人登录后办理。"
    en = "Only a manager of the enterprise sends its registration again. Sign in as one."


VERIFIED: Final = Letter(
    subject_zh="{organisation} 已通过核验",
    body_zh="{name}：\n\n{organisation} 已通过核验，可以订购技术服务了。\n"
    "请登录平台，为同事授予采购人、签署人和付款人角色。",
    subject_en="{organisation} is verified",
    body_en="{name},\n\n{organisation} is verified and can order technical services now.\n"
    "Sign in and give your colleagues the roles of buyer, signatory and payer.",
)
REFUSED: Final = Letter(
    subject_zh="{organisation} 的登记未通过核验",
    body_zh="{name}：\n\n{organisation} 的登记被退回，理由：\n\n{reason}\n\n"
    "请登录平台更正后重新提交。",
    subject_en="{organisation} could not be verified",
    body_en="{name},\n\nthe registration of {organisation} was returned for this reason:\n\n"
    "{reason}\n\nSign in, correct it and send it again.",
)
