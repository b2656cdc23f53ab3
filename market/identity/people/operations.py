"""What people do with their own record; creating one is part of an invitation or a register."""

from __future__ import annotations

from market.base import clock, db, events, policies
from market.base.access import SYSTEM, Actor
from market.base.db import Connection
from market.base.errors import require_version
from market.identity.people import queries
from market.identity.people.model import (
    Consent,
    ConsentOutdated,
    Consents,
    ConsentText,
    Document,
    NewPerson,
    Person,
    Profile,
)


async def create_person(conn: Connection, new: NewPerson) -> Person:
    """Write a person down; who he is was established by the act that this one is part of."""
    async with db.act(conn, SYSTEM):
        person = await queries.insert_person(conn, new)
        await events.record(conn, SYSTEM, "person.created", about=person, move=("create", None))
    return person


async def edit_profile(
    conn: Connection, actor: Actor, profile: Profile, expected_version: int | None
) -> Person:
    async with db.act(conn, actor):
        person = await queries.lock_person(conn, actor.person_id)
        require_version(person.version, expected_version)
        edited = await queries.set_profile(conn, person, profile)
        await events.record(conn, actor, "person.edited", about=edited)
    return edited


async def documents_in_force(conn: Connection) -> Consents:
    """Which versions of terms and privacy notice one agrees to today."""
    policy = await policies.current(conn, "consent_documents", on=await clock.today(conn))
    return Consents(terms=policy.body["terms"], privacy=policy.body["privacy"])


async def text_in_force(conn: Connection, document: Document) -> ConsentText:
    """The text of what one agrees to today."""
    policy = await policies.current(conn, "consent_documents", on=await clock.today(conn))
    said = policy.body
    return ConsentText(document, said[document], said[f"{document}_zh"], said[f"{document}_en"])


async def give_consents(conn: Connection, actor: Actor, consents: Consents) -> list[Consent]:
    """Agree to the documents in force; raises ConsentOutdated when others were read."""
    async with db.act(conn, actor):
        person = await queries.lock_person(conn, actor.person_id)
        await record_consents(conn, person, consents)
        await events.record(
            conn,
            actor,
            "person.consented",
            about=person,
            changed={"terms": consents.terms, "privacy": consents.privacy},
        )
        return await queries.consents_of(conn, person.id)


async def record_consents(conn: Connection, person: Person, consents: Consents) -> None:
    """The same within another act, by which the person shows who he is."""
    in_force = await documents_in_force(conn)
    if consents != in_force:
        raise ConsentOutdated(terms=in_force.terms, privacy=in_force.privacy, pointer="/consents")
    await queries.insert_consent(conn, person.id, "terms", consents.terms)
    await queries.insert_consent(conn, person.id, "privacy", consents.privacy)
