-- What a lost chargeback left in suspense, because its payer had no credit for it, is his debt until
-- it is recovered: from credit that he has again, or by what comes back of the chargeback.

ALTER TABLE chargeback ADD COLUMN short_minor bigint NOT NULL DEFAULT 0
    CHECK (short_minor BETWEEN 0 AND amount_minor);
GRANT UPDATE (short_minor) ON chargeback TO market_app;

CREATE TABLE chargeback_recovery (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    chargeback_id uuid NOT NULL REFERENCES chargeback,
    books_unit_id uuid NOT NULL REFERENCES organisation,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency text NOT NULL,
    stripe_line_id uuid REFERENCES stripe_line,
    recovered_on date NOT NULL,
    created_at timestamptz NOT NULL DEFAULT market_now()
);
COMMENT ON COLUMN chargeback_recovery.stripe_line_id IS
    'the line that brought it back; without one it came off the payer''s credit';
CREATE INDEX chargeback_recovery_of ON chargeback_recovery (chargeback_id);
CREATE UNIQUE INDEX chargeback_recovery_line ON chargeback_recovery (stripe_line_id);
CREATE INDEX chargeback_short ON chargeback (books_unit_id) WHERE short_minor > 0;
CREATE INDEX stripe_line_elsewhere ON stripe_line (books_unit_id)
    WHERE category IN ('refund', 'refund_failure') AND refund_id IS NULL;
-- Whether a charge was set aside.
CREATE INDEX stripe_line_aside ON stripe_line (books_unit_id, source_id)
    WHERE category = 'charge' AND online_payment_id IS NULL;

ALTER TABLE chargeback_recovery ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON chargeback_recovery USING ((SELECT acts_as_system())
    OR books_unit_id = ANY ((SELECT visible_organisations())::uuid[]));
GRANT SELECT, INSERT ON chargeback_recovery TO market_app;

-- What earlier losses left there.
UPDATE chargeback c SET short_minor = t.amount_minor
FROM posting p JOIN transfer t ON t.posting_id = p.id JOIN account a ON a.id = t.debit_account
WHERE p.cause = 'chargeback_lost:' || c.id AND a.kind = 'suspense'
  AND c.online_payment_id IS NOT NULL AND a.currency = c.currency;
INSERT INTO chargeback_recovery (chargeback_id, books_unit_id, amount_minor, currency,
    stripe_line_id, recovered_on)
SELECT c.id, c.books_unit_id, least(c.short_minor, t.amount_minor), c.currency, l.id, l.booked_on
FROM chargeback c
JOIN stripe_line l ON l.books_unit_id = c.books_unit_id AND l.source_id = c.dispute_id
    AND l.category = 'dispute_reversal'
JOIN posting p ON p.cause = 'stripe_line:' || l.id JOIN transfer t ON t.posting_id = p.id
JOIN account a ON a.id = t.credit_account AND a.kind = 'suspense' AND a.currency = c.currency
WHERE c.state = 'reinstated' AND c.short_minor > 0;
