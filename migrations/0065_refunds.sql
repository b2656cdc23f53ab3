-- Refunds 退款 of customer credit: reserved when they are proposed, so that what is promised cannot
-- be spent; approved by another person, sent by the cashier from a list, paid once the bank says so.

ALTER TABLE number_series DROP CONSTRAINT number_series_name_check,
    ADD CONSTRAINT number_series_name_check CHECK (name ~ ('^(contract:[A-Z]{2,6}:[0-9]{4}:[A-Z]+'
        '|(invoice|credit_note|refund):[0-9a-f-]{36}:[0-9]{4})$'));

-- What the cashier sends in one go, from one own account.
CREATE TABLE refund_list (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    books_unit_id uuid NOT NULL REFERENCES organisation,
    bank_account_id uuid NOT NULL REFERENCES bank_account,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    refunds integer NOT NULL CHECK (refunds > 0),
    total_minor bigint NOT NULL CHECK (total_minor > 0),
    made_by uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT market_now()
);
CREATE INDEX ON refund_list (books_unit_id, id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON refund_list
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- `method`: by bank to the payee's account, which is in the organisation's own name; by Stripe to
-- the charge that it came by, which needs no account.
CREATE TABLE refund (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    number text NOT NULL UNIQUE CHECK (length(number) BETWEEN 1 AND 40),
    year integer NOT NULL CHECK (year BETWEEN 2000 AND 2999),
    serial bigint NOT NULL CHECK (serial > 0),
    books_unit_id uuid NOT NULL REFERENCES organisation,
    organisation_id uuid NOT NULL REFERENCES organisation,
    method text NOT NULL CHECK (method IN ('bank', 'stripe')),
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    payee_name text CHECK (length(payee_name) BETWEEN 1 AND 200),
    payee_bank text CHECK (length(payee_bank) BETWEEN 1 AND 200),
    payee_account text CHECK (length(payee_account) BETWEEN 4 AND 40),
    reason text NOT NULL CHECK (length(reason) BETWEEN 2 AND 1000),
    intended_on date NOT NULL,
    state text NOT NULL CHECK (state IN
        ('proposed', 'approved', 'rejected', 'sent', 'paid', 'failed', 'returned')),
    refund_list_id uuid REFERENCES refund_list,
    ended_on date,
    proposed_by uuid NOT NULL,
    decided_by uuid CHECK (decided_by <> proposed_by),
    decided_at timestamptz,
    failed_by uuid,
    note text CHECK (length(note) BETWEEN 2 AND 1000),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    UNIQUE (books_unit_id, year, serial),
    CHECK (num_nonnulls(payee_name, payee_bank, payee_account) = CASE method WHEN 'bank' THEN 3
        ELSE 0 END),
    CHECK ((state = 'proposed') = (decided_by IS NULL)),
    CHECK (num_nulls(decided_by, decided_at) IN (0, 2)),
    CHECK ((state IN ('rejected', 'failed')) = (note IS NOT NULL)),
    CHECK ((state IN ('rejected', 'failed')) = (ended_on IS NOT NULL)),
    CHECK ((state = 'failed') = (failed_by IS NOT NULL)),
    CHECK (method <> 'bank' OR CASE WHEN state IN ('proposed', 'approved', 'rejected')
        THEN refund_list_id IS NULL WHEN state = 'failed' THEN true
        ELSE refund_list_id IS NOT NULL END)
);
CREATE INDEX ON refund (books_unit_id, id);
CREATE INDEX ON refund (organisation_id, id);
CREATE INDEX ON refund (refund_list_id);
CREATE INDEX refund_waiting ON refund (books_unit_id, state) WHERE state IN ('approved', 'sent');

-- Credit that a line moves because of a refund: out when it is paid, in when its bank did not take
-- it and it comes back. One line each.
ALTER TABLE match
    ADD COLUMN refund_id uuid REFERENCES refund,
    ADD CONSTRAINT match_names_refund
        CHECK (refund_id IS NULL OR rest_to IS NOT DISTINCT FROM 'customer_credit');
CREATE UNIQUE INDEX match_of_refund ON match (refund_id, (amount_minor < 0))
    WHERE state <> 'undone' AND refund_id IS NOT NULL;

INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('refund', 'propose', NULL, 'proposed'),
    ('refund', 'approve', 'proposed', 'approved'),
    ('refund', 'reject', 'proposed', 'rejected'),
    ('refund', 'send', 'approved', 'sent'),
    ('refund', 'fail', 'approved', 'failed'),
    ('refund', 'fail', 'sent', 'failed'),
    ('refund', 'pay', 'sent', 'paid'),
    ('refund', 'take_back', 'paid', 'sent'),
    ('refund', 'return', 'paid', 'returned'),
    ('refund', 'reinstate', 'returned', 'paid');

ALTER TABLE refund ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON refund USING ((SELECT acts_as_system())
    OR books_unit_id = ANY ((SELECT visible_organisations())::uuid[])
    OR organisation_id = ANY ((SELECT visible_organisations())::uuid[]));
ALTER TABLE refund_list ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON refund_list USING ((SELECT acts_as_system())
    OR books_unit_id = ANY ((SELECT visible_organisations())::uuid[]));

GRANT SELECT, INSERT, UPDATE (state, refund_list_id, ended_on, decided_by, decided_at, failed_by,
    note, version) ON refund TO market_app;
GRANT SELECT, INSERT ON refund_list TO market_app;
