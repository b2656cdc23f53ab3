"""The SQL of what accounts bring into the books that begin."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from market.base.db import Connection, columns
from market.ledger.opening.model import OpeningBalance
from market.money.statements.opening.model import Beginning


async def share_accounts(conn: Connection, books_unit_id: UUID) -> None:
    """Nothing is imported for them before the caller's transaction ends."""
    await conn.execute(
        "SELECT FROM bank_account WHERE books_unit_id = $1 ORDER BY id FOR SHARE", books_unit_id
    )


async def beginnings(conn: Connection, books_unit_id: UUID) -> list[Beginning]:
    """The approved accounts with their first statement in time; read after they are locked."""
    records = await conn.fetch(
        f"""SELECT {columns(Beginning)}
            FROM (SELECT a.id AS account_id, a.number, a.currency, s.first_on, s.opening_minor
                  FROM bank_account a LEFT JOIN LATERAL (
                      SELECT first_on, opening_minor FROM statement
                      WHERE bank_account_id = a.id AND state = 'imported'
                      ORDER BY first_on, id LIMIT 1) AS s ON true
                  WHERE a.books_unit_id = $1 AND a.state = 'approved' ORDER BY a.id) AS b""",
        books_unit_id,
    )
    return [Beginning(*record) for record in records]


async def first_posted(conn: Connection, opened: OpeningBalance) -> date | None:
    """The first day of what these books hold besides bank lines and the opening itself.

    Lines that were taken back cancel what they posted.
    """
    day: date | None = await conn.fetchval(
        """SELECT min(effective_on) FROM posting
           WHERE books = $1 AND cause <> $2
             AND split_part(cause, ':', 1) NOT IN ('bank_line', 'bank_line_retracted')""",
        opened.books,
        opened.cause,
    )
    return day


async def first_of_stripe(conn: Connection, opened: OpeningBalance) -> date | None:
    """The day of the first line of Stripe's balance that these books held before they began.

    What was read once they had begun tells a supplement nothing: earlier lines were left out then.
    Whoever books a line shares the opening balance that is about to be approved, so that the order
    of the two postings is that of the acts.
    """
    day: date | None = await conn.fetchval(
        """SELECT min(l.booked_on)
           FROM stripe_line l
           LEFT JOIN posting p ON p.cause = 'stripe_line:' || l.id
           LEFT JOIN posting o ON o.cause = 'opening_balance:' || $1::uuid
           WHERE l.books_unit_id = $1 AND ($2::uuid IS NULL OR p.id < o.id)""",
        opened.books,
        opened.supplements,
    )
    return day


async def own_invoices(conn: Connection, opened: OpeningBalance) -> list[str]:
    """The numbers of invoices of these books that its items name as what is owed."""
    records = await conn.fetch(
        """SELECT DISTINCT i.number
           FROM opening_item o JOIN invoice i
               ON i.books_unit_id = o.books_unit_id AND i.number = o.reference
           WHERE o.opening_balance_id = $1 ORDER BY i.number""",
        opened.id,
    )
    return [record[0] for record in records]
