-- Judging 评审 and award 定标: who scores opened proposals and what came of it; the award with its
-- standstill, complaints against it, and the contract that is drafted from it.

-- An evaluation begins when its request is closed. Its round is a whole scoring by all judges; a
-- complaint that is upheld, or terms that were agreed on later, begin the next.
CREATE TABLE evaluation (
    id uuid PRIMARY KEY REFERENCES enterprise_request,
    state text NOT NULL DEFAULT 'scoring' CHECK (state IN ('scoring', 'scored')),
    round integer NOT NULL DEFAULT 1 CHECK (round > 0),
    reason text CHECK (length(reason) BETWEEN 2 AND 1000),
    policy_id uuid NOT NULL REFERENCES policy,
    started_by uuid NOT NULL REFERENCES person,
    started_at timestamptz NOT NULL DEFAULT market_now(),
    version integer NOT NULL DEFAULT 1
);

-- A judge is a person of the buyer, or an expert on the register of a unit. He declares first that
-- he has no interest, or recuses himself; both stay on record.
CREATE TABLE judge (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    request_id uuid NOT NULL REFERENCES evaluation,
    person_id uuid NOT NULL REFERENCES person,
    member_id uuid REFERENCES member,
    state text NOT NULL DEFAULT 'appointed'
        CHECK (state IN ('appointed', 'declared', 'recused')),
    reason text CHECK (length(reason) BETWEEN 2 AND 1000),
    appointed_by uuid NOT NULL REFERENCES person,
    appointed_at timestamptz NOT NULL DEFAULT market_now(),
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT one_judge_a_person UNIQUE (request_id, person_id),
    UNIQUE (request_id, id),
    CHECK ((state = 'recused') = (reason IS NOT NULL))
);
CREATE INDEX ON judge (person_id);

-- Points from 0 to 100 for what people judge; the points for the price follow from a formula.
CREATE TABLE score (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    request_id uuid NOT NULL,
    judge_id uuid NOT NULL,
    round integer NOT NULL CHECK (round > 0),
    proposal_id uuid NOT NULL,
    number integer NOT NULL,
    plan integer NOT NULL CHECK (plan BETWEEN 0 AND 100),
    qualification integer NOT NULL CHECK (qualification BETWEEN 0 AND 100),
    "time" integer NOT NULL CHECK ("time" BETWEEN 0 AND 100),
    note text NOT NULL CHECK (length(note) BETWEEN 2 AND 1000),
    scored_at timestamptz NOT NULL DEFAULT market_now(),
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT one_score UNIQUE (judge_id, round, proposal_id),
    FOREIGN KEY (request_id, judge_id) REFERENCES judge (request_id, id),
    FOREIGN KEY (proposal_id, number) REFERENCES proposal_revision (proposal_id, number)
);
CREATE INDEX ON score (request_id, round);

-- What a round came to: hundredths of a point, averaged over the judges and weighted. spread names
-- the criteria in which judges are further apart than the policy allows without a word.
CREATE TABLE evaluation_result (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    request_id uuid NOT NULL REFERENCES evaluation,
    round integer NOT NULL CHECK (round > 0),
    proposal_id uuid NOT NULL,
    number integer NOT NULL,
    price_minor bigint NOT NULL,
    submitted_at timestamptz NOT NULL,
    price_hundredths integer NOT NULL CHECK (price_hundredths BETWEEN 0 AND 10000),
    plan_hundredths integer NOT NULL CHECK (plan_hundredths BETWEEN 0 AND 10000),
    qualification_hundredths integer NOT NULL
        CHECK (qualification_hundredths BETWEEN 0 AND 10000),
    time_hundredths integer NOT NULL CHECK (time_hundredths BETWEEN 0 AND 10000),
    total_hundredths integer NOT NULL CHECK (total_hundredths BETWEEN 0 AND 10000),
    rank integer NOT NULL CHECK (rank > 0),
    spread text[] NOT NULL CHECK (spread <@ ARRAY['plan', 'qualification', 'time']),
    judges integer NOT NULL CHECK (judges > 0),
    made_at timestamptz NOT NULL DEFAULT market_now(),
    UNIQUE (request_id, round, proposal_id),
    CONSTRAINT no_shared_rank UNIQUE (request_id, round, rank),
    FOREIGN KEY (proposal_id, number) REFERENCES proposal_revision (proposal_id, number)
);

