"""The worker takes what acts have left for it, from the real queue."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from market import worker
from market.base import db, migrations
from market.base.access import SYSTEM
from market.base.embedded import Dsns
from tests.conftest import Clone
from tests.world import invoicing as invoices
from tests.world import performance


@pytest.fixture(scope="module")
async def subscribed(clone: Clone) -> AsyncIterator[Dsns]:
    """A market whose events start jobs, as `market migrate` leaves it."""
    async with clone() as addresses:
        await migrations.migrate(addresses.owner, subscriptions=worker.SUBSCRIPTIONS)
        yield addresses


def test_every_subscribed_job_has_a_handler() -> None:
    subscribed = {job for jobs in worker.SUBSCRIPTIONS.values() for job in jobs}

    assert subscribed <= set(worker.JOBS)
    assert set(worker.JOBS) <= subscribed, "a job that nothing starts"


async def test_a_start_counts_earlier_receipts_and_people_are_told(subscribed: Dsns) -> None:
    conn = await db.connect(subscribed.app)
    try:
        deal = await invoices.fw01(conn)
        invoice = await invoices.issued(conn, deal)
        await invoices.received(conn, deal, invoice, invoice.amount_minor)
        await performance.start(conn, deal)

        await worker.drain(subscribed)

        async with db.act(conn, SYSTEM):
            due = await conn.fetchval("SELECT vat_due_minor FROM invoice WHERE id = $1", invoice.id)
        assert due == invoice.vat_minor
    finally:
        await conn.close()
    mailbox = await db.connect(subscribed.worker)
    try:
        assert await mailbox.fetchval("SELECT count(*) FROM mail WHERE subject LIKE '%请款单%'") > 0
        assert await mailbox.fetchval("SELECT jobs_waiting()") == 0
    finally:
        await mailbox.close()


async def test_a_job_that_was_held_before_its_attempts_were_used_up_is_done(
    subscribed: Dsns,
) -> None:
    """As it is left when the database goes away while its next attempt is written down."""
    conn = await db.connect(subscribed.app)
    mailbox = await db.connect(subscribed.worker)
    try:
        deal = await invoices.fw01(conn)
        await invoices.issued(conn, deal)
        held = "UPDATE jobs.pgqueuer SET status = 'failed', attempts = $1 WHERE status = 'queued'"
        count = "SELECT count(*) FROM jobs.pgqueuer WHERE status = 'failed'"

        await mailbox.execute(held, worker.MOST_ATTEMPTS - 1)
        assert await mailbox.fetchval(count) > 0
        await worker.release_held_jobs(mailbox)
        await worker.drain(subscribed)
        assert await mailbox.fetchval("SELECT count(*) FROM jobs.pgqueuer") == 0

        await invoices.issued(conn, deal, 1)
        await mailbox.execute(held, worker.MOST_ATTEMPTS)
        left = await mailbox.fetchval(count)
        await worker.release_held_jobs(mailbox)
        assert await mailbox.fetchval(count) == left > 0
    finally:
        await conn.close()
        await mailbox.close()
