-- Stripe: payments 在线付款 by checkout page or payment intent, the lines of Stripe's own balance
-- 结算明细, chargebacks 拒付, payouts 提现, and the events that Stripe sends.

-- One attempt to pay one or several invoices of one buyer. Its id is the idempotency key of the call
-- that presents it to Stripe; `called_at` was written before that call.
CREATE TABLE online_payment (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    books_unit_id uuid NOT NULL REFERENCES organisation,
    buyer_id uuid NOT NULL REFERENCES organisation,
    way text NOT NULL CHECK (way IN ('checkout', 'intent')),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    state text NOT NULL CHECK (state IN
        ('created', 'processing', 'unknown', 'succeeded', 'failed', 'canceled')),
    checkout_id text CHECK (length(checkout_id) <= 255),
    intent_id text CHECK (length(intent_id) <= 255),
    charge_id text CHECK (length(charge_id) <= 255),
    -- Where the payer pays (checkout), or what his page shows Stripe (intent); gone once it is over.
    pay_url text CHECK (length(pay_url) <= 2000),
    client_secret text CHECK (length(client_secret) <= 255),
    -- Stripe's code for the last attempt that it refused: the payer may try again on the same page.
    decline_code text CHECK (length(decline_code) <= 100),
    started_by uuid NOT NULL,
    cancel_asked_by uuid,
    called_at timestamptz,
    tries integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    next_try_at timestamptz NOT NULL DEFAULT market_now(),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK (state <> 'processing' OR num_nonnulls(checkout_id, intent_id) > 0),
    CHECK (state <> 'succeeded' OR intent_id IS NOT NULL)
);
CREATE UNIQUE INDEX online_payment_intent ON online_payment (books_unit_id, intent_id);
CREATE UNIQUE INDEX online_payment_checkout ON online_payment (books_unit_id, checkout_id);
CREATE INDEX online_payment_charge ON online_payment (books_unit_id, charge_id);
CREATE INDEX online_payment_unsettled ON online_payment (next_try_at)
    WHERE state IN ('created', 'processing', 'unknown');

-- What it pays of each invoice. A part lives until the attempt is over or its money is booked, and an
-- invoice has one that lives, so that nobody can pay it by card twice.
CREATE TABLE online_payment_part (
    online_payment_id uuid NOT NULL REFERENCES online_payment,
    position integer NOT NULL CHECK (position > 0),
    invoice_id uuid NOT NULL REFERENCES invoice,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    is_live boolean NOT NULL DEFAULT true,
    PRIMARY KEY (online_payment_id, position),
    UNIQUE (online_payment_id, invoice_id)
);
CREATE UNIQUE INDEX online_payment_part_live ON online_payment_part (invoice_id) WHERE is_live;
CREATE INDEX online_payment_part_invoice ON online_payment_part (invoice_id);

-- A line of Stripe's balance as Stripe tells it: net = amount - fee. `payment_id` and `organisation`
-- where it belongs to a payment of ours. What nothing explains stands in suspense.
CREATE TABLE stripe_line (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    books_unit_id uuid NOT NULL REFERENCES organisation,
    balance_transaction_id text NOT NULL CHECK (length(balance_transaction_id) <= 255),
    category text NOT NULL CHECK (length(category) <= 100),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount_minor bigint NOT NULL,
    fee_minor bigint NOT NULL,
    net_minor bigint NOT NULL,
    fees jsonb NOT NULL CHECK (jsonb_typeof(fees) = 'array'),
    source_id text CHECK (length(source_id) <= 255),
    description text CHECK (length(description) <= 500),
    online_payment_id uuid REFERENCES online_payment,
    -- What the payer's own currency came to, where Stripe changed it into that of the balance.
    paid_currency text CHECK (paid_currency ~ '^[A-Z]{3}$'),
    paid_minor bigint,
    is_explained boolean NOT NULL,
    moved_at timestamptz NOT NULL,
    booked_on date NOT NULL,
    available_on date NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    UNIQUE (books_unit_id, balance_transaction_id),
    CHECK (net_minor = amount_minor - fee_minor),
    CHECK (num_nonnulls(paid_currency, paid_minor) IN (0, 2))
);
CREATE INDEX stripe_line_newest ON stripe_line (books_unit_id, moved_at DESC, id DESC);
CREATE INDEX stripe_line_payment ON stripe_line (online_payment_id);

-- Up to when a unit's balance was read. It is read anew from a while before that.
CREATE TABLE stripe_bookmark (
    books_unit_id uuid PRIMARY KEY REFERENCES organisation,
    read_to timestamptz NOT NULL,
    read_at timestamptz NOT NULL
);

-- A payer's bank takes a charge back 拒付, until it is decided.
CREATE TABLE chargeback (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    books_unit_id uuid NOT NULL REFERENCES organisation,
    dispute_id text NOT NULL CHECK (length(dispute_id) <= 255),
    online_payment_id uuid REFERENCES online_payment,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- What Stripe holds of its balance, in the balance's own currency.
    held_minor bigint NOT NULL CHECK (held_minor > 0),
    held_currency text NOT NULL CHECK (held_currency ~ '^[A-Z]{3}$'),
    reason text NOT NULL CHECK (length(reason) <= 100),
    state text NOT NULL CHECK (state IN ('opened', 'won', 'lost')),
    opened_on date NOT NULL,
    evidence_due_at timestamptz,
    decided_on date,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    UNIQUE (books_unit_id, dispute_id),
    CHECK ((state = 'opened') = (decided_on IS NULL))
);
CREATE INDEX chargeback_payment ON chargeback (online_payment_id);
CREATE INDEX chargeback_opened ON chargeback (books_unit_id) WHERE state = 'opened';

