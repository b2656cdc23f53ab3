"""The SQL of whose charges past the market may be, and of what hangs on them."""

from __future__ import annotations

from uuid import UUID

import msgspec

from market.base.db import Connection, one
from market.money.payments.stripe_balance.model import StripeLine


class Moved(msgspec.Struct, frozen=True):
    """What lines that are explained as of a charge moved of its payer's credit.

    ``refunded_minor``: those that take it back, less what came back of them. ``came_back_minor``:
    by whatever line.
    """

    refunded_minor: int
    came_back_minor: int


async def moved_of(conn: Connection, line: StripeLine) -> Moved:
    """Of the charge that the line is, takes back or gives back; at another rate than it moved."""
    record = await conn.fetchrow(
        """SELECT coalesce(sum(CASE WHEN t.debit_account = a.id THEN t.amount_minor
                                    ELSE -t.amount_minor END)
                               FILTER (WHERE takes_a_charge_back(s.category)), 0)::bigint,
                  coalesce(sum(t.amount_minor) FILTER (WHERE t.credit_account = a.id), 0)::bigint
           FROM stripe_line l
           JOIN charge_past_market k ON (k.books_unit_id, k.charge_id, k.currency)
               = (l.books_unit_id, CASE l.category WHEN 'charge' THEN l.source_id
                                                   ELSE l.charge_id END, l.currency)
           JOIN stripe_line s ON (s.books_unit_id, s.charge_id) = (k.books_unit_id, k.charge_id)
               AND s.category <> 'charge'
           JOIN stripe_explanation x ON x.id = s.explanation_id AND x.organisation_id IS NOT NULL
           JOIN posting p ON p.cause = s.cause
           JOIN transfer t ON t.posting_id = p.id
           JOIN account a ON a.id IN (t.debit_account, t.credit_account)
               AND (a.kind, a.subject, a.currency)
                   = ('customer_credit', k.organisation_id, k.currency)
           WHERE l.id = $1""",
        line.id,
    )
    return one(Moved, record)


async def taken_by_loss(conn: Connection, line: StripeLine) -> int:
    """What the lost chargeback that the line is of took of its payer's credit, and still has.

    With what it had taken out of suspense before that was credit, which losses did once.
    """
    taken_minor: int = await conn.fetchval(
        """SELECT coalesce(sum(CASE WHEN t.debit_account = a.id THEN t.amount_minor
                                    ELSE -t.amount_minor END), 0)::bigint
                  + coalesce((SELECT sum(r.amount_minor)
                              FROM chargeback o JOIN chargeback_recovery r
                                  ON r.chargeback_id = o.id
                              JOIN stripe_line k ON k.id = r.stripe_line_id
                                  AND k.category = 'charge' AND k.explanation_id IS NOT NULL
                              WHERE (o.books_unit_id, o.dispute_id) = ($1, $2)), 0)::bigint
           FROM chargeback c JOIN chargeback_debt d ON d.chargeback_id = c.id
           CROSS JOIN LATERAL (
               SELECT 'chargeback_lost:' || c.id AS cause
               UNION ALL
               SELECT unnest(ARRAY['chargeback_recovered:' || r.id,
                                   'chargeback_recovery_undone:' || r.id])
               FROM chargeback_recovery r WHERE r.chargeback_id = c.id
               UNION ALL
               SELECT s.cause FROM stripe_line s
               WHERE (s.books_unit_id, s.source_id, s.category)
                     = (c.books_unit_id, c.dispute_id, 'dispute_reversal')
                 AND s.explanation_id IS NOT NULL) AS q
           JOIN posting p ON p.cause = q.cause
           JOIN transfer t ON t.posting_id = p.id
           JOIN account a ON a.id IN (t.debit_account, t.credit_account)
               AND (a.kind, a.subject, a.currency)
                   = ('customer_credit', d.payer_id, c.held_currency)
           WHERE (c.books_unit_id, c.dispute_id) = ($1, $2) AND c.online_payment_id IS NULL""",
        line.books_unit_id,
        line.source_id,
    )
    return taken_minor


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


class Lost(msgspec.Struct, frozen=True):
    """``is_whole``: nothing of it is here any more that is nobody's credit."""

    is_lost: bool
    is_whole: bool


async def lost_of(conn: Connection, line: StripeLine) -> Lost:
    """Whether a charge was lost in chargebacks that are of no payment of ours, and refunded.

    Reckoned in what its payer paid, whichever currency of the balance it went from.
    """
    record = await conn.fetchrow(
        """SELECT count(c.id) > 0,
                  coalesce(sum(floor(c.amount_minor * greatest(c.held_minor - b.amount, 0)
                                     / c.held_minor)) FILTER (WHERE c.currency = m.currency), 0)
                  + (SELECT coalesce(-sum(CASE WHEN s.paid_currency = m.currency THEN s.paid_minor
                                               WHEN s.currency = m.currency THEN s.amount_minor
                                          END), 0)
                     FROM stripe_line s LEFT JOIN stripe_explanation x ON x.id = s.explanation_id
                     WHERE (s.books_unit_id, s.charge_id) = (m.books, m.charge)
                       AND takes_a_charge_back(s.category)
                       AND (NOT s.is_explained OR x.belongs_to = 'write_off')) >= m.amount
           FROM (SELECT books_unit_id, source_id, coalesce(paid_currency, currency),
                        coalesce(paid_minor, amount_minor)
                 FROM stripe_line WHERE id = $1) AS m (books, charge, currency, amount)
           LEFT JOIN chargeback c ON c.books_unit_id = m.books
               AND c.online_payment_id IS NULL AND c.state IN ('lost', 'reinstated')
               AND c.dispute_id IN (
                   SELECT d.source_id FROM stripe_line d
                   WHERE (d.books_unit_id, d.charge_id, d.category)
                         = (m.books, m.charge, 'dispute'))
           LEFT JOIN LATERAL (
               SELECT coalesce(sum(amount_minor), 0) AS amount FROM stripe_line
               WHERE (books_unit_id, source_id, category, currency)
                     = (c.books_unit_id, c.dispute_id, 'dispute_reversal', c.held_currency))
               AS b ON true
           GROUP BY m.books, m.charge, m.currency, m.amount""",
        line.id,
    )
    return one(Lost, record)


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
