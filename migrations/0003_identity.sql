-- Who is who: organisations and the tree of units, people, roles with dates, signing authorities,
-- the register of members, sessions, keys; and what row-level security asks: whose rows does the
-- actor see. Every pair from_on, to_on names the first and the last day on which a fact holds;
-- to_on null: until further notice.

CREATE FUNCTION holds_on(day date, from_on date, to_on date) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $$ SELECT from_on <= day AND (to_on IS NULL OR day <= to_on) $$;

CREATE TABLE organisation (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    kind text NOT NULL CHECK (kind IN ('unit', 'enterprise')),
    name_zh text NOT NULL CHECK (length(name_zh) BETWEEN 1 AND 200),
    name_en text CHECK (length(name_en) BETWEEN 1 AND 200),
    uscc text CHECK (uscc ~ '^[0-9A-Z]{18}$'),
    region text NOT NULL CHECK (region ~ '^[0-9]{6}$'),
    level smallint CHECK (level BETWEEN 0 AND 3),
    legal_person boolean NOT NULL,
    number_prefix text UNIQUE CHECK (number_prefix ~ '^[A-Z]{2,6}$'),
    state text NOT NULL CHECK (state IN ('invited', 'registered', 'verified', 'refused')),
    closed_on date,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK ((kind = 'unit') = (level IS NOT NULL)),
    CHECK (kind = 'unit' OR (legal_person AND uscc IS NOT NULL AND number_prefix IS NULL)),
    CHECK (kind = 'enterprise' OR state = 'verified'),
    CHECK (kind = 'enterprise' OR legal_person = (number_prefix IS NOT NULL)),
    CHECK (kind = 'enterprise' OR NOT legal_person OR uscc IS NOT NULL)
);
CREATE UNIQUE INDEX one_organisation_per_uscc ON organisation (uscc)
    WHERE uscc IS NOT NULL AND state IN ('invited', 'verified');
CREATE INDEX ON organisation (kind, state, id);

-- How the organisation is reached: only inside its own scope.
CREATE TABLE organisation_contact (
    organisation_id uuid PRIMARY KEY REFERENCES organisation,
    name text CHECK (length(name) BETWEEN 1 AND 200),
    phone text CHECK (length(phone) BETWEEN 1 AND 40),
    email text CHECK (length(email) BETWEEN 3 AND 254),
    address text CHECK (length(address) BETWEEN 1 AND 500)
);

-- What a clerk found when checking an enterprise; the newest row is the one that counts.
CREATE TABLE verification (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    organisation_id uuid NOT NULL REFERENCES organisation,
    decision text NOT NULL CHECK (decision IN ('verified', 'refused')),
    reason text CHECK (length(reason) BETWEEN 2 AND 1000),
    uscc_override_reason text CHECK (length(uscc_override_reason) BETWEEN 2 AND 1000),
    decided_by uuid NOT NULL,
    unit_id uuid NOT NULL REFERENCES organisation,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK (decision = 'verified' OR reason IS NOT NULL)
);
CREATE INDEX ON verification (organisation_id, id);

CREATE TABLE unit_parent (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    unit_id uuid NOT NULL REFERENCES organisation,
    parent_id uuid NOT NULL REFERENCES organisation,
    from_on date NOT NULL,
    to_on date,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK (to_on >= from_on),
    CHECK (unit_id <> parent_id),
    UNIQUE (unit_id, from_on)
);
CREATE INDEX ON unit_parent (parent_id, from_on);

-- Which unit goes on with another's work after a merger or a split.
CREATE TABLE unit_succession (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    unit_id uuid NOT NULL REFERENCES organisation,
    successor_id uuid NOT NULL REFERENCES organisation,
    kind text NOT NULL CHECK (kind IN ('merged', 'split')),
    on_day date NOT NULL,
    reason text NOT NULL CHECK (length(reason) BETWEEN 2 AND 1000),
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK (unit_id <> successor_id),
    UNIQUE (unit_id, successor_id, on_day)
);

-- The VAT status of a unit that keeps books, as a dated fact.
CREATE TABLE tax_status (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    unit_id uuid NOT NULL REFERENCES organisation,
    from_on date NOT NULL,
    status text NOT NULL CHECK (status IN ('general', 'small_scale')),
    recorded_by uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    UNIQUE (unit_id, from_on)
);

