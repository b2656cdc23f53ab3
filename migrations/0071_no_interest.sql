-- Whoever has to do with a bidder neither judges, nor awards, nor reads its rivals: asked each time
-- anew, of the person, in whatever organisation he acts.

-- The units where a person holds a role or is on the register, and those that keep their books.
CREATE FUNCTION units_around(person uuid) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_agg(w.id) || array_agg(books_of(w.id))
    FROM (SELECT g.organisation_id AS id FROM current_grant g
          WHERE g.person_id = units_around.person
          UNION
          SELECT m.unit_id FROM member m
          WHERE m.person_id = units_around.person AND m.state = 'enrolled') AS w
$$;

-- Whether a person has to do with somebody who bid: with the bidder or the unit that keeps its
-- books, through any of his own or the unit that keeps theirs; or would do the work himself.
CREATE OR REPLACE FUNCTION has_interest(person uuid, request uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM proposal p WHERE p.request_id = has_interest.request AND p.state <> 'draft'
          AND (ARRAY[p.unit_id, p.books_unit_id] && (SELECT units_around(has_interest.person))
               OR EXISTS (SELECT FROM proposal_revision v
                          JOIN member m ON m.id = ANY (v.member_ids)
                          WHERE v.proposal_id = p.id AND m.person_id = has_interest.person)))
$$;

