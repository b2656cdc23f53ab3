"""Forgotten passwords and changed ones."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from market.base import clock, db, events
from market.base.access import SYSTEM, Actor
from market.base.db import Connection, Pool
from market.identity import letters
from market.identity.invitations.model import LinkUnusable
from market.identity.letters import Link
from market.identity.passwords import queries as passwords
from market.identity.passwords.model import Hasher, check_password
from market.identity.people import queries as people
from market.identity.people.model import Person, normal_email
from market.identity.resets import queries
from market.identity.resets.model import (
    CHANGED,
    FORGOTTEN,
    MINUTES_VALID,
    REQUESTS_PER_ACCOUNT,
    REQUESTS_PER_ADDRESS,
    CurrentPasswordWrong,
    Forgotten,
    NewPassword,
    NobodyThere,
    PasswordChange,
    stand_in,
)
from market.identity.sessions import operations as sessions
from market.identity.sessions import queries as session_queries


async def count_request(conn: Connection, given: Forgotten, address: str) -> None:
    """Count a request before it is looked at; raises TooMany, also for unknown addresses."""
    await sessions.limit(conn, "reset", normal_email(given.email), most=REQUESTS_PER_ACCOUNT)
    await sessions.limit(conn, "reset_address", address, most=REQUESTS_PER_ADDRESS)


async def request_reset(conn: Connection, given: Forgotten, link: Link) -> None:
    """Send a link to whoever has the address; says nothing when nobody has.

    Then the same is written and taken back, so that the time tells nothing either. Acts as the
    system: who asks is not known yet.
    """
    async with db.act(conn, SYSTEM):
        person = await people.find_by_email(conn, normal_email(given.email))
        with suppress(NobodyThere):
            async with db.savepoint(conn):
                await _send_link(conn, person or stand_in(given), link)
                if person is None:
                    raise NobodyThere


async def _send_link(conn: Connection, person: Person, link: Link) -> None:
    reset_id = await queries.insert_reset(conn, person.id, link.digest)
    await events.record(conn, SYSTEM, "person.forgot_password", about=person)
    await letters.send(
        conn,
        FORGOTTEN,
        to=person.email or "",
        language=person.language,
        cause=f"password_reset:{reset_id}",
        name=person.name,
        minutes=MINUTES_VALID,
        link=link.to("password-reset"),
    )


async def reset_password(
    conn: Connection, given: NewPassword, password_hash: str, *, address: str | None = None
) -> None:
    """Set a new password by the link from the mail; ends every session.

    ``password_hash``: of ``given.password``, made before, since hashing waits. ``address``: from
    where, so that failures there count no more.
    """
    async with db.act(conn, SYSTEM):
        reset = await queries.lock_by_token(conn, letters.digest_of(given.token))
        if reset is None:
            raise LinkUnusable(pointer="/token")
        person = await people.lock_person(conn, reset.person_id)
        check_password(given.password, person.email)
        await _set(conn, SYSTEM, person, password_hash, but=None)
        await sessions.forget_failures(conn, person.email or "", address)


async def change_password(
    pool: Pool, actor: Actor, given: PasswordChange, hasher: Hasher, token: str
) -> None:
    """Set a new password, knowing the old one; ends all other sessions.

    Takes the pool, since hashing waits and no connection waits with it. Tries count as sign-ins do.
    """
    email = await db.retrying(pool, lambda conn: _email_of(conn, actor))
    await db.retrying(pool, lambda conn: sessions.count_password_try(conn, email))
    check_password(given.password, email)
    stored = await db.retrying(pool, lambda conn: _stored(conn, actor.person_id))
    if not await hasher.matches(stored, given.current):
        raise CurrentPasswordWrong(pointer="/current")
    password_hash = await hasher.hash(given.password)
    await db.retrying(pool, lambda conn: _change(conn, actor, password_hash, token))


async def _change(conn: Connection, actor: Actor, password_hash: str, token: str) -> None:
    async with db.act(conn, actor):
        person = await people.lock_person(conn, actor.person_id)
        own = await session_queries.lock_by_token(conn, letters.digest_of(token))
        await _set(conn, actor, person, password_hash, but=own.id if own else None)


async def _set(
    conn: Connection, actor: Actor, person: Person, password_hash: str, *, but: UUID | None
) -> None:
    async with db.act(conn, SYSTEM):
        await passwords.set_hash(conn, person.id, password_hash)
        await queries.use_all(conn, person.id)
        await sessions.forget_failures(conn, person.email or "")
    await sessions.end_all(conn, actor, person.id, but=but)
    await events.record(conn, actor, "person.changed_password", about=person)
    await _tell(conn, person)


async def _tell(conn: Connection, person: Person) -> None:
    if person.email is not None:
        instant = await clock.now(conn)
        await letters.send(
            conn,
            CHANGED,
            to=person.email,
            language=person.language,
            cause=f"password_changed:{person.id}:{instant.isoformat()}",
            name=person.name,
        )


async def _email_of(conn: Connection, actor: Actor) -> str:
    async with db.act(conn, actor):
        person = await people.find_person(conn, actor, actor.person_id)
    return person.email or ""


async def _stored(conn: Connection, person_id: UUID) -> str | None:
    async with db.act(conn, SYSTEM):
        return await passwords.hash_of(conn, person_id)
