"""The event log: every act records one event in its own transaction, ids only, never personal text.

Recording also starts the jobs that upper rooms have subscribed to the event's name, in the same
statement; audit trail, notices and seals all read this one table.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol, TypeAlias
from uuid import UUID

import msgspec

from market.base import db
from market.base.access import Actor
from market.base.db import Connection, columns, one


class Event(msgspec.Struct, frozen=True):
    """What happened: ``subject`` moved from ``state_from`` to ``state_to``, or was changed."""

    id: int
    at: datetime
    name: str
    actor: UUID
    organisation: UUID | None
    subject: str
    subject_id: UUID
    version: int
    move: str | None
    state_from: str | None
    state_to: str | None
    changed: dict[str, Any]


class Happening(msgspec.Struct, frozen=True):
    """An event that is still to be recorded."""

    name: str
    subject_id: UUID
    version: int
    move: str | None
    state_from: str | None
    state_to: str | None
    changed: dict[str, Any]


Job: TypeAlias = Callable[[Connection, Event], Awaitable[None]]
Subscriptions: TypeAlias = Mapping[str, tuple[str, ...]]


class Subject(Protocol):
    """What an event can be about."""

    @property
    def id(self) -> UUID: ...
    @property
    def version(self) -> int: ...


BIRTH: Final = None  # the state before a row's first move


def happening(
    name: str,
    *,
    about: Subject,
    move: tuple[str, StrEnum | None] | None = None,
    changed: Mapping[str, object] | None = None,
) -> Happening:
    """What ``record`` would record, kept for ``record_many``."""
    act, before = move if move else (None, None)
    after = getattr(about, "state", None) if move else None
    return Happening(name, about.id, about.version, act, before, after, dict(changed or {}))


async def record_many(conn: Connection, happenings: Sequence[Happening]) -> None:
    """Record events in their order, in one statement."""
    assert conn.is_in_transaction(), "an event belongs to the transaction of its act"
    if not happenings:
        return
    await conn.execute(
        "SELECT record_events($1, $2, $3, $4, $5, $6, $7)",
        [one.name for one in happenings],
        [one.subject_id for one in happenings],
        [one.version for one in happenings],
        [one.move for one in happenings],
        [one.state_from for one in happenings],
        [one.state_to for one in happenings],
        [one.changed for one in happenings],
    )


async def record(
    conn: Connection,
    actor: Actor,
    name: str,
    *,
    about: Subject,
    move: tuple[str, StrEnum | None] | None = None,
    changed: Mapping[str, object] | None = None,
) -> int:
    """Record one event; ``move`` is the act and the state before it (None at a birth).

    The name's first word is the subject, so that "milestone.accepted" is about a milestone; the
    state after the move is read from ``about.state``. ``changed`` holds ids and codes only.
    """
    assert conn.is_in_transaction(), "an event belongs to the transaction of its act"
    assert db.acting(conn) == actor, "an event is told of whoever acts"
    act, before = move if move else (None, None)
    after = getattr(about, "state", None) if move else None
    event_id: int = await conn.fetchval(
        "SELECT record_event($1, $2, $3, $4, $5, $6, $7)",
        name,
        about.id,
        about.version,
        act,
        before,
        after,
        dict(changed or {}),
    )
    return event_id


def merged(*tables: Subscriptions) -> dict[str, tuple[str, ...]]:
    """The subscriptions of several rooms; an event may start jobs of more than one."""
    names = sorted({name for table in tables for name in table})
    return {name: tuple(job for table in tables for job in table.get(name, ())) for name in names}


async def find(conn: Connection, event_id: int) -> Event:
    row = await conn.fetchrow(f"SELECT {columns(Event)} FROM event WHERE id = $1", event_id)
    return one(Event, row)


async def release_held(conn: Connection, *, most_attempts: int) -> None:
    """Let jobs try again that were held before their attempts were used up.

    The queue holds a job, too, where the database was away when its next attempt was to be written
    down; nobody would ever look for that.
    """
    await conn.execute(
        """UPDATE jobs.pgqueuer SET status = 'queued', attempts = attempts + 1, updated = now(),
               execute_after = now(), queue_manager_id = NULL
           WHERE status = 'failed' AND attempts < $1""",
        most_attempts,
    )
