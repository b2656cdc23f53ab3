-- A word that one in fifty of the newest rows has is no rare one, and counting it would cost more
-- than following an index until a page is full: for it, as many rows as are asked for are pretended.
CREATE OR REPLACE FUNCTION few_matching(query tsquery, most integer)
    RETURNS TABLE (id uuid, price_key bigint, title_key text)
    LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
    SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    IF (SELECT count(*) FILTER (WHERE w.tsv @@ query) * 50 > count(*)
        FROM (SELECT s.tsv FROM offering_search s
              ORDER BY s.published_at DESC, s.id DESC LIMIT 500) AS w)
    THEN
        RETURN QUERY SELECT NULL::uuid, NULL::bigint, NULL::text FROM generate_series(1, most);
    ELSE
        RETURN QUERY SELECT s.id, s.price_key, s.title_key FROM offering_search s
                     WHERE s.tsv @@ query LIMIT most;
    END IF;
END $$;
