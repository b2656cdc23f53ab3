-- What a loss took itself of credit that was a mistake goes back with it, too. It counts as left in
-- suspense, and as recovered at once by the posting of the loss; what goes back of that is owed.

ALTER TABLE chargeback_recovery ADD COLUMN at_loss boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT chargeback_recovery_at_loss_check
        CHECK (NOT at_loss OR (amount_minor > 0 AND num_nonnulls(stripe_line_id, match_id) = 0));
COMMENT ON COLUMN chargeback_recovery.at_loss IS
    'the loss took it itself, by its own posting, of credit that turned out to be a mistake';
