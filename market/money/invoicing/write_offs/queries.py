"""The SQL of write-offs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.money.invoicing.model import Invoice
from market.money.invoicing.write_offs.model import WriteOff, WriteOffState


async def unperformed_minor(conn: Connection, invoice: Invoice) -> int:
    """How much of an invoice, without VAT, no accepted milestone covers; its contract is locked.

    What was credited counts on neither side. Net amounts of parts are rounded each by itself, so
    that a unit of money for each milestone tells nothing.
    """
    unperformed: int = await conn.fetchval(
        """SELECT CASE WHEN c.until - p.untaxed <= p.milestones THEN 0
                       ELSE least(c.untaxed, c.until - p.untaxed) END::bigint
           FROM (SELECT i.id, u.untaxed,
                        sum(u.untaxed) OVER (
                            ORDER BY m.state IS DISTINCT FROM 'accepted', i.due_on, i.id) AS until
                 FROM invoice i JOIN instalment s ON s.id = i.instalment_id
                 LEFT JOIN milestone m ON m.id = s.milestone_id
                 CROSS JOIN LATERAL (SELECT i.net_minor + i.owner_minor - i.credited_minor
                                            + i.credited_vat_minor AS untaxed) AS u
                 WHERE i.contract_id = $2 AND i.state <> 'void') AS c
           CROSS JOIN (SELECT coalesce(sum(net_minor + owner_minor - credited_net_minor
                                           - credited_owner_minor)
                                       FILTER (WHERE state = 'accepted'), 0) AS untaxed,
                              count(*) AS milestones
                       FROM milestone WHERE contract_id = $2) AS p
           WHERE c.id = $1""",
        invoice.id,
        invoice.contract_id,
    )
    return unperformed


async def waiting_of(conn: Connection, invoice_id: UUID) -> WriteOff | None:
    record = await conn.fetchrow(
        f"""SELECT {columns(WriteOff)} FROM write_off
            WHERE invoice_id = $1 AND state = 'proposed'""",
        invoice_id,
    )
    return WriteOff(*record) if record else None


async def live_of(conn: Connection, invoice_ids: Sequence[UUID]) -> list[WriteOff]:
    """The losses that stand of locked invoices."""
    records = await conn.fetch(
        f"""SELECT {columns(WriteOff)} FROM write_off
            WHERE invoice_id = ANY($1) AND state = 'approved' ORDER BY id""",
        invoice_ids,
    )
    return [WriteOff(*record) for record in records]


async def find_write_off(conn: Connection, actor: Actor, write_off_id: UUID) -> WriteOff:
    """The buyer does not see what its creditor thinks of it."""
    record = await conn.fetchrow(
        f"""SELECT {columns(WriteOff, "w")}
            FROM write_off w JOIN invoice i ON i.id = w.invoice_id
            WHERE w.id = $1 AND ($2::uuid[] IS NULL OR i.provider_unit_id = ANY($2)
                OR i.books_unit_id = ANY($2))""",
        write_off_id,
        actor.visible,
    )
    return one(WriteOff, record)


async def lock_write_off(conn: Connection, write_off_id: UUID) -> WriteOff:
    """After its invoice was locked, and it was found visible."""
    record = await conn.fetchrow(
        f"SELECT {columns(WriteOff)} FROM write_off WHERE id = $1 FOR NO KEY UPDATE", write_off_id
    )
    return one(WriteOff, record)


async def insert_proposal(
    conn: Connection, actor: Actor, invoice: Invoice, reason: str
) -> WriteOff:
    record = await conn.fetchrow(
        f"""INSERT INTO write_off (invoice_id, amount_minor, currency, reason, state, proposed_by)
            VALUES ($1, $2, $3, $4, 'proposed', $5) RETURNING {columns(WriteOff)}""",
        invoice.id,
        invoice.open_minor,
        invoice.currency,
        reason,
        actor.person_id,
    )
    return one(WriteOff, record)


async def decide(
    conn: Connection,
    actor: Actor,
    write_off: WriteOff,
    *,
    to: WriteOffState,
    on: date | None = None,
    note: str | None = None,
) -> WriteOff:
    record = await conn.fetchrow(
        f"""UPDATE write_off SET state = $2, decided_by = $3, decided_at = market_now(),
                written_off_on = $4, note = $5, version = version + 1
            WHERE id = $1 RETURNING {columns(WriteOff)}""",
        write_off.id,
        to,
        actor.person_id,
        on,
        note,
    )
    return one(WriteOff, record)


async def recover(
    conn: Connection, write_off: WriteOff, *, to: WriteOffState, on: date, cause: str
) -> WriteOff:
    record = await conn.fetchrow(
        f"""UPDATE write_off SET state = $2, recovered_on = $3, recovery_cause = $4,
                version = version + 1
            WHERE id = $1 RETURNING {columns(WriteOff)}""",
        write_off.id,
        to,
        on,
        cause,
    )
    return one(WriteOff, record)


async def write_offs(
    conn: Connection,
    actor: Actor,
    *,
    state: WriteOffState | None = None,
    invoice_id: UUID | None = None,
    after: UUID | None = None,
    limit: int = 20,
) -> list[WriteOff]:
    """The newest first: the leader's work list when asked for state proposed."""
    records = await conn.fetch(
        f"""SELECT {columns(WriteOff, "w")}
            FROM write_off w JOIN invoice i ON i.id = w.invoice_id
            WHERE ($1::uuid[] IS NULL OR i.provider_unit_id = ANY($1) OR i.books_unit_id = ANY($1))
              AND ($2::text IS NULL OR w.state = $2)
              AND ($3::uuid IS NULL OR w.invoice_id = $3)
              AND ($4::uuid IS NULL OR w.id < $4)
            ORDER BY w.id DESC LIMIT $5""",
        actor.visible,
        state,
        invoice_id,
        after,
        limit,
    )
    return [WriteOff(*record) for record in records]
