"""Inviting, sending the link again, revoking it, accepting it."""

from __future__ import annotations

from uuid import UUID

from market.base import db, events, words
from market.base.access import SYSTEM, Actor, Role, require
from market.base.db import Connection
from market.base.errors import require_version
from market.identity import letters
from market.identity.invitations import queries
from market.identity.invitations.model import (
    DAYS_VALID,
    INVITED,
    MOVES,
    Acceptance,
    Invitation,
    InvitationState,
    LinkUnusable,
    NewInvitation,
    Offer,
    PasswordMissing,
    PasswordNotAsked,
)
from market.identity.letters import Link
from market.identity.organisations import queries as organisations
from market.identity.organisations.model import MOVES as ORGANISATION_MOVES
from market.identity.organisations.model import Organisation, OrganisationState
from market.identity.passwords import queries as passwords
from market.identity.passwords.model import check_password
from market.identity.people import operations as people
from market.identity.people import queries as person_queries
from market.identity.people.model import NewPerson, Person, normal_email
from market.identity.roles import operations as roles
from market.identity.roles import queries as role_queries
from market.identity.roles.model import (
    AlreadyGranted,
    NewGrant,
    NobodyGrantsToHimself,
    NotYoursToGrant,
    check_role,
    check_together,
    may_grant,
)


async def invite(conn: Connection, actor: Actor, new: NewInvitation, link: Link) -> Invitation:
    """Promise roles in an organisation to a colleague and send him the link."""
    async with db.act(conn, actor):
        organisation = await organisations.find_organisation(conn, actor, new.organisation_id)
        for place, role in enumerate(new.roles):
            check_role(organisation, role, pointer=f"/roles/{place}")
            require(may_grant(actor, organisation, role), NotYoursToGrant)
        check_together(new.roles)
        own = await person_queries.reader(conn, actor.person_id)
        himself = own is not None and own.email == normal_email(new.email)
        require(not himself, NobodyGrantsToHimself)
        return await send(conn, actor, organisation, new, link)


async def send(
    conn: Connection, actor: Actor, organisation: Organisation, new: NewInvitation, link: Link
) -> Invitation:
    """The invitation itself; whoever calls has made sure that the actor may promise the roles."""
    async with db.act(conn, SYSTEM):
        invitation = await queries.insert_invitation(
            conn,
            new,
            email=normal_email(new.email),
            token_hash=link.digest,
            invited_by=actor.person_id,
        )
    await events.record(
        conn,
        actor,
        "invitation.sent",
        about=invitation,
        move=("send", None),
        changed={"organisation": organisation.id, "roles": list(new.roles)},
    )
    await _mail(conn, organisation, invitation, link)
    return invitation


async def send_again(conn: Connection, actor: Actor, invitation_id: UUID, link: Link) -> Invitation:
    """A new link, for a mail that was lost or has expired; the old link stops working."""
    async with db.act(conn, actor):
        invitation, organisation = await _lock_own(conn, actor, invitation_id)
        MOVES.after("accept", InvitationState(invitation.state))
        renewed = await queries.set_token(conn, invitation, link.digest)
        await events.record(conn, actor, "invitation.resent", about=renewed)
        await _mail(conn, organisation, renewed, link)
    return renewed


async def revoke_invitation(
    conn: Connection, actor: Actor, invitation_id: UUID, *, expected_version: int | None = None
) -> Invitation:
    async with db.act(conn, actor):
        invitation, _ = await _lock_own(conn, actor, invitation_id)
        if invitation.state == InvitationState.REVOKED:
            return invitation
        require_version(invitation.version, expected_version)
        return await _revoke(conn, actor, invitation)


async def revoke_promises(conn: Connection, inviter: UUID) -> None:
    """Revoke what somebody promised and may not grant any more, as the end of a role asks for."""
    async with db.act(conn, SYSTEM):
        for invitation in await queries.lock_open_of(conn, inviter):
            if not await _inviter_still_may(conn, invitation):
                await _revoke(conn, SYSTEM, invitation)


async def accept(conn: Connection, given: Acceptance, password_hash: str | None) -> Invitation:
    """Whoever holds the link becomes one of the organisation's people.

    Acts as the system: the link is all that is known of him. ``password_hash``: of
    ``given.password``, made before, since hashing waits.
    """
    async with db.act(conn, SYSTEM):
        invitation = await _lock_by_token(conn, given.token)
        person = await _person_of(conn, invitation, given, password_hash)
        await people.record_consents(conn, person, given.consents)
        organisation = await organisations.lock_organisation(conn, invitation.organisation_id)
        before = InvitationState(invitation.state)
        to = MOVES.after("accept", before)
        accepted = await queries.move_invitation(conn, invitation, to=to, person_id=person.id)
        organisation = await _verify_invited(conn, organisation)
        await _grant_promised(conn, organisation, accepted, person)
        await events.record(
            conn,
            SYSTEM,
            "invitation.accepted",
            about=accepted,
            move=("accept", before),
            changed={"person": person.id, "organisation": organisation.id},
        )
    return accepted


