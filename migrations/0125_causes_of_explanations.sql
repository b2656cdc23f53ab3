-- An explanation keeps the cause under which it was posted, also once it is undone: its line's own
-- `cause` is that of whatever booked the line last. From a line's second explanation on, there is a
-- number behind the line's id: how many of its explanations were approved until then.
ALTER TABLE stripe_explanation ADD COLUMN cause text UNIQUE;
UPDATE stripe_explanation x
SET cause = 'stripe_line_explained:' || x.stripe_line_id
            || CASE e.place WHEN 1 THEN '' ELSE ':' || e.place END
FROM (SELECT id, row_number() OVER (PARTITION BY stripe_line_id ORDER BY id) AS place
      FROM stripe_explanation WHERE state IN ('approved', 'undone')) AS e
WHERE e.id = x.id;
ALTER TABLE stripe_explanation ADD CONSTRAINT stripe_explanation_cause
    CHECK (cause IS NULL OR explained_on IS NOT NULL);
GRANT UPDATE (cause) ON stripe_explanation TO market_app;
