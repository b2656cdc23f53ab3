"""The SQL of customer statements.

The database lets the reader in before anything else; the rest then runs as the system, for a buyer
sees no ledger.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from market.base.db import Connection
from market.reports.customer_statements.model import Part


class Moved(msgspec.Struct, frozen=True):
    """What one posting changed; without a cause, all that was before the span."""

    currency: str
    posting_id: UUID | None
    cause: str | None
    effective_on: date | None
    counted_on: date | None
    receivable_minor: int
    credit_minor: int
    short_minor: int
    last_at: datetime


async def lets_in(conn: Connection, unit_id: UUID, organisation_id: UUID) -> bool:
    """Whether who acts is of one of the two, as row-level security knows it."""
    is_in: bool = await conn.fetchval(
        "SELECT acts_as_system() OR ARRAY[$1, $2]::uuid[] && visible_organisations()::uuid[]",
        unit_id,
        organisation_id,
    )
    return is_in


async def have_dealt(conn: Connection, books: UUID, organisation_id: UUID) -> bool:
    dealt: bool = await conn.fetchval(
        """SELECT EXISTS (SELECT FROM account WHERE books = $1 AND subject_key = $2
                          AND kind IN ('receivable', 'customer_credit'))""",
        books,
        organisation_id,
    )
    return dealt


async def moved(
    conn: Connection, books: UUID, organisation_id: UUID, *, from_on: date, until: date
) -> list[Moved]:
    """By currency: first what was before, then each posting in its order.

    A line of Stripe's that brings a refund or a chargeback back is called by that, for it is no
    payment; one that made invoices owed again, and what undid that, by their own rows, for a line
    may be explained more than once. What is short is moved by the posting of a loss, and by what
    books its recoveries.
    """
    records = await conn.fetch(
        """WITH booked AS (
               SELECT a.currency, t.posting_id,
                      CASE a.kind WHEN 'receivable' THEN t.debit_minor ELSE 0 END AS receivable,
                      CASE a.kind WHEN 'customer_credit' THEN -t.debit_minor ELSE 0 END AS credit,
                      0 AS short
               FROM account a
               CROSS JOIN LATERAL (
                   SELECT d.posting_id, d.amount_minor AS debit_minor FROM transfer d
                   WHERE d.debit_account = a.id
                   UNION ALL SELECT c.posting_id, -c.amount_minor FROM transfer c
                   WHERE c.credit_account = a.id) AS t
               WHERE a.books = $1 AND a.subject_key = $2
                 AND a.kind IN ('receivable', 'customer_credit')
               UNION ALL
               SELECT s.currency, p.id, 0, 0, s.amount_minor
               FROM chargeback c
               JOIN chargeback_debt d ON d.chargeback_id = c.id AND d.payer_id = $2
               CROSS JOIN LATERAL (
                   SELECT d.currency, c.short_minor AS amount_minor,
                          'chargeback_lost:' || c.id AS cause
                   UNION ALL
                   SELECT r.currency, -r.amount_minor, CASE
                       WHEN r.stripe_line_id IS NOT NULL THEN coalesce((
                           SELECT l.cause
                           FROM stripe_line l JOIN stripe_explanation x ON x.id = l.explanation_id
                           WHERE l.id = r.stripe_line_id AND x.belongs_to = 'rule'),
                           'stripe_line:' || r.stripe_line_id)
                       WHEN r.match_id IS NOT NULL THEN 'chargeback_recovery_undone:' || r.id
                       WHEN r.at_loss THEN 'chargeback_lost:' || c.id
                       WHEN r.write_off_id IS NOT NULL THEN CASE WHEN r.amount_minor > 0
                           THEN 'chargeback_write_off:' ELSE 'chargeback_write_off_recovered:' END
                           || r.write_off_id
                       ELSE 'chargeback_recovered:' || r.id END
                   FROM chargeback_recovery r WHERE r.chargeback_id = c.id) AS s
               JOIN posting p ON p.cause = s.cause
               WHERE c.books_unit_id = $1 AND c.short_minor > 0),
           moved AS (
               SELECT b.currency, b.receivable, b.credit, b.short, p.id, p.public_id, p.cause,
                      p.effective_on, p.created_at,
                      greatest(p.effective_on, p.period) AS counted_on
               FROM booked b JOIN posting p ON p.id = b.posting_id)
           SELECT currency, w.posting, w.cause, w.effective_on, w.counted_on,
                  sum(receivable)::bigint, sum(credit)::bigint, sum(short)::bigint, max(created_at)
           FROM moved m
           CROSS JOIN LATERAL (
               SELECT split_part(m.cause, ':', 1) AS kind,
                      CASE WHEN m.cause LIKE 'stripe_%' THEN split_part(m.cause, ':', 2)::uuid END
                          AS id) AS k
           LEFT JOIN LATERAL (
               SELECT m.id, m.public_id AS posting, m.effective_on, m.counted_on, coalesce(
                   (SELECT CASE WHEN l.category = 'dispute_reversal'
                                    THEN 'chargeback_reinstated:' || l.id
                                ELSE 'refund_returned:' || l.refund_id END
                    FROM stripe_line l WHERE l.id = CASE
                        WHEN k.kind IN ('stripe_line', 'stripe_line_explained') THEN k.id END),
                   (SELECT 'charge_owed_again:' || x.id FROM stripe_explanation x
                    WHERE x.cause = m.cause AND x.belongs_to = 'receivable'),
                   (SELECT 'charge_paid_again:' || u.id
                    FROM stripe_explanation_undo u
                    JOIN stripe_explanation x ON x.id = u.explanation_id
                    WHERE u.explanation_id = CASE k.kind WHEN 'stripe_explanation_undone'
                                                         THEN k.id END
                      AND u.state = 'approved' AND x.belongs_to = 'receivable'),
                   k.kind || ':' || k.id, m.cause) AS cause
               WHERE m.counted_on >= $3) AS w ON true
           WHERE m.counted_on <= $4
           GROUP BY currency, w.id, w.posting, w.cause, w.effective_on, w.counted_on
           ORDER BY currency, w.counted_on NULLS FIRST, w.id NULLS FIRST""",
        books,
        organisation_id,
        from_on,
        until,
    )
    return [Moved(*record) for record in records]


async def parts_of(
    conn: Connection, organisation_id: UUID, subject_ids: Sequence[UUID]
) -> dict[UUID, list[Part]]:
    """What each cause concerns of this buyer's: invoices, and debts from before the books began."""
    records = await conn.fetch(
        """SELECT w.subject_id, w.invoice_id, w.reference, w.amount_minor
           FROM (SELECT id AS subject_id, id AS invoice_id, number AS reference,
                        amount_minor
                 FROM invoice WHERE id = ANY ($2) AND buyer_id = $1
                 UNION ALL
                 SELECT a.match_id, i.id, i.number, sum(a.amount_minor)::bigint
                 FROM allocation a JOIN invoice i ON i.id = a.invoice_id
                 WHERE a.match_id = ANY ($2) AND i.buyer_id = $1 GROUP BY 1, 2, 3
                 UNION ALL
                 SELECT a.match_id, NULL, o.reference, a.amount_minor + a.charge_minor
                 FROM opening_allocation a JOIN opening_item o ON o.id = a.opening_item_id
                 WHERE a.match_id = ANY ($2) AND o.organisation_id = $1
                 UNION ALL
                 SELECT s.id, i.id, i.number, coalesce(a.amount_minor, 0)
                 FROM stripe_line s JOIN online_payment_part p USING (online_payment_id)
                 JOIN invoice i ON i.id = p.invoice_id
                 LEFT JOIN LATERAL (SELECT amount_minor FROM allocation
                                    WHERE stripe_line_id = s.id AND invoice_id = i.id
                                    ORDER BY id LIMIT 1) AS a ON true
                 WHERE s.id = ANY ($2) AND i.buyer_id = $1
                 UNION ALL
                 SELECT x.id, i.id, i.number, (
                     SELECT coalesce(-sum(amount_minor), 0)::bigint FROM receipt
                     WHERE invoice_id = i.id AND cause = x.cause)
                 FROM stripe_explanation x JOIN online_payment_part p USING (online_payment_id)
                 JOIN invoice i ON i.id = p.invoice_id
                 WHERE x.id = ANY ($2) AND i.buyer_id = $1
                 UNION ALL
                 SELECT u.id, i.id, i.number, (
                     SELECT coalesce(sum(amount_minor), 0)::bigint FROM receipt
                     WHERE invoice_id = i.id
                       AND cause = 'stripe_explanation_undone:' || u.explanation_id)
                 FROM stripe_explanation_undo u
                 JOIN stripe_explanation x ON x.id = u.explanation_id
                 JOIN online_payment_part p USING (online_payment_id)
                 JOIN invoice i ON i.id = p.invoice_id
                 WHERE u.id = ANY ($2) AND i.buyer_id = $1
                 UNION ALL
                 SELECT c.id, i.id, i.number, (
                     SELECT coalesce(-sum(amount_minor), 0)::bigint FROM receipt
                     WHERE invoice_id = i.id AND cause = 'chargeback_lost:' || c.id)
                 FROM chargeback c JOIN online_payment_part p USING (online_payment_id)
                 JOIN invoice i ON i.id = p.invoice_id
                 WHERE c.id = ANY ($2) AND i.buyer_id = $1
                 UNION ALL
                 SELECT r.id, i.id, i.number, 0
                 FROM chargeback_recovery r JOIN chargeback c ON c.id = r.chargeback_id
                 JOIN online_payment_part p USING (online_payment_id)
                 JOIN invoice i ON i.id = p.invoice_id
                 WHERE r.id = ANY ($2) AND i.buyer_id = $1
                 UNION ALL
                 SELECT w.id, i.id, i.number, 0
                 FROM chargeback_write_off w JOIN chargeback c ON c.id = w.chargeback_id
                 JOIN online_payment_part p USING (online_payment_id)
                 JOIN invoice i ON i.id = p.invoice_id
                 WHERE w.id = ANY ($2) AND i.buyer_id = $1
                 UNION ALL
                 SELECT u.id, i.id, i.number, u.amount_minor
                 FROM credit_use u JOIN invoice i ON i.id = u.invoice_id
                 WHERE u.id = ANY ($2) AND i.buyer_id = $1
                 UNION ALL
                 SELECT n.id, n.invoice_id, n.number, n.amount_minor
                 FROM credit_note n JOIN invoice i ON i.id = n.invoice_id
                 WHERE n.id = ANY ($2) AND i.buyer_id = $1
                 UNION ALL
                 SELECT r.id, NULL, r.number, r.amount_minor
                 FROM refund r WHERE r.id = ANY ($2) AND r.organisation_id = $1
                 UNION ALL
                 SELECT m.id, NULL, r.number, r.amount_minor
                 FROM match m JOIN refund r ON r.id = m.refund_id
                 WHERE m.id = ANY ($2) AND r.organisation_id = $1
                 UNION ALL
                 SELECT l.id, i.id, i.number, l.amount_minor
                 FROM write_off l JOIN invoice i ON i.id = l.invoice_id
                 WHERE l.id = ANY ($2) AND i.buyer_id = $1) AS w
           ORDER BY w.subject_id, w.reference""",
        organisation_id,
        subject_ids,
    )
    found: dict[UUID, list[Part]] = defaultdict(list)
    for subject_id, *part in records:
        found[subject_id].append(Part(*part))
    return found
