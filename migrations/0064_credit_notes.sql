-- Credit notes 贷项通知: what an invoice asked for and is not owed any more, in whole or in part. Its
-- net comes off milestones: of an accepted one the revenue falls, of another what will be revenue.
-- And the red fapiao 红字发票 that the tax authority wants for what a fapiao had documented.

ALTER TABLE number_series DROP CONSTRAINT number_series_name_check,
    ADD CHECK (name ~ ('^(contract:[A-Z]{2,6}:[0-9]{4}:[A-Z]+'
                       '|(invoice|credit_note):[0-9a-f-]{36}:[0-9]{4})$'));

-- `offset_minor`: of what is credited, what was still open and is owed no more; the rest had been
-- paid, and became customer credit. An invoice is paid once nothing of it is open.
ALTER TABLE invoice
    ADD COLUMN credited_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN credited_vat_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN offset_minor bigint NOT NULL DEFAULT 0,
    DROP CONSTRAINT invoice_check1,
    DROP CONSTRAINT invoice_check4,
    ADD CONSTRAINT credited_within CHECK (credited_minor BETWEEN 0 AND amount_minor
        AND credited_vat_minor BETWEEN 0 AND vat_minor
        AND offset_minor BETWEEN 0 AND credited_minor
        AND paid_minor + offset_minor <= amount_minor),
    ADD CONSTRAINT vat_due_within CHECK (vat_due_minor BETWEEN 0 AND vat_minor - credited_vat_minor),
    ADD CONSTRAINT state_as_paid CHECK (CASE state
        WHEN 'open' THEN paid_minor = 0 AND offset_minor < amount_minor
        WHEN 'part_paid' THEN paid_minor > 0 AND paid_minor + offset_minor < amount_minor
        WHEN 'paid' THEN paid_minor + offset_minor = amount_minor
        WHEN 'uncollectible' THEN paid_minor + offset_minor < amount_minor
        ELSE paid_minor = 0 AND credited_minor = 0 END);
GRANT UPDATE (credited_minor, credited_vat_minor, offset_minor) ON invoice TO market_app;
DROP INDEX invoice_vat_deferred;
CREATE INDEX invoice_vat_deferred ON invoice (due_on)
    WHERE state <> 'void' AND vat_due_minor < vat_minor - credited_vat_minor;

-- What credit notes took off a milestone: of the price without VAT, and of what an agent passes on.
ALTER TABLE milestone
    ADD COLUMN credited_net_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN credited_owner_minor bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT milestone_credited_within CHECK (credited_net_minor BETWEEN 0 AND net_minor
        AND credited_owner_minor BETWEEN 0 AND owner_minor);
GRANT UPDATE (credited_net_minor, credited_owner_minor) ON milestone TO market_app;

-- Four eyes: finance proposes, a leader issues it or rejects it. The number is given when it is
-- issued, and so is what of it was open.
CREATE TABLE credit_note (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    number text UNIQUE CHECK (length(number) BETWEEN 1 AND 40),
    year integer CHECK (year BETWEEN 2000 AND 2999),
    serial bigint CHECK (serial > 0),
    invoice_id uuid NOT NULL REFERENCES invoice,
    contract_id uuid NOT NULL REFERENCES contract,
    books_unit_id uuid NOT NULL REFERENCES organisation,
    reason text NOT NULL CHECK (length(reason) BETWEEN 2 AND 1000),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    net_minor bigint NOT NULL CHECK (net_minor >= 0),
    vat_minor bigint NOT NULL CHECK (vat_minor >= 0),
    owner_minor bigint NOT NULL CHECK (owner_minor >= 0),
    offset_minor bigint CHECK (offset_minor BETWEEN 0 AND amount_minor),
    issued_on date,
    state text NOT NULL CHECK (state IN ('proposed', 'issued', 'rejected')),
    proposed_by uuid NOT NULL,
    decided_by uuid CHECK (decided_by <> proposed_by),
    decided_at timestamptz,
    note text CHECK (length(note) BETWEEN 2 AND 1000),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    UNIQUE (books_unit_id, year, serial),
    CHECK (net_minor + vat_minor + owner_minor = amount_minor),
    CHECK ((state = 'proposed') = (decided_by IS NULL)),
    CHECK ((state = 'proposed') = (decided_at IS NULL)),
    CHECK ((state = 'rejected') = (note IS NOT NULL)),
    CHECK ((state = 'issued') = (issued_on IS NOT NULL)),
    CHECK (num_nulls(number, year, serial, offset_minor, issued_on) IN (0, 5))
);
CREATE UNIQUE INDEX credit_note_live ON credit_note (invoice_id) WHERE state = 'proposed';
CREATE INDEX ON credit_note (invoice_id, id);
CREATE INDEX ON credit_note (contract_id);

