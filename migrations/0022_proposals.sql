-- Proposals 报价: what units offer in answer to an enterprise request, revision by revision, sealed
-- until the deadline where the request says so, and the counter-offers that change them after it.

-- What a list of parts adds up to, for the rule that sums are the price to the fen.
CREATE FUNCTION sum_of(parts jsonb, field text) RETURNS numeric LANGUAGE sql IMMUTABLE
    RETURN (SELECT coalesce(sum((part ->> field)::numeric), 0)
            FROM jsonb_array_elements(parts) AS part);

-- What a proposal says. The template is copied into the tables that hold it, then dropped. A
-- milestone is {title, deliverable, acceptance_criteria, price_minor, due_days, due_unit}, an
-- instalment {amount_minor, trigger, due_on, due_days, milestone}.
CREATE TABLE proposal_terms (
    request_number integer NOT NULL CHECK (request_number > 0),
    price_minor bigint NOT NULL CHECK (price_minor BETWEEN 0 AND 9007199254740991),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    plan text NOT NULL CHECK (length(plan) BETWEEN 1 AND 10000),
    quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 1000000),
    quantity_unit text NOT NULL CHECK (quantity_unit IN ('lot', 'item', 'day', 'person', 'year')),
    milestones jsonb NOT NULL CHECK (jsonb_typeof(milestones) = 'array'
        AND jsonb_array_length(milestones) <= 100),
    instalments jsonb NOT NULL CHECK (jsonb_typeof(instalments) = 'array'
        AND jsonb_array_length(instalments) <= 100),
    member_ids uuid[] NOT NULL CHECK (cardinality(member_ids) <= 50),
    valid_until date NOT NULL,
    file_ids uuid[] NOT NULL CHECK (cardinality(file_ids) <= 20)
);
-- What is handed over binds, so it is whole.
CREATE TABLE binding_terms (
    LIKE proposal_terms INCLUDING CONSTRAINTS,
    members jsonb NOT NULL CHECK (jsonb_typeof(members) = 'array'
        AND jsonb_array_length(members) = cardinality(member_ids)),
    CONSTRAINT somebody_does_it CHECK (cardinality(member_ids) > 0),
    CONSTRAINT something_is_performed CHECK (jsonb_array_length(milestones) > 0),
    CONSTRAINT milestones_sum_to_the_price CHECK (sum_of(milestones, 'price_minor') = price_minor),
    CONSTRAINT instalments_sum_to_the_price
        CHECK (sum_of(instalments, 'amount_minor') = price_minor)
);

-- The root. number is the revision that binds, submitted_number the last one that was submitted;
-- valid_until is the last day of the binding one. state is kept by acts; the deadline opens it and
-- its last day ends it by themselves: see proposal_state().
CREATE TABLE proposal (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    request_id uuid NOT NULL REFERENCES enterprise_request,
    unit_id uuid NOT NULL REFERENCES organisation,
    books_unit_id uuid NOT NULL REFERENCES organisation,
    state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'submitted', 'opened',
        'shortlisted', 'selected', 'rejected', 'withdrawn', 'expired')),
    number integer,
    submitted_number integer,
    valid_until date,
    submitted_at timestamptz,
    opened_at timestamptz,
    reason text CHECK (length(reason) BETWEEN 2 AND 1000),
    drafted_by uuid NOT NULL REFERENCES person,
    moved_by uuid NOT NULL REFERENCES person,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK ((state = 'draft') = (number IS NULL)),
    CHECK ((number IS NULL) = (submitted_at IS NULL)),
    CHECK ((number IS NULL) = (valid_until IS NULL)),
    CHECK ((number IS NULL) = (submitted_number IS NULL)),
    CHECK (submitted_number <= number),
    CHECK ((state IN ('opened', 'shortlisted', 'selected', 'rejected')) <= (opened_at IS NOT NULL)),
    CHECK ((state = 'withdrawn') <= (reason IS NOT NULL))
);
CREATE UNIQUE INDEX one_live_proposal ON proposal (request_id, unit_id)
    WHERE state NOT IN ('withdrawn', 'rejected', 'expired');
CREATE INDEX ON proposal (request_id, id DESC);
CREATE INDEX ON proposal (unit_id, id DESC);
CREATE INDEX ON proposal (id) WHERE state = 'submitted';
CREATE INDEX ON proposal (valid_until) WHERE state IN ('submitted', 'opened', 'shortlisted');

-- What the unit writes and has not handed over yet; gone once it is submitted.
CREATE TABLE proposal_draft (
    proposal_id uuid PRIMARY KEY REFERENCES proposal,
    LIKE proposal_terms INCLUDING CONSTRAINTS,
    edited_by uuid NOT NULL REFERENCES person,
    edited_at timestamptz NOT NULL DEFAULT market_now()
);

