-- Whom a deal concerns is asked of one deal at a time: the view reckoned it for all of them first.

CREATE FUNCTION audience_of_deal(deal uuid) RETURNS TABLE (organisation_id uuid, person_id uuid)
    LANGUAGE sql STABLE AS $$
    WITH holding AS (
        SELECT g.organisation_id, g.person_id,
               bool_or(g.role IN ('buyer', 'manager', 'clerk')) AS answers,
               EXISTS (SELECT FROM deal_message m
                       WHERE m.deal_id = audience_of_deal.deal AND m.author_id = g.person_id
                         AND m.organisation_id = g.organisation_id)
               OR EXISTS (SELECT FROM deal_read_mark k
                          WHERE k.deal_id = audience_of_deal.deal AND k.person_id = g.person_id
                            AND k.organisation_id = g.organisation_id) AS takes_part
        FROM deal d
        JOIN role_grant g ON g.organisation_id IN (d.enterprise_id, d.unit_id)
                             AND g.state = 'approved'
                             AND holds_on((SELECT market_today()), g.from_on, g.to_on)
        WHERE d.id = audience_of_deal.deal
        GROUP BY g.organisation_id, g.person_id
    )
    SELECT h.organisation_id, h.person_id FROM holding h
    WHERE h.takes_part OR (h.answers AND NOT EXISTS (
        SELECT FROM holding o WHERE o.organisation_id = h.organisation_id AND o.takes_part))
$$;
REVOKE EXECUTE ON FUNCTION audience_of_deal(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audience_of_deal(uuid) TO market_app;
DROP VIEW deal_audience;
