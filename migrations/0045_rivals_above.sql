-- A unit that bids against one under it reads nothing of the other's: neither its proposal nor what
-- is bargained or written over it, until the enterprise request is over.

-- Whether the actor's unit, or the one that keeps its books, bids on the request against that unit.
-- Whoever only audits or administers the unit bids for none.
CREATE FUNCTION bids_against(unit uuid, request uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM current_grant g
                   WHERE g.person_id = actor_id() AND g.organisation_id = acting_organisation()
                     AND g.role NOT IN ('auditor', 'administrator'))
       AND EXISTS (SELECT FROM proposal q JOIN enterprise_request r ON r.id = q.request_id
                   WHERE q.request_id = bids_against.request AND q.unit_id <> bids_against.unit
                     AND q.unit_id IN (acting_organisation(), books_of(acting_organisation()))
                     AND r.state NOT IN ('awarded', 'no_award', 'cancelled')
                     AND proposal_state(q.state, q.valid_until, r.deadline, r.state)
                         NOT IN ('withdrawn', 'rejected', 'expired'))
$$;

-- Whether the actor reads what was handed over: the bidder at any time; the buyer once it is open,
-- or at once where nothing is sealed; the units above once it is open, unless they are rivals.
CREATE OR REPLACE FUNCTION sees_proposal(request uuid, unit uuid, state text, valid_until date,
                                         opened_at timestamptz) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT bids_for(sees_proposal.unit, sees_proposal.request)
        OR (sees_proposal.state <> 'draft'
            AND EXISTS (SELECT FROM enterprise_request r,
                               proposal_opened_at(sees_proposal.opened_at, sees_proposal.state,
                                   sees_proposal.valid_until, r.deadline, r.state) AS opened
                        WHERE r.id = sees_proposal.request
                          AND ((buys_request(sees_proposal.request)
                                AND (NOT r.sealed OR opened IS NOT NULL))
                               OR (sees_proposal.unit = ANY (visible_organisations())
                                   AND opened IS NOT NULL
                                   AND NOT bids_against(sees_proposal.unit, sees_proposal.request)))))
$$;

-- What is written over a proposal is a rival's, too.
CREATE FUNCTION tells_of_a_rival(topic text, topic_id uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT tells_of_a_rival.topic = 'proposal'
       AND EXISTS (SELECT FROM proposal p WHERE p.id = tells_of_a_rival.topic_id
                     AND p.unit_id <> acting_organisation()
                     AND bids_against(p.unit_id, p.request_id))
$$;
REVOKE EXECUTE ON FUNCTION bids_against(uuid, uuid), tells_of_a_rival(text, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bids_against(uuid, uuid), tells_of_a_rival(text, uuid) TO market_app;

DROP POLICY seen ON deal;
CREATE POLICY seen ON deal FOR SELECT USING (
    (SELECT acts_as_system())
    OR enterprise_id = ANY ((SELECT visible_organisations())::uuid[])
    OR (unit_id = ANY ((SELECT visible_organisations())::uuid[])
        AND NOT tells_of_a_rival(topic, topic_id)));
DROP POLICY written_in ON deal;
CREATE POLICY written_in ON deal FOR UPDATE USING (
    enterprise_id = ANY ((SELECT visible_organisations())::uuid[])
    OR (unit_id = ANY ((SELECT visible_organisations())::uuid[])
        AND NOT tells_of_a_rival(topic, topic_id)));
CREATE OR REPLACE FUNCTION authors_of_deal(deal uuid) RETURNS TABLE (id uuid, name text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.id, p.name FROM person p
    WHERE p.id IN (SELECT m.author_id FROM deal_message m WHERE m.deal_id = authors_of_deal.deal)
      AND (acts_as_system() OR EXISTS (
          SELECT FROM deal d WHERE d.id = authors_of_deal.deal
            AND (d.enterprise_id = ANY (visible_organisations())
                 OR (d.unit_id = ANY (visible_organisations())
                     AND NOT tells_of_a_rival(d.topic, d.topic_id)))))
$$;
