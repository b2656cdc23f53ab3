"""Reckoning an invoice's VAT anew whenever something happens to it, and posting the difference."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from market.base import clock, db, events, policies
from market.base.access import SYSTEM
from market.base.db import Connection
from market.base.events import Event
from market.ledger import operations as ledger
from market.ledger.model import Account, Leg, Posting
from market.money.invoicing import queries as invoices
from market.money.invoicing.model import Invoice
from market.money.invoicing.tax_points import model, queries
from market.money.invoicing.tax_points.model import Part, Reason, Standing

BATCH: Final = 200


async def reckon(
    conn: Connection, invoice: Invoice, occasion: Reason, *, on: date, cause: str
) -> Invoice:
    """Bring the VAT that is due up to date; ``on`` is the day of what happened in the world.

    The contract and the invoice must be locked. Returns the invoice as it then is.
    """
    facts = await queries.facts_of(conn, invoice)
    due = model.vat_due(invoice, facts)
    change_minor = due.vat_minor - invoice.vat_due_minor
    if change_minor == 0:
        return invoice
    reason = model.reason_of(due, occasion, falls=change_minor < 0)
    effective_on = model.effective_on(invoice, facts, reason, on)
    parts = await _parts(conn, invoice, change_minor, effective_on)
    for number, part in enumerate(parts, start=facts.points + 1):
        await queries.insert_tax_point(
            conn,
            invoice,
            part,
            number=number,
            reason=reason,
            cause=cause,
            effective_on=effective_on,
            counted_minor=due.counted_minor,
        )
        await ledger.post(conn, _posting(invoice, part, number, effective_on))
    return await invoices.set_vat_due(conn, invoice, due.vat_minor)


async def _parts(conn: Connection, invoice: Invoice, change_minor: int, on: date) -> Sequence[Part]:
    standings = await queries.standings_of(conn, invoice)
    if change_minor < 0:
        return list(model.falling_back(-change_minor, standings))
    policy = await policies.current(conn, "surtax", on=on, unit_id=invoice.books_unit_id)
    fresh = Standing(policy.id, policy.body["of_vat_ppm"], 0, 0, 0)
    used = next((found for found in standings if found.policy_id == policy.id), fresh)
    return [model.coming_due(change_minor, used)]


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


async def reckon_later(
    conn: Connection, invoice_id: UUID, occasion: Reason, *, on: date, cause: str
) -> None:
    """The same in an act of the system's own, which tells what came of it."""
    async with db.act(conn, SYSTEM):
        invoice = await invoices.lock_invoice(conn, SYSTEM, invoice_id)
        reckoned = await reckon(conn, invoice, occasion, on=on, cause=cause)
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
    today = await clock.today(conn)
    for invoice_id in await queries.paid_invoices_of(conn, contract_id):
        await reckon_later(conn, invoice_id, Reason.START, on=today, cause=cause)


async def reach_due_dates(conn: Connection) -> None:
    """Every day: invoices whose due date has come owe the whole of their VAT."""
    while late := await _fallen_due(conn):
        for invoice_id, due_on in late:
            await reckon_later(conn, invoice_id, Reason.DUE, on=due_on, cause="due_date")


async def _fallen_due(conn: Connection) -> list[tuple[UUID, date]]:
    async with db.look(conn, SYSTEM):
        return await queries.invoices_fallen_due(conn, limit=BATCH)
