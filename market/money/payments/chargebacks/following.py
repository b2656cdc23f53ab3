"""What became of chargebacks, by Stripe's word; only the worker reads it."""

from __future__ import annotations

from uuid import UUID

import asyncpg
import stripe
import structlog

from market.base import db, events
from market.base.access import SYSTEM
from market.base.db import Connection, Pool
from market.money.payments.chargebacks import losing, queries
from market.money.payments.chargebacks.model import ChargebackState
from market.money.payments.rails import Rail
from market.money.payments.stripe_balance import telling
from market.money.payments.stripe_balance.faults import FAULTS_OF_THE_LINE, UNTELLABLE
from market.money.payments.stripe_balance.model import Disputed

log = structlog.get_logger("market.stripe")


async def follow_all(pool: Pool, rail: Rail) -> None:
    """What became of each that is undecided."""
    async with db.lease(pool) as conn, db.look(conn, SYSTEM):
        opened = await queries.opened_chargebacks(conn, rail.unit_id)
    for dispute_id in opened:
        await follow(pool, rail, dispute_id)


async def follow(pool: Pool, rail: Rail, dispute_id: str) -> None:
    try:
        told = telling.disputed(await rail.v1.disputes.retrieve_async(dispute_id))
    except (stripe.StripeError, *UNTELLABLE) as fault:
        log.warning("chargeback_not_read", dispute=dispute_id, fault=type(fault).__name__)
        return
    try:
        await db.retrying(pool, lambda conn: keep_told(conn, rail.unit_id, told))
        if told.status == "lost":
            await db.retrying(pool, lambda conn: losing.lose(conn, rail.unit_id, told))
    except (asyncpg.PostgresError, *FAULTS_OF_THE_LINE) as fault:
        log.error("chargeback_not_lost", dispute=dispute_id, fault=type(fault).__name__)


async def keep_told(conn: Connection, books_unit_id: UUID, told: Disputed) -> None:
    """When evidence is due, and whether the bank has it, by Stripe's latest word."""
    async with db.act(conn, SYSTEM):
        found = await queries.lock_told(conn, books_unit_id, told.id)
        if found is None or found.state != ChargebackState.OPENED:
            return
        kept = await queries.keep_told(conn, found, told)
        if kept is not None:
            changed = {"submissions": kept.submissions, "evidence_due_at": kept.evidence_due_at}
            await events.record(conn, SYSTEM, "chargeback.told", about=kept, changed=changed)
