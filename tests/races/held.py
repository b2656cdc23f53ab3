"""One act is held at a point inside it while another comes: who waits, and what both are told."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

import asyncpg

from tests.races.statements import LOCKS, When, watching

# Whatever an act of money locks, in the order of locks; a point is after each of them.
LOCKED: Final = (
    "contract", "milestone", "invoice", "online_payment", "chargeback", "credit_note",
    "void_proposal", "write_off", "credit_use", "refund", "bank_account", "statement",
    "statement_retraction", "bank_line", "match",
)  # fmt: skip


class Point(NamedTuple):
    """A place in an act: before or after the first statement that looks like this."""

    when: When
    is_at: Callable[[str], bool]


def locked_by(sql: str) -> str | None:
    """The table whose rows the statement locks; of an instalment it is the contract that is."""
    found = LOCKS.search(sql)
    return None if found is None else {"instalment": "contract"}.get(found[1], found[1])


def _looks(pattern: str) -> Callable[[str], bool]:
    return lambda sql: re.search(pattern, sql) is not None


def _locks(table: str) -> Callable[[str], bool]:
    def is_at(sql: str) -> bool:
        return locked_by(sql) == table

    return is_at


POINTS: Final[dict[str, Point]] = {
    "nothing is locked": Point("before", lambda sql: locked_by(sql) is not None),
    **{f"{table} is locked": Point("after", _locks(table)) for table in LOCKED},
    "a number is taken": Point("after", _looks(r"\bnext_number\(")),
    "nothing is posted": Point("before", _looks(r"\bledger_post")),
    "it is posted": Point("after", _looks(r"\bledger_post")),
    "it is told": Point("after", _looks(r"\brecord_events?\(")),
    "nothing is committed": Point("before", _looks(r"^COMMIT")),
    "it is committed": Point("after", _looks(r"^COMMIT")),
}


def is_met(point: Point, when: When, sql: str) -> bool:
    return point.when == when and point.is_at(sql)


class Side:
    """One of two acts; held at ``point``, once, if it comes there."""

    def __init__(self, point: Point | None = None) -> None:
        self.point = point
        self.is_held = asyncio.Event()
        self.may_go = asyncio.Event()
        self.clashes: list[str] = []
        self.waited = False
        self.connections: set[int] = set()
        self.passed: list[tuple[When, str]] = []
        self._acts = False

    async def sees(self, connection: asyncpg.Connection[Any], sql: str, when: When) -> None:
        self.connections.add(connection.get_server_pid())
        # Who the caller is, is read in a transaction of its own before the act.
        self._acts = self._acts or sql.startswith("BEGIN;")
        if not self._acts:
            return
        self.passed.append((when, sql))
        if self.point and not self.is_held.is_set() and is_met(self.point, when, sql):
            self.is_held.set()
            await self.may_go.wait()

    def hears(self, fault: asyncpg.PostgresError) -> None:
        if isinstance(fault, asyncpg.DeadlockDetectedError | asyncpg.SerializationError):
            self.clashes.append(repr(fault))

    async def run(self, act: Callable[[], Awaitable[Any]]) -> Any:
        with watching(self):
            return await act()


async def raced(
    onlooker: asyncpg.Connection[Any],
    first: Side,
    second: Side,
    acts: tuple[Callable[[], Awaitable[Any]], Callable[[], Awaitable[Any]]],
) -> tuple[Any, Any]:
    """The first runs up to its point; the second until it is done or waits; then both to the end.

    Without a point, or where the first never comes to it, one follows the other.
    """
    ahead = asyncio.create_task(first.run(acts[0]))
    holding = asyncio.create_task(first.is_held.wait())
    await asyncio.wait({ahead, holding}, return_when=asyncio.FIRST_COMPLETED)
    behind = asyncio.create_task(second.run(acts[1]))
    while not behind.done() and not second.waited:
        second.waited = await _waits(onlooker, second)
    first.may_go.set()
    answers = await asyncio.gather(ahead, behind)
    holding.cancel()
    return answers[0], answers[1]


async def _waits(onlooker: asyncpg.Connection[Any], side: Side) -> bool:
    """Whether PostgreSQL lets it wait for somebody's lock."""
    found: bool = await onlooker.fetchval(
        """SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pid = ANY ($1::integer[])
                          AND locktype NOT IN ('extend', 'page'))""",
        list(side.connections),
    )
    return found