-- A unit has one parent a day, a higher or an equal level, and never itself above itself.
CREATE FUNCTION check_unit_parent() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE day date;
BEGIN
    IF EXISTS (SELECT FROM unit_parent p
               WHERE p.unit_id = NEW.unit_id AND p.id <> NEW.id
                 AND p.from_on <= coalesce(NEW.to_on, 'infinity')
                 AND NEW.from_on <= coalesce(p.to_on, 'infinity')) THEN
        RAISE EXCEPTION 'unit % has another parent then', NEW.unit_id
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'one_parent_a_day';
    END IF;
    IF NOT EXISTS (SELECT FROM organisation u JOIN organisation p ON p.id = NEW.parent_id
                   WHERE u.id = NEW.unit_id AND u.kind = 'unit' AND p.kind = 'unit'
                     AND p.level <= u.level) THEN
        RAISE EXCEPTION 'a unit stands under a unit of a higher or equal level'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'parent_above_unit';
    END IF;
    FOR day IN SELECT DISTINCT greatest(p.from_on, NEW.from_on) FROM unit_parent p
               WHERE p.from_on <= coalesce(NEW.to_on, 'infinity') LOOP
        IF EXISTS (
            WITH RECURSIVE above (id) AS (
                SELECT NEW.parent_id
                UNION
                SELECT p.parent_id FROM above a JOIN unit_parent p ON p.unit_id = a.id
                WHERE holds_on(day, p.from_on, p.to_on))
            SELECT FROM above WHERE id = NEW.unit_id) THEN
            RAISE EXCEPTION 'unit % would stand under itself', NEW.unit_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'no_circle';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER unit_parent_is_a_tree AFTER INSERT OR UPDATE ON unit_parent
    DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION check_unit_parent();

CREATE TABLE person (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    email text UNIQUE CHECK (length(email) <= 254 AND email = lower(email)),
    phone text CHECK (length(phone) BETWEEN 1 AND 40),
    language text NOT NULL DEFAULT 'zh-CN' CHECK (language IN ('zh-CN', 'en')),
    state text NOT NULL CHECK (state IN ('active', 'erased')),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK (state = 'active' OR (email IS NULL AND phone IS NULL))
);
INSERT INTO person (id, name, state)
    VALUES ('00000000-0000-0000-0000-000000000001', '系统 System', 'active');

-- Only the system reads it: signing in and changing a password are its acts.
CREATE TABLE password (
    person_id uuid PRIMARY KEY REFERENCES person,
    hash text NOT NULL CHECK (hash LIKE '$argon2id$%'),
    changed_at timestamptz NOT NULL DEFAULT market_now()
);

CREATE TABLE consent (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    person_id uuid NOT NULL REFERENCES person,
    document text NOT NULL CHECK (document IN ('terms', 'privacy')),
    document_version text NOT NULL CHECK (length(document_version) BETWEEN 1 AND 40),
    given_at timestamptz NOT NULL DEFAULT market_now(),
    UNIQUE (person_id, document, document_version)
);

CREATE TABLE role_grant (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    person_id uuid NOT NULL REFERENCES person,
    organisation_id uuid NOT NULL REFERENCES organisation,
    role text NOT NULL CHECK (role IN (
        'manager', 'buyer', 'signatory', 'payer', 'member', 'clerk', 'tech_reviewer', 'finance',
        'cashier', 'leader', 'auditor', 'administrator')),
    from_on date NOT NULL,
    to_on date CHECK (to_on >= from_on),
    state text NOT NULL
        CHECK (state IN ('proposed', 'approved', 'refused', 'withdrawn', 'revoked')),
    reason text CHECK (length(reason) BETWEEN 2 AND 1000),
    proposed_by uuid NOT NULL REFERENCES person,
    decided_by uuid REFERENCES person,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CONSTRAINT nobody_grants_to_himself
        CHECK (person_id <> proposed_by AND person_id IS DISTINCT FROM decided_by),
    CONSTRAINT four_eyes CHECK (
        role NOT IN ('finance', 'cashier', 'leader', 'administrator') OR state = 'proposed'
        OR state IN ('refused', 'withdrawn')
        OR decided_by <> proposed_by OR decided_by = '00000000-0000-0000-0000-000000000001'),
    CHECK ((state = 'proposed') = (decided_by IS NULL))
);
CREATE UNIQUE INDEX one_grant_a_day ON role_grant (person_id, organisation_id, role, from_on)
    WHERE state IN ('proposed', 'approved');
