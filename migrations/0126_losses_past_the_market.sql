-- A loss no longer takes of a charge that stands in suspense: both stand there until people say whose
-- the charge is, whose credit then makes the loss up. So it was not taken where nobody has said so,
-- or is about to of what was left, and nothing has come back of it.
DELETE FROM chargeback_recovery r USING stripe_line l, chargeback c
WHERE l.id = r.stripe_line_id AND l.category = 'charge' AND l.explanation_id IS NULL
  AND c.id = r.chargeback_id AND c.state = 'lost'
  AND NOT EXISTS (SELECT FROM stripe_explanation x
                  WHERE x.stripe_line_id = l.id AND x.state = 'proposed');

DROP VIEW chargeback_debt;
DROP VIEW charge_past_market;

-- `gone_minor` is what moved its payer's credit, not what its lines moved: at another rate that is
-- another amount. Each loss counts once, however many lines it has, with what was recovered of the
-- credit since; what it left in suspense is owed, or was written off, and not left of the charge
-- either. What a loss took while the charge stood in suspense, before this, is gone of it, too.
-- `gone_paid_minor` is in the payer's own currency.
CREATE VIEW charge_past_market WITH (security_invoker = true) AS
SELECT l.id AS stripe_line_id, l.books_unit_id, l.source_id AS charge_id, l.currency,
       x.id AS explanation_id, x.organisation_id, (g.amount + r.amount)::bigint AS gone_minor,
       greatest(x.amount_minor - g.amount - d.owed, 0)::bigint AS left_minor,
       l.paid_currency, l.paid_minor, (f.amount + d.paid)::bigint AS gone_paid_minor,
       -- For programs of before this, until they are gone.
       (x.amount_minor + r.amount)::bigint AS amount_minor, r.amount AS lost_minor
FROM stripe_line l JOIN stripe_explanation x ON x.id = l.explanation_id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount_minor), 0)::bigint AS amount FROM chargeback_recovery
    WHERE stripe_line_id = l.id AND currency = l.currency) AS r
CROSS JOIN LATERAL (
    SELECT coalesce(-sum(s.paid_minor), 0) AS amount
    FROM stripe_line s JOIN stripe_explanation y ON y.id = s.explanation_id
    WHERE (s.books_unit_id, s.charge_id, s.currency, s.paid_currency)
          = (l.books_unit_id, l.source_id, l.currency, l.paid_currency)
      AND s.category <> 'charge' AND y.organisation_id IS NOT NULL) AS f
CROSS JOIN LATERAL (
    SELECT coalesce(sum(c.short_minor - (SELECT coalesce(sum(r.amount_minor), 0)
                                         FROM chargeback_recovery r
                                         WHERE r.chargeback_id = c.id
                                           AND r.write_off_id IS NULL)), 0) AS owed,
           coalesce(sum(c.amount_minor) FILTER (WHERE c.state = 'lost'
                                                  AND c.currency = l.paid_currency), 0) AS paid
    FROM chargeback c
    WHERE (c.books_unit_id, c.held_currency) = (l.books_unit_id, l.currency)
      AND c.online_payment_id IS NULL AND c.dispute_id IN (
          SELECT s.source_id FROM stripe_line s
          WHERE (s.books_unit_id, s.charge_id) = (l.books_unit_id, l.source_id)
            AND s.category = 'dispute')) AS d
CROSS JOIN LATERAL (
    SELECT coalesce(sum(CASE WHEN t.debit_account = a.id THEN t.amount_minor
                             ELSE -t.amount_minor END), 0)::bigint AS amount
    FROM (SELECT s.cause
          FROM stripe_line s JOIN stripe_explanation y ON y.id = s.explanation_id
          WHERE (s.books_unit_id, s.charge_id, s.currency)
                = (l.books_unit_id, l.source_id, l.currency)
            AND s.category <> 'charge' AND y.organisation_id IS NOT NULL
          UNION
          SELECT unnest(ARRAY['chargeback_lost:' || c.id, 'chargeback_recovered:' || w.id,
                              'chargeback_recovery_undone:' || w.id])
          FROM stripe_line s
          JOIN chargeback c ON (c.books_unit_id, c.dispute_id) = (s.books_unit_id, s.source_id)
          LEFT JOIN chargeback_recovery w ON w.chargeback_id = c.id
          WHERE (s.books_unit_id, s.charge_id) = (l.books_unit_id, l.source_id)
            AND s.category = 'dispute' AND c.online_payment_id IS NULL) AS q
    JOIN posting p ON p.cause = q.cause
    JOIN transfer t ON t.posting_id = p.id
    JOIN account a ON a.id IN (t.debit_account, t.credit_account)
        AND (a.kind, a.subject, a.currency)
            = ('customer_credit', x.organisation_id, l.currency)) AS g
WHERE l.category = 'charge' AND x.organisation_id IS NOT NULL;
GRANT SELECT ON charge_past_market TO market_app, market_worker;

-- What each chargeback's loss left in suspense, and what of that is neither recovered nor written
-- off; whose payment is disputed, or whose credit two people said that its charge is, in the same
-- currency.
CREATE VIEW chargeback_debt WITH (security_invoker = true) AS
SELECT c.id AS chargeback_id, c.books_unit_id, coalesce(p.buyer_id, k.organisation_id) AS payer_id,
       CASE WHEN c.online_payment_id IS NULL THEN c.held_currency ELSE c.currency END AS currency,
       c.short_minor,
       (c.short_minor - (SELECT coalesce(sum(r.amount_minor), 0) FROM chargeback_recovery r
                         WHERE r.chargeback_id = c.id))::bigint AS owed_minor
FROM chargeback c
LEFT JOIN online_payment p ON p.id = c.online_payment_id
LEFT JOIN LATERAL (
    SELECT x.organisation_id
    FROM stripe_line s
    JOIN stripe_line l ON (l.books_unit_id, l.source_id, l.category)
                          = (s.books_unit_id, s.charge_id, 'charge')
    JOIN stripe_explanation x ON x.id = l.explanation_id
    WHERE c.online_payment_id IS NULL AND l.currency = c.held_currency
      AND (s.books_unit_id, s.source_id, s.category) = (c.books_unit_id, c.dispute_id, 'dispute')
      AND x.organisation_id IS NOT NULL
    ORDER BY l.id LIMIT 1) AS k ON true;
GRANT SELECT ON chargeback_debt TO market_app, market_worker;
