"""What the database refuses of the application, whatever the application thinks."""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid4

import asyncpg
import pytest

from market.base import db, mail
from market.base.access import ANONYMOUS, SYSTEM, Actor
from market.base.db import Connection
from market.base.embedded import Dsns
from tests.world import identity as world

RECORD: Final = "SELECT record_event($1, $2, 1, $3, $4, $5, '{}')"
POST: Final = """SELECT ledger_post('made_up:' || uuidv7(), $1, $2::text::date, '{suspense}',
                                    '{NULL}', '{net_assets}', '{NULL}', '{9}', '{CNY}')"""


async def refused(conn: Connection, actor: Actor, sql: str, *values: object) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        async with db.act(conn, actor):
            await conn.fetchval(sql, *values)


@pytest.mark.parametrize(
    ("name", "move", "state_from", "state_to"),
    [
        ("invoice.paid", "nonsense", "x", "y"),
        ("contract.voided", "void", "active", "void"),
        ("contract.voided", "void", None, "void"),
        ("policy.approved", "approve", "proposed", "rejected"),
    ],
)
async def test_an_illegal_move_is_not_recorded(
    conn: Connection, name: str, move: str, state_from: str | None, state_to: str
) -> None:
    await refused(conn, SYSTEM, RECORD, name, uuid4(), move, state_from, state_to)


async def test_many_events_are_refused_for_one_illegal_move(conn: Connection) -> None:
    many = """SELECT record_events(ARRAY['bank_line.imported', $1], ARRAY[$2, $2]::uuid[], '{1,1}',
                                   ARRAY['import', $3], ARRAY[NULL, $4]::text[],
                                   ARRAY['unmatched', $5], ARRAY['{}', '{}']::jsonb[])"""
    wrong = ("bank_line.matched", uuid4(), "match", "confirmed", "matched")
    await refused(conn, SYSTEM, many, *wrong)
    right = ("bank_line.matched", uuid4(), "match", "suggested", "matched")
    await refused(conn, Actor(UUID(int=0xDEAD)), many, *right)
    async with db.act(conn, SYSTEM):
        await conn.execute(many, *right)


async def test_births_are_legal_and_somebodys_and_wake_one_job_for_each_subscription(
    conn: Connection, shared_database: Dsns
) -> None:
    births = "SELECT record_births('offering.imported', $1::uuid[], 'import', $2, '{}')"
    ids = [uuid4(), uuid4()]
    await refused(conn, SYSTEM, births, ids, "draft")
    await refused(conn, Actor(UUID(int=0xDEAD)), births, ids, "published")
    owner = await db.connect(shared_database.owner)
    jobs = "SELECT count(*) FROM jobs.pgqueuer WHERE entrypoint = 'told_of_births'"
    async with db.act(owner, SYSTEM):
        await owner.execute(births, ids, "published")
        assert await owner.fetchval(jobs) == 0
        await owner.execute(
            "INSERT INTO event_subscription VALUES ('offering.imported', 'told_of_births')"
        )
        born = [uuid4(), uuid4(), uuid4()]
        await owner.execute(births, born, "published")
        told = await owner.fetch(
            """SELECT e.subject_id FROM jobs.pgqueuer q
               JOIN event e ON e.id::text = convert_from(q.payload, 'UTF8')
               WHERE q.entrypoint = 'told_of_births' ORDER BY q.id"""
        )
        assert [each[0] for each in told] == born
        await owner.execute("ROLLBACK; BEGIN")
    await owner.close()


async def test_an_event_has_an_actor_who_is_known(conn: Connection) -> None:
    for actor in (ANONYMOUS, Actor(UUID(int=0xDEAD))):
        await refused(conn, actor, RECORD, "person.renamed", uuid4(), None, None, None)
    with pytest.raises(asyncpg.CheckViolationError):
        async with db.savepoint(conn):
            await conn.fetchval(RECORD, "person.renamed", uuid4(), None, None, None)


async def test_books_are_those_of_a_legal_person_and_of_this_century(conn: Connection) -> None:
    unit = await world.unit(conn)
    branch = await world.unit(conn, parent=unit, legal_person=False)
    enterprise = await world.enterprise(conn)
    for books in (branch.id, enterprise.id, uuid4()):
        await refused(conn, SYSTEM, POST, books, "2026-03-01")
    for day in ("0001-01-01", "1999-12-31"):
        await refused(conn, SYSTEM, POST, unit.id, day)
    async with db.act(conn, SYSTEM):
        assert await conn.fetchval(POST, unit.id, "2000-01-01")


@pytest.mark.parametrize("series", ["made_up", "contract:JX", "invoice:x:2026"])
async def test_no_number_is_taken_from_an_unknown_series(conn: Connection, series: str) -> None:
    await refused(conn, SYSTEM, "SELECT next_number($1)", series)


async def test_mail_is_written_by_somebody_and_read_by_the_worker_alone(conn: Connection) -> None:
    letter = {"to": "a@example.org", "subject": "x", "body": "y"}
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.savepoint(conn):
            await mail.post(conn, **letter, cause="nobody")
    async with db.act(conn, ANONYMOUS):
        await mail.post(conn, **letter, cause="somebody")
        await mail.post(conn, **letter, cause="somebody")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.savepoint(conn):
            await mail.kept(conn, limit=1)


async def test_jobs_come_from_events_alone(conn: Connection) -> None:
    with pytest.raises(asyncpg.UndefinedFunctionError):
        async with db.savepoint(conn):
            await conn.fetchval("SELECT enqueue_job('base.seal', ''::bytea)")