-- What was offered, for ever as it was: submitted before the deadline, agreed after it.
CREATE TABLE proposal_revision (
    proposal_id uuid NOT NULL REFERENCES proposal,
    number integer NOT NULL CHECK (number > 0),
    request_id uuid NOT NULL,
    LIKE binding_terms INCLUDING CONSTRAINTS,
    cause text NOT NULL CHECK (cause IN ('submitted', 'agreed')),
    counter_offer_id uuid,
    made_by uuid NOT NULL REFERENCES person,
    made_at timestamptz NOT NULL DEFAULT market_now(),
    PRIMARY KEY (proposal_id, number),
    FOREIGN KEY (request_id, request_number) REFERENCES request_version (request_id, number),
    CHECK ((cause = 'agreed') = (counter_offer_id IS NOT NULL))
);
ALTER TABLE proposal ADD FOREIGN KEY (id, number)
    REFERENCES proposal_revision (proposal_id, number) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE proposal ADD FOREIGN KEY (id, submitted_number)
    REFERENCES proposal_revision (proposal_id, number) DEFERRABLE INITIALLY DEFERRED;

-- The files of a proposal, of its draft and all its revisions; the bytes are found by their hash,
-- so that nobody needs to read the file's own row.
CREATE TABLE proposal_attachment (
    proposal_id uuid NOT NULL REFERENCES proposal,
    file_id uuid NOT NULL REFERENCES file,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
    media_type text NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    PRIMARY KEY (proposal_id, file_id)
);
CREATE INDEX ON proposal_attachment (file_id);

-- A counter-offer 还价: other terms than those of the revision base_number, by one side, open until
-- the other has answered or its own time is over.
CREATE TABLE counter_offer (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    proposal_id uuid NOT NULL REFERENCES proposal,
    base_number integer NOT NULL,
    side text NOT NULL CHECK (side IN ('buyer', 'unit')),
    LIKE binding_terms INCLUDING CONSTRAINTS,
    note text CHECK (length(note) BETWEEN 1 AND 2000),
    answer_by timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'accepted', 'refused', 'lapsed')),
    reason text CHECK (length(reason) BETWEEN 2 AND 1000),
    made_by uuid NOT NULL REFERENCES person,
    made_at timestamptz NOT NULL DEFAULT market_now(),
    answered_by uuid REFERENCES person,
    answered_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    FOREIGN KEY (proposal_id, base_number) REFERENCES proposal_revision (proposal_id, number),
    CHECK (answer_by > made_at),
    CHECK ((state IN ('accepted', 'refused')) = (answered_by IS NOT NULL)),
    CHECK ((answered_by IS NULL) = (answered_at IS NULL)),
    CHECK ((state = 'refused') = (reason IS NOT NULL)),
    CHECK (made_by <> answered_by)
);
CREATE UNIQUE INDEX one_open_counter_offer ON counter_offer (proposal_id) WHERE state = 'open';
CREATE INDEX ON counter_offer (proposal_id, id DESC);
CREATE INDEX ON counter_offer (answer_by) WHERE state = 'open';
ALTER TABLE proposal_revision ADD FOREIGN KEY (counter_offer_id) REFERENCES counter_offer;
CREATE UNIQUE INDEX ON proposal_revision (counter_offer_id);
DROP TABLE binding_terms, proposal_terms;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON proposal_revision
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON proposal_attachment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The state as of now. The deadline opens what is submitted, unless the request was cancelled: what
-- nobody opened then stays sealed. The day after the last valid one ends it, but for one selected.
CREATE FUNCTION proposal_state(state text, valid_until date, deadline timestamptz,
                               request_state text) RETURNS text
    LANGUAGE sql STABLE
    RETURN CASE WHEN state IN ('submitted', 'opened', 'shortlisted')
                     AND valid_until < market_today() THEN 'expired'
                WHEN state = 'submitted' AND deadline <= market_now()
                     AND request_state <> 'cancelled' THEN 'opened'
                ELSE state END;

-- When it was opened: at the deadline, by the clock, if it was still valid on that day.
CREATE FUNCTION proposal_opened_at(opened_at timestamptz, state text, valid_until date,
                                   deadline timestamptz, request_state text) RETURNS timestamptz
    LANGUAGE sql STABLE
    RETURN CASE WHEN opened_at IS NOT NULL THEN opened_at
                WHEN state = 'submitted' AND deadline <= market_now()
                     AND request_state <> 'cancelled'
                     AND valid_until >= (deadline AT TIME ZONE 'Asia/Shanghai')::date
                THEN deadline END;

