-- A charge that no rule books, made on Stripe's dashboard or in another currency than asked, is its
-- payer's credit once two people say whose it is; what goes back of that charge comes off it again.
ALTER TABLE stripe_explanation
    ADD COLUMN organisation_id uuid REFERENCES organisation,
    DROP CONSTRAINT stripe_explanation_check1,
    ADD CONSTRAINT stripe_explanation_of_whom CHECK (
        num_nonnulls(online_payment_id, organisation_id)
            = CASE belongs_to WHEN 'customer_credit' THEN 1 ELSE 0 END);
CREATE INDEX stripe_explanation_of_customer ON stripe_explanation (books_unit_id, organisation_id)
    WHERE organisation_id IS NOT NULL;
-- What goes back of a charge, and what disputes it.
CREATE INDEX stripe_line_of_charge ON stripe_line (books_unit_id, charge_id)
    WHERE category <> 'charge' AND charge_id IS NOT NULL;

-- Charges that are somebody's credit by two people's word, with what has gone of each since: what was
-- explained as of it, less what came back, and what lost chargebacks took of that credit.
CREATE VIEW charge_past_market WITH (security_invoker = true) AS
SELECT l.id AS stripe_line_id, l.books_unit_id, l.source_id AS charge_id, l.currency,
       x.id AS explanation_id, x.organisation_id, x.amount_minor,
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
                = ('customer_credit', x.organisation_id, l.currency))::bigint AS gone_minor
FROM stripe_line l JOIN stripe_explanation x ON x.id = l.explanation_id
WHERE l.category = 'charge' AND x.organisation_id IS NOT NULL;
GRANT SELECT ON charge_past_market TO market_app, market_worker;
