"""SQL of organisations and their contacts."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.identity.letters import Reader
from market.identity.organisations.model import (
    Contact,
    NewOrganisation,
    Organisation,
    OrganisationEdit,
    OrganisationState,
)


async def insert_organisation(conn: Connection, new: NewOrganisation) -> Organisation:
    record = await conn.fetchrow(
        f"""INSERT INTO organisation (kind, name_zh, name_en, uscc, region, level, legal_person,
                                      number_prefix, state)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING {columns(Organisation)}""",
        new.kind,
        new.name_zh,
        new.name_en,
        new.uscc,
        new.region,
        new.level,
        new.legal_person,
        new.number_prefix,
        new.state,
    )
    return one(Organisation, record)


async def find_organisation(conn: Connection, actor: Actor, organisation_id: UUID) -> Organisation:
    """Published ones to everybody; the others to themselves and to clerks."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Organisation)} FROM organisation
            WHERE id = $1 AND (state = 'verified' OR $2::uuid[] IS NULL OR id = ANY ($2)
                               OR (SELECT acts_in_role('clerk')))""",
        organisation_id,
        actor.visible,
    )
    return one(Organisation, record)


async def lock_organisation(conn: Connection, organisation_id: UUID) -> Organisation:
    record = await conn.fetchrow(
        f"SELECT {columns(Organisation)} FROM organisation WHERE id = $1 FOR UPDATE",
        organisation_id,
    )
    return one(Organisation, record)


async def looks_after(conn: Connection, enterprise_id: UUID) -> bool:
    """Whether the person who acts is, as a clerk, charged with the enterprise."""
    charged: bool = await conn.fetchval("SELECT looks_after($1)", enterprise_id)
    return charged


async def caretakers(conn: Connection, enterprise_id: UUID) -> list[UUID]:
    """The unit that verified the enterprise last, and the one at the top."""
    records = await conn.fetch(
        """SELECT id FROM organisation o
           WHERE kind = 'unit' AND (
               NOT EXISTS (SELECT FROM unit_parent p WHERE p.unit_id = o.id)
               OR id = (SELECT v.unit_id FROM verification v
                        WHERE v.organisation_id = $1 AND v.decision = 'verified'
                        ORDER BY v.id DESC LIMIT 1))""",
        enterprise_id,
    )
    return [record[0] for record in records]


async def names_of(conn: Connection, person_ids: Sequence[UUID]) -> list[str]:
    """Of people, whoever they act for; only the system may ask."""
    records = await conn.fetch(
        """SELECT p.name FROM unnest($1::uuid[]) WITH ORDINALITY AS asked (id, position)
           JOIN person p ON p.id = asked.id ORDER BY position""",
        person_ids,
    )
    return [record["name"] for record in records]


async def set_name(conn: Connection, organisation: Organisation, name_zh: str) -> Organisation:
    record = await conn.fetchrow(
        f"""UPDATE organisation SET name_zh = $2, version = version + 1
            WHERE id = $1 RETURNING {columns(Organisation)}""",
        organisation.id,
        name_zh,
    )
    return one(Organisation, record)


async def organisations(
    conn: Connection,
    actor: Actor,
    *,
    kind: str | None,
    state: str | None,
    named: str | None,
    after: UUID | None,
    limit: int,
) -> list[Organisation]:
    """Newest first. A small table: hundreds of rows, so optional filters cost nothing."""
    records = await conn.fetch(
        f"""SELECT {columns(Organisation)} FROM organisation
            WHERE (state = 'verified' OR $1::uuid[] IS NULL OR id = ANY ($1)
                   OR (SELECT acts_in_role('clerk')))
              AND ($2::text IS NULL OR kind = $2)
              AND ($3::text IS NULL OR state = $3)
              AND ($4::text IS NULL OR strpos(lower(name_zh), lower($4)) > 0
                   OR strpos(lower(name_en), lower($4)) > 0 OR uscc = upper($4))
              AND ($5::uuid IS NULL OR id < $5)
            ORDER BY id DESC LIMIT $6""",
        actor.visible,
        kind,
        state,
        named,
        after,
        limit,
    )
    return [Organisation(*record) for record in records]


async def set_edit(
    conn: Connection, organisation: Organisation, edit: OrganisationEdit
) -> Organisation:
    record = await conn.fetchrow(
        f"""UPDATE organisation SET name_zh = $2, name_en = $3, region = $4, version = version + 1
            WHERE id = $1 RETURNING {columns(Organisation)}""",
        organisation.id,
        edit.name_zh,
        edit.name_en,
        edit.region,
    )
    return one(Organisation, record)


async def move_organisation(
    conn: Connection, organisation: Organisation, *, to: OrganisationState
) -> Organisation:
    record = await conn.fetchrow(
        f"""UPDATE organisation SET state = $3, version = version + 1
            WHERE id = $1 AND state = $2 RETURNING {columns(Organisation)}""",
        organisation.id,
        organisation.state,
        to,
    )
    return one(Organisation, record)


async def set_contact(conn: Connection, organisation_id: UUID, contact: Contact) -> None:
    await conn.execute(
        """INSERT INTO organisation_contact (organisation_id, name, phone, email, address)
           VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (organisation_id) DO UPDATE SET name = excluded.name,
               phone = excluded.phone, email = excluded.email, address = excluded.address""",
        organisation_id,
        contact.name,
        contact.phone,
        contact.email,
        contact.address,
    )


async def find_contact(conn: Connection, actor: Actor, organisation_id: UUID) -> Contact:
    """NotFound outside the organisation's scope; clerks read those that are being verified."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Contact, "c")}
            FROM organisation_contact c JOIN organisation o ON o.id = c.organisation_id
            WHERE o.id = $1 AND ($2::uuid[] IS NULL OR o.id = ANY ($2)
                OR (o.kind = 'enterprise' AND o.state <> 'verified'
                    AND (SELECT acts_in_role('clerk'))))""",
        organisation_id,
        actor.visible,
    )
    return one(Contact, record)


async def readers_in_role(conn: Connection, organisation_id: UUID, role: str) -> list[Reader]:
    """Whom a letter to an organisation reaches: its people in a role today."""
    records = await conn.fetch(
        """SELECT DISTINCT p.id, p.name, p.email, p.language
           FROM role_grant g JOIN person p ON p.id = g.person_id
           WHERE g.organisation_id = $1 AND g.role = $2 AND g.state = 'approved'
             AND holds_on(market_today(), g.from_on, g.to_on) AND p.email IS NOT NULL
           ORDER BY p.id""",
        organisation_id,
        role,
    )
    return [Reader(*record) for record in records]
