"""The SQL of what lost chargebacks left in suspense, and of what was recovered of it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec

from market.base.db import Connection, columns, one
from market.money.payments.chargebacks.model import Chargeback, Recovery


async def owed_of(conn: Connection, chargeback_id: UUID) -> int:
    """What its loss left in suspense and is neither recovered nor written off."""
    owed: int = await conn.fetchval(
        "SELECT owed_minor FROM chargeback_debt WHERE chargeback_id = $1", chargeback_id
    )
    return owed


async def unpaid_of(conn: Connection, chargeback_id: UUID) -> int:
    """The same, with what of it was written off: that is owed again once something is paid."""
    unpaid: int = await conn.fetchval(
        """SELECT c.short_minor - coalesce((SELECT sum(amount_minor) FROM chargeback_recovery
                                            WHERE chargeback_id = c.id
                                              AND write_off_id IS NULL), 0)::bigint
           FROM chargeback c WHERE c.id = $1""",
        chargeback_id,
    )
    return unpaid


async def kept_of_none(conn: Connection, chargeback: Chargeback) -> int:
    """Of one of no payment of ours, what Stripe took of the balance and has not given back."""
    kept: int = await conn.fetchval(
        """SELECT $3 - coalesce((SELECT sum(amount_minor) FROM stripe_line
                                 WHERE (books_unit_id, source_id, category, currency)
                                       = ($1, $2, 'dispute_reversal', $4)), 0)::bigint""",
        chargeback.books_unit_id,
        chargeback.dispute_id,
        chargeback.held_minor,
        chargeback.held_currency,
    )
    return kept


async def recoverable(conn: Connection, *, after: UUID | None, limit: int) -> list[UUID]:
    """Chargebacks that are owed for, and whose payers have credit again."""
    records = await conn.fetch(
        """SELECT d.chargeback_id
           FROM chargeback_debt d
           JOIN account a ON (a.books, a.kind, a.subject, a.currency)
               = (d.books_unit_id, 'customer_credit', d.payer_id, d.currency)
           JOIN controlled_balance b ON b.account_id = a.id AND b.balance_minor > 0
           WHERE d.short_minor > 0 AND d.owed_minor > 0
             AND ($1::uuid IS NULL OR d.chargeback_id > $1)
           ORDER BY d.chargeback_id LIMIT $2""",
        after,
        limit,
    )
    return [record[0] for record in records]


class Moved(msgspec.Struct, frozen=True):
    """What a payer's credit was after something moved it.

    ``brings_back``: the use or refund that it makes credit again, or the line by which a refund
    past the market had left. Where a recovery took of it: of which chargeback, and what of that did
    not go back since. A loss that took of it itself has no recovery.
    """

    credit_minor: int
    cause: str
    brings_back: str | None
    recovery_id: UUID | None
    chargeback_id: UUID | None
    taken_minor: int


async def credit_since(
    conn: Connection, books_unit_id: UUID, payer_id: UUID, currency: str, cause: str
) -> list[Moved]:
    """What moved a payer's credit after a posting that made some, in the ledger's order."""
    records = await conn.fetch(
        """SELECT e.balance_minor, p.cause,
                  CASE k.kind WHEN 'credit_use_undone' THEN 'credit_used:' || k.id
                              WHEN 'refund_released' THEN 'refund_intended:' || k.id
                              WHEN 'stripe_explanation_undone' THEN x.cause
                              ELSE coalesce(
                                  'refund_intended:' || coalesce(t.refund_id, l.refund_id),
                                  w.cause) END,
                  r.id, coalesce(r.chargeback_id, c.id), coalesce(r.amount_minor - (
                      SELECT coalesce(-sum(u.amount_minor), 0) FROM chargeback_recovery u
                      WHERE u.undoes_id = r.id), (
                      SELECT sum(t.amount_minor) FROM transfer t
                      WHERE t.posting_id = CASE WHEN c.id IS NOT NULL THEN p.id END
                        AND t.debit_account = a.id) - (
                      SELECT coalesce(sum(u.amount_minor), 0) FROM chargeback_recovery u
                      WHERE u.chargeback_id = c.id AND u.at_loss), 0)::bigint
           FROM account a
           JOIN controlled_entry m ON m.account_id = a.id
           JOIN posting q ON q.id = m.posting_id AND q.cause = $4
           JOIN controlled_entry e ON e.account_id = a.id AND e.version > m.version
           JOIN posting p ON p.id = e.posting_id
           CROSS JOIN LATERAL (SELECT split_part(p.cause, ':', 1) AS kind,
                                      split_part(p.cause, ':', 2) AS id) AS k
           LEFT JOIN chargeback_recovery r
               ON r.id = CASE k.kind WHEN 'chargeback_recovered' THEN k.id::uuid END
           LEFT JOIN chargeback c ON c.id = CASE k.kind WHEN 'chargeback_lost' THEN k.id::uuid END
           LEFT JOIN match t ON t.id = CASE k.kind WHEN 'receipt_matched' THEN k.id::uuid END
           LEFT JOIN stripe_line l
               ON l.id = CASE WHEN k.kind IN ('stripe_line', 'stripe_line_explained')
                              THEN k.id::uuid END
           LEFT JOIN (stripe_explanation x
                      JOIN stripe_line s ON s.id = x.stripe_line_id AND s.amount_minor < 0)
               ON x.id = CASE k.kind WHEN 'stripe_explanation_undone' THEN k.id::uuid END
           LEFT JOIN LATERAL (
               SELECT z.cause FROM stripe_line g
               JOIN stripe_explanation z ON z.id = g.explanation_id
                   AND z.belongs_to = 'customer_credit'
               WHERE (g.books_unit_id, g.source_id) = (l.books_unit_id, l.source_id)
                 AND g.amount_minor < 0 AND l.amount_minor > 0
                 AND k.kind = 'stripe_line_explained'
               ORDER BY g.id LIMIT 1) AS w ON true
           WHERE (a.books, a.kind, a.subject, a.currency) = ($1, 'customer_credit', $2, $3)
           ORDER BY e.version""",
        books_unit_id,
        payer_id,
        currency,
        cause,
    )
    return [Moved(*record) for record in records]


async def add_short(conn: Connection, chargeback_id: UUID, amount_minor: int) -> None:
    """So much more of a lost chargeback, which is locked, neither invoices nor credit bore."""
    await conn.execute(
        "UPDATE chargeback SET short_minor = short_minor + $2 WHERE id = $1",
        chargeback_id,
        amount_minor,
    )


async def insert_recovery(
    conn: Connection,
    chargeback: Chargeback,
    amount_minor: int,
    on: date,
    *,
    line_id: UUID | None = None,
    match_id: UUID | None = None,
    undoes_id: UUID | None = None,
    at_loss: bool = False,
    write_off_id: UUID | None = None,
) -> Recovery:
    record = await conn.fetchrow(
        f"""INSERT INTO chargeback_recovery (chargeback_id, books_unit_id, amount_minor, currency,
                stripe_line_id, match_id, undoes_id, recovered_on, at_loss, write_off_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            RETURNING {columns(Recovery)}""",
        chargeback.id,
        chargeback.books_unit_id,
        amount_minor,
        chargeback.short_currency,
        line_id,
        match_id,
        undoes_id,
        on,
        at_loss,
        write_off_id,
    )
    return one(Recovery, record)
