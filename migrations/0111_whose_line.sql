-- Whose charge a line of Stripe's balance is of, as Stripe told it: also of a line set aside, so
-- that nobody explains it as a refund of another. Of older lines nothing is known.
ALTER TABLE stripe_line ADD COLUMN intent_id text CHECK (length(intent_id) <= 255),
    ADD COLUMN charge_id text CHECK (length(charge_id) <= 255);
