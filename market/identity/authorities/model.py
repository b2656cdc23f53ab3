"""A signing authority, what it covers, and who may record and confirm it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base.access import Actor, Role
from market.base.errors import Forbidden, Invalid
from market.base.fields import Currency, Day, Input, PositiveMinor, Reason
from market.base.moves import Moves
from market.identity.organisations.model import (
    Organisation,
    OrganisationKind,
    administers,
)

ContractKind: TypeAlias = Literal["consulting", "service", "training", "transfer"]
ContractKinds: TypeAlias = Annotated[list[ContractKind], Meta(min_length=1, max_length=4)]


class AuthorityKind(StrEnum):
    """法定代表人 or 授权委托书."""

    LEGAL_REPRESENTATIVE = "legal_representative"
    POWER_OF_ATTORNEY = "power_of_attorney"


class AuthorityState(StrEnum):
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    REVOKED = "revoked"


MOVES: Final = Moves(
    "signing_authority",
    {
        ("confirm", AuthorityState.PROPOSED): AuthorityState.CONFIRMED,
        ("refuse", AuthorityState.PROPOSED): AuthorityState.REFUSED,
        ("revoke", AuthorityState.CONFIRMED): AuthorityState.REVOKED,
    },
    births={"propose": AuthorityState.PROPOSED},
)


class SigningAuthority(msgspec.Struct, frozen=True):
    """``kinds`` null: contracts of all kinds; ``ceiling_minor`` null: any amount, tax included."""

    id: UUID
    person_id: UUID
    organisation_id: UUID
    kind: AuthorityKind
    kinds: list[ContractKind] | None
    ceiling_minor: int | None
    currency: str | None
    from_on: date
    to_on: date | None
    file_id: UUID | None
    state: AuthorityState
    reason: str | None
    proposed_by: UUID
    decided_by: UUID | None
    version: int
    created_at: datetime


class NewAuthority(Input, frozen=True, kw_only=True):
    """What the legal representative's certificate or the power of attorney says."""

    person_id: UUID
    organisation_id: UUID
    kind: AuthorityKind
    kinds: ContractKinds | None = None
    ceiling_minor: PositiveMinor | None = None
    currency: Currency | None = None
    from_on: Day | None = None
    to_on: Day | None = None
    file_id: UUID | None = None


class AuthorityEnd(Input, frozen=True, kw_only=True):
    """Why an authority is refused or revoked."""

    reason: Reason


class AuthorityIncomplete(Invalid):
    """A power of attorney is a dated paper; a ceiling has a currency."""

    code = "authority_incomplete"
    zh = "授权委托书须上传文件并写明截止日期；限额须同时写明金额和币种。请补充后重新提交。"
    en = (
        "A power of attorney needs its file and its last day; a ceiling needs amount and currency. "
        "Add what is missing."
    )


class NotYoursToAuthorise(Forbidden):
    """An organisation says itself who signs for it."""

    code = "not_yours_to_authorise"
    zh = "签约权限由企业管理人，或本单位负责人、管理员登记。请联系他们办理。"
    en = "An enterprise's manager, a unit's leader or administrator records who signs. Ask one."


class NotYoursToConfirm(Forbidden):
    """The papers are looked at by somebody else."""

    code = "not_yours_to_confirm"
    zh = "企业的签约权限由负责它的经办确认，技协组织的由本级或上级负责人、管理员确认。请联系。"
    en = (
        "A clerk who looks after the enterprise confirms its signing authorities; a unit's are "
        "confirmed by its own or its parent's leader, or by an administrator. Ask one."
    )


class AuthorityEnded(Invalid):
    """Nobody signed yesterday by what is confirmed tomorrow; and a period ends after it began."""

    code = "authority_dates"
    zh = "起始日期不能早于今天（{today}），截止日期不能早于起始日期。请改正日期。"
    en = "The first day must not be before today ({today}), the last not before it. Mend the dates."


def may_record(actor: Actor, organisation: Organisation) -> bool:
    if organisation.kind == OrganisationKind.ENTERPRISE:
        return actor.acts_for(organisation.id, Role.MANAGER)
    return administers(actor, organisation.id) or actor.acts_for(organisation.id, Role.LEADER)


def may_confirm(actor: Actor, organisation: Organisation, *, looks_after: bool) -> bool:
    if organisation.kind == OrganisationKind.ENTERPRISE:
        return looks_after
    return administers(actor, organisation.id) or actor.approves(organisation.id, Role.LEADER)


def is_complete(new: NewAuthority) -> bool:
    if (new.ceiling_minor is None) != (new.currency is None):
        return False
    is_paper = new.kind == AuthorityKind.POWER_OF_ATTORNEY
    return not is_paper or (new.file_id is not None and new.to_on is not None)
