"""The SQL of what lost chargebacks left in suspense, and of what was recovered of it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec

from market.base.db import Connection, columns, one
from market.money.payments.chargebacks.model import Chargeback, Recovery


async def owed_of(conn: Connection, chargeback_id: UUID) -> int:
    """What its loss left in suspense and is not recovered."""
    owed: int = await conn.fetchval(
        """SELECT c.short_minor - coalesce((SELECT sum(amount_minor) FROM chargeback_recovery
                                            WHERE chargeback_id = c.id), 0)::bigint
           FROM chargeback c WHERE c.id = $1""",
        chargeback_id,
    )
    return owed


async def recoverable(conn: Connection) -> list[tuple[UUID, UUID]]:
    """Chargebacks that are owed for, and whose payers have credit again; with the payers."""
    records = await conn.fetch(
        """SELECT c.id, p.buyer_id
           FROM chargeback c JOIN online_payment p ON p.id = c.online_payment_id
           JOIN account a ON (a.books, a.kind, a.subject, a.currency)
               = (c.books_unit_id, 'customer_credit', p.buyer_id, c.currency)
           JOIN controlled_balance b ON b.account_id = a.id AND b.balance_minor > 0
           WHERE c.short_minor > coalesce((
               SELECT sum(amount_minor) FROM chargeback_recovery WHERE chargeback_id = c.id), 0)
             AND c.short_minor > 0
           ORDER BY c.id LIMIT 50"""
    )
    return [(record[0], record[1]) for record in records]


class Recovered(msgspec.Struct, frozen=True):
    """A lost chargeback, and what of it came off its payer's credit."""

    chargeback_id: UUID
    amount_minor: int


async def recovered_from(
    conn: Connection, books_unit_id: UUID, payer_id: UUID, currency: str
) -> list[Recovered]:
    """What chargebacks took of a payer's credit since they were lost, the newest first."""
    records = await conn.fetch(
        """SELECT c.id, sum(r.amount_minor)::bigint
           FROM chargeback c JOIN online_payment p ON p.id = c.online_payment_id
           JOIN chargeback_recovery r ON r.chargeback_id = c.id AND r.stripe_line_id IS NULL
           WHERE c.books_unit_id = $1 AND c.short_minor > 0 AND p.buyer_id = $2 AND c.currency = $3
           GROUP BY c.id HAVING sum(r.amount_minor) > 0 ORDER BY c.id DESC""",
        books_unit_id,
        payer_id,
        currency,
    )
    return [Recovered(*record) for record in records]


async def insert_recovery(
    conn: Connection,
    chargeback: Chargeback,
    amount_minor: int,
    on: date,
    *,
    line_id: UUID | None = None,
    match_id: UUID | None = None,
) -> Recovery:
    record = await conn.fetchrow(
        f"""INSERT INTO chargeback_recovery (chargeback_id, books_unit_id, amount_minor, currency,
                stripe_line_id, match_id, recovered_on)
            VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {columns(Recovery)}""",
        chargeback.id,
        chargeback.books_unit_id,
        amount_minor,
        chargeback.currency,
        line_id,
        match_id,
        on,
    )
    return one(Recovery, record)
