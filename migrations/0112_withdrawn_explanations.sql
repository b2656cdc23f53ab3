-- Who proposed what explains a line of Stripe's balance, or asked for its rule, takes it back while
-- nobody has decided; the line waits for another explanation then.
ALTER TABLE stripe_explanation
    DROP CONSTRAINT stripe_explanation_state_check,
    DROP CONSTRAINT stripe_explanation_check4,
    DROP CONSTRAINT stripe_explanation_check5,
    ADD CONSTRAINT stripe_explanation_state_check
        CHECK (state IN ('proposed', 'approved', 'rejected', 'withdrawn')),
    ADD CONSTRAINT stripe_explanation_decided_by
        CHECK ((state IN ('proposed', 'withdrawn')) = (decided_by IS NULL)),
    ADD CONSTRAINT stripe_explanation_decided_at
        CHECK ((state IN ('proposed', 'withdrawn')) = (decided_at IS NULL));
DROP INDEX stripe_explanation_live;
CREATE UNIQUE INDEX stripe_explanation_live ON stripe_explanation (stripe_line_id)
    WHERE state NOT IN ('rejected', 'withdrawn');

INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('stripe_explanation', 'withdraw', 'proposed', 'withdrawn');