-- Whether a judge may judge today: he is still of the buyer, or on the register, and has to do with
-- nobody who bid.
CREATE FUNCTION may_judge(person uuid, request uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT NOT has_interest(may_judge.person, may_judge.request)
       AND EXISTS (SELECT FROM judge j JOIN request_owner o ON o.request_id = j.request_id
                   WHERE j.request_id = may_judge.request AND j.person_id = may_judge.person
                     AND CASE WHEN j.member_id IS NULL THEN holds_role_in(j.person_id, o.buyer_id)
                         ELSE EXISTS (SELECT FROM member m JOIN person n ON n.id = m.person_id
                                      WHERE m.id = j.member_id AND m.state = 'enrolled'
                                        AND holds_on(market_today(), m.from_on, m.to_on)
                                        AND n.state = 'active') END)
$$;

-- Whether the actor was named to judge, and still may.
CREATE OR REPLACE FUNCTION judges_request(request uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM judge j WHERE j.request_id = judges_request.request
                   AND j.person_id = actor_id() AND j.state IN ('appointed', 'declared'))
       AND may_judge(actor_id(), judges_request.request)
$$;

-- Whether the actor acts for the enterprise whose request it is, and has to do with nobody who bid;
-- once it is decided, that makes no difference.
CREATE FUNCTION buys_impartially(request uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT buys_request(buys_impartially.request)
       AND (NOT has_interest(actor_id(), buys_impartially.request)
            OR EXISTS (SELECT FROM enterprise_request r WHERE r.id = buys_impartially.request
                       AND r.state IN ('awarded', 'no_award', 'cancelled')))
$$;

CREATE OR REPLACE FUNCTION opened_proposals(request uuid)
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
      AND (acts_as_system() OR buys_impartially(r.id)
           OR (judges_request(r.id)
               AND EXISTS (SELECT FROM judge j WHERE j.request_id = r.id AND j.state = 'declared'
                           AND j.person_id = actor_id())))
      AND proposal_state(p.state, p.valid_until, r.deadline, r.state)
          IN ('opened', 'shortlisted', 'selected', 'rejected')
$$;

CREATE OR REPLACE FUNCTION hold_scores() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM evaluation e JOIN judge j ON j.request_id = e.id
                   JOIN proposal p ON p.request_id = e.id
                   WHERE e.id = NEW.request_id AND e.state = 'scoring' AND e.round = NEW.round
                     AND j.id = NEW.judge_id AND j.state = 'declared'
                     AND j.person_id = actor_id() AND p.id = NEW.proposal_id
                     AND may_judge(j.person_id, e.id))
    THEN
        RAISE EXCEPTION 'score % is not open', NEW.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

-- Whoever may judge no more is removed, by the buyer or as the round ends; the reason is on record.
ALTER TABLE judge DROP CONSTRAINT judge_state_check, DROP CONSTRAINT judge_check,
    ADD CONSTRAINT judge_state_check
        CHECK (state IN ('appointed', 'declared', 'recused', 'removed')),
    ADD CONSTRAINT judge_check CHECK ((state IN ('recused', 'removed')) = (reason IS NOT NULL));
INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('judge', 'remove', 'appointed', 'removed'),
    ('judge', 'remove', 'declared', 'removed');

-- Whoever keeps a bidder's books bids for it, too.
CREATE OR REPLACE FUNCTION bids_against(unit uuid, request uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH mine (id) AS (
        SELECT unnest(ARRAY[g.organisation_id, books_of(g.organisation_id)])
        FROM current_grant g
        WHERE g.person_id = actor_id() AND g.role NOT IN ('auditor', 'administrator'))
    SELECT EXISTS (SELECT FROM proposal q JOIN enterprise_request r ON r.id = q.request_id
                   WHERE q.request_id = bids_against.request AND q.unit_id <> bids_against.unit
                     AND (q.unit_id IN (SELECT id FROM mine)
                          OR q.books_unit_id IN (SELECT id FROM mine))
                     AND r.state NOT IN ('awarded', 'no_award', 'cancelled'))
$$;

-- Nor does the buyer's own man read the rivals of a unit that he bids for.
CREATE OR REPLACE FUNCTION sees_proposal(request uuid, unit uuid, state text, valid_until date,
                                         opened_at timestamptz) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT bids_for(sees_proposal.unit, sees_proposal.request)
        OR (sees_proposal.state <> 'draft'
            AND EXISTS (SELECT FROM enterprise_request r,
                               proposal_opened_at(sees_proposal.opened_at, sees_proposal.state,
                                   sees_proposal.valid_until, r.deadline, r.state) AS opened
                        WHERE r.id = sees_proposal.request
                          AND ((buys_request(sees_proposal.request)
                                AND (NOT r.sealed OR opened IS NOT NULL))
                               OR (sees_proposal.unit = ANY (visible_organisations())
                                   AND (opened IS NOT NULL
                                        OR (NOT r.sealed
                                            AND sees_proposal.unit = acting_organisation()))))
                          AND NOT bids_against(sees_proposal.unit, sees_proposal.request)))
$$;

REVOKE EXECUTE ON FUNCTION units_around(uuid), may_judge(uuid, uuid), buys_impartially(uuid)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION may_judge(uuid, uuid), buys_impartially(uuid) TO market_app;

ALTER POLICY seen ON evaluation USING ((SELECT acts_as_system()) OR buys_impartially(id)
    OR judges_request(id) OR hears_complaint(id));

-- Nor does he answer a complaint, nor whoever filed it; and whoever of the association is to answer
-- reads how the award came until it is answered.
CREATE OR REPLACE FUNCTION hears_complaint(request uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT administers_market()
       AND EXISTS (SELECT FROM complaint c JOIN award a ON a.id = c.award_id
                   WHERE a.request_id = hears_complaint.request AND c.escalated_at IS NOT NULL
                     AND c.state = 'filed' AND c.filed_by <> actor_id())
       AND NOT has_interest(actor_id(), hears_complaint.request)
$$;

CREATE OR REPLACE FUNCTION hold_answer() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.answered_by = NEW.filed_by
       OR EXISTS (SELECT FROM award a WHERE a.id = NEW.award_id
                  AND (NEW.answered_by IN (a.proposed_by, a.approved_by)
                       OR has_interest(NEW.answered_by, a.request_id)
                       OR EXISTS (SELECT FROM judge j WHERE j.request_id = a.request_id
                                  AND j.person_id = NEW.answered_by)))
    THEN
        RAISE EXCEPTION 'complaint % is answered by who had a hand in the award', NEW.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
