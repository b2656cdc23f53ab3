"""A renaming, its moves, and its refusals."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from market.base.access import Actor, Role
from market.base.errors import Conflict, Forbidden
from market.base.fields import Input, Reason
from market.base.moves import Moves
from market.identity.organisations.model import Organisation, OrganisationState
from market.identity.people.model import Name


class RenamingState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"


MOVES: Final = Moves(
    "renaming",
    {
        ("approve", RenamingState.PROPOSED): RenamingState.APPROVED,
        ("refuse", RenamingState.PROPOSED): RenamingState.REFUSED,
    },
    births={"propose": RenamingState.PROPOSED},
)


class Renaming(msgspec.Struct, frozen=True):
    """From ``name_before`` to ``name_zh``; ``refusal`` says why not."""

    id: UUID
    organisation_id: UUID
    name_before: str
    name_zh: str
    reason: str
    refusal: str | None
    state: RenamingState
    proposed_by: UUID
    decided_by: UUID | None
    version: int
    created_at: datetime


class NewRenaming(Input, frozen=True, kw_only=True):
    """The name as the licence has it now, and where that can be seen."""

    name_zh: Name
    reason: Reason


class RenamingRefusal(Input, frozen=True, kw_only=True):
    """Why not; the proposer reads it."""

    reason: Reason


class NotYoursToRename(Forbidden):
    """A name is proposed by those whom it concerns."""

    code = "not_yours_to_rename"
    zh = "企业更名由其管理人或负责该企业的经办提出。请联系他们办理。"
    en = "An enterprise's manager, or a clerk who looks after it, proposes a name. Ask them."


class NotYoursToApproveName(Forbidden):
    """The licence is looked at by whoever answers for the enterprise."""

    code = "not_yours_to_approve_name"
    zh = "企业更名由核验该企业的单位或其上级的经办批准。请联系他们办理。"
    en = "A clerk of the unit that verified the enterprise, or of one above, approves. Ask them."


class NothingToRename(Conflict):
    """Only a verified name is protected, and only another one is a change."""

    code = "nothing_to_rename"
    zh = "该企业尚未核验，或已用此名称。未核验的企业请直接修改资料。"
    en = "The enterprise is not verified, or has that name. Edit an unverified one's data instead."


class RenamingWaits(Conflict):
    """One proposal at a time."""

    code = "renaming_waits"
    zh = "该企业已有一项更名待批准。请先由经办批准或退回。"
    en = "Another renaming of this enterprise waits. A clerk approves or refuses that one first."


def may_propose(actor: Actor, enterprise: Organisation, *, looks_after: bool) -> bool:
    return looks_after or actor.acts_for(enterprise.id, Role.MANAGER)


def can_become(enterprise: Organisation, name_zh: str) -> bool:
    return enterprise.state == OrganisationState.VERIFIED and enterprise.name_zh != name_zh
