"""What becomes of an act whose answer never comes: silence is given up, and nothing is repeated."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from market.base import db
from market.base.access import SYSTEM
from tests.conftest import Clone
from tests.crash import proxy
from tests.crash.proxy import Ill


def _place(dsn: str) -> proxy.Target:
    told = urlsplit(dsn)
    folder = parse_qs(told.query).get("host")
    return Path(folder[0]) / ".s.PGSQL.5432" if folder else told.port or 5432


def _through(dsn: str, port: int) -> str:
    told = urlsplit(dsn)
    who = told.netloc.rpartition("@")[0]
    return f"postgresql://{who}@127.0.0.1:{port}{told.path}?sslmode=disable"


async def test_who_hears_nothing_gives_up_and_finds_another_connection(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "GRACE_SECONDS", 0.2)
    async with clone() as addresses, proxy.opened(_place(addresses.app), b"COMMIT") as way:
        pool = await db.open_pool(_through(addresses.app, way.port), statement_timeout_ms=300)
        assert len(way.links) == 1
        way.order(Ill.HALF_OPEN)

        async def ask() -> None:
            async with db.lease(pool) as conn, db.act(conn, SYSTEM):
                await conn.fetchval("SELECT 1")

        asking = asyncio.create_task(ask())
        await asyncio.wait({asking}, timeout=20)
        assert asking.done()
        assert isinstance(asking.exception(), asyncpg.PostgresConnectionError)
        way.heal()
        async with db.lease(pool) as conn:
            assert await conn.fetchval("SELECT 1") == 1
        await db.close_pool(pool)


async def test_a_commit_whose_answer_is_lost_took_effect_and_is_not_repeated(clone: Clone) -> None:
    async with clone() as addresses, proxy.opened(_place(addresses.app), b"COMMIT") as way:
        pool = await db.open_pool(_through(addresses.app, way.port))
        begun: list[str] = []

        async def act(conn: db.Connection) -> None:
            async with db.act(conn, SYSTEM):
                begun.append(await conn.fetchval("SELECT pg_current_xact_id()::text"))

        way.order(Ill.LOST_ANSWER)
        with pytest.raises((asyncpg.PostgresConnectionError, ConnectionError)):
            await db.retrying(pool, act)
        [only] = begun
        async with db.lease(pool) as conn:
            ended = await conn.fetchval("SELECT pg_xact_status($1::text::xid8)", only)
        assert ended == "committed"
        await db.close_pool(pool)
