-- What is written over a proposal is hidden from a rival on the buyer's side, too.
ALTER POLICY seen ON deal USING ((SELECT acts_as_system())
    OR ((enterprise_id = ANY ((SELECT visible_organisations())::uuid[])
         OR unit_id = ANY ((SELECT visible_organisations())::uuid[]))
        AND NOT tells_of_a_rival(topic, topic_id)));
ALTER POLICY written_in ON deal USING (
    (enterprise_id = ANY ((SELECT visible_organisations())::uuid[])
     OR unit_id = ANY ((SELECT visible_organisations())::uuid[]))
    AND NOT tells_of_a_rival(topic, topic_id));
CREATE OR REPLACE FUNCTION authors_of_deal(deal uuid) RETURNS TABLE (id uuid, name text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.id, p.name FROM person p
    WHERE p.id IN (SELECT m.author_id FROM deal_message m WHERE m.deal_id = authors_of_deal.deal)
      AND (acts_as_system() OR EXISTS (
          SELECT FROM deal d WHERE d.id = authors_of_deal.deal
            AND (d.enterprise_id = ANY (visible_organisations())
                 OR d.unit_id = ANY (visible_organisations()))
            AND NOT tells_of_a_rival(d.topic, d.topic_id)))
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
                     AND (d.enterprise_id = ANY (visible_organisations())
                          OR d.unit_id = ANY (visible_organisations()))
                     AND tells_of_a_rival(d.topic, d.topic_id))
$$;
