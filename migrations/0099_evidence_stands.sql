-- What was submitted against a chargeback stands: nobody rewrites what the bank was given.

-- A draft may be refused back to, so that texts and files are held by the state; what was sent is
-- touched no more.
CREATE TRIGGER sent_evidence BEFORE UPDATE ON chargeback_evidence
    FOR EACH ROW WHEN (OLD.state = 'sent') EXECUTE FUNCTION refuse_change();
CREATE TRIGGER submitted_texts BEFORE UPDATE ON chargeback_evidence
    FOR EACH ROW WHEN (OLD.state <> 'draft'
        AND (NEW.texts, NEW.submission, NEW.submitted_by, NEW.submitted_at)
            IS DISTINCT FROM (OLD.texts, OLD.submission, OLD.submitted_by, OLD.submitted_at))
    EXECUTE FUNCTION refuse_change();

CREATE FUNCTION hold_submitted_files() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    whole uuid := CASE TG_OP WHEN 'INSERT' THEN NEW.evidence_id ELSE OLD.evidence_id END;
BEGIN
    IF EXISTS (SELECT FROM chargeback_evidence e WHERE e.id = whole AND e.state <> 'draft') THEN
        RAISE EXCEPTION 'the files of evidence % stand', whole
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER submitted_files BEFORE INSERT OR DELETE OR UPDATE OF evidence_id, kind, file_id
    ON chargeback_evidence_file FOR EACH ROW EXECUTE FUNCTION hold_submitted_files();
CREATE TRIGGER uploaded_once BEFORE UPDATE ON chargeback_evidence_file
    FOR EACH ROW WHEN (OLD.stripe_file_id IS NOT NULL) EXECUTE FUNCTION refuse_change();
REVOKE EXECUTE ON FUNCTION hold_submitted_files() FROM PUBLIC;

-- The last day on whose office hours evidence can be prepared, which the working days left are
-- counted to. Null where they were counted to the due day itself, as before.
ALTER TABLE chargeback_alarm ADD COLUMN last_day date;
