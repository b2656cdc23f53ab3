"""What stands ready before a test begins: it is made once, and each test finds it untouched.

A contract in force and the people around it cost a thousand statements, and most tests want one.
So a few are made and committed in the database of `conn`, whose tests undo all that they do.
`contracts.cast(conn)` and `invoicing.fw01(conn)` take one of them when asked for nothing special,
and make their own when none is left, or on any other connection.
"""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from market.base.db import Connection

Thing = TypeVar("Thing", bound=msgspec.Struct)

_waiting: Final[dict[Connection, list[msgspec.Struct]]] = {}


def stand(conn: Connection, things: tuple[msgspec.Struct, ...]) -> None:
    """From now on all of these are there to be taken on this connection, each once."""
    _waiting[conn] = list(things)


def take(conn: Connection, kind: type[Thing]) -> Thing | None:
    """One of exactly that kind, if it still waits."""
    for thing in _waiting.get(conn, ()):
        if type(thing) is kind:
            _waiting[conn].remove(thing)
            return thing
    return None
