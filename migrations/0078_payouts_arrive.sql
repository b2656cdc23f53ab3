-- A payout of Stripe's arrives: a bank line takes out of transit what a line of the balance put there.
ALTER TABLE match DROP CONSTRAINT match_rest_to_check, ADD CONSTRAINT match_rest_to_check CHECK
    (rest_to IN ('customer_credit', 'bank_charges', 'interest_income', 'own_transfer', 'returned',
                 'stripe_in_transit'));
