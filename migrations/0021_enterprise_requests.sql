-- Enterprise requests 企业需求: what enterprises ask for, version by version, who is invited, what
-- bidders ask and are answered, and who tried to read sealed things too early.

-- What a request says, and the rules that hold for every draft and every version alike. The
-- template is copied into both tables, then dropped.
CREATE TABLE request_terms (
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    problem text NOT NULL CHECK (length(problem) BETWEEN 1 AND 10000),
    kind text NOT NULL CHECK (kind IN ('consulting', 'service', 'training', 'transfer')),
    quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 1000000),
    quantity_unit text NOT NULL CHECK (quantity_unit IN ('lot', 'item', 'day', 'person', 'year')),
    budget_from_minor bigint NOT NULL CHECK (budget_from_minor >= 0),
    budget_to_minor bigint NOT NULL CHECK (budget_to_minor <= 9007199254740991),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    questions_until timestamptz NOT NULL,
    deadline timestamptz NOT NULL,
    secrecy text NOT NULL CHECK (secrecy IN ('public', 'invited', 'anonymous')),
    sealed boolean NOT NULL,
    technical_field text NOT NULL CHECK (technical_field IN ('electronics', 'aerospace',
        'advanced_manufacturing', 'biomedicine', 'new_materials', 'energy_saving', 'environment',
        'nuclear', 'agriculture', 'transport', 'urban_society')),
    industry text NOT NULL CHECK (industry ~ '^[A-T][0-9]{2}$'),
    region text NOT NULL CHECK (region ~ '^[1-9][0-9]{5}$'),
    place text CHECK (length(place) BETWEEN 1 AND 200),
    price_weight integer NOT NULL CHECK (price_weight >= 0),
    plan_weight integer NOT NULL CHECK (plan_weight >= 0),
    qualification_weight integer NOT NULL CHECK (qualification_weight >= 0),
    time_weight integer NOT NULL CHECK (time_weight >= 0),
    file_ids uuid[] NOT NULL CHECK (cardinality(file_ids) <= 20),
    CONSTRAINT budget_is_a_range CHECK (budget_from_minor <= budget_to_minor),
    CONSTRAINT questions_end_by_the_deadline CHECK (questions_until <= deadline),
    CONSTRAINT weights_sum_to_100
        CHECK (price_weight + plan_weight + qualification_weight + time_weight = 100)
);

-- Whose request it is, apart from the request, because it may be anonymous. Its row is written
-- first, so that the request is its owner's from the beginning.
CREATE TABLE request_owner (
    request_id uuid PRIMARY KEY DEFAULT uuidv7(),
    buyer_id uuid NOT NULL REFERENCES organisation,
    buyer_reference text CHECK (length(buyer_reference) BETWEEN 1 AND 200),
    drafted_by uuid NOT NULL REFERENCES person
);
CREATE INDEX ON request_owner (buyer_id, request_id DESC);

-- The root. Its terms are the draft and, once published, those of its newest version. state is
-- kept by acts; from the deadline on an open request is closed whatever the column says: see
-- request_state().
CREATE TABLE enterprise_request (
    id uuid PRIMARY KEY REFERENCES request_owner,
    LIKE request_terms INCLUDING CONSTRAINTS,
    state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'open', 'closed', 'evaluating',
        'awarded', 'no_award', 'cancelled')),
    number integer CHECK (number > 0),
    reason text CHECK (length(reason) BETWEEN 2 AND 1000),
    moved_by uuid NOT NULL REFERENCES person,
    published_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK ((number IS NULL) = (published_at IS NULL)),
    CHECK (CASE state WHEN 'draft' THEN number IS NULL WHEN 'cancelled' THEN true
           ELSE number IS NOT NULL END),
    CHECK ((state IN ('no_award', 'cancelled')) <= (reason IS NOT NULL))
);
CREATE INDEX ON enterprise_request (deadline, id) WHERE state = 'open';

