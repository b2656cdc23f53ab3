-- What a receivable of an opening balance is made of: open items 未清项, each paid by bank lines.

-- A line of nothing else than debts: their sum is its balance, so a debt of ours (an advance kept as
-- a negative receivable) stands below zero, and is never paid. `opened_on` is the day on which the
-- books began with it.
CREATE TABLE opening_item (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    opening_balance_id uuid NOT NULL REFERENCES opening_balance,
    books_unit_id uuid NOT NULL REFERENCES organisation,
    kind text NOT NULL DEFAULT 'receivable' CHECK (kind = 'receivable'),
    organisation_id uuid NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 200),
    dated_on date NOT NULL CHECK (dated_on <= opened_on),
    due_on date CHECK (due_on >= dated_on),
    opened_on date NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor <> 0),
    paid_minor bigint NOT NULL DEFAULT 0 CHECK (paid_minor BETWEEN 0 AND greatest(amount_minor, 0)),
    FOREIGN KEY (opening_balance_id, kind, organisation_id, currency)
        REFERENCES opening_balance_line (opening_balance_id, kind, subject, currency),
    UNIQUE (opening_balance_id, organisation_id, currency, reference)
);
CREATE INDEX opening_item_open ON opening_item (books_unit_id) WHERE amount_minor <> paid_minor;

-- Money of a matched bank line applied to an item; it lives until it is taken back, and what is
-- paid of an item is the sum of the live ones.
CREATE TABLE opening_allocation (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    opening_item_id uuid NOT NULL REFERENCES opening_item,
    match_id uuid NOT NULL REFERENCES match,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    received_on date NOT NULL,
    taken_back_on date,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    UNIQUE (match_id, opening_item_id)
);
CREATE INDEX ON opening_allocation (opening_item_id, id);

-- What was asked, as `allocations` is of invoices.
ALTER TABLE match ADD COLUMN opening_items jsonb NOT NULL DEFAULT '[]'
    CHECK (jsonb_typeof(opening_items) = 'array');

-- Books that began before have one item a line: what they knew of it.
INSERT INTO opening_item (opening_balance_id, books_unit_id, organisation_id, currency, reference,
    dated_on, opened_on, amount_minor)
SELECT o.id, o.books, l.subject, l.currency, '期初余额 Opening balance', o.as_of, o.as_of,
    l.balance_minor
FROM opening_balance o JOIN opening_balance_line l ON l.opening_balance_id = o.id
WHERE l.kind = 'receivable';

ALTER TABLE opening_item ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON opening_item USING ((SELECT acts_as_system())
    OR books_unit_id = ANY ((SELECT visible_organisations())::uuid[]));
ALTER TABLE opening_allocation ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON opening_allocation USING (
    EXISTS (SELECT FROM opening_item i WHERE i.id = opening_item_id));
GRANT SELECT, INSERT, UPDATE (paid_minor) ON opening_item TO market_app;
GRANT SELECT, INSERT, UPDATE (taken_back_on) ON opening_allocation TO market_app;
