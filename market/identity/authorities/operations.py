"""Recording, confirming, refusing and revoking signing authorities."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from market.base import clock, db, events, files, proposals, sides
from market.base.access import SYSTEM, Actor, require
from market.base.db import Connection
from market.base.errors import NotFound, require_version
from market.identity.authorities import queries
from market.identity.authorities.model import (
    MOVES,
    AuthorityEnded,
    AuthorityIncomplete,
    AuthorityState,
    NewAuthority,
    NotYoursToAuthorise,
    NotYoursToConfirm,
    SigningAuthority,
    is_complete,
    may_confirm,
    may_record,
)
from market.identity.enterprises.model import OwnEnterprise
from market.identity.organisations import operations as organisation_operations
from market.identity.organisations import queries as organisations
from market.identity.organisations.model import Organisation, OrganisationKind
from market.identity.roles import queries as roles


async def propose_authority(conn: Connection, actor: Actor, new: NewAuthority) -> SigningAuthority:
    """Record who signs for the organisation; it counts once somebody else has confirmed it."""
    async with db.act(conn, actor):
        organisation = await organisations.find_organisation(conn, actor, new.organisation_id)
        require(may_record(actor, organisation), NotYoursToAuthorise)
        require(is_complete(new), AuthorityIncomplete(pointer="/kind"))
        belongs = await roles.belongs_to(conn, new.person_id, organisation.id)
        require(belongs, NotFound(pointer="/person_id"))
        from_on = await _first_day(conn, new)
        if new.file_id is not None:
            await _show_file(conn, actor, organisation, new.file_id)
        authority = await queries.insert_authority(
            conn, new, from_on=from_on, proposed_by=actor.person_id
        )
        await _record(conn, actor, "proposed", "propose", None, authority)
    return authority


async def confirm_authority(
    conn: Connection, actor: Actor, authority_id: UUID, *, expected_version: int | None = None
) -> SigningAuthority:
    """Somebody else has seen the papers."""
    return await _decide(conn, actor, authority_id, "confirm", None, expected_version)


async def refuse_authority(
    conn: Connection,
    actor: Actor,
    authority_id: UUID,
    reason: str,
    *,
    expected_version: int | None = None,
) -> SigningAuthority:
    return await _decide(conn, actor, authority_id, "refuse", reason, expected_version)


async def revoke_authority(
    conn: Connection,
    actor: Actor,
    authority_id: UUID,
    reason: str,
    *,
    expected_version: int | None = None,
) -> SigningAuthority:
    """End an authority at once; what was signed under it stays signed."""
    async with db.act(conn, actor):
        authority = await queries.lock_authority(conn, actor, authority_id)
        organisation = await organisations.find_organisation(conn, actor, authority.organisation_id)
        own = authority.person_id == actor.person_id
        require(own or may_record(actor, organisation), NotYoursToAuthorise)
        if authority.state == AuthorityState.REVOKED:
            return authority
        require_version(authority.version, expected_version)
        before = AuthorityState(authority.state)
        to = MOVES.after("revoke", before)
        revoked = await queries.set_decision(
            conn, authority, to=to, decided_by=authority.decided_by, reason=reason
        )
        await _record(conn, actor, "revoked", "revoke", before, revoked)
    return revoked


async def _decide(
    conn: Connection,
    actor: Actor,
    authority_id: UUID,
    move: str,
    reason: str | None,
    expected_version: int | None,
) -> SigningAuthority:
    async with db.act(conn, actor):
        authority = await queries.lock_authority(conn, actor, authority_id)
        organisation = await organisations.find_organisation(conn, actor, authority.organisation_id)
        await _require_decider(conn, actor, organisation)
        proposals.require_other(actor, authority, beneficiaries=[authority.person_id])
        before = AuthorityState(authority.state)
        name = "confirmed" if move == "confirm" else "refused"
        if proposals.is_repeat(actor, authority, AuthorityState(name)):
            return authority
        require_version(authority.version, expected_version)
        decided = await queries.set_decision(
            conn,
            authority,
            to=MOVES.after(move, before),
            decided_by=actor.person_id,
            reason=reason,
        )
        await _hide_file(conn, organisation, decided)
        await _record(conn, actor, name, move, before, decided)
    return decided


async def _require_decider(conn: Connection, actor: Actor, organisation: Organisation) -> None:
    """Refuse who may not confirm there, and a clerk who also stands on the enterprise's side."""
    looks_after = await organisation_operations.clerk_looks_after(conn, actor, organisation.id)
    require(may_confirm(actor, organisation, looks_after=looks_after), NotYoursToConfirm)
    if organisation.kind == OrganisationKind.ENTERPRISE:
        belongs = await sides.holds_role_in_any(conn, actor.person_id, [organisation.id])
        require(not belongs, OwnEnterprise)


async def _show_file(
    conn: Connection, actor: Actor, organisation: Organisation, file_id: UUID
) -> None:
    """Let those who decide about an enterprise's papers read them until they have decided."""
    await files.find(conn, actor, file_id)
    if organisation.kind != OrganisationKind.ENTERPRISE:
        return
    async with db.act(conn, SYSTEM):
        await files.share(conn, file_id, await organisations.caretakers(conn, organisation.id))


async def _hide_file(
    conn: Connection, organisation: Organisation, decided: SigningAuthority
) -> None:
    if decided.file_id is None or organisation.kind != OrganisationKind.ENTERPRISE:
        return
    async with db.act(conn, SYSTEM):
        caretakers = await organisations.caretakers(conn, organisation.id)
        await queries.withdraw_file(conn, decided.file_id, caretakers)


async def _first_day(conn: Connection, new: NewAuthority) -> date:
    today = await clock.today(conn)
    from_on = new.from_on or today
    if from_on < today:
        raise AuthorityEnded(today=today, pointer="/from_on")
    if new.to_on is not None and new.to_on < from_on:
        raise AuthorityEnded(today=today, pointer="/to_on")
    return from_on


async def _record(
    conn: Connection,
    actor: Actor,
    name: str,
    move: str,
    before: AuthorityState | None,
    after: SigningAuthority,
) -> None:
    await events.record(
        conn,
        actor,
        f"signing_authority.{name}",
        about=after,
        move=(move, before),
        changed={"person": after.person_id, "organisation": after.organisation_id},
    )
