"""SQL of people and their consents."""

from __future__ import annotations

from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.identity.letters import Reader
from market.identity.people.model import Consent, NewPerson, Person, PersonState, Profile


async def insert_person(conn: Connection, person: NewPerson) -> Person:
    record = await conn.fetchrow(
        f"""INSERT INTO person (name, email, phone, language, state)
            VALUES ($1, $2, $3, $4, 'active') RETURNING {columns(Person)}""",
        person.name,
        person.email,
        person.phone,
        person.language,
    )
    return one(Person, record)


async def find_person(conn: Connection, actor: Actor, person_id: UUID) -> Person:
    """Himself, or somebody with a role or a membership in the actor's scope."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Person, "p")} FROM person p
            WHERE p.id = $1 AND p.state = 'active'
              AND ($2::uuid[] IS NULL OR p.id = $3
                   OR EXISTS (SELECT FROM role_grant g
                              WHERE g.person_id = p.id AND g.organisation_id = ANY ($2))
                   OR EXISTS (SELECT FROM member m
                              WHERE m.person_id = p.id AND m.unit_id = ANY ($2)))""",
        person_id,
        actor.visible,
        actor.person_id,
    )
    return one(Person, record)


async def find_by_email(conn: Connection, email: str) -> Person | None:
    """Whose address it is; only the system may ask."""
    record = await conn.fetchrow(
        f"SELECT {columns(Person)} FROM person WHERE email = $1 AND state = 'active'", email
    )
    return Person(*record) if record else None


async def lock_person(conn: Connection, person_id: UUID) -> Person:
    record = await conn.fetchrow(
        f"SELECT {columns(Person)} FROM person WHERE id = $1 FOR UPDATE", person_id
    )
    return one(Person, record)


async def set_profile(conn: Connection, person: Person, profile: Profile) -> Person:
    record = await conn.fetchrow(
        f"""UPDATE person SET name = $2, language = $3, phone = $4, version = version + 1
            WHERE id = $1 RETURNING {columns(Person)}""",
        person.id,
        profile.name,
        profile.language,
        profile.phone,
    )
    return one(Person, record)


async def set_erased(conn: Connection, person: Person, state: PersonState) -> Person:
    """Take away all that is personal; the id stays."""
    record = await conn.fetchrow(
        f"""UPDATE person SET name = '已注销人员 Erased person', email = NULL, phone = NULL,
                   state = $2, version = version + 1
            WHERE id = $1 RETURNING {columns(Person)}""",
        person.id,
        state,
    )
    return one(Person, record)


async def insert_consent(conn: Connection, person_id: UUID, document: str, version: str) -> None:
    await conn.execute(
        """INSERT INTO consent (person_id, document, document_version) VALUES ($1, $2, $3)
           ON CONFLICT DO NOTHING""",
        person_id,
        document,
        version,
    )


async def consents_of(conn: Connection, person_id: UUID) -> list[Consent]:
    records = await conn.fetch(
        f"SELECT {columns(Consent)} FROM consent WHERE person_id = $1 ORDER BY id", person_id
    )
    return [Consent(*record) for record in records]


async def reader(conn: Connection, person_id: UUID) -> Reader | None:
    """Where letters to a person go; None without an address."""
    record = await conn.fetchrow(
        """SELECT id, name, email, language FROM person
           WHERE id = $1 AND email IS NOT NULL AND state = 'active'""",
        person_id,
    )
    return Reader(*record) if record else None
