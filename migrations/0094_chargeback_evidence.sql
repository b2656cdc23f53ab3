-- Evidence 拒付证据 that a unit gives against a chargeback, sent to Stripe once, and the alarms that
-- tell of the day until which it counts.

-- How often evidence reached the payer's bank, as Stripe counts it: here or on Stripe's own pages.
ALTER TABLE chargeback ADD COLUMN submissions integer NOT NULL DEFAULT 0 CHECK (submissions >= 0);
GRANT UPDATE (submissions) ON chargeback TO market_app;

-- `texts` by Stripe's names for them. `submission` counts what people said is to be sent; with the id
-- it is the idempotency key. `called_at` was written before Stripe was told of that submission.
-- `refusal` is Stripe's word for why it did not take the last one, which is a draft again.
CREATE TABLE chargeback_evidence (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    chargeback_id uuid NOT NULL UNIQUE REFERENCES chargeback,
    books_unit_id uuid NOT NULL REFERENCES organisation,
    state text NOT NULL CHECK (state IN ('draft', 'submitted', 'unknown', 'sent')),
    texts jsonb NOT NULL CHECK (jsonb_typeof(texts) = 'object'),
    drafted_by uuid NOT NULL,
    submission integer NOT NULL DEFAULT 0 CHECK (submission >= 0),
    submitted_by uuid,
    submitted_at timestamptz,
    called_at timestamptz,
    sent_at timestamptz,
    refusal text CHECK (length(refusal) <= 100),
    tries integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    next_try_at timestamptz NOT NULL DEFAULT market_now(),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK (num_nonnulls(submitted_by, submitted_at) IN (0, 2)),
    CHECK ((submission = 0) = (submitted_at IS NULL)),
    CHECK (state = 'draft' OR (submission > 0 AND refusal IS NULL)),
    CHECK (state NOT IN ('unknown', 'sent') OR called_at IS NOT NULL),
    CHECK ((state = 'sent') = (sent_at IS NOT NULL))
);
CREATE INDEX chargeback_evidence_waiting ON chargeback_evidence (next_try_at)
    WHERE state IN ('submitted', 'unknown');

-- A paper under Stripe's name for what it shows, and under which id Stripe has it.
CREATE TABLE chargeback_evidence_file (
    evidence_id uuid NOT NULL REFERENCES chargeback_evidence,
    kind text NOT NULL CHECK (length(kind) <= 50),
    file_id uuid NOT NULL REFERENCES file,
    stripe_file_id text CHECK (length(stripe_file_id) <= 255),
    PRIMARY KEY (evidence_id, kind)
);

-- Each stage once, unless Stripe sets another day. `working_days_left` until that day, and with it.
CREATE TABLE chargeback_alarm (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    chargeback_id uuid NOT NULL REFERENCES chargeback,
    stage text NOT NULL CHECK (stage IN ('first', 'second', 'last', 'passed')),
    due_at timestamptz NOT NULL,
    raised_on date NOT NULL,
    working_days_left integer NOT NULL CHECK (working_days_left >= 0),
    policy_id uuid NOT NULL REFERENCES policy,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK (stage <> 'passed' OR (due_at <= created_at AND working_days_left = 0))
);
CREATE UNIQUE INDEX chargeback_alarm_once_a_stage
    ON chargeback_alarm (chargeback_id, due_at, stage);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON chargeback_alarm
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('chargeback_evidence', 'draft', NULL, 'draft'),
    ('chargeback_evidence', 'submit', 'draft', 'submitted'),
    ('chargeback_evidence', 'lose', 'submitted', 'unknown'),
    ('chargeback_evidence', 'send', 'submitted', 'sent'),
    ('chargeback_evidence', 'send', 'unknown', 'sent'),
    ('chargeback_evidence', 'refuse', 'submitted', 'draft'),
    ('chargeback_evidence', 'refuse', 'unknown', 'draft');

INSERT INTO policy (name, number, effective_on, body, source, state, proposed_by, decided_by)
VALUES
    ('chargeback_alarms', 1, '2000-01-01',
     '{"first_working_days": 7, "second_working_days": 3, "last_working_days": 1}',
     '协会收款办法：拒付证据截止前七个、三个和一个工作日提醒尚未提交证据的单位。 '
     'The association''s rules of collection: whoever has not sent evidence against a chargeback is '
     'told seven, three and one working days before it is due.',
     'approved', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001');

ALTER TABLE chargeback_evidence ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON chargeback_evidence USING ((SELECT acts_as_system())
    OR books_unit_id = ANY ((SELECT visible_organisations())::uuid[]));
ALTER TABLE chargeback_evidence_file ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON chargeback_evidence_file USING (
    EXISTS (SELECT FROM chargeback_evidence e WHERE e.id = evidence_id));
ALTER TABLE chargeback_alarm ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON chargeback_alarm USING (
    EXISTS (SELECT FROM chargeback c WHERE c.id = chargeback_id));

GRANT SELECT, INSERT, UPDATE (state, texts, submission, submitted_by, submitted_at, called_at,
    sent_at, refusal, tries, next_try_at, version) ON chargeback_evidence TO market_app;
GRANT SELECT, INSERT, DELETE, UPDATE (stripe_file_id) ON chargeback_evidence_file TO market_app;
GRANT SELECT, INSERT ON chargeback_alarm TO market_app;
