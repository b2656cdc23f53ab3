"""A member, a qualification, and the refusals of the register."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base.access import Actor, Role
from market.base.errors import Conflict, Forbidden, Invalid
from market.base.fields import Day, Input, Line
from market.base.moves import Moves
from market.identity.people.model import Phone

MemberNumber: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z-]{0,39}(?!\s)$")]
CertificateNumber: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f]+$")
]
LevelCode: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z_]{1,40}(?!\s)$")]
MemberFilter: TypeAlias = Literal["enrolled", "left"]


class MemberKind(StrEnum):
    """个人会员 or 团体会员."""

    INDIVIDUAL = "individual"
    GROUP = "group"


class MemberState(StrEnum):
    ENROLLED = "enrolled"
    LEFT = "left"


MOVES: Final = Moves(
    "member",
    {("leave", MemberState.ENROLLED): MemberState.LEFT},
    births={"enrol": MemberState.ENROLLED},
)


class Member(msgspec.Struct, frozen=True):
    """One line of the register; ``name`` is the person's or the group's."""

    id: UUID
    unit_id: UUID
    kind: MemberKind
    number: str
    name: str
    person_id: UUID | None
    organisation_id: UUID | None
    trade: str | None
    from_on: date
    to_on: date | None
    state: MemberState
    version: int
    created_at: datetime


class Qualification(msgspec.Struct, frozen=True):
    """A certificate; ``level`` is a code of the policy "skill_levels"."""

    id: UUID
    member_id: UUID
    kind: str
    level: str | None
    number: str
    issuer: str
    issued_on: date
    expires_on: date | None
    file_id: UUID | None
    withdrawn_on: date | None
    created_at: datetime


class MemberPage(msgspec.Struct, frozen=True):
    """A member with all certificates, those that expired or were withdrawn too."""

    member: Member
    qualifications: list[Qualification]

    @property
    def version(self) -> int:
        return self.member.version


class NewMember(Input, frozen=True, kw_only=True):
    """An individual is a person known here (``person_id``) or one who does not sign in (``name``).

    Who shall sign in is invited first: only he may bring his address and what he says of himself.
    """

    kind: MemberKind
    number: MemberNumber
    person_id: UUID | None = None
    name: Line | None = None
    phone: Phone | None = None
    organisation_id: UUID | None = None
    trade: Line | None = None
    from_on: Day | None = None


class MemberEdit(Input, frozen=True, kw_only=True):
    trade: Line | None = None


class Leaving(Input, frozen=True, kw_only=True):
    """The last day of membership, today if not given."""

    to_on: Day | None = None


class NewQualification(Input, frozen=True, kw_only=True):
    """A certificate as it reads; ``file_id`` of its scan."""

    kind: Line
    level: LevelCode | None = None
    number: CertificateNumber
    issuer: Line
    issued_on: Day
    expires_on: Day | None = None
    file_id: UUID | None = None


class OnlyTheUnitsClerk(Forbidden):
    """Writing is for the own unit."""

    code = "only_the_units_clerk"
    zh = "会员名册由本单位经办维护。请由本单位的经办登录后办理。"
    en = "A unit's register is kept by its own clerk. Sign in as a clerk of that unit."


class MemberIncomplete(Invalid):
    """Who is it?"""

    code = "member_incomplete"
    zh = "个人会员须选择人员或填写姓名；团体会员须填写名称，且不选择人员。请补充后重新提交。"
    en = "An individual needs a person or a name; a group needs a name and no person."


class UnknownGroup(Invalid):
    """A group is one of the organisations here, or one that is only named."""

    code = "unknown_group"
    zh = "没有这个单位。请选择平台上的单位，或只填写团体名称。"
    en = "There is no such organisation. Choose one of those here, or give the group's name alone."


class AlreadyEnrolled(Conflict):
    """Once on the register is enough."""

    code = "already_enrolled"
    zh = "此人已是本单位会员，或会员编号“{number}”已被使用。请核对名册。"
    en = "This person is a member already, or the number '{number}' is in use. See the register."


class UnknownLevel(Invalid):
    """Levels are those of the policy in force."""

    code = "unknown_level"
    zh = "没有“{found}”这一技能等级。可用：{known}。"
    en = "There is no skill level '{found}'. Known are: {known}."


class CertificateDates(Invalid):
    """A certificate is issued, not in the future, and expires later."""

    code = "certificate_dates"
    zh = "发证日期不能晚于今天（{today}），有效期不能早于发证日期。请对照证书核对。"
    en = "It was issued by today ({today}), and it expires after that. Compare the certificate."


class CertificateTwice(Conflict):
    """One number per issuer."""

    code = "certificate_twice"
    zh = "该发证机关的此证书编号已登记。请核对。"
    en = "This number of this issuer is on record already. Look at the member's certificates."


def keeps_register(actor: Actor, unit_id: UUID) -> bool:
    return actor.acts_for(unit_id, Role.CLERK)


def is_complete(new: NewMember) -> bool:
    if new.kind == MemberKind.GROUP:
        return new.name is not None and new.person_id is None
    known, named = new.person_id is not None, new.name is not None
    return known != named and new.organisation_id is None
