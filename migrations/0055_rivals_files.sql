-- Who bids against a unit is told by his person, not by the organisation that he acts for at the
-- moment; and what is attached to a message about a rival's proposal is as unread as the message.

-- Whether the actor bids on the request against that unit: in any unit where he holds a role today,
-- or through the one that keeps its books. Whoever only audits or administers a unit bids for none.
CREATE OR REPLACE FUNCTION bids_against(unit uuid, request uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM proposal q JOIN enterprise_request r ON r.id = q.request_id
                   WHERE q.request_id = bids_against.request AND q.unit_id <> bids_against.unit
                     AND q.unit_id IN (
                         SELECT unnest(ARRAY[g.organisation_id, books_of(g.organisation_id)])
                         FROM current_grant g
                         WHERE g.person_id = actor_id()
                           AND g.role NOT IN ('auditor', 'administrator'))
                     AND r.state NOT IN ('awarded', 'no_award', 'cancelled')
                     AND proposal_state(q.state, q.valid_until, r.deadline, r.state)
                         NOT IN ('withdrawn', 'rejected', 'expired'))
$$;

CREATE OR REPLACE FUNCTION is_sealed_file(file uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM proposal_attachment a JOIN proposal p ON p.id = a.proposal_id
                   WHERE a.file_id = is_sealed_file.file
                     AND p.unit_id = ANY (visible_organisations())
                     AND NOT reads_proposal(p.id))
        OR EXISTS (SELECT FROM deal_attachment t
                   JOIN deal_message m ON m.id = t.message_id
                   JOIN deal d ON d.id = m.deal_id
                   WHERE t.file_id = is_sealed_file.file
                     AND d.unit_id = ANY (visible_organisations())
                     AND tells_of_a_rival(d.topic, d.topic_id))
$$;
CREATE INDEX ON deal_attachment (file_id);
