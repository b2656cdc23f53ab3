-- Contracts from the order to the second signature: what was agreed, what is performed, what is
-- paid, who reviewed it, the text that was signed and the signatures under it.

-- The unit that made the offering provides; the nearest legal person above it (`books_unit_id`) is
-- the party and keeps the books. net + VAT is the whole price, for an agent the commission; what
-- an agent passes on to the owner is untaxed.
CREATE TABLE contract (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    number text UNIQUE CHECK (number ~ '^[A-Z]{2,6}-[0-9]{4}-(ZX|FW|PX|ZR)-[0-9]{4,}$'),
    provider_unit_id uuid NOT NULL REFERENCES organisation,
    books_unit_id uuid NOT NULL REFERENCES organisation,
    buyer_id uuid NOT NULL REFERENCES organisation,
    offering_id uuid NOT NULL,
    offering_version integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('consulting', 'service', 'training', 'transfer')),
    statutory_class text NOT NULL CHECK (statutory_class IN
        ('development', 'transfer', 'licence', 'consulting', 'service')),
    sub_class text CHECK (sub_class IN ('technical_training', 'intermediary')),
    state text NOT NULL CHECK (state IN ('drafting', 'tech_review', 'finance_review',
        'leader_review', 'awaiting_signatures', 'active', 'completed', 'void')),
    order_reason text NOT NULL CHECK (length(order_reason) BETWEEN 2 AND 1000),
    buyer_reference text CHECK (length(buyer_reference) BETWEEN 1 AND 200),
    ordered_by uuid NOT NULL REFERENCES person,
    order_approved_by uuid REFERENCES person CHECK (order_approved_by <> ordered_by),
    order_approved_minor bigint CHECK (order_approved_minor > 0),
    subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 200),
    scope text NOT NULL CHECK (length(scope) BETWEEN 1 AND 10000),
    acceptance_standard text CHECK (length(acceptance_standard) BETWEEN 1 AND 10000),
    rights_clause text CHECK (length(rights_clause) BETWEEN 1 AND 10000),
    secrecy_clause text CHECK (length(secrecy_clause) BETWEEN 1 AND 10000),
    place text CHECK (length(place) BETWEEN 1 AND 200),
    term_days integer NOT NULL CHECK (term_days BETWEEN 1 AND 3650),
    term_unit text NOT NULL CHECK (term_unit IN ('calendar_days', 'working_days')),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    total_minor bigint NOT NULL CHECK (total_minor BETWEEN 0 AND 9007199254740991),
    technical_minor bigint NOT NULL CHECK (technical_minor BETWEEN 0 AND total_minor),
    capacity text NOT NULL CHECK (capacity IN ('principal', 'agent')),
    commission_ppm integer CHECK (commission_ppm BETWEEN 1 AND 1000000),
    free boolean NOT NULL,
    exempt boolean NOT NULL DEFAULT false,
    vat_rule_id text NOT NULL CHECK (length(vat_rule_id) BETWEEN 1 AND 100),
    vat_ppm integer NOT NULL CHECK (vat_ppm BETWEEN 0 AND 1000000),
    net_minor bigint NOT NULL CHECK (net_minor >= 0),
    vat_minor bigint NOT NULL CHECK (vat_minor >= 0),
    owner_minor bigint NOT NULL DEFAULT 0 CHECK (owner_minor >= 0),
    vat_policy_id uuid NOT NULL REFERENCES policy,
    review_round integer NOT NULL DEFAULT 0 CHECK (review_round >= 0),
    submitted_by uuid REFERENCES person,
    effective_on date,
    term_ends_on date CHECK (term_ends_on >= effective_on),
    term_provisional boolean NOT NULL DEFAULT false,
    void_reason text CHECK (length(void_reason) BETWEEN 2 AND 1000),
    voided_by uuid REFERENCES person,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    FOREIGN KEY (offering_id, offering_version) REFERENCES offering_version (offering_id, number),
    CONSTRAINT sub_class_of_service CHECK (sub_class IS NULL OR statutory_class = 'service'),
    CONSTRAINT price_is_net_vat_and_owner
        CHECK (net_minor + vat_minor + owner_minor = total_minor),
    CONSTRAINT agent_has_commission CHECK ((capacity = 'agent') = (commission_ppm IS NOT NULL)),
    CONSTRAINT principal_passes_nothing_on CHECK (capacity = 'agent' OR owner_minor = 0),
    CONSTRAINT intermediary_is_an_agent
        CHECK (sub_class IS DISTINCT FROM 'intermediary' OR capacity = 'agent'),
    CONSTRAINT free_costs_nothing CHECK (NOT free OR total_minor = 0),
    CONSTRAINT only_free_costs_nothing CHECK (number IS NULL OR free OR total_minor > 0),
    CONSTRAINT exempt_has_no_vat CHECK (NOT exempt OR vat_ppm = 0),
    CONSTRAINT no_rate_no_vat CHECK (vat_ppm > 0 OR vat_minor = 0),
    CONSTRAINT approval_covers_an_amount
        CHECK ((order_approved_by IS NULL) = (order_approved_minor IS NULL)),
    CONSTRAINT numbered_when_approved CHECK (CASE state WHEN 'void' THEN true
        ELSE (number IS NOT NULL) = (state IN ('awaiting_signatures', 'active', 'completed')) END),
    CONSTRAINT in_force_has_its_term CHECK (num_nonnulls(effective_on, term_ends_on)
        = CASE WHEN state IN ('active', 'completed') THEN 2 ELSE 0 END),
    CONSTRAINT void_says_why
        CHECK (num_nonnulls(void_reason, voided_by) = CASE state WHEN 'void' THEN 2 ELSE 0 END)
);
CREATE INDEX ON contract (provider_unit_id, id);
CREATE INDEX ON contract (buyer_id, id);
CREATE INDEX ON contract (books_unit_id, id);

