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
    order_approved_minor bigint CHECK (order_approved_minor >= 0),
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
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
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

-- The terms that the text states. From the leader's approval on, or once void, they stand still.
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
        RAISE EXCEPTION 'the terms of contract % stand', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER agreed_terms BEFORE UPDATE ON contract
    FOR EACH ROW WHEN (OLD.number IS NOT NULL OR OLD.state = 'void')
    EXECUTE FUNCTION hold_agreed_terms();

CREATE FUNCTION hold_agreed_parts() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    whole uuid := CASE TG_OP WHEN 'INSERT' THEN NEW.contract_id ELSE OLD.contract_id END;
BEGIN
    IF EXISTS (SELECT FROM contract c WHERE c.id = whole
               AND (c.number IS NOT NULL OR c.state = 'void')) THEN
        RAISE EXCEPTION 'the terms of contract % stand', whole
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
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
    OR provider_unit_id = ANY ((SELECT visible_organisations())::uuid[])
    OR books_unit_id = ANY ((SELECT visible_organisations())::uuid[]));
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

-- The wording. The frame says what all contracts say, in the order of 《民法典》第845条; the body of
-- a class fills its blocks. Jinja, rendered in a sandbox in which an unknown name is a fault.
INSERT INTO contract_template (class, language, number, source, body) VALUES
('frame', 'zh-CN', 1, '《中华人民共和国民法典》第三编第二十章，通用条款由协会自拟', $body$
{%- macro party(side, label) -%}
{{ label }}：{{ side.name }}
统一社会信用代码：{{ side.uscc }}
{% if side.address %}住所地：{{ side.address }}
{% endif %}
{%- endmacro -%}
{% block title %}{% endblock %}


合同编号：{{ contract.number or "（负责人审核通过后编号）" }}
项目名称：{{ contract.subject }}

{{ party(buyer, "甲方（" ~ self.buyer_as() ~ "）") }}
{{ party(provider, "乙方（" ~ self.provider_as() ~ "）") }}
{% if performer != provider.name %}
履行单位：{{ performer }}（乙方所属组织，以乙方名义履行，由乙方承担合同责任）

{% endif %}
甲、乙双方依照《中华人民共和国民法典》有关技术合同的规定，经平等协商，就{% block purpose %}{% endblock %}订立本合同，共同遵守。

第一条　标的与内容
{{ contract.scope }}
{% block object %}{% endblock %}

第二条　数量
{% for line in contract.lines %}
{{ loop.index }}. {{ line.description }}：{{ line.quantity }} {{ line.unit | unit }}，单价 {{ line.unit_price_minor | figure }}，计 {{ line.amount_minor | figure }}。
{% endfor %}
{% if contract.attendees %}
参训人员共 {{ contract.attendees | length }} 人：{{ contract.attendees | join("、") }}。
{% endif %}

第三条　履行的期限、地点和方式
1. 履行期限：自本合同生效之日起 {{ contract.term_days }} 个{{ contract.term_unit | unit }}。{% if contract.term_unit == "working_days" %}工作日按国务院公布的放假安排计算。{% endif %}

2. 履行地点：{{ contract.place or blank }}。
3. 履行方式：按第五条所列里程碑逐项履行并交付。

第四条　双方的义务
{% block duties %}{% endblock %}

第五条　里程碑与交付
{% for milestone in contract.milestones %}
{{ loop.index }}. {{ milestone.title }}：应于 {{ milestone.due_on | day }}前完成；价款 {{ milestone.price_minor | figure }}。
   交付物：{{ milestone.deliverable }}
   验收要求：{{ milestone.acceptance_criteria }}
{% else %}
{{ blank }}
{% endfor %}

第六条　价款与税款
{% if contract.free %}
1. 本合同为无偿服务，合同总额为零，甲方不支付任何费用，乙方不得以任何名义另行收费。
{% else %}
1. 合同总额（成交额，含税）：{{ contract.total_minor | money }}。
2. 其中技术交易额：{{ contract.technical_minor | money }}。
{% if contract.capacity == "agent" %}
3. 乙方以中介身份履行：中介报酬为总额的 {{ contract.commission_ppm | percent }}，计 {{ (contract.net_minor + contract.vat_minor) | money }}；其余 {{ contract.owner_minor | money }}为权利人款项，由乙方代收转付，不构成乙方的价款。
{% else %}
3. 上述总额为乙方应得的全部价款，乙方不得另行收取费用。
{% endif %}
{% if contract.exempt %}
4. 本合同主张免征增值税（规则 {{ contract.vat_rule_id }}），税额为零。免税以技术合同认定登记为前提；未获认定登记的，双方应就税款另行订立变更协议。
{% else %}
4. 增值税税率 {{ contract.vat_ppm | percent }}：不含税价款 {{ contract.net_minor | money }}，税额 {{ contract.vat_minor | money }}。税额在本合同签订时确定。
{% endif %}
{% endif %}
{% if royalty_ppm %}
5. 提成：除前述价款外，甲方另按实施本合同技术所得销售收入的 {{ royalty_ppm | percent }}逐年支付提成费；甲方应于每年结束后三十日内提供该年度的销售账目，乙方有权查阅。
{% endif %}

第七条　付款
{% if contract.free %}
本合同无须付款。
{% else %}
{% if contract.instalments %}
甲方分 {{ contract.instalments | length }} 期支付：
{% endif %}
{% for instalment in contract.instalments %}
{{ loop.index }}. {{ instalment.amount_minor | money }}（其中税额 {{ instalment.vat_minor | figure }}），{{ instalment | due }}。
{% else %}
{{ blank }}
{% endfor %}
甲方以银行转账方式支付至乙方请款单载明的账户，并在附言中填写请款单所列付款码。乙方收款后依法开具发票。
{% endif %}

第八条　验收
1. 验收标准：{{ contract.acceptance_standard or blank }}
2. 乙方交付后，甲方应当及时检验；符合约定的，由甲方出具验收单，写明检验人、标准和结论。不符合约定的，甲方应当说明理由退回，乙方应当补正后再次交付。
{% block acceptance %}{% endblock %}

第九条　技术成果与权利
{{ contract.rights_clause or blank }}
{% block rights %}{% endblock %}

第十条　保密
{{ contract.secrecy_clause or blank }}
本条不因本合同终止而失效。

第十一条　违约责任
{% block breach %}{% endblock %}
因不可抗力不能履行的，受影响的一方应当及时通知对方并提供证明，依其影响部分或者全部免除责任。

第十二条　变更与解除
1. 本合同签署后不作涂改。变更或者补充，由双方另行签署协议，与本合同一并保存；未签署的，仍依本合同。
2. 一方迟延履行主要义务，经催告后在三十日内仍未履行的，对方可以解除合同，已履行且经验收的部分据实结算。

第十三条　争议的解决
双方因本合同发生争议，应当先行协商；协商不成的，可以请求技术合同争议调解组织调解，或者依法向乙方住所地有管辖权的人民法院提起诉讼。争议期间，与争议无关的部分应当继续履行。

第十四条　签署与生效
1. 双方由法定代表人，或者持有效授权委托书且在授权范围与限额之内的代理人签署。
2. 双方签署的是本文本的 SHA-256 校验值；校验值相同即为同一文本。
3. 本合同自双方均签署之日起生效。

甲方：{{ buyer.name }}
签署人、授权依据、签署时间：见签署记录

乙方：{{ provider.name }}
签署人、授权依据、签署时间：见签署记录
$body$),
('development', 'zh-CN', 1, '《中华人民共和国民法典》第851—861条', $body$
{% extends "frame" %}
{% block title %}技术开发合同{% endblock %}
{% block buyer_as %}委托人{% endblock %}
{% block provider_as %}研究开发人{% endblock %}
{% block purpose %}甲方委托乙方研究开发前述项目的新技术、新工艺或者新设备{% endblock %}
{% block object %}
乙方应当在本合同生效后提交研究开发计划，写明技术路线、进度和人员；计划经甲方书面认可后实施。
{% endblock %}
{% block duties %}
1. 甲方应当按约定支付研究开发经费和报酬，提供技术资料，提出研究开发要求，完成协作事项，并接受研究开发成果。
2. 乙方应当制定和实施研究开发计划，合理使用研究开发经费，按期完成研究开发工作，交付成果，提供有关的技术资料和必要的技术指导，帮助甲方掌握成果。
3. 作为标的的技术已经由他人公开，致使履行没有意义的，任何一方可以解除合同。
{% endblock %}
{% block acceptance %}
3. 乙方交付成果时，应当一并交付足以使同领域技术人员重现该成果的技术资料。
{% endblock %}
{% block rights %}
上述约定未及之处：委托开发完成的发明创造，申请专利的权利属于乙方；乙方取得专利权的，甲方可以依法实施；乙方转让专利申请权的，甲方在同等条件下优先受让。
{% endblock %}
{% block breach %}
1. 甲方违反约定造成研究开发工作停滞、延误或者失败的，应当承担违约责任，已付款项不予退还。
2. 乙方违反约定造成研究开发工作停滞、延误或者失败的，应当承担违约责任，退还相应经费。
3. 在履行中出现无法克服的技术困难，致使研究开发失败或者部分失败的，一方应当及时通知对方并采取措施减少损失；由此产生的风险由双方合理分担，没有及时通知而扩大损失的，就扩大部分承担责任。
{% endblock %}
$body$),
('transfer', 'zh-CN', 1, '《中华人民共和国民法典》第862—877条', $body$
{% extends "frame" %}
{% block title %}技术转让合同{% endblock %}
{% block buyer_as %}受让人{% endblock %}
{% block provider_as %}让与人{% endblock %}
{% block purpose %}乙方将其有权处分的技术转让给甲方{% endblock %}
{% block object %}
{% if right %}转让的权利：{{ right.title }}（{{ right.kind }}{% if right.number %}，{{ right.number }}{% endif %}）。
{% endif %}
{% endblock %}
{% block duties %}
1. 乙方保证自己是所提供技术的合法拥有者或者有权转让人，并保证所提供的技术完整、无误、有效，能够达到约定的目标。
2. 乙方应当按约定移交技术资料，办理或者协助办理权利变更登记，并进行必要的技术指导。
3. 甲方应当按约定支付价款，并在约定的范围和期限内对乙方提供的技术中尚未公开的秘密部分承担保密义务。
{% endblock %}
{% block acceptance %}
3. 依法须经登记方发生权利变动的，以登记机关变更登记完成为转让完成的标志。
{% endblock %}
{% block rights %}
自转让完成之日起，该技术的权利归甲方所有。甲方按约定实施该技术侵害他人合法权益的，由乙方承担责任。双方可以按互利原则约定后续改进成果的分享；没有约定的，一方后续改进的成果，他方无权分享。
{% endblock %}
{% block breach %}
1. 乙方未按约定转让技术的，应当返还部分或者全部价款，并承担违约责任；违反保密义务的，承担违约责任。
2. 甲方未按约定支付价款的，应当补交并按逾期金额每日万分之三支付违约金；仍不支付的，应当停止实施该技术，交还技术资料，承担违约责任。
3. 因乙方对权利不享有处分权而使甲方不能取得权利的，乙方返还全部价款并赔偿损失。
{% endblock %}
$body$),
('licence', 'zh-CN', 1, '《中华人民共和国民法典》第862—877条', $body$
{% extends "frame" %}
{% block title %}技术许可合同{% endblock %}
{% block buyer_as %}被许可人{% endblock %}
{% block provider_as %}许可人{% endblock %}
{% block purpose %}乙方许可甲方实施其有权许可的技术{% endblock %}
{% block object %}
{% if right %}许可的权利：{{ right.title }}（{{ right.kind }}{% if right.number %}，{{ right.number }}{% endif %}）。
{% endif %}
许可的方式、地域和期限依第九条；没有写明的，为在甲方自己的经营场所内实施的普通许可。
{% endblock %}
{% block duties %}
1. 乙方保证自己有权许可，保证所提供的技术完整、无误、有效，能够达到约定的目标；许可期内应当维持权利有效。
2. 乙方应当交付与实施有关的技术资料，提供必要的技术指导。
3. 甲方应当按约定实施技术、支付使用费，不得许可约定以外的第三人实施，并承担保密义务。
{% endblock %}
{% block acceptance %}
3. 分年度履行的，每一年度的许可以该年度里程碑的验收为准。
{% endblock %}
{% block rights %}
许可不转移技术的权利。权利有效期届满或者被宣告无效的，乙方不得就该权利继续收取使用费。双方可以按互利原则约定后续改进成果的分享；没有约定的，一方后续改进的成果，他方无权分享。
{% endblock %}
{% block breach %}
1. 乙方未按约定许可技术的，应当返还部分或者全部使用费，并承担违约责任；实施技术超越约定范围、擅自许可第三人实施的，应当停止违约行为，承担违约责任。
2. 甲方未按约定支付使用费的，应当补交并按逾期金额每日万分之三支付违约金；仍不支付的，应当停止实施，交还技术资料，承担违约责任。
3. 甲方按约定实施技术侵害他人合法权益的，由乙方承担责任。
{% endblock %}
$body$),
('consulting', 'zh-CN', 1, '《中华人民共和国民法典》第878—881、885—886条', $body$
{% extends "frame" %}
{% block title %}技术咨询合同{% endblock %}
{% block buyer_as %}委托人{% endblock %}
{% block provider_as %}受托人{% endblock %}
{% block purpose %}乙方运用技术知识为甲方的特定技术项目提供可行性论证、技术预测、专题技术调查或者分析评价报告{% endblock %}
{% block duties %}
1. 甲方应当按约定阐明咨询的问题，提供技术背景材料及有关技术资料，接受乙方的工作成果，支付报酬。
2. 乙方应当按约定的期限完成咨询报告或者解答问题，提出的咨询报告应当达到约定的要求，并写明依据的资料和方法。
3. 甲方提供的资料有明显错误或者缺陷的，乙方应当及时通知甲方；甲方应当及时补正。
{% endblock %}
{% block acceptance %}
3. 咨询报告以书面形式交付，甲方按约定标准组织评审。
{% endblock %}
{% block rights %}
上述约定未及之处：乙方利用甲方提供的资料和工作条件完成的新的技术成果，属于乙方；甲方利用乙方的工作成果完成的新的技术成果，属于甲方。
{% endblock %}
{% block breach %}
1. 甲方未按约定提供必要的资料，影响工作进度和质量，不接受或者逾期接受工作成果的，支付的报酬不得追回，未支付的报酬应当支付。
2. 乙方未按期提出咨询报告或者提出的咨询报告不符合约定的，应当承担减收或者免收报酬等违约责任。
3. 甲方按照乙方符合约定要求的咨询报告和意见作出决策所造成的损失，由甲方承担。
{% endblock %}
$body$),
('service', 'zh-CN', 1, '《中华人民共和国民法典》第878、882—886条', $body$
{% extends "frame" %}
{% block title %}技术服务合同{% endblock %}
{% block buyer_as %}委托人{% endblock %}
{% block provider_as %}受托人{% endblock %}
{% block purpose %}乙方以技术知识为甲方解决特定技术问题{% endblock %}
{% block duties %}
1. 甲方应当按约定提供工作条件，完成配合事项，接受工作成果并支付报酬。
2. 乙方应当按约定完成服务项目，解决技术问题，保证工作质量，并传授解决技术问题的知识。
3. 在甲方场所作业的，甲方应当告知现场的危险因素和管理规定，乙方应当遵守并对其人员的安全负责。
4. 甲方提供的资料、样品、设备不符合约定的，乙方应当及时通知甲方；甲方应当在合理期限内补充、修理或者更换。
{% endblock %}
{% block acceptance %}
3. 需要运行检验的，以约定工况下的试运行结果为验收依据。
{% endblock %}
{% block rights %}
上述约定未及之处：乙方利用甲方提供的资料和工作条件完成的新的技术成果，属于乙方；甲方利用乙方的工作成果完成的新的技术成果，属于甲方。
{% endblock %}
{% block breach %}
1. 甲方不履行义务或者履行义务不符合约定，影响工作进度和质量，不接受或者逾期接受工作成果的，支付的报酬不得追回，未支付的报酬应当支付。
2. 乙方未按约定完成服务工作的，应当承担免收报酬等违约责任；由此造成甲方设备、样品损坏的，应当修复或者赔偿。
3. 逾期付款或者逾期交付的，每日按该期金额的万分之三支付违约金，累计不超过合同总额的百分之十。
{% endblock %}
$body$),
('technical_training', 'zh-CN', 1,
 '《中华人民共和国民法典》第887条；最高人民法院关于审理技术合同纠纷案件适用法律若干问题的解释第34—36条', $body$
{% extends "frame" %}
{% block title %}技术服务合同（技术培训）{% endblock %}
{% block buyer_as %}委托人{% endblock %}
{% block provider_as %}受托人{% endblock %}
{% block purpose %}乙方对甲方指定的人员进行特定项目的专业技术训练和技术指导{% endblock %}
{% block object %}
本合同所称培训是针对特定技术项目的训练，不包括职业培训、文化学习和按行业要求进行的普通业务培训。
{% endblock %}
{% block duties %}
1. 甲方应当按约定派出参训人员，参训人员应当具备约定的条件；更换人员的，应当在开班三日前书面通知乙方。
2. 乙方应当配备合格的教员，制定培训计划，按约定的内容、课时和方式完成训练，并进行考核。
3. 培训所需的场地、设备和材料，由双方按第一条的约定提供；没有约定的，由乙方提供。
4. 发现参训人员不符合条件，或者教员不符合要求的，发现的一方应当及时通知对方，对方应当改派。
{% endblock %}
{% block acceptance %}
3. 培训结束后，乙方提交出勤记录和考核结果，甲方据以验收。
{% endblock %}
{% block rights %}
教材和课件的著作权属于乙方；甲方可以在本单位内部为学习目的使用。
{% endblock %}
{% block breach %}
1. 参训人员不符合条件、无故缺席而影响培训的，由甲方承担责任，约定的报酬应当支付。
2. 乙方教员不符合要求或者未完成约定内容而影响培训质量的，应当补训；仍不符合约定的，减收或者免收报酬。
3. 逾期付款的，每日按该期金额的万分之三支付违约金，累计不超过合同总额的百分之十。
{% endblock %}
$body$),
('intermediary', 'zh-CN', 1,
 '《中华人民共和国民法典》第887条、第961—966条；最高人民法院关于审理技术合同纠纷案件适用法律若干问题的解释第38—41条',
$body$
{% extends "frame" %}
{% block title %}技术服务合同（技术中介）{% endblock %}
{% block buyer_as %}委托人{% endblock %}
{% block provider_as %}中介人{% endblock %}
{% block purpose %}乙方以知识、技术、经验和信息为甲方与权利人订立、履行技术合同进行联系、介绍和组织工作{% endblock %}
{% block object %}
{% if right %}所涉权利：{{ right.title }}（{{ right.kind }}{% if right.number %}，{{ right.number }}{% endif %}）。
{% endif %}
{% endblock %}
{% block duties %}
1. 乙方应当如实报告与订立、履行技术合同有关的事项，说明权利人的履约能力，不得隐瞒重要事实或者提供虚假情况。
2. 乙方代收的权利人款项应当单独记账，并在里程碑验收后转付权利人。
3. 甲方应当如实说明需求，按约定支付款项；权利人就其技术的瑕疵向甲方承担责任，乙方应当协助甲方主张。
{% endblock %}
{% block acceptance %}
3. 甲方的验收同时作为乙方完成该部分中介工作和转付权利人款项的依据。
{% endblock %}
{% block rights %}
乙方不因中介取得所涉技术的任何权利。
{% endblock %}
{% block breach %}
1. 乙方故意隐瞒与订立合同有关的重要事实或者提供虚假情况，损害甲方利益的，不得请求支付报酬，并应当赔偿损失。
2. 所介绍的技术合同未能成立的，乙方不得请求支付中介报酬，但可以请求支付约定的、从事中介活动的必要费用。
3. 逾期付款或者逾期转付的，每日按该期金额的万分之三支付违约金，累计不超过合同总额的百分之十。
{% endblock %}
$body$);
