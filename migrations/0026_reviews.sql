-- Reviews 互评: what the parties of a completed contract say of each other, seen by nobody else
-- before both have spoken or the time for it is over. And what the public reads of providers: a
-- member is shown to it only as far as he agreed.

CREATE TABLE review (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    contract_id uuid NOT NULL REFERENCES contract,
    party text NOT NULL CHECK (party IN ('provider', 'buyer')),
    reviewer_id uuid NOT NULL REFERENCES organisation,
    reviewed_id uuid NOT NULL REFERENCES organisation,
    quality integer NOT NULL CHECK (quality BETWEEN 1 AND 5),
    punctuality integer NOT NULL CHECK (punctuality BETWEEN 1 AND 5),
    communication integer NOT NULL CHECK (communication BETWEEN 1 AND 5),
    comment text NOT NULL CHECK (length(comment) BETWEEN 1 AND 2000),
    state text NOT NULL DEFAULT 'written' CHECK (state IN ('written', 'hidden')),
    written_by uuid NOT NULL REFERENCES person,
    written_at timestamptz NOT NULL DEFAULT market_now(),
    closes_at timestamptz NOT NULL,
    policy_id uuid NOT NULL REFERENCES policy,
    answer text CHECK (length(answer) BETWEEN 1 AND 2000),
    answered_by uuid REFERENCES person,
    answered_at timestamptz,
    hidden_reason text CHECK (length(hidden_reason) BETWEEN 2 AND 1000),
    hidden_by uuid REFERENCES person,
    hidden_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT one_review_a_party UNIQUE (contract_id, party),
    CONSTRAINT of_the_other CHECK (reviewed_id <> reviewer_id),
    CONSTRAINT written_within_its_window CHECK (written_at < closes_at),
    CHECK (num_nonnulls(answer, answered_by, answered_at) IN (0, 3)),
    CONSTRAINT hidden_says_why CHECK (num_nonnulls(hidden_reason, hidden_by, hidden_at)
        = CASE state WHEN 'hidden' THEN 3 ELSE 0 END)
);
CREATE INDEX ON review (reviewed_id, id);

