"""Charges that nobody asked for here: whose credit they became, and what has gone of it."""

from typing import Final

from market.auditor.model import Check

# What of the charge whose line is l, and whose explanation x, has left that credit since; and what
# of that lines and losses moved themselves.
# UNTIL stands for the moment until when.
GONE_BY: Final = """
    SELECT coalesce(sum(f.minor), 0) AS amount,
           coalesce(sum(f.minor) FILTER (WHERE NOT f.is_recovery), 0) AS moved
    FROM (SELECT CASE WHEN t.debit_account = a.id THEN t.amount_minor ELSE -t.amount_minor END
                     AS minor, q.is_recovery
          FROM (SELECT unnest(ARRAY[y.cause, 'stripe_explanation_undone:' || y.id]) AS cause,
                       false AS is_recovery
                FROM stripe_line s JOIN stripe_explanation y ON y.stripe_line_id = s.id
                WHERE (s.books_unit_id, s.charge_id) = (l.books_unit_id, l.source_id)
                  AND s.category <> 'charge' AND y.cause IS NOT NULL
                UNION ALL
                SELECT n.cause, n.is_recovery
                FROM chargeback c
                CROSS JOIN LATERAL (
                    SELECT 'chargeback_lost:' || c.id AS cause, false AS is_recovery
                    UNION ALL
                    SELECT 'chargeback_recovered:' || v.id, true FROM chargeback_recovery v
                    WHERE v.chargeback_id = c.id
                    UNION ALL
                    SELECT 'chargeback_recovery_undone:' || v.id, true FROM chargeback_recovery v
                    WHERE v.chargeback_id = c.id) AS n
                WHERE (c.books_unit_id, c.dispute_id) IN (
                    SELECT s.books_unit_id, s.source_id FROM stripe_line s
                    WHERE (s.books_unit_id, s.charge_id) = (l.books_unit_id, l.source_id))) AS q
          JOIN posting p ON p.cause = q.cause AND p.created_at < UNTIL
          JOIN transfer t ON t.posting_id = p.id
          JOIN account a ON a.id IN (t.debit_account, t.credit_account)
              AND (a.kind, a.subject, a.currency)
                  = ('customer_credit', x.organisation_id, l.currency)) AS f"""
GONE: Final = GONE_BY.replace("UNTIL", "'infinity'")

# What two people said, whatever was undone since, of whose credit the charge is that the chargeback
# c of no payment of ours took; whether that stands.
SAID_OF: Final = """
    SELECT x.id, x.organisation_id, x.decided_at, x.id = k.explanation_id AS stands
    FROM stripe_line d
    JOIN stripe_line k ON (k.books_unit_id, k.source_id, k.category)
        = (d.books_unit_id, d.charge_id, 'charge')
    JOIN stripe_explanation x ON x.stripe_line_id = k.id AND x.organisation_id IS NOT NULL
        AND x.state IN ('approved', 'undone')
    WHERE (d.books_unit_id, d.source_id, d.category)
          = (c.books_unit_id, c.dispute_id, 'dispute') AND c.online_payment_id IS NULL"""

# Whether the charge whose line is l was lost in a chargeback of no payment of ours.
IS_LOST: Final = """EXISTS (
    SELECT FROM stripe_line d JOIN chargeback c
        ON (c.books_unit_id, c.dispute_id) = (d.books_unit_id, d.source_id)
    WHERE (d.books_unit_id, d.charge_id, d.category) = (l.books_unit_id, l.source_id, 'dispute')
      AND c.online_payment_id IS NULL AND c.state IN ('lost', 'reinstated'))"""

# Whether nothing was left of the charge past the market that the line l took back, as its
# explanation x was decided on: what losses of it had left in suspense is owed, and not left.
NOTHING_LEFT: Final = f"""EXISTS (
    SELECT FROM (SELECT l.books_unit_id AS books, l.charge_id AS id, l.currency AS currency,
                        x.decided_at AS at) AS m
    JOIN stripe_line l ON (l.books_unit_id, l.source_id, l.currency, l.category)
        = (m.books, m.id, m.currency, 'charge')
    JOIN stripe_explanation x ON x.stripe_line_id = l.id AND x.organisation_id IS NOT NULL
        AND x.state IN ('approved', 'undone') AND x.decided_at < m.at
    CROSS JOIN LATERAL ({GONE_BY.replace("UNTIL", "m.at")}) AS g
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(c.short_minor - (
                   SELECT coalesce(sum(r.amount_minor), 0) FROM chargeback_recovery r
                   WHERE r.chargeback_id = c.id AND r.created_at < m.at
                     AND r.write_off_id IS NULL)), 0) AS amount
        FROM chargeback c
        JOIN posting p ON p.cause = 'chargeback_lost:' || c.id AND p.created_at < m.at
        WHERE (c.books_unit_id, c.held_currency) = (m.books, m.currency) AND c.dispute_id IN (
            SELECT d.source_id FROM stripe_line d
            WHERE (d.books_unit_id, d.charge_id, d.category) = (m.books, m.id, 'dispute'))) AS o
    WHERE x.amount_minor <= g.amount + o.amount)"""