-- What was published, for ever as it was: proposals name the number that they answer.
CREATE TABLE request_version (
    request_id uuid NOT NULL REFERENCES enterprise_request,
    number integer NOT NULL CHECK (number > 0),
    LIKE request_terms INCLUDING CONSTRAINTS,
    cause text NOT NULL CHECK (cause IN ('published', 'changed', 'answered')),
    reason text CHECK (length(reason) BETWEEN 2 AND 1000),
    published_at timestamptz NOT NULL DEFAULT market_now(),
    PRIMARY KEY (request_id, number),
    CHECK ((cause = 'changed') = (reason IS NOT NULL))
);
DROP TABLE request_terms;
ALTER TABLE enterprise_request ADD FOREIGN KEY (id, number)
    REFERENCES request_version (request_id, number);

-- The files of a published request under the names that readers see: an anonymous request's are
-- only numbered. The bytes are found by their hash, so that nobody needs to read the file's row.
CREATE TABLE request_attachment (
    request_id uuid NOT NULL REFERENCES enterprise_request,
    file_id uuid NOT NULL REFERENCES file,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
    media_type text NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    PRIMARY KEY (request_id, file_id)
);

CREATE TABLE request_invitee (
    request_id uuid NOT NULL REFERENCES enterprise_request,
    unit_id uuid NOT NULL REFERENCES organisation,
    invited_by uuid NOT NULL REFERENCES person,
    invited_at timestamptz NOT NULL DEFAULT market_now(),
    PRIMARY KEY (request_id, unit_id)
);
CREATE INDEX ON request_invitee (unit_id, request_id);

-- Questions are everybody's, who asked is the asker's own knowledge.
CREATE TABLE request_question (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    request_id uuid NOT NULL REFERENCES enterprise_request,
    question text NOT NULL CHECK (length(question) BETWEEN 1 AND 2000),
    asked_at timestamptz NOT NULL DEFAULT market_now()
);
CREATE INDEX ON request_question (request_id, id);
CREATE TABLE question_asker (
    question_id uuid PRIMARY KEY DEFAULT uuidv7(),
    request_id uuid NOT NULL REFERENCES enterprise_request,
    unit_id uuid NOT NULL REFERENCES organisation,
    asked_by uuid NOT NULL REFERENCES person
);
ALTER TABLE request_question ADD FOREIGN KEY (id) REFERENCES question_asker;
CREATE TABLE request_answer (
    question_id uuid NOT NULL REFERENCES request_question,
    request_id uuid NOT NULL,
    number integer NOT NULL,
    answer text NOT NULL CHECK (length(answer) BETWEEN 1 AND 5000),
    answered_at timestamptz NOT NULL DEFAULT market_now(),
    PRIMARY KEY (question_id, number),
    FOREIGN KEY (request_id, number) REFERENCES request_version (request_id, number)
);