-- The award pins the revision that binds. A judged one names who came out best; it stands still
-- until the time for complaints is over and none is open. One live award a request.
CREATE TABLE award (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    request_id uuid NOT NULL REFERENCES evaluation,
    request_number integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('judged', 'direct')),
    proposal_id uuid NOT NULL,
    proposal_number integer NOT NULL,
    unit_id uuid NOT NULL REFERENCES organisation,
    best_id uuid REFERENCES proposal,
    round integer,
    price_minor bigint NOT NULL CHECK (price_minor >= 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    reason text CHECK (length(reason) BETWEEN 2 AND 1000),
    state text NOT NULL CHECK (state IN ('proposed', 'standstill', 'final', 'set_aside')),
    proposed_by uuid NOT NULL REFERENCES person,
    approved_by uuid REFERENCES person,
    announced_at timestamptz,
    standstill_until timestamptz,
    provisional boolean NOT NULL DEFAULT false,
    final_at timestamptz,
    end_reason text CHECK (length(end_reason) BETWEEN 2 AND 1000),
    policy_id uuid NOT NULL REFERENCES policy,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    FOREIGN KEY (request_id, request_number) REFERENCES request_version (request_id, number),
    FOREIGN KEY (proposal_id, proposal_number) REFERENCES proposal_revision (proposal_id, number),
    CONSTRAINT four_eyes CHECK (approved_by <> proposed_by),
    CONSTRAINT announced_to_all CHECK (num_nonnulls(announced_at, standstill_until)
        = CASE state WHEN 'proposed' THEN 0 WHEN 'set_aside'
          THEN CASE WHEN announced_at IS NULL THEN 0 ELSE 2 END ELSE 2 END),
    CONSTRAINT final_after_the_standstill CHECK ((state = 'final') = (final_at IS NOT NULL)
        AND (final_at IS NULL OR final_at >= standstill_until)),
    CHECK ((state = 'set_aside') = (end_reason IS NOT NULL)),
    CONSTRAINT judged_has_a_best CHECK ((kind = 'judged') = (best_id IS NOT NULL)
        AND (kind = 'judged') = (round IS NOT NULL)),
    CONSTRAINT another_than_the_best_says_why
        CHECK (reason IS NOT NULL OR proposal_id = best_id)
);
CREATE UNIQUE INDEX one_live_award ON award (request_id) WHERE state <> 'set_aside';
CREATE INDEX ON award (standstill_until) WHERE state = 'standstill';

-- A bidder's complaint against an award, once, within its standstill; due_on: when it is answered.
CREATE TABLE complaint (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    award_id uuid NOT NULL REFERENCES award,
    proposal_id uuid NOT NULL REFERENCES proposal,
    unit_id uuid NOT NULL REFERENCES organisation,
    grounds text NOT NULL CHECK (length(grounds) BETWEEN 2 AND 5000),
    state text NOT NULL DEFAULT 'filed' CHECK (state IN ('filed', 'upheld', 'refused')),
    filed_by uuid NOT NULL REFERENCES person,
    filed_at timestamptz NOT NULL DEFAULT market_now(),
    due_on date NOT NULL,
    provisional boolean NOT NULL,
    answer text CHECK (length(answer) BETWEEN 2 AND 5000),
    answered_by uuid REFERENCES person,
    answered_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT one_complaint_a_bidder UNIQUE (award_id, unit_id),
    CHECK (num_nonnulls(answer, answered_by, answered_at)
        = CASE state WHEN 'filed' THEN 0 ELSE 3 END)
);

-- A contract comes from an offering that was ordered, or from an award.
ALTER TABLE contract ALTER COLUMN offering_id DROP NOT NULL,
    ALTER COLUMN offering_version DROP NOT NULL,
    ADD COLUMN award_id uuid REFERENCES award,
    ADD CONSTRAINT made_of_one_thing CHECK (num_nonnulls(offering_id, offering_version)
        = 2 OR (award_id IS NOT NULL AND num_nonnulls(offering_id, offering_version) = 0));
CREATE UNIQUE INDEX one_contract_an_award ON contract (award_id) WHERE state <> 'void';

-- Once an award is announced, its request is neither cancelled nor ended without one; it is awarded
-- when the award is final, and not otherwise.
CREATE FUNCTION hold_awarded_request() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.state IN ('cancelled', 'no_award')
        AND EXISTS (SELECT FROM award a WHERE a.request_id = NEW.id AND a.state <> 'set_aside'))
       OR (NEW.state = 'awarded'
           AND NOT EXISTS (SELECT FROM award a WHERE a.request_id = NEW.id AND a.state = 'final'))
    THEN
        RAISE EXCEPTION 'request % has a live award', NEW.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER awarded_request BEFORE UPDATE ON enterprise_request
    FOR EACH ROW WHEN (NEW.state IN ('cancelled', 'no_award', 'awarded')
                       AND NEW.state <> OLD.state)
    EXECUTE FUNCTION hold_awarded_request();

