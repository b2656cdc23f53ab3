"""Granting, proposing, approving, refusing, withdrawing and revoking roles."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from market.base import clock, db, events, proposals, words
from market.base.access import SYSTEM, Actor, Role, require
from market.base.db import Connection
from market.base.errors import NotFound, require_version
from market.identity import letters
from market.identity.organisations import queries as organisations
from market.identity.organisations.model import Organisation
from market.identity.people import queries as people
from market.identity.roles import queries
from market.identity.roles.model import (
    FOUR_EYES_ROLES,
    GRANTED,
    MOVES,
    PROPOSED,
    AlreadyGranted,
    GrantState,
    LastOfItsRole,
    NewGrant,
    NobodyGrantsToHimself,
    NotYoursToApprove,
    NotYoursToGrant,
    RoleGrant,
    RolesExclude,
    WrongDates,
    check_role,
    excludes,
    may_approve,
    may_grant,
)


async def grant_role(conn: Connection, actor: Actor, new: NewGrant) -> RoleGrant:
    """Give a role to somebody else; a money role or the administrator's is only proposed."""
    async with db.act(conn, actor):
        organisation = await organisations.find_organisation(conn, actor, new.organisation_id)
        require(may_grant(actor, organisation, new.role), NotYoursToGrant)
        require(new.person_id != actor.person_id, NobodyGrantsToHimself)
        require(await queries.knows(conn, actor, new.person_id), NotFound(pointer="/person_id"))
        return await write_grant(conn, actor, organisation, new, proposed_by=actor.person_id)


async def write_grant(
    conn: Connection, actor: Actor, organisation: Organisation, new: NewGrant, *, proposed_by: UUID
) -> RoleGrant:
    """The grant itself, also as part of an accepted invitation, by whom it was promised.

    What the system writes needs no approval: a first manager, a first administrator.
    """
    check_role(organisation, new.role, pointer="/role")
    from_on = await _first_day(conn, new)
    proposal = new.role in FOUR_EYES_ROLES and proposed_by != SYSTEM.person_id
    async with db.act(conn, SYSTEM):
        await _check_exclusions(conn, new, from_on)
        grant = await queries.insert_grant(
            conn,
            person_id=new.person_id,
            organisation_id=new.organisation_id,
            role=new.role,
            from_on=from_on,
            to_on=new.to_on,
            state=GrantState.PROPOSED if proposal else GrantState.APPROVED,
            reason=new.reason,
            proposed_by=proposed_by,
            decided_by=None if proposal else proposed_by,
        )
    if grant is None:
        raise AlreadyGranted(pointer="/role")
    name, move = ("proposed", "propose") if proposal else ("granted", "grant")
    await events.record(
        conn, actor, f"role_grant.{name}", about=grant, move=(move, None), changed=_changed(grant)
    )
    await (_ask_approvers if proposal else _tell_holder)(conn, grant, organisation)
    return grant


async def approve_grant(
    conn: Connection, actor: Actor, grant_id: UUID, *, expected_version: int | None = None
) -> RoleGrant:
    """The second pair of eyes; neither the proposer nor the person himself.

    The person is locked before his grant, as whoever erases him does.
    """
    async with db.act(conn, actor):
        seen = await queries.find_grant(conn, actor, grant_id)
        async with db.act(conn, SYSTEM):
            await people.lock_person(conn, seen.person_id)
        grant, organisation = await _lock_for_decision(conn, actor, grant_id)
        if proposals.is_repeat(actor, grant, GrantState.APPROVED):
            return grant
        require_version(grant.version, expected_version)
        to = MOVES.after("approve", GrantState(grant.state))
        async with db.act(conn, SYSTEM):
            await _check_exclusions(conn, _wish_of(grant), grant.from_on, besides=grant.id)
        approved = await queries.set_decision(conn, grant, to=to, decided_by=actor.person_id)
        await _record(conn, actor, "approved", "approve", grant, approved)
        await _tell_holder(conn, approved, organisation)
    return approved


async def refuse_grant(
    conn: Connection,
    actor: Actor,
    grant_id: UUID,
    reason: str,
    *,
    expected_version: int | None = None,
) -> RoleGrant:
    async with db.act(conn, actor):
        grant, _ = await _lock_for_decision(conn, actor, grant_id)
        if proposals.is_repeat(actor, grant, GrantState.REFUSED):
            return grant
        require_version(grant.version, expected_version)
        to = MOVES.after("refuse", GrantState(grant.state))
        refused = await queries.set_decision(
            conn, grant, to=to, decided_by=actor.person_id, reason=reason
        )
        await _record(conn, actor, "refused", "refuse", grant, refused)
    return refused


async def withdraw_grant(
    conn: Connection, actor: Actor, grant_id: UUID, *, expected_version: int | None = None
) -> RoleGrant:
    """Take one's own proposal back before anybody decided on it."""
    async with db.act(conn, actor):
        grant = await queries.lock_grant(conn, actor, grant_id)
        require(grant.proposed_by == actor.person_id, NotYoursToGrant)
        if grant.state == GrantState.WITHDRAWN:
            return grant
        require_version(grant.version, expected_version)
        to = MOVES.after("withdraw", GrantState(grant.state))
        withdrawn = await queries.set_decision(conn, grant, to=to, decided_by=actor.person_id)
        await _record(conn, actor, "withdrawn", "withdraw", grant, withdrawn)
    return withdrawn