CREATE INDEX ON role_grant (organisation_id, role);

CREATE TABLE signing_authority (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    person_id uuid NOT NULL REFERENCES person,
    organisation_id uuid NOT NULL REFERENCES organisation,
    kind text NOT NULL CHECK (kind IN ('legal_representative', 'power_of_attorney')),
    kinds text[] CHECK (kinds <@ ARRAY['consulting', 'service', 'training', 'transfer']
        AND cardinality(kinds) > 0),
    ceiling_minor bigint CHECK (ceiling_minor > 0),
    currency text CHECK (currency ~ '^[A-Z]{3}$'),
    from_on date NOT NULL,
    to_on date CHECK (to_on >= from_on),
    file_id uuid REFERENCES file,
    state text NOT NULL CHECK (state IN ('proposed', 'confirmed', 'refused', 'revoked')),
    reason text CHECK (length(reason) BETWEEN 2 AND 1000),
    proposed_by uuid NOT NULL REFERENCES person,
    decided_by uuid REFERENCES person CHECK (decided_by <> proposed_by
        AND decided_by <> person_id),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK ((ceiling_minor IS NULL) = (currency IS NULL)),
    CHECK (kind = 'legal_representative' OR (file_id IS NOT NULL AND to_on IS NOT NULL)),
    CHECK (state <> 'proposed' OR decided_by IS NULL)
);
CREATE INDEX ON signing_authority (organisation_id, person_id);

CREATE TABLE member (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    unit_id uuid NOT NULL REFERENCES organisation,
    kind text NOT NULL CHECK (kind IN ('individual', 'group')),
    number text NOT NULL CHECK (length(number) BETWEEN 1 AND 40),
    person_id uuid REFERENCES person,
    organisation_id uuid REFERENCES organisation,
    group_name text CHECK (length(group_name) BETWEEN 1 AND 200),
    trade text CHECK (length(trade) BETWEEN 1 AND 200),
    from_on date NOT NULL,
    to_on date CHECK (to_on >= from_on),
    state text NOT NULL CHECK (state IN ('enrolled', 'left')),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    UNIQUE (unit_id, number),
    CHECK ((kind = 'individual') = (person_id IS NOT NULL)),
    CHECK ((kind = 'group') = (group_name IS NOT NULL)),
    CHECK (kind = 'group' OR organisation_id IS NULL),
    CHECK ((state = 'left') <= (to_on IS NOT NULL))
);
CREATE UNIQUE INDEX one_membership_a_unit ON member (unit_id, person_id) WHERE state = 'enrolled';
CREATE INDEX ON member (person_id);

CREATE TABLE qualification (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    member_id uuid NOT NULL REFERENCES member,
    kind text NOT NULL CHECK (length(kind) BETWEEN 1 AND 200),
    level text CHECK (length(level) BETWEEN 1 AND 40),
    number text NOT NULL CHECK (length(number) BETWEEN 1 AND 80),
    issuer text NOT NULL CHECK (length(issuer) BETWEEN 1 AND 200),
    issued_on date NOT NULL,
    expires_on date CHECK (expires_on >= issued_on),
    file_id uuid REFERENCES file,
    withdrawn_on date,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    UNIQUE (member_id, issuer, number)
);

CREATE TABLE invitation (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    organisation_id uuid NOT NULL REFERENCES organisation,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    email text CHECK (length(email) <= 254 AND email = lower(email)),
    language text NOT NULL CHECK (language IN ('zh-CN', 'en')),
    roles text[] NOT NULL CHECK (cardinality(roles) > 0),
    to_on date,
    token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    expires_at timestamptz NOT NULL,
    invited_by uuid NOT NULL REFERENCES person,
    person_id uuid REFERENCES person,
    state text NOT NULL CHECK (state IN ('sent', 'accepted', 'revoked')),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK ((state = 'accepted') = (person_id IS NOT NULL))
);
CREATE INDEX ON invitation (organisation_id, id);
CREATE INDEX ON invitation (invited_by) WHERE state = 'sent';

