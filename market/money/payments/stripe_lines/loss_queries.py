"""The SQL of the day on which a chargeback was lost."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from market.base.db import Connection


async def told_decided(conn: Connection, books_unit_id: UUID, dispute_id: str) -> str | None:
    """Stripe's event that a chargeback is decided, if it came; Stripe tells when nowhere else."""
    payload: str | None = await conn.fetchval(
        """SELECT payload FROM stripe_event
           WHERE books_unit_id = $1 AND object_id = $2 AND name = 'charge.dispute.closed'
           ORDER BY received_at LIMIT 1""",
        books_unit_id,
        dispute_id,
    )
    return payload


async def credit_moved_on(
    conn: Connection, books_unit_id: UUID, payer_id: UUID, currency: str
) -> date | None:
    """The last day that anything was posted for on a payer's credit."""
    day: date | None = await conn.fetchval(
        """SELECT max(p.effective_on)
           FROM account a JOIN transfer t ON a.id IN (t.debit_account, t.credit_account)
           JOIN posting p ON p.id = t.posting_id
           WHERE (a.books, a.kind, a.subject, a.currency) = ($1, 'customer_credit', $2, $3)""",
        books_unit_id,
        payer_id,
        currency,
    )
    return day
