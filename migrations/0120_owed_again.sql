-- What went back of a charge whose money had paid invoices may be owed again: the explanation
-- `receivable` takes back what the payment paid of them, as a lost chargeback does.
ALTER TABLE stripe_explanation
    DROP CONSTRAINT stripe_explanation_belongs_to_check,
    ADD CONSTRAINT stripe_explanation_belongs_to_check CHECK (belongs_to IN ('rule', 'stripe_fees',
        'customer_credit', 'receivable', 'refund_pending', 'stripe_in_transit',
        'exchange_difference', 'interest_income', 'write_off')),
    DROP CONSTRAINT stripe_explanation_of_whom,
    ADD CONSTRAINT stripe_explanation_of_whom CHECK (
        num_nonnulls(online_payment_id, organisation_id)
            = CASE WHEN belongs_to IN ('customer_credit', 'receivable') THEN 1 ELSE 0 END
        AND (belongs_to <> 'receivable' OR online_payment_id IS NOT NULL));
