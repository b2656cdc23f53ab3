-- What was left out of an opening balance is put in by a supplement 期初补录: an opening balance of
-- its own, of the same books and the same day, with a reason and the paper that proves it. It is
-- prepared, approved and withdrawn as the first one was, and posted under
-- `opening_supplement:<its id>`.

ALTER TABLE opening_balance
    ADD COLUMN supplements uuid,
    ADD COLUMN reason text CHECK (length(reason) BETWEEN 2 AND 1000),
    ADD COLUMN file_id uuid REFERENCES file,
    ADD UNIQUE (id, books, as_of),
    ADD UNIQUE (id, books, state);
ALTER TABLE opening_balance
    ADD CONSTRAINT supplement_is_of_the_books_and_their_day
        FOREIGN KEY (supplements, books, as_of) REFERENCES opening_balance (id, books, as_of),
    ADD CONSTRAINT supplement_says_why CHECK (
        supplements <> id AND (supplements IS NULL) = (reason IS NULL)
        AND (supplements IS NULL) = (file_id IS NULL));

-- Books begin once; supplements may be many.
DROP INDEX opening_balance_live;
CREATE UNIQUE INDEX opening_balance_live ON opening_balance (books)
    WHERE state <> 'withdrawn' AND supplements IS NULL;
CREATE INDEX ON opening_balance (books, id) WHERE supplements IS NOT NULL;

-- An account begins once in its books, whichever of them names it, waiting or approved. A unique
-- index sees one table, so each line knows its books and how its balance stands.
ALTER TABLE opening_balance_line ADD COLUMN books uuid, ADD COLUMN opening_state text;
UPDATE opening_balance_line l SET books = o.books, opening_state = o.state
FROM opening_balance o WHERE o.id = l.opening_balance_id;
ALTER TABLE opening_balance_line
    ALTER COLUMN books SET NOT NULL,
    ALTER COLUMN opening_state SET NOT NULL,
    ADD FOREIGN KEY (opening_balance_id, books, opening_state)
        REFERENCES opening_balance (id, books, state) ON UPDATE CASCADE;
CREATE UNIQUE INDEX account_begins_once
    ON opening_balance_line (books, kind, subject, currency) NULLS NOT DISTINCT
    WHERE opening_state <> 'withdrawn' AND kind <> 'receivable';

-- Of a receivable each debt is told from the others by its reference: one that was left out is put
-- in beside those that were there.
ALTER TABLE opening_item ADD COLUMN opening_state text;
UPDATE opening_item i SET opening_state = o.state
FROM opening_balance o WHERE o.id = i.opening_balance_id;
ALTER TABLE opening_item
    ALTER COLUMN opening_state SET NOT NULL,
    ADD FOREIGN KEY (opening_balance_id, books_unit_id, opening_state)
        REFERENCES opening_balance (id, books, state) ON UPDATE CASCADE;
CREATE UNIQUE INDEX debt_begins_once
    ON opening_item (books_unit_id, organisation_id, currency, reference)
    WHERE opening_state <> 'withdrawn';
