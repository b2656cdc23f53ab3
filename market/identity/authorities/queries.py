"""SQL of signing authorities."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.identity.authorities.model import AuthorityState, NewAuthority, SigningAuthority


async def insert_authority(
    conn: Connection, new: NewAuthority, *, from_on: date, proposed_by: UUID
) -> SigningAuthority:
    record = await conn.fetchrow(
        f"""INSERT INTO signing_authority (person_id, organisation_id, kind, kinds, ceiling_minor,
                currency, from_on, to_on, file_id, state, proposed_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'proposed', $10)
            RETURNING {columns(SigningAuthority)}""",
        new.person_id,
        new.organisation_id,
        new.kind,
        new.kinds,
        new.ceiling_minor,
        new.currency,
        from_on,
        new.to_on,
        new.file_id,
        proposed_by,
    )
    return one(SigningAuthority, record)


async def find_authority(conn: Connection, actor: Actor, authority_id: UUID) -> SigningAuthority:
    """To the organisation, to the holder, and to the clerks who confirm."""
    record = await conn.fetchrow(
        f"""SELECT {columns(SigningAuthority)} FROM signing_authority
            WHERE id = $1 AND ($2::uuid[] IS NULL OR organisation_id = ANY ($2)
                               OR person_id = $3 OR (SELECT acts_in_role('clerk')))""",
        authority_id,
        actor.visible,
        actor.person_id,
    )
    return one(SigningAuthority, record)


async def lock_authority(conn: Connection, actor: Actor, authority_id: UUID) -> SigningAuthority:
    record = await conn.fetchrow(
        f"""SELECT {columns(SigningAuthority)} FROM signing_authority
            WHERE id = $1 AND ($2::uuid[] IS NULL OR organisation_id = ANY ($2)
                               OR person_id = $3 OR (SELECT acts_in_role('clerk')))
            FOR UPDATE""",
        authority_id,
        actor.visible,
        actor.person_id,
    )
    return one(SigningAuthority, record)


async def authorities(
    conn: Connection,
    actor: Actor,
    *,
    organisation_id: UUID | None,
    state: str | None,
    after: UUID | None,
    limit: int,
) -> list[SigningAuthority]:
    """Newest first."""
    records = await conn.fetch(
        f"""SELECT {columns(SigningAuthority)} FROM signing_authority
            WHERE ($1::uuid[] IS NULL OR organisation_id = ANY ($1) OR person_id = $2
                   OR (SELECT acts_in_role('clerk')))
              AND ($3::uuid IS NULL OR organisation_id = $3)
              AND ($4::text IS NULL OR state = $4) AND ($5::uuid IS NULL OR id < $5)
            ORDER BY id DESC LIMIT $6""",
        actor.visible,
        actor.person_id,
        organisation_id,
        state,
        after,
        limit,
    )
    return [SigningAuthority(*record) for record in records]


async def set_decision(
    conn: Connection,
    authority: SigningAuthority,
    *,
    to: AuthorityState,
    decided_by: UUID | None,
    reason: str | None = None,
) -> SigningAuthority:
    record = await conn.fetchrow(
        f"""UPDATE signing_authority SET state = $3, decided_by = $4,
                   reason = coalesce($5, reason), version = version + 1
            WHERE id = $1 AND state = $2 RETURNING {columns(SigningAuthority)}""",
        authority.id,
        authority.state,
        to,
        decided_by,
        reason,
    )
    return one(SigningAuthority, record)


async def withdraw_file(conn: Connection, file_id: UUID, units: list[UUID]) -> None:
    """Let the units read the file no more, unless another authority with it waits for them."""
    await conn.execute(
        """DELETE FROM file_reader
           WHERE file_id = $1 AND organisation_id = ANY ($2) AND NOT EXISTS (
               SELECT FROM signing_authority a WHERE a.file_id = $1 AND a.state = 'proposed')""",
        file_id,
        units,
    )
