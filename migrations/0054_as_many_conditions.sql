-- As before, but with as many conditions as there are words: one that stood in for another made
-- PostgreSQL read its entries once more, which a common word alone paid eight times.
CREATE OR REPLACE FUNCTION newest_matching(
    marks tsquery[], words tsquery[], before timestamptz, before_id uuid, wanted integer,
    ranking tsquery DEFAULT NULL
) RETURNS TABLE (
    id uuid, published_at timestamptz, rank real, kind text, price_band text, technical_field text,
    industry text, region text, unit_id uuid, levels text[]
) LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
  SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    query tsquery;  -- everything
    c tsquery[];  -- everything, condition by condition
    by_row tsquery := NULL;  -- checked row by row
    part tsquery;
    missing integer := wanted;
    found integer;  -- in the last walk or slice
    steps integer := 600;  -- rows of the walk
    taken integer;
    last_at timestamptz;  -- the oldest row of the walk
    last_id uuid;
    until bigint := 0;  -- the moment at which the next slice ends
    since bigint;  -- and where it begins
    oldest bigint;
    width bigint;
    met uuid[];  -- what matches in a slice, the newest first
    sparse boolean;  -- too few were found to go on slice by slice
    counted boolean := false;
    growth integer := 16;
    crowd bigint;  -- from here to the end of the next slice there are too many to read
    bits integer;
    slice tsquery;
    conditions text;
    within text;
    met_sql constant text := 'SELECT count(*),
            array_agg(m.id ORDER BY m.published_at DESC, m.id DESC) FILTER (WHERE m.fits)
        FROM (SELECT s.id, s.published_at, $2 IS NULL OR ts_match_vq(s.tsv, $2) AS fits
              FROM offering_search s WHERE %s AND (s.published_at, s.id) < ($4, $5) LIMIT $6) AS m';
    rows_sql constant text := 'SELECT m.id, m.published_at, ts_rank(m.tsv, $7), m.kind,
            m.price_band, m.technical_field, m.industry, m.region, m.unit_id, m.levels
        FROM (SELECT s.id, s.published_at, s.kind, s.price_band, s.technical_field, s.industry,
                     s.region, s.unit_id, s.levels,
                     CASE WHEN $7 IS NOT NULL THEN s.tsv END AS tsv  -- else not carried
              FROM offering_search s
              WHERE %s AND (s.published_at, s.id) < ($4, $5)
                AND ($2 IS NULL OR ts_match_vq(s.tsv, $2))
              ORDER BY s.published_at DESC, s.id DESC LIMIT $6) AS m';
