-- Who had a hand in an award answers no complaint about it: neither who proposed or approved it nor
-- a judge. Where the buyer has nobody else, or lets the day pass, the association answers.

ALTER TABLE complaint ADD COLUMN escalated_at timestamptz;
CREATE INDEX ON complaint (id) WHERE state = 'filed' AND escalated_at IS NULL;

-- Whether the actor is an administrator at the top, where no unit stands above.
CREATE FUNCTION administers_market() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT acts_in_role('administrator')
       AND NOT EXISTS (SELECT FROM unit_parent p WHERE p.unit_id = acting_organisation()
                       AND holds_on(market_today(), p.from_on, p.to_on))
$$;

-- Whether the actor is to answer a complaint about the request's award, and so reads how it came.
CREATE FUNCTION hears_complaint(request uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT administers_market()
       AND EXISTS (SELECT FROM complaint c JOIN award a ON a.id = c.award_id
                   WHERE a.request_id = hears_complaint.request AND c.escalated_at IS NOT NULL)
$$;

CREATE FUNCTION hold_answer() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM award a WHERE a.id = NEW.award_id
               AND (NEW.answered_by IN (a.proposed_by, a.approved_by)
                    OR EXISTS (SELECT FROM judge j WHERE j.request_id = a.request_id
                               AND j.person_id = NEW.answered_by)))
    THEN
        RAISE EXCEPTION 'complaint % is answered by who had a hand in the award', NEW.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER impartial_answer BEFORE UPDATE ON complaint
    FOR EACH ROW WHEN (NEW.answered_by IS DISTINCT FROM OLD.answered_by)
    EXECUTE FUNCTION hold_answer();

REVOKE EXECUTE ON FUNCTION administers_market(), hears_complaint(uuid), hold_answer() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION administers_market(), hears_complaint(uuid) TO market_app;
GRANT UPDATE (escalated_at) ON complaint TO market_app;
-- The auditor asks since when a rule holds.
GRANT SELECT ON schema_migration TO market_auditor;

ALTER POLICY seen ON complaint USING ((SELECT acts_as_system())
    OR EXISTS (SELECT FROM award a WHERE a.id = award_id AND buys_request(a.request_id))
    OR (unit_id = (SELECT acting_organisation())
        AND unit_id = ANY ((SELECT visible_organisations())::uuid[]))
    OR (escalated_at IS NOT NULL AND (SELECT administers_market())));
ALTER POLICY seen ON award USING ((SELECT acts_as_system()) OR buys_request(request_id)
    OR (announced_at IS NOT NULL AND learns_outcome(request_id, NULL))
    OR hears_complaint(request_id));
ALTER POLICY seen ON evaluation USING ((SELECT acts_as_system()) OR buys_request(id)
    OR judges_request(id) OR hears_complaint(id));
ALTER POLICY seen ON judge USING ((SELECT acts_as_system()) OR buys_request(request_id)
    OR person_id = (SELECT actor_id()) OR hears_complaint(request_id));
