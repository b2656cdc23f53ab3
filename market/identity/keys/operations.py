"""Issuing and revoking API keys."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from market.base import clock, db, events, words
from market.base.access import SYSTEM, Actor, Role, require
from market.base.db import Connection
from market.base.errors import require_version
from market.identity import letters
from market.identity.keys import queries
from market.identity.keys.model import (
    LONGEST_DAYS,
    MOVES,
    ApiKey,
    ExpiryOutOfRange,
    IssuedKey,
    KeyState,
    NewKey,
    NotYoursToRevoke,
    RolesNotHeld,
    hint_of,
    may_revoke,
    new_secret,
)


async def issue_key(conn: Connection, actor: Actor, new: NewKey) -> IssuedKey:
    """A key with some of one's own roles in the organisation that one acts for."""
    async with db.act(conn, actor):
        keyable = actor.roles - {Role.ADMINISTRATOR}
        held = set(new.roles) <= keyable
        require(held, RolesNotHeld(held=words.roles(keyable), pointer="/roles"))
        today = await clock.today(conn)
        latest = today + timedelta(days=LONGEST_DAYS)
        in_range = today <= new.expires_on <= latest
        require(in_range, ExpiryOutOfRange(latest=latest, pointer="/expires_on"))
        key_id = await queries.new_id(conn)
        secret = new_secret(key_id)
        key = await queries.insert_key(
            conn,
            actor,
            new,
            key_id=key_id,
            hint=hint_of(secret),
            key_hash=letters.digest_of(secret),
        )
        changed = {"second_factor": key.second_factor_id}
        await events.record(
            conn, actor, "api_key.issued", about=key, move=("issue", None), changed=changed
        )
    return IssuedKey(key, secret)


async def revoke_key(
    conn: Connection, actor: Actor, key_id: UUID, *, expected_version: int | None = None
) -> ApiKey:
    async with db.act(conn, actor):
        key = await queries.lock_key(conn, actor, key_id)
        require(may_revoke(actor, key), NotYoursToRevoke)
        if key.state == KeyState.REVOKED:
            return key
        require_version(key.version, expected_version)
        return await _revoke(conn, actor, key)


async def revoke_all(conn: Connection, actor: Actor, person_id: UUID) -> None:
    """End all keys of a person, as part of an act that makes them unsafe."""
    async with db.act(conn, SYSTEM):
        active = await queries.active_keys_of(conn, person_id)
        for key in active:
            await _revoke(conn, actor, key)


async def _revoke(conn: Connection, actor: Actor, key: ApiKey) -> ApiKey:
    before = KeyState(key.state)
    revoked = await queries.set_state(conn, key, to=MOVES.after("revoke", before))
    await events.record(conn, actor, "api_key.revoked", about=revoked, move=("revoke", before))
    return revoked
