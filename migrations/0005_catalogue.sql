-- The catalogue: rights that transfers point to, offerings, their published versions, and the
-- cards from which the public listing and detail are served.

-- Rights 知识产权. Managed by a unit, owned by people or organisations, each with a share; a
-- right is settled when it is in force and every owner has consented to its transfer.
CREATE TABLE ip_right (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    unit_id uuid NOT NULL REFERENCES organisation,
    kind text NOT NULL CHECK (kind IN ('invention_patent', 'utility_model', 'design_patent',
        'software_copyright', 'know_how', 'circuit_layout', 'plant_variety')),
    number text CHECK (length(number) BETWEEN 1 AND 64),
    description_hash text CHECK (description_hash ~ '^[0-9a-f]{64}$'),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    expires_on date,
    state text NOT NULL CHECK (state IN ('pending', 'in_force', 'lapsed', 'disputed')),
    state_reason text CHECK (length(state_reason) BETWEEN 2 AND 1000),
    state_file_id uuid REFERENCES file,
    registered_by uuid NOT NULL REFERENCES person,
    moved_by uuid NOT NULL REFERENCES person,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    -- Know-how has no number at any office; the hash of its sealed description names it.
    CHECK ((kind = 'know_how') = (number IS NULL)),
    CHECK ((kind = 'know_how') = (description_hash IS NOT NULL)),
    CHECK (kind <> 'know_how' OR (state <> 'pending' AND expires_on IS NULL)),
    UNIQUE (kind, number),
    UNIQUE (description_hash),
    UNIQUE (id, unit_id)
);
CREATE INDEX ON ip_right (unit_id, id DESC);

-- unit_id repeats the right's, so that the policies of the two tables do not call each other.
CREATE TABLE right_owner (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    right_id uuid NOT NULL,
    unit_id uuid NOT NULL,
    person_id uuid REFERENCES person,
    organisation_id uuid REFERENCES organisation,
    share_ppm integer NOT NULL CHECK (share_ppm BETWEEN 1 AND 1000000),
    consent_method text CHECK (consent_method IN ('platform', 'signed_scan')),
    consent_file_id uuid REFERENCES file,
    consented_on date,
    consent_recorded_by uuid REFERENCES person,
    FOREIGN KEY (right_id, unit_id) REFERENCES ip_right (id, unit_id),
    UNIQUE (right_id, person_id),
    UNIQUE (right_id, organisation_id),
    CHECK (num_nonnulls(person_id, organisation_id) = 1),
    CHECK (num_nonnulls(consent_method, consented_on, consent_recorded_by) IN (0, 3)),
    CHECK ((consent_file_id IS NOT NULL) = (consent_method IS NOT DISTINCT FROM 'signed_scan'))
);

CREATE FUNCTION check_owners_shares() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    IF (SELECT sum(share_ppm) FROM right_owner WHERE right_id = NEW.right_id)
        IS DISTINCT FROM 1000000 THEN
        RAISE EXCEPTION 'the owners'' shares of right % do not sum to the whole', NEW.right_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER shares_sum_to_the_whole AFTER INSERT OR UPDATE ON right_owner
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_owners_shares();

ALTER TABLE ip_right ENABLE ROW LEVEL SECURITY;
ALTER TABLE right_owner ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON right_owner USING (
    (SELECT acts_as_system())
    OR unit_id = ANY ((SELECT visible_organisations())::uuid[])
    OR organisation_id = ANY ((SELECT visible_organisations())::uuid[])
    OR person_id = (SELECT actor_id()));
CREATE POLICY seen ON ip_right USING (
    (SELECT acts_as_system())
    OR unit_id = ANY ((SELECT visible_organisations())::uuid[])
    OR EXISTS (SELECT FROM right_owner o WHERE o.right_id = ip_right.id
               AND (o.organisation_id = ANY ((SELECT visible_organisations())::uuid[])
                    OR o.person_id = (SELECT actor_id()))));

-- Whether an owner can sign in and so consents himself: a person with a password, an organisation
-- with a signatory, manager or leader who has one. Strangers' sign-ins are not visible otherwise.
CREATE FUNCTION owner_signs_in(person uuid, organisation uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM password w WHERE w.person_id = owner_signs_in.person)
        OR EXISTS (SELECT FROM current_grant g JOIN password w ON w.person_id = g.person_id
                   WHERE g.organisation_id = owner_signs_in.organisation
                     AND g.role IN ('signatory', 'manager', 'leader'))
$$;
REVOKE EXECUTE ON FUNCTION owner_signs_in(uuid, uuid), check_owners_shares() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION owner_signs_in(uuid, uuid) TO market_app;

GRANT SELECT, INSERT, UPDATE (state, state_reason, state_file_id, moved_by, version) ON ip_right
    TO market_app;
