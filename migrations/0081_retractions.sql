-- An import that went into the wrong bank account is taken back 撤回: its lines and statements stay as
-- they came, marked, each posting of a line is mirrored under `bank_line_retracted:<id>`, and the
-- account stands as if the file had never been there. Four eyes: finance proposes, a leader decides.

ALTER TABLE statement
    ADD COLUMN state text NOT NULL DEFAULT 'imported'
        CONSTRAINT statement_state_check CHECK (state IN ('imported', 'retracted'));
ALTER TABLE bank_line DROP CONSTRAINT bank_line_state_check, ADD CONSTRAINT bank_line_state_check
    CHECK (state IN ('unmatched', 'suggested', 'matched', 'confirmed', 'retracted'));

-- What was taken back is in nobody's way: the same file goes into its own account, and may come into
-- this one again.
CREATE UNIQUE INDEX statement_of_file ON statement (bank_account_id, sha256, position)
    WHERE state = 'imported';
ALTER TABLE statement DROP CONSTRAINT statement_bank_account_id_sha256_position_key;
CREATE UNIQUE INDEX bank_line_known ON bank_line (bank_account_id, key) WHERE state <> 'retracted';
ALTER TABLE bank_line DROP CONSTRAINT bank_line_bank_account_id_key_key;
CREATE INDEX ON statement (file_id);

-- An import is the file that it kept: all statements of it go together. `lines` and `amount_minor`
-- are of the lines that it brought, as the leader sees them.
CREATE TABLE statement_retraction (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    bank_account_id uuid NOT NULL REFERENCES bank_account,
    books_unit_id uuid NOT NULL REFERENCES organisation,
    file_id uuid NOT NULL REFERENCES file,
    lines integer NOT NULL CHECK (lines >= 0),
    amount_minor bigint NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    reason text NOT NULL CHECK (length(reason) BETWEEN 2 AND 1000),
    state text NOT NULL CHECK (state IN ('proposed', 'approved', 'rejected')),
    proposed_by uuid NOT NULL,
    decided_by uuid CHECK (decided_by <> proposed_by),
    decided_at timestamptz,
    note text CHECK (length(note) BETWEEN 2 AND 1000),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK ((state = 'proposed') = (decided_by IS NULL)),
    CHECK ((state = 'proposed') = (decided_at IS NULL)),
    CHECK ((state = 'rejected') = (note IS NOT NULL))
);
-- One waits or stands; what was rejected makes room for another.
CREATE UNIQUE INDEX statement_retraction_live ON statement_retraction (file_id)
    WHERE state <> 'rejected';
CREATE INDEX ON statement_retraction (books_unit_id, id);
CREATE INDEX ON statement_retraction (bank_account_id);

-- Whoever takes a line back asks which waiting matches name it as the line that they meet.
CREATE INDEX match_waiting_to_meet ON match (other_line_id) WHERE state = 'waiting';

INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('statement', 'import', NULL, 'imported'),
    ('statement', 'retract', 'imported', 'retracted'),
    ('bank_line', 'retract', 'unmatched', 'retracted'),
    ('bank_line', 'retract', 'suggested', 'retracted'),
    ('statement_retraction', 'propose', NULL, 'proposed'),
    ('statement_retraction', 'approve', 'proposed', 'approved'),
    ('statement_retraction', 'reject', 'proposed', 'rejected');

ALTER TABLE statement_retraction ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON statement_retraction USING ((SELECT acts_as_system())
    OR books_unit_id = ANY ((SELECT visible_organisations())::uuid[]));

GRANT SELECT, INSERT, UPDATE (state, decided_by, decided_at, note, version)
    ON statement_retraction TO market_app;
GRANT UPDATE (state, version) ON statement TO market_app;