-- Whoever asked for something sealed before its time, by the id as it was sent: also one that
-- exists nowhere.
CREATE TABLE sealed_access_attempt (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT market_now(),
    person_id uuid NOT NULL REFERENCES person,
    organisation_id uuid REFERENCES organisation,
    subject text NOT NULL CHECK (subject ~ '^[a-z_]+$'),
    asked_id text NOT NULL CHECK (length(asked_id) BETWEEN 1 AND 200)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON request_version
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON request_attachment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON request_question
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON question_asker
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON request_answer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sealed_access_attempt
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The state as of now: the deadline closes a request by itself, the job only writes it down.
CREATE FUNCTION request_state(state text, deadline timestamptz) RETURNS text
    LANGUAGE sql STABLE
    RETURN CASE WHEN state = 'open' AND deadline <= market_now() THEN 'closed' ELSE state END;

-- Whether the actor acts for the enterprise whose request it is.
CREATE FUNCTION buys_request(request uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM request_owner o WHERE o.request_id = buys_request.request
                   AND o.buyer_id = ANY (visible_organisations()))
$$;

CREATE FUNCTION invited_to_request(request uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM request_invitee i WHERE i.request_id = invited_to_request.request
                   AND i.unit_id = ANY (visible_organisations()))
$$;

-- Whose request it is, to those who may know: of an anonymous one nobody else before the award.
CREATE FUNCTION buyer_of(request uuid) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT o.buyer_id FROM request_owner o JOIN enterprise_request r ON r.id = o.request_id
    WHERE o.request_id = buyer_of.request
      AND (acts_as_system() OR o.buyer_id = ANY (visible_organisations())
           OR (r.number IS NOT NULL AND CASE r.secrecy WHEN 'public' THEN true
               WHEN 'invited' THEN invited_to_request(r.id) ELSE r.state = 'awarded' END))
$$;

-- Whether what was sealed until the request's deadline may be opened: it has come.
CREATE FUNCTION request_is_over(request uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM enterprise_request r WHERE r.id = request_is_over.request
                   AND r.number IS NOT NULL AND r.deadline <= market_now())
$$;

-- What stands once it is published: what kind of request it is, how secret, how sealed, and the
-- time that was promised. Nothing is changed from the deadline on. Strangers only count: whatever
-- hangs on a request bumps its version.
CREATE FUNCTION hold_published_request() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF ROW (OLD.kind, OLD.secrecy, OLD.sealed, OLD.currency, OLD.published_at)
        IS DISTINCT FROM ROW (NEW.kind, NEW.secrecy, NEW.sealed, NEW.currency, NEW.published_at)
    THEN
        RAISE EXCEPTION 'request % stands as it was published', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.deadline < OLD.deadline OR (NEW.number > OLD.number AND OLD.deadline <= market_now())
    THEN
        RAISE EXCEPTION 'the deadline of request % holds', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NOT (acts_as_system() OR buys_request(OLD.id)) THEN
        OLD.version := NEW.version;
        IF NEW IS DISTINCT FROM OLD THEN
            RAISE EXCEPTION 'request % belongs to another', OLD.id
                USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER published_request BEFORE UPDATE ON enterprise_request
    FOR EACH ROW WHEN (OLD.number IS NOT NULL) EXECUTE FUNCTION hold_published_request();

REVOKE EXECUTE ON FUNCTION buys_request(uuid), invited_to_request(uuid), buyer_of(uuid),
    request_is_over(uuid), hold_published_request() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION buys_request(uuid), invited_to_request(uuid), buyer_of(uuid),
    request_is_over(uuid), request_state(text, timestamptz) TO market_app, market_auditor;

ALTER TABLE enterprise_request ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON enterprise_request USING ((SELECT acts_as_system()) OR buys_request(id)
    OR (number IS NOT NULL AND cardinality((SELECT visible_organisations())) > 0
        AND (secrecy <> 'invited' OR invited_to_request(id))));
ALTER TABLE request_owner ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON request_owner FOR SELECT USING ((SELECT acts_as_system())
    OR buyer_id = ANY ((SELECT visible_organisations())::uuid[]));
CREATE POLICY own ON request_owner FOR INSERT
    WITH CHECK (buyer_id = ANY ((SELECT visible_organisations())::uuid[]));
CREATE POLICY edited ON request_owner FOR UPDATE
    USING (buyer_id = ANY ((SELECT visible_organisations())::uuid[]));
ALTER TABLE request_version ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON request_version FOR SELECT USING (
    EXISTS (SELECT FROM enterprise_request r WHERE r.id = request_id));
CREATE POLICY published ON request_version FOR INSERT WITH CHECK (buys_request(request_id));
ALTER TABLE request_attachment ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON request_attachment FOR SELECT USING (
    EXISTS (SELECT FROM enterprise_request r WHERE r.id = request_id));
CREATE POLICY published ON request_attachment FOR INSERT WITH CHECK (buys_request(request_id));
ALTER TABLE request_invitee ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON request_invitee FOR SELECT USING ((SELECT acts_as_system())
    OR buys_request(request_id)
    OR unit_id = ANY ((SELECT visible_organisations())::uuid[]));
CREATE POLICY invited ON request_invitee FOR INSERT WITH CHECK (buys_request(request_id));
CREATE POLICY left_out ON request_invitee FOR DELETE USING (buys_request(request_id)
    AND EXISTS (SELECT FROM enterprise_request r WHERE r.id = request_id AND r.number IS NULL));
ALTER TABLE request_question ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON request_question USING (
    EXISTS (SELECT FROM enterprise_request r WHERE r.id = request_id));
ALTER TABLE question_asker ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON question_asker USING ((SELECT acts_as_system())
    OR unit_id = ANY ((SELECT visible_organisations())::uuid[]));
ALTER TABLE request_answer ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON request_answer FOR SELECT USING (
    EXISTS (SELECT FROM enterprise_request r WHERE r.id = request_id));
CREATE POLICY given ON request_answer FOR INSERT WITH CHECK (buys_request(request_id));
ALTER TABLE sealed_access_attempt ENABLE ROW LEVEL SECURITY;
CREATE POLICY noted ON sealed_access_attempt FOR INSERT WITH CHECK (person_id = actor_id()
    AND organisation_id IS NOT DISTINCT FROM acting_organisation());

GRANT SELECT, INSERT, UPDATE (buyer_reference) ON request_owner TO market_app;
GRANT SELECT, INSERT,
    UPDATE (title, problem, kind, quantity, quantity_unit, budget_from_minor, budget_to_minor,
            currency, questions_until, deadline, secrecy, sealed, technical_field, industry,
            region, place, price_weight, plan_weight, qualification_weight, time_weight, file_ids,
            state, number, reason, moved_by, published_at, version)
    ON enterprise_request TO market_app;
GRANT SELECT, INSERT ON request_version, request_attachment, request_question, question_asker,
    request_answer TO market_app;
GRANT SELECT, INSERT, DELETE ON request_invitee TO market_app;
GRANT INSERT ON sealed_access_attempt TO market_app;

INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('enterprise_request', 'draft', NULL, 'draft'),
    ('enterprise_request', 'publish', 'draft', 'open'),
    ('enterprise_request', 'close', 'open', 'closed'),
    ('enterprise_request', 'evaluate', 'closed', 'evaluating'),
    ('enterprise_request', 'award', 'evaluating', 'awarded'),
    ('enterprise_request', 'no_award', 'closed', 'no_award'),
    ('enterprise_request', 'no_award', 'evaluating', 'no_award'),
    ('enterprise_request', 'cancel', 'draft', 'cancelled'),
    ('enterprise_request', 'cancel', 'open', 'cancelled'),
    ('enterprise_request', 'cancel', 'closed', 'cancelled'),
    ('enterprise_request', 'cancel', 'evaluating', 'cancelled');

-- What the public reads: of open requests that are not by invitation, hence without row-level
-- security, and without the buyer of an anonymous one. item is finished JSON. A card that is left
-- behind after the deadline is no longer listed.
CREATE TABLE request_card (
    id uuid PRIMARY KEY REFERENCES enterprise_request,
    number integer NOT NULL,
    version integer NOT NULL,
    published_at timestamptz NOT NULL,
    deadline timestamptz NOT NULL,
    kind text NOT NULL,
    technical_field text NOT NULL,
    industry text NOT NULL,
    region text NOT NULL,
    budget_band text NOT NULL CHECK (budget_band IN ('free', 'under_10000', 'under_50000',
        'under_100000', 'under_200000', 'from_200000', 'foreign')),
    item bytea NOT NULL,
    FOREIGN KEY (id, number) REFERENCES request_version (request_id, number)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON request_card TO market_app;
CREATE INDEX ON request_card (published_at, id);
CREATE INDEX ON request_card (deadline, id);