async def revoke_grant(
    conn: Connection,
    actor: Actor,
    grant_id: UUID,
    reason: str,
    *,
    expected_version: int | None = None,
) -> RoleGrant:
    """End a role at once; its holder may lay it down himself."""
    async with db.act(conn, actor):
        grant = await queries.lock_grant(conn, actor, grant_id)
        organisation = await organisations.find_organisation(conn, actor, grant.organisation_id)
        own = grant.person_id == actor.person_id
        require(own or may_grant(actor, organisation, Role(grant.role)), NotYoursToGrant)
        if grant.state == GrantState.REVOKED:
            return grant
        require_version(grant.version, expected_version)
        to = MOVES.after("revoke", GrantState(grant.state))
        await _check_not_last(conn, grant)
        async with db.act(conn, SYSTEM):
            revoked = await queries.set_decision(
                conn, grant, to=to, decided_by=_decider(actor, grant), reason=reason
            )
        await _record(conn, actor, "revoked", "revoke", grant, revoked)
    return revoked


async def end_grant(conn: Connection, actor: Actor, grant: RoleGrant) -> None:
    """End a live grant, proposed or approved, as part of an act that ends the person's work."""
    proposed = grant.state == GrantState.PROPOSED
    move, name = ("withdraw", "withdrawn") if proposed else ("revoke", "revoked")
    to = MOVES.after(move, GrantState(grant.state))
    await _check_not_last(conn, grant)
    ended = await queries.set_decision(
        conn, grant, to=to, decided_by=grant.decided_by or SYSTEM.person_id
    )
    await _record(conn, actor, name, move, grant, ended)


def _decider(actor: Actor, grant: RoleGrant) -> UUID:
    """Who ended it; a role laid down by its holder keeps its approver, the event says the rest."""
    if actor.person_id in (grant.person_id, grant.proposed_by):
        return grant.decided_by or SYSTEM.person_id
    return actor.person_id


async def _lock_for_decision(
    conn: Connection, actor: Actor, grant_id: UUID
) -> tuple[RoleGrant, Organisation]:
    grant = await queries.lock_grant(conn, actor, grant_id)
    organisation = await organisations.find_organisation(conn, actor, grant.organisation_id)
    require(actor.person_id != grant.person_id, NobodyGrantsToHimself)
    require(may_approve(actor, organisation, Role(grant.role)), NotYoursToApprove)
    proposals.require_other(actor, grant, beneficiaries=[grant.person_id])
    return grant, organisation


async def _check_exclusions(
    conn: Connection, new: NewGrant, from_on: date, *, besides: UUID | None = None
) -> None:
    """Under the person's lock, so that two grants at once cannot pass each other."""
    await people.lock_person(conn, new.person_id)
    for held in await queries.grants_overlapping(conn, new.person_id, from_on, new.to_on):
        same = held.organisation_id == new.organisation_id
        if held.id != besides and excludes(new.role, Role(held.role), same_organisation=same):
            raise RolesExclude(
                role=words.role(new.role), held=words.role(held.role), pointer="/role"
            )


async def _check_not_last(conn: Connection, grant: RoleGrant) -> None:
    if grant.role not in (Role.MANAGER, Role.ADMINISTRATOR) or grant.state != "approved":
        return
    async with db.act(conn, SYSTEM):
        in_office = await queries.lock_holders(conn, grant.organisation_id, Role(grant.role))
    if in_office == [grant.id]:
        raise LastOfItsRole(role=words.role(grant.role))


async def _first_day(conn: Connection, new: NewGrant) -> date:
    today = await clock.today(conn)
    from_on = new.from_on or today
    if from_on < today:
        raise WrongDates(today=today, pointer="/from_on")
    if new.to_on is not None and new.to_on < from_on:
        raise WrongDates(today=today, pointer="/to_on")
    return from_on


async def _ask_approvers(conn: Connection, grant: RoleGrant, organisation: Organisation) -> None:
    async with db.act(conn, SYSTEM):
        for reader in await queries.approvers(conn, grant):
            await letters.send(
                conn,
                PROPOSED,
                to=reader.email,
                language=reader.language,
                cause=f"role_grant_proposed:{grant.id}:{reader.person_id}",
                name=reader.name,
                organisation=organisation.name_zh,
                role=words.role(grant.role),
            )


async def _tell_holder(conn: Connection, grant: RoleGrant, organisation: Organisation) -> None:
    async with db.act(conn, SYSTEM):
        reader = await people.reader(conn, grant.person_id)
    if reader is not None:
        await letters.send(
            conn,
            GRANTED,
            to=reader.email,
            language=reader.language,
            cause=f"role_grant_approved:{grant.id}",
            name=reader.name,
            organisation=organisation.name_zh,
            role=words.role(grant.role),
            from_on=grant.from_on,
        )


async def _record(
    conn: Connection, actor: Actor, name: str, move: str, before: RoleGrant, after: RoleGrant
) -> None:
    await events.record(
        conn,
        actor,
        f"role_grant.{name}",
        about=after,
        move=(move, GrantState(before.state)),
        changed=_changed(after),
    )


def _changed(grant: RoleGrant) -> dict[str, object]:
    return {
        "person": grant.person_id,
        "organisation": grant.organisation_id,
        "role": str(grant.role),
        "from_on": grant.from_on,
        "to_on": grant.to_on,
    }


def _wish_of(grant: RoleGrant) -> NewGrant:
    return NewGrant(
        person_id=grant.person_id,
        organisation_id=grant.organisation_id,
        role=Role(grant.role),
        from_on=grant.from_on,
        to_on=grant.to_on,
    )
