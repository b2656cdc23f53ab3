-- Reminders 催款 of late invoices, one of each level, and holds of them. Rows are only added.

CREATE TABLE reminder (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    invoice_id uuid NOT NULL REFERENCES invoice,
    level text NOT NULL CHECK (level IN ('friendly', 'formal', 'final')),
    sent_on date NOT NULL,
    counted_from date NOT NULL CHECK (counted_from < sent_on),
    late_working_days integer NOT NULL CHECK (late_working_days > 0),
    open_minor bigint NOT NULL CHECK (open_minor > 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    policy_id uuid NOT NULL REFERENCES policy,
    created_at timestamptz NOT NULL DEFAULT market_now()
);
CREATE UNIQUE INDEX reminder_once_a_level ON reminder (invoice_id, level);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON reminder
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The newest of an invoice counts; without a day it lasts while the invoice is disputed.
CREATE TABLE reminder_hold (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    invoice_id uuid NOT NULL REFERENCES invoice,
    disputed boolean NOT NULL,
    until date,
    reason text NOT NULL CHECK (length(reason) BETWEEN 2 AND 1000),
    held_by uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK (disputed OR until IS NOT NULL)
);
CREATE INDEX ON reminder_hold (invoice_id, id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON reminder_hold
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What the daily job looks for: money that is still to come, by due date.
CREATE INDEX invoice_unpaid ON invoice (due_on) WHERE state IN ('open', 'part_paid');

INSERT INTO policy (name, number, effective_on, body, source, state, proposed_by, decided_by)
VALUES
    ('reminders', 1, '2000-01-01',
     '{"friendly_working_days": 3, "formal_working_days": 10, "final_working_days": 20}',
     '协会收款办法：逾期满三个工作日提醒付款，满十个工作日发催款函，满二十个工作日作最后催告。 '
     'The association''s rules of collection: a friendly reminder after three working days, a '
     'formal demand after ten, a final one after twenty.',
     'approved', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001');

ALTER TABLE reminder ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON reminder USING (
    EXISTS (SELECT FROM invoice i WHERE i.id = invoice_id));
ALTER TABLE reminder_hold ENABLE ROW LEVEL SECURITY;
-- Why its creditor waits is not the buyer's to read.
CREATE POLICY seen ON reminder_hold USING ((SELECT acts_as_system())
    OR EXISTS (SELECT FROM invoice i WHERE i.id = invoice_id
               AND (i.provider_unit_id = ANY ((SELECT visible_organisations())::uuid[])
                    OR i.books_unit_id = ANY ((SELECT visible_organisations())::uuid[]))));

GRANT SELECT, INSERT ON reminder, reminder_hold TO market_app;
