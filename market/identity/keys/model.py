"""A key as its organisation sees it, and the only time that it is shown whole."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base.access import Actor, Role
from market.base.errors import Forbidden, Invalid
from market.base.fields import Day, Input, Line
from market.base.moves import Moves
from market.identity.organisations.model import administers

LONGEST_DAYS: Final = 366
HINT: Final = 4

KeyRoles: TypeAlias = Annotated[list[Role], Meta(min_length=1, max_length=12)]


class KeyState(StrEnum):
    ACTIVE = "active"
    REVOKED = "revoked"


MOVES: Final = Moves(
    "api_key",
    {("revoke", KeyState.ACTIVE): KeyState.REVOKED},
    births={"issue": KeyState.ACTIVE},
)


class ApiKey(msgspec.Struct, frozen=True):
    """``hint``: the key's beginning and last characters, to tell keys apart.

    ``second_factor_id``: the device that the session showed in which it was issued. A key without
    one does not have the roles that ask for a second factor, once their days of grace are over.
    """

    id: UUID
    person_id: UUID
    organisation_id: UUID
    name: str
    hint: str
    roles: list[Role]
    expires_on: date
    used_on: date | None
    second_factor_id: UUID | None
    state: KeyState
    version: int
    created_at: datetime


class IssuedKey(msgspec.Struct, frozen=True):
    """The answer to issuing: ``secret`` is the whole key and is told this once."""

    key: ApiKey
    secret: str


class NewKey(Input, frozen=True, kw_only=True):
    """A key for the organisation that one acts for."""

    name: Line
    roles: KeyRoles
    expires_on: Day


class RolesNotHeld(Forbidden):
    """A key can do no more than its maker."""

    code = "roles_not_held"
    zh = "密钥的角色须是您在所代表单位的现有角色，且不含管理员。您现有：{held}。"
    en = "A key's roles are among your own there, without the administrator's. You hold: {held}."


class ExpiryOutOfRange(Invalid):
    """A key is renewed at least once a year."""

    code = "expiry_out_of_range"
    zh = "有效期须在今天与 {latest} 之间（最长一年）。请改正。"
    en = "A key expires between today and {latest}, a year at most. Mend the date."


class NotYoursToRevoke(Forbidden):
    """Keys are revoked by their maker or by those who look after the organisation's people."""

    code = "not_yours_to_revoke"
    zh = "密钥由签发人、企业管理人或管理员吊销。请联系他们办理。"
    en = "Its maker, or the organisation's manager or administrator, revokes a key. Ask one."


def new_secret(key_id: UUID) -> str:
    return f"mk_live_{key_id.hex}_{secrets.token_urlsafe(32)}"


def hint_of(secret: str) -> str:
    return f"{secret[:8]}…{secret[-HINT:]}"


def may_revoke(actor: Actor, key: ApiKey) -> bool:
    own = actor.person_id == key.person_id
    return (
        own
        or actor.acts_for(key.organisation_id, Role.MANAGER)
        or administers(actor, key.organisation_id)
    )
