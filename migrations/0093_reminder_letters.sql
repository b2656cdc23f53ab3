-- The formal and the final reminder are letters of their own 催款函, set once as PDF/A on the day that
-- they are sent and kept: what a debtor was given must be the same years later.

-- A mild reminder has none. `letter_unprintable` names what the font lacks, where none could be set.
ALTER TABLE reminder
    ADD COLUMN letter_number text CHECK (length(letter_number) <= 60),
    ADD COLUMN letter_sha256 text CHECK (letter_sha256 ~ '^[0-9a-f]{64}$'),
    ADD COLUMN letter_unprintable text CHECK (length(letter_unprintable) BETWEEN 1 AND 500),
    ADD CONSTRAINT reminder_letter_or_why_not CHECK
        (num_nonnulls(letter_sha256, letter_unprintable) = num_nonnulls(letter_number)),
    ADD CONSTRAINT reminder_mild_has_no_letter CHECK
        (level <> 'friendly' OR letter_number IS NULL);

CREATE TABLE reminder_letter (
    reminder_id uuid PRIMARY KEY REFERENCES reminder,
    pdf bytea NOT NULL CHECK (length(pdf) BETWEEN 1 AND 2000000)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON reminder_letter
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE reminder_letter ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON reminder_letter USING (
    EXISTS (SELECT FROM reminder r WHERE r.id = reminder_id));

GRANT SELECT, INSERT ON reminder_letter TO market_app;