-- Of which line of the invoice how much, tax included; and of it the VAT, cumulative over all of the
-- line's credit, so that a line that is credited whole has its VAT credited to the last fen.
CREATE TABLE credit_note_line (
    credit_note_id uuid NOT NULL REFERENCES credit_note,
    position integer NOT NULL CHECK (position > 0),
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    vat_minor bigint NOT NULL CHECK (vat_minor BETWEEN 0 AND amount_minor),
    PRIMARY KEY (credit_note_id, position)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON credit_note_line
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Off which milestone how much; `accepted`: whether its revenue was there when it was issued.
CREATE TABLE credit_note_part (
    credit_note_id uuid NOT NULL REFERENCES credit_note,
    milestone_id uuid NOT NULL REFERENCES milestone,
    net_minor bigint NOT NULL CHECK (net_minor >= 0),
    owner_minor bigint NOT NULL CHECK (owner_minor >= 0),
    accepted boolean,
    PRIMARY KEY (credit_note_id, milestone_id),
    CHECK (net_minor + owner_minor > 0)
);
CREATE INDEX ON credit_note_part (milestone_id);

-- A credit note takes VAT back that was due; and whatever of the rest it settles is due.
ALTER TABLE tax_point
    DROP CONSTRAINT tax_point_reason_check,
    DROP CONSTRAINT tax_point_check,
    ADD CONSTRAINT tax_point_reason_check CHECK (reason IN
        ('receipt', 'start', 'fapiao', 'due', 'take_back', 'moved', 'credit_note')),
    ADD CONSTRAINT tax_point_check CHECK (reason = 'credit_note'
        OR (reason IN ('take_back', 'moved')) = (vat_minor < 0));

ALTER TABLE fapiao
    DROP CONSTRAINT fapiao_state_check,
    DROP CONSTRAINT fapiao_check1,
    DROP CONSTRAINT fapiao_check3,
    ADD CONSTRAINT fapiao_state_check CHECK (state IN
        ('requested', 'issued', 'delivered', 'withdrawn', 'red_requested', 'reversed')),
    ADD CONSTRAINT fapiao_issued CHECK ((state IN ('requested', 'withdrawn')) = (number IS NULL)),
    ADD CONSTRAINT fapiao_delivered CHECK (CASE WHEN state = 'delivered' THEN delivered_on IS NOT NULL
        WHEN state IN ('requested', 'issued', 'withdrawn') THEN delivered_on IS NULL ELSE true END);
DROP INDEX fapiao_live;
CREATE UNIQUE INDEX fapiao_live ON fapiao (invoice_id) WHERE state NOT IN ('withdrawn', 'reversed');

-- One for each credit note on an invoice whose fapiao was out: wanted when that is issued, and
-- recorded once the tax platform has issued it.
CREATE TABLE red_fapiao (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    fapiao_id uuid NOT NULL REFERENCES fapiao,
    credit_note_id uuid NOT NULL UNIQUE REFERENCES credit_note,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    vat_minor bigint NOT NULL CHECK (vat_minor BETWEEN 0 AND amount_minor),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    state text NOT NULL CHECK (state IN ('requested', 'issued')),
    number text UNIQUE CHECK (number ~ '^[0-9]{20}$'),
    issued_on date,
    file_id uuid REFERENCES file,
    issued_by uuid,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK (num_nulls(number, issued_on, file_id, issued_by) = CASE state
        WHEN 'issued' THEN 0 ELSE 4 END)
);
CREATE INDEX ON red_fapiao (fapiao_id);
CREATE INDEX ON red_fapiao (state, id);

INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('invoice', 'credit_part', 'open', 'open'),
    ('invoice', 'credit_part', 'part_paid', 'part_paid'),
    ('invoice', 'credit', 'open', 'paid'),
    ('invoice', 'credit', 'part_paid', 'paid'),
    ('invoice', 'credit', 'paid', 'paid'),
    ('credit_note', 'propose', NULL, 'proposed'),
    ('credit_note', 'approve', 'proposed', 'issued'),
    ('credit_note', 'reject', 'proposed', 'rejected'),
    ('fapiao', 'request_red', 'issued', 'red_requested'),
    ('fapiao', 'request_red', 'delivered', 'red_requested'),
    ('fapiao', 'request_red', 'red_requested', 'red_requested'),
    ('fapiao', 'record_red', 'red_requested', 'red_requested'),
    ('fapiao', 'stand_issued', 'red_requested', 'issued'),
    ('fapiao', 'stand_delivered', 'red_requested', 'delivered'),
    ('fapiao', 'reverse', 'red_requested', 'reversed'),
    ('red_fapiao', 'request', NULL, 'requested'),
    ('red_fapiao', 'issue', 'requested', 'issued');

ALTER TABLE credit_note ENABLE ROW LEVEL SECURITY;
-- The buyer reads what was issued to it, not what its creditor thinks of.
CREATE POLICY seen ON credit_note USING ((SELECT acts_as_system())
    OR EXISTS (SELECT FROM invoice i WHERE i.id = invoice_id
               AND (credit_note.state = 'issued'
                    OR i.provider_unit_id = ANY ((SELECT visible_organisations())::uuid[])
                    OR i.books_unit_id = ANY ((SELECT visible_organisations())::uuid[]))));
ALTER TABLE credit_note_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON credit_note_line USING (
    EXISTS (SELECT FROM credit_note n WHERE n.id = credit_note_id));
ALTER TABLE credit_note_part ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON credit_note_part USING (
    EXISTS (SELECT FROM credit_note n WHERE n.id = credit_note_id));
ALTER TABLE red_fapiao ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON red_fapiao USING (
    EXISTS (SELECT FROM fapiao f WHERE f.id = fapiao_id));

GRANT SELECT, INSERT, UPDATE (number, year, serial, offset_minor, issued_on, state, decided_by,
    decided_at, note, version) ON credit_note TO market_app;
GRANT SELECT, INSERT ON credit_note_line TO market_app;
GRANT SELECT, INSERT, UPDATE (accepted) ON credit_note_part TO market_app;
GRANT SELECT, INSERT, UPDATE (state, number, issued_on, file_id, issued_by, version) ON red_fapiao
    TO market_app;
