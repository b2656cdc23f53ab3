"""Registering, inviting, verifying, refusing and sending again."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from market.base import db, events
from market.base.access import SYSTEM, Actor, Role, require
from market.base.db import Connection
from market.base.errors import require_version
from market.identity import letters
from market.identity.enterprises import queries
from market.identity.enterprises.model import (
    REFUSED,
    REGISTRATIONS_PER_ADDRESS,
    REGISTRATIONS_PER_MAILBOX,
    VERIFIED,
    Correction,
    EnterpriseInvitation,
    NotTheManager,
    OnlyClerksVerify,
    OwnEnterprise,
    Registration,
)
from market.identity.invitations import operations as invitations
from market.identity.invitations.model import NewInvitation
from market.identity.letters import Letter, Link
from market.identity.organisations import operations as organisations
from market.identity.organisations import queries as organisation_queries
from market.identity.organisations.model import (
    MOVES,
    NewOrganisation,
    Organisation,
    OrganisationKind,
    OrganisationState,
    UsccTaken,
    check_uscc,
    is_clerk,
)
from market.identity.people.model import normal_email
from market.identity.roles import queries as role_queries
from market.identity.sessions import operations as sessions


async def count_request(conn: Connection, given: Registration, address: str) -> None:
    """Every try counts for the address that it comes from, what would send a mail for the mailbox.

    So that nobody's mailbox is flooded, and a slip of the pen locks nobody out. Raises UsccTaken,
    and what ``check_uscc`` refuses.
    """
    mailbox = normal_email(given.manager.email)
    await sessions.limit(conn, "registration", address, most=REGISTRATIONS_PER_ADDRESS)
    check_uscc(given.uscc)
    await _require_free(conn, given.uscc)
    await sessions.limit(conn, "registration_mail", mailbox, most=REGISTRATIONS_PER_MAILBOX)


async def register_enterprise(conn: Connection, given: Registration, link: Link) -> Organisation:
    """Anybody registers an enterprise; its first manager gets a link into his mailbox.

    Acts as the system, and answers the same whether or not it knows the manager's address.
    """
    check_uscc(given.uscc)
    async with db.act(conn, SYSTEM):
        await _require_free(conn, given.uscc)
        enterprise = await _create(conn, SYSTEM, given, OrganisationState.REGISTERED, "register")
        await _invite_manager(conn, SYSTEM, enterprise, given, link)
    return enterprise


async def invite_enterprise(
    conn: Connection, actor: Actor, given: EnterpriseInvitation, link: Link
) -> Organisation:
    """A clerk enters an enterprise on its behalf; its manager only has to accept."""
    async with db.act(conn, actor):
        require(is_clerk(actor), OnlyClerksVerify)
        if given.uscc_override_reason is None:
            check_uscc(given.uscc)
        enterprise = await _create(conn, actor, given, OrganisationState.INVITED, "invite")
        await queries.insert_verification(
            conn,
            enterprise.id,
            decision="verified",
            reason=None,
            uscc_override_reason=given.uscc_override_reason,
            decided_by=actor,
        )
        await _invite_manager(conn, actor, enterprise, given, link)
    return enterprise


async def verify_enterprise(
    conn: Connection, actor: Actor, enterprise_id: UUID, *, expected_version: int | None = None
) -> Organisation:
    """A clerk has compared the enterprise with its licence."""
    return await _decide(conn, actor, enterprise_id, "verify", None, expected_version)


async def refuse_enterprise(
    conn: Connection,
    actor: Actor,
    enterprise_id: UUID,
    reason: str,
    *,
    expected_version: int | None = None,
) -> Organisation:
    """The clerk found a fault; the enterprise may mend it and register again."""
    return await _decide(conn, actor, enterprise_id, "refuse", reason, expected_version)


async def register_again(
    conn: Connection,
    actor: Actor,
    enterprise_id: UUID,
    given: Correction,
    *,
    expected_version: int | None = None,
) -> Organisation:
    """A refused enterprise corrects its data and asks once more."""
    check_uscc(given.uscc)
    async with db.act(conn, actor):
        enterprise = await queries.lock_enterprise(conn, enterprise_id)
        require(actor.acts_for(enterprise.id, Role.MANAGER), NotTheManager)
        require_version(enterprise.version, expected_version)
        before = OrganisationState(enterprise.state)
        to = MOVES.after("register", before)
        await _require_free(conn, given.uscc)
        corrected = await queries.set_correction(conn, enterprise, given)
        registered = await organisation_queries.move_organisation(conn, corrected, to=to)
        contact = organisations.contact_of(given.contact)
        await organisation_queries.set_contact(conn, enterprise.id, contact)
        move = ("register", before)
        await events.record(conn, actor, "organisation.registered", about=registered, move=move)
    return registered


async def _require_free(conn: Connection, uscc: str) -> None:
    """Say at once what verifying would find out: somebody verified has the code."""
    async with db.act(conn, SYSTEM):
        require(not await queries.is_claimed(conn, uscc), UsccTaken(found=uscc, pointer="/uscc"))


async def _move(conn: Connection, enterprise: Organisation, to: OrganisationState) -> Organisation:
    """Only who is verified claims a code, so that nobody holds another's by registering first."""
    try:
        async with db.savepoint(conn):
            return await organisation_queries.move_organisation(conn, enterprise, to=to)
    except asyncpg.UniqueViolationError as twice:
        raise organisations.taken(twice, enterprise.uscc, None) from twice


