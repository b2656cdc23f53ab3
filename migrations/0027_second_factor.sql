-- A second factor beside the password: a device that shows one-time codes (TOTP, RFC 6238). Roles
-- that touch money ask for it; whoever else has one is asked for it too.

-- No secret lies here. A device's secret is derived from the row's id by a key that the database
-- never sees, so that neither its backup nor whoever reads it can make a code. `last_step` is the
-- step of time whose code was accepted last: no code counts twice.
CREATE TABLE second_factor (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    person_id uuid NOT NULL REFERENCES person,
    state text NOT NULL CHECK (state IN ('pending', 'enabled', 'discarded', 'removed')),
    last_step bigint NOT NULL DEFAULT 0 CHECK (last_step >= 0),
    enabled_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK ((state IN ('enabled', 'removed')) = (enabled_at IS NOT NULL))
);
CREATE UNIQUE INDEX one_second_factor_pending ON second_factor (person_id)
    WHERE state = 'pending';
CREATE UNIQUE INDEX one_second_factor_enabled ON second_factor (person_id)
    WHERE state = 'enabled';
CREATE INDEX ON second_factor (person_id);

-- What stands in for a lost device, each once. Codes have 80 random bits, so SHA-256 is enough.
CREATE TABLE recovery_code (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    second_factor_id uuid NOT NULL REFERENCES second_factor,
    number smallint NOT NULL CHECK (number > 0),
    code_hash bytea NOT NULL CHECK (length(code_hash) = 32),
    used_at timestamptz,
    UNIQUE (second_factor_id, number),
    UNIQUE (second_factor_id, code_hash)
);

-- Device and recovery codes are lost: one who looks after the organisation's people proposes,
-- another approves, and the person begins anew.
CREATE TABLE second_factor_reset (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    person_id uuid NOT NULL REFERENCES person,
    organisation_id uuid NOT NULL REFERENCES organisation,
    reason text NOT NULL CHECK (length(reason) BETWEEN 2 AND 1000),
    refusal text CHECK (length(refusal) BETWEEN 2 AND 1000),
    state text NOT NULL CHECK (state IN ('proposed', 'approved', 'refused')),
    proposed_by uuid NOT NULL REFERENCES person CHECK (proposed_by <> person_id),
    decided_by uuid REFERENCES person CHECK (decided_by <> proposed_by
        AND decided_by <> person_id),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK ((state = 'proposed') = (decided_by IS NULL)),
    CHECK ((state = 'refused') = (refusal IS NOT NULL))
);
CREATE UNIQUE INDEX one_second_factor_reset_at_a_time ON second_factor_reset (person_id)
    WHERE state = 'proposed';
CREATE INDEX ON second_factor_reset (organisation_id, id);

-- By which device a session was strengthened, and a key's session before it.
ALTER TABLE session ADD COLUMN second_factor_id uuid REFERENCES second_factor;
ALTER TABLE api_key ADD COLUMN second_factor_id uuid REFERENCES second_factor;

CREATE OR REPLACE VIEW current_grant AS
    SELECT g.person_id, g.organisation_id, g.role, g.from_on
    FROM role_grant g
    JOIN organisation o ON o.id = g.organisation_id
    JOIN person p ON p.id = g.person_id
    WHERE g.state = 'approved'
      AND g.from_on <= (SELECT market_today())
      AND (g.to_on IS NULL OR g.to_on >= (SELECT market_today()))
      AND (o.closed_on IS NULL OR o.closed_on > (SELECT market_today()))
      AND (o.state = 'verified' OR g.role = 'manager')
      AND p.state = 'active';

-- Which roles ask for a second factor at an organisation today, and how many days after they were
-- granted (but not before the rule began) they do without.
CREATE FUNCTION second_factor_rule(organisation uuid)
    RETURNS TABLE (roles text[], grace_days integer, since date)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT ARRAY(SELECT jsonb_array_elements_text(p.body->'roles')),
           least(greatest((p.body->>'grace_days')::numeric, 0), 3650)::integer,
           (SELECT min(first.effective_on) FROM policy first
            WHERE first.name = 'identity.second_factor' AND first.state = 'approved')
    FROM policy p
    WHERE p.name = 'identity.second_factor' AND p.state = 'approved'
      AND p.effective_on <= market_today()
      AND (p.unit_id IS NULL OR p.unit_id = second_factor_rule.organisation)
    ORDER BY p.unit_id NULLS LAST, p.effective_on DESC, p.number DESC LIMIT 1
$$;

