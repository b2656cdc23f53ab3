-- Invoices 请款单, the tax points of their VAT, fapiao 发票, and the recognition numbers that
-- exempt invoices stand on. An invoice's parts are its instalment's, to the fen: net and VAT, and
-- what an agent collects for the owner of a right, untaxed.

-- 技术合同认定登记 as recorded by hand from the authority's paper; one per contract.
CREATE TABLE recognition (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    contract_id uuid NOT NULL UNIQUE REFERENCES contract,
    number text NOT NULL CHECK (length(number) BETWEEN 1 AND 64),
    recognised_on date NOT NULL,
    file_id uuid NOT NULL REFERENCES file,
    recorded_by uuid NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now()
);

CREATE TABLE invoice (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    number text NOT NULL UNIQUE CHECK (length(number) BETWEEN 1 AND 40),
    year integer NOT NULL CHECK (year BETWEEN 2000 AND 2999),
    serial bigint NOT NULL CHECK (serial > 0),
    payment_code text NOT NULL UNIQUE CHECK (length(payment_code) BETWEEN 4 AND 32),
    contract_id uuid NOT NULL REFERENCES contract,
    instalment_id uuid NOT NULL REFERENCES instalment,
    provider_unit_id uuid NOT NULL REFERENCES organisation,
    books_unit_id uuid NOT NULL REFERENCES organisation,
    buyer_id uuid NOT NULL REFERENCES organisation,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    net_minor bigint NOT NULL CHECK (net_minor >= 0),
    vat_minor bigint NOT NULL CHECK (vat_minor >= 0),
    owner_minor bigint NOT NULL CHECK (owner_minor >= 0),
    exempt boolean NOT NULL,
    -- Σ allocations of receipts and credit; and the VAT whose tax point is reached, Σ tax_point.
    paid_minor bigint NOT NULL DEFAULT 0 CHECK (paid_minor BETWEEN 0 AND amount_minor),
    vat_due_minor bigint NOT NULL DEFAULT 0 CHECK (vat_due_minor BETWEEN 0 AND vat_minor),
    state text NOT NULL CHECK (state IN
        ('draft', 'open', 'part_paid', 'paid', 'void', 'uncollectible')),
    issued_on date NOT NULL,
    due_on date NOT NULL,
    issued_by uuid NOT NULL,
    policy_id uuid NOT NULL REFERENCES policy,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    UNIQUE (books_unit_id, year, serial),
    CHECK (net_minor + vat_minor + owner_minor = amount_minor),
    CHECK (NOT exempt OR vat_minor = 0),
    CHECK (CASE state
        WHEN 'part_paid' THEN paid_minor BETWEEN 1 AND amount_minor - 1
        WHEN 'paid' THEN paid_minor = amount_minor
        WHEN 'uncollectible' THEN paid_minor < amount_minor
        ELSE paid_minor = 0 END)
);
-- Payment codes count across all units; a gap in them means nothing.
CREATE SEQUENCE payment_code_number;
GRANT USAGE ON SEQUENCE payment_code_number TO market_app;
-- One live claim per instalment; a void invoice frees it.
CREATE UNIQUE INDEX invoice_live_claim ON invoice (instalment_id) WHERE state <> 'void';
CREATE INDEX ON invoice (contract_id);
CREATE INDEX ON invoice (buyer_id, id);
CREATE INDEX ON invoice (provider_unit_id, id);
CREATE INDEX ON invoice (books_unit_id, id);
-- What the daily job looks for: VAT still deferred, by due date.
CREATE INDEX invoice_vat_deferred ON invoice (due_on)
    WHERE state <> 'void' AND vat_due_minor < vat_minor;

CREATE TABLE invoice_line (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    invoice_id uuid NOT NULL REFERENCES invoice,
    position integer NOT NULL CHECK (position > 0),
    description text NOT NULL CHECK (length(description) BETWEEN 1 AND 500),
    net_minor bigint NOT NULL CHECK (net_minor >= 0),
    vat_ppm integer NOT NULL CHECK (vat_ppm BETWEEN 0 AND 1000000),
    vat_minor bigint NOT NULL CHECK (vat_minor >= 0),
    rule_id text NOT NULL CHECK (length(rule_id) BETWEEN 1 AND 100),
    UNIQUE (invoice_id, position),
    CHECK (vat_ppm > 0 OR vat_minor = 0)
);

