-- What comes back of a lost chargeback, in parts too, and what of a recovery is taken back.

ALTER TABLE chargeback ADD COLUMN returned_minor bigint NOT NULL DEFAULT 0
    CHECK (returned_minor BETWEEN 0 AND amount_minor);
GRANT UPDATE (returned_minor) ON chargeback TO market_app;
COMMENT ON COLUMN chargeback.returned_minor IS
    'what came back to its payer after it was lost; the rest is still taken';
INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('chargeback', 'reinstate', 'reinstated', 'reinstated');

UPDATE chargeback c SET returned_minor = least(c.amount_minor, b.amount_minor)
FROM (SELECT d.id, coalesce(sum(f.amount_minor), 0)::bigint AS amount_minor
      FROM chargeback d
      JOIN stripe_line l ON l.books_unit_id = d.books_unit_id AND l.source_id = d.dispute_id
          AND l.category = 'dispute_reversal'
      CROSS JOIN LATERAL (
          SELECT t.amount_minor FROM posting p JOIN transfer t ON t.posting_id = p.id
          JOIN account a ON a.id = t.credit_account AND a.currency = d.currency
              AND a.kind IN ('receivable', 'customer_credit')
          WHERE p.cause = 'stripe_line:' || l.id
          UNION ALL
          SELECT r.amount_minor FROM chargeback_recovery r WHERE r.stripe_line_id = l.id) AS f
      WHERE d.state = 'reinstated' GROUP BY d.id) AS b
WHERE b.id = c.id AND c.state = 'reinstated';

-- A recovery is taken back in so far as the credit that it came off was a mistake.
ALTER TABLE chargeback_recovery ADD COLUMN match_id uuid REFERENCES match,
    DROP CONSTRAINT chargeback_recovery_amount_minor_check,
    ADD CONSTRAINT chargeback_recovery_amount_minor_check CHECK (
        amount_minor <> 0 AND (amount_minor < 0) = (match_id IS NOT NULL)
        AND num_nonnulls(stripe_line_id, match_id) <= 1);
COMMENT ON COLUMN chargeback_recovery.match_id IS
    'the match that was undone; its credit was recovered, and is owed again: below zero';
CREATE INDEX chargeback_recovery_match ON chargeback_recovery (match_id)
    WHERE match_id IS NOT NULL;

-- When Stripe said that a chargeback was decided.
CREATE INDEX stripe_event_decided ON stripe_event (books_unit_id, object_id)
    WHERE name = 'charge.dispute.closed';

INSERT INTO policy (name, number, effective_on, body, source, state, proposed_by, decided_by)
VALUES
    ('chargeback_exchange', 1, '2000-01-01', '{"most_difference_percent": 10}',
     '协会收款办法：外币拒付扣回与退回金额相差百分之十以内的，视为汇率差异。 '
     'The association''s rules of collection: what a chargeback in another currency took and what '
     'came back of it differ by the rate within ten percent.',
     'approved', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001');