-- Who shows this credential, as before, and now also what he has of his second factor: 'shown',
-- 'due' (this session has yet to show it, and can do nothing until then) or 'none'. `withheld` are
-- the roles that he would hold with it: roles that ask for one are not there once their days of
-- grace are over, nor in a session or a key that was made without it.
DROP FUNCTION who_is(text, bytea);
CREATE FUNCTION who_is(kind text, hash bytea)
    RETURNS TABLE (person_id uuid, organisation_id uuid, side text, roles text[], scope uuid[],
                   approves_for uuid[], language text, stored_hash bytea, stale boolean,
                   second_factor text, withheld text[])
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH credential AS (
        SELECT s.person_id, s.organisation_id, NULL::text[] AS roles, s.token_hash AS hash,
               s.seen_at < market_now() - interval '10 minutes' AS stale, s.second_factor_id
        FROM session s
        WHERE who_is.kind = 'session' AND s.token_hash = who_is.hash AND s.revoked_at IS NULL
          AND s.expires_at > market_now() AND s.seen_at > market_now() - interval '12 hours'
        UNION ALL
        SELECT k.person_id, k.organisation_id, k.roles, k.key_hash,
               k.used_on IS DISTINCT FROM market_today(), k.second_factor_id
        FROM api_key k
        WHERE who_is.kind = 'key' AND k.key_hash = who_is.hash AND k.state = 'active'
          AND k.expires_on >= market_today()
    ), proven AS (
        SELECT c.person_id, c.organisation_id, c.roles AS of_key, c.hash, c.stale,
               c.roles IS NOT NULL AS by_key, f.id IS NOT NULL AS enrolled,
               f.id IS NOT NULL AND f.id IS NOT DISTINCT FROM c.second_factor_id AS shown
        FROM credential c
        LEFT JOIN second_factor f ON f.person_id = c.person_id AND f.state = 'enabled'
    ), held AS (
        SELECT v.person_id, v.organisation_id, v.hash, v.stale, v.by_key, v.enrolled, v.shown,
               g.roles, g.withheld
        FROM proven v
        LEFT JOIN second_factor_rule(v.organisation_id) r ON true
        CROSS JOIN LATERAL (
            SELECT array_agg(DISTINCT each.role) FILTER (WHERE NOT each.lacks) AS roles,
                   array_agg(DISTINCT each.role) FILTER (WHERE each.lacks) AS withheld
            FROM (SELECT c.role,
                         NOT v.shown AND ((v.enrolled AND NOT v.by_key)
                             OR (c.role = ANY (r.roles)
                                 AND (v.enrolled OR greatest(c.from_on, r.since) + r.grace_days
                                                    <= market_today()))) IS TRUE AS lacks
                  FROM current_grant c
                  WHERE c.person_id = v.person_id AND c.organisation_id = v.organisation_id
                    AND (v.of_key IS NULL OR c.role = ANY (v.of_key))) AS each
        ) AS g
    )
    SELECT h.person_id, o.id, o.kind, coalesce(h.roles, '{}'),
           CASE WHEN o.id IS NULL THEN '{}' ELSE scope_of(o.id) END,
           CASE WHEN o.id IS NULL THEN '{}' ELSE ARRAY(
               SELECT o.id
               UNION ALL
               SELECT u.unit_id FROM unit_parent u
               WHERE u.parent_id = o.id AND holds_on(market_today(), u.from_on, u.to_on)) END,
           p.language, h.hash, h.stale,
           CASE WHEN h.shown THEN 'shown' WHEN h.enrolled AND NOT h.by_key THEN 'due'
                ELSE 'none' END,
           coalesce(h.withheld, '{}')
    FROM held h
    JOIN person p ON p.id = h.person_id AND p.state = 'active'
    LEFT JOIN organisation o ON o.id = h.organisation_id AND h.roles IS NOT NULL
    WHERE NOT h.by_key OR h.roles IS NOT NULL OR h.withheld IS NOT NULL
$$;
REVOKE EXECUTE ON FUNCTION who_is(text, bytea), second_factor_rule(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION who_is(text, bytea), second_factor_rule(uuid) TO market_app;

GRANT SELECT, INSERT, UPDATE (state, last_step, enabled_at, version) ON second_factor TO market_app;
GRANT SELECT, INSERT, UPDATE (used_at) ON recovery_code TO market_app;
GRANT SELECT, INSERT, UPDATE (refusal, state, decided_by, version)
    ON second_factor_reset TO market_app;
GRANT UPDATE (second_factor_id) ON session TO market_app;
REVOKE SELECT ON recovery_code FROM market_auditor;
GRANT SELECT (id, second_factor_id, number, used_at) ON recovery_code TO market_auditor;
GRANT SELECT (second_factor_id) ON api_key TO market_auditor;

ALTER TABLE second_factor ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON second_factor USING (
    (SELECT acts_as_system()) OR person_id = (SELECT actor_id()));
ALTER TABLE recovery_code ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON recovery_code USING (
    EXISTS (SELECT FROM second_factor f WHERE f.id = second_factor_id));
ALTER TABLE second_factor_reset ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON second_factor_reset USING (
    (SELECT acts_as_system()) OR person_id = (SELECT actor_id())
    OR organisation_id = ANY ((SELECT visible_organisations())::uuid[]));

INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('second_factor', 'begin', NULL, 'pending'),
    ('second_factor', 'confirm', 'pending', 'enabled'),
    ('second_factor', 'discard', 'pending', 'discarded'),
    ('second_factor', 'remove', 'enabled', 'removed'),
    ('second_factor', 'reset', 'enabled', 'removed'),
    ('second_factor_reset', 'propose', NULL, 'proposed'),
    ('second_factor_reset', 'approve', 'proposed', 'approved'),
    ('second_factor_reset', 'refuse', 'proposed', 'refused');

-- The rule begins on the day that the market learns it: whoever holds such a role already has the
-- same days as whoever is granted one tomorrow.
INSERT INTO policy (name, number, effective_on, body, source, state, proposed_by, decided_by)
VALUES
    ('identity.second_factor', 1, market_today(),
     '{"roles": ["finance", "cashier", "leader"], "grace_days": 14}',
     'GB/T 22239-2019《信息安全技术 网络安全等级保护基本要求》8.1.4.1 d)：应采用两种或两种以上组合的鉴别技术',
     'approved', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001');
