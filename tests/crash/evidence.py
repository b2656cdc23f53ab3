"""What must be true of a market that was killed: of its tables, its promises and its figures."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import asyncpg

from market.auditor import audit
from market.base import db, seals
from market.base.embedded import Dsns
from market.demo.client import key_of

JOBS_SECONDS: Final = 90
SECRET: Final = re.compile(r"\b[A-Z2-7]{32}\b")  # each market draws its own
LEFT: Final = "SELECT count(*) FROM jobs.pgqueuer WHERE execute_after <= clock_timestamp()"
LOST: Final = """
    SELECT coalesce(e.job, d.job), coalesce(e.called, 0), coalesce(d.known, 0)
    FROM (SELECT s.job, count(*) AS called FROM event
          JOIN event_subscription s ON s.event_name = event.name GROUP BY 1) AS e
    FULL JOIN (SELECT job, count(DISTINCT id) AS known
               FROM (SELECT entrypoint AS job, job_id AS id FROM jobs.pgqueuer_log
                     WHERE status = 'successful'
                     UNION ALL SELECT entrypoint, id FROM jobs.pgqueuer) AS either
               GROUP BY 1) AS d ON d.job = e.job
    WHERE e.called IS DISTINCT FROM d.known"""


class Broken(Exception):
    """Something that was promised does not hold."""


class Figures(NamedTuple):
    """What a whole story leaves behind, however often it was interrupted."""

    told: tuple[str, ...]
    events: tuple[tuple[str, int], ...]
    books: tuple[tuple[str, str, int, int], ...]
    numbers: tuple[str, ...]


async def audited(addresses: Dsns, head: str | None) -> str | None:
    """Everything holds, and the head of the seals that was printed before is still among them.

    Seals what is new; returns the head from now on.
    """
    report = await audit.run(addresses.auditor, expected_head=head)
    if report.faults:
        raise Broken(
            "; ".join(
                f"{fault.invariant} {fault.table} {fault.id}: {fault.found}"
                for fault in report.faults
            )
        )
    worker = await db.connect(addresses.worker)
    try:
        await seals.seal(worker)
        newest = await seals.head(worker)
    finally:
        await worker.close()
    return str(newest) if newest else None


async def kept(addresses: Dsns, acknowledged: Mapping[str, Any]) -> None:
    """Every acknowledged act is there.

    A keyed answer stands word for word beside its key; otherwise the object has come to the
    version that was answered, or further.
    """
    conn = await asyncpg.connect(addresses.owner)
    try:
        answers = {
            row["key"]: json.loads(row["answer"] or b"null")
            for row in await conn.fetch("SELECT key, answer FROM idempotency_key")
        }
        versions = {
            str(row["subject_id"]): row["version"]
            for row in await conn.fetch(
                "SELECT subject_id, max(version) AS version FROM event GROUP BY subject_id"
            )
        }
    finally:
        await conn.close()
    for act, answer in acknowledged.items():
        key = key_of(act)
        if key in answers:
            if answers[key] != answer:
                raise Broken(f"{act}: another answer is kept than was given")
        elif not _is_there(answer, versions):
            raise Broken(f"{act}: was acknowledged, and is gone")


def _is_there(answer: Any, versions: Mapping[str, int]) -> bool:
    """Some answers name no object of their own; what they did shows in the figures."""
    if not isinstance(answer, dict) or "id" not in answer or "version" not in answer:
        return True
    return versions.get(answer["id"], 0) >= int(answer["version"])


async def figures(addresses: Dsns, told: list[str]) -> Figures:
    conn = await asyncpg.connect(addresses.auditor)
    try:
        events = await conn.fetch(
            """SELECT name, count(*) FROM (
                   SELECT name FROM event
                   WHERE subject <> 'session'  -- signing in, and asking for a device, again
                     AND name NOT IN ('second_factor.shown', 'second_factor.begun',
                                      'second_factor.discarded',
                                      -- told only where it is looked at before another card pays
                                      'online_payment.declined')
                   UNION ALL  -- what the clock has closed and its job has not written down yet
                   SELECT 'enterprise_request.closed' FROM enterprise_request
                   WHERE state = 'open' AND deadline <= market_now()) AS told
               GROUP BY name ORDER BY name"""
        )
        books = await conn.fetch(
            """SELECT o.name_zh, split_part(p.cause, ':', 1), count(*), sum(t.amount_minor)::bigint
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN organisation o ON o.id = p.books GROUP BY 1, 2 ORDER BY 1, 2"""
        )
        numbers = await conn.fetch(
            """SELECT number FROM contract WHERE number IS NOT NULL
               UNION ALL SELECT number FROM invoice ORDER BY number"""
        )
    finally:
        await conn.close()
    return Figures(
        tuple(SECRET.sub("…", line) for line in told),
        tuple((name, count) for name, count in events),
        tuple((books_, cause, count, total) for books_, cause, count, total in books),
        tuple(row["number"] for row in numbers),
    )


async def jobs_done(addresses: Dsns, *, patient: bool) -> None:
    """No event's job was thrown away, and none is done twice over.

    A job in the hands of a killed worker is taken up again after half a minute; ``patient``: wait
    until all are done.
    """
    deadline = time.monotonic() + JOBS_SECONDS
    conn = await asyncpg.connect(addresses.auditor)
    try:
        while patient and (left := await conn.fetchval(LEFT)):
            if time.monotonic() > deadline:
                raise Broken(f"{left} jobs were not done in {JOBS_SECONDS} s")
            await asyncio.sleep(0.2)
        lost = await conn.fetch(LOST)
    finally:
        await conn.close()
    if lost:
        raise Broken(f"jobs called and known differ: {[tuple(row) for row in lost]}")