-- What is bought, line by line: pieces, days, years, or places in a course.
CREATE TABLE quantity_line (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    contract_id uuid NOT NULL REFERENCES contract,
    position integer NOT NULL CHECK (position BETWEEN 1 AND 1000),
    description text NOT NULL CHECK (length(description) BETWEEN 1 AND 200),
    unit text NOT NULL CHECK (unit IN ('lot', 'item', 'day', 'person', 'year')),
    quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 1000000),
    unit_price_minor bigint NOT NULL CHECK (unit_price_minor BETWEEN 0 AND 9007199254740991),
    amount_minor bigint NOT NULL,
    UNIQUE (contract_id, position),
    CHECK (amount_minor = quantity * unit_price_minor)
);

-- The named people of a course.
CREATE TABLE attendee (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    contract_id uuid NOT NULL REFERENCES contract,
    position integer NOT NULL CHECK (position BETWEEN 1 AND 1000),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    UNIQUE (contract_id, position)
);

-- What is performed. Its moves, and what else they note, belong to 0007_performance.sql.
CREATE TABLE milestone (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    contract_id uuid NOT NULL REFERENCES contract,
    position integer NOT NULL CHECK (position BETWEEN 1 AND 1000),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    deliverable text NOT NULL CHECK (length(deliverable) BETWEEN 1 AND 1000),
    acceptance_criteria text NOT NULL CHECK (length(acceptance_criteria) BETWEEN 1 AND 1000),
    price_minor bigint NOT NULL CHECK (price_minor >= 0),
    net_minor bigint NOT NULL CHECK (net_minor >= 0),
    vat_minor bigint NOT NULL CHECK (vat_minor >= 0),
    owner_minor bigint NOT NULL CHECK (owner_minor >= 0),
    due_on date NOT NULL,
    state text NOT NULL DEFAULT 'planned' CHECK (state IN
        ('planned', 'in_progress', 'delivered', 'returned', 'accepted', 'rejected')),
    started_at timestamptz,
    accepted_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    UNIQUE (contract_id, position),
    UNIQUE (contract_id, id),
    CHECK (net_minor + vat_minor + owner_minor = price_minor)
);

-- What is paid. due_on: the agreed day; due_days: so many days after signing, or after the
-- acceptance of the milestone.
CREATE TABLE instalment (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    contract_id uuid NOT NULL REFERENCES contract,
    position integer NOT NULL CHECK (position BETWEEN 1 AND 1000),
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    net_minor bigint NOT NULL CHECK (net_minor >= 0),
    vat_minor bigint NOT NULL CHECK (vat_minor >= 0),
    owner_minor bigint NOT NULL CHECK (owner_minor >= 0),
    trigger text NOT NULL CHECK (trigger IN ('signing', 'date', 'milestone')),
    due_on date,
    due_days integer CHECK (due_days BETWEEN 0 AND 3650),
    milestone_id uuid,
    UNIQUE (contract_id, position),
    FOREIGN KEY (contract_id, milestone_id) REFERENCES milestone (contract_id, id),
    CHECK (net_minor + vat_minor + owner_minor = amount_minor),
    CHECK ((trigger = 'date') = (due_on IS NOT NULL)),
    CHECK ((trigger = 'date') = (due_days IS NULL)),
    CHECK ((trigger = 'milestone') = (milestone_id IS NOT NULL))
);
CREATE INDEX ON instalment (milestone_id) WHERE milestone_id IS NOT NULL;

