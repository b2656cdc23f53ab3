"""Reminding the buyers of what is late, and holding that."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from uuid import UUID

from market.base import clock, db, due, events, policies, working_days
from market.base.access import SYSTEM, Actor, require
from market.base.db import Connection, Pool
from market.base.documents import typesetting
from market.base.documents.model import NotPrintable
from market.base.errors import NotFound
from market.money.invoicing import model as invoicing
from market.money.invoicing import queries as invoices
from market.money.invoicing.model import Invoice
from market.money.invoicing.reminders import document, model, queries
from market.money.invoicing.reminders.document import Demand
from market.money.invoicing.reminders.model import (
    LATE_STATES,
    MOST_HOLD_DAYS,
    Holding,
    Letter,
    Reminder,
    ReminderHold,
)


async def remind_of_late(pool: Pool) -> None:
    """Every day: each late invoice is reminded of at the level that it has reached."""
    await due.each(pool, queries.late_invoices, remind, otherwise="reminder_not_sent")


async def remind(conn: Connection, invoice_id: UUID) -> Reminder | None:
    """Send the highest level that an invoice has reached, unless that one or a higher was sent.

    Its letters are written by the job that hears of it.
    """
    async with db.act(conn, SYSTEM):
        invoice = await invoices.lock_invoice(conn, SYSTEM, invoice_id)
        if invoice.state not in LATE_STATES:
            return None
        return await _remind(conn, invoice)


async def _remind(conn: Connection, invoice: Invoice) -> Reminder | None:
    today = await clock.today(conn)
    standing = await queries.standing_of(conn, invoice)
    held = standing.hold is not None and standing.hold.holds_on(today)
    if held or standing.charged_back:
        return None
    policy = await policies.current(conn, model.POLICY, on=today, unit_id=invoice.books_unit_id)
    calendar = await working_days.calendar(conn, on=today)
    late = calendar.passed(standing.counted_from, today)
    level = model.level_reached(late, policy.body)
    if level is None or not model.is_above(level, standing.sent):
        return None
    demand = Demand(level, await clock.now(conn), today, standing.counted_from, late)
    reminder = await queries.insert_reminder(
        conn,
        invoice,
        level,
        on=today,
        counted_from=standing.counted_from,
        late_working_days=late,
        policy_id=policy.id,
        letter=await letter_of(conn, invoice, demand),
    )
    await events.record(
        conn,
        SYSTEM,
        "reminder.sent",
        about=reminder,
        changed={
            "invoice_id": invoice.id,
            "level": level,
            "late_working_days": late,
            "open_minor": reminder.open_minor,
            "policy_id": policy.id,
            "letter_number": reminder.letter_number,
            "letter_sha256": reminder.letter_sha256,
        },
    )
    return reminder


async def letter_of(conn: Connection, invoice: Invoice, demand: Demand) -> Letter | None:
    """Set and kept as it is sent; what the font lacks keeps nobody from being reminded."""
    if demand.level not in document.NAMES:
        return None
    number = document.number_of(invoice, demand.level)
    try:
        pdf = await typesetting.pdf(await document.demand_document(conn, invoice, demand))
    except NotPrintable as refusal:
        return Letter(number, unprintable=str(refusal.details["characters"])[:500])
    return Letter(number, pdf, hashlib.sha256(pdf).hexdigest())


async def hold_reminders(
    conn: Connection, actor: Actor, invoice_id: UUID, holding: Holding
) -> ReminderHold:
    """Finance keeps reminders of an invoice back until a day, or while it is disputed.

    It takes the place of the hold before. The same person saying the same again gets the same
    hold. Raises NotFound to a stranger, NotTheFinance, NothingToRemindOf, HoldNeedsDay,
    HoldDayWrong.
    """
    async with db.act(conn, actor):
        invoice = await invoices.lock_invoice(conn, actor, invoice_id)
        require(
            invoicing.is_the_finance(actor, invoice.provider_unit_id, invoice.books_unit_id),
            invoicing.NotTheFinance,
        )
        newest = await queries.newest_hold(conn, invoice_id)
        if newest is not None and _says_the_same(newest, actor, holding):
            return newest
        require(invoice.state in LATE_STATES, model.NothingToRemindOf(number=invoice.number))
        await _check_day(conn, holding)
        hold = await queries.insert_hold(conn, actor, invoice_id, holding)
        await events.record(
            conn,
            actor,
            "reminder_hold.set",
            about=hold,
            changed={"invoice_id": invoice_id, "disputed": hold.disputed, "until": hold.until},
        )
    return hold


def _says_the_same(hold: ReminderHold, actor: Actor, holding: Holding) -> bool:
    said = (hold.held_by, hold.disputed, hold.until, hold.reason)
    return said == (actor.person_id, holding.disputed, holding.until, holding.reason)


async def _check_day(conn: Connection, holding: Holding) -> None:
    if holding.until is None:
        require(holding.disputed, model.HoldNeedsDay(pointer="/until"))
        return
    today = await clock.today(conn)
    last = today + timedelta(days=MOST_HOLD_DAYS)
    require(
        today <= holding.until <= last,
        model.HoldDayWrong(first=today, last=last, pointer="/until"),
    )


async def reminders_of(conn: Connection, actor: Actor, invoice_id: UUID) -> list[Reminder]:
    """NotFound to a stranger."""
    async with db.look(conn, actor):
        await invoices.find_invoice(conn, actor, invoice_id)
        return list(await queries.reminders_of(conn, actor, invoice_id))


async def holds_of(
    conn: Connection, actor: Actor, invoice_id: UUID, *, after: UUID | None, limit: int
) -> list[ReminderHold]:
    """NotFound to a stranger, and to the buyer, who knows of no hold."""
    async with db.look(conn, actor):
        invoice = await invoices.find_invoice(conn, actor, invoice_id)
        units = (invoice.provider_unit_id, invoice.books_unit_id)
        require(actor.visible is None or any(one in actor.visible for one in units), NotFound)
        return await queries.holds_of(conn, actor, invoice_id, after=after, limit=limit)