-- Whether the reviews of a contract are no longer sealed from each other: both are written, or
-- the time to write is over.
CREATE FUNCTION reviews_are_shown(contract uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT count(*) = 2 OR min(r.closes_at) <= market_now()
    FROM review r WHERE r.contract_id = reviews_are_shown.contract
$$;

-- A review as it is read now, under the reader's own rights.
CREATE VIEW review_now WITH (security_invoker = true) AS
    SELECT r.id, r.contract_id, r.party, r.reviewer_id, r.reviewed_id, r.quality, r.punctuality,
           r.communication, r.comment, r.state, r.written_by, r.written_at, r.closes_at, r.answer,
           r.answered_by, r.answered_at, r.hidden_reason, r.hidden_by, r.hidden_at, r.version,
           reviews_are_shown(r.contract_id) AS shown
    FROM review r;

-- What the other side has read stands, and an answer is given once.
CREATE FUNCTION hold_shown_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.answer IS DISTINCT FROM NEW.answer AND OLD.answer IS NOT NULL
       OR ROW (OLD.quality, OLD.punctuality, OLD.communication, OLD.comment)
          IS DISTINCT FROM ROW (NEW.quality, NEW.punctuality, NEW.communication, NEW.comment)
          AND reviews_are_shown(OLD.contract_id)
    THEN
        RAISE EXCEPTION 'review % stands as it was read', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER shown_review BEFORE UPDATE ON review
    FOR EACH ROW EXECUTE FUNCTION hold_shown_review();

-- What everybody may read of the reviews of an organisation: not who wrote them, nor of what.
CREATE FUNCTION shown_reviews(organisation uuid)
    RETURNS TABLE (id uuid, kind text, quality integer, punctuality integer,
                   communication integer, comment text, answer text, written_on date)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT r.id, c.kind, r.quality, r.punctuality, r.communication, r.comment, r.answer,
           (r.written_at AT TIME ZONE 'Asia/Shanghai')::date
    FROM review r JOIN contract c ON c.id = r.contract_id
    WHERE r.reviewed_id = shown_reviews.organisation AND r.state = 'written'
      AND reviews_are_shown(r.contract_id)
$$;

-- What a unit delivered, or with a member's id what he took part in: contracts whose every
-- milestone was accepted, without buyer and price, each by its month alone.
CREATE FUNCTION delivered_work(unit uuid, member uuid)
    RETURNS TABLE (kind text, title_zh text, title_en text, accepted_in date)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.kind, v.title_zh, v.title_en,
           date_trunc('month', (SELECT max(m.accepted_at) FROM milestone m
                                WHERE m.contract_id = c.id) AT TIME ZONE 'Asia/Shanghai')::date
    FROM contract c
    LEFT JOIN offering_version v
        ON v.offering_id = c.offering_id AND v.number = c.offering_version
    WHERE c.provider_unit_id = delivered_work.unit AND c.state = 'completed'
      AND (delivered_work.member IS NULL OR delivered_work.member = ANY (v.member_ids))
$$;

-- What a member agreed that the public reads of him: his name and trade, and these certificates.
-- The row is the consent, and withdrawing it deletes the row.
CREATE TABLE member_profile (
    id uuid PRIMARY KEY REFERENCES member,
    qualification_ids uuid[] NOT NULL CHECK (cardinality(qualification_ids) <= 100),
    agreed_by uuid NOT NULL REFERENCES person,
    agreed_at timestamptz NOT NULL DEFAULT market_now(),
    version integer NOT NULL DEFAULT 1
);

-- Who is shown: on a register today, and either a group, which is no person, or agreed himself and
-- still there. Of a person only the certificates that he chose.
CREATE FUNCTION shown_members()
    RETURNS TABLE (id uuid, unit_id uuid, kind text, name text, trade text,
                   qualification_ids uuid[])
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT m.id, m.unit_id, m.kind, coalesce(m.group_name, p.name), m.trade,
           CASE m.kind WHEN 'group' THEN ARRAY(SELECT q.id FROM qualification q
                                               WHERE q.member_id = m.id)
                ELSE f.qualification_ids END
    FROM member m
    LEFT JOIN member_profile f ON f.id = m.id
    LEFT JOIN person p ON p.id = m.person_id
    WHERE m.state = 'enrolled' AND holds_on(market_today(), m.from_on, m.to_on)
      AND (m.kind = 'group' OR (f.agreed_by = m.person_id AND p.state = 'active'))
$$;

-- Their good certificates, without numbers, which are for the register alone.
CREATE FUNCTION shown_qualifications(member uuid)
    RETURNS TABLE (kind text, level text, issuer text, issued_on date, expires_on date)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT q.kind, q.level, q.issuer, q.issued_on, q.expires_on
    FROM shown_members() s JOIN qualification q
        ON q.member_id = s.id AND q.id = ANY (s.qualification_ids)
    WHERE s.id = shown_qualifications.member AND q.withdrawn_on IS NULL
      AND holds_on(market_today(), q.issued_on, q.expires_on)
$$;

-- The published offerings in which a member does the work, as their cards show them.
CREATE FUNCTION offered_by_member(member uuid) RETURNS TABLE (published_at timestamptz, item bytea)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.published_at, c.item
    FROM member m JOIN offering_card c ON c.unit_id = m.unit_id
    JOIN offering_version v ON v.offering_id = c.id AND v.number = c.number
    WHERE m.id = offered_by_member.member AND m.id = ANY (v.member_ids)
$$;

REVOKE EXECUTE ON FUNCTION reviews_are_shown(uuid), hold_shown_review(), shown_reviews(uuid),
    delivered_work(uuid, uuid), shown_members(), shown_qualifications(uuid),
    offered_by_member(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reviews_are_shown(uuid), shown_reviews(uuid),
    delivered_work(uuid, uuid), shown_members(), shown_qualifications(uuid),
    offered_by_member(uuid) TO market_app;
GRANT EXECUTE ON FUNCTION reviews_are_shown(uuid) TO market_auditor;

ALTER TABLE review ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON review USING ((SELECT acts_as_system())
    OR reviewer_id = ANY ((SELECT visible_organisations())::uuid[])
    OR (reviewed_id = ANY ((SELECT visible_organisations())::uuid[])
        AND reviews_are_shown(contract_id)));
ALTER TABLE member_profile ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON member_profile FOR SELECT USING (
    EXISTS (SELECT FROM member m WHERE m.id = member_profile.id));
CREATE POLICY own ON member_profile FOR ALL USING (agreed_by = (SELECT actor_id()))
    WITH CHECK (agreed_by = (SELECT actor_id()));

GRANT SELECT, INSERT, UPDATE (quality, punctuality, communication, comment, state, answer,
    answered_by, answered_at, hidden_reason, hidden_by, hidden_at, version) ON review TO market_app;
GRANT SELECT, INSERT, UPDATE (qualification_ids, agreed_at, version), DELETE
    ON member_profile TO market_app;
GRANT SELECT ON review_now TO market_app;

INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('review', 'write', NULL, 'written'),
    ('review', 'hide', 'written', 'hidden');

INSERT INTO policy (name, number, effective_on, body, source, state, proposed_by, decided_by)
VALUES
    ('reviews', 1, '2000-01-01', '{"window_days": 30}',
     '协会互评规则：全部验收后三十日内双方互评一次，双方均已评价或期满后公开。 The association''s rules of reviews: '
     'within thirty days of the last acceptance, shown once both have written or the time is over.',
     'approved', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001');