CHECKS: Final = (
    Check(
        "I5",
        "未在平台发起的收款，从该单位预存款退回和败诉扣回的合计不超过其所记预存款；转回的不超过此前退出的",
        "of a charge past the market no more has gone back off its payer's credit than it brought, "
        "and no more came back than had gone of it, what was recovered of its losses included",
        f"""SELECT 'stripe_explanation', x.id::text, 'brought ' || x.amount_minor || ', gone '
                  || g.amount
           FROM stripe_explanation x
           JOIN stripe_line l ON l.id = x.stripe_line_id AND l.category = 'charge'
           CROSS JOIN LATERAL ({GONE}) AS g
           LEFT JOIN chargeback_recovery r ON r.stripe_line_id = l.id
           WHERE x.state = 'approved' AND x.organisation_id IS NOT NULL
             AND (g.moved > x.amount_minor OR g.amount < -coalesce(r.amount_minor, 0))""",
    ),
    Check(
        "I9",
        "说明为从未在平台发起的收款退回的，该收款已说明为同一单位、同一币种的预存款",
        "what is explained as gone of a charge past the market is of one that is the same "
        "organisation's credit, in the same currency",
        """SELECT 'stripe_explanation', x.id::text, 'of ' || x.organisation_id
           FROM stripe_explanation x
           JOIN stripe_line l ON l.id = x.stripe_line_id AND l.category <> 'charge'
           WHERE x.state = 'approved' AND x.organisation_id IS NOT NULL AND NOT EXISTS (
               SELECT FROM stripe_line c JOIN stripe_explanation y ON y.id = c.explanation_id
               WHERE (c.books_unit_id, c.source_id, c.category, c.currency)
                     = (l.books_unit_id, l.charge_id, 'charge', l.currency)
                 AND y.organisation_id = x.organisation_id)""",
    ),
    Check(
        "I9",
        "未在平台发起的收款说明为客户的预存款；所指的在线付款有付款人的，即为该付款人",
        "a charge past the market is the credit of a customer, and of nobody else than who was to "
        "pay it where a payment here is named",
        """SELECT 'stripe_explanation', x.id::text, 'of ' || x.organisation_id || ', payer '
                  || coalesce(o.buyer_id::text, 'unknown')
           FROM stripe_explanation x
           JOIN stripe_line l ON l.id = x.stripe_line_id AND l.category = 'charge'
           LEFT JOIN online_payment o ON o.books_unit_id = l.books_unit_id
               AND (o.intent_id = l.intent_id OR o.charge_id = l.source_id)
           WHERE x.state = 'approved' AND x.organisation_id IS NOT NULL
             AND (o.buyer_id <> x.organisation_id
                  OR NOT EXISTS (
                      SELECT FROM contract c
                      WHERE (c.books_unit_id, c.buyer_id)
                            = (x.books_unit_id, x.organisation_id)
                        AND c.created_at <= x.decided_at
                      UNION ALL
                      SELECT FROM invoice i
                      WHERE (i.books_unit_id, i.buyer_id)
                            = (x.books_unit_id, x.organisation_id)
                        AND i.created_at <= x.decided_at))""",
    ),
    Check(
        "I9",
        "其在线付款可以按规则入账的收款，没有由人说明为预存款；曾经败诉的除外",
        "no charge that its payment's rule can book was made credit by people, but one that a "
        "chargeback took",
        f"""SELECT 'stripe_explanation', x.id::text, 'of ' || coalesce(l.source_id, 'no charge')
                  || ', payment ' || coalesce(o.id::text, 'unknown')
           FROM stripe_explanation x
           JOIN stripe_line l ON l.id = x.stripe_line_id AND l.category = 'charge'
           LEFT JOIN online_payment o ON o.books_unit_id = l.books_unit_id
               AND (o.intent_id = l.intent_id OR o.charge_id = l.source_id)
               AND o.currency = coalesce(l.paid_currency, l.currency)
           WHERE x.state = 'approved' AND x.organisation_id IS NOT NULL
             AND (l.source_id IS NULL OR o.id IS NOT NULL AND NOT {IS_LOST})""",
    ),
    Check(
        "I11",
        "未在平台发起的收款及其转回，没有在其损失入账且仍有效之后记为预存款",
        "neither a charge past the market nor what came back of it became credit after a loss of "
        "it was booked, while that stands",
        """SELECT 'stripe_explanation', x.id::text, 'beside a loss of ' || w.amount_minor
           FROM stripe_explanation x
           JOIN stripe_line l ON l.id = x.stripe_line_id AND l.amount_minor > 0
           CROSS JOIN LATERAL (
               SELECT CASE l.category WHEN 'charge' THEN l.source_id ELSE l.charge_id END AS id
               ) AS k
           CROSS JOIN LATERAL (
               SELECT v.amount_minor, v.decided_at
               FROM stripe_line d JOIN chargeback c
                   ON (c.books_unit_id, c.dispute_id) = (d.books_unit_id, d.source_id)
               JOIN chargeback_write_off v ON v.chargeback_id = c.id AND v.state = 'approved'
               WHERE (d.books_unit_id, d.charge_id, d.category)
                     = (l.books_unit_id, k.id, 'dispute')
               UNION ALL
               SELECT -sum(s.amount_minor), max(y.decided_at) FILTER (WHERE s.amount_minor < 0)
               FROM stripe_line s JOIN stripe_explanation y ON y.id = s.explanation_id
               WHERE (s.books_unit_id, s.charge_id) = (l.books_unit_id, k.id)
                 AND s.category IN ('refund', 'refund_failure', 'charge_failure',
                     'partial_capture_reversal')
                 AND y.belongs_to = 'write_off'
               HAVING sum(s.amount_minor) < 0) AS w
           WHERE x.state = 'approved' AND x.organisation_id IS NOT NULL
             AND x.decided_at > w.decided_at""",
    ),
)