-- What Stripe sends to a unit's own bank account 提现.
CREATE TABLE payout (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    books_unit_id uuid NOT NULL REFERENCES organisation,
    payout_id text NOT NULL CHECK (length(payout_id) <= 255),
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    state text NOT NULL CHECK (state IN ('sent', 'failed')),
    sent_on date NOT NULL,
    due_on date,
    failed_on date,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    UNIQUE (books_unit_id, payout_id),
    CHECK ((state = 'failed') = (failed_on IS NOT NULL))
);

-- Events as Stripe sent them, once each; what they are about is read anew from Stripe. Those of things
-- that are not ours are parked. Kept for longer than Stripe ever sends one again (30 days).
CREATE TABLE stripe_event (
    books_unit_id uuid NOT NULL REFERENCES organisation,
    event_id text NOT NULL CHECK (length(event_id) <= 255),
    name text NOT NULL CHECK (length(name) <= 100),
    object_id text CHECK (length(object_id) <= 255),
    payload text NOT NULL CHECK (length(payload) <= 1000000),
    reading text NOT NULL DEFAULT 'waiting' CHECK (reading IN ('waiting', 'read', 'parked')),
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    read_at timestamptz,
    PRIMARY KEY (books_unit_id, event_id)
);
CREATE INDEX stripe_event_waiting ON stripe_event (received_at) WHERE reading = 'waiting';
CREATE INDEX stripe_event_old ON stripe_event (received_at);

-- A receipt comes by a bank line, from credit, or now by a line of Stripe's balance.
ALTER TABLE allocation ADD COLUMN stripe_line_id uuid REFERENCES stripe_line,
    DROP CONSTRAINT allocation_check,
    ADD CONSTRAINT allocation_check
        CHECK (num_nonnulls(match_id, credit_use_id, stripe_line_id) = 1);
CREATE INDEX allocation_stripe_line ON allocation (stripe_line_id) WHERE stripe_line_id IS NOT NULL;
CREATE UNIQUE INDEX allocation_stripe_line_once ON allocation (stripe_line_id, invoice_id)
    WHERE taken_back_on IS NULL;

INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('online_payment', 'start', NULL, 'created'),
    ('online_payment', 'present', 'created', 'processing'),
    ('online_payment', 'present', 'unknown', 'processing'),
    ('online_payment', 'lose', 'created', 'unknown'),
    ('online_payment', 'refuse', 'created', 'failed'),
    ('online_payment', 'refuse', 'unknown', 'failed'),
    ('online_payment', 'succeed', 'created', 'succeeded'),
    ('online_payment', 'succeed', 'unknown', 'succeeded'),
    ('online_payment', 'succeed', 'processing', 'succeeded'),
    ('online_payment', 'cancel', 'created', 'canceled'),
    ('online_payment', 'cancel', 'unknown', 'canceled'),
    ('online_payment', 'cancel', 'processing', 'canceled'),
    ('chargeback', 'open', NULL, 'opened'),
    ('chargeback', 'win', 'opened', 'won'),
    ('chargeback', 'lose', 'opened', 'lost'),
    ('payout', 'send', NULL, 'sent'),
    ('payout', 'fail', 'sent', 'failed');

ALTER TABLE online_payment ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON online_payment USING ((SELECT acts_as_system())
    OR books_unit_id = ANY ((SELECT visible_organisations())::uuid[])
    OR buyer_id = ANY ((SELECT visible_organisations())::uuid[]));
ALTER TABLE online_payment_part ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON online_payment_part USING (
    EXISTS (SELECT FROM online_payment p WHERE p.id = online_payment_id));
ALTER TABLE stripe_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON stripe_line USING ((SELECT acts_as_system())
    OR books_unit_id = ANY ((SELECT visible_organisations())::uuid[]));
ALTER TABLE chargeback ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON chargeback USING ((SELECT acts_as_system())
    OR books_unit_id = ANY ((SELECT visible_organisations())::uuid[]));
ALTER TABLE payout ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON payout USING ((SELECT acts_as_system())
    OR books_unit_id = ANY ((SELECT visible_organisations())::uuid[]));
ALTER TABLE stripe_bookmark ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON stripe_bookmark USING ((SELECT acts_as_system()));
ALTER TABLE stripe_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON stripe_event USING ((SELECT acts_as_system()));

GRANT SELECT, INSERT, UPDATE (state, checkout_id, intent_id, charge_id, pay_url, client_secret,
    decline_code, cancel_asked_by, called_at, tries, next_try_at, version) ON online_payment
    TO market_app;
GRANT SELECT, INSERT, UPDATE (is_live) ON online_payment_part TO market_app;
GRANT SELECT, INSERT ON stripe_line TO market_app;
GRANT SELECT, INSERT, UPDATE (state, decided_on, evidence_due_at, version) ON chargeback
    TO market_app;
GRANT SELECT, INSERT, UPDATE (state, failed_on, version) ON payout TO market_app;
GRANT SELECT, INSERT, UPDATE (read_to, read_at) ON stripe_bookmark TO market_app;
GRANT SELECT, INSERT, UPDATE (reading, read_at) ON stripe_event TO market_app;
GRANT DELETE ON stripe_event TO market_worker;