GRANT SELECT, INSERT,
    UPDATE (consent_method, consent_file_id, consented_on, consent_recorded_by) ON right_owner
    TO market_app;

INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('right', 'register', NULL, 'in_force'),
    ('right', 'register_pending', NULL, 'pending'),
    ('right', 'grant', 'pending', 'in_force'),
    ('right', 'lapse', 'pending', 'lapsed'),
    ('right', 'lapse', 'in_force', 'lapsed'),
    ('right', 'lapse', 'disputed', 'lapsed'),
    ('right', 'dispute', 'pending', 'disputed'),
    ('right', 'dispute', 'in_force', 'disputed'),
    ('right', 'settle', 'disputed', 'in_force');

-- What an offering says, and the rules that hold for every draft and every version alike. The
-- template is copied into both tables, then dropped.
CREATE TABLE offering_terms (
    title_zh text NOT NULL CHECK (length(title_zh) BETWEEN 1 AND 200),
    title_en text NOT NULL CHECK (length(title_en) BETWEEN 1 AND 200),
    summary text NOT NULL CHECK (length(summary) BETWEEN 1 AND 500),
    description text NOT NULL CHECK (length(description) BETWEEN 1 AND 10000),
    deliverables text[] NOT NULL CHECK (cardinality(deliverables) BETWEEN 1 AND 50),
    price_model text NOT NULL CHECK (price_model IN
        ('fixed', 'from', 'per_item', 'per_day', 'per_person', 'per_year', 'quote')),
    price_minor bigint CHECK (price_minor BETWEEN 0 AND 9007199254740991),
    royalty_ppm integer CHECK (royalty_ppm BETWEEN 1 AND 1000000),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    tax_class text NOT NULL CHECK (tax_class IN ('taxable', 'exemptible')),
    free_or_paid text NOT NULL CHECK (free_or_paid IN ('free', 'paid')),
    lead_time_days integer NOT NULL CHECK (lead_time_days BETWEEN 0 AND 3650),
    member_ids uuid[] NOT NULL CHECK (cardinality(member_ids) BETWEEN 1 AND 100),
    qualifications text[] NOT NULL CHECK (cardinality(qualifications) <= 50),
    technical_field text NOT NULL CHECK (technical_field IN ('electronics', 'aerospace',
        'advanced_manufacturing', 'biomedicine', 'new_materials', 'energy_saving', 'environment',
        'nuclear', 'agriculture', 'transport', 'urban_society')),
    industry text NOT NULL CHECK (industry ~ '^[A-T][0-9]{2}$'),
    region text NOT NULL CHECK (region ~ '^[1-9][0-9]{5}$'),
    capacity text NOT NULL CHECK (capacity IN ('principal', 'agent')),
    commission_ppm integer CHECK (commission_ppm BETWEEN 1 AND 1000000),
    right_id uuid,
    kind text NOT NULL CHECK (kind IN ('consulting', 'service', 'training', 'transfer')),
    CONSTRAINT quote_has_no_price CHECK ((price_model = 'quote') = (price_minor IS NULL)),
    CONSTRAINT free_has_price_zero
        CHECK ((free_or_paid = 'free') = (price_minor IS NOT DISTINCT FROM 0)),
    CONSTRAINT free_price_is_fixed CHECK (free_or_paid = 'paid' OR price_model = 'fixed'),
    CONSTRAINT royalty_is_per_year CHECK (royalty_ppm IS NULL OR price_model = 'per_year'),
    CONSTRAINT agent_has_commission CHECK ((capacity = 'agent') = (commission_ppm IS NOT NULL)),
    CONSTRAINT agent_sells_a_right CHECK (capacity = 'principal' OR kind = 'transfer'),
    CONSTRAINT transfer_has_right CHECK ((kind = 'transfer') = (right_id IS NOT NULL)),
    CONSTRAINT transfer_alone_is_exemptible CHECK (tax_class = 'taxable' OR kind = 'transfer')
);