async def read_link(conn: Connection, token: str) -> Offer:
    """What a link offers, and whether its holder still has to choose a password."""
    async with db.act(conn, SYSTEM):
        invitation = await _lock_by_token(conn, token)
        organisation = await organisations.lock_organisation(conn, invitation.organisation_id)
        person = await person_queries.find_by_email(conn, invitation.email or "")
        known = person is not None and await passwords.hash_of(conn, person.id) is not None
    return Offer(
        organisation_zh=organisation.name_zh,
        organisation_en=organisation.name_en,
        name=invitation.name,
        email=invitation.email or "",
        roles=invitation.roles,
        expires_at=invitation.expires_at,
        password_needed=not known,
    )


async def _revoke(conn: Connection, actor: Actor, invitation: Invitation) -> Invitation:
    before = InvitationState(invitation.state)
    to = MOVES.after("revoke", before)
    revoked = await queries.move_invitation(conn, invitation, to=to)
    move = ("revoke", before)
    await events.record(conn, actor, "invitation.revoked", about=revoked, move=move)
    return revoked


async def _lock_by_token(conn: Connection, token: str) -> Invitation:
    invitation = await queries.lock_by_token(conn, letters.digest_of(token))
    if invitation is None or not await _inviter_still_may(conn, invitation):
        raise LinkUnusable(pointer="/token")
    return invitation


async def _inviter_still_may(conn: Connection, invitation: Invitation) -> bool:
    """A promise ends with the office of whoever gave it, in that very organisation."""
    inviter = invitation.invited_by
    if inviter == SYSTEM.person_id:
        return True
    organisation = await organisations.find_organisation(conn, SYSTEM, invitation.organisation_id)
    if organisation.state == OrganisationState.INVITED:
        return await role_queries.holds_anywhere(conn, inviter, Role.CLERK)
    standings = await role_queries.standings(conn, inviter)
    return all(
        any(may_grant(standing, organisation, Role(role)) for standing in standings)
        for role in invitation.roles
    )


async def _person_of(
    conn: Connection, invitation: Invitation, given: Acceptance, password_hash: str | None
) -> Person:
    email = invitation.email or ""
    person = await person_queries.find_by_email(conn, email)
    if person is None:
        name = given.name or invitation.name
        new = NewPerson(name=name, email=email, language=invitation.language)
        person = await people.create_person(conn, new)
    elif await passwords.hash_of(conn, person.id) is not None:
        require(password_hash is None, PasswordNotAsked(pointer="/password"))
        return person
    if password_hash is None or given.password is None:
        raise PasswordMissing(pointer="/password")
    check_password(given.password, email)
    await passwords.set_hash(conn, person.id, password_hash)
    return person


async def _verify_invited(conn: Connection, organisation: Organisation) -> Organisation:
    """An enterprise that a clerk invited is verified by him; accepting completes it."""
    before = OrganisationState(organisation.state)
    if before != OrganisationState.INVITED:
        return organisation
    to = ORGANISATION_MOVES.after("accept", before)
    accepted = await organisations.move_organisation(conn, organisation, to=to)
    move = ("accept", before)
    await events.record(conn, SYSTEM, "organisation.accepted", about=accepted, move=move)
    return accepted


async def _grant_promised(
    conn: Connection, organisation: Organisation, invitation: Invitation, person: Person
) -> None:
    require(person.id != invitation.invited_by, NobodyGrantsToHimself)
    for role in invitation.roles:
        promised = NewGrant(
            person_id=person.id,
            organisation_id=organisation.id,
            role=Role(role),
            to_on=invitation.to_on,
        )
        await _grant_unless_held(conn, organisation, promised, invitation.invited_by)


async def _grant_unless_held(
    conn: Connection, organisation: Organisation, promised: NewGrant, inviter: UUID
) -> None:
    try:
        async with db.savepoint(conn):
            await roles.write_grant(conn, SYSTEM, organisation, promised, proposed_by=inviter)
    except AlreadyGranted:
        return


async def _lock_own(
    conn: Connection, actor: Actor, invitation_id: UUID
) -> tuple[Invitation, Organisation]:
    invitation = await queries.lock_invitation(conn, actor, invitation_id)
    organisation = await organisations.find_organisation(conn, actor, invitation.organisation_id)
    may = all(may_grant(actor, organisation, Role(role)) for role in invitation.roles)
    require(may or invitation.invited_by == actor.person_id, NotYoursToGrant)
    return invitation, organisation


async def _mail(
    conn: Connection, organisation: Organisation, invitation: Invitation, link: Link
) -> None:
    await letters.send(
        conn,
        INVITED,
        to=invitation.email or "",
        language=invitation.language,
        cause=f"invitation:{invitation.id}:{invitation.version}",
        name=invitation.name,
        organisation=organisation.name_zh,
        roles=words.roles(invitation.roles),
        days=DAYS_VALID,
        link=link.to("invitation"),
    )
