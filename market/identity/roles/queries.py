"""SQL of role grants."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from market.base.access import Actor, Role
from market.base.db import Connection, columns, one
from market.identity.letters import Reader
from market.identity.roles.model import GrantState, RoleGrant


async def insert_grant(
    conn: Connection,
    *,
    person_id: UUID,
    organisation_id: UUID,
    role: Role,
    from_on: date,
    to_on: date | None,
    state: GrantState,
    reason: str | None,
    proposed_by: UUID,
    decided_by: UUID | None,
) -> RoleGrant | None:
    """None when the person holds the role, or is proposed for it, from that day already."""
    record = await conn.fetchrow(
        f"""INSERT INTO role_grant (person_id, organisation_id, role, from_on, to_on, state,
                                    reason, proposed_by, decided_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (person_id, organisation_id, role, from_on)
                WHERE state IN ('proposed', 'approved') DO NOTHING
            RETURNING {columns(RoleGrant)}""",
        person_id,
        organisation_id,
        role,
        from_on,
        to_on,
        state,
        reason,
        proposed_by,
        decided_by,
    )
    return RoleGrant(*record) if record else None


async def find_grant(conn: Connection, actor: Actor, grant_id: UUID) -> RoleGrant:
    record = await conn.fetchrow(
        f"""SELECT {columns(RoleGrant)} FROM role_grant
            WHERE id = $1 AND ($2::uuid[] IS NULL OR organisation_id = ANY ($2)
                               OR person_id = $3)""",
        grant_id,
        actor.visible,
        actor.person_id,
    )
    return one(RoleGrant, record)


async def lock_grant(conn: Connection, actor: Actor, grant_id: UUID) -> RoleGrant:
    record = await conn.fetchrow(
        f"""SELECT {columns(RoleGrant)} FROM role_grant
            WHERE id = $1 AND ($2::uuid[] IS NULL OR organisation_id = ANY ($2)
                               OR person_id = $3) FOR UPDATE""",
        grant_id,
        actor.visible,
        actor.person_id,
    )
    return one(RoleGrant, record)


async def grants(
    conn: Connection,
    actor: Actor,
    *,
    organisation_id: UUID | None,
    person_id: UUID | None,
    state: str | None,
    after: UUID | None,
    limit: int,
) -> list[RoleGrant]:
    """Newest first; the actor's own and those in his scope."""
    records = await conn.fetch(
        f"""SELECT {columns(RoleGrant)} FROM role_grant
            WHERE ($1::uuid[] IS NULL OR organisation_id = ANY ($1) OR person_id = $2)
              AND ($3::uuid IS NULL OR organisation_id = $3)
              AND ($4::uuid IS NULL OR person_id = $4)
              AND ($5::text IS NULL OR state = $5)
              AND ($6::uuid IS NULL OR id < $6)
            ORDER BY id DESC LIMIT $7""",
        actor.visible,
        actor.person_id,
        organisation_id,
        person_id,
        state,
        after,
        limit,
    )
    return [RoleGrant(*record) for record in records]


async def grants_overlapping(
    conn: Connection, person_id: UUID, from_on: date, to_on: date | None
) -> list[RoleGrant]:
    """What the person holds, or is proposed for, on some day of the period, anywhere."""
    records = await conn.fetch(
        f"""SELECT {columns(RoleGrant)} FROM role_grant
            WHERE person_id = $1 AND state IN ('proposed', 'approved')
              AND from_on <= coalesce($3::date, 'infinity')
              AND coalesce(to_on, 'infinity') >= $2""",
        person_id,
        from_on,
        to_on,
    )
    return [RoleGrant(*record) for record in records]


async def set_decision(
    conn: Connection,
    grant: RoleGrant,
    *,
    to: GrantState,
    decided_by: UUID,
    reason: str | None = None,
) -> RoleGrant:
    record = await conn.fetchrow(
        f"""UPDATE role_grant SET state = $3, decided_by = $4, reason = coalesce($5, reason),
                   version = version + 1
            WHERE id = $1 AND state = $2 RETURNING {columns(RoleGrant)}""",
        grant.id,
        grant.state,
        to,
        decided_by,
        reason,
    )
    return one(RoleGrant, record)


async def lock_holders(conn: Connection, organisation_id: UUID, role: Role) -> list[UUID]:
    """The grants of those in office today, locked, so that two cannot both be the last but one."""
    records = await conn.fetch(
        """SELECT id FROM role_grant
           WHERE organisation_id = $1 AND role = $2 AND state = 'approved'
             AND holds_on(market_today(), from_on, to_on)
           ORDER BY id FOR UPDATE""",
        organisation_id,
        role,
    )
    return [record[0] for record in records]


async def holds_anywhere(conn: Connection, person_id: UUID, role: Role) -> bool:
    """Whether the person holds the role in some organisation today."""
    held: bool = await conn.fetchval(
        """SELECT EXISTS (
               SELECT FROM role_grant
               WHERE person_id = $1 AND role = $2 AND state = 'approved'
                 AND holds_on(market_today(), from_on, to_on))""",
        person_id,
        role,
    )
    return held


async def standings(conn: Connection, person_id: UUID) -> list[Actor]:
    """The person as he may act today, once for each organisation in which he holds a role."""
    records = await conn.fetch(
        """SELECT o.id, o.kind, array_agg(DISTINCT g.role), scope_of(o.id)
           FROM role_grant g JOIN organisation o ON o.id = g.organisation_id
           WHERE g.person_id = $1 AND g.state = 'approved'
             AND holds_on(market_today(), g.from_on, g.to_on)
             AND (o.closed_on IS NULL OR o.closed_on > market_today())
           GROUP BY o.id ORDER BY o.id""",
        person_id,
    )
    return [
        Actor(
            person_id,
            organisation_id=organisation_id,
            side=side,
            roles=frozenset(Role(role) for role in roles),
            scope=tuple(scope),
        )
        for organisation_id, side, roles, scope in records
    ]


async def bonds_of(conn: Connection, person_id: UUID) -> set[UUID]:
    """Where the person holds or will hold a role, is proposed for one, or is on the register."""
    records = await conn.fetch(
        """SELECT organisation_id FROM role_grant
           WHERE person_id = $1 AND state IN ('proposed', 'approved')
             AND (to_on IS NULL OR to_on >= market_today())
           UNION
           SELECT unit_id FROM member WHERE person_id = $1 AND state = 'enrolled'""",
        person_id,
    )
    return {record[0] for record in records}


async def belongs_to(conn: Connection, person_id: UUID, organisation_id: UUID) -> bool:
    """Whether the person holds any role there today."""
    belongs: bool = await conn.fetchval(
        """SELECT EXISTS (
               SELECT FROM role_grant
               WHERE person_id = $1 AND organisation_id = $2 AND state = 'approved'
                 AND holds_on(market_today(), from_on, to_on))""",
        person_id,
        organisation_id,
    )
    return belongs


async def knows(conn: Connection, actor: Actor, person_id: UUID) -> bool:
    """Whether the person ever belonged to the actor's scope."""
    known: bool = await conn.fetchval(
        """SELECT EXISTS (SELECT FROM person p WHERE p.id = $1 AND p.state = 'active')
              AND ($2::uuid[] IS NULL
                   OR EXISTS (SELECT FROM role_grant g
                              WHERE g.person_id = $1 AND g.organisation_id = ANY ($2))
                   OR EXISTS (SELECT FROM member m
                              WHERE m.person_id = $1 AND m.unit_id = ANY ($2)))""",
        person_id,
        actor.visible,
    )
    return known


async def approvers(conn: Connection, grant: RoleGrant) -> list[Reader]:
    """Who may approve the grant: administrators above, leaders of the unit and its parent."""
    records = await conn.fetch(
        """WITH RECURSIVE above (id, distance) AS (
               SELECT $1::uuid, 0
               UNION ALL
               SELECT p.parent_id, a.distance + 1
               FROM above a JOIN unit_parent p ON p.unit_id = a.id
               WHERE holds_on(market_today(), p.from_on, p.to_on)
           )
           SELECT DISTINCT p.id, p.name, p.email, p.language
           FROM above a
           JOIN role_grant g ON g.organisation_id = a.id AND g.state = 'approved'
                AND holds_on(market_today(), g.from_on, g.to_on)
           JOIN person p ON p.id = g.person_id
           WHERE p.email IS NOT NULL AND p.id <> $2 AND p.id <> $3
             AND (g.role = 'administrator'
                  OR (g.role = 'leader' AND a.distance <= 1 AND $4 <> 'administrator'))
           ORDER BY p.id""",
        grant.organisation_id,
        grant.proposed_by,
        grant.person_id,
        grant.role,
    )
    return [Reader(*record) for record in records]


async def organisations_of(conn: Connection, person_id: UUID) -> list[tuple[UUID, list[str]]]:
    """Where the person holds which roles today."""
    records = await conn.fetch(
        """SELECT organisation_id, array_agg(DISTINCT role ORDER BY role) FROM role_grant
           WHERE person_id = $1 AND state = 'approved'
             AND holds_on(market_today(), from_on, to_on)
           GROUP BY organisation_id ORDER BY organisation_id""",
        person_id,
    )
    return [(record[0], record[1]) for record in records]


async def holders(conn: Connection, organisation_id: UUID, role: Role) -> list[UUID]:
    """Who holds the role there today, longest first."""
    records = await conn.fetch(
        """SELECT person_id FROM role_grant
           WHERE organisation_id = $1 AND role = $2 AND state = 'approved'
             AND holds_on(market_today(), from_on, to_on)
           ORDER BY id""",
        organisation_id,
        role,
    )
    return [record[0] for record in records]