-- Everyone who wrote in the draft: none of them may review it.
CREATE TABLE contract_drafter (
    contract_id uuid NOT NULL REFERENCES contract,
    person_id uuid NOT NULL REFERENCES person,
    PRIMARY KEY (contract_id, person_id)
);

-- A round begins with a submission and ends with a return or the leader's approval. One person
-- gives at most one verdict in it, and each stage gets one.
CREATE TABLE contract_review (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    contract_id uuid NOT NULL REFERENCES contract,
    round integer NOT NULL CHECK (round > 0),
    stage text NOT NULL CHECK (stage IN ('technical', 'finance', 'leader')),
    reviewer_id uuid NOT NULL REFERENCES person,
    verdict text NOT NULL CHECK (verdict IN ('pass', 'return')),
    reasons text CHECK (length(reasons) BETWEEN 2 AND 1000),
    reviewed_at timestamptz NOT NULL DEFAULT market_now(),
    CONSTRAINT one_verdict_a_person UNIQUE (contract_id, round, reviewer_id),
    CONSTRAINT one_verdict_a_stage UNIQUE (contract_id, round, stage),
    CHECK (verdict = 'pass' OR reasons IS NOT NULL)
);

CREATE FUNCTION refuse_drafter_as_reviewer() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF EXISTS (SELECT FROM contract_drafter d
               WHERE d.contract_id = NEW.contract_id AND d.person_id = NEW.reviewer_id) THEN
        RAISE EXCEPTION 'reviewer % wrote in contract %', NEW.reviewer_id, NEW.contract_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reviewed_by_others BEFORE INSERT ON contract_review
    FOR EACH ROW EXECUTE FUNCTION refuse_drafter_as_reviewer();

-- The wording of contracts: a frame of common clauses and a body per class that fills it in. The
-- newest number is in use.
CREATE TABLE contract_template (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    class text NOT NULL CHECK (class IN ('development', 'transfer', 'licence', 'consulting',
        'service', 'technical_training', 'intermediary', 'frame')),
    language text NOT NULL CHECK (language IN ('zh-CN', 'en')),
    number integer NOT NULL CHECK (number > 0),
    body text NOT NULL CHECK (length(body) BETWEEN 1 AND 50000),
    source text NOT NULL CHECK (length(source) BETWEEN 1 AND 1000),
    created_at timestamptz NOT NULL DEFAULT market_now(),
    UNIQUE (class, language, number)
);

-- The canonical text: the very bytes that are signed. Amendments will be texts of their own.
CREATE TABLE contract_text (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    contract_id uuid NOT NULL UNIQUE REFERENCES contract,
    template_id uuid NOT NULL REFERENCES contract_template,
    frame_id uuid NOT NULL REFERENCES contract_template,
    body bytea NOT NULL CHECK (length(body) BETWEEN 1 AND 1000000),
    sha256 bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    UNIQUE (contract_id, sha256),
    CONSTRAINT hash_is_of_the_body CHECK (sha256 = sha256(body))
);

