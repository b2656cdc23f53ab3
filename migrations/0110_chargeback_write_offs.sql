-- What a lost chargeback left in suspense and nobody will pay is written off 核销: it becomes a loss,
-- is demanded and held for no longer, and is owed again once it is recovered. Four eyes: finance
-- proposes, a leader decides.

CREATE TABLE chargeback_write_off (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    chargeback_id uuid NOT NULL REFERENCES chargeback,
    books_unit_id uuid NOT NULL REFERENCES organisation,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    reason text NOT NULL CHECK (length(reason) BETWEEN 2 AND 1000),
    state text NOT NULL CHECK (state IN ('proposed', 'approved', 'rejected', 'recovered')),
    proposed_by uuid NOT NULL,
    decided_by uuid CHECK (decided_by <> proposed_by),
    decided_at timestamptz,
    note text CHECK (length(note) BETWEEN 2 AND 1000),
    written_off_on date,
    recovered_on date CHECK (recovered_on >= written_off_on),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK ((state = 'proposed') = (decided_by IS NULL)),
    CHECK ((state = 'proposed') = (decided_at IS NULL)),
    CHECK ((state = 'rejected') = (note IS NOT NULL)),
    CHECK ((state IN ('approved', 'recovered')) = (written_off_on IS NOT NULL)),
    CHECK ((state = 'recovered') = (recovered_on IS NOT NULL))
);
-- One waits or stands; what was rejected or recovered makes room for another.
CREATE UNIQUE INDEX chargeback_write_off_live ON chargeback_write_off (chargeback_id)
    WHERE state IN ('proposed', 'approved');
CREATE INDEX ON chargeback_write_off (chargeback_id, id);
CREATE INDEX ON chargeback_write_off (books_unit_id, id);

-- Out of suspense as a loss; below zero where that was taken back, and is owed again.
ALTER TABLE chargeback_recovery ADD COLUMN write_off_id uuid REFERENCES chargeback_write_off,
    DROP CONSTRAINT chargeback_recovery_amount_minor_check,
    ADD CONSTRAINT chargeback_recovery_amount_minor_check CHECK (
        amount_minor <> 0 AND num_nonnulls(stripe_line_id, match_id, write_off_id) <= 1
        AND (write_off_id IS NULL OR NOT at_loss)
        AND (write_off_id IS NOT NULL OR (amount_minor < 0) = (match_id IS NOT NULL)));
CREATE UNIQUE INDEX chargeback_recovery_write_off
    ON chargeback_recovery (write_off_id, (amount_minor < 0)) WHERE write_off_id IS NOT NULL;

INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('chargeback_write_off', 'propose', NULL, 'proposed'),
    ('chargeback_write_off', 'approve', 'proposed', 'approved'),
    ('chargeback_write_off', 'reject', 'proposed', 'rejected'),
    ('chargeback_write_off', 'recover', 'approved', 'recovered');

ALTER TABLE chargeback_write_off ENABLE ROW LEVEL SECURITY;
-- What its creditor thinks of a debt is not the payer's to read.
CREATE POLICY seen ON chargeback_write_off USING ((SELECT acts_as_system())
    OR books_unit_id = ANY ((SELECT visible_organisations())::uuid[]));

GRANT SELECT, INSERT, UPDATE (state, decided_by, decided_at, note, written_off_on, recovered_on,
    version) ON chargeback_write_off TO market_app;
