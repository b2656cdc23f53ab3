-- A charge that fails after its money came, and what was authorised and not captured, take a charge
-- back as a refund past the market does: so much of the payer's credit is held, too.
DROP INDEX stripe_line_elsewhere;
CREATE INDEX stripe_line_elsewhere ON stripe_line (books_unit_id)
    WHERE category IN ('refund', 'refund_failure', 'charge_failure', 'partial_capture_reversal')
      AND refund_id IS NULL;
