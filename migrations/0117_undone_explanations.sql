-- What explained a line of Stripe's balance, by two people, was a mistake: finance proposes to undo
-- it, a leader decides, and its money stands in suspense again, to be explained anew. The posting
-- `stripe_explanation_undone:<explanation>` mirrors what the explanation had posted.
CREATE TABLE stripe_explanation_undo (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    explanation_id uuid NOT NULL REFERENCES stripe_explanation,
    books_unit_id uuid NOT NULL REFERENCES organisation,
    amount_minor bigint NOT NULL CHECK (amount_minor <> 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    reason text NOT NULL CHECK (length(reason) BETWEEN 2 AND 1000),
    state text NOT NULL CHECK (state IN ('proposed', 'approved', 'rejected')),
    proposed_by uuid NOT NULL,
    decided_by uuid CHECK (decided_by <> proposed_by),
    decided_at timestamptz,
    note text CHECK (length(note) BETWEEN 2 AND 1000),
    undone_on date,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK ((state = 'proposed') = (decided_by IS NULL)),
    CHECK ((state = 'proposed') = (decided_at IS NULL)),
    CHECK ((state = 'rejected') = (note IS NOT NULL)),
    CHECK ((state = 'approved') = (undone_on IS NOT NULL))
);
-- One waits, or has undone it for ever.
CREATE UNIQUE INDEX stripe_explanation_undo_live ON stripe_explanation_undo (explanation_id)
    WHERE state <> 'rejected';
CREATE INDEX ON stripe_explanation_undo (books_unit_id, id);
CREATE INDEX ON stripe_explanation_undo (explanation_id, id);

-- `told_payment_id`: whose charge its line was known to be of before it was approved.
ALTER TABLE stripe_explanation
    ADD COLUMN told_payment_id uuid REFERENCES online_payment,
    DROP CONSTRAINT stripe_explanation_state_check,
    DROP CONSTRAINT stripe_explanation_check7,
    ADD CONSTRAINT stripe_explanation_state_check
        CHECK (state IN ('proposed', 'approved', 'rejected', 'withdrawn', 'undone')),
    ADD CONSTRAINT stripe_explanation_explained_on
        CHECK ((state IN ('approved', 'undone')) = (explained_on IS NOT NULL)),
    ADD CONSTRAINT stripe_explanation_undone CHECK (state <> 'undone'
        OR belongs_to NOT IN ('rule', 'refund_pending'));
UPDATE stripe_explanation x SET told_payment_id = l.online_payment_id
FROM stripe_line l WHERE l.explanation_id = x.id;
GRANT UPDATE (told_payment_id) ON stripe_explanation TO market_app;

DROP INDEX stripe_explanation_live;
CREATE UNIQUE INDEX stripe_explanation_live ON stripe_explanation (stripe_line_id)
    WHERE state NOT IN ('rejected', 'withdrawn', 'undone');

-- What posts a line last: a cause posts once for ever, so that whoever explains it anew has his own.
ALTER TABLE stripe_line ADD COLUMN undone_explanations integer NOT NULL DEFAULT 0;
ALTER TABLE stripe_line ADD COLUMN cause text GENERATED ALWAYS AS (
    CASE WHEN explanation_id IS NULL THEN 'stripe_line:' || id::text
         ELSE 'stripe_line_explained:' || id::text
              || CASE WHEN undone_explanations = 0 THEN ''
                      ELSE ':' || (undone_explanations + 1)::text END END) VIRTUAL;
GRANT UPDATE (undone_explanations) ON stripe_line TO market_app;

INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('stripe_explanation', 'undo', 'approved', 'undone'),
    ('stripe_explanation_undo', 'propose', NULL, 'proposed'),
    ('stripe_explanation_undo', 'approve', 'proposed', 'approved'),
    ('stripe_explanation_undo', 'reject', 'proposed', 'rejected');

ALTER TABLE stripe_explanation_undo ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON stripe_explanation_undo USING ((SELECT acts_as_system())
    OR books_unit_id = ANY ((SELECT visible_organisations())::uuid[]));
GRANT SELECT, INSERT, UPDATE (state, decided_by, decided_at, note, undone_on, version)
    ON stripe_explanation_undo TO market_app;
