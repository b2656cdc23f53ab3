"""Indexes set aside while very many rows are written, and made anew behind them.

Only such as nothing but speed depends on: an index that is unique, or that a constraint uses, stays
where it is. Which are missing is kept in a table, so that a process that is killed leaves them to
the next one that migrates. All of it is for the owner's connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from market.base.db import Connection

LOCK: Final = 0x1DE5  # the advisory lock of whoever has set indexes aside
# For making one. With more, text search is made slower: it compares words in one tree of them all.
MEMORY: Final = "64MB"
# While a DROP INDEX waits for whoever reads a table, all other readers wait behind it: it may wait
# far less than they do, though long enough that PostgreSQL takes a table from its autovacuum.
WAIT_MS: Final = 2000
TRIES: Final = 3
PAUSE_SECONDS: Final = 2  # in which those who waited are served


async def set_aside(conn: Connection, tables: Sequence[str]) -> bool:
    """Whether this connection has them aside now.

    Not while another one has, nor while somebody reads the tables for long, as a backup does.
    """
    if not await conn.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
        return False
    for left in reversed(range(TRIES)):
        try:
            await _drop(conn, tables)
        except asyncpg.LockNotAvailableError:
            if left:
                await asyncio.sleep(PAUSE_SECONDS)
        else:
            return True
    await conn.execute("SELECT pg_advisory_unlock($1)", LOCK)
    return False


async def _drop(conn: Connection, tables: Sequence[str]) -> None:
    async with _whole(conn):
        await conn.execute("SELECT set_config('lock_timeout', $1, true)", str(WAIT_MS))
        await conn.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
        names = await conn.fetch(
            """INSERT INTO index_set_aside (name, definition)
               SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
               WHERE i.indrelid = ANY ($1::text[]::regclass[]) AND NOT i.indisunique
                 AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
               RETURNING name""",
            tables,
        )
        for (name,) in names:
            await conn.execute(f"DROP INDEX {name}")
        resting = await conn.fetch(
            """INSERT INTO index_set_aside (name, definition)
               SELECT c.oid::regclass::text,
                      format('ALTER TABLE %s RESET (autovacuum_enabled)', c.oid::regclass)
               FROM pg_class c WHERE c.oid = ANY ($1::text[]::regclass[])
                 AND NOT EXISTS (SELECT FROM unnest(c.reloptions) AS said
                                 WHERE said LIKE 'autovacuum_enabled=%')
               RETURNING name""",
            tables,
        )
        for (table,) in resting:
            await conn.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")


async def missing(conn: Connection) -> list[str]:
    """Those to be made, the dearest first: text search, then what has the most columns.

    Last the tables that are to be vacuumed again, unless an operator had said himself whether.
    """
    records = await conn.fetch(
        """SELECT name FROM index_set_aside
           ORDER BY definition LIKE '% USING gin %' DESC, length(definition) DESC, name"""
    )
    return [record[0] for record in records]


async def make(conn: Connection, name: str) -> None:
    """Make the index anew. Who reads its table goes on meanwhile, who writes waits."""
    async with _whole(conn):
        definition = await conn.fetchval(
            "DELETE FROM index_set_aside WHERE name = $1 RETURNING definition", name
        )
        if definition is not None:
            await conn.execute("SELECT set_config('maintenance_work_mem', $1, true)", MEMORY)
            await conn.execute(definition)


async def release(conn: Connection) -> None:
    """All are made: another may set them aside."""
    await conn.execute("SELECT pg_advisory_unlock($1)", LOCK)


async def make_what_was_left(conn: Connection) -> None:
    """What a killed process left; nothing while a living one has them aside."""
    known = await conn.fetchval("SELECT to_regclass('index_set_aside') IS NOT NULL")
    if known and await conn.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
        for name in await missing(conn):
            await make(conn, name)
        await release(conn)


@asynccontextmanager
async def _whole(conn: Connection) -> AsyncIterator[None]:
    """Nobody acts: an owner's statements."""
    await conn.execute("BEGIN")
    try:
        yield
    except BaseException:
        await conn.execute("ROLLBACK")
        raise
    await conn.execute("COMMIT")
