-- Once an award was announced its price is known, so nothing is bargained over any more, also after
-- the award was set aside; and no award is set aside under a complaint about it.

-- Whether an award of the request was announced, be it that it was set aside since.
CREATE FUNCTION outcome_was_told(request uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM award a WHERE a.request_id = outcome_was_told.request
                   AND a.announced_at IS NOT NULL)
$$;

CREATE FUNCTION hold_bargaining() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM proposal p WHERE p.id = NEW.proposal_id
               AND outcome_was_told(p.request_id))
    THEN
        RAISE EXCEPTION 'the prices for proposal % are known', NEW.proposal_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER before_the_outcome BEFORE INSERT ON counter_offer
    FOR EACH ROW EXECUTE FUNCTION hold_bargaining();
CREATE TRIGGER accepted_before_the_outcome BEFORE UPDATE ON counter_offer
    FOR EACH ROW WHEN (NEW.state = 'accepted' AND OLD.state <> 'accepted')
    EXECUTE FUNCTION hold_bargaining();
CREATE TRIGGER before_the_outcome BEFORE INSERT ON proposal_revision
    FOR EACH ROW EXECUTE FUNCTION hold_bargaining();

-- A complaint that is upheld sets its award aside, whatever others are open.
CREATE OR REPLACE FUNCTION hold_award() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF ROW (OLD.request_id, OLD.proposal_id, OLD.proposal_number, OLD.price_minor, OLD.reason)
       IS DISTINCT FROM
       ROW (NEW.request_id, NEW.proposal_id, NEW.proposal_number, NEW.price_minor, NEW.reason)
       OR OLD.state IN ('final', 'set_aside')
       OR (NEW.state = 'final' AND EXISTS (SELECT FROM complaint c
                                           WHERE c.award_id = NEW.id AND c.state <> 'refused'))
       OR (NEW.state = 'set_aside'
           AND EXISTS (SELECT FROM complaint c WHERE c.award_id = NEW.id AND c.state = 'filed')
           AND NOT EXISTS (SELECT FROM complaint c
                           WHERE c.award_id = NEW.id AND c.state = 'upheld'))
    THEN
        RAISE EXCEPTION 'award % stands', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

REVOKE EXECUTE ON FUNCTION outcome_was_told(uuid), hold_bargaining() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION outcome_was_told(uuid) TO market_app;
