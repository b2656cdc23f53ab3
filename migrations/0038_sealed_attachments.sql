-- From the deadline on no message is refused a file: what was only drafted is never opened, and
-- stayed sealed for ever.
CREATE OR REPLACE FUNCTION waits_for_opening(file uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM proposal_attachment a JOIN proposal p ON p.id = a.proposal_id
                   JOIN enterprise_request r ON r.id = p.request_id
                   WHERE a.file_id = waits_for_opening.file AND r.sealed
                     AND r.state <> 'cancelled' AND r.deadline > market_now()
                     AND p.state <> 'withdrawn')
$$;