async def _decide(
    conn: Connection,
    actor: Actor,
    enterprise_id: UUID,
    move: str,
    reason: str | None,
    expected_version: int | None,
) -> Organisation:
    async with db.act(conn, actor):
        enterprise = await queries.lock_enterprise(conn, enterprise_id)
        require(is_clerk(actor), OnlyClerksVerify)
        belongs = await role_queries.belongs_to(conn, actor.person_id, enterprise.id)
        require(not belongs, OwnEnterprise)
        before = OrganisationState(enterprise.state)
        if await _decided_so(conn, actor, enterprise, move):
            return enterprise
        require_version(enterprise.version, expected_version)
        to = MOVES.after(move, before)
        decided = await _move(conn, enterprise, to)
        await queries.insert_verification(
            conn,
            enterprise.id,
            decision=to.value,
            reason=reason,
            uscc_override_reason=None,
            decided_by=actor,
        )
        name = f"organisation.{to.value}"
        await events.record(conn, actor, name, about=decided, move=(move, before))
        await _tell_managers(conn, decided, VERIFIED if move == "verify" else REFUSED, reason)
    return decided


async def _decided_so(conn: Connection, actor: Actor, enterprise: Organisation, move: str) -> bool:
    """Whether the actor himself decided just this before, and nothing happened since."""
    decisions = await queries.verifications_of(conn, actor, enterprise.id)
    if not decisions or decisions[-1].decision != enterprise.state:
        return False
    state = OrganisationState.VERIFIED if move == "verify" else OrganisationState.REFUSED
    return decisions[-1].decided_by == actor.person_id and enterprise.state == state


async def _tell_managers(
    conn: Connection, enterprise: Organisation, letter: Letter, reason: str | None
) -> None:
    async with db.act(conn, SYSTEM):
        readers = await organisation_queries.readers_in_role(conn, enterprise.id, Role.MANAGER)
    for reader in readers:
        await letters.send(
            conn,
            letter,
            to=reader.email,
            language=reader.language,
            cause=f"organisation:{enterprise.id}:{enterprise.version}:{reader.person_id}",
            name=reader.name,
            organisation=enterprise.name_zh,
            reason=reason or "",
        )


async def _create(
    conn: Connection,
    actor: Actor,
    given: Registration | EnterpriseInvitation,
    state: OrganisationState,
    move: str,
) -> Organisation:
    new = NewOrganisation(
        kind=OrganisationKind.ENTERPRISE,
        name_zh=given.name_zh,
        name_en=given.name_en,
        uscc=given.uscc,
        region=given.region,
        state=state,
    )
    return await organisations.create_organisation(conn, actor, new, given.contact, move=move)


async def _invite_manager(
    conn: Connection,
    actor: Actor,
    enterprise: Organisation,
    given: Registration | EnterpriseInvitation,
    link: Link,
) -> None:
    new = NewInvitation(
        organisation_id=enterprise.id,
        name=given.manager.name,
        email=given.manager.email,
        language=given.manager.language,
        roles=[Role.MANAGER],
    )
    await invitations.send(conn, actor, enterprise, new, link)
