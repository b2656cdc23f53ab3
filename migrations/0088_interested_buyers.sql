-- Whoever of the buyer has to do with somebody who bid reads no proposal, nor what is written about
-- one, until the request is decided: the register and an auditor's role count like any other.
CREATE OR REPLACE FUNCTION sees_proposal(request uuid, unit uuid, state text, valid_until date,
                                         opened_at timestamptz) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT bids_for(sees_proposal.unit, sees_proposal.request)
        OR (sees_proposal.state <> 'draft'
            AND EXISTS (SELECT FROM enterprise_request r,
                               proposal_opened_at(sees_proposal.opened_at, sees_proposal.state,
                                   sees_proposal.valid_until, r.deadline, r.state) AS opened
                        WHERE r.id = sees_proposal.request
                          AND ((buys_impartially(sees_proposal.request)
                                AND (NOT r.sealed OR opened IS NOT NULL))
                               OR (sees_proposal.unit = ANY (visible_organisations())
                                   AND (opened IS NOT NULL
                                        OR (NOT r.sealed
                                            AND sees_proposal.unit = acting_organisation()))))
                          AND NOT bids_against(sees_proposal.unit, sees_proposal.request)))
$$;

CREATE OR REPLACE FUNCTION tells_of_a_rival(topic text, topic_id uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT tells_of_a_rival.topic = 'proposal'
       AND EXISTS (SELECT FROM proposal p WHERE p.id = tells_of_a_rival.topic_id
                     AND p.unit_id <> acting_organisation()
                     AND (bids_against(p.unit_id, p.request_id)
                          OR (buys_request(p.request_id) AND NOT buys_impartially(p.request_id))))
$$;
