-- Matches from before a line named its payout (0090) were given payouts by amount and order alone:
-- some got one that was sent after their line was booked, and none got one that had failed since.
-- They are paired anew, each with one that was on its way by then. What is left is of no payout that
-- is known here, as what was in transit when the books began.
DO $$
DECLARE
    since timestamptz := (SELECT applied_at FROM schema_migration WHERE number = 90);
    old record;
BEGIN
    UPDATE match m SET payout_id = NULL
    FROM payout p, bank_line l
    WHERE p.id = m.payout_id AND l.id = m.bank_line_id AND l.booked_on < p.sent_on
      AND m.state <> 'undone' AND m.created_at < since;

    -- What arrived; of several payouts one that has not failed is the more likely.
    FOR old IN
        SELECT m.id, m.books_unit_id, m.currency, m.amount_minor, l.booked_on
        FROM match m JOIN bank_line l ON l.id = m.bank_line_id
        WHERE m.rest_to = 'stripe_in_transit' AND m.rest_minor = abs(m.amount_minor)
          AND m.payout_id IS NULL AND m.state <> 'undone' AND m.created_at < since
        ORDER BY l.booked_on, m.id
    LOOP
        UPDATE match SET payout_id = (
            SELECT p.id FROM payout p
            WHERE p.books_unit_id = old.books_unit_id AND p.currency = old.currency
              AND p.amount_minor = old.amount_minor AND p.sent_on <= old.booked_on
              AND (p.state = 'sent' OR old.booked_on <= p.failed_on)
              AND NOT EXISTS (SELECT FROM match o
                              WHERE o.payout_id = p.id AND o.state <> 'undone'
                                AND (o.amount_minor < 0) = (p.amount_minor < 0))
            ORDER BY p.state = 'failed', p.sent_on, p.id LIMIT 1)
        WHERE id = old.id;
    END LOOP;

    -- What went back, of those that had arrived.
    FOR old IN
        SELECT m.id, m.books_unit_id, m.currency, m.amount_minor, l.booked_on
        FROM match m JOIN bank_line l ON l.id = m.bank_line_id
        WHERE m.rest_to = 'stripe_in_transit' AND m.rest_minor = abs(m.amount_minor)
          AND m.payout_id IS NULL AND m.state <> 'undone' AND m.created_at < since
        ORDER BY l.booked_on, m.id
    LOOP
        UPDATE match SET payout_id = (
            SELECT p.id FROM payout p
            JOIN match a ON a.payout_id = p.id AND a.state IN ('matched', 'confirmed')
                AND a.amount_minor = p.amount_minor
            JOIN bank_line l ON l.id = a.bank_line_id
            WHERE p.books_unit_id = old.books_unit_id AND p.currency = old.currency
              AND p.amount_minor = -old.amount_minor AND p.state = 'failed'
              AND l.booked_on <= old.booked_on
              AND NOT EXISTS (SELECT FROM match o
                              WHERE o.payout_id = p.id AND o.state <> 'undone'
                                AND o.amount_minor = old.amount_minor)
            ORDER BY p.failed_on, p.id LIMIT 1)
        WHERE id = old.id;
    END LOOP;
END
$$;

-- Under which names payouts came.
CREATE INDEX match_in_transit ON match (books_unit_id) WHERE rest_to = 'stripe_in_transit';
