"""Role grants, their moves, which roles exclude each other, and who may grant which."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from itertools import combinations
from typing import Final
from uuid import UUID

import msgspec

from market.base import words
from market.base.access import ENTERPRISE_ROLES, MONEY_ROLES, UNIT_ROLES, Actor, Role
from market.base.errors import Conflict, Forbidden, Invalid
from market.base.fields import Day, Input, Reason
from market.base.moves import Moves
from market.identity.letters import Letter
from market.identity.organisations.model import Organisation, OrganisationKind, administers


class GrantState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"


MOVES: Final = Moves(
    "role_grant",
    {
        ("approve", GrantState.PROPOSED): GrantState.APPROVED,
        ("refuse", GrantState.PROPOSED): GrantState.REFUSED,
        ("withdraw", GrantState.PROPOSED): GrantState.WITHDRAWN,
        ("revoke", GrantState.APPROVED): GrantState.REVOKED,
    },
    births={"grant": GrantState.APPROVED, "propose": GrantState.PROPOSED},
)

FOUR_EYES_ROLES: Final = MONEY_ROLES | {Role.ADMINISTRATOR}
GRANTABLE: Final = {
    OrganisationKind.UNIT: UNIT_ROLES | {Role.ADMINISTRATOR},
    OrganisationKind.ENTERPRISE: ENTERPRISE_ROLES,
}
# Accounting Law of the PRC: a cashier keeps no receivables and audits nothing.
EXCLUDED_WITHIN: Final = {
    Role.CASHIER: frozenset({Role.FINANCE, Role.LEADER, Role.AUDITOR}),
    Role.FINANCE: frozenset({Role.CASHIER, Role.AUDITOR}),
    Role.LEADER: frozenset({Role.CASHIER, Role.AUDITOR}),
    Role.AUDITOR: MONEY_ROLES,
}
EXCLUDED_ANYWHERE: Final = {
    Role.ADMINISTRATOR: MONEY_ROLES,
    **dict.fromkeys(MONEY_ROLES, frozenset({Role.ADMINISTRATOR})),
}


class RoleGrant(msgspec.Struct, frozen=True):
    """A role of a person in an organisation; ``to_on`` is its last day, null: until revoked."""

    id: UUID
    person_id: UUID
    organisation_id: UUID
    role: Role
    from_on: date
    to_on: date | None
    state: GrantState
    reason: str | None
    proposed_by: UUID
    decided_by: UUID | None
    version: int
    created_at: datetime


class NewGrant(Input, frozen=True, kw_only=True):
    """A role for somebody whom the organisation knows already; others are invited."""

    person_id: UUID
    organisation_id: UUID
    role: Role
    from_on: Day | None = None
    to_on: Day | None = None
    reason: Reason | None = None


class Refusal(Input, frozen=True, kw_only=True):
    """Why not; the proposer reads it."""

    reason: Reason


class NobodyGrantsToHimself(Forbidden):
    """A role comes from somebody else."""

    code = "nobody_grants_to_himself"
    zh = "不能给自己授予或批准角色。请由另一位企业管理人或管理员办理。"
    en = "Nobody grants or approves a role of his own. Ask another manager or administrator."


class NotYoursToGrant(Forbidden):
    """Managers grant in their enterprise; administrators and leaders in their units."""

    code = "not_yours_to_grant"
    zh = "企业的角色由企业管理人授予，技协组织的角色由管理员或本单位负责人授予。请联系他们办理。"
    en = "An enterprise's manager, or a unit's administrator or leader, grants roles. Ask one."


class NotYoursToApprove(Forbidden):
    """Approving is for the unit itself or its parent."""

    code = "not_yours_to_approve"
    zh = (
        "此角色由本单位或上级单位的负责人、或管理员批准；管理员角色只由管理员批准。请联系他们办理。"
    )
    en = (
        "The leader of the unit or of its parent, or an administrator, approves this role; "
        "an administrator's role only another administrator."
    )


class RoleOfAnotherKind(Invalid):
    """Units and enterprises have different roles."""

    code = "role_of_another_kind"
    zh = "该单位没有“{role}”这一角色。企业角色：{enterprise}；技协组织角色：{unit}。"
    en = "There is no role '{role}' there. Enterprises have {enterprise}; units have {unit}."


class RolesExclude(Conflict):
    """Two roles that one person may not hold together."""

    code = "roles_exclude"
    zh = "“{role}”与此人的“{held}”不相容（不相容岗位分离）。请先撤销其一，或授予他人。"
    en = "'{role}' and this person's '{held}' exclude each other. Revoke one, or choose another."


class AlreadyGranted(Conflict):
    """One grant of a role per person, organisation and first day."""

    code = "already_granted"
    zh = "此人已有或已被提名该角色。请查看其现有角色。"
    en = "This person holds that role already, or is proposed for it. Look at the present roles."


class WrongDates(Invalid):
    """Nobody held yesterday what he is granted today; and a period ends after it began."""

    code = "wrong_dates"
    zh = "开始日期不能早于今天（{today}），结束日期不能早于开始日期。请改正日期。"
    en = "The first day must not be before today ({today}), the last not before it. Mend the dates."


class LastOfItsRole(Conflict):
    """Somebody must be able to let the next one in."""

    code = "last_of_its_role"
    zh = "这是最后一位在任的“{role}”，不能撤销。请先授予另一人。"
    en = "This is the last '{role}' in office and stays. Grant the role to somebody else first."


PROPOSED: Final = Letter(
    subject_zh="请审批：{organisation} 拟授予“{role}”角色",
    body_zh="{name}：\n\n{organisation} 拟授予一人“{role}”角色，须由提名人以外的另一人批准。\n"
    "请登录平台，在“待我审批”中办理。",
    subject_en="For your approval: role '{role}' at {organisation}",
    body_en="{name},\n\na role '{role}' at {organisation} was proposed and needs the approval of a "
    "second person. Sign in and decide under 'Waiting for me'.",
)
GRANTED: Final = Letter(
    subject_zh="您已获得 {organisation} 的“{role}”角色",
    body_zh="{name}：\n\n您在 {organisation} 的“{role}”角色自 {from_on} 起生效。\n"
    "登录时请选择代表该单位。",
    subject_en="You now hold the role '{role}' at {organisation}",
    body_en="{name},\n\nfrom {from_on} on you hold the role '{role}' at {organisation}. "
    "Choose that organisation when you sign in.",
)


def may_grant(actor: Actor, organisation: Organisation, role: Role) -> bool:
    """Grant, propose or revoke. Only an administrator proposes administrators."""
    if organisation.kind == OrganisationKind.ENTERPRISE:
        return actor.acts_for(organisation.id, Role.MANAGER)
    if administers(actor, organisation.id):
        return True
    return role != Role.ADMINISTRATOR and actor.acts_for(organisation.id, Role.LEADER)


def may_approve(actor: Actor, organisation: Organisation, role: Role) -> bool:
    if administers(actor, organisation.id):
        return True
    return role != Role.ADMINISTRATOR and actor.approves(organisation.id, Role.LEADER)


def check_role(organisation: Organisation, role: Role, *, pointer: str) -> None:
    """Refuse a role that organisations of this kind do not have."""
    if role not in GRANTABLE[OrganisationKind(organisation.kind)]:
        raise RoleOfAnotherKind(
            role=words.role(role),
            enterprise=words.roles(ENTERPRISE_ROLES),
            unit=words.roles(GRANTABLE[OrganisationKind.UNIT]),
            pointer=pointer,
        )


def excludes(role: Role, held: Role, *, same_organisation: bool) -> bool:
    """Whether one person may not hold both."""
    if held in EXCLUDED_ANYWHERE.get(role, frozenset()):
        return True
    return same_organisation and held in EXCLUDED_WITHIN.get(role, frozenset())


def check_together(roles: Iterable[Role]) -> None:
    """Refuse roles in one organisation that one person may not hold together."""
    for role, held in combinations(roles, 2):
        if excludes(role, held, same_organisation=True):
            raise RolesExclude(role=words.role(role), held=words.role(held), pointer="/roles")
