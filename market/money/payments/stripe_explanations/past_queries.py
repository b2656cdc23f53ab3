"""The SQL of whose charges past the market may be, and of what hangs on them."""

from __future__ import annotations

from uuid import UUID

from market.base.db import Connection
from market.money.payments.stripe_balance.model import StripeLine


async def came_back_of(conn: Connection, line_id: UUID) -> int:
    """What of the charge of this line is explained as come back: its payer's credit again."""
    came_back_minor: int = await conn.fetchval(
        """SELECT coalesce(sum(s.amount_minor), 0)::bigint
           FROM stripe_line l
           JOIN stripe_line s ON (s.books_unit_id, s.charge_id) = (l.books_unit_id, l.source_id)
           JOIN stripe_explanation y ON y.id = s.explanation_id
           WHERE l.id = $1 AND s.category <> 'charge' AND s.amount_minor > 0
             AND y.organisation_id IS NOT NULL""",
        line_id,
    )
    return came_back_minor


async def is_borne_as_loss(conn: Connection, line: StripeLine) -> bool:
    """Whether something of the charge that the line is of, or is, is booked as a loss that stands.

    What a lost chargeback left of it, or what went back and was explained as one.
    """
    is_so: bool = await conn.fetchval(
        """SELECT EXISTS (
               SELECT FROM stripe_line d
               JOIN chargeback c
                   ON (c.books_unit_id, c.dispute_id) = (d.books_unit_id, d.source_id)
               JOIN chargeback_write_off w ON w.chargeback_id = c.id AND w.state = 'approved'
               WHERE (d.books_unit_id, d.charge_id, d.category) = (k.books, k.charge, 'dispute'))
           OR (SELECT coalesce(sum(s.amount_minor), 0) < 0
               FROM stripe_line s JOIN stripe_explanation x ON x.id = s.explanation_id
               WHERE (s.books_unit_id, s.charge_id) = (k.books, k.charge)
                 AND takes_a_charge_back(s.category) AND x.belongs_to = 'write_off')
           FROM (SELECT books_unit_id, CASE category WHEN 'charge' THEN source_id
                                                     ELSE charge_id END
                 FROM stripe_line WHERE id = $1) AS k (books, charge)""",
        line.id,
    )
    return is_so


async def refunded_of(conn: Connection, line: StripeLine) -> int:
    """What lines that take its charge back, and are explained as of it, moved of its credit."""
    gone_minor: int = await conn.fetchval(
        """SELECT coalesce(-sum(s.amount_minor), 0)::bigint
           FROM stripe_line l
           JOIN stripe_line s ON (s.books_unit_id, s.charge_id) = (l.books_unit_id, l.charge_id)
           JOIN stripe_explanation x ON x.id = s.explanation_id
           WHERE l.id = $1 AND takes_a_charge_back(s.category) AND x.organisation_id IS NOT NULL""",
        line.id,
    )
    return gone_minor


async def is_lost(conn: Connection, line: StripeLine) -> bool:
    """Whether a charge was lost in a chargeback that is of no payment of ours."""
    is_so: bool = await conn.fetchval(
        """SELECT EXISTS (
               SELECT FROM stripe_line d JOIN chargeback c
                   ON (c.books_unit_id, c.dispute_id) = (d.books_unit_id, d.source_id)
               WHERE (d.books_unit_id, d.charge_id, d.category) = ($1, $2, 'dispute')
                 AND c.online_payment_id IS NULL AND c.state IN ('lost', 'reinstated'))""",
        line.books_unit_id,
        line.source_id,
    )
    return is_so


async def can_be_booked(conn: Connection, line: StripeLine) -> bool:
    """Whether a payment of ours is named that the charge's rule can book, or nothing is told."""
    can: bool = await conn.fetchval(
        """SELECT l.source_id IS NULL OR EXISTS (
               SELECT FROM online_payment p
               WHERE p.books_unit_id = l.books_unit_id
                 AND (p.intent_id = l.intent_id OR p.charge_id = l.source_id)
                 AND p.currency = coalesce(l.paid_currency, l.currency))
           FROM stripe_line l WHERE l.id = $1""",
        line.id,
    )
    return can


async def is_of_nobody(conn: Connection, line: StripeLine) -> bool:
    """Whether a charge is named that is no payment's, nobody's credit and in no suspense itself.

    Or what the line brings back had left as a loss.
    """
    is_so: bool = await conn.fetchval(
        """SELECT l.charge_id IS NOT NULL AND NOT EXISTS (
                      SELECT FROM online_payment p
                      WHERE p.books_unit_id = l.books_unit_id
                        AND (p.id = l.online_payment_id OR p.intent_id = l.intent_id
                             OR p.charge_id = l.charge_id))
                  AND NOT EXISTS (
                      SELECT FROM stripe_line c
                      LEFT JOIN stripe_explanation x ON x.id = c.explanation_id
                      WHERE (c.books_unit_id, c.source_id) = (l.books_unit_id, l.charge_id)
                        AND c.category = 'charge' AND c.currency = l.currency
                        AND (NOT c.is_explained OR x.organisation_id IS NOT NULL))
                  OR l.amount_minor > 0 AND EXISTS (
                      SELECT FROM stripe_line o JOIN stripe_explanation x ON x.id = o.explanation_id
                      WHERE (o.books_unit_id, o.source_id) = (l.books_unit_id, l.source_id)
                        AND o.amount_minor < 0 AND x.belongs_to = 'write_off')
           FROM stripe_line l WHERE l.id = $1""",
        line.id,
    )
    return is_so


async def buyer_named_by(conn: Connection, line: StripeLine) -> UUID | None:
    """Whose payment a charge was to be that came in another currency than asked.

    Or whose credit another line of the same charge is.
    """
    buyer_id: UUID | None = await conn.fetchval(
        """SELECT p.buyer_id FROM stripe_line l JOIN online_payment p
               ON p.books_unit_id = l.books_unit_id
               AND (p.intent_id = l.intent_id OR p.charge_id = l.source_id)
           WHERE l.id = $1
           UNION ALL
           SELECT k.organisation_id FROM stripe_line l
           JOIN charge_past_market k ON (k.books_unit_id, k.charge_id)
                                        = (l.books_unit_id, l.source_id)
           WHERE l.id = $1 AND k.stripe_line_id <> l.id
           LIMIT 1""",
        line.id,
    )
    return buyer_id


async def is_customer(conn: Connection, books_unit_id: UUID, organisation_id: UUID) -> bool:
    """One that has a contract or an invoice in these books, as the actor sees them."""
    known: bool = await conn.fetchval(
        """SELECT EXISTS (SELECT FROM contract WHERE (books_unit_id, buyer_id) = ($1, $2))
               OR EXISTS (SELECT FROM invoice WHERE (books_unit_id, buyer_id) = ($1, $2))""",
        books_unit_id,
        organisation_id,
    )
    return known
