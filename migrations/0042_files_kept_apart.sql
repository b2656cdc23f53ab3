-- How much is uploaded, and files that not everybody in an organisation reads.

-- For which organisation a file came in, and, where not everybody there reads it, in which roles.
ALTER TABLE file ADD COLUMN organisation_id uuid REFERENCES organisation;
ALTER TABLE file ADD COLUMN for_roles text[] CHECK (cardinality(for_roles) > 0);
UPDATE file f SET organisation_id = e.organisation
FROM event e WHERE e.name = 'file.stored' AND e.subject_id = f.id;
UPDATE file SET for_roles = ARRAY['finance', 'cashier', 'leader', 'auditor']
WHERE id IN (SELECT file_id FROM statement);
CREATE INDEX file_by_organisation ON file (organisation_id) INCLUDE (size_bytes);
CREATE INDEX file_by_person ON file (uploaded_by, created_at) INCLUDE (size_bytes);

CREATE FUNCTION acts_in_any_role(roles text[]) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM current_grant g
                   WHERE g.person_id = actor_id() AND g.organisation_id = acting_organisation()
                     AND g.role = ANY (acts_in_any_role.roles))
$$;

-- Whether the actor holds one of the roles that the file is kept for, if it is kept for some.
CREATE FUNCTION is_file_for_actor(file uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce((SELECT f.for_roles IS NULL OR acts_in_any_role(f.for_roles)
                     FROM file f WHERE f.id = is_file_for_actor.file), true)
$$;

-- Over whatever else lets somebody see a file. Who does not see that his organisation reads it
-- cannot attach it to anything either.
CREATE POLICY in_its_roles ON file AS RESTRICTIVE USING (
    (SELECT acts_as_system()) OR for_roles IS NULL OR acts_in_any_role(for_roles));
CREATE POLICY in_its_roles ON file_reader AS RESTRICTIVE FOR SELECT USING (
    (SELECT acts_as_system()) OR is_file_for_actor(file_id));

-- What the organisation that is acted for has uploaded until now, and the actor today.
CREATE FUNCTION upload_usage(OUT today date, OUT organisation_bytes bigint,
                             OUT person_day_bytes bigint, OUT person_day_files bigint,
                             OUT day_ends_in_seconds integer)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT d.today,
           (SELECT coalesce(sum(size_bytes), 0)::bigint FROM file
            WHERE organisation_id = acting_organisation()),
           u.bytes, u.files,
           ceil(extract(epoch FROM d.midnight + interval '1 day' - market_now()))::integer
    FROM (SELECT market_today() AS today,
                 market_today()::timestamp AT TIME ZONE 'Asia/Shanghai' AS midnight) AS d,
         LATERAL (SELECT coalesce(sum(size_bytes), 0)::bigint AS bytes, count(*) AS files FROM file
                  WHERE uploaded_by = actor_id() AND created_at >= d.midnight) AS u
$$;
REVOKE EXECUTE ON FUNCTION acts_in_any_role(text[]), is_file_for_actor(uuid), upload_usage()
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acts_in_any_role(text[]), is_file_for_actor(uuid), upload_usage()
    TO market_app;

INSERT INTO policy (name, number, effective_on, body, source, state, proposed_by, decided_by)
VALUES
    ('files.quota', 1, '2026-01-01',
     '{"organisation_bytes": 21474836480, "person_day_bytes": 1073741824, "person_day_files": 300}',
     '平台运行管理办法，2026年1月版',
     'approved', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001');
