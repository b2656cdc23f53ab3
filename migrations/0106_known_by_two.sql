-- From here on nobody is Stripe by name alone, and whoever holds a role at a payer moves none of
-- its money. What was done before was lawful, so that the auditor asks of what came later.
COMMENT ON COLUMN match.needs_second IS
    'A second person confirms before it is booked: of payouts, the first from each name.';
COMMENT ON COLUMN credit_use.used_by IS 'Who holds no role at the organisation whose credit it is.';
COMMENT ON COLUMN refund.failed_by IS 'Who holds no role at the organisation that it was to go to.';
