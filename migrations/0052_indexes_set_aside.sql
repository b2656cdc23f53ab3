-- Indexes that are made anew when a large file is written: made for a million rows at once, they cost
-- a fifth of what entering each row costs. Which are missing meanwhile is said here, so that whoever
-- migrates next makes them if the import did not live to. Its tables are not vacuumed meanwhile.
CREATE TABLE index_set_aside (
    name text PRIMARY KEY,
    definition text NOT NULL
);

-- Very many births of one kind at once, one for each id in their order: what `record_events` checks
-- holds for all or none.
CREATE FUNCTION record_births(
    name text, subject_ids uuid[], move text, state_to text, changed jsonb
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM person p WHERE p.id = actor_id()) THEN
        RAISE EXCEPTION '% has no actor who is known', name USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (
        SELECT FROM legal_move m
        WHERE m.subject = split_part(record_births.name, '.', 1) AND m.move = record_births.move
          AND m.state_from IS NULL AND m.state_to = record_births.state_to)
    THEN
        RAISE EXCEPTION '% is no legal birth as %', name, state_to
            USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO event (epoch, xid, at, name, actor, organisation, subject, subject_id, version,
                       move, state_to, changed)
    SELECT now.epoch, now.xid, now.at, record_births.name, now.actor, now.organisation,
        now.subject, born.id, 1, record_births.move, record_births.state_to, record_births.changed
    FROM unnest(subject_ids) AS born (id)
    CROSS JOIN (SELECT current_epoch() AS epoch, pg_current_xact_id() AS xid, market_now() AS at,
                       actor_id() AS actor, acting_organisation() AS organisation,
                       split_part(record_births.name, '.', 1) AS subject) AS now;
    IF EXISTS (SELECT FROM event_subscription s WHERE s.event_name = record_births.name) THEN
        INSERT INTO jobs.pgqueuer (priority, entrypoint, payload, status)
        SELECT 0, s.job, convert_to(e.id::text, 'UTF8'), 'queued'
        FROM event_subscription s JOIN event e ON e.name = s.event_name
        WHERE s.event_name = record_births.name AND e.epoch = current_epoch()
          AND e.xid = pg_current_xact_id() AND e.subject_id = ANY (subject_ids)
        ORDER BY e.id;
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION record_births(text, uuid[], text, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record_births(text, uuid[], text, text, jsonb) TO market_app;
