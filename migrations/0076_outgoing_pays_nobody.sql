-- Money that left pays no debt to us and makes no credit: what goes back to a customer is a refund.

ALTER TABLE match ADD CONSTRAINT outgoing_pays_nobody CHECK (
    amount_minor > 0 OR (allocations = '[]' AND opening_items = '[]'
        AND (rest_to IS DISTINCT FROM 'customer_credit' OR refund_id IS NOT NULL)));
