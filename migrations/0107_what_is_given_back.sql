-- What goes back with a match that is undone names the recovery that it goes back of: one that took
-- of the match's credit, and none before it.

ALTER TABLE chargeback_recovery ADD COLUMN undoes_id uuid REFERENCES chargeback_recovery;
COMMENT ON COLUMN chargeback_recovery.undoes_id IS
    'with a match: the recovery, made after the match took effect, that so much goes back of';
CREATE INDEX chargeback_recovery_undone ON chargeback_recovery (undoes_id)
    WHERE undoes_id IS NOT NULL;

-- Earlier ones went back of the last.
UPDATE chargeback_recovery r SET undoes_id = (
    SELECT e.id FROM chargeback_recovery e
    WHERE e.chargeback_id = r.chargeback_id AND e.id < r.id
        AND e.stripe_line_id IS NULL AND e.match_id IS NULL
    ORDER BY e.amount_minor >= -r.amount_minor DESC, e.id DESC LIMIT 1)
WHERE r.match_id IS NOT NULL;
ALTER TABLE chargeback_recovery ADD CONSTRAINT chargeback_recovery_undoes_check
    CHECK ((undoes_id IS NULL) = (match_id IS NULL));
