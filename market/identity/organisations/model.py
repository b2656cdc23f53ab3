"""An organisation and its contact; the check of its credit code; who may edit what."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta
from stdnum.cn import uscc as gb32100

from market.base.access import Actor, Role
from market.base.errors import Conflict, Forbidden, Invalid
from market.base.fields import Email, Input, Line
from market.base.moves import Moves
from market.identity.people.model import Name, Phone

Uscc: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^[0-9A-Z]{18}(?!\s)$",
        examples=["91510100TEXT0101XB"],
    ),
]
Region: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9]{6}(?!\s)$", examples=["510100"])]
Address: TypeAlias = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f]+$")]


class OrganisationKind(StrEnum):
    UNIT = "unit"
    ENTERPRISE = "enterprise"


class OrganisationState(StrEnum):
    INVITED = "invited"
    REGISTERED = "registered"
    VERIFIED = "verified"
    REFUSED = "refused"


MOVES: Final = Moves(
    "organisation",
    {
        ("verify", OrganisationState.REGISTERED): OrganisationState.VERIFIED,
        ("refuse", OrganisationState.REGISTERED): OrganisationState.REFUSED,
        ("register", OrganisationState.REFUSED): OrganisationState.REGISTERED,
        ("accept", OrganisationState.INVITED): OrganisationState.VERIFIED,
    },
    births={
        "found": OrganisationState.VERIFIED,
        "register": OrganisationState.REGISTERED,
        "invite": OrganisationState.INVITED,
    },
)


class Organisation(msgspec.Struct, frozen=True):
    """A unit of the association or an enterprise, as everybody may see it once verified.

    ``closed_on``: the first day on which nobody acts for it any more. ``level``: 0–3, units only.
    """

    id: UUID
    kind: OrganisationKind
    name_zh: str
    name_en: str | None
    uscc: str | None
    region: str
    level: int | None
    legal_person: bool
    number_prefix: str | None
    state: OrganisationState
    closed_on: date | None
    version: int
    created_at: datetime


class Contact(msgspec.Struct, frozen=True):
    """How an organisation is reached."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    address: str | None = None


class ContactInput(Input, frozen=True, kw_only=True):
    """The same, as it is written."""

    name: Line | None = None
    phone: Phone | None = None
    email: Email | None = None
    address: Address | None = None


class NewOrganisation(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an organisation at its beginning."""

    kind: OrganisationKind
    name_zh: str
    name_en: str | None
    uscc: str | None
    region: str
    state: OrganisationState
    level: int | None = None
    legal_person: bool = True
    number_prefix: str | None = None


class OrganisationEdit(Input, frozen=True, kw_only=True):
    """New published data of an organisation; without ``contact`` that stays as it is."""

    name_zh: Name
    name_en: Name | None = None
    region: Region
    contact: ContactInput | None = None


KindFilter: TypeAlias = Literal["unit", "enterprise"]
StateFilter: TypeAlias = Literal["invited", "registered", "verified", "refused"]


class WrongUscc(Invalid):
    """The code's shape or its check character is wrong (GB 32100)."""

    code = "wrong_uscc"
    zh = (
        "统一社会信用代码“{found}”有误（字符或校验码不符）。请对照营业执照核对；"
        "若证照确是如此，请联系技协经办说明理由后登记。"
    )
    en = (
        "The unified social credit code '{found}' is wrong (characters or check character). "
        "Compare it with the licence; if the licence says so, a clerk can enter it with a reason."
    )


class UsccTaken(Conflict):
    """One organisation per code."""

    code = "uscc_taken"
    zh = "此统一社会信用代码已登记。请由该单位的管理人邀请您加入，或联系技协经办。"
    en = "This credit code is registered already. Ask that organisation's manager to invite you."


class NumberPrefixTaken(Conflict):
    """Contract numbers of two units must not be mixed up."""

    code = "number_prefix_taken"
    zh = "编号前缀“{found}”已被使用。请换一个。"
    en = "The number prefix '{found}' is in use. Choose another one."


class NotYoursToEdit(Forbidden):
    """Published data are kept by the organisation's own people."""

    code = "not_yours_to_edit"
    zh = "企业资料由其管理人或负责该企业的经办维护，技协组织资料由本单位或管理员维护。请联系他们。"
    en = (
        "An enterprise's data are kept by its manager or the clerks who look after it, a unit's by "
        "its own people or the administrator. Ask them."
    )


class LegalNameNeedsTwo(Forbidden):
    """A verified name is the one on the licence."""

    code = "legal_name_needs_two"
    zh = "已核验企业的名称不能直接修改。请提出更名，由负责该企业的另一位经办核对营业执照后批准。"
    en = (
        "A verified enterprise's name is not simply edited. Propose the new one; a clerk who looks "
        "after the enterprise compares it with the licence and approves."
    )


def check_uscc(code: str) -> None:
    """Refuse a code that GB 32100 does not allow; raises WrongUscc."""
    if not gb32100.is_valid(code):
        raise WrongUscc(found=code, pointer="/uscc")


def may_edit(actor: Actor, organisation: Organisation, *, looks_after: bool) -> bool:
    """An enterprise's manager and the clerks who look after it; a unit's own people."""
    if actor.is_system:
        return True
    if organisation.kind == OrganisationKind.ENTERPRISE:
        return looks_after or actor.acts_for(organisation.id, Role.MANAGER)
    own = actor.acts_for(organisation.id, Role.CLERK, Role.LEADER)
    return own or administers(actor, organisation.id)


def may_rename(actor: Actor, organisation: Organisation, *, looks_after: bool) -> bool:
    """Alone; the name of a verified enterprise takes two."""
    if organisation.kind == OrganisationKind.UNIT:
        return administers(actor, organisation.id)
    if organisation.state == OrganisationState.VERIFIED:
        return False
    return looks_after or organisation.state == OrganisationState.REFUSED


def is_clerk(actor: Actor) -> bool:
    """Enterprises stand outside the tree: until one verifies them they are any clerk's."""
    return actor.side == "unit" and actor.is_any(Role.CLERK)


def administers(actor: Actor, unit_id: UUID) -> bool:
    """An administrator looks after his unit and everything under it."""
    return actor.is_any(Role.ADMINISTRATOR) and unit_id in actor.scope
