-- The file of a sealed proposal is read by whoever reads the proposal: within the unit, too, not by
-- those who are only its auditors or who hold a role at the buyer.

-- Whether a file belongs to a proposal in the actor's scope that he does not read. Of an
-- organisation elsewhere that may read the file, the proposal is no concern.
CREATE OR REPLACE FUNCTION is_sealed_file(file uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM proposal_attachment a JOIN proposal p ON p.id = a.proposal_id
                   WHERE a.file_id = is_sealed_file.file
                     AND p.unit_id = ANY (visible_organisations())
                     AND NOT reads_proposal(p.id))
$$;

DROP POLICY seen ON file;
CREATE POLICY seen ON file USING (
    (SELECT acts_as_system()) OR uploaded_by = (SELECT actor_id())
    OR (EXISTS (SELECT FROM file_reader r WHERE r.file_id = file.id
                AND r.organisation_id = ANY ((SELECT visible_organisations())::uuid[]))
        AND NOT is_sealed_file(id)));
