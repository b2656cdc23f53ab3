"""The SQL of reminders and holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.money.invoicing.model import Invoice
from market.money.invoicing.reminders.model import (
    Demand,
    Holding,
    Letter,
    Level,
    Reminder,
    ReminderHold,
)


class Standing(msgspec.Struct, frozen=True):
    """How far an invoice has been reminded, and from which day its lateness counts.

    ``charged_back``: its payer's bank asks for money of it back, which is not decided.
    """

    counted_from: date
    sent: Level | None
    charged_back: bool
    hold: ReminderHold | None


async def late_invoices(conn: Connection, *, after: UUID | None, limit: int) -> list[UUID]:
    """Past their due date, not reminded for the last time; by id."""
    records = await conn.fetch(
        """SELECT i.id FROM invoice i
           WHERE i.state IN ('open', 'part_paid') AND i.due_on < (SELECT market_today())
             AND NOT EXISTS (SELECT FROM reminder r WHERE r.invoice_id = i.id AND r.level = 'final')
             AND ($1::uuid IS NULL OR i.id > $1)
           ORDER BY i.id LIMIT $2""",
        after,
        limit,
    )
    return [record["id"] for record in records]


async def standing_of(conn: Connection, invoice: Invoice) -> Standing:
    """What was taken back made the invoice late anew: its buyer had thought it paid."""
    progress = await _progress(conn, invoice.id)
    return Standing(*progress, await newest_hold(conn, invoice.id))


async def _progress(conn: Connection, invoice_id: UUID) -> tuple[date, Level | None, bool]:
    record = await conn.fetchrow(
        """SELECT greatest(i.due_on, i.issued_on,
                      (SELECT max((r.created_at AT TIME ZONE 'Asia/Shanghai')::date)
                       FROM receipt r WHERE r.invoice_id = i.id AND r.amount_minor < 0)),
                  (SELECT r.level FROM reminder r WHERE r.invoice_id = i.id
                   ORDER BY r.id DESC LIMIT 1),
                  EXISTS (SELECT FROM chargeback c
                          JOIN online_payment_part p USING (online_payment_id)
                          WHERE p.invoice_id = i.id AND c.state = 'opened')
           FROM invoice i WHERE i.id = $1""",
        invoice_id,
    )
    assert record is not None, "the invoice is locked"
    counted_from, sent, charged_back = record
    return counted_from, Level(sent) if sent else None, charged_back


async def newest_hold(conn: Connection, invoice_id: UUID) -> ReminderHold | None:
    record = await conn.fetchrow(
        f"""SELECT {columns(ReminderHold)} FROM reminder_hold
            WHERE invoice_id = $1 ORDER BY id DESC LIMIT 1""",
        invoice_id,
    )
    return ReminderHold(*record) if record else None


async def insert_reminder(
    conn: Connection, invoice: Invoice, demand: Demand, letter: Letter | None
) -> Reminder:
    """With its letter, if it has one."""
    record = await conn.fetchrow(
        f"""INSERT INTO reminder (invoice_id, level, sent_on, counted_from, counted_until,
                late_working_days, open_minor, credit_minor, currency, policy_id, letter_number,
                letter_sha256, letter_unprintable)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            RETURNING {columns(Reminder)}""",
        invoice.id,
        demand.level,
        demand.sent_on,
        demand.counted_from,
        demand.counted_until,
        demand.late_working_days,
        invoice.open_minor,
        demand.credit_minor,
        invoice.currency,
        demand.policy_id,
        letter.number if letter else None,
        letter.sha256 if letter else None,
        letter.unprintable if letter else None,
    )
    reminder = one(Reminder, record)
    if letter is not None and letter.sha256 is not None:
        await conn.execute(
            "INSERT INTO reminder_letter (reminder_id, pdf) VALUES ($1, $2)",
            reminder.id,
            letter.pdf,
        )
    return reminder


async def find_reminder(conn: Connection, actor: Actor, reminder_id: UUID) -> Reminder:
    """Whoever sees its invoice sees it; NotFound to all others."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Reminder, "r")}
            FROM reminder r JOIN invoice i ON i.id = r.invoice_id
            WHERE r.id = $1 AND ($2::uuid[] IS NULL OR i.buyer_id = ANY($2)
                OR i.provider_unit_id = ANY($2) OR i.books_unit_id = ANY($2))""",
        reminder_id,
        actor.visible,
    )
    return one(Reminder, record)


async def pdf_of(conn: Connection, reminder_id: UUID) -> bytes:
    """The PDF of a reminder that has one."""
    pdf: bytes = await conn.fetchval(
        "SELECT pdf FROM reminder_letter WHERE reminder_id = $1", reminder_id
    )
    return pdf


async def insert_hold(
    conn: Connection, actor: Actor, invoice_id: UUID, holding: Holding
) -> ReminderHold:
    record = await conn.fetchrow(
        f"""INSERT INTO reminder_hold (invoice_id, disputed, until, reason, held_by)
            VALUES ($1, $2, $3, $4, $5) RETURNING {columns(ReminderHold)}""",
        invoice_id,
        holding.disputed,
        holding.until,
        holding.reason,
        actor.person_id,
    )
    return one(ReminderHold, record)


async def reminders_of(conn: Connection, actor: Actor, invoice_id: UUID) -> Sequence[Reminder]:
    """The oldest first; whoever sees the invoice sees them."""
    records = await conn.fetch(
        f"""SELECT {columns(Reminder, "r")}
            FROM reminder r JOIN invoice i ON i.id = r.invoice_id
            WHERE r.invoice_id = $1 AND ($2::uuid[] IS NULL OR i.buyer_id = ANY($2)
                OR i.provider_unit_id = ANY($2) OR i.books_unit_id = ANY($2))
            ORDER BY r.id""",
        invoice_id,
        actor.visible,
    )
    return [Reminder(*record) for record in records]


async def holds_of(
    conn: Connection,
    actor: Actor,
    invoice_id: UUID,
    *,
    after: UUID | None = None,
    limit: int = 20,
) -> list[ReminderHold]:
    """The newest first; the buyer does not see why its creditor waits."""
    records = await conn.fetch(
        f"""SELECT {columns(ReminderHold, "h")}
            FROM reminder_hold h JOIN invoice i ON i.id = h.invoice_id
            WHERE h.invoice_id = $1 AND ($2::uuid[] IS NULL OR i.provider_unit_id = ANY($2)
                OR i.books_unit_id = ANY($2)) AND ($3::uuid IS NULL OR h.id < $3)
            ORDER BY h.id DESC LIMIT $4""",
        invoice_id,
        actor.visible,
        after,
        limit,
    )
    return [ReminderHold(*record) for record in records]
