-- A reminder asks for what is owed: what is open, less the credit that credit notes left of the same
-- invoice. Its working days are counted on days that are announced; a mail may carry its letter.

-- `counted_until`: the last day announced, where that was before the day it was sent.
ALTER TABLE reminder
    ADD COLUMN credit_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN counted_until date,
    ADD CONSTRAINT reminder_asks_for_something CHECK
        (credit_minor >= 0 AND credit_minor < open_minor),
    ADD CONSTRAINT reminder_counted_before_sent CHECK
        (counted_until > counted_from AND counted_until < sent_on);

ALTER TABLE mail
    ADD COLUMN attachment_name text CHECK (length(attachment_name) BETWEEN 1 AND 200),
    ADD COLUMN attachment bytea CHECK (length(attachment) BETWEEN 1 AND 2000000),
    ADD CONSTRAINT mail_attachment_has_its_name CHECK
        ((attachment IS NULL) = (attachment_name IS NULL));

-- As before, and what was attached.
CREATE OR REPLACE FUNCTION forget_letters(person uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE known record;
BEGIN
    SELECT p.email, p.name INTO known FROM person p
    WHERE p.id = forget_letters.person AND acts_as_system();
    IF known.email IS NULL THEN
        RETURN;
    END IF;
    UPDATE mail SET to_address = '', subject = '', body = '',
                    attachment_name = NULL, attachment = NULL,
                    sent_at = coalesce(sent_at, market_now())
    WHERE to_address = known.email;
    UPDATE idempotency_key SET answer = convert_to(replace(replace(
        convert_from(answer, 'UTF8'),
        '"name":' || to_json(known.name), '"name":"已注销人员 Erased person"'),
        known.email, ''), 'UTF8')
    WHERE position(convert_to(known.email, 'UTF8') IN answer) > 0;
END $$;
