"""Signing in and out, choosing whom to act for, ending sessions."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import msgspec

from market.base import db, events
from market.base.access import SYSTEM, Actor
from market.base.db import Connection, Pool
from market.base.errors import NotFound, TooMany
from market.base.web import Credentials, csrf_token
from market.identity import letters
from market.identity.letters import Link
from market.identity.passwords import queries as passwords
from market.identity.passwords.model import Hasher
from market.identity.people import operations as people
from market.identity.people import queries as person_queries
from market.identity.people.model import normal_email
from market.identity.sessions import queries
from market.identity.sessions.model import (
    FAILURES_PER_ADDRESS,
    FAILURES_PER_PLACE,
    FAILURES_WITHOUT_PAUSE,
    LONGEST_PAUSE_SECONDS,
    WINDOW_SECONDS,
    NotASession,
    NotYourOrganisation,
    Present,
    Session,
    SignIn,
    WrongPassword,
)

LONGEST_DEVICE: Final = 300


class Opened(msgspec.Struct, frozen=True):
    """A new session and its token, which is told once and kept nowhere."""

    session: Session
    token: str


async def sign_in(
    pool: Pool, given: SignIn, hasher: Hasher, *, address: str, device: str
) -> Opened:
    """Open a session for whoever knows the password.

    Takes the pool, since hashing waits and no connection waits with it. A try is counted before the
    password is looked at, and taken back by a success: failures count. Raises WrongPassword and
    TooMany, the same for addresses that nobody has.
    """
    email = normal_email(given.email)
    await db.retrying(pool, lambda conn: count_try(conn, email, address))
    person_id, stored = await db.retrying(pool, lambda conn: _known(conn, email))
    if not await hasher.matches(stored, given.password) or person_id is None:
        raise WrongPassword
    return await db.retrying(
        pool,
        lambda conn: _succeed(conn, email, person_id, address=address, device=device),
    )


async def count_try(conn: Connection, email: str, address: str) -> None:
    """Count a try for the account from this address, for the address, and for the account.

    Whoever guesses from one place locks the account for that place alone. For guesses from many
    the account as a whole pauses longer and longer, but never for the places from which its person
    has signed in before. Raises TooMany, the count being kept.
    """
    await limit(conn, "place", email, address, most=FAILURES_PER_PLACE)
    await limit(conn, "address", address, most=FAILURES_PER_ADDRESS)
    async with db.act(conn, SYSTEM):
        if await queries.is_usual_place(conn, email, address):
            return
        seconds_left = await queries.count_with_pause(
            conn,
            queries.scope_of("account", email),
            freely=FAILURES_WITHOUT_PAUSE,
            longest_seconds=LONGEST_PAUSE_SECONDS,
        )
    if seconds_left:
        raise TooMany(retry_after_seconds=seconds_left)


async def count_password_try(conn: Connection, email: str) -> None:
    """Count a try of somebody who is signed in and names his present password."""
    await limit(conn, "password", email, most=FAILURES_PER_PLACE)


async def forget_failures(conn: Connection, email: str, address: str | None = None) -> None:
    """After a new password: what was guessed at the old one counts no more."""
    scopes = [("account", email), ("password", email)]
    for words in [*scopes, ("place", email, address)] if address else scopes:
        await queries.forget_tries(conn, queries.scope_of(*words))


async def limit(conn: Connection, *words: str, most: int) -> None:
    """At most so many tries of one kind in a window of 15 minutes.

    Called outside of an act, so that the count stays when the try is refused.
    """
    async with db.act(conn, SYSTEM):
        tries, seconds_left = await queries.count_try(
            conn, queries.scope_of(*words), WINDOW_SECONDS
        )
    if tries > most:
        raise TooMany(retry_after_seconds=seconds_left)


async def open_session(
    conn: Connection,
    person_id: UUID,
    *,
    organisation_id: UUID | None,
    address: str | None,
    device: str | None,
) -> Opened:
    """A session for a person who has shown who he is.

    Without an organisation it acts for the only one that he has a role in, if there is only one.
    """
    link = Link("")
    async with db.act(conn, SYSTEM):
        chosen = await _chosen(conn, person_id, organisation_id)
        session = await queries.insert_session(
            conn,
            token_hash=link.digest,
            person_id=person_id,
            organisation_id=chosen,
            address=address,
            device=device[:LONGEST_DEVICE] if device else None,
        )
        await events.record(
            conn, SYSTEM, "session.opened", about=session, changed={"person": person_id}
        )
    return Opened(session, link.token)


async def act_for(
    conn: Connection, actor: Actor, token: str | None, organisation_id: UUID
) -> Session:
    """From now on the session acts for another of the person's organisations."""
    async with db.act(conn, actor):
        session = await lock_own(conn, token)
        await _chosen(conn, actor.person_id, organisation_id)
        changed = await queries.set_organisation(conn, session, organisation_id)
        await events.record(
            conn, actor, "session.turned", about=changed, changed={"organisation": organisation_id}
        )
    return changed


