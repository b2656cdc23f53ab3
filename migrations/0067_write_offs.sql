-- Write-offs 坏账核销: what is open of an invoice that will not be paid becomes a loss, and is
-- recovered when money comes all the same. Four eyes: finance proposes, a leader decides.

CREATE TABLE write_off (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    invoice_id uuid NOT NULL REFERENCES invoice,
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
    recovery_cause text CHECK (length(recovery_cause) BETWEEN 1 AND 200),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK ((state = 'proposed') = (decided_by IS NULL)),
    CHECK ((state = 'proposed') = (decided_at IS NULL)),
    CHECK ((state = 'rejected') = (note IS NOT NULL)),
    CHECK ((state IN ('approved', 'recovered')) = (written_off_on IS NOT NULL)),
    CHECK ((state = 'recovered') = (recovered_on IS NOT NULL)),
    CHECK ((state = 'recovered') = (recovery_cause IS NOT NULL))
);
-- One waits or stands; what was rejected or recovered makes room for another.
CREATE UNIQUE INDEX write_off_live ON write_off (invoice_id)
    WHERE state IN ('proposed', 'approved');
CREATE INDEX ON write_off (invoice_id, id);

INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('invoice', 'write_off', 'open', 'uncollectible'),
    ('invoice', 'write_off', 'part_paid', 'uncollectible'),
    ('invoice', 'recover_part', 'uncollectible', 'part_paid'),
    ('invoice', 'recover', 'uncollectible', 'paid'),
    ('invoice', 'take_back_part', 'uncollectible', 'part_paid'),
    ('invoice', 'take_back', 'uncollectible', 'open'),
    ('write_off', 'propose', NULL, 'proposed'),
    ('write_off', 'approve', 'proposed', 'approved'),
    ('write_off', 'reject', 'proposed', 'rejected'),
    ('write_off', 'recover', 'approved', 'recovered');

ALTER TABLE write_off ENABLE ROW LEVEL SECURITY;
-- What its creditor thinks of a debt is not the buyer's to read.
CREATE POLICY seen ON write_off USING ((SELECT acts_as_system())
    OR EXISTS (SELECT FROM invoice i WHERE i.id = invoice_id
               AND (i.provider_unit_id = ANY ((SELECT visible_organisations())::uuid[])
                    OR i.books_unit_id = ANY ((SELECT visible_organisations())::uuid[]))));

GRANT SELECT, INSERT, UPDATE (state, decided_by, decided_at, note, written_off_on, recovered_on,
    recovery_cause, version) ON write_off TO market_app;
