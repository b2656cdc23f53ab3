"""Reckoning an invoice's VAT anew whenever something happens to it, and posting the difference."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from market.base import db, due, events
from market.base.access import SYSTEM
from market.base.db import Connection, Pool
from market.base.events import Event
from market.ledger import operations as ledger
from market.money.invoicing import queries as invoices
from market.money.invoicing.model import Invoice
from market.money.invoicing.tax_points import queries
from market.money.invoicing.tax_points.model import Reason
from market.money.invoicing.tax_points.reckoning import Reckoning


async def reckoning_of(conn: Connection, invoice_ids: Sequence[UUID]) -> Reckoning:
    """For invoices that are locked, and their contracts with them."""
    return Reckoning(await queries.known_of(conn, invoice_ids))


async def reckon(conn: Connection, invoice: Invoice, occasion: Reason, *, cause: str) -> Invoice:
    """Bring the VAT that is due up to date, by the days of what happened in the world.

    The contract and the invoice must be locked. Returns the invoice as it then is.
    """
    reckoning = await reckoning_of(conn, [invoice.id])
    reckoned = reckoning.reckon(invoice, occasion, cause=cause)
    if reckoned.version != invoice.version:
        await invoices.keep(conn, [reckoned], [], reckoning.points)
        await ledger.post_all(conn, reckoning.postings)
    return reckoned


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
    """Every day: invoices whose due date has come owe the whole of their VAT."""
    await due.each(
        pool, queries.invoices_fallen_due, _reach_due_date, otherwise="due_date_not_reached"
    )


async def _reach_due_date(conn: Connection, invoice_id: UUID) -> None:
    await reckon_later(conn, invoice_id, Reason.DUE, cause="due_date")
