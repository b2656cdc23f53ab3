"""Reckoning an invoice's VAT anew whenever something happens to it, and posting the difference."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

import asyncpg
import structlog

from market.base import db, events, policies
from market.base.access import SYSTEM
from market.base.db import Connection, Pool
from market.base.errors import MarketError
from market.base.events import Event
from market.ledger import operations as ledger
from market.ledger.model import Account, Leg, Posting
from market.money.invoicing import queries as invoices
from market.money.invoicing.model import Invoice
from market.money.invoicing.tax_points import model, queries
from market.money.invoicing.tax_points.model import Change, Part, Reason, Standing

BATCH: Final = 200

log = structlog.get_logger("market.invoicing")


async def reckon(conn: Connection, invoice: Invoice, occasion: Reason, *, cause: str) -> Invoice:
    """Bring the VAT that is due up to date, by the days of what happened in the world.

    The contract and the invoice must be locked. Returns the invoice as it then is.
    """
    facts = await queries.facts_of(conn, invoice)
    changes = model.changes(invoice, facts, occasion)
    if not changes:
        return invoice
    number = facts.points
    for change in changes:
        for part in await _parts(conn, invoice, change):
            number += 1
            await queries.insert_tax_point(conn, invoice, change, part, number=number, cause=cause)
            await ledger.post(conn, _posting(invoice, part, number, change.on))
    return await invoices.set_vat_due(conn, invoice, model.due_now(invoice, facts).vat_minor)


async def _parts(conn: Connection, invoice: Invoice, change: Change) -> Sequence[Part]:
    standings = await queries.standings_of(conn, invoice, change.on)
    if change.vat_minor < 0:
        return list(model.falling_back(-change.vat_minor, standings))
    policy = await policies.current(conn, "surtax", on=change.on, unit_id=invoice.books_unit_id)
    fresh = Standing(policy.id, policy.body["of_vat_ppm"], 0, 0, 0)
    used = next((found for found in standings if found.policy_id == policy.id), fresh)
    return [model.coming_due(change.vat_minor, used)]


def _posting(invoice: Invoice, part: Part, number: int, effective_on: date) -> Posting:
    """VAT and surtax become payable; or, below zero, the mirror of that."""
    return Posting(
        cause=f"tax_point:{invoice.id}:{number}",
        books=invoice.books_unit_id,
        effective_on=effective_on,
        legs=[
            _leg(invoice, "vat_deferred", "vat_payable", part.vat_minor),
            _leg(invoice, "tax_expense", "surtax_payable", part.surtax_minor),
        ],
    )


def _leg(invoice: Invoice, debit: str, credit: str, amount_minor: int) -> Leg:
    leg = Leg(Account(debit), Account(credit), abs(amount_minor), invoice.currency)
    return leg.mirrored() if amount_minor < 0 else leg


async def reckon_later(conn: Connection, invoice_id: UUID, occasion: Reason, *, cause: str) -> None:
    """The same in an act of the system's own, which tells what came of it."""
    async with db.act(conn, SYSTEM):
        invoice = await invoices.lock_invoice(conn, SYSTEM, invoice_id)
        reckoned = await reckon(conn, invoice, occasion, cause=cause)
        if reckoned.version != invoice.version:
            await events.record(
                conn,
                SYSTEM,
                "invoice.taxed",
                about=reckoned,
                changed={"contract_id": reckoned.contract_id, "occasion": occasion},
            )


async def count_receipts_at_start(conn: Connection, event: Event) -> None:
    """When work on a contract begins, what was paid in advance is counted."""
    contract_id = await queries.contract_of_milestone(conn, event.subject_id)
    cause = f"milestone_started:{event.subject_id}"
    for invoice_id in await queries.paid_invoices_of(conn, contract_id):
        await reckon_later(conn, invoice_id, Reason.START, cause=cause)


async def reach_due_dates(pool: Pool) -> None:
    """Every day: invoices whose due date has come owe the whole of their VAT.

    Each in an act of its own, so that one that cannot be had now leaves the others their day; it
    is told in the log and comes again with the next run.
    """
    last: UUID | None = None
    while late := await _fallen_due(pool, last):
        for invoice_id in late:
            await _reach_due_date(pool, invoice_id)
        last = late[-1]


async def _reach_due_date(pool: Pool, invoice_id: UUID) -> None:
    try:
        await db.retrying(
            pool, lambda conn: reckon_later(conn, invoice_id, Reason.DUE, cause="due_date")
        )
    except (asyncpg.PostgresError, MarketError) as fault:
        log.error("due_date_not_reached", invoice=str(invoice_id), fault=type(fault).__name__)


async def _fallen_due(pool: Pool, after: UUID | None) -> list[UUID]:
    async with db.lease(pool) as conn, db.look(conn, SYSTEM):
        return await queries.invoices_fallen_due(conn, after=after, limit=BATCH)
