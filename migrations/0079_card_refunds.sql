-- Refunds to the card or wallet that paid: Stripe's word on each, and the lines of its balance that
-- move their money. And whoever proposed a refund may withdraw it before it is decided.

-- `called_at` was written before Stripe was told of it under the refund's id; what Stripe makes of it
-- is `stripe_refund_id`, whose status only goes forwards. `failure_reason` is Stripe's word.
ALTER TABLE refund
    ADD COLUMN online_payment_id uuid REFERENCES online_payment,
    ADD COLUMN stripe_refund_id text CHECK (length(stripe_refund_id) <= 255),
    ADD COLUMN stripe_status text CHECK (stripe_status IN
        ('requires_action', 'pending', 'succeeded', 'failed', 'canceled')),
    ADD COLUMN failure_reason text CHECK (length(failure_reason) <= 100),
    ADD COLUMN called_at timestamptz,
    ADD COLUMN tries integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    ADD COLUMN next_try_at timestamptz NOT NULL DEFAULT market_now(),
    DROP CONSTRAINT refund_state_check,
    ADD CONSTRAINT refund_state_check CHECK (state IN ('proposed', 'withdrawn', 'approved',
        'rejected', 'unknown', 'sent', 'paid', 'failed', 'returned')),
    DROP CONSTRAINT refund_check2,
    ADD CONSTRAINT refund_decided CHECK
        ((state IN ('proposed', 'withdrawn')) = (decided_by IS NULL)),
    DROP CONSTRAINT refund_check5,
    ADD CONSTRAINT refund_ended CHECK
        ((state IN ('rejected', 'failed', 'withdrawn')) = (ended_on IS NOT NULL)),
    DROP CONSTRAINT refund_check7,
    ADD CONSTRAINT refund_listed CHECK (CASE
        WHEN method <> 'bank' OR state IN ('proposed', 'withdrawn', 'approved', 'rejected')
            THEN refund_list_id IS NULL
        WHEN state = 'failed' THEN true
        ELSE refund_list_id IS NOT NULL END),
    ADD CONSTRAINT refund_by_card CHECK (CASE method
        WHEN 'stripe' THEN online_payment_id IS NOT NULL
            AND (state <> 'unknown' OR called_at IS NOT NULL)
            AND (state NOT IN ('sent', 'paid', 'returned') OR stripe_refund_id IS NOT NULL)
        ELSE state <> 'unknown' AND num_nonnulls(online_payment_id, stripe_refund_id,
            stripe_status, failure_reason, called_at) = 0 END),
    ADD CONSTRAINT refund_known_to_stripe CHECK
        (num_nonnulls(stripe_refund_id, stripe_status) IN (0, 2)
         AND (stripe_refund_id IS NULL OR called_at IS NOT NULL));
CREATE INDEX refund_payment ON refund (online_payment_id) WHERE online_payment_id IS NOT NULL;
CREATE UNIQUE INDEX refund_stripe_id ON refund (books_unit_id, stripe_refund_id);
CREATE INDEX refund_card_waiting ON refund (next_try_at)
    WHERE method = 'stripe' AND state IN ('approved', 'unknown', 'sent');

-- A refund has one line by which its money leaves the balance, and one by which it comes back.
ALTER TABLE stripe_line ADD COLUMN refund_id uuid REFERENCES refund;
CREATE UNIQUE INDEX stripe_line_of_refund ON stripe_line (refund_id, (amount_minor < 0))
    WHERE refund_id IS NOT NULL;

INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('refund', 'withdraw', 'proposed', 'withdrawn'),
    ('refund', 'lose', 'approved', 'unknown'),
    ('refund', 'send', 'unknown', 'sent'),
    ('refund', 'fail', 'unknown', 'failed'),
    ('refund', 'return', 'sent', 'returned');

GRANT UPDATE (stripe_refund_id, stripe_status, failure_reason, called_at, tries, next_try_at)
    ON refund TO market_app;
