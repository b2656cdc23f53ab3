-- What takes a charge back, or brings that back, is said once: a refund, a charge that failed after
-- its money had come, and what was authorised and not captured.
CREATE FUNCTION takes_a_charge_back(category text) RETURNS boolean LANGUAGE sql IMMUTABLE
    RETURN category IN ('refund', 'refund_failure', 'charge_failure', 'partial_capture_reversal');
GRANT EXECUTE ON FUNCTION takes_a_charge_back(text) TO market_app, market_worker;

DROP INDEX stripe_line_elsewhere;
CREATE INDEX stripe_line_elsewhere ON stripe_line (books_unit_id)
    WHERE takes_a_charge_back(category) AND refund_id IS NULL;
