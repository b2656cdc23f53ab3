-- Search at a million offerings: what it costs follows what is shown, not how many there are.

-- Beside the words of its texts a row of offering_search has marks, lexemes that no phrase can ask
-- for: one for the value of each filter, and one for the stretch of time in which it was published,
-- at each of ten widths, a sixteenth of the next. The GIN index then finds the newest that match
-- without reading older ones, and any filters with the words, at once.

-- Microseconds since 1970: a stretch of width k holds the instants whose moments agree but for the
-- last k bits.
CREATE FUNCTION search_moment(at timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (extract(epoch FROM at - timestamptz '1970-01-01 00:00:00+00') * 1000000)::bigint;

CREATE FUNCTION search_marks(
    published_at timestamptz, kind text, price_band text, technical_field text, industry text,
    region text, unit_id uuid, levels text[]
) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN array_to_tsvector(ARRAY[
        '~kind:' || kind, '~band:' || price_band, '~field:' || technical_field,
        '~industry:' || industry, '~region:' || region, '~unit:' || unit_id,
        '~13:' || to_hex(search_moment(published_at) >> 13),
        '~17:' || to_hex(search_moment(published_at) >> 17),
        '~21:' || to_hex(search_moment(published_at) >> 21),
        '~25:' || to_hex(search_moment(published_at) >> 25),
        '~29:' || to_hex(search_moment(published_at) >> 29),
        '~33:' || to_hex(search_moment(published_at) >> 33),
        '~37:' || to_hex(search_moment(published_at) >> 37),
        '~41:' || to_hex(search_moment(published_at) >> 41),
        '~45:' || to_hex(search_moment(published_at) >> 45),
        '~49:' || to_hex(search_moment(published_at) >> 49)
    ] || ARRAY(SELECT '~level:' || l FROM unnest(levels) AS l));

-- The row's words with its marks of today.
CREATE FUNCTION search_marked(
    words tsvector, published_at timestamptz, kind text, price_band text, technical_field text,
    industry text, region text, unit_id uuid, levels text[]
) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN words || search_marks(published_at, kind, price_band, technical_field, industry, region,
                                 unit_id, levels);

-- Indexes made anew cost a tenth of what entering each row's new version into them would cost.
DO $$
DECLARE
    made text;
    made_again text[] := '{}';
    old regclass;
BEGIN
    FOR old, made IN SELECT indexrelid, pg_get_indexdef(indexrelid) FROM pg_index
                     WHERE indrelid = 'offering_search'::regclass AND NOT indisprimary LOOP
        EXECUTE 'DROP INDEX ' || old;
        made_again := made_again || made;
    END LOOP;
    UPDATE offering_search SET tsv = search_marked(tsv, published_at, kind, price_band,
        technical_field, industry, region, unit_id, levels);
    FOREACH made IN ARRAY made_again LOOP
        EXECUTE made;
    END LOOP;
END $$;

-- The newest rows before a place that match, newest first, with the rank that another query gives
-- them. Some hundred rows are read in their order, and more where every tenth or so matches: a
-- common word needs nothing else. Where few match at all, they are read at once. Otherwise slice
-- after slice of time is asked for by its marks, each as much wider as what the last one held
-- tells, until there are enough. Whoever plans this by statistics reads the whole market for two
-- common words that never meet.
CREATE FUNCTION newest_matching(
    marks tsquery, words tsquery, before timestamptz, before_id uuid, wanted integer,
    ranking tsquery DEFAULT NULL
) RETURNS TABLE (
    id uuid, published_at timestamptz, rank real, kind text, price_band text, technical_field text,
    industry text, region text, unit_id uuid, levels text[]
) LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
  SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    query tsquery := coalesce(marks && words, marks, words);
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
    checked boolean := false;  -- row by row for its words, while the index is asked for its marks alone
    few boolean := false;  -- all that match can be read at once
    growth integer;
    crowd bigint;  -- from here to the end of the next slice there are too many to read
    bits integer;
    within tsquery;
BEGIN
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
    growth := least(greatest(missing * 5 / 4 / greatest(found, 1), 2), 16);
    -- The index would collect all that a common beginning of a word, such as 轴…, stands for.
    IF marks IS NOT NULL AND words IS NOT NULL THEN
        checked := (SELECT count(*) FILTER (WHERE w.tsv @@ words) * 12 > count(*)
                    FROM (SELECT s.tsv FROM offering_search s
                          WHERE (s.published_at, s.id) < (before, before_id)
                          ORDER BY s.published_at DESC, s.id DESC LIMIT 250) AS w);
    END IF;
    IF checked THEN
        query := marks;
    END IF;
    IF found < 2 THEN
        few := (SELECT count(*) < missing + 3000
                FROM (SELECT FROM offering_search s WHERE s.tsv @@ query
                      LIMIT missing + 3000) AS several);
    END IF;
    LOOP
        width := CASE WHEN crowd IS NULL THEN least(width * growth, until - oldest + 1)
                      ELSE (until - crowd) / 2 + 1 END;
        bits := 13;
        WHILE width >> bits > 8 LOOP
            bits := bits + 4;
        END LOOP;
        since := least(((until - width) >> bits) + 1, until >> bits) << bits;
        IF few OR bits > 49 OR since <= oldest THEN
            since := NULL;
            within := query;
        ELSE
            within := query && (
                SELECT string_agg('''~' || bits || ':' || to_hex(n) || '''', '|')::tsquery
                FROM generate_series(since >> bits, until >> bits) AS n);
        END IF;
        -- What is imported comes in crowds: where one lies is found by halves before it is read.
        IF NOT few AND (found = 0 OR crowd IS NOT NULL) THEN
            IF width > 1 << 14 AND (
                SELECT count(*) = missing + 3000
                FROM (SELECT FROM offering_search s
                      WHERE s.tsv @@ within AND (s.published_at, s.id) < (before, before_id)
                      LIMIT missing + 3000) AS several)
            THEN
                crowd := coalesce(since, oldest);
                CONTINUE;
            END IF;
        END IF;
        RETURN QUERY
            SELECT m.id, m.published_at, ts_rank(m.tsv, ranking), m.kind, m.price_band,
                   m.technical_field, m.industry, m.region, m.unit_id, m.levels
            FROM (SELECT s.id, s.published_at, s.kind, s.price_band, s.technical_field, s.industry,
                         s.region, s.unit_id, s.levels,
                         CASE WHEN ranking IS NOT NULL THEN s.tsv END AS tsv  -- else not carried
                  FROM offering_search s
                  WHERE s.tsv @@ within AND (s.published_at, s.id) < (before, before_id)
                    AND (NOT checked OR ts_match_vq(s.tsv, words))
                  ORDER BY s.published_at DESC, s.id DESC LIMIT missing) AS m;
        GET DIAGNOSTICS found = ROW_COUNT;
        missing := missing - found;
        EXIT WHEN missing = 0 OR since IS NULL;
        before := timestamptz '1970-01-01 00:00:00+00' + since * interval '1 microsecond';
        before_id := '00000000-0000-0000-0000-000000000000';
        until := since - 1;
        growth := least(greatest(missing * 5 / 4 / greatest(found, 1), 2), 16);
        IF found > 0 OR until - crowd < 1 << 14 THEN
            crowd := NULL;
        END IF;
    END LOOP;
END $$;

-- All rows that match, at most as many as are asked for: where there are fewer, they may be sorted
-- in any way. A function, so that it is planned without a guess at how many there are.
CREATE FUNCTION few_matching(query tsquery, most integer)
    RETURNS TABLE (id uuid, price_key bigint, title_key text)
    LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
    SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY SELECT s.id, s.price_key, s.title_key FROM offering_search s
                 WHERE s.tsv @@ query LIMIT most;
END $$;
GRANT EXECUTE ON FUNCTION search_moment(timestamptz),
    search_marks(timestamptz, text, text, text, text, text, uuid, text[]),
    search_marked(tsvector, timestamptz, text, text, text, text, text, uuid, text[]),
    few_matching(tsquery, integer),
    newest_matching(tsquery, tsquery, timestamptz, uuid, integer, tsquery) TO market_app;
