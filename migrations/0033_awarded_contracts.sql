-- What was delivered under an award counts for those who stood in the proposal that was awarded; the
-- request's title is not shown, because it may have been by invitation.
CREATE OR REPLACE FUNCTION delivered_work(unit uuid, member uuid)
    RETURNS TABLE (kind text, title_zh text, title_en text, accepted_in date)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.kind, v.title_zh, v.title_en,
           date_trunc('month', (SELECT max(m.accepted_at) FROM milestone m
                                WHERE m.contract_id = c.id) AT TIME ZONE 'Asia/Shanghai')::date
    FROM contract c
    LEFT JOIN offering_version v
        ON v.offering_id = c.offering_id AND v.number = c.offering_version
    LEFT JOIN award a ON a.id = c.award_id
    LEFT JOIN proposal_revision p
        ON p.proposal_id = a.proposal_id AND p.number = a.proposal_number
    WHERE c.provider_unit_id = delivered_work.unit AND c.state = 'completed'
      AND (delivered_work.member IS NULL
           OR delivered_work.member = ANY (coalesce(p.member_ids, v.member_ids)))
$$;
