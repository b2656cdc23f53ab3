-- What is attached to a message about a rival's proposal is as unread as the message.

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
