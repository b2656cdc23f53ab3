"""Charges that nobody asked for here: whose credit they became, and what has gone of it."""

from typing import Final

from market.auditor.model import Check

# What of the charge whose line is l, and whose explanation x, has left that credit since.
GONE: Final = """
    SELECT coalesce(sum(CASE WHEN t.debit_account = a.id THEN t.amount_minor
                             ELSE -t.amount_minor END), 0) AS amount
    FROM (SELECT s.cause FROM stripe_line s
          WHERE (s.books_unit_id, s.charge_id) = (l.books_unit_id, l.source_id)
            AND s.category <> 'charge' AND s.explanation_id IS NOT NULL
          UNION ALL
          SELECT n.cause
          FROM chargeback c
          CROSS JOIN LATERAL (
              SELECT 'chargeback_lost:' || c.id AS cause
              UNION ALL
              SELECT 'chargeback_recovered:' || v.id FROM chargeback_recovery v
              WHERE v.chargeback_id = c.id
              UNION ALL
              SELECT 'chargeback_recovery_undone:' || v.id FROM chargeback_recovery v
              WHERE v.chargeback_id = c.id) AS n
          WHERE (c.books_unit_id, c.dispute_id) IN (
              SELECT s.books_unit_id, s.source_id FROM stripe_line s
              WHERE (s.books_unit_id, s.charge_id) = (l.books_unit_id, l.source_id))) AS q
    JOIN posting p ON p.cause = q.cause
    JOIN transfer t ON t.posting_id = p.id
    JOIN account a ON a.id IN (t.debit_account, t.credit_account)
        AND (a.kind, a.subject, a.currency)
            = ('customer_credit', x.organisation_id, l.currency)"""

CHECKS: Final = (
    Check(
        "I5",
        "未在平台发起的收款，从该单位预存款退回的合计不超过其所记预存款；转回的不超过此前退出的，含待查时败诉扣回的",
        "of a charge past the market no more has gone back off its payer's credit than it brought, "
        "and no more came back than had gone of it, a loss out of suspense included",
        f"""SELECT 'stripe_explanation', x.id::text, 'brought ' || x.amount_minor || ', gone '
                  || g.amount
           FROM stripe_explanation x
           JOIN stripe_line l ON l.id = x.stripe_line_id AND l.category = 'charge'
           CROSS JOIN LATERAL ({GONE}) AS g
           LEFT JOIN chargeback_recovery r ON r.stripe_line_id = l.id
           WHERE x.state = 'approved' AND x.organisation_id IS NOT NULL
             AND (g.amount > x.amount_minor OR g.amount < -coalesce(r.amount_minor, 0))""",
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
        "其在线付款可以按规则入账的收款，没有由人说明为预存款；败诉后所余的除外",
        "no charge that its payment's rule can book was made credit by people, but what a lost "
        "chargeback left of it",
        """SELECT 'stripe_explanation', x.id::text, 'of ' || coalesce(l.source_id, 'no charge')
                  || ', payment ' || coalesce(o.id::text, 'unknown')
           FROM stripe_explanation x
           JOIN stripe_line l ON l.id = x.stripe_line_id AND l.category = 'charge'
           LEFT JOIN online_payment o ON o.books_unit_id = l.books_unit_id
               AND (o.intent_id = l.intent_id OR o.charge_id = l.source_id)
               AND o.currency = coalesce(l.paid_currency, l.currency)
           WHERE x.state = 'approved' AND x.organisation_id IS NOT NULL
             AND (l.source_id IS NULL OR o.id IS NOT NULL AND x.amount_minor = l.amount_minor)""",
    ),
    Check(
        "I11",
        "市场之外的收款，没有在其拒付欠款已核销、核销仍有效之后记为预存款",
        "no charge past the market became credit after what a lost chargeback of it left was "
        "written off, while that loss stands",
        """SELECT 'stripe_explanation', x.id::text, 'beside ' || w.amount_minor
                  || ' written off by ' || w.id
           FROM stripe_explanation x
           JOIN stripe_line l ON l.id = x.stripe_line_id AND l.category = 'charge'
           JOIN stripe_line d ON (d.books_unit_id, d.charge_id, d.category)
               = (l.books_unit_id, l.source_id, 'dispute')
           JOIN chargeback c ON (c.books_unit_id, c.dispute_id) = (d.books_unit_id, d.source_id)
           JOIN chargeback_write_off w ON w.chargeback_id = c.id AND w.state = 'approved'
           WHERE x.state = 'approved' AND x.organisation_id IS NOT NULL
             AND x.decided_at > w.decided_at""",
    ),
)
