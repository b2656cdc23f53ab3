-- A payout below zero: Stripe takes from the unit's bank account what its own balance lacks.
ALTER TABLE payout
    DROP CONSTRAINT payout_amount_minor_check,
    ADD CONSTRAINT payout_amount_minor_check CHECK (amount_minor <> 0);
