-- Whose an account is exists: an opening balance names no organisation, person, contract or bank
-- account that nobody knows. Row-level security hides some of them from finance, so the owner asks.
CREATE FUNCTION has_subject(books uuid, kind text, subject uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE
        WHEN $2 = 'bank' THEN
            EXISTS (SELECT FROM bank_account a WHERE a.id = $3 AND a.books_unit_id = $1)
        WHEN $2 IN ('receivable', 'customer_credit', 'refund_pending') THEN
            EXISTS (SELECT FROM organisation o WHERE o.id = $3)
        WHEN $2 IN ('contribution_receivable', 'contribution_payable') THEN
            EXISTS (SELECT FROM organisation o WHERE o.id = $3 AND o.kind = 'unit')
        WHEN $2 IN ('remuneration_recoverable', 'remuneration_payable', 'remuneration_returned')
            THEN EXISTS (SELECT FROM person p WHERE p.id = $3)
        WHEN $2 = 'contract_position' THEN
            EXISTS (SELECT FROM contract c WHERE c.id = $3 AND c.books_unit_id = $1)
        WHEN $2 = 'owner_payable' THEN EXISTS (SELECT FROM person p WHERE p.id = $3)
            OR EXISTS (SELECT FROM organisation o WHERE o.id = $3)
        ELSE false
    END
$$;
REVOKE EXECUTE ON FUNCTION has_subject(uuid, text, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION has_subject(uuid, text, uuid) TO market_app;
