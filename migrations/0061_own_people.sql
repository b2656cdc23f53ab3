-- Where nothing is sealed, somebody of the bidding unit itself who has a role at the buyer, too,
-- still reads its proposal: so he is told that he may not act on it, and why.

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
                                   AND (opened IS NOT NULL
                                        OR (NOT r.sealed
                                            AND sees_proposal.unit = acting_organisation()))
                                   AND NOT bids_against(sees_proposal.unit, sees_proposal.request)))))
$$;
