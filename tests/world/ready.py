"""What stands ready before a test begins: it is made once a run, and copied with its database.

A contract in force and the people around it cost a thousand statements, and most tests want one.
So the databases that are stocked have a few, made and committed before they were copied.
`contracts.cast(conn)` and `invoicing.fw01(conn)` take one of them when asked for nothing special,
and make their own when none is left, or in any other database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final, TypeVar
from urllib.parse import urlsplit

import msgspec

from market.base.db import Connection
from market.base.embedded import Dsns

Thing = TypeVar("Thing", bound=msgspec.Struct)

_waiting: Final[dict[str, list[msgspec.Struct]]] = {}


def stand(addresses: Dsns, things: Iterable[msgspec.Struct]) -> None:
    """From now on all of these are there to be taken in this database, each once."""
    _waiting[_database(addresses)] = list(things)


@asynccontextmanager
async def put_back(conn: Connection) -> AsyncIterator[None]:
    """For what is undone: whatever is taken meanwhile stands ready again."""
    database = await conn.fetchval("SELECT current_database()")
    before = list(_waiting.get(database, []))
    yield
    _waiting[database] = before


async def take(conn: Connection, kind: type[Thing]) -> Thing | None:
    """One of exactly that kind, if it still waits."""
    waiting = _waiting.get(await conn.fetchval("SELECT current_database()"), [])
    for thing in waiting:
        if type(thing) is kind:
            waiting.remove(thing)
            return thing
    return None


def _database(addresses: Dsns) -> str:
    return urlsplit(addresses.app).path.lstrip("/")
