"""SQL that blanks what other tables of this wing say of a person."""

from __future__ import annotations

from uuid import UUID

from market.base.db import Connection, columns
from market.identity.members.model import Member
from market.identity.roles.model import RoleGrant


async def blank_invitations(conn: Connection, person_id: UUID, email: str | None) -> None:
    await conn.execute(
        """UPDATE invitation SET name = '已注销人员 Erased person', email = NULL
           WHERE person_id = $1 OR email = $2""",
        person_id,
        email,
    )


async def forget_letters(conn: Connection, person_id: UUID) -> None:
    """Blank the mails to the person and his address in stored answers; before it is erased."""
    await conn.execute("SELECT forget_letters($1)", person_id)


async def lock_live_grants(conn: Connection, person_id: UUID) -> list[RoleGrant]:
    records = await conn.fetch(
        f"""SELECT {columns(RoleGrant)} FROM role_grant
            WHERE person_id = $1 AND state IN ('proposed', 'approved') ORDER BY id FOR UPDATE""",
        person_id,
    )
    return [RoleGrant(*record) for record in records]


async def enrolments(conn: Connection, person_id: UUID) -> list[Member]:
    records = await conn.fetch(
        f"""SELECT {columns(Member)} FROM (
                SELECT m.id, m.unit_id, m.kind, m.number, p.name, m.person_id, m.organisation_id,
                       m.trade, m.from_on, m.to_on, m.state, m.version, m.created_at
                FROM member m JOIN person p ON p.id = m.person_id
                WHERE m.person_id = $1 AND m.state = 'enrolled') named
            ORDER BY id""",
        person_id,
    )
    return [Member(*record) for record in records]
