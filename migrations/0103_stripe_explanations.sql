-- What stands in suspense of a line of Stripe's balance is explained 说明: booked by its rule after
-- all, which the rule decides, or moved to where it belongs, which finance proposes and a leader
-- decides. The line's own posting stays; another, `stripe_line_explained:<line>`, empties suspense.

CREATE TABLE stripe_explanation (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    stripe_line_id uuid NOT NULL REFERENCES stripe_line,
    books_unit_id uuid NOT NULL REFERENCES organisation,
    belongs_to text NOT NULL CHECK (belongs_to IN ('rule', 'stripe_fees', 'customer_credit',
        'refund_pending', 'stripe_in_transit', 'exchange_difference', 'interest_income',
        'write_off')),
    -- Whose charge was refunded, or which refund of ours it is.
    online_payment_id uuid REFERENCES online_payment,
    refund_id uuid REFERENCES refund,
    amount_minor bigint NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    reason text NOT NULL CHECK (length(reason) BETWEEN 2 AND 1000),
    state text NOT NULL CHECK (state IN ('proposed', 'approved', 'rejected')),
    proposed_by uuid NOT NULL,
    decided_by uuid CHECK (decided_by <> proposed_by),
    decided_at timestamptz,
    note text CHECK (length(note) BETWEEN 2 AND 1000),
    explained_on date,
    next_try_at timestamptz NOT NULL DEFAULT market_now(),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK ((belongs_to = 'customer_credit') = (online_payment_id IS NOT NULL)),
    CHECK ((belongs_to = 'refund_pending') = (refund_id IS NOT NULL)),
    CHECK (belongs_to = 'rule' OR amount_minor <> 0),
    CHECK ((state = 'proposed') = (decided_by IS NULL)),
    CHECK ((state = 'proposed') = (decided_at IS NULL)),
    CHECK ((state = 'rejected') = (note IS NOT NULL)),
    CHECK ((state = 'approved') = (explained_on IS NOT NULL))
);
-- One waits or stands; what was rejected makes room for another.
CREATE UNIQUE INDEX stripe_explanation_live ON stripe_explanation (stripe_line_id)
    WHERE state <> 'rejected';
CREATE INDEX ON stripe_explanation (books_unit_id, id);
CREATE INDEX ON stripe_explanation (stripe_line_id, id);
CREATE INDEX stripe_explanation_by_rule ON stripe_explanation (books_unit_id, next_try_at)
    WHERE belongs_to = 'rule' AND state = 'proposed';

-- What explained a line after it was booked; `is_explained` is true from then on.
ALTER TABLE stripe_line ADD COLUMN explanation_id uuid REFERENCES stripe_explanation,
    ADD CONSTRAINT stripe_line_explained CHECK (explanation_id IS NULL OR is_explained);
CREATE UNIQUE INDEX stripe_line_explanation ON stripe_line (explanation_id)
    WHERE explanation_id IS NOT NULL;
GRANT UPDATE (online_payment_id, refund_id, paid_currency, paid_minor, is_explained,
    explanation_id, version) ON stripe_line TO market_app;

INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('stripe_explanation', 'propose', NULL, 'proposed'),
    ('stripe_explanation', 'approve', 'proposed', 'approved'),
    ('stripe_explanation', 'reject', 'proposed', 'rejected');

ALTER TABLE stripe_explanation ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON stripe_explanation USING ((SELECT acts_as_system())
    OR books_unit_id = ANY ((SELECT visible_organisations())::uuid[]));

GRANT SELECT, INSERT, UPDATE (state, decided_by, decided_at, note, explained_on, next_try_at,
    version) ON stripe_explanation TO market_app;
