"""Erasing a person's data."""

from __future__ import annotations

from uuid import UUID

from market.base import db, events
from market.base.access import SYSTEM, Actor, Role, require
from market.base.db import Connection
from market.identity.erasure import queries
from market.identity.erasure.model import NotYoursToErase
from market.identity.keys import operations as keys
from market.identity.members import operations as members
from market.identity.members.model import Leaving
from market.identity.passwords import queries as passwords
from market.identity.people import queries as people
from market.identity.people.model import MOVES, Person, PersonState
from market.identity.resets import queries as resets
from market.identity.roles import operations as roles
from market.identity.roles import queries as role_queries
from market.identity.second_factor import operations as second_factor
from market.identity.sessions import operations as sessions
from market.identity.sessions import queries as session_queries


async def erase_person(conn: Connection, actor: Actor, person_id: UUID) -> Person:
    """Take away everything personal, and with it every way to sign in or act.

    An administrator may only when nothing binds the person to organisations outside his scope.
    Raises LastOfItsRole when an organisation would be left without manager or administrator.
    """
    async with db.act(conn, actor):
        found = await people.find_person(conn, actor, person_id)
        async with db.act(conn, SYSTEM):
            person = await people.lock_person(conn, found.id)
            require(await _may_erase(conn, actor, person), NotYoursToErase)
            await _end_everything(conn, person)
            to = MOVES.after("erase", PersonState(person.state))
            erased = await people.set_erased(conn, person, to)
        move = ("erase", PersonState(person.state))
        await events.record(conn, actor, "person.erased", about=erased, move=move)
    return erased


async def _may_erase(conn: Connection, actor: Actor, person: Person) -> bool:
    """Himself, or the administrator of all that he belongs to."""
    if person.id == actor.person_id:
        return True
    belongs_to = await role_queries.bonds_of(conn, person.id)
    return actor.is_any(Role.ADMINISTRATOR) and belongs_to <= set(actor.scope)


async def _end_everything(conn: Connection, person: Person) -> None:
    for grant in await queries.lock_live_grants(conn, person.id):
        await roles.end_grant(conn, SYSTEM, grant)
    for member in await queries.enrolments(conn, person.id):
        await members.end_membership(conn, SYSTEM, member, Leaving())
    await keys.revoke_all(conn, SYSTEM, person.id)
    await sessions.end_all(conn, SYSTEM, person.id)
    await session_queries.forget_places(conn, person.id)
    await resets.use_all(conn, person.id)
    await passwords.delete_hash(conn, person.id)
    await second_factor.end(conn, SYSTEM, person.id, move="remove")
    await queries.blank_invitations(conn, person.id, person.email)
    await queries.forget_letters(conn, person.id)
