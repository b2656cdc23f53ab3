-- What every room stands on: time, who acts, the event log and its seals, numbers, policies,
-- idempotency keys, files, mail. Rooms add their own tables in the files that follow.

CREATE TABLE clock_offset (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    shift interval NOT NULL DEFAULT '0'
);
INSERT INTO clock_offset DEFAULT VALUES;

-- Time comes from here alone. The offset is zero outside demonstrations and tests, and only the
-- owner can set it.
CREATE FUNCTION market_now() RETURNS timestamptz
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT clock_timestamp() + shift FROM clock_offset $$;

CREATE FUNCTION market_today() RETURNS date
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT (market_now() AT TIME ZONE 'Asia/Shanghai')::date $$;

-- Who acts. After a COMMIT a local setting reads as the empty string, not as null.
CREATE FUNCTION actor_id() RETURNS uuid LANGUAGE sql STABLE
    AS $$ SELECT nullif(current_setting('market.actor', true), '')::uuid $$;

CREATE FUNCTION acting_organisation() RETURNS uuid LANGUAGE sql STABLE
    AS $$ SELECT nullif(current_setting('market.organisation', true), '')::uuid $$;

CREATE FUNCTION acts_as_system() RETURNS boolean LANGUAGE sql STABLE
    AS $$ SELECT coalesce(actor_id() = '00000000-0000-0000-0000-000000000001', false) $$;

GRANT EXECUTE ON FUNCTION market_now(), market_today(), actor_id(), acting_organisation(),
    acts_as_system() TO market_app, market_auditor;

-- The trigger of every append-only table; privileges already refuse the application's roles.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

-- A restored cluster counts its transaction ids anew, so positions in the log are pairs
-- (epoch, xid); `market restore` opens a new epoch before the first connection.
CREATE TABLE epoch (
    number integer PRIMARY KEY,
    opened_at timestamptz NOT NULL DEFAULT market_now()
);
INSERT INTO epoch (number) VALUES (1);

CREATE FUNCTION current_epoch() RETURNS integer
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT max(number) FROM epoch $$;

CREATE FUNCTION open_epoch() RETURNS integer
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ INSERT INTO epoch (number) SELECT max(number) + 1 FROM epoch RETURNING number $$;

GRANT EXECUTE ON FUNCTION current_epoch() TO market_app, market_auditor;

-- Every state that may follow another, filled by each room beside its tables. A null state_from
-- is a birth. The auditor reads this table; tests hold it equal to the application's moves.
CREATE TABLE legal_move (
    subject text NOT NULL,
    move text NOT NULL,
    state_from text,
    state_to text NOT NULL,
    UNIQUE NULLS NOT DISTINCT (subject, move, state_from)
);

