-- What a lost chargeback of no payment here left in suspense is counted, too, in the balance's
-- currency: what made it up, and what two people write off of it.

ALTER TABLE chargeback DROP CONSTRAINT chargeback_check1,
    ADD CONSTRAINT chargeback_short CHECK (short_minor BETWEEN 0
        AND CASE WHEN online_payment_id IS NULL THEN held_minor ELSE amount_minor END);
COMMENT ON COLUMN chargeback.short_minor IS
    'what its loss left in suspense; where no payment here is disputed, in held_currency';

UPDATE chargeback c SET short_minor = t.amount_minor
FROM posting p JOIN transfer t ON t.posting_id = p.id JOIN account a ON a.id = t.debit_account
WHERE p.cause = 'chargeback_lost:' || c.id AND a.kind = 'suspense'
  AND c.online_payment_id IS NULL AND a.currency = c.held_currency;