-- Whether the actor was named to judge and did not recuse himself.
CREATE FUNCTION judges_request(request uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM judge j WHERE j.request_id = judges_request.request
                   AND j.person_id = actor_id() AND j.state <> 'recused')
$$;

-- Whether a person has to do with somebody who bid: holds a role there or at the unit that keeps
-- its books, or would do the work himself.
CREATE FUNCTION has_interest(person uuid, request uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM proposal p WHERE p.request_id = has_interest.request AND p.state <> 'draft'
          AND (holds_role_in(has_interest.person, p.unit_id)
               OR holds_role_in(has_interest.person, p.books_unit_id)
               OR EXISTS (SELECT FROM member m WHERE m.person_id = has_interest.person
                          AND m.unit_id = p.unit_id AND m.state = 'enrolled')
               OR EXISTS (SELECT FROM proposal_revision v
                          JOIN member m ON m.id = ANY (v.member_ids)
                          WHERE v.proposal_id = p.id AND m.person_id = has_interest.person)))
$$;

-- What the deadline opened, with the revision that binds, for those who judge and for the buyer.
CREATE FUNCTION opened_proposals(request uuid)
    RETURNS TABLE (proposal_id uuid, state text, unit_id uuid, unit_name_zh text,
                   unit_name_en text, number integer, price_minor bigint, currency text,
                   plan text, quantity integer, quantity_unit text, milestones jsonb,
                   instalments jsonb, members jsonb, valid_until date, submitted_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.id, proposal_state(p.state, p.valid_until, r.deadline, r.state), p.unit_id,
           u.name_zh, u.name_en, v.number, v.price_minor, v.currency, v.plan, v.quantity,
           v.quantity_unit, v.milestones, v.instalments, v.members, v.valid_until, p.submitted_at
    FROM enterprise_request r
    JOIN proposal p ON p.request_id = r.id
    JOIN proposal_revision v ON v.proposal_id = p.id AND v.number = p.number
    JOIN organisation u ON u.id = p.unit_id
    WHERE r.id = opened_proposals.request AND request_is_over(r.id)
      AND (acts_as_system() OR buys_request(r.id)
           OR EXISTS (SELECT FROM judge j WHERE j.request_id = r.id AND j.state = 'declared'
                      AND j.person_id = actor_id()))
      AND proposal_state(p.state, p.valid_until, r.deadline, r.state)
          IN ('opened', 'shortlisted', 'selected', 'rejected')
$$;

-- Whether the actor is of a unit whose proposal was opened, and the outcome was announced.
CREATE FUNCTION learns_outcome(request uuid, proposal uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM proposal p JOIN enterprise_request r ON r.id = p.request_id
                   JOIN award a ON a.request_id = r.id AND a.announced_at IS NOT NULL
                   WHERE r.id = learns_outcome.request AND bids_for(p.unit_id, r.id)
                     AND proposal_opened_at(p.opened_at, p.state, p.valid_until, r.deadline,
                                            r.state) IS NOT NULL
                     AND (learns_outcome.proposal IS NULL OR p.id = learns_outcome.proposal))
$$;

-- A score is a declared judge's own, while all are sealed, for a proposal of this request.
CREATE FUNCTION hold_scores() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM evaluation e JOIN judge j ON j.request_id = e.id
                   JOIN proposal p ON p.request_id = e.id
                   WHERE e.id = NEW.request_id AND e.state = 'scoring' AND e.round = NEW.round
                     AND j.id = NEW.judge_id AND j.state = 'declared'
                     AND j.person_id = actor_id() AND p.id = NEW.proposal_id)
    THEN
        RAISE EXCEPTION 'score % is not open', NEW.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sealed_scores BEFORE INSERT OR UPDATE ON score
    FOR EACH ROW EXECUTE FUNCTION hold_scores();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON evaluation_result
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What is awarded stands; an award is final only while nobody's complaint is open.
CREATE FUNCTION hold_award() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF ROW (OLD.request_id, OLD.proposal_id, OLD.proposal_number, OLD.price_minor, OLD.reason)
       IS DISTINCT FROM
       ROW (NEW.request_id, NEW.proposal_id, NEW.proposal_number, NEW.price_minor, NEW.reason)
       OR OLD.state IN ('final', 'set_aside')
       OR (NEW.state = 'final' AND EXISTS (SELECT FROM complaint c
                                           WHERE c.award_id = NEW.id AND c.state <> 'refused'))
    THEN
        RAISE EXCEPTION 'award % stands', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER standing_award BEFORE UPDATE ON award
    FOR EACH ROW EXECUTE FUNCTION hold_award();

