-- A chargeback that was lost may be given back: the payer's bank gave way after all.

ALTER TABLE chargeback DROP CONSTRAINT chargeback_state_check,
    ADD CONSTRAINT chargeback_state_check
        CHECK (state IN ('opened', 'won', 'lost', 'reinstated'));
INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('chargeback', 'reinstate', 'lost', 'reinstated');

-- Whether the money of one was taken before.
CREATE INDEX stripe_line_dispute ON stripe_line (books_unit_id, source_id)
    WHERE category = 'dispute';