-- The legal name of a verified enterprise changes when one person proposes and another approves.
CREATE TABLE renaming (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    organisation_id uuid NOT NULL REFERENCES organisation,
    name_before text NOT NULL CHECK (length(name_before) BETWEEN 1 AND 200),
    name_zh text NOT NULL CHECK (length(name_zh) BETWEEN 1 AND 200),
    reason text NOT NULL CHECK (length(reason) BETWEEN 2 AND 1000),
    refusal text CHECK (length(refusal) BETWEEN 2 AND 1000),
    state text NOT NULL CHECK (state IN ('proposed', 'approved', 'refused')),
    proposed_by uuid NOT NULL REFERENCES person,
    decided_by uuid REFERENCES person CHECK (decided_by <> proposed_by),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK (name_zh <> name_before),
    CHECK ((state = 'proposed') = (decided_by IS NULL)),
    CHECK ((state = 'refused') = (refusal IS NOT NULL))
);
CREATE UNIQUE INDEX one_renaming_at_a_time ON renaming (organisation_id) WHERE state = 'proposed';
CREATE INDEX ON renaming (organisation_id, id);

CREATE TABLE password_reset (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    person_id uuid NOT NULL REFERENCES person,
    token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT market_now()
);
CREATE INDEX ON password_reset (person_id);

CREATE TABLE session (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    person_id uuid NOT NULL REFERENCES person,
    organisation_id uuid REFERENCES organisation,
    address text CHECK (length(address) <= 100),
    device text CHECK (length(device) <= 300),
    seen_at timestamptz NOT NULL DEFAULT market_now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now()
);
CREATE INDEX ON session (person_id, id);

CREATE TABLE api_key (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    person_id uuid NOT NULL REFERENCES person,
    organisation_id uuid NOT NULL REFERENCES organisation,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    hint text NOT NULL CHECK (length(hint) <= 40),
    key_hash bytea NOT NULL UNIQUE CHECK (length(key_hash) = 32),
    roles text[] NOT NULL CHECK (cardinality(roles) > 0),
    expires_on date NOT NULL,
    used_on date,
    state text NOT NULL CHECK (state IN ('active', 'revoked')),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now()
);
CREATE INDEX ON api_key (organisation_id, id);
CREATE INDEX ON api_key (person_id);

-- How often something was tried in the present window, per account and per address. The scope is
-- a digest: neither addresses nor e-mails are kept.
CREATE TABLE attempt (
    scope bytea PRIMARY KEY CHECK (length(scope) = 32),
    began_at timestamptz NOT NULL,
    tries integer NOT NULL CHECK (tries > 0)
);

-- How long an account pauses after so many failures: not at first, then twice as long each time.
CREATE FUNCTION pause_after(failures integer, freely integer, longest_seconds integer)
    RETURNS interval LANGUAGE sql IMMUTABLE
    AS $$ SELECT CASE WHEN failures < freely THEN interval '0'
                 ELSE make_interval(secs => least(2.0 ^ least(failures - freely, 30),
                                                  longest_seconds)) END $$;
GRANT EXECUTE ON FUNCTION pause_after(integer, integer, integer) TO market_app;

-- Whoever holds which role today: approved, in its dates, in an organisation that is still there.
-- Before an enterprise is verified only its managers can act for it.
CREATE VIEW current_grant AS
    SELECT g.person_id, g.organisation_id, g.role
    FROM role_grant g
    JOIN organisation o ON o.id = g.organisation_id
    JOIN person p ON p.id = g.person_id
    WHERE g.state = 'approved'
      AND g.from_on <= (SELECT market_today())
      AND (g.to_on IS NULL OR g.to_on >= (SELECT market_today()))
      AND (o.closed_on IS NULL OR o.closed_on > (SELECT market_today()))
      AND (o.state = 'verified' OR g.role = 'manager')
      AND p.state = 'active';

-- An organisation and, for a unit, everything under it today; its own id first.
CREATE FUNCTION scope_of(organisation uuid) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH RECURSIVE scope (id, depth) AS (
        SELECT scope_of.organisation, 0
        UNION ALL
        SELECT p.unit_id, s.depth + 1
        FROM scope s JOIN unit_parent p ON p.parent_id = s.id
        WHERE p.from_on <= (SELECT market_today())
          AND (p.to_on IS NULL OR p.to_on >= (SELECT market_today()))
    )
    SELECT array_agg(id ORDER BY depth, id) FROM scope
$$;

