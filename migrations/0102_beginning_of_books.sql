-- What a unit's books begin with, in one place: whoever asks for it would otherwise have to know that
-- an opening balance may be a supplement, and may wait or have been withdrawn.

-- The one that is approved or waits: `opening_balance_live` lets there be one.
CREATE VIEW opening_of_books WITH (security_invoker = true) AS
    SELECT id, books, as_of, state FROM opening_balance
    WHERE state <> 'withdrawn' AND supplements IS NULL;

-- The one that they began with; it stays for ever.
CREATE VIEW beginning_of_books WITH (security_invoker = true) AS
    SELECT id, books, as_of FROM opening_of_books WHERE state = 'approved';

GRANT SELECT ON opening_of_books, beginning_of_books TO market_app;
