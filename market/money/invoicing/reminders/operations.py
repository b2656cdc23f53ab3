"""Reminding the buyers of what is late, and holding that."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from market.base import clock, db, due, events, policies, working_days
from market.base.access import SYSTEM, Actor, require
from market.base.db import Connection, Pool
from market.base.documents import typesetting
from market.base.documents.model import NotPrintable
from market.base.errors import NotFound
from market.money.invoicing import covered
from market.money.invoicing import model as invoicing
from market.money.invoicing import queries as invoices
from market.money.invoicing.model import Invoice
from market.money.invoicing.reminders import document, model, queries
from market.money.invoicing.reminders.document import Printed
from market.money.invoicing.reminders.model import (
    LATE_STATES,
    MOST_HOLD_DAYS,
    Demand,
    Holding,
    Letter,
    Reminder,
    ReminderHold,
)

log = structlog.get_logger("market.reminders")


async def remind_of_late(pool: Pool) -> None:
    """Every day: each late invoice is reminded of at the level that it has reached."""
    async with db.lease(pool) as conn, db.look(conn, SYSTEM):
        today = await clock.today(conn)
        known = (await working_days.calendar(conn, on=today)).known(today)
    if known < today:
        log.warning("working_days_not_announced", known_until=str(known))
    await due.each(pool, queries.late_invoices, remind, otherwise="reminder_not_sent")


async def remind(conn: Connection, invoice_id: UUID) -> Reminder | None:
    """Send the highest level that an invoice has reached, unless that one or a higher was sent.

    Its letter is set before the invoice is locked; what moved meanwhile is for the next run. Its
    mails are written by the job that hears of it.
    """
    async with db.act(conn, SYSTEM):
        at = await clock.now(conn)
        invoice = await invoices.find_invoice(conn, SYSTEM, invoice_id)
        demand = await _demand(conn, invoice, at)
        if demand is None:
            return None
        printed = await _printed(conn, invoice, demand)
    letter = await set_letter(printed)
    async with db.act(conn, SYSTEM):
        locked = await invoices.lock_invoice(conn, SYSTEM, invoice_id)
        if (locked, await _demand(conn, locked, at)) != (invoice, demand):
            return None
        return await _send(conn, invoice, demand, letter)


async def _demand(conn: Connection, invoice: Invoice, at: datetime) -> Demand | None:
    """What is to be asked for at an instant, if anything is."""
    today = clock.day_of(at)
    standing = await queries.standing_of(conn, invoice)
    held = standing.hold is not None and standing.hold.holds_on(today)
    if invoice.state not in LATE_STATES or held or standing.charged_back:
        return None
    policy = await policies.current(conn, model.POLICY, on=today, unit_id=invoice.books_unit_id)
    calendar = await working_days.calendar(conn, on=today)
    known = calendar.known(today)
    late = calendar.passed(standing.counted_from, known)
    level = model.level_reached(late, policy.body)
    if level is None or not model.is_above(level, standing.sent):
        return None
    credit_minor = await covered.credit_against(conn, invoice)
    if credit_minor == invoice.open_minor:
        return None
    return Demand(
        level=level,
        sent_at=at,
        sent_on=today,
        counted_from=standing.counted_from,
        counted_until=known if known < today else None,
        late_working_days=late,
        credit_minor=credit_minor,
        policy_id=policy.id,
    )


async def _send(
    conn: Connection, invoice: Invoice, demand: Demand, letter: Letter | None
) -> Reminder:
    reminder = await queries.insert_reminder(conn, invoice, demand, letter)
    await events.record(
        conn,
        SYSTEM,
        "reminder.sent",
        about=reminder,
        changed={
            "invoice_id": invoice.id,
            "level": reminder.level,
            "late_working_days": reminder.late_working_days,
            "counted_until": reminder.counted_until,
            "open_minor": reminder.open_minor,
            "credit_minor": reminder.credit_minor,
            "policy_id": reminder.policy_id,
            "letter_number": reminder.letter_number,
            "letter_sha256": reminder.letter_sha256,
        },
    )
    return reminder


async def _printed(conn: Connection, invoice: Invoice, demand: Demand) -> Printed | None:
    """The document of a level that has one, under its number."""
    if demand.level not in document.NAMES:
        return None
    number = document.number_of(invoice, demand.level)
    return Printed(number, await document.demand_document(conn, invoice, demand))


async def set_letter(printed: Printed | None) -> Letter | None:
    """Set and kept as it is sent; what the font lacks keeps nobody from being reminded."""
    if printed is None:
        return None
    try:
        pdf = await typesetting.pdf(printed.document)
    except NotPrintable as refusal:
        return Letter(printed.number, unprintable=str(refusal.details["characters"])[:500])
    return Letter(printed.number, pdf, hashlib.sha256(pdf).hexdigest())


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