-- Whose rows the actor sees: nobody's unless he holds a role today in the organisation that he
-- says he acts for.
CREATE FUNCTION visible_organisations() RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN EXISTS (SELECT FROM current_grant
                             WHERE person_id = actor_id()
                               AND organisation_id = acting_organisation())
                THEN scope_of(acting_organisation()) ELSE '{}'::uuid[] END
$$;

CREATE FUNCTION acts_in_role(role text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM current_grant g
                   WHERE g.person_id = actor_id() AND g.organisation_id = acting_organisation()
                     AND g.role = acts_in_role.role)
$$;

-- Whether the actor is a clerk who looks after the enterprise: of the unit that verified it last,
-- or of one above; the clerks at the top always do, and before it was verified every clerk does.
CREATE FUNCTION looks_after(enterprise uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT acts_in_role('clerk') AND (
        NOT EXISTS (SELECT FROM unit_parent p
                    WHERE p.unit_id = acting_organisation()
                      AND holds_on(market_today(), p.from_on, p.to_on))
        OR coalesce((SELECT v.unit_id = ANY (visible_organisations()) FROM verification v
                     WHERE v.organisation_id = looks_after.enterprise
                       AND v.decision = 'verified'
                     ORDER BY v.id DESC LIMIT 1), true))
$$;

-- Whether the person holds a role at that very organisation today. The other side of a contract
-- must be able to ask, whose rows row-level security hides.
CREATE FUNCTION holds_role_in(person uuid, organisation uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM current_grant g
                   WHERE g.person_id = holds_role_in.person
                     AND g.organisation_id = holds_role_in.organisation)
$$;

-- The nearest unit upwards, itself included, that is a legal person: it contracts and keeps books.
CREATE FUNCTION books_of(unit uuid) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH RECURSIVE above (id, legal_person, depth) AS (
        SELECT o.id, o.legal_person, 0 FROM organisation o
        WHERE o.id = books_of.unit AND o.kind = 'unit'
        UNION ALL
        SELECT o.id, o.legal_person, a.depth + 1
        FROM above a
        JOIN unit_parent p ON p.unit_id = a.id
        JOIN organisation o ON o.id = p.parent_id
        WHERE NOT a.legal_person
          AND p.from_on <= (SELECT market_today())
          AND (p.to_on IS NULL OR p.to_on >= (SELECT market_today()))
    )
    SELECT id FROM above WHERE legal_person ORDER BY depth LIMIT 1
$$;

-- Who shows this credential ('session' or 'key', and its SHA-256), in one statement. No row: it is
-- unknown, revoked or expired. `stale` asks for a note that it was used.
CREATE FUNCTION who_is(kind text, hash bytea)
    RETURNS TABLE (person_id uuid, organisation_id uuid, side text, roles text[], scope uuid[],
                   approves_for uuid[], language text, stored_hash bytea, stale boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH credential AS (
        SELECT s.person_id, s.organisation_id, NULL::text[] AS roles, s.token_hash AS hash,
               s.seen_at < market_now() - interval '10 minutes' AS stale
        FROM session s
        WHERE who_is.kind = 'session' AND s.token_hash = who_is.hash AND s.revoked_at IS NULL
          AND s.expires_at > market_now() AND s.seen_at > market_now() - interval '12 hours'
        UNION ALL
        SELECT k.person_id, k.organisation_id, k.roles, k.key_hash,
               k.used_on IS DISTINCT FROM market_today()
        FROM api_key k
        WHERE who_is.kind = 'key' AND k.key_hash = who_is.hash AND k.state = 'active'
          AND k.expires_on >= market_today()
    ), held AS (
        SELECT c.person_id, c.hash, c.stale,
               (SELECT array_agg(DISTINCT g.role) FROM current_grant g
                WHERE g.person_id = c.person_id AND g.organisation_id = c.organisation_id
                  AND (c.roles IS NULL OR g.role = ANY (c.roles))) AS roles,
               c.organisation_id, c.roles IS NOT NULL AS by_key
        FROM credential c
    )
    SELECT h.person_id, o.id, o.kind, coalesce(h.roles, '{}'),
           CASE WHEN o.id IS NULL THEN '{}' ELSE scope_of(o.id) END,
           CASE WHEN o.id IS NULL THEN '{}' ELSE ARRAY(
               SELECT o.id
               UNION ALL
               SELECT u.unit_id FROM unit_parent u
               WHERE u.parent_id = o.id AND holds_on(market_today(), u.from_on, u.to_on)) END,
           p.language, h.hash, h.stale
    FROM held h
    JOIN person p ON p.id = h.person_id AND p.state = 'active'
    LEFT JOIN organisation o ON o.id = h.organisation_id AND h.roles IS NOT NULL
    WHERE NOT h.by_key OR h.roles IS NOT NULL
$$;

CREATE FUNCTION note_use(kind text, hash bytea) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE session SET seen_at = market_now()
    WHERE note_use.kind = 'session' AND token_hash = note_use.hash;
    UPDATE api_key SET used_on = market_today()
    WHERE note_use.kind = 'key' AND key_hash = note_use.hash
$$;

-- When a person is erased: blank the mails to his address, those not sent yet never will be, and
-- the address and the name beside it in answers kept for repeated requests (all are JSON).
CREATE FUNCTION forget_letters(person uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE known record;
BEGIN
    SELECT p.email, p.name INTO known FROM person p
    WHERE p.id = forget_letters.person AND acts_as_system();
    IF known.email IS NULL THEN
        RETURN;
    END IF;
    UPDATE mail SET to_address = '', subject = '', body = '',
                    sent_at = coalesce(sent_at, market_now())
    WHERE to_address = known.email;
    UPDATE idempotency_key SET answer = convert_to(replace(replace(
        convert_from(answer, 'UTF8'),
        '"name":' || to_json(known.name), '"name":"已注销人员 Erased person"'),
        known.email, ''), 'UTF8')
    WHERE position(convert_to(known.email, 'UTF8') IN answer) > 0;
END $$;

-- Files: seen by whoever brought them and by the organisations listed as readers.
CREATE FUNCTION reads_file(file uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM file f WHERE f.id = reads_file.file AND f.uploaded_by = actor_id())
        OR EXISTS (SELECT FROM file_reader r WHERE r.file_id = reads_file.file
                   AND r.organisation_id = ANY (visible_organisations()))
$$;

-- Whoever reads a file may share it. One that is not there yet comes with the same statement: its
-- foreign key sees to that.
CREATE FUNCTION shares_file(file uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT reads_file(shares_file.file)
              OR NOT EXISTS (SELECT FROM file f WHERE f.id = shares_file.file) $$;

REVOKE EXECUTE ON FUNCTION check_unit_parent(), scope_of(uuid), visible_organisations(),
    acts_in_role(text), looks_after(uuid), holds_role_in(uuid, uuid), books_of(uuid),
    who_is(text, bytea), note_use(text, bytea), forget_letters(uuid), reads_file(uuid),
    shares_file(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION holds_on(date, date, date), scope_of(uuid), visible_organisations(),
    acts_in_role(text), looks_after(uuid), holds_role_in(uuid, uuid), books_of(uuid),
    who_is(text, bytea), note_use(text, bytea), forget_letters(uuid), reads_file(uuid),
    shares_file(uuid) TO market_app;
GRANT EXECUTE ON FUNCTION holds_on(date, date, date), scope_of(uuid), visible_organisations(),
    acts_in_role(text), books_of(uuid), reads_file(uuid) TO market_auditor;

-- The auditor reads everything but secrets and what would let him act as somebody else.
REVOKE SELECT ON password, password_reset, session, attempt, invitation, api_key
    FROM market_auditor;
GRANT SELECT (id, organisation_id, roles, to_on, invited_by, person_id, state, version, created_at)
    ON invitation TO market_auditor;
GRANT SELECT (id, person_id, organisation_id, roles, expires_on, state, version, created_at)
    ON api_key TO market_auditor;

GRANT SELECT, INSERT, UPDATE (name_zh, name_en, uscc, region, number_prefix, legal_person, state,
    closed_on, version) ON organisation TO market_app;
GRANT SELECT, INSERT, UPDATE (name, phone, email, address) ON organisation_contact TO market_app;
GRANT SELECT, INSERT ON verification, unit_succession, tax_status, consent TO market_app;
GRANT SELECT, INSERT, UPDATE (parent_id, to_on) ON unit_parent TO market_app;
GRANT SELECT, INSERT, UPDATE (name, email, phone, language, state, version)
    ON person TO market_app;
GRANT SELECT, INSERT, UPDATE (hash, changed_at), DELETE ON password TO market_app;
GRANT SELECT, INSERT, UPDATE (to_on, state, reason, decided_by, version)
    ON role_grant, signing_authority TO market_app;
GRANT SELECT, INSERT, UPDATE (trade, to_on, state, version) ON member TO market_app;
GRANT SELECT, INSERT, UPDATE (withdrawn_on) ON qualification TO market_app;
GRANT SELECT, INSERT, UPDATE (name, email, token_hash, expires_at, person_id, state, version)
    ON invitation TO market_app;
GRANT SELECT, INSERT, UPDATE (refusal, state, decided_by, version) ON renaming TO market_app;
GRANT DELETE ON file_reader TO market_app;
GRANT SELECT, INSERT, UPDATE (used_at) ON password_reset TO market_app;
GRANT SELECT, INSERT, UPDATE (organisation_id, address, device, revoked_at, version)
    ON session TO market_app;
GRANT SELECT, INSERT, UPDATE (name, state, version) ON api_key TO market_app;
GRANT SELECT, INSERT, UPDATE (began_at, tries), DELETE ON attempt TO market_app;

-- The tree, successions and tax status are published facts; so are units and verified enterprises.
ALTER TABLE organisation ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON organisation USING (
    kind = 'unit' OR state = 'verified' OR (SELECT acts_as_system())
    OR id = ANY ((SELECT visible_organisations())::uuid[]) OR (SELECT acts_in_role('clerk')));

ALTER TABLE organisation_contact ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON organisation_contact USING (
    (SELECT acts_as_system()) OR organisation_id = ANY ((SELECT visible_organisations())::uuid[])
    OR ((SELECT acts_in_role('clerk')) AND EXISTS (
        SELECT FROM organisation o WHERE o.id = organisation_id AND o.kind = 'enterprise'
                                     AND o.state IN ('registered', 'refused', 'invited'))));

ALTER TABLE verification ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON verification USING (
    (SELECT acts_as_system()) OR organisation_id = ANY ((SELECT visible_organisations())::uuid[])
    OR (SELECT acts_in_role('clerk')));

ALTER TABLE renaming ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON renaming USING (
    (SELECT acts_as_system()) OR organisation_id = ANY ((SELECT visible_organisations())::uuid[])
    OR (SELECT acts_in_role('clerk')));

ALTER TABLE role_grant ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON role_grant USING (
    (SELECT acts_as_system()) OR person_id = (SELECT actor_id())
    OR organisation_id = ANY ((SELECT visible_organisations())::uuid[]));

ALTER TABLE signing_authority ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON signing_authority USING (
    (SELECT acts_as_system()) OR person_id = (SELECT actor_id())
    OR organisation_id = ANY ((SELECT visible_organisations())::uuid[])
    OR (SELECT acts_in_role('clerk')));

ALTER TABLE member ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON member USING (
    (SELECT acts_as_system()) OR person_id = (SELECT actor_id())
    OR unit_id = ANY ((SELECT visible_organisations())::uuid[]));

ALTER TABLE qualification ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON qualification USING (
    EXISTS (SELECT FROM member m WHERE m.id = member_id));

ALTER TABLE person ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON person USING (
    (SELECT acts_as_system()) OR id = (SELECT actor_id())
    OR EXISTS (SELECT FROM role_grant g WHERE g.person_id = person.id)
    OR EXISTS (SELECT FROM member m WHERE m.person_id = person.id)
    OR EXISTS (SELECT FROM signing_authority a WHERE a.person_id = person.id));

ALTER TABLE invitation ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON invitation USING (
    (SELECT acts_as_system()) OR invited_by = (SELECT actor_id())
    OR (organisation_id = ANY ((SELECT visible_organisations())::uuid[])
        AND ((SELECT acts_in_role('manager')) OR (SELECT acts_in_role('leader'))
             OR (SELECT acts_in_role('administrator')))));

ALTER TABLE consent ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON consent USING (
    (SELECT acts_as_system()) OR person_id = (SELECT actor_id()));

ALTER TABLE session ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON session USING (
    (SELECT acts_as_system()) OR person_id = (SELECT actor_id()));

ALTER TABLE api_key ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON api_key USING (
    (SELECT acts_as_system()) OR person_id = (SELECT actor_id())
    OR organisation_id = ANY ((SELECT visible_organisations())::uuid[]));

ALTER TABLE password ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON password USING ((SELECT acts_as_system()));
ALTER TABLE password_reset ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON password_reset USING ((SELECT acts_as_system()));
ALTER TABLE attempt ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON attempt USING ((SELECT acts_as_system()));

ALTER TABLE file_reader ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON file_reader FOR SELECT USING (
    (SELECT acts_as_system()) OR organisation_id = ANY ((SELECT visible_organisations())::uuid[])
    OR reads_file(file_id));
CREATE POLICY shared ON file_reader FOR INSERT WITH CHECK (
    (SELECT acts_as_system()) OR shares_file(file_id));
CREATE POLICY withdrawn ON file_reader FOR DELETE USING ((SELECT acts_as_system()));
ALTER TABLE file ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON file USING (
    (SELECT acts_as_system()) OR uploaded_by = (SELECT actor_id())
    OR EXISTS (SELECT FROM file_reader r WHERE r.file_id = file.id
               AND r.organisation_id = ANY ((SELECT visible_organisations())::uuid[])));

INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('organisation', 'found', NULL, 'verified'),
    ('organisation', 'register', NULL, 'registered'),
    ('organisation', 'invite', NULL, 'invited'),
    ('organisation', 'verify', 'registered', 'verified'),
    ('organisation', 'refuse', 'registered', 'refused'),
    ('organisation', 'register', 'refused', 'registered'),
    ('organisation', 'accept', 'invited', 'verified'),
    ('person', 'create', NULL, 'active'),
    ('person', 'erase', 'active', 'erased'),
    ('role_grant', 'grant', NULL, 'approved'),
    ('role_grant', 'propose', NULL, 'proposed'),
    ('role_grant', 'approve', 'proposed', 'approved'),
    ('role_grant', 'refuse', 'proposed', 'refused'),
    ('role_grant', 'withdraw', 'proposed', 'withdrawn'),
    ('role_grant', 'revoke', 'approved', 'revoked'),
    ('signing_authority', 'propose', NULL, 'proposed'),
    ('signing_authority', 'confirm', 'proposed', 'confirmed'),
    ('signing_authority', 'refuse', 'proposed', 'refused'),
    ('signing_authority', 'revoke', 'confirmed', 'revoked'),
    ('member', 'enrol', NULL, 'enrolled'),
    ('member', 'leave', 'enrolled', 'left'),
    ('invitation', 'send', NULL, 'sent'),
    ('invitation', 'accept', 'sent', 'accepted'),
    ('invitation', 'revoke', 'sent', 'revoked'),
    ('renaming', 'propose', NULL, 'proposed'),
    ('renaming', 'approve', 'proposed', 'approved'),
    ('renaming', 'refuse', 'proposed', 'refused'),
    ('api_key', 'issue', NULL, 'active'),
    ('api_key', 'revoke', 'active', 'revoked'),
    ('policy', 'propose', NULL, 'proposed'),
    ('policy', 'approve', 'proposed', 'approved'),
    ('policy', 'reject', 'proposed', 'rejected');

INSERT INTO policy (name, number, effective_on, body, source, state, proposed_by, decided_by)
VALUES
    ('skill_levels', 1, '2022-03-18',
     '{"levels": [{"code": "apprentice", "zh": "学徒工", "en": "Apprentice"},
                  {"code": "junior", "zh": "初级工", "en": "Junior worker"},
                  {"code": "intermediate", "zh": "中级工", "en": "Intermediate worker"},
                  {"code": "senior", "zh": "高级工", "en": "Senior worker"},
                  {"code": "technician", "zh": "技师", "en": "Technician"},
                  {"code": "senior_technician", "zh": "高级技师", "en": "Senior technician"},
                  {"code": "special_technician", "zh": "特级技师", "en": "Special-grade technician"},
                  {"code": "chief_technician", "zh": "首席技师", "en": "Chief technician"}]}',
     '人力资源社会保障部《关于健全完善新时代技能人才职业技能等级制度的意见(试行)》,人社部发〔2022〕14号',
     'approved', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001'),
    ('consent_documents', 1, '2026-01-01', '{"terms": "2026-01", "privacy": "2026-01"}',
     '平台服务条款与个人信息保护规则,2026年1月版;《中华人民共和国个人信息保护法》第十四条、第十七条',
     'approved', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001');
