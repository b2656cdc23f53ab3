"""What the database lets the application do to policies, whatever the application thinks."""

from __future__ import annotations

import asyncpg
import pytest

from market.base import clock, db, policies
from market.base.access import SYSTEM, Actor
from market.base.db import Connection
from tests.world import identity as world

APPROVED = """INSERT INTO policy (name, number, effective_on, body, source, state, proposed_by,
                                  decided_by)
              VALUES ('direct_order', 99, $1, '{}', 'x', 'approved', $2, $3)"""
PROPOSED = """INSERT INTO policy (name, number, effective_on, body, source, state, proposed_by)
              VALUES ('direct_order', 99, market_today() - $1::integer, '{}', 'x', 'proposed', $2)
              RETURNING id"""
DECIDED = "UPDATE policy SET state = $2, decided_by = $3 WHERE id = $1"


async def administrators(conn: Connection) -> tuple[Actor, Actor]:
    await world.root(conn)
    return await world.two_administrators(conn)


async def refused(conn: Connection, actor: Actor | None, sql: str, *values: object) -> None:
    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.RestrictViolationError)):
        async with db.savepoint(conn):
            await _run(conn, actor, sql, *values)


async def _run(conn: Connection, actor: Actor | None, sql: str, *values: object) -> object:
    if actor is None:
        return await conn.fetchval(sql, *values)
    async with db.act(conn, actor):
        return await conn.fetchval(sql, *values)


async def test_nobody_brings_an_approved_version_into_force(conn: Connection) -> None:
    first, second = await administrators(conn)
    today = await clock.today(conn)
    for actor in (None, SYSTEM, first):
        for by in (SYSTEM, second):
            await refused(conn, actor, APPROVED, today, first.person_id, by.person_id)
        await refused(conn, actor, APPROVED, today, SYSTEM.person_id, SYSTEM.person_id)
    assert (await policies.current(conn, "direct_order", on=today)).number == 1


async def test_a_version_is_proposed_by_whoever_acts_and_never_for_a_day_gone_by(
    conn: Connection,
) -> None:
    first, second = await administrators(conn)
    await refused(conn, None, PROPOSED, 0, first.person_id)
    await refused(conn, second, PROPOSED, 0, first.person_id)
    await refused(conn, SYSTEM, PROPOSED, 0, SYSTEM.person_id)
    await refused(conn, first, PROPOSED, 1, first.person_id)
    assert await _run(conn, first, PROPOSED, 0, first.person_id)


async def test_another_decides_once_in_his_own_name(conn: Connection) -> None:
    first, second = await administrators(conn)
    proposed = await _run(conn, first, PROPOSED, 0, first.person_id)
    for actor, by in ((None, second), (first, first), (first, second), (SYSTEM, second)):
        await refused(conn, actor, DECIDED, proposed, "approved", by.person_id)
    await _run(conn, second, DECIDED, proposed, "approved", second.person_id)
    await refused(conn, second, DECIDED, proposed, "rejected", second.person_id)