-- The root. Its terms are the draft: what the next version will say, equal to the published
-- version while no revision is open. revision_state: where the draft beside a published version
-- stands, or how the last one ended.
CREATE TABLE offering (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    unit_id uuid NOT NULL REFERENCES organisation,
    code text NOT NULL CHECK (code ~ '^[A-Z0-9][A-Z0-9-]{1,31}$'),
    LIKE offering_terms INCLUDING CONSTRAINTS,
    state text NOT NULL DEFAULT 'draft'
        CHECK (state IN ('draft', 'in_review', 'published', 'suspended', 'retired')),
    revision_state text
        CHECK (revision_state IN ('draft', 'in_review', 'published', 'discarded')),
    published_number integer CHECK (published_number > 0),
    maker_ids uuid[] NOT NULL CHECK (cardinality(maker_ids) BETWEEN 1 AND 1000),
    submitted_by uuid REFERENCES person,
    submitted_at timestamptz,
    review_due_on date,
    review_due_provisional boolean NOT NULL DEFAULT false,
    moved_by uuid NOT NULL REFERENCES person,
    reason text CHECK (length(reason) BETWEEN 2 AND 1000),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    UNIQUE (unit_id, code),
    FOREIGN KEY (right_id, unit_id) REFERENCES ip_right (id, unit_id),
    CHECK (state NOT IN ('draft', 'in_review') OR published_number IS NULL),
    CHECK (state NOT IN ('published', 'suspended') OR published_number IS NOT NULL),
    CHECK (revision_state IS NULL OR state IN ('published', 'suspended', 'retired')),
    CHECK (state <> 'retired' OR revision_state IS NULL
        OR revision_state IN ('published', 'discarded')),
    CONSTRAINT review_has_its_clock CHECK (
        num_nonnulls(submitted_by, submitted_at, review_due_on)
        = CASE WHEN 'in_review' IN (state, revision_state) THEN 3 ELSE 0 END)
);
CREATE INDEX ON offering (unit_id, id DESC);
CREATE INDEX ON offering (review_due_on, id) WHERE review_due_on IS NOT NULL;
CREATE INDEX ON offering (right_id) WHERE right_id IS NOT NULL;