-- What was applied to an invoice, by the day on which it came; what is taken back stands below
-- zero on the same day. Its sum is the invoice's `paid_minor`; VAT is dated by it.
CREATE TABLE receipt (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    invoice_id uuid NOT NULL REFERENCES invoice,
    received_on date NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor <> 0),
    cause text NOT NULL CHECK (length(cause) BETWEEN 1 AND 200),
    created_at timestamptz NOT NULL DEFAULT market_now()
);
CREATE INDEX ON receipt (invoice_id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON receipt
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A part of an invoice's VAT becoming due on a day; or falling back to deferred (below zero) on the
-- day that it was due, because the receipt is undone or an earlier event became known, which then
-- has a row of its own. Each row is one posting: tax_point:<invoice>:<number>.
CREATE TABLE tax_point (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    invoice_id uuid NOT NULL REFERENCES invoice,
    contract_id uuid NOT NULL REFERENCES contract,
    number integer NOT NULL CHECK (number > 0),
    reason text NOT NULL CHECK (reason IN
        ('receipt', 'start', 'fapiao', 'due', 'take_back', 'moved')),
    cause text NOT NULL CHECK (length(cause) BETWEEN 1 AND 200),
    effective_on date NOT NULL,
    counted_minor bigint NOT NULL CHECK (counted_minor >= 0),
    vat_minor bigint NOT NULL CHECK (vat_minor <> 0),
    surtax_minor bigint NOT NULL,
    surtax_policy_id uuid NOT NULL REFERENCES policy,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    UNIQUE (invoice_id, number),
    CHECK ((reason IN ('take_back', 'moved')) = (vat_minor < 0)),
    CHECK (sign(surtax_minor) IN (0, sign(vat_minor)))
);
CREATE INDEX ON tax_point (contract_id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tax_point
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Four eyes: finance proposes to void, another person approves or rejects.
CREATE TABLE void_proposal (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    invoice_id uuid NOT NULL REFERENCES invoice,
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
CREATE UNIQUE INDEX void_proposal_live ON void_proposal (invoice_id) WHERE state = 'proposed';
CREATE INDEX ON void_proposal (invoice_id);

CREATE TABLE fapiao (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    invoice_id uuid NOT NULL REFERENCES invoice,
    type text NOT NULL CHECK (type IN ('ordinary', 'special')),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    uscc text CHECK (length(uscc) = 18),
    address text CHECK (length(address) BETWEEN 1 AND 200),
    phone text CHECK (length(phone) BETWEEN 1 AND 40),
    bank_name text CHECK (length(bank_name) BETWEEN 1 AND 200),
    bank_account text CHECK (length(bank_account) BETWEEN 1 AND 40),
    state text NOT NULL CHECK (state IN ('requested', 'issued', 'delivered', 'withdrawn')),
    requested_by uuid NOT NULL,
    number text UNIQUE CHECK (number ~ '^[0-9]{20}$'),
    issued_on date,
    file_id uuid REFERENCES file,
    issued_by uuid,
    delivered_on date,
    delivered_by uuid,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK (type = 'ordinary' OR uscc IS NOT NULL),
    CHECK ((state IN ('issued', 'delivered')) = (number IS NOT NULL)),
    CHECK (num_nulls(number, issued_on, file_id, issued_by) IN (0, 4)),
    CHECK ((state = 'delivered') = (delivered_on IS NOT NULL)),
    CHECK (num_nulls(delivered_on, delivered_by) IN (0, 2))
);
-- Never two live ones for the same money.
CREATE UNIQUE INDEX fapiao_live ON fapiao (invoice_id) WHERE state <> 'withdrawn';
CREATE INDEX ON fapiao (state, id);

INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('invoice', 'issue', NULL, 'open'),
    ('invoice', 'pay_part', 'open', 'part_paid'),
    ('invoice', 'pay_part', 'part_paid', 'part_paid'),
    ('invoice', 'pay', 'open', 'paid'),
    ('invoice', 'pay', 'part_paid', 'paid'),
    ('invoice', 'take_back_part', 'paid', 'part_paid'),
    ('invoice', 'take_back_part', 'part_paid', 'part_paid'),
    ('invoice', 'take_back', 'paid', 'open'),
    ('invoice', 'take_back', 'part_paid', 'open'),
    ('invoice', 'void', 'open', 'void'),
    ('void_proposal', 'propose', NULL, 'proposed'),
    ('void_proposal', 'approve', 'proposed', 'approved'),
    ('void_proposal', 'reject', 'proposed', 'rejected'),
    ('fapiao', 'request', NULL, 'requested'),
    ('fapiao', 'withdraw', 'requested', 'withdrawn'),
    ('fapiao', 'issue', 'requested', 'issued'),
    ('fapiao', 'deliver', 'issued', 'delivered');

INSERT INTO policy (name, number, effective_on, body, source, state, proposed_by, decided_by)
VALUES
    ('invoicing', 1, '2000-01-01', '{"ahead_days": 15}',
     '协会收款办法：约定付款日前十五日起可以开具请款单。 '
     'The association''s rules of collection: a dated instalment may be invoiced from fifteen days '
     'before its date.',
     'approved', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001'),
    ('surtax', 1, '2000-01-01',
     '{"of_vat_ppm": {"urban_construction": 0, "education": 0, "local_education": 0}}',
     '城市维护建设税法第四条；征收教育费附加的暂行规定第三条；财综〔2010〕98号。税率由协会按所在地核定，未核定前为零。 '
     'Urban maintenance and construction tax, education surcharges: zero until the association '
     'sets its local rates.',
     'approved', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001');

ALTER TABLE invoice ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON invoice USING (
    (SELECT acts_as_system())
    OR buyer_id = ANY ((SELECT visible_organisations())::uuid[])
    OR provider_unit_id = ANY ((SELECT visible_organisations())::uuid[])
    OR books_unit_id = ANY ((SELECT visible_organisations())::uuid[]));
ALTER TABLE invoice_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON invoice_line USING (
    EXISTS (SELECT FROM invoice i WHERE i.id = invoice_id));
ALTER TABLE receipt ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON receipt USING (
    EXISTS (SELECT FROM invoice i WHERE i.id = invoice_id));
ALTER TABLE tax_point ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON tax_point USING (
    EXISTS (SELECT FROM invoice i WHERE i.id = invoice_id));
ALTER TABLE void_proposal ENABLE ROW LEVEL SECURITY;
-- Why its creditor thinks of voiding is not the buyer's to read.
CREATE POLICY seen ON void_proposal USING ((SELECT acts_as_system())
    OR EXISTS (SELECT FROM invoice i WHERE i.id = invoice_id
               AND (i.provider_unit_id = ANY ((SELECT visible_organisations())::uuid[])
                    OR i.books_unit_id = ANY ((SELECT visible_organisations())::uuid[]))));
ALTER TABLE fapiao ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON fapiao USING (
    EXISTS (SELECT FROM invoice i WHERE i.id = invoice_id));
ALTER TABLE recognition ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON recognition USING (
    EXISTS (SELECT FROM contract c WHERE c.id = contract_id));

GRANT SELECT, INSERT, UPDATE (state, paid_minor, vat_due_minor, version) ON invoice TO market_app;
GRANT SELECT, INSERT ON invoice_line, receipt, tax_point TO market_app;
GRANT SELECT, INSERT, UPDATE (state, decided_by, decided_at, note, version) ON void_proposal
    TO market_app;
GRANT SELECT, INSERT, UPDATE (state, number, issued_on, file_id, issued_by, delivered_on,
    delivered_by, version) ON fapiao TO market_app;
GRANT SELECT, INSERT, UPDATE (number, recognised_on, file_id, recorded_by, version)
    ON recognition TO market_app;
