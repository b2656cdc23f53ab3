"""SQL of API keys."""

from __future__ import annotations

from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.identity.keys.model import ApiKey, KeyState, NewKey


async def insert_key(
    conn: Connection, actor: Actor, new: NewKey, *, key_id: UUID, hint: str, key_hash: bytes
) -> ApiKey:
    record = await conn.fetchrow(
        f"""INSERT INTO api_key (id, person_id, organisation_id, name, hint, key_hash, roles,
                                 expires_on, second_factor_id, state)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8,
                    (SELECT id FROM second_factor
                     WHERE $9 AND person_id = $2 AND state = 'enabled'), 'active')
            RETURNING {columns(ApiKey)}""",
        key_id,
        actor.person_id,
        actor.organisation_id,
        new.name,
        hint,
        key_hash,
        list(new.roles),
        new.expires_on,
        actor.second_factor == "shown",
    )
    return one(ApiKey, record)


async def new_id(conn: Connection) -> UUID:
    key_id: UUID = await conn.fetchval("SELECT uuidv7()")
    return key_id


async def find_key(conn: Connection, actor: Actor, key_id: UUID) -> ApiKey:
    record = await conn.fetchrow(
        f"""SELECT {columns(ApiKey)} FROM api_key
            WHERE id = $1 AND ($2::uuid[] IS NULL OR organisation_id = ANY ($2)
                               OR person_id = $3)""",
        key_id,
        actor.visible,
        actor.person_id,
    )
    return one(ApiKey, record)


async def lock_key(conn: Connection, actor: Actor, key_id: UUID) -> ApiKey:
    record = await conn.fetchrow(
        f"""SELECT {columns(ApiKey)} FROM api_key
            WHERE id = $1 AND ($2::uuid[] IS NULL OR organisation_id = ANY ($2)
                               OR person_id = $3) FOR UPDATE""",
        key_id,
        actor.visible,
        actor.person_id,
    )
    return one(ApiKey, record)


async def keys(
    conn: Connection, actor: Actor, *, state: str | None, after: UUID | None, limit: int
) -> list[ApiKey]:
    """Newest first; one's own and those of the organisations in one's scope."""
    records = await conn.fetch(
        f"""SELECT {columns(ApiKey)} FROM api_key
            WHERE ($1::uuid[] IS NULL OR organisation_id = ANY ($1) OR person_id = $2)
              AND ($3::text IS NULL OR state = $3) AND ($4::uuid IS NULL OR id < $4)
            ORDER BY id DESC LIMIT $5""",
        actor.visible,
        actor.person_id,
        state,
        after,
        limit,
    )
    return [ApiKey(*record) for record in records]


async def set_state(conn: Connection, key: ApiKey, *, to: KeyState) -> ApiKey:
    record = await conn.fetchrow(
        f"""UPDATE api_key SET state = $3, version = version + 1
            WHERE id = $1 AND state = $2 RETURNING {columns(ApiKey)}""",
        key.id,
        key.state,
        to,
    )
    return one(ApiKey, record)


async def active_keys_of(conn: Connection, person_id: UUID) -> list[ApiKey]:
    records = await conn.fetch(
        f"""SELECT {columns(ApiKey)} FROM api_key
            WHERE person_id = $1 AND state = 'active' ORDER BY id FOR UPDATE""",
        person_id,
    )
    return [ApiKey(*record) for record in records]