REVOKE EXECUTE ON FUNCTION judges_request(uuid), has_interest(uuid, uuid), opened_proposals(uuid),
    learns_outcome(uuid, uuid), hold_scores(), hold_award(),
    hold_awarded_request() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION judges_request(uuid), has_interest(uuid, uuid), opened_proposals(uuid),
    learns_outcome(uuid, uuid) TO market_app;

ALTER TABLE evaluation ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON evaluation USING ((SELECT acts_as_system()) OR buys_request(id)
    OR judges_request(id));
ALTER TABLE judge ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON judge USING ((SELECT acts_as_system()) OR buys_request(request_id)
    OR person_id = (SELECT actor_id()));
-- Nobody reads another's score before the round is over, the buyer neither.
ALTER TABLE score ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON score USING ((SELECT acts_as_system())
    OR EXISTS (SELECT FROM judge j WHERE j.id = judge_id AND j.person_id = (SELECT actor_id()))
    OR EXISTS (SELECT FROM evaluation e WHERE e.id = score.request_id
               AND (e.state = 'scored' OR e.round > score.round)));
ALTER TABLE evaluation_result ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON evaluation_result FOR SELECT USING (
    EXISTS (SELECT FROM evaluation e WHERE e.id = request_id)
    OR learns_outcome(request_id, proposal_id));
CREATE POLICY reckoned ON evaluation_result FOR INSERT WITH CHECK ((SELECT acts_as_system()));
ALTER TABLE award ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON award USING ((SELECT acts_as_system()) OR buys_request(request_id)
    OR (announced_at IS NOT NULL AND learns_outcome(request_id, NULL)));
ALTER TABLE complaint ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON complaint USING ((SELECT acts_as_system())
    OR EXISTS (SELECT FROM award a WHERE a.id = award_id AND buys_request(a.request_id))
    OR unit_id = (SELECT acting_organisation()) AND unit_id = ANY ((SELECT visible_organisations())::uuid[]));

GRANT SELECT, INSERT, UPDATE (state, round, reason, version) ON evaluation TO market_app;
GRANT SELECT, INSERT, UPDATE (state, reason, version) ON judge TO market_app;
GRANT SELECT, INSERT, UPDATE (number, plan, qualification, "time", note, scored_at, version)
    ON score TO market_app;
GRANT SELECT, INSERT ON evaluation_result TO market_app;
GRANT SELECT, INSERT, UPDATE (state, approved_by, announced_at, standstill_until, provisional,
    final_at, end_reason, version) ON award TO market_app;
GRANT SELECT, INSERT, UPDATE (state, answer, answered_by, answered_at, version)
    ON complaint TO market_app;

INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('evaluation', 'start', NULL, 'scoring'),
    ('evaluation', 'finish', 'scoring', 'scored'),
    ('evaluation', 'reopen', 'scored', 'scoring'),
    ('judge', 'appoint', NULL, 'appointed'),
    ('judge', 'declare', 'appointed', 'declared'),
    ('judge', 'recuse', 'appointed', 'recused'),
    ('judge', 'recuse', 'declared', 'recused'),
    ('award', 'propose', NULL, 'proposed'),
    ('award', 'announce', NULL, 'standstill'),
    ('award', 'announce', 'proposed', 'standstill'),
    ('award', 'finalise', 'standstill', 'final'),
    ('award', 'set_aside', 'proposed', 'set_aside'),
    ('award', 'set_aside', 'standstill', 'set_aside'),
    ('complaint', 'file', NULL, 'filed'),
    ('complaint', 'uphold', 'filed', 'upheld'),
    ('complaint', 'refuse', 'filed', 'refused'),
    ('proposal', 'reinstate', 'selected', 'shortlisted');

INSERT INTO policy (name, number, effective_on, body, source, state, proposed_by, decided_by)
VALUES
    ('judging', 1, '2000-01-01', '{"least_judges": 2, "spread_points": 30}',
     '协会评审办法：评委不少于二人；价格分为最低报价除以该报价乘以一百；同项评分相差三十分以上须标出；同分者价低者优先，再同则先递交者优先。 '
     'The association''s rules of judging: two judges at least; points for the price are the lowest over '
     'this one times a hundred; thirty points apart are flagged; ties go to the lower price, then to the earlier.',
     'approved', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001'),
    ('award', 1, '2000-01-01',
     '{"standstill_working_days": 3, "answer_working_days": 5, "direct_limit_minor": 5000000,
       "currency": "CNY"}',
     '协会定标办法：公示三个工作日，异议五个工作日内答复；直接定标超过五万元的须经买方另一位主管批准。 The association''s rules of '
     'awards: a standstill of three working days, complaints answered within five; a direct award above '
     '50,000.00 yuan is approved by a manager of the buyer, another person.',
     'approved', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001');