BEGIN
    FOREACH part IN ARRAY coalesce(marks, '{}') || coalesce(words, '{}') LOOP
        query := coalesce(query && part, part);
    END LOOP;
    LOOP
        SELECT count(*), search_moment(max(w.published_at)) INTO taken, until
        FROM (SELECT s.published_at FROM offering_search s
              WHERE (s.published_at, s.id) < (before, before_id)
              ORDER BY s.published_at DESC, s.id DESC LIMIT steps) AS w;
        SELECT s.published_at, s.id INTO last_at, last_id FROM offering_search s
        WHERE (s.published_at, s.id) < (before, before_id)
        ORDER BY s.published_at DESC, s.id DESC OFFSET greatest(taken - 1, 0) LIMIT 1;
        RETURN QUERY
            SELECT w.id, w.published_at, ts_rank(w.tsv, ranking), w.kind, w.price_band,
                   w.technical_field, w.industry, w.region, w.unit_id, w.levels
            FROM (SELECT s.id, s.published_at, s.tsv, s.kind, s.price_band, s.technical_field,
                         s.industry, s.region, s.unit_id, s.levels
                  FROM offering_search s WHERE (s.published_at, s.id) < (before, before_id)
                  ORDER BY s.published_at DESC, s.id DESC LIMIT steps) AS w
            WHERE w.tsv @@ query LIMIT missing;
        GET DIAGNOSTICS found = ROW_COUNT;
        missing := missing - found;
        IF missing = 0 OR taken < steps THEN
            RETURN;
        END IF;
        before := last_at;
        before_id := last_id;
        EXIT WHEN missing::bigint * steps / greatest(found, 1)
                  > greatest(3000, least(missing * 60, 6000), missing * 3);
        steps := missing * steps / found * 5 / 4 + 10;
    END LOOP;
    oldest := (SELECT search_moment(min(s.published_at)) FROM offering_search s);
    width := greatest(until - search_moment(before), 1);
    until := search_moment(before);
    sparse := found = 0;
    -- Rows come in crowds: the first slice is as wide as those are that should hold enough.
    IF found > 0 THEN
        since := (SELECT search_moment(s.published_at) FROM offering_search s
                  WHERE (s.published_at, s.id) < (before, before_id)
                  ORDER BY s.published_at DESC, s.id DESC
                  OFFSET least(missing::bigint * steps / found * 5 / 4, 8000) LIMIT 1);
        width := greatest(until - coalesce(since, oldest), 1);
        growth := 1;
    END IF;
    -- The index would collect all that a common beginning of a word, such as 轴…, stands for.
    c := coalesce(marks, '{}');
    FOREACH part IN ARRAY coalesce(words, '{}') LOOP
        IF part::text ~ '^''[^'']*'':\*$' AND (
            SELECT count(*) FILTER (WHERE w.tsv @@ part) * 12 > count(*)
            FROM (SELECT s.tsv FROM offering_search s
                  WHERE (s.published_at, s.id) < (before, before_id)
                  ORDER BY s.published_at DESC, s.id DESC LIMIT 250) AS w)
        THEN
            by_row := coalesce(by_row && part, part);
        ELSE
            c := c || part;
        END IF;
    END LOOP;
    IF c = '{}' THEN
        c := words;
        by_row := NULL;
    END IF;
    -- Values that the planner cannot see: it would guess how many there are.
    conditions := (SELECT string_agg(format('s.tsv @@ (SELECT $1[%s])', n), ' AND ')
                   FROM generate_subscripts(c, 1) AS n);
    LOOP
        -- Where few match at all, they are read at once.
        IF sparse AND NOT counted THEN
            counted := true;
            EXECUTE format(met_sql, conditions) INTO taken, met
                USING c, by_row, slice, before, before_id, missing + 3000;
            IF taken < missing + 3000 THEN
                RETURN QUERY
                    SELECT s.id, s.published_at, ts_rank(s.tsv, ranking), s.kind, s.price_band,
                           s.technical_field, s.industry, s.region, s.unit_id, s.levels
                    FROM offering_search s WHERE s.id = ANY (met[:missing])
                    ORDER BY s.published_at DESC, s.id DESC;
                RETURN;
            END IF;
        END IF;
        width := CASE WHEN crowd IS NULL THEN least(width * growth, until - oldest + 1)
                      ELSE (until - crowd) / 2 + 1 END;
        bits := 13;
        WHILE width >> bits > 8 LOOP
            bits := bits + 4;
        END LOOP;
        since := least(((until - width) >> bits) + 1, until >> bits) << bits;
        IF bits > 49 OR since <= oldest THEN
            since := NULL;
            slice := NULL;
        ELSE
            slice := (SELECT string_agg('''~' || bits || ':' || to_hex(n) || '''', '|')::tsquery
                      FROM generate_series(since >> bits, until >> bits) AS n);
        END IF;
        within := conditions;
        IF slice IS NOT NULL THEN
            within := 's.tsv @@ (SELECT $3) AND ' || conditions;
        END IF;
        EXECUTE format(met_sql, within) INTO taken, met
            USING c, by_row, slice, before, before_id, missing + 3000;
        -- What is imported comes in crowds: where one lies is found by halves before it is read.
        IF taken = missing + 3000 AND width > 1 << 14 THEN
            crowd := coalesce(since, oldest);
            CONTINUE;
        ELSIF taken < missing + 3000 THEN
            RETURN QUERY
                SELECT s.id, s.published_at, ts_rank(s.tsv, ranking), s.kind, s.price_band,
                       s.technical_field, s.industry, s.region, s.unit_id, s.levels
                FROM offering_search s WHERE s.id = ANY (met[:missing])
                ORDER BY s.published_at DESC, s.id DESC;
        ELSE
            RETURN QUERY EXECUTE format(rows_sql, within)
                USING c, by_row, slice, before, before_id, missing, ranking;
        END IF;
        GET DIAGNOSTICS found = ROW_COUNT;
        missing := missing - found;
        EXIT WHEN missing = 0 OR since IS NULL;
        before := timestamptz '1970-01-01 00:00:00+00' + since * interval '1 microsecond';
        before_id := '00000000-0000-0000-0000-000000000000';
        until := since - 1;
        sparse := found * 10 < missing;
        growth := least(greatest(missing * 5 / 4 / greatest(found, 1), 2), 16);
        IF found > 0 OR until - crowd < 1 << 14 THEN
            crowd := NULL;
        END IF;
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION few_matching(asked tsquery[], most integer)
    RETURNS TABLE (id uuid, price_key bigint, title_key text)
    LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
    SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    query tsquery;
    part tsquery;
BEGIN
    FOREACH part IN ARRAY asked LOOP
        query := coalesce(query && part, part);
    END LOOP;
    IF (SELECT count(*) FILTER (WHERE w.tsv @@ query) * 50 > count(*)
        FROM (SELECT s.tsv FROM offering_search s
              ORDER BY s.published_at DESC, s.id DESC LIMIT 500) AS w)
    THEN
        RETURN QUERY SELECT NULL::uuid, NULL::bigint, NULL::text FROM generate_series(1, most);
    ELSE
        RETURN QUERY EXECUTE
            'SELECT s.id, s.price_key, s.title_key FROM offering_search s WHERE '
            || (SELECT string_agg(format('s.tsv @@ (SELECT $1[%s])', n), ' AND ')
                FROM generate_subscripts(asked, 1) AS n)
            || ' LIMIT $2'
            USING asked, most;
    END IF;
END $$;