CREATE TABLE event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    epoch integer NOT NULL DEFAULT current_epoch(),
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at timestamptz NOT NULL DEFAULT market_now(),
    name text NOT NULL CHECK (name ~ '^[a-z_]+\.[a-z_]+$'),
    actor uuid NOT NULL,
    organisation uuid,
    subject text NOT NULL,
    subject_id uuid NOT NULL,
    version integer NOT NULL,
    move text,
    state_from text,
    state_to text,
    changed jsonb NOT NULL DEFAULT '{}',
    CHECK ((move IS NULL) = (state_to IS NULL))
);
CREATE INDEX ON event (subject_id, id);
CREATE INDEX ON event (epoch, xid, id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Which jobs an event's name starts. `market migrate` fills it from the rooms' SUBSCRIPTIONS.
CREATE TABLE event_subscription (
    event_name text NOT NULL,
    job text NOT NULL,
    PRIMARY KEY (event_name, job)
);

-- One seal covers every event and transfer whose transaction lies in
-- [(from_epoch, from_xid), (to_epoch, to_xid)); hash = sha256(previous_hash || its lines). So that
-- a broken seal can name the row that was touched, `leaves` holds 17 bytes for every row in order:
-- 'e' (event) or 't' (transfer), its id (8 bytes, big-endian), the first 8 bytes of its line's
-- sha256.
CREATE TABLE seal (
    number bigint PRIMARY KEY CHECK (number > 0),
    from_epoch integer NOT NULL,
    from_xid xid8 NOT NULL,
    to_epoch integer NOT NULL,
    to_xid xid8 NOT NULL,
    rows bigint NOT NULL CHECK (rows > 0),
    previous_hash bytea NOT NULL UNIQUE CHECK (length(previous_hash) = 32),
    hash bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
    leaves bytea NOT NULL CHECK (length(leaves) = 17 * rows),
    sealed_at timestamptz NOT NULL DEFAULT market_now()
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON seal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON seal TO market_worker;
GRANT SELECT ON event, epoch TO market_worker;

CREATE TABLE number_series (
    name text PRIMARY KEY CHECK (name ~ '^(contract:[A-Z]{2,6}:[0-9]{4}:[A-Z]+'
                                        '|invoice:[0-9a-f-]{36}:[0-9]{4})$'),
    value bigint NOT NULL CHECK (value > 0)
);

-- The next number of a series without gaps: the row stays locked until the caller commits.
CREATE FUNCTION next_number(series text) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ INSERT INTO number_series AS s (name, value) VALUES (series, 1)
          ON CONFLICT (name) DO UPDATE SET value = s.value + 1 RETURNING value $$;
GRANT EXECUTE ON FUNCTION next_number(text) TO market_app;

-- Rules that laws or the association may change. A version is never edited; the next one follows
-- it from its own date. unit_id null: for everyone. The application proposes in the name of whoever
-- acts and lets another decide, once, never for a day gone by; only a migration brings a version
-- that the system proposed and decided.
CREATE TABLE policy (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    name text NOT NULL CHECK (name ~ '^[a-z_.]+$'),
    unit_id uuid,
    number integer NOT NULL CHECK (number > 0),
    effective_on date NOT NULL,
    body jsonb NOT NULL CHECK (jsonb_typeof(body) = 'object'),
    source text NOT NULL CHECK (length(source) BETWEEN 1 AND 1000),
    state text NOT NULL CHECK (state IN ('proposed', 'approved', 'rejected')),
    proposed_by uuid NOT NULL,
    decided_by uuid CHECK (decided_by IS DISTINCT FROM proposed_by
        OR decided_by = '00000000-0000-0000-0000-000000000001'),
    created_at timestamptz NOT NULL DEFAULT market_now(),
    version integer NOT NULL DEFAULT 1,
    UNIQUE NULLS NOT DISTINCT (name, unit_id, number),
    CHECK ((state = 'proposed') = (decided_by IS NULL))
);
GRANT SELECT, INSERT, UPDATE (state, decided_by, version) ON policy TO market_app;
CREATE TRIGGER decided_once BEFORE UPDATE ON policy
    FOR EACH ROW WHEN (OLD.state <> 'proposed') EXECUTE FUNCTION refuse_change();
ALTER TABLE policy ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON policy FOR SELECT USING (true);
CREATE POLICY proposed ON policy FOR INSERT WITH CHECK (state = 'proposed'
    AND proposed_by = actor_id() AND NOT acts_as_system() AND effective_on >= market_today());
CREATE POLICY decided ON policy FOR UPDATE USING (true) WITH CHECK (state <> 'proposed'
    AND decided_by = actor_id() AND decided_by <> proposed_by
    AND (state = 'rejected' OR effective_on >= market_today()));

-- The answer given to a keyed request, written before the COMMIT of the act that it answers, with
-- the roles of whoever was answered. It is seen by those who act in the key's scope alone.
CREATE TABLE idempotency_key (
    scope text NOT NULL CHECK (length(scope) BETWEEN 1 AND 200),
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
    request_hash bytea NOT NULL CHECK (length(request_hash) = 32),
    roles text[] NOT NULL,
    status smallint NOT NULL,
    headers jsonb NOT NULL,
    answer bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    PRIMARY KEY (scope, key)
);
CREATE INDEX ON idempotency_key (created_at);
GRANT SELECT, INSERT ON idempotency_key TO market_app;
GRANT DELETE ON idempotency_key TO market_worker;
CREATE FUNCTION key_scope() RETURNS text LANGUAGE sql STABLE
    RETURN CASE WHEN acting_organisation() IS NOT NULL
                THEN 'organisation:' || acting_organisation()
                ELSE 'person:' || actor_id() END;
GRANT EXECUTE ON FUNCTION key_scope() TO market_app;
ALTER TABLE idempotency_key ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON idempotency_key USING (scope = (SELECT key_scope())
    OR (scope LIKE 'address:%'
        AND (SELECT actor_id()) = '00000000-0000-0000-0000-000000000000'));
CREATE POLICY forgotten ON idempotency_key TO market_worker
    USING ((SELECT acts_as_system())) WITH CHECK (false);

-- E-mail, kept whether or not an SMTP server is configured; `market mails` shows it.
CREATE TABLE mail (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    to_address text NOT NULL CHECK (length(to_address) <= 254),
    subject text NOT NULL CHECK (length(subject) <= 500),
    body text NOT NULL CHECK (length(body) <= 20000),
    cause text NOT NULL UNIQUE CHECK (length(cause) <= 300),
    created_at timestamptz NOT NULL DEFAULT market_now(),
    sent_at timestamptz,
    tries integer NOT NULL DEFAULT 0,
    last_fault text CHECK (length(last_fault) <= 500)
);
CREATE INDEX ON mail (id) WHERE sent_at IS NULL;
GRANT INSERT ON mail TO market_app;
ALTER TABLE mail ENABLE ROW LEVEL SECURITY;
CREATE POLICY posted ON mail FOR INSERT WITH CHECK (actor_id() IS NOT NULL);
CREATE POLICY seen ON mail FOR SELECT TO market_worker USING (true);
CREATE POLICY sent ON mail FOR UPDATE TO market_worker USING (true);
REVOKE SELECT ON mail, idempotency_key FROM market_auditor;
GRANT SELECT, UPDATE (sent_at, tries, last_fault) ON mail TO market_worker;

-- What a stored file is; its bytes lie outside the web root under their SHA-256. An organisation
-- reads a file when it is listed as its reader. Row-level security follows in 0003_identity.sql.
CREATE TABLE file (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    size_bytes bigint NOT NULL CHECK (size_bytes > 0),
    media_type text NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
    uploaded_by uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT market_now()
);
CREATE TABLE file_reader (
    file_id uuid NOT NULL REFERENCES file,
    organisation_id uuid NOT NULL,
    PRIMARY KEY (file_id, organisation_id)
);
GRANT SELECT, INSERT ON file, file_reader TO market_app;
