"""The SQL of a charge: its line, whether that was set aside, and what of it is closed."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from market.base.db import Connection, columns
from market.money.payments.stripe_balance.model import StripeLine


async def began_on(conn: Connection, books_unit_id: UUID) -> date | None:
    """When the unit's books began with an opening balance; what came before is inside it."""
    day: date | None = await conn.fetchval(
        "SELECT as_of FROM beginning_of_books WHERE books = $1", books_unit_id
    )
    return day


async def charge_of(conn: Connection, payment_id: UUID) -> StripeLine | None:
    """The line by which the payment's money came."""
    record = await conn.fetchrow(
        f"""SELECT {columns(StripeLine)} FROM stripe_line
            WHERE online_payment_id = $1 AND category = 'charge' ORDER BY moved_at LIMIT 1""",
        payment_id,
    )
    return StripeLine(*record) if record else None


async def is_set_aside(conn: Connection, books_unit_id: UUID, charge_id: str) -> bool:
    """Whether the line by which a charge came could not be booked as one."""
    aside: bool = await conn.fetchval(
        """SELECT EXISTS (SELECT FROM stripe_line
                          WHERE books_unit_id = $1 AND source_id = $2 AND category = 'charge'
                            AND online_payment_id IS NULL)""",
        books_unit_id,
        charge_id,
    )
    return aside


async def closed_of(conn: Connection, payment_id: UUID, *, before: UUID | None) -> int:
    """What of a payment was taken or given back for good, in the payer's currency.

    ``before``: not counting this line. A refund past the market counts once that is explained.
    """
    closed: int = await conn.fetchval(
        """SELECT (SELECT coalesce(sum(amount_minor - returned_minor), 0) FROM chargeback
                   WHERE online_payment_id = $1 AND state IN ('lost', 'reinstated'))::bigint
                  - (SELECT coalesce(sum(l.paid_minor), 0)
                     FROM stripe_line l LEFT JOIN stripe_explanation x ON x.id = l.explanation_id
                     WHERE l.online_payment_id = $1 AND l.id IS DISTINCT FROM $2
                       AND (l.refund_id IS NOT NULL
                            OR x.online_payment_id IS NOT NULL))::bigint""",
        payment_id,
        before,
    )
    return closed
