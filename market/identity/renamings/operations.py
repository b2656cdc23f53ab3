"""Proposing another name, approving it, refusing it."""

from __future__ import annotations

from uuid import UUID

from market.base import db, events, proposals, sides
from market.base.access import SYSTEM, Actor, require
from market.base.db import Connection
from market.base.errors import require_version
from market.identity.enterprises import queries as enterprises
from market.identity.enterprises.model import OwnEnterprise
from market.identity.organisations import operations as organisation_operations
from market.identity.organisations import queries as organisations
from market.identity.organisations.model import Organisation
from market.identity.renamings import queries
from market.identity.renamings.model import (
    MOVES,
    NewRenaming,
    NothingToRename,
    NotYoursToApproveName,
    NotYoursToRename,
    Renaming,
    RenamingState,
    RenamingWaits,
    can_become,
    may_propose,
)


async def propose_renaming(
    conn: Connection, actor: Actor, enterprise_id: UUID, new: NewRenaming
) -> Renaming:
    """Say what a verified enterprise is called now; the name changes once somebody else agrees."""
    async with db.act(conn, actor):
        enterprise = await enterprises.lock_enterprise(conn, enterprise_id)
        looks_after = await organisation_operations.clerk_looks_after(conn, actor, enterprise.id)
        require(may_propose(actor, enterprise, looks_after=looks_after), NotYoursToRename)
        require(can_become(enterprise, new.name_zh), NothingToRename(pointer="/name_zh"))
        renaming = await queries.insert_renaming(conn, enterprise, new, proposed_by=actor.person_id)
        if renaming is None:
            raise RenamingWaits
        await _record(conn, actor, "proposed", "propose", None, renaming)
    return renaming


async def approve_renaming(
    conn: Connection, actor: Actor, renaming_id: UUID, *, expected_version: int | None = None
) -> Renaming:
    """A second person has compared the name with the licence; from now on it is the legal one."""
    return await _decide(conn, actor, renaming_id, "approve", None, expected_version)


async def refuse_renaming(
    conn: Connection,
    actor: Actor,
    renaming_id: UUID,
    reason: str,
    *,
    expected_version: int | None = None,
) -> Renaming:
    return await _decide(conn, actor, renaming_id, "refuse", reason, expected_version)


async def _decide(
    conn: Connection,
    actor: Actor,
    renaming_id: UUID,
    move: str,
    refusal: str | None,
    expected_version: int | None,
) -> Renaming:
    async with db.act(conn, actor):
        found = await queries.find_renaming(conn, actor, renaming_id)
        enterprise = await enterprises.lock_enterprise(conn, found.organisation_id)
        renaming = await queries.lock_renaming(conn, actor, renaming_id)
        await _require_decider(conn, actor, enterprise)
        proposals.require_other(actor, renaming)
        before = RenamingState(renaming.state)
        name = "approved" if move == "approve" else "refused"
        if proposals.is_repeat(actor, renaming, RenamingState(name)):
            return renaming
        require_version(renaming.version, expected_version)
        to = MOVES.after(move, before)
        decided = await queries.set_decision(
            conn, renaming, to=to, decided_by=actor.person_id, refusal=refusal
        )
        await _record(conn, actor, name, move, before, decided)
        if to == RenamingState.APPROVED:
            await _rename(conn, actor, enterprise, decided)
    return decided


async def _require_decider(conn: Connection, actor: Actor, enterprise: Organisation) -> None:
    looks_after = await organisation_operations.clerk_looks_after(conn, actor, enterprise.id)
    require(looks_after, NotYoursToApproveName)
    belongs = await sides.holds_role_in_any(conn, actor.person_id, [enterprise.id])
    require(not belongs, OwnEnterprise)


async def _rename(
    conn: Connection, actor: Actor, enterprise: Organisation, renaming: Renaming
) -> None:
    async with db.act(conn, SYSTEM):
        renamed = await organisations.set_name(conn, enterprise, renaming.name_zh)
    changed = {"renaming": renaming.id}
    await events.record(conn, actor, "organisation.renamed", about=renamed, changed=changed)


async def _record(
    conn: Connection,
    actor: Actor,
    name: str,
    move: str,
    before: RenamingState | None,
    after: Renaming,
) -> None:
    await events.record(
        conn,
        actor,
        f"renaming.{name}",
        about=after,
        move=(move, before),
        changed={"organisation": after.organisation_id},
    )
