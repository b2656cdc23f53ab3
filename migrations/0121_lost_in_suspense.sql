-- Of a charge past the market a loss may have taken while it stood in suspense, before the rest was
-- somebody's credit: that is gone of it as well, and his if it comes back.
CREATE OR REPLACE VIEW charge_past_market WITH (security_invoker = true) AS
SELECT l.id AS stripe_line_id, l.books_unit_id, l.source_id AS charge_id, l.currency,
       x.id AS explanation_id, x.organisation_id,
       (x.amount_minor + r.amount)::bigint AS amount_minor,
       (SELECT coalesce(-sum(s.amount_minor), 0)
        FROM stripe_line s JOIN stripe_explanation y ON y.id = s.explanation_id
        WHERE (s.books_unit_id, s.charge_id, s.currency)
              = (l.books_unit_id, l.source_id, l.currency)
          AND s.category <> 'charge' AND y.organisation_id IS NOT NULL)::bigint
       + (SELECT coalesce(sum(t.amount_minor), 0)
          FROM stripe_line s
          JOIN chargeback c ON (c.books_unit_id, c.dispute_id) = (s.books_unit_id, s.source_id)
          JOIN posting p ON p.cause = 'chargeback_lost:' || c.id
          JOIN transfer t ON t.posting_id = p.id
          JOIN account d ON d.id = t.debit_account
          WHERE (s.books_unit_id, s.charge_id) = (l.books_unit_id, l.source_id)
            AND s.category = 'dispute'
            AND (d.kind, d.subject, d.currency)
                = ('customer_credit', x.organisation_id, l.currency))::bigint
       + r.amount AS gone_minor,
       r.amount AS lost_minor
FROM stripe_line l JOIN stripe_explanation x ON x.id = l.explanation_id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount_minor), 0)::bigint AS amount FROM chargeback_recovery
    WHERE stripe_line_id = l.id AND currency = l.currency) AS r
WHERE l.category = 'charge' AND x.organisation_id IS NOT NULL;