-- One signature a party, over that hash and no other; nobody signs for both.
CREATE TABLE signature (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    contract_id uuid NOT NULL REFERENCES contract,
    party text NOT NULL CHECK (party IN ('provider', 'buyer')),
    organisation_id uuid NOT NULL REFERENCES organisation,
    signer_id uuid NOT NULL REFERENCES person,
    authority_id uuid NOT NULL REFERENCES signing_authority,
    method text NOT NULL CHECK (method IN ('platform', 'ca', 'sealed_scan')),
    file_id uuid REFERENCES file,
    text_sha256 bytea NOT NULL,
    address text NOT NULL CHECK (length(address) BETWEEN 1 AND 100),
    signed_at timestamptz NOT NULL DEFAULT market_now(),
    CONSTRAINT one_signature_a_party UNIQUE (contract_id, party),
    CONSTRAINT nobody_signs_for_both UNIQUE (contract_id, signer_id),
    FOREIGN KEY (contract_id, text_sha256) REFERENCES contract_text (contract_id, sha256),
    CHECK ((method = 'platform') = (file_id IS NULL))
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON contract_review
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON contract_template
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON contract_text
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON signature
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The terms that the text states. From the leader's approval on they stand still.
CREATE FUNCTION hold_agreed_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ROW (OLD.number, OLD.provider_unit_id, OLD.books_unit_id, OLD.buyer_id, OLD.offering_id,
            OLD.offering_version, OLD.kind, OLD.statutory_class, OLD.sub_class, OLD.subject,
            OLD.scope, OLD.acceptance_standard, OLD.rights_clause, OLD.secrecy_clause, OLD.place,
            OLD.term_days, OLD.term_unit, OLD.currency, OLD.total_minor, OLD.technical_minor,
            OLD.capacity, OLD.commission_ppm, OLD.free, OLD.exempt, OLD.vat_rule_id, OLD.vat_ppm,
            OLD.net_minor, OLD.vat_minor, OLD.owner_minor)
        IS DISTINCT FROM
       ROW (NEW.number, NEW.provider_unit_id, NEW.books_unit_id, NEW.buyer_id, NEW.offering_id,
            NEW.offering_version, NEW.kind, NEW.statutory_class, NEW.sub_class, NEW.subject,
            NEW.scope, NEW.acceptance_standard, NEW.rights_clause, NEW.secrecy_clause, NEW.place,
            NEW.term_days, NEW.term_unit, NEW.currency, NEW.total_minor, NEW.technical_minor,
            NEW.capacity, NEW.commission_ppm, NEW.free, NEW.exempt, NEW.vat_rule_id, NEW.vat_ppm,
            NEW.net_minor, NEW.vat_minor, NEW.owner_minor)
    THEN
        RAISE EXCEPTION 'the terms of contract % are agreed', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER agreed_terms BEFORE UPDATE ON contract
    FOR EACH ROW WHEN (OLD.number IS NOT NULL) EXECUTE FUNCTION hold_agreed_terms();

CREATE FUNCTION hold_agreed_parts() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public AS $$
DECLARE
    whole uuid := CASE TG_OP WHEN 'INSERT' THEN NEW.contract_id ELSE OLD.contract_id END;
BEGIN
    IF EXISTS (SELECT FROM contract c WHERE c.id = whole
               AND (c.number IS NOT NULL OR c.state = 'void')) THEN
        RAISE EXCEPTION 'the terms of contract % are agreed', whole
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER agreed_parts BEFORE INSERT OR UPDATE OR DELETE ON quantity_line
    FOR EACH ROW EXECUTE FUNCTION hold_agreed_parts();
CREATE TRIGGER agreed_parts BEFORE INSERT OR UPDATE OR DELETE ON attendee
    FOR EACH ROW EXECUTE FUNCTION hold_agreed_parts();
CREATE TRIGGER agreed_parts BEFORE INSERT OR UPDATE OR DELETE ON instalment
    FOR EACH ROW EXECUTE FUNCTION hold_agreed_parts();
CREATE TRIGGER agreed_parts BEFORE INSERT OR DELETE OR UPDATE OF contract_id, position, title,
    deliverable, acceptance_criteria, price_minor, net_minor, vat_minor, owner_minor, due_on
    ON milestone FOR EACH ROW EXECUTE FUNCTION hold_agreed_parts();

-- A contract gets its number only when lines, milestones and instalments close to the fen.
CREATE FUNCTION check_contract_closes() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF (SELECT coalesce(sum(amount_minor), 0) <> NEW.total_minor
        FROM quantity_line WHERE contract_id = NEW.id)
    OR (SELECT (coalesce(sum(price_minor), 0), coalesce(sum(net_minor), 0),
                coalesce(sum(vat_minor), 0), coalesce(sum(owner_minor), 0))
            <> (NEW.total_minor, NEW.net_minor, NEW.vat_minor, NEW.owner_minor)
        FROM milestone WHERE contract_id = NEW.id)
    OR (SELECT (coalesce(sum(amount_minor), 0), coalesce(sum(net_minor), 0),
                coalesce(sum(vat_minor), 0), coalesce(sum(owner_minor), 0))
            <> (NEW.total_minor, NEW.net_minor, NEW.vat_minor, NEW.owner_minor)
        FROM instalment WHERE contract_id = NEW.id) THEN
        RAISE EXCEPTION 'the parts of contract % do not sum to its total', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER closes_to_the_fen BEFORE UPDATE ON contract
    FOR EACH ROW WHEN (OLD.number IS NULL AND NEW.number IS NOT NULL)
    EXECUTE FUNCTION check_contract_closes();

REVOKE EXECUTE ON FUNCTION refuse_drafter_as_reviewer(), hold_agreed_parts(),
    check_contract_closes() FROM PUBLIC;

ALTER TABLE contract ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON contract USING ((SELECT acts_as_system())
    OR buyer_id = ANY ((SELECT visible_organisations())::uuid[])
    OR provider_unit_id = ANY ((SELECT visible_organisations())::uuid[]));
ALTER TABLE quantity_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON quantity_line USING (
    EXISTS (SELECT FROM contract c WHERE c.id = contract_id));
ALTER TABLE attendee ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON attendee USING (
    EXISTS (SELECT FROM contract c WHERE c.id = contract_id));
ALTER TABLE milestone ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON milestone USING (
    EXISTS (SELECT FROM contract c WHERE c.id = contract_id));
ALTER TABLE instalment ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON instalment USING (
    EXISTS (SELECT FROM contract c WHERE c.id = contract_id));
ALTER TABLE contract_drafter ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON contract_drafter USING (
    EXISTS (SELECT FROM contract c WHERE c.id = contract_id));
ALTER TABLE contract_review ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON contract_review USING (
    EXISTS (SELECT FROM contract c WHERE c.id = contract_id));
ALTER TABLE contract_text ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON contract_text USING (
    EXISTS (SELECT FROM contract c WHERE c.id = contract_id));
ALTER TABLE signature ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON signature USING (
    EXISTS (SELECT FROM contract c WHERE c.id = contract_id));

GRANT SELECT, INSERT,
    UPDATE (number, statutory_class, sub_class, state, order_approved_by, order_approved_minor,
            subject, scope, acceptance_standard, rights_clause, secrecy_clause, place, term_days,
            term_unit, total_minor, technical_minor, exempt, vat_rule_id, vat_ppm, net_minor,
            vat_minor, owner_minor, vat_policy_id, review_round, submitted_by, effective_on,
            term_ends_on, term_provisional, void_reason, voided_by, version)
    ON contract TO market_app;
GRANT SELECT, INSERT, DELETE ON quantity_line, attendee TO market_app;
GRANT SELECT, INSERT, DELETE, UPDATE (net_minor, vat_minor, owner_minor) ON instalment
    TO market_app;
GRANT SELECT, INSERT, DELETE,
    UPDATE (net_minor, vat_minor, owner_minor, state, started_at, accepted_at, version)
    ON milestone TO market_app;
GRANT SELECT, INSERT ON contract_drafter, contract_review, contract_text, signature TO market_app;
GRANT SELECT ON contract_template TO market_app;

INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('contract', 'order', NULL, 'drafting'),
    ('contract', 'submit', 'drafting', 'tech_review'),
    ('contract', 'pass_technical', 'tech_review', 'finance_review'),
    ('contract', 'pass_finance', 'finance_review', 'leader_review'),
    ('contract', 'approve', 'leader_review', 'awaiting_signatures'),
    ('contract', 'return', 'tech_review', 'drafting'),
    ('contract', 'return', 'finance_review', 'drafting'),
    ('contract', 'return', 'leader_review', 'drafting'),
    ('contract', 'activate', 'awaiting_signatures', 'active'),
    ('contract', 'complete', 'active', 'completed'),
    ('contract', 'void', 'drafting', 'void'),
    ('contract', 'void', 'tech_review', 'void'),
    ('contract', 'void', 'finance_review', 'void'),
    ('contract', 'void', 'leader_review', 'void'),
    ('contract', 'void', 'awaiting_signatures', 'void');

INSERT INTO policy (name, number, effective_on, body, source, state, proposed_by, decided_by)
VALUES
    ('direct_order', 1, '2000-01-01', '{"limit_minor": 20000000, "currency": "CNY"}',
     '协会采购办法：由服务项目直接下单，金额超过二十万元的须经买方另一位主管批准。 The association''s rules of '
     'direct orders: above 200,000.00 yuan a manager of the buyer, another person, approves.',
     'approved', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001'),
    ('vat', 1, '2000-01-01',
     '{"rates_ppm": {"general": 60000, "small_scale": 10000},
       "exemptions": {"vat.exempt.technology_transfer":
           {"classes": ["development", "transfer", "licence"],
            "source": "财税〔2016〕36号附件3第一条第(二十六)项：技术转让、技术开发和与之相关的技术咨询、技术服务"}}}',
     '现代服务税率6%：财税〔2016〕36号附件1第十五条；小规模纳税人减按1%：财政部 税务总局公告2023年第19号',
     'approved', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001'),
    ('stamp_duty', 1, '2022-07-01', '{"rate_ppm": 300}',
     '《中华人民共和国印花税法》附印花税税目税率表：技术合同，价款、报酬或者使用费的万分之三；计税依据不包括列明的增值税税款(第五条)',
     'approved', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001');
