"""Connections that stop at their statements: real ones, to the real database.

``async with pool(dsn) as opened`` gives connections that tell each statement, before it is sent
and after it was answered, to whoever watches the task it belongs to (``watching``).
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any, Final, Literal, Protocol, TypeVar

import asyncpg

from market.base import db
from market.base.db import Pool

When = Literal["before", "after"]
T = TypeVar("T")

LOCKS: Final = re.compile(r"FROM\s+(\w+).*\bFOR\s+(?:NO\s+KEY\s+)?UPDATE", re.DOTALL)


class Watcher(Protocol):
    async def sees(self, connection: asyncpg.Connection[Any], sql: str, when: When) -> None: ...

    def hears(self, fault: asyncpg.PostgresError) -> None: ...


_WATCHER: Final[ContextVar[Watcher | None]] = ContextVar("watcher", default=None)


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """What this task, and those that it begins, send to the database is told to the watcher."""
    token = _WATCHER.set(watcher)
    try:
        yield
    finally:
        _WATCHER.reset(token)


def watcher() -> Watcher | None:
    """Who watches the running task."""
    return _WATCHER.get()


class Telling(db.MarketConnection):
    """A connection of the market that tells its statements."""

    async def execute(self, query: str, *args: Any, **how: Any) -> str:
        return await self._told(query, lambda: super(Telling, self).execute(query, *args, **how))

    async def fetch(self, query: str, *args: Any, **how: Any) -> Any:
        return await self._told(query, lambda: super(Telling, self).fetch(query, *args, **how))

    async def fetchrow(self, query: str, *args: Any, **how: Any) -> Any:
        return await self._told(query, lambda: super(Telling, self).fetchrow(query, *args, **how))

    async def fetchval(self, query: str, *args: Any, **how: Any) -> Any:
        return await self._told(query, lambda: super(Telling, self).fetchval(query, *args, **how))

    async def _told(self, sql: str, send: Callable[[], Awaitable[T]]) -> T:
        watcher = _WATCHER.get()
        if watcher is None:
            return await send()
        await watcher.sees(self, sql, "before")
        try:
            answer = await send()
        except asyncpg.PostgresError as fault:
            watcher.hears(fault)
            raise
        await watcher.sees(self, sql, "after")
        return answer


@asynccontextmanager
async def pool(dsn: str, *, size: int = 6) -> AsyncIterator[Pool]:
    """As ``db.open_pool`` opens it."""
    opened = await asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=size,
        connection_class=Telling,
        server_settings={"lock_timeout": "5000", "statement_timeout": "5000", "timezone": "UTC"},
        init=db.prepare_connection,
    )
    try:
        yield opened
    finally:
        opened.terminate()
