"""What of an organisation's credit stays with the unit, because its banks ask it back or took it.

Σ refunds <= captured - chargebacks open or lost holds for each payment by its own charge. What a
payment brought may have become credit, which has no origin: so it holds for the credit as a whole.
"""

from __future__ import annotations

from uuid import UUID

import msgspec

from market.base.db import Connection, one


class Held(msgspec.Struct, frozen=True):
    """In the credit's currency.

    ``disputed_minor``: of each payment what an open chargeback asks back, and what was refunded
    past the market and is not explained yet, as far as the payment became credit that is not
    refunded or lost already; ``unexplained_minor`` is the latter's part of it. Of a line that could
    not be booked for a refund of ours, what moved beyond that: the rest is out of the credit.
    The same of charges past the market that two people said are his, for what they brought.
    What is reserved for a refund that Stripe was not asked for is here still, and comes off none.
    ``owed_minor``: of invoices that were credited after they were paid what a lost chargeback made
    due again: nothing but the credit will pay it. ``unrecovered_minor``: what lost chargebacks left
    in suspense, because the credit was reserved or used by then, and nothing made up since.
    """

    disputed_minor: int
    unexplained_minor: int
    owed_minor: int
    unrecovered_minor: int

    @property
    def waits_minor(self) -> int:
        """Of what is disputed, what a chargeback decides."""
        return self.disputed_minor - self.unexplained_minor

    @property
    def from_invoices_minor(self) -> int:
        """What pays no invoice either."""
        return self.disputed_minor + self.unrecovered_minor

    @property
    def total_minor(self) -> int:
        """What does not go back to the payer."""
        return self.disputed_minor + self.owed_minor + self.unrecovered_minor


