"""The worker: takes jobs and due dates from PostgreSQL and calls the rooms' operations.

Jobs run at least once, so their handlers are idempotent; a failed one is tried again with growing
pauses and is held, never thrown away, when it keeps failing. They are polled, not notified: a
notification would take a lock at every COMMIT of a money act.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import Final, TypeAlias

import aiosmtplib
import asyncpg
import structlog
from pgqueuer import PgQueuer
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.adapters.persistence.qb import (
    QueryBuilderEnvironment,
    QueryQueueBuilder,
    QuerySchedulerBuilder,
)
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.settings import DBSettings
from pgqueuer.executors import DatabaseRetryEntrypointExecutor
from pgqueuer.models import Job as QueuedJob
from pgqueuer.models import Schedule
from pgqueuer.types import QueueExecutionMode

from market.base import db, events, idempotency, mail, seals
from market.base.access import SYSTEM
from market.base.embedded import Dsns
from market.base.files import Shelf
from market.base.settings import Settings
from market.identity.invitations import subscriptions as invitations
from market.ledger import operations as ledger
from market.money.invoicing import subscriptions as invoicing
from market.money.payments import rails as stripe_rails
from market.money.payments.alarms import alarming
from market.money.payments.chargebacks import recovering
from market.money.payments.online import subscriptions as online_payments
from market.money.payments.rails import Rails
from market.money.payments.stripe_events import keeping_up
from market.money.payments.stripe_events import queries as stripe_events
from market.notifications import subscriptions as notifications
from market.notifications.cadence import operations as cadence
from market.trade.awards import subscriptions as awards
from market.trade.catalogue import subscriptions as catalogue
from market.trade.discovery import operations as discovery
from market.trade.enterprise_requests import subscriptions as enterprise_requests
from market.trade.proposals import subscriptions as proposals

Periodic: TypeAlias = Callable[[db.Pool], Awaitable[object]]


def in_one_act(handler: Callable[[db.Connection], Awaitable[object]]) -> Periodic:
    """A periodic handler that is one act of the system."""

    async def handle(pool: db.Pool) -> None:
        async with db.lease(pool) as conn, db.act(conn, SYSTEM):
            await handler(conn)

    return handle


async def release_held_jobs(conn: db.Connection) -> None:
    await events.release_held(conn, most_attempts=MOST_ATTEMPTS)


async def fold_what_is_new(pool: db.Pool) -> None:
    """In acts of their own, so that a ledger that was never folded is not one long act."""
    folded = 1
    while folded:
        async with db.lease(pool) as conn, db.act(conn, SYSTEM):
            folded = await ledger.fold_tallies(conn)


async def seal_what_is_new(pool: db.Pool) -> None:
    async with db.lease(pool) as conn:
        await seals.keep_up(conn)


JOBS: Final[Mapping[str, events.Job]] = {
    **awards.JOBS,
    **catalogue.JOBS,
    **discovery.JOBS,
    **invitations.JOBS,
    **invoicing.JOBS,
    **notifications.JOBS,
    **online_payments.JOBS,
}
SUBSCRIPTIONS: Final[events.Subscriptions] = events.merged(
    awards.SUBSCRIPTIONS,
    catalogue.SUBSCRIPTIONS,
    discovery.SUBSCRIPTIONS,
    invitations.SUBSCRIPTIONS,
    invoicing.SUBSCRIPTIONS,
    notifications.SUBSCRIPTIONS,
    online_payments.SUBSCRIPTIONS,
)
# When (cron, UTC), and what.
PERIODIC: Final[Mapping[str, tuple[str, Periodic]]] = {
    "base.seal": ("* * * * *", seal_what_is_new),
    "base.release_held_jobs": ("* * * * *", in_one_act(release_held_jobs)),
    "base.forget_keys": ("17 3 * * *", in_one_act(idempotency.forget_old)),
    "stripe.forget_events": ("37 3 * * *", in_one_act(stripe_events.forget_old)),
    "ledger.fold_tallies": ("* * * * *", fold_what_is_new),
    "ledger.number_vouchers": ("* * * * *", in_one_act(ledger.number_vouchers)),
    "notifications.daily_letters": ("0 0 * * *", in_one_act(cadence.send_daily_letters)),
    **awards.PERIODIC,
    **enterprise_requests.PERIODIC,
    **proposals.PERIODIC,
    **catalogue.PERIODIC,
    **invoicing.PERIODIC,
    **alarming.PERIODIC,
    **recovering.PERIODIC,
}

POLL: Final = timedelta(milliseconds=250)
MAILS_AT_ONCE: Final = 50
AFTER_FALL_SECONDS: Final = 1
DATABASE_LOST: Final = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
HANDLER_CONNECTIONS: Final = 4
# Taking jobs takes a moment; without an answer for so long the connection is dead.
QUEUE_SECONDS: Final = 10
MOST_ATTEMPTS: Final = 10

log = structlog.get_logger("market.worker")


async def run(settings: Settings, dsns: Dsns, stop: asyncio.Event) -> None:
    """Work until ``stop`` is set, then finish the jobs in hand; begin anew after every fall."""
    while not stop.is_set():
        try:
            await _work(settings, dsns, stop)
        except DATABASE_LOST as fault:
            log.warning("worker_lost_database", fault=type(fault).__name__)
        if not stop.is_set():
            log.warning("worker_begins_anew", after_seconds=AFTER_FALL_SECONDS)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), AFTER_FALL_SECONDS)


async def drain(dsns: Dsns) -> None:
    """Run the jobs that are due now, and those that they cause, then return."""
    async with _taking_jobs(dsns) as (queuer, _):
        await queuer.qm.run(dequeue_timeout=POLL, mode=QueueExecutionMode.drain)


async def _work(settings: Settings, dsns: Dsns, stop: asyncio.Event) -> None:
    opened = stripe_rails.opened(
        settings.stripe_accounts, settings.public_url, shelf=Shelf.of(settings)
    )
    async with _taking_jobs(dsns) as (queuer, handlers), opened as rails:
        for name, (cron, handler) in PERIODIC.items():
            _take_dates(queuer, name, cron, handlers, handler)
        if settings.smtp is not None:
            _take_mails(queuer, handlers, settings)
        if rails:
            _take_chargebacks(queuer, handlers, rails)
        following = asyncio.create_task(_keep_up_with_stripe(handlers, rails, stop))
        try:
            await _run_until(queuer, stop)
        finally:
            following.cancel()
            await asyncio.wait({following})


@asynccontextmanager
async def _taking_jobs(dsns: Dsns) -> AsyncIterator[tuple[PgQueuer, db.Pool]]:
    """A queuer that knows every job, and the pool that handlers run on."""
    handlers = await db.open_pool(dsns.worker, size=HANDLER_CONNECTIONS)
    queue = await asyncpg.create_pool(
        dsns.worker,
        min_size=1,
        max_size=3,
        connection_class=db.TimedConnection,
        command_timeout=QUEUE_SECONDS,
    )
    try:
        queuer = _queuer(queue)
        for name, job in JOBS.items():
            _take_jobs(queuer, name, handlers, job)
        yield queuer, handlers
    finally:
        await db.close_pool(handlers)
        await db.close_pool(queue)


async def _keep_up_with_stripe(pool: db.Pool, rails: Rails, stop: asyncio.Event) -> None:
    """Turn after turn; what a lost database breaks off is told by the tables, to the next."""
    while rails and not stop.is_set():
        try:
            idle = await keeping_up.keep_up(pool, rails) == 0
        except DATABASE_LOST as fault:
            log.warning("stripe_turn_lost_database", fault=type(fault).__name__)
            idle = True
        if idle:
            await asyncio.sleep(POLL.total_seconds())


def _take_chargebacks(queuer: PgQueuer, pool: db.Pool, rails: Rails) -> None:
    @queuer.schedule("stripe.follow_chargebacks", "11 * * * *", accepts_context=False)
    async def handle(_schedule: Schedule) -> None:
        await keeping_up.follow_up(pool, rails)


async def _run_until(queuer: PgQueuer, stop: asyncio.Event) -> None:
    running = asyncio.create_task(queuer.run(dequeue_timeout=POLL))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    queuer.shutdown.set()
    stopping.cancel()
    await running


def _queuer(pool: db.Pool) -> PgQueuer:
    names = DBSettings(db_schema="jobs")
    driver = AsyncpgPoolDriver(pool)
    queries = Queries(
        driver,
        qbe=QueryBuilderEnvironment(names),
        qbq=QueryQueueBuilder(names),
        qbs=QuerySchedulerBuilder(names),
    )
    return PgQueuer(driver, queries=queries)


def _take_jobs(queuer: PgQueuer, name: str, pool: db.Pool, job: events.Job) -> None:
    retrying = partial(DatabaseRetryEntrypointExecutor, max_attempts=MOST_ATTEMPTS)

    @queuer.entrypoint(name, on_failure="hold", executor_factory=retrying, accepts_context=False)
    async def handle(queued: QueuedJob) -> None:
        assert queued.payload is not None, "every job carries the id of its event"
        event_id = int(queued.payload)
        await db.retrying(pool, lambda conn: _handle_event(conn, event_id, job))


async def _handle_event(conn: db.Connection, event_id: int, job: events.Job) -> None:
    async with db.act(conn, SYSTEM):
        await job(conn, await events.find(conn, event_id))


def _take_dates(queuer: PgQueuer, name: str, cron: str, pool: db.Pool, handler: Periodic) -> None:
    @queuer.schedule(name, cron, accepts_context=False)
    async def handle(_schedule: Schedule) -> None:
        await handler(pool)


def _take_mails(queuer: PgQueuer, pool: db.Pool, settings: Settings) -> None:
    @queuer.schedule("base.send_mails", "* * * * *", accepts_context=False)
    async def handle(_schedule: Schedule) -> None:
        async with db.lease(pool) as conn:
            await _send_mails(conn, settings)


async def _send_mails(conn: db.Connection, settings: Settings) -> None:
    """Hand what waits to the mail server, each mail noted by itself, none in a transaction.

    A process that dies between the two sends that one mail twice, under the same Message-ID.
    """
    smtp, sender = settings.smtp, settings.mail_from
    assert smtp is not None, "only asked for with a mail server"
    assert sender is not None, "settings give both or neither"
    waiting = await mail.unsent(conn, limit=MAILS_AT_ONCE)
    if not waiting:
        return
    async with aiosmtplib.SMTP(
        hostname=smtp.host,
        port=smtp.port,
        use_tls=smtp.tls,
        username=smtp.user,
        password=smtp.password,
        timeout=15,
    ) as server:
        for letter in waiting:
            try:
                attachment = await mail.attachment_of(conn, letter)
                await mail.send(letter, attachment, smtp=server, sender=sender)
            except aiosmtplib.SMTPException as fault:
                await mail.note_failed(conn, letter.id, str(fault))
            else:
                await mail.note_sent(conn, letter.id)
