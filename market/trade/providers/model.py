"""The pages of providers and experts, and a member's consent to be shown on them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base.access import Actor
from market.base.errors import Forbidden, Invalid
from market.base.fields import Input
from market.identity.members.model import Member, MemberKind
from market.trade.catalogue.cards import Listed
from market.trade.contracts.model import Kind
from market.trade.reviews.model import Averages, ShownReview


class Delivered(msgspec.Struct, frozen=True):
    """How many contracts of a kind were accepted from the first milestone to the last."""

    kind: Kind
    contracts: int


class Work(msgspec.Struct, frozen=True):
    """An accepted contract, without buyer and price; ``accepted_in``: the month's first day."""

    kind: Kind
    title_zh: str | None
    title_en: str | None
    accepted_in: date


class ShownQualification(msgspec.Struct, frozen=True):
    """A certificate that is good today; ``level`` is a code of the policy "skill_levels"."""

    kind: str
    level: str | None
    issuer: str
    issued_on: date
    expires_on: date | None


class ExpertLine(msgspec.Struct, frozen=True):
    """A member on his unit's page; ``levels`` of the certificates that he shows."""

    id: UUID
    kind: MemberKind
    name: str
    trade: str | None
    levels: list[str]


class ProviderPage(msgspec.Struct, frozen=True):
    """A unit as the public knows it.

    ``experts`` are its first hundred; the other lists hold the newest twenty, counts hold all.
    """

    id: UUID
    name_zh: str
    name_en: str | None
    region: str
    level: int
    kinds: list[Kind]
    offering_count: int
    offerings: list[Listed]
    experts: list[ExpertLine]
    delivered: list[Delivered]
    works: list[Work]
    averages: Averages
    reviews: list[ShownReview]


class ExpertPage(msgspec.Struct, frozen=True):
    """A member as he agreed to be shown."""

    id: UUID
    kind: MemberKind
    name: str
    trade: str | None
    unit_id: UUID
    unit_name_zh: str
    unit_name_en: str | None
    qualifications: list[ShownQualification]
    offerings: list[Listed]
    delivered: list[Delivered]
    works: list[Work]


class ProfileInput(Input, frozen=True):
    """Which of one's certificates the public may see beside name and trade; none is fine."""

    qualification_ids: Annotated[list[UUID], Meta(max_length=100)]


class Profile(msgspec.Struct, frozen=True):
    """A member's consent to be shown: it holds until he withdraws it."""

    id: UUID
    qualification_ids: list[UUID]
    agreed_by: UUID
    agreed_at: datetime
    version: int


class OnlyTheMemberHimself(Forbidden):
    """Nobody agrees in another's name to his data being public."""

    code = "only_the_member_himself"
    zh = "公开个人资料须由会员本人登录后同意，他人不能代办。请由本人办理。"
    en = "Only the member himself agrees to be shown, or withdraws that. Let him sign in."


class QualificationUnknown(Invalid):
    """One shows what one has."""

    code = "shown_qualification_unknown"
    zh = "所选证书中有 {missing} 个不在该会员名下或已撤销。请从会员的证书中选择。"
    en = "{missing} of the certificates are not this member's, or were withdrawn. Choose others."


def is_himself(actor: Actor, member: Member) -> bool:
    return member.person_id is not None and member.person_id == actor.person_id