async def held_of(
    conn: Connection,
    books_unit_id: UUID,
    organisation_id: UUID,
    currency: str,
    *,
    but: UUID | None = None,
) -> Held:
    """Within an act of who sees the books, or of the system.

    ``but``: the line of a charge past the market that is to be his credit no more.
    """
    record = await conn.fetchrow(
        """WITH asked AS (
               SELECT online_payment_id, sum(amount_minor) AS amount, sum(waits) AS waits
               FROM (SELECT online_payment_id, amount_minor, amount_minor AS waits FROM chargeback
                     WHERE books_unit_id = $1 AND currency = $3 AND state = 'opened'
                     UNION ALL
                     SELECT s.online_payment_id, CASE WHEN f.id IS NULL
                         THEN -coalesce(s.paid_minor, s.amount_minor)
                         ELSE greatest(-coalesce(s.paid_minor, s.amount_minor) - f.amount_minor, 0)
                         END, 0
                     FROM stripe_line s
                     LEFT JOIN refund f ON (f.books_unit_id, f.stripe_refund_id)
                         = (s.books_unit_id, s.source_id) AND f.state IN ('sent', 'paid')
                     WHERE s.books_unit_id = $1 AND takes_a_charge_back(s.category)
                       AND s.refund_id IS NULL AND s.explanation_id IS NULL) AS a
               GROUP BY 1),
           disputed AS (
               SELECT coalesce(sum(h.amount), 0)::bigint AS amount,
                      coalesce(sum(greatest(h.amount - h.waits, 0)), 0)::bigint AS unexplained
               FROM (SELECT a.waits, greatest(least(
                            a.amount, l.paid - g.amount - r.amount - t.amount + e.amount), 0)
                                AS amount
                   FROM asked a JOIN online_payment p ON p.id = a.online_payment_id
                   CROSS JOIN LATERAL (
                       SELECT coalesce(paid_minor, amount_minor) AS paid FROM stripe_line
                       WHERE online_payment_id = p.id AND category = 'charge'
                       ORDER BY moved_at LIMIT 1) AS l
                   CROSS JOIN LATERAL (
                       SELECT coalesce(sum(greatest(v.paid - greatest(
                                  i.credited_minor - i.offset_minor, 0), 0)), 0) AS amount
                       FROM (SELECT b.invoice_id, sum(b.amount_minor) AS paid
                             FROM allocation b JOIN stripe_line s ON s.id = b.stripe_line_id
                             WHERE s.online_payment_id = p.id AND b.taken_back_on IS NULL
                             GROUP BY 1) AS v JOIN invoice i ON i.id = v.invoice_id) AS g
                   CROSS JOIN LATERAL (
                       SELECT coalesce(sum(amount_minor), 0) AS amount FROM refund
                       WHERE online_payment_id = p.id
                         AND state IN ('approved', 'unknown', 'sent', 'paid')
                         AND called_at IS NOT NULL) AS r
                   CROSS JOIN LATERAL (
                       SELECT coalesce(sum(amount_minor - returned_minor), 0) AS amount
                       FROM chargeback
                       WHERE online_payment_id = p.id AND state IN ('lost', 'reinstated')) AS t
                   CROSS JOIN LATERAL (
                       SELECT coalesce(sum(coalesce(s.paid_minor, s.amount_minor)), 0) AS amount
                       FROM stripe_line s JOIN stripe_explanation x ON x.id = s.explanation_id
                       WHERE s.online_payment_id = p.id
                         AND x.online_payment_id IS NOT NULL) AS e
                   WHERE p.buyer_id = $2 AND p.currency = $3) AS h),
           past_us AS (
               SELECT coalesce(sum(h.amount), 0)::bigint AS amount,
                      coalesce(sum(greatest(h.amount - h.waits, 0)), 0)::bigint AS unexplained
               FROM (SELECT w.amount AS waits, least(
                            w.amount + e.amount, k.left_minor)
                                AS amount
                   FROM charge_past_market k
                   CROSS JOIN LATERAL (
                       SELECT coalesce(sum(CASE c.held_currency WHEN k.currency THEN c.held_minor
                                                ELSE k.left_minor END), 0) AS amount
                       FROM chargeback c
                       CROSS JOIN LATERAL (
                           SELECT coalesce(sum(amount_minor), 0) AS amount
                           FROM chargeback_recovery
                           WHERE chargeback_id = c.id AND write_off_id IS NULL) AS r
                       WHERE c.books_unit_id = k.books_unit_id
                         AND (c.state = 'opened'
                              OR c.held_currency <> k.currency AND c.short_minor > r.amount)
                         AND c.dispute_id IN (
                             SELECT s.source_id FROM stripe_line s
                             WHERE (s.books_unit_id, s.charge_id) = (k.books_unit_id, k.charge_id)
                               AND s.category = 'dispute')) AS w
                   CROSS JOIN LATERAL (
                       SELECT greatest(coalesce(-sum(s.amount_minor), 0), 0) AS amount
                       FROM stripe_line s
                       WHERE (s.books_unit_id, s.charge_id, s.currency)
                             = (k.books_unit_id, k.charge_id, k.currency)
                         AND takes_a_charge_back(s.category)
                         AND s.refund_id IS NULL AND s.explanation_id IS NULL) AS e
                   WHERE (k.books_unit_id, k.organisation_id, k.currency) = ($1, $2, $3)
                     AND k.stripe_line_id IS DISTINCT FROM $4) AS h)
           SELECT d.amount + u.amount, d.unexplained + u.unexplained,
                  (SELECT coalesce(sum(credited_minor - paid_minor - offset_minor), 0)
                   FROM invoice
                   WHERE books_unit_id = $1 AND buyer_id = $2 AND currency = $3
                     AND state IN ('open', 'part_paid', 'uncollectible')
                     AND credited_minor > paid_minor + offset_minor)::bigint,
                  (SELECT coalesce(sum(owed_minor), 0) FROM chargeback_debt
                   WHERE (books_unit_id, payer_id, currency) = ($1, $2, $3)
                     AND short_minor > 0)::bigint
           FROM disputed d CROSS JOIN past_us u""",
        books_unit_id,
        organisation_id,
        currency,
        but,
    )
    return one(Held, record)
