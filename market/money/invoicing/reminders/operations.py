"""Reminding the buyers of what is late, and holding that."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from market.base import clock, db, due, events, policies, working_days
from market.base.access import SYSTEM, Actor, require
from market.base.db import Connection, Pool
from market.base.errors import NotFound
from market.money.invoicing import model as invoicing
from market.money.invoicing import queries as invoices
from market.money.invoicing.model import Invoice
from market.money.invoicing.reminders import model, queries
from market.money.invoicing.reminders.model import (
    LATE_STATES,
    MOST_HOLD_DAYS,
    Holding,
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
    reminder = await queries.insert_reminder(
        conn,
        invoice,
        level,
        on=today,
        counted_from=standing.counted_from,
        late_working_days=late,
        policy_id=policy.id,
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
        },
    )
    return reminder


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