-- A published version, for ever as it was: contracts pin (offering_id, number). It repeats what
-- a reader may need of the root and of the right, because strangers see neither.
CREATE TABLE offering_version (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    offering_id uuid NOT NULL REFERENCES offering,
    number integer NOT NULL CHECK (number > 0),
    unit_id uuid NOT NULL REFERENCES organisation,
    code text NOT NULL,
    LIKE offering_terms INCLUDING CONSTRAINTS,
    right_kind text,
    right_number text,
    right_title text,
    maker_ids uuid[] NOT NULL,
    published_by uuid NOT NULL REFERENCES person,
    published_at timestamptz NOT NULL DEFAULT market_now(),
    UNIQUE (offering_id, number),
    CHECK (num_nonnulls(right_id, right_kind, right_title) IN (0, 3)),
    CONSTRAINT reviewed_by_another CHECK (published_by <> ALL (maker_ids))
);
DROP TABLE offering_terms;
ALTER TABLE offering ADD FOREIGN KEY (id, published_number)
    REFERENCES offering_version (offering_id, number);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON offering_version
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Every verdict given, with the version of the offering that it left behind.
CREATE TABLE offering_review (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    offering_id uuid NOT NULL REFERENCES offering,
    verdict text NOT NULL CHECK (verdict IN ('pass', 'return')),
    reasons text CHECK (length(reasons) BETWEEN 2 AND 1000),
    published_number integer,
    submitted_by uuid NOT NULL REFERENCES person,
    submitted_at timestamptz NOT NULL,
    due_on date NOT NULL,
    reviewer_id uuid NOT NULL REFERENCES person,
    reviewed_at timestamptz NOT NULL DEFAULT market_now(),
    offering_version integer NOT NULL,
    FOREIGN KEY (offering_id, published_number) REFERENCES offering_version (offering_id, number),
    UNIQUE (offering_id, offering_version),
    CHECK ((verdict = 'pass') = (published_number IS NOT NULL)),
    CHECK (verdict = 'pass' OR reasons IS NOT NULL),
    CHECK (reviewer_id <> submitted_by)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON offering_review
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE offering ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON offering USING (
    (SELECT acts_as_system()) OR unit_id = ANY ((SELECT visible_organisations())::uuid[]));
ALTER TABLE offering_review ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON offering_review USING (
    EXISTS (SELECT FROM offering o WHERE o.id = offering_id));
GRANT SELECT, INSERT,
    UPDATE (title_zh, title_en, summary, description, deliverables, price_model, price_minor,
            royalty_ppm, currency, tax_class, free_or_paid, lead_time_days, member_ids,
            qualifications, technical_field, industry, region, capacity, commission_ppm, right_id,
            state, revision_state, published_number, maker_ids, submitted_by, submitted_at,
            review_due_on, review_due_provisional, moved_by, reason, version)
    ON offering TO market_app;
GRANT SELECT, INSERT ON offering_version, offering_review TO market_app;

INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('offering', 'draft', NULL, 'draft'),
    ('offering', 'submit', 'draft', 'in_review'),
    ('offering', 'return', 'in_review', 'draft'),
    ('offering', 'publish', 'in_review', 'published'),
    ('offering', 'suspend', 'published', 'suspended'),
    ('offering', 'resume', 'suspended', 'published'),
    ('offering', 'retire', 'draft', 'retired'),
    ('offering', 'retire', 'published', 'retired'),
    ('offering', 'retire', 'suspended', 'retired'),
    ('offering_revision', 'draft', NULL, 'draft'),
    ('offering_revision', 'draft', 'published', 'draft'),
    ('offering_revision', 'draft', 'discarded', 'draft'),
    ('offering_revision', 'submit', 'draft', 'in_review'),
    ('offering_revision', 'return', 'in_review', 'draft'),
    ('offering_revision', 'publish', 'in_review', 'published'),
    ('offering_revision', 'discard', 'draft', 'discarded');

-- What the public reads: of published offerings alone, hence without row-level security. item
-- and detail are finished JSON, served as they lie here.
CREATE TABLE offering_card (
    id uuid PRIMARY KEY REFERENCES offering,
    number integer NOT NULL,
    version integer NOT NULL,
    published_at timestamptz NOT NULL,
    price_key bigint NOT NULL,
    kind text NOT NULL,
    technical_field text NOT NULL,
    industry text NOT NULL,
    region text NOT NULL,
    unit_id uuid NOT NULL,
    price_band text NOT NULL CHECK (price_band IN ('free', 'under_10000', 'under_50000',
        'under_100000', 'under_200000', 'from_200000', 'quote', 'foreign')),
    item bytea NOT NULL,
    detail bytea NOT NULL,
    FOREIGN KEY (id, number) REFERENCES offering_version (offering_id, number)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON offering_card TO market_app;

-- Every listing by newest with up to two filters is one range of one index, and with more
-- filters a range that is filtered further; likewise by price with up to one. The two indexes
-- for no filter are partial on what holds for every row: only the listing that says so too can
-- take them, for with a filter they would be read from end to end when matches are rare.
CREATE INDEX ON offering_card (published_at, id) WHERE number > 0;
CREATE INDEX ON offering_card (kind, published_at, id);
CREATE INDEX ON offering_card (technical_field, published_at, id);
CREATE INDEX ON offering_card (industry, published_at, id);
CREATE INDEX ON offering_card (region, published_at, id);
CREATE INDEX ON offering_card (unit_id, published_at, id);
CREATE INDEX ON offering_card (price_band, published_at, id);
CREATE INDEX ON offering_card (kind, technical_field, published_at, id);
CREATE INDEX ON offering_card (kind, industry, published_at, id);
CREATE INDEX ON offering_card (kind, region, published_at, id);
CREATE INDEX ON offering_card (kind, unit_id, published_at, id);
CREATE INDEX ON offering_card (kind, price_band, published_at, id);
CREATE INDEX ON offering_card (technical_field, industry, published_at, id);
CREATE INDEX ON offering_card (technical_field, region, published_at, id);
CREATE INDEX ON offering_card (technical_field, unit_id, published_at, id);
CREATE INDEX ON offering_card (technical_field, price_band, published_at, id);
CREATE INDEX ON offering_card (industry, region, published_at, id);
CREATE INDEX ON offering_card (industry, unit_id, published_at, id);
CREATE INDEX ON offering_card (industry, price_band, published_at, id);
CREATE INDEX ON offering_card (region, unit_id, published_at, id);
CREATE INDEX ON offering_card (region, price_band, published_at, id);
CREATE INDEX ON offering_card (unit_id, price_band, published_at, id);
CREATE INDEX ON offering_card (price_key, id) WHERE number > 0;
CREATE INDEX ON offering_card (kind, price_key, id);
CREATE INDEX ON offering_card (technical_field, price_key, id);
CREATE INDEX ON offering_card (industry, price_key, id);
CREATE INDEX ON offering_card (region, price_key, id);
CREATE INDEX ON offering_card (unit_id, price_key, id);
CREATE INDEX ON offering_card (price_band, price_key, id);

-- How long a review may take, and which days are working days (State Council's yearly notice:
-- weekdays off, weekend days worked; a day after `until` is not yet known).
INSERT INTO policy (name, number, effective_on, body, source, state, proposed_by, decided_by)
VALUES
    ('catalogue.review', 1, '2000-01-01', '{"working_days": 5}',
     '技协服务项目审核办法 The association''s house rule on reviewing offerings',
     'approved', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001'),
    ('working_days', 1, '2000-01-01',
     '{"until": "2026-12-31",
       "off": ["2026-01-01", "2026-01-02", "2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19",
               "2026-02-20", "2026-02-23", "2026-04-06", "2026-05-01", "2026-05-04", "2026-05-05",
               "2026-06-19", "2026-09-25", "2026-10-01", "2026-10-02", "2026-10-05", "2026-10-06",
               "2026-10-07"],
       "worked": ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20",
                  "2026-10-10"]}',
     '国务院办公厅关于2026年部分节假日安排的通知',
     'approved', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001');