CREATE FUNCTION counter_offer_state(state text, answer_by timestamptz) RETURNS text
    LANGUAGE sql STABLE
    RETURN CASE WHEN state = 'open' AND answer_by <= market_now() THEN 'lapsed' ELSE state END;

-- Whether the actor himself holds a role at the enterprise whose request it is, also where he may
-- not know whose it is.
CREATE FUNCTION holds_role_at_buyer(request uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM request_owner o
                   JOIN current_grant g ON g.organisation_id = o.buyer_id
                   WHERE o.request_id = holds_role_at_buyer.request AND g.person_id = actor_id())
$$;

-- Whether the actor is of the bidder: acts for that very unit today, as more than its auditor or an
-- administrator, and holds no role at the buyer.
CREATE FUNCTION bids_for(unit uuid, request uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT bids_for.unit = acting_organisation()
       AND EXISTS (SELECT FROM current_grant g
                   WHERE g.person_id = actor_id() AND g.organisation_id = bids_for.unit
                     AND g.role NOT IN ('auditor', 'administrator'))
       AND NOT holds_role_at_buyer(bids_for.request)
$$;

-- Whether the actor reads what was handed over: the bidder at any time; the buyer, and whoever has
-- the unit in his scope, once it is open, or at once where nothing is sealed.
CREATE FUNCTION sees_proposal(request uuid, unit uuid, state text, valid_until date,
                              opened_at timestamptz) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT bids_for(sees_proposal.unit, sees_proposal.request)
        OR (sees_proposal.state <> 'draft'
            AND (sees_proposal.unit = ANY (visible_organisations())
                 OR buys_request(sees_proposal.request))
            AND EXISTS (SELECT FROM enterprise_request r WHERE r.id = sees_proposal.request
                        AND (NOT r.sealed OR proposal_opened_at(sees_proposal.opened_at,
                                 sees_proposal.state, sees_proposal.valid_until, r.deadline,
                                 r.state) IS NOT NULL)))
$$;

CREATE FUNCTION reads_proposal(proposal uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM proposal p WHERE p.id = reads_proposal.proposal
                   AND (acts_as_system() OR sees_proposal(p.request_id, p.unit_id, p.state,
                                                          p.valid_until, p.opened_at)))
$$;

-- The names of the people who would do it, to those who read the proposal: they stand in no
-- revision, so that a person can be erased.
CREATE FUNCTION people_of_proposal(proposal uuid) RETURNS TABLE (member_id uuid, name text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT m.id, coalesce(n.name, m.group_name) FROM member m LEFT JOIN person n ON n.id = m.person_id
    WHERE reads_proposal(people_of_proposal.proposal)
      AND (EXISTS (SELECT FROM proposal_revision r
                   WHERE r.proposal_id = people_of_proposal.proposal AND m.id = ANY (r.member_ids))
           OR EXISTS (SELECT FROM counter_offer o
                      WHERE o.proposal_id = people_of_proposal.proposal
                        AND m.id = ANY (o.member_ids)))
$$;

-- Whether a file belongs to a proposal that the actor does not read: then only the very
-- organisation that may read the file does, not the units above it.
CREATE FUNCTION is_sealed_file(file uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM proposal_attachment a
                   WHERE a.file_id = is_sealed_file.file AND NOT reads_proposal(a.proposal_id))
$$;

-- Nothing is handed over from the deadline on, and nothing is bargained over before it.
CREATE FUNCTION hold_deadline_of_proposals() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.cause = 'agreed') <> request_is_over(NEW.request_id) THEN
        RAISE EXCEPTION 'revision % of proposal % is on the wrong side of the deadline',
            NEW.number, NEW.proposal_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER in_time BEFORE INSERT ON proposal_revision
    FOR EACH ROW EXECUTE FUNCTION hold_deadline_of_proposals();

REVOKE EXECUTE ON FUNCTION holds_role_at_buyer(uuid), bids_for(uuid, uuid),
    sees_proposal(uuid, uuid, text, date, timestamptz), reads_proposal(uuid),
    people_of_proposal(uuid), is_sealed_file(uuid), hold_deadline_of_proposals() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION holds_role_at_buyer(uuid), bids_for(uuid, uuid),
    sees_proposal(uuid, uuid, text, date, timestamptz), reads_proposal(uuid),
    people_of_proposal(uuid), is_sealed_file(uuid) TO market_app;
GRANT EXECUTE ON FUNCTION sum_of(jsonb, text), proposal_state(text, date, timestamptz, text),
    proposal_opened_at(timestamptz, text, date, timestamptz, text),
    counter_offer_state(text, timestamptz) TO market_app, market_auditor;

ALTER TABLE proposal ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON proposal USING ((SELECT acts_as_system())
    OR sees_proposal(request_id, unit_id, state, valid_until, opened_at));
ALTER TABLE proposal_draft ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON proposal_draft USING (
    EXISTS (SELECT FROM proposal p WHERE p.id = proposal_id
            AND bids_for(p.unit_id, p.request_id)));
-- A revision that was replaced before the deadline stays with the bidder.
ALTER TABLE proposal_revision ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON proposal_revision FOR SELECT USING (
    EXISTS (SELECT FROM proposal p WHERE p.id = proposal_id
            AND (proposal_revision.number >= p.submitted_number
                 OR bids_for(p.unit_id, p.request_id))));
CREATE POLICY handed_over ON proposal_revision FOR INSERT WITH CHECK (
    EXISTS (SELECT FROM proposal p WHERE p.id = proposal_id
            AND p.request_id = proposal_revision.request_id
            AND (cause = 'agreed' OR bids_for(p.unit_id, p.request_id))));
ALTER TABLE proposal_attachment ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON proposal_attachment FOR SELECT USING (
    EXISTS (SELECT FROM proposal p WHERE p.id = proposal_id AND bids_for(p.unit_id, p.request_id))
    OR EXISTS (SELECT FROM proposal_revision r WHERE r.proposal_id = proposal_attachment.proposal_id
               AND file_id = ANY (r.file_ids))
    OR EXISTS (SELECT FROM counter_offer o WHERE o.proposal_id = proposal_attachment.proposal_id
               AND file_id = ANY (o.file_ids)));
CREATE POLICY attached ON proposal_attachment FOR INSERT WITH CHECK (
    EXISTS (SELECT FROM proposal p WHERE p.id = proposal_id
            AND bids_for(p.unit_id, p.request_id)));
ALTER TABLE counter_offer ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON counter_offer USING (
    EXISTS (SELECT FROM proposal p WHERE p.id = proposal_id));
DROP POLICY seen ON file;
CREATE POLICY seen ON file USING (
    (SELECT acts_as_system()) OR uploaded_by = (SELECT actor_id())
    OR EXISTS (SELECT FROM file_reader r WHERE r.file_id = file.id
               AND r.organisation_id = (SELECT acting_organisation())
               AND r.organisation_id = ANY ((SELECT visible_organisations())::uuid[]))
    OR (EXISTS (SELECT FROM file_reader r WHERE r.file_id = file.id
                AND r.organisation_id = ANY ((SELECT visible_organisations())::uuid[]))
        AND NOT is_sealed_file(id)));

GRANT SELECT, INSERT, UPDATE (state, number, submitted_number, valid_until, submitted_at, opened_at,
    reason, moved_by, version) ON proposal TO market_app;
GRANT SELECT, INSERT, UPDATE (request_number, price_minor, currency, plan, quantity, quantity_unit,
    milestones, instalments, member_ids, valid_until, file_ids, edited_by, edited_at), DELETE
    ON proposal_draft TO market_app;
GRANT SELECT, INSERT ON proposal_revision, proposal_attachment TO market_app;
GRANT SELECT, INSERT, UPDATE (state, reason, answered_by, answered_at, version) ON counter_offer
    TO market_app;

INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('proposal', 'draft', NULL, 'draft'),
    ('proposal', 'submit', 'draft', 'submitted'),
    ('proposal', 'open', 'submitted', 'opened'),
    ('proposal', 'shortlist', 'opened', 'shortlisted'),
    ('proposal', 'select', 'opened', 'selected'),
    ('proposal', 'select', 'shortlisted', 'selected'),
    ('proposal', 'reject', 'opened', 'rejected'),
    ('proposal', 'reject', 'shortlisted', 'rejected'),
    ('proposal', 'withdraw', 'submitted', 'withdrawn'),
    ('proposal', 'withdraw', 'opened', 'withdrawn'),
    ('proposal', 'withdraw', 'shortlisted', 'withdrawn'),
    ('proposal', 'expire', 'submitted', 'expired'),
    ('proposal', 'expire', 'opened', 'expired'),
    ('proposal', 'expire', 'shortlisted', 'expired'),
    ('counter_offer', 'make', NULL, 'open'),
    ('counter_offer', 'accept', 'open', 'accepted'),
    ('counter_offer', 'refuse', 'open', 'refused'),
    ('counter_offer', 'lapse', 'open', 'lapsed');
