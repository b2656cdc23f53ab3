"""SQL of the register of members."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.identity.members.model import (
    Member,
    MemberState,
    NewMember,
    NewQualification,
    Qualification,
)


async def insert_member(
    conn: Connection, unit_id: UUID, new: NewMember, *, person_id: UUID | None, from_on: date
) -> UUID:
    member_id: UUID = await conn.fetchval(
        """INSERT INTO member (unit_id, kind, number, person_id, organisation_id, group_name,
                               trade, from_on, state)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'enrolled') RETURNING id""",
        unit_id,
        new.kind,
        new.number,
        person_id,
        new.organisation_id,
        None if person_id else new.name,
        new.trade,
        from_on,
    )
    return member_id


async def find_member(conn: Connection, actor: Actor, member_id: UUID) -> Member:
    """In the unit's scope, and to the member himself."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Member)} FROM (
                SELECT m.id, m.unit_id, m.kind, m.number, coalesce(p.name, m.group_name) AS name,
                       m.person_id, m.organisation_id, m.trade, m.from_on, m.to_on, m.state,
                       m.version, m.created_at
                FROM member m LEFT JOIN person p ON p.id = m.person_id
                WHERE m.id = $1 AND ($2::uuid[] IS NULL OR m.unit_id = ANY ($2)
                                     OR m.person_id = $3)) named""",
        member_id,
        actor.visible,
        actor.person_id,
    )
    return one(Member, record)


async def lock_member(conn: Connection, actor: Actor, member_id: UUID) -> Member:
    await conn.execute("SELECT FROM member WHERE id = $1 FOR UPDATE", member_id)
    return await find_member(conn, actor, member_id)


async def members(
    conn: Connection,
    actor: Actor,
    *,
    unit_id: UUID | None,
    state: str | None,
    level: str | None,
    after: UUID | None,
    limit: int,
) -> list[Member]:
    """Newest first; ``level``: who holds a certificate of that level that is good today."""
    records = await conn.fetch(
        f"""SELECT {columns(Member)} FROM (
                SELECT m.id, m.unit_id, m.kind, m.number, coalesce(p.name, m.group_name) AS name,
                       m.person_id, m.organisation_id, m.trade, m.from_on, m.to_on, m.state,
                       m.version, m.created_at
                FROM member m LEFT JOIN person p ON p.id = m.person_id
                WHERE ($1::uuid[] IS NULL OR m.unit_id = ANY ($1) OR m.person_id = $2)
                  AND ($3::uuid IS NULL OR m.unit_id = $3)
                  AND ($4::text IS NULL OR m.state = $4)
                  AND ($5::text IS NULL OR EXISTS (
                      SELECT FROM qualification q
                      WHERE q.member_id = m.id AND q.level = $5 AND q.withdrawn_on IS NULL
                        AND holds_on(market_today(), q.issued_on, q.expires_on)))
                  AND ($6::uuid IS NULL OR m.id < $6)
                ORDER BY m.id DESC LIMIT $7) named
            ORDER BY id DESC""",
        actor.visible,
        actor.person_id,
        unit_id,
        state,
        level,
        after,
        limit,
    )
    return [Member(*record) for record in records]


async def set_trade(conn: Connection, member_id: UUID, trade: str | None) -> None:
    await conn.execute(
        "UPDATE member SET trade = $2, version = version + 1 WHERE id = $1", member_id, trade
    )


async def set_left(conn: Connection, member: Member, state: MemberState, to_on: date) -> None:
    await conn.execute(
        """UPDATE member SET state = $3, to_on = greatest($4, from_on), version = version + 1
           WHERE id = $1 AND state = $2""",
        member.id,
        member.state,
        state,
        to_on,
    )


async def bump(conn: Connection, member_id: UUID) -> None:
    """A certificate is part of its member's page."""
    await conn.execute("UPDATE member SET version = version + 1 WHERE id = $1", member_id)


async def insert_qualification(
    conn: Connection, member_id: UUID, new: NewQualification
) -> Qualification:
    record = await conn.fetchrow(
        f"""INSERT INTO qualification (member_id, kind, level, number, issuer, issued_on,
                                       expires_on, file_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING {columns(Qualification)}""",
        member_id,
        new.kind,
        new.level,
        new.number,
        new.issuer,
        new.issued_on,
        new.expires_on,
        new.file_id,
    )
    return one(Qualification, record)


async def withdraw_qualification(
    conn: Connection, member_id: UUID, qualification_id: UUID, day: date
) -> Qualification:
    record = await conn.fetchrow(
        f"""UPDATE qualification SET withdrawn_on = coalesce(withdrawn_on, $3)
            WHERE id = $2 AND member_id = $1 RETURNING {columns(Qualification)}""",
        member_id,
        qualification_id,
        day,
    )
    return one(Qualification, record)


async def qualifications_of(conn: Connection, member_id: UUID) -> list[Qualification]:
    records = await conn.fetch(
        f"SELECT {columns(Qualification)} FROM qualification WHERE member_id = $1 ORDER BY id",
        member_id,
    )
    return [Qualification(*record) for record in records]
