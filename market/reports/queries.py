"""The SQL of the reports. Visibility stands in each WHERE and again in row-level security."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection
from market.reports.model import (
    OpenInvoice,
    OpenItem,
    Revenue,
    ShortChargeback,
    Subject,
    age_band_of,
)


async def open_invoices(conn: Connection, actor: Actor, books: UUID, on: date) -> list[OpenInvoice]:
    """The oldest due date first."""
    records = await conn.fetch(
        """SELECT i.id, i.number, i.contract_id, i.buyer_id, b.name_zh, i.currency,
                  i.amount_minor, i.paid_minor, i.offset_minor,
                  i.amount_minor - i.paid_minor - i.offset_minor, i.issued_on,
                  i.due_on, greatest($3::date - i.due_on, 0)
           FROM invoice i JOIN organisation b ON b.id = i.buyer_id
           WHERE i.books_unit_id = $1 AND ($2::uuid[] IS NULL OR i.books_unit_id = ANY ($2))
             AND i.state IN ('open', 'part_paid')
           ORDER BY i.due_on, i.id""",
        books,
        actor.visible,
        on,
    )
    return [OpenInvoice(*(*record, age_band_of(record[-1]))) for record in records]


async def open_items(conn: Connection, actor: Actor, books: UUID, on: date) -> list[OpenItem]:
    """Of the books that have begun, the oldest due date first."""
    records = await conn.fetch(
        """SELECT i.id, i.reference, i.organisation_id, coalesce(b.name_zh, ''), i.currency,
                  i.amount_minor, i.paid_minor, i.amount_minor - i.paid_minor, i.dated_on,
                  i.due_on,
                  CASE WHEN i.amount_minor < 0 THEN 0 ELSE greatest($3::date - d.due_on, 0) END
           FROM opening_item i JOIN opening_balance o ON o.id = i.opening_balance_id
           CROSS JOIN LATERAL (SELECT coalesce(i.due_on, i.dated_on) AS due_on) AS d
           LEFT JOIN organisation b ON b.id = i.organisation_id
           WHERE i.books_unit_id = $1 AND ($2::uuid[] IS NULL OR i.books_unit_id = ANY ($2))
             AND o.state = 'approved' AND i.amount_minor <> i.paid_minor
           ORDER BY d.due_on, i.id""",
        books,
        actor.visible,
        on,
    )
    return [
        OpenItem(*(*record, age_band_of(record[-1]) if record["amount_minor"] > 0 else None))
        for record in records
    ]


async def short_chargebacks(
    conn: Connection, actor: Actor, books: UUID, on: date
) -> list[ShortChargeback]:
    """Those of which something is not recovered, the oldest loss first."""
    records = await conn.fetch(
        """SELECT c.id, n.numbers, d.payer_id, b.name_zh, d.currency, d.short_minor,
                  d.short_minor - d.owed_minor, d.owed_minor, c.decided_on,
                  greatest($3::date - c.decided_on, 0)
           FROM chargeback c
           JOIN chargeback_debt d ON d.chargeback_id = c.id AND d.owed_minor > 0
           JOIN organisation b ON b.id = d.payer_id
           CROSS JOIN LATERAL (
               SELECT coalesce(string_agg(i.number, '、' ORDER BY t.position), '') AS numbers
               FROM online_payment_part t JOIN invoice i ON i.id = t.invoice_id
               WHERE t.online_payment_id = c.online_payment_id) AS n
           WHERE c.books_unit_id = $1 AND ($2::uuid[] IS NULL OR c.books_unit_id = ANY ($2))
             AND d.short_minor > 0
           ORDER BY c.decided_on, c.id""",
        books,
        actor.visible,
        on,
    )
    return [ShortChargeback(*(*record, age_band_of(record[-1]))) for record in records]


async def receivable_balances(conn: Connection, actor: Actor, books: UUID) -> dict[str, int]:
    """What the ledger's receivable accounts hold, by currency."""
    records = await conn.fetch(
        """SELECT a.currency, sum(t.debit_minor - t.credit_minor)::bigint
           FROM account a
           JOIN turnover_of(ARRAY(SELECT b.id FROM account b
                                  WHERE b.books = $1 AND b.kind = 'receivable'), 'infinity') AS t
             ON t.account_id = a.id
           WHERE a.books = $1 AND ($2::uuid[] IS NULL OR a.books = ANY ($2))
             AND a.kind = 'receivable'
           GROUP BY a.currency""",
        books,
        actor.visible,
    )
    return {currency: balance for currency, balance in records}  # noqa: C416  # records are no pairs


async def subjects(conn: Connection, ids: Sequence[UUID]) -> list[Subject]:
    """Those that accounts are of."""
    records = await conn.fetch(
        """SELECT id, name_zh FROM organisation WHERE id = ANY ($1)
           UNION ALL SELECT id, coalesce(number, subject) FROM contract WHERE id = ANY ($1)
           UNION ALL SELECT id, bank || ' ' || number FROM bank_account WHERE id = ANY ($1)
           UNION ALL SELECT id, name FROM person WHERE id = ANY ($1)
           ORDER BY 2, 1""",
        ids,
    )
    return [Subject(*record) for record in records]


async def revenue(
    conn: Connection, actor: Actor, books: UUID, *, months: tuple[date, date]
) -> list[Revenue]:
    """What was posted as revenue, less what was credited, by the unit whose contract it was.

    What comes of no contract is of the books' own unit, so that the ledger has no more.
    """
    records = await conn.fetch(
        """SELECT p.period, substr(k.kind, length('revenue:') + 1), u.id, u.name_zh,
                  k.currency, count(DISTINCT m.id),
                  sum(CASE WHEN t.credit_account = k.id THEN t.amount_minor
                           ELSE -t.amount_minor END)::bigint
           FROM account k
           JOIN transfer t ON k.id IN (t.credit_account, t.debit_account)
           JOIN posting p ON p.id = t.posting_id
           LEFT JOIN milestone m ON p.cause = 'milestone_accepted:' || m.id
           LEFT JOIN credit_note n ON p.cause = 'credit_note:' || n.id
           LEFT JOIN contract c ON c.id = coalesce(m.contract_id, n.contract_id)
           JOIN organisation u ON u.id = coalesce(c.provider_unit_id, k.books)
           WHERE k.books = $1 AND ($2::uuid[] IS NULL OR k.books = ANY ($2))
             AND k.kind LIKE 'revenue:%' AND p.period BETWEEN $3 AND $4
           GROUP BY p.period, k.kind, u.id, u.name_zh, k.currency
           ORDER BY p.period, k.kind, u.name_zh""",
        books,
        actor.visible,
        *months,
    )
    return [Revenue(*record) for record in records]
