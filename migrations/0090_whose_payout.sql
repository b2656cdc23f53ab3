-- A line that is explained as a payout of Stripe's names which: each is seen at the bank once, and once
-- more where the bank has it back. What names none needs a second person.
ALTER TABLE match
    ADD COLUMN payout_id uuid REFERENCES payout,
    ADD CONSTRAINT match_names_payout CHECK (payout_id IS NULL
        OR (rest_to IS NOT DISTINCT FROM 'stripe_in_transit' AND rest_minor = abs(amount_minor)));

-- Those from before, of which there are few, are of the payouts of their amount, in their order.
WITH seen AS (
    SELECT id, books_unit_id, currency, amount_minor,
           row_number() OVER (PARTITION BY books_unit_id, currency, amount_minor ORDER BY id) AS place
    FROM match
    WHERE rest_to = 'stripe_in_transit' AND rest_minor = abs(amount_minor) AND state <> 'undone'
), sent AS (
    SELECT id, books_unit_id, currency, amount_minor,
           row_number() OVER (PARTITION BY books_unit_id, currency, amount_minor
                              ORDER BY sent_on, id) AS place
    FROM payout WHERE state = 'sent'
)
UPDATE match m SET payout_id = sent.id
FROM seen JOIN sent USING (books_unit_id, currency, amount_minor, place)
WHERE m.id = seen.id;

CREATE UNIQUE INDEX match_of_payout ON match (payout_id, (amount_minor < 0))
    WHERE state <> 'undone' AND payout_id IS NOT NULL;