async def sign_out(conn: Connection, actor: Actor, token: str | None) -> None:
    async with db.act(conn, actor):
        session = await lock_own(conn, token)
        await revoke_session(conn, actor, session.id)


async def revoke_session(conn: Connection, actor: Actor, session_id: UUID) -> None:
    """End one of the actor's own sessions."""
    async with db.act(conn, actor):
        ended = await queries.revoke(conn, actor.person_id, session_id)
        if ended is None:
            raise NotFound
        await events.record(conn, actor, "session.revoked", about=ended)


async def revoke_own_sessions(conn: Connection, actor: Actor, token: str | None) -> None:
    """End all of the actor's sessions but the one that asks."""
    async with db.act(conn, actor):
        own = await lock_own(conn, token)
        await end_all(conn, actor, actor.person_id, but=own.id)


async def end_all(
    conn: Connection, actor: Actor, person_id: UUID, *, but: UUID | None = None
) -> None:
    """End a person's sessions, as part of an act that makes them unsafe."""
    async with db.act(conn, SYSTEM):
        ended = await queries.revoke_all(conn, person_id, but=but)
    for session in ended:
        await events.record(conn, actor, "session.revoked", about=session)


async def present(conn: Connection, actor: Actor, token: str | None) -> Present:
    """Who is here, for whom, and what he still has to agree to."""
    person = await person_queries.find_person(conn, actor, actor.person_id)
    in_force = await people.documents_in_force(conn)
    return Present(
        person=person,
        organisation_id=actor.organisation_id,
        roles=sorted(actor.roles),
        organisations=await queries.organisations_of(conn, actor.person_id),
        consents_due=await queries.consents_due(
            conn, person.id, {"terms": in_force.terms, "privacy": in_force.privacy}
        ),
        csrf_token=csrf_token(token) if token else None,
        second_factor=actor.second_factor,
        roles_withheld=sorted(actor.withheld),
    )


async def present_by(conn: Connection, token: str) -> Present:
    """The same for a session that was made or changed a moment ago."""
    actor = await queries.who_is(conn, Credentials("session", token))
    assert actor is not None, "the session was made or used a moment ago"
    async with db.act(conn, actor):
        return await present(conn, actor, token)


async def _known(conn: Connection, email: str) -> tuple[UUID | None, str | None]:
    async with db.act(conn, SYSTEM):
        return await passwords.find_by_email(conn, email)


async def _succeed(
    conn: Connection, email: str, person_id: UUID, *, address: str, device: str
) -> Opened:
    async with db.act(conn, SYSTEM):
        await queries.forget_tries(conn, queries.scope_of("place", email, address))
        await queries.take_back_try(conn, queries.scope_of("address", address))
        await queries.take_back_try(conn, queries.scope_of("account", email))
        return await open_session(
            conn, person_id, organisation_id=None, address=address, device=device
        )


async def _chosen(conn: Connection, person_id: UUID, organisation_id: UUID | None) -> UUID | None:
    held = [each.organisation_id for each in await queries.organisations_of(conn, person_id)]
    if organisation_id is not None and organisation_id not in held:
        raise NotYourOrganisation(pointer="/organisation_id")
    return organisation_id or (held[0] if len(held) == 1 else None)


async def lock_own(conn: Connection, token: str | None) -> Session:
    """The session that asks; NotASession for a key."""
    session = await queries.lock_by_token(conn, letters.digest_of(token or ""))
    if session is None:
        raise NotASession
    return session
