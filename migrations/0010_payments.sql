-- What pays invoices: matches 匹配 of bank lines, their allocations 分配, and the use of customer
-- credit 客户预存款. Only a live match explains a line; undoing one mirrors its posting.

-- What a bank line is explained by. `allocations` is what was asked; what took effect stands in
-- `allocation`. The rest of the line goes to one place: credit of an organisation, charges,
-- interest, or another line that it meets (own transfer, returned payment). A waiting match has
-- booked nothing: its payer is not the buyer, or it books more as charges or interest than one
-- person may, and a second person has to confirm.
CREATE TABLE match (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    bank_line_id uuid NOT NULL REFERENCES bank_line,
    books_unit_id uuid NOT NULL REFERENCES organisation,
    amount_minor bigint NOT NULL CHECK (amount_minor <> 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    way text NOT NULL CHECK (way IN ('automatic', 'by_hand')),
    allocations jsonb NOT NULL CHECK (jsonb_typeof(allocations) = 'array'),
    rest_to text CHECK (rest_to IN
        ('customer_credit', 'bank_charges', 'interest_income', 'own_transfer', 'returned')),
    rest_minor bigint NOT NULL DEFAULT 0 CHECK (rest_minor >= 0),
    rest_organisation_id uuid REFERENCES organisation,
    other_line_id uuid REFERENCES bank_line CHECK (other_line_id <> bank_line_id),
    needs_second boolean NOT NULL,
    score integer NOT NULL CHECK (score BETWEEN 0 AND 100),
    reasons jsonb NOT NULL CHECK (jsonb_typeof(reasons) = 'array'),
    state text NOT NULL CHECK (state IN ('waiting', 'matched', 'confirmed', 'undone')),
    matched_by uuid NOT NULL,
    confirmed_by uuid CHECK (confirmed_by <> matched_by),
    undone_by uuid,
    undone_on date,
    undo_reason text CHECK (length(undo_reason) BETWEEN 2 AND 1000),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK ((rest_to IS NULL) = (rest_minor = 0)),
    CHECK ((rest_to IS NOT DISTINCT FROM 'customer_credit') = (rest_organisation_id IS NOT NULL)),
    CHECK (coalesce(rest_to IN ('own_transfer', 'returned'), false) = (other_line_id IS NOT NULL)),
    CHECK (state <> 'waiting' OR (needs_second AND way = 'by_hand')),
    CHECK (state <> 'confirmed' OR confirmed_by IS NOT NULL),
    CHECK (num_nulls(undone_by, undone_on, undo_reason) IN (0, 3)),
    CHECK ((state = 'undone') = (undone_by IS NOT NULL))
);
CREATE UNIQUE INDEX match_live ON match (bank_line_id) WHERE state <> 'undone';
CREATE INDEX ON match (bank_line_id, id);
CREATE INDEX ON match (books_unit_id, id);

-- Credit of an organisation that pays an invoice: `credit_used:<id>`.
CREATE TABLE credit_use (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    books_unit_id uuid NOT NULL REFERENCES organisation,
    organisation_id uuid NOT NULL REFERENCES organisation,
    invoice_id uuid NOT NULL REFERENCES invoice,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    used_on date NOT NULL,
    state text NOT NULL CHECK (state IN ('used', 'undone')),
    used_by uuid NOT NULL,
    undone_by uuid,
    undone_on date,
    undo_reason text CHECK (length(undo_reason) BETWEEN 2 AND 1000),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK (num_nulls(undone_by, undone_on, undo_reason) IN (0, 3)),
    CHECK ((state = 'undone') = (undone_by IS NOT NULL))
);
CREATE INDEX ON credit_use (invoice_id);
CREATE INDEX ON credit_use (books_unit_id, organisation_id);

-- Money applied to an invoice: a receipt, a charge that the bank kept and we bear, or credit. It
-- lives until it is taken back; an invoice's paid_minor is the sum of the live ones.
CREATE TABLE allocation (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    invoice_id uuid NOT NULL REFERENCES invoice,
    kind text NOT NULL CHECK (kind IN ('receipt', 'charge', 'credit')),
    match_id uuid REFERENCES match,
    credit_use_id uuid REFERENCES credit_use,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    received_on date NOT NULL,
    taken_back_on date,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK (num_nonnulls(match_id, credit_use_id) = 1),
    CHECK ((kind = 'credit') = (credit_use_id IS NOT NULL)),
    UNIQUE (match_id, invoice_id, kind),
    UNIQUE (credit_use_id)
);
CREATE INDEX ON allocation (invoice_id, id);

-- What a line may be, best first, and why it was not matched by itself.
CREATE TABLE suggestion (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    bank_line_id uuid NOT NULL REFERENCES bank_line,
    round integer NOT NULL CHECK (round > 0),
    position integer NOT NULL CHECK (position > 0),
    score integer NOT NULL CHECK (score BETWEEN 0 AND 100),
    allocations jsonb NOT NULL CHECK (jsonb_typeof(allocations) = 'array'),
    rest_to text CHECK (rest_to IN
        ('customer_credit', 'bank_charges', 'interest_income', 'own_transfer', 'returned')),
    rest_minor bigint NOT NULL DEFAULT 0 CHECK (rest_minor >= 0),
    rest_organisation_id uuid REFERENCES organisation,
    other_line_id uuid REFERENCES bank_line,
    reasons jsonb NOT NULL CHECK (jsonb_typeof(reasons) = 'array'),
    created_at timestamptz NOT NULL DEFAULT market_now(),
    UNIQUE (bank_line_id, round, position)
);

-- What matching looks for in a unit's books.
CREATE INDEX invoice_open ON invoice (books_unit_id, buyer_id)
    WHERE state IN ('open', 'part_paid');

INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('match', 'match', NULL, 'matched'),
    ('match', 'propose', NULL, 'waiting'),
    ('match', 'confirm', 'waiting', 'confirmed'),
    ('match', 'confirm', 'matched', 'confirmed'),
    ('match', 'undo', 'waiting', 'undone'),
    ('match', 'undo', 'matched', 'undone'),
    ('match', 'undo', 'confirmed', 'undone'),
    ('credit_use', 'use', NULL, 'used'),
    ('credit_use', 'undo', 'used', 'undone');

INSERT INTO policy (name, number, effective_on, body, source, state, proposed_by, decided_by)
VALUES
    ('matching', 1, '2000-01-01', '{"alone_up_to_minor": 10000}',
     '协会收款办法：一笔流水计入手续费或利息超过100.00的，须由第二人确认。 '
     'The association''s rules of collection: more than 100.00 of one line booked as charges or '
     'interest is confirmed by a second person.',
     'approved', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001');

ALTER TABLE match ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON match USING ((SELECT acts_as_system())
    OR books_unit_id = ANY ((SELECT visible_organisations())::uuid[]));
ALTER TABLE suggestion ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON suggestion USING (
    EXISTS (SELECT FROM bank_line l WHERE l.id = bank_line_id));
ALTER TABLE credit_use ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON credit_use USING ((SELECT acts_as_system())
    OR books_unit_id = ANY ((SELECT visible_organisations())::uuid[])
    OR organisation_id = ANY ((SELECT visible_organisations())::uuid[]));
ALTER TABLE allocation ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON allocation USING (
    EXISTS (SELECT FROM invoice i WHERE i.id = invoice_id));

GRANT SELECT, INSERT, UPDATE (state, confirmed_by, undone_by, undone_on, undo_reason, version)
    ON match TO market_app;
GRANT SELECT, INSERT, UPDATE (state, undone_by, undone_on, undo_reason, version) ON credit_use
    TO market_app;
GRANT SELECT, INSERT, UPDATE (taken_back_on) ON allocation TO market_app;
GRANT SELECT, INSERT ON suggestion TO market_app;
