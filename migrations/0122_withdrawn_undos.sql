-- Who proposed to undo what explained a line of Stripe's balance takes that back while nobody has
-- decided; the explanation stands, and undoing it may be proposed anew.
ALTER TABLE stripe_explanation_undo
    DROP CONSTRAINT stripe_explanation_undo_state_check,
    DROP CONSTRAINT stripe_explanation_undo_check1,
    DROP CONSTRAINT stripe_explanation_undo_check2,
    ADD CONSTRAINT stripe_explanation_undo_state_check
        CHECK (state IN ('proposed', 'approved', 'rejected', 'withdrawn')),
    ADD CONSTRAINT stripe_explanation_undo_decided_by
        CHECK ((state IN ('proposed', 'withdrawn')) = (decided_by IS NULL)),
    ADD CONSTRAINT stripe_explanation_undo_decided_at
        CHECK ((state IN ('proposed', 'withdrawn')) = (decided_at IS NULL));
DROP INDEX stripe_explanation_undo_live;
CREATE UNIQUE INDEX stripe_explanation_undo_live ON stripe_explanation_undo (explanation_id)
    WHERE state NOT IN ('rejected', 'withdrawn');

INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('stripe_explanation_undo', 'withdraw', 'proposed', 'withdrawn');
