"""The database that a command works on: made if need be, or required to be there.

Only ``demo``, ``serve``, ``migrate`` and ``restore`` make one. The others would do their work in
an empty one that nobody meant, merely because they were run in another folder.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeAlias

from market import worker
from market.base import db, embedded, logs, migrations
from market.base.embedded import Dsns
from market.base.settings import Settings, StartFault, load

Found: TypeAlias = tuple[Settings, Dsns]


@contextmanager
def opened() -> Iterator[Found]:
    """The settings and the database that they name, or else the embedded one, made if need be."""
    settings = load(os.environ)
    logs.configure(settings.log_level)
    with embedded.dsns(settings) as dsns:
        yield settings, dsns


@contextmanager
def migrated() -> Iterator[Found]:
    """The same, with every migration applied when the database is our own embedded one."""
    with opened() as (settings, dsns):
        if settings.database_url is None:
            migrate(dsns)
        yield settings, dsns


@contextmanager
def existing() -> Iterator[Found]:
    """A database that is there already, as it is: nothing is made or migrated."""
    require_existing(load(os.environ))
    with opened() as found:
        yield found


@contextmanager
def existing_migrated() -> Iterator[Found]:
    """A database that is there already, brought to this version when it is the embedded one."""
    require_existing(load(os.environ))
    with migrated() as found:
        yield found


def require_existing(settings: Settings) -> None:
    """Raises StartFault when the embedded database is meant and there is none."""
    if settings.database_url is not None or holds_database(settings.data):
        return
    near = [folder for folder in _likely(settings.data) if holds_database(folder)]
    if near:
        zh = f"是否为 {near[0]}？请设置 MARKET_DATA={near[0]} 后重试。"
        en = f"Did you mean {near[0]}? Set MARKET_DATA={near[0]} and try again."
    else:
        zh = (
            "请到数据所在的文件夹中运行，或设置 MARKET_DATA；"
            "新建请先运行 make demo 或 market serve。"
        )
        en = (
            "Run this where the data is, or set MARKET_DATA. For a new one, run make demo or "
            "market serve first."
        )
    place = settings.data.absolute()
    raise StartFault(f"{place} 中没有数据库。{zh}", f"There is no database in {place}. {en}")


def require_prepared(dsns: Dsns) -> None:
    """Raises StartFault when the database was never migrated, PostgresError when it refuses us."""

    async def names_pending() -> list[str]:
        async with connected(dsns.app) as conn:
            return await migrations.pending(conn)

    if len(asyncio.run(names_pending())) == len(migrations.found_files()):
        raise StartFault(
            "数据库还没有建表。请先运行 market migrate。",
            "The database has no tables yet. Run market migrate first.",
        )


def holds_database(folder: Path) -> bool:
    return (folder / "pg").exists()


def _likely(data: Path) -> Iterator[Path]:
    """Where a database may lie that was meant: above the folder named, and beside the program."""
    for above in data.absolute().parents:
        yield above
        yield above / ".data"
    yield Path(sys.prefix).parent / ".data"


def migrate(dsns: Dsns) -> list[str]:
    """The names of the migrations that were applied."""
    applying = migrations.migrate(dsns.owner, dsns.logins, subscriptions=worker.SUBSCRIPTIONS)
    return asyncio.run(applying)


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[db.Connection]:
    conn = await db.connect(dsn)
    try:
        yield conn
    finally:
        await conn.close()
