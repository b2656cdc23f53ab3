-- What a line recovered of a lost chargeback counts from the day that the line is posted on.

UPDATE chargeback_recovery r SET recovered_on = p.effective_on
FROM posting p
WHERE p.cause = 'stripe_line:' || r.stripe_line_id AND r.recovered_on <> p.effective_on;
