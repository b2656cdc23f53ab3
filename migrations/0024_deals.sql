-- Deals 洽谈: what an enterprise and a unit write to each other about one offering, proposal or
-- contract. Messages are append-only; who read how far is a mark of each person.

CREATE TABLE deal (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    enterprise_id uuid NOT NULL REFERENCES organisation,
    unit_id uuid NOT NULL REFERENCES organisation,
    topic text NOT NULL CHECK (topic IN ('offering', 'proposal', 'contract')),
    topic_id uuid NOT NULL,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    messages integer NOT NULL DEFAULT 0 CHECK (messages >= 0),
    opened_by uuid NOT NULL REFERENCES person,
    opened_at timestamptz NOT NULL DEFAULT market_now(),
    active_at timestamptz NOT NULL DEFAULT market_now(),
    version integer NOT NULL DEFAULT 1,
    CHECK (enterprise_id <> unit_id),
    UNIQUE (topic, topic_id, enterprise_id, unit_id)
);
CREATE INDEX ON deal (enterprise_id, active_at DESC, id DESC);
CREATE INDEX ON deal (unit_id, active_at DESC, id DESC);

-- Numbered within the deal under the lock of its row, so that "read up to" has a meaning.
CREATE TABLE deal_message (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    deal_id uuid NOT NULL REFERENCES deal,
    number integer NOT NULL CHECK (number > 0),
    organisation_id uuid NOT NULL REFERENCES organisation,
    author_id uuid NOT NULL REFERENCES person,
    body text NOT NULL CHECK (length(body) BETWEEN 1 AND 10000),
    sent_at timestamptz NOT NULL DEFAULT market_now(),
    UNIQUE (deal_id, number)
);

CREATE TABLE deal_attachment (
    message_id uuid NOT NULL REFERENCES deal_message,
    position integer NOT NULL CHECK (position BETWEEN 1 AND 10),
    file_id uuid NOT NULL REFERENCES file,
    PRIMARY KEY (message_id, position),
    UNIQUE (message_id, file_id)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON deal_message
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON deal_attachment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A mark stands at a message that is there, and only moves forward.
CREATE TABLE deal_read_mark (
    deal_id uuid NOT NULL REFERENCES deal,
    person_id uuid NOT NULL REFERENCES person,
    organisation_id uuid NOT NULL REFERENCES organisation,
    number integer NOT NULL CHECK (number > 0),
    read_at timestamptz NOT NULL DEFAULT market_now(),
    PRIMARY KEY (deal_id, person_id, organisation_id),
    FOREIGN KEY (deal_id, number) REFERENCES deal_message (deal_id, number)
);
CREATE FUNCTION move_mark_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.number <= OLD.number THEN
        RAISE EXCEPTION 'a read mark of deal % only moves forward', OLD.deal_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER forward BEFORE UPDATE ON deal_read_mark
    FOR EACH ROW EXECUTE FUNCTION move_mark_forward();

-- Whether the two sides may talk about a proposal: it is theirs, it was opened, and who buys is no
-- secret. Before that a thread would tell a sealed proposal's author, or whose the request is.
CREATE FUNCTION is_open_to_talk(proposal uuid, enterprise uuid, unit uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM proposal p JOIN enterprise_request r ON r.id = p.request_id
                   JOIN request_owner o ON o.request_id = r.id
                   WHERE p.id = is_open_to_talk.proposal AND p.unit_id = is_open_to_talk.unit
                     AND o.buyer_id = is_open_to_talk.enterprise
                     AND proposal_opened_at(p.opened_at, p.state, p.valid_until, r.deadline,
                                            r.state) IS NOT NULL
                     AND (r.secrecy <> 'anonymous' OR r.state = 'awarded'))
$$;

-- Whether a file belongs to a proposal that is still sealed: then no message carries it.
CREATE FUNCTION waits_for_opening(file uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM proposal_attachment a JOIN proposal p ON p.id = a.proposal_id
                   JOIN enterprise_request r ON r.id = p.request_id
                   WHERE a.file_id = waits_for_opening.file AND r.sealed
                     AND r.state <> 'cancelled'
                     AND proposal_opened_at(p.opened_at, p.state, p.valid_until, r.deadline,
                                            r.state) IS NULL
                     AND p.state <> 'withdrawn')
$$;
REVOKE EXECUTE ON FUNCTION is_open_to_talk(uuid, uuid, uuid), waits_for_opening(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION is_open_to_talk(uuid, uuid, uuid), waits_for_opening(uuid)
    TO market_app;

-- Both sides see a deal, and the units above the unit. One of the two opens it, about what is
-- theirs; each writes in its own name.
ALTER TABLE deal ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON deal FOR SELECT USING (
    (SELECT acts_as_system())
    OR enterprise_id = ANY ((SELECT visible_organisations())::uuid[])
    OR unit_id = ANY ((SELECT visible_organisations())::uuid[]));
CREATE POLICY opened ON deal FOR INSERT WITH CHECK (
    opened_by = (SELECT actor_id())
    AND (SELECT acting_organisation()) IN (enterprise_id, unit_id)
    AND CASE topic
        WHEN 'offering' THEN EXISTS (SELECT FROM offering_card c
                                     WHERE c.id = topic_id AND c.unit_id = deal.unit_id)
        WHEN 'proposal' THEN is_open_to_talk(topic_id, enterprise_id, unit_id)
        WHEN 'contract' THEN EXISTS (SELECT FROM contract c
                                     WHERE c.id = topic_id AND c.buyer_id = deal.enterprise_id
                                       AND c.provider_unit_id = deal.unit_id)
        ELSE false END);
CREATE POLICY written_in ON deal FOR UPDATE USING (
    enterprise_id = ANY ((SELECT visible_organisations())::uuid[])
    OR unit_id = ANY ((SELECT visible_organisations())::uuid[]));
ALTER TABLE deal_message ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON deal_message FOR SELECT USING (
    EXISTS (SELECT FROM deal d WHERE d.id = deal_id));
CREATE POLICY written ON deal_message FOR INSERT WITH CHECK (
    author_id = (SELECT actor_id()) AND organisation_id = (SELECT acting_organisation())
    AND EXISTS (SELECT FROM deal d WHERE d.id = deal_id
                AND organisation_id IN (d.enterprise_id, d.unit_id)));
ALTER TABLE deal_attachment ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON deal_attachment FOR SELECT USING (
    EXISTS (SELECT FROM deal_message m WHERE m.id = message_id));
CREATE POLICY attached ON deal_attachment FOR INSERT WITH CHECK (
    EXISTS (SELECT FROM deal_message m WHERE m.id = message_id
            AND m.author_id = (SELECT actor_id()))
    AND NOT waits_for_opening(file_id));
ALTER TABLE deal_read_mark ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON deal_read_mark USING (EXISTS (SELECT FROM deal d WHERE d.id = deal_id))
    WITH CHECK (person_id = (SELECT actor_id())
                AND organisation_id = (SELECT acting_organisation()));

-- The names of those who wrote, for whoever reads the deal: the register shows a person to his own
-- organisations only.
CREATE FUNCTION authors_of_deal(deal uuid) RETURNS TABLE (id uuid, name text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.id, p.name FROM person p
    WHERE p.id IN (SELECT m.author_id FROM deal_message m WHERE m.deal_id = authors_of_deal.deal)
      AND (acts_as_system() OR EXISTS (
          SELECT FROM deal d WHERE d.id = authors_of_deal.deal
            AND (d.enterprise_id = ANY (visible_organisations())
                 OR d.unit_id = ANY (visible_organisations()))))
$$;
REVOKE EXECUTE ON FUNCTION authors_of_deal(uuid), move_mark_forward() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION authors_of_deal(uuid) TO market_app;

GRANT SELECT, INSERT, UPDATE (messages, active_at, version) ON deal TO market_app;
GRANT SELECT, INSERT ON deal_message, deal_attachment TO market_app;
GRANT SELECT, INSERT, UPDATE (number, read_at) ON deal_read_mark TO market_app;

-- A deal as whoever acts sees it: his own mark, what is unread, how far the other side has read.
CREATE VIEW deal_as_seen WITH (security_invoker = true) AS
SELECT d.id, d.enterprise_id, d.unit_id, d.topic, d.topic_id, d.title, d.messages, d.opened_by,
       d.opened_at, d.active_at, marks.read_up_to, others.unread, marks.read_by_others_up_to
FROM deal d, LATERAL (
    SELECT coalesce(max(k.number) FILTER (
               WHERE k.person_id = actor_id() AND k.organisation_id = acting_organisation()), 0)
               AS read_up_to,
           coalesce(max(k.number) FILTER (
               WHERE k.organisation_id <> acting_organisation()), 0) AS read_by_others_up_to
    FROM deal_read_mark k WHERE k.deal_id = d.id) AS marks, LATERAL (
    SELECT count(*) AS unread FROM deal_message m
    WHERE m.deal_id = d.id AND m.number > marks.read_up_to
      AND m.organisation_id <> acting_organisation()) AS others;
GRANT SELECT ON deal_as_seen TO market_app;

-- Whom a deal concerns on each side: who has written or read in it and still has a role there;
-- until somebody has, those who answer for the side.
CREATE VIEW deal_audience WITH (security_invoker = true) AS
WITH taking_part AS (
    SELECT deal_id, organisation_id, author_id AS person_id FROM deal_message
    UNION
    SELECT deal_id, organisation_id, person_id FROM deal_read_mark
), holding AS (
    SELECT DISTINCT d.id AS deal_id, g.organisation_id, g.person_id,
           bool_or(g.role IN ('buyer', 'manager', 'clerk'))
               OVER (PARTITION BY d.id, g.organisation_id, g.person_id) AS answers
    FROM deal d
    JOIN role_grant g ON g.organisation_id IN (d.enterprise_id, d.unit_id)
                         AND g.state = 'approved' AND holds_on(market_today(), g.from_on, g.to_on)
), taking AS (
    SELECT h.deal_id, h.organisation_id, h.person_id FROM holding h
    JOIN taking_part t USING (deal_id, organisation_id, person_id)
)
SELECT deal_id, organisation_id, person_id FROM taking
UNION ALL
SELECT h.deal_id, h.organisation_id, h.person_id FROM holding h
WHERE h.answers AND NOT EXISTS (SELECT FROM taking t WHERE t.deal_id = h.deal_id
                                AND t.organisation_id = h.organisation_id);
GRANT SELECT ON deal_audience TO market_app;

-- How a person wants to be told of what can wait: at once, once a day, or not by e-mail at all.
CREATE TABLE notice_setting (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    person_id uuid NOT NULL REFERENCES person,
    topic text NOT NULL CONSTRAINT known_topic CHECK (topic IN ('deal_messages')),
    cadence text NOT NULL CHECK (cadence IN ('at_once', 'daily', 'never')),
    version integer NOT NULL DEFAULT 1,
    UNIQUE (person_id, topic)
);
ALTER TABLE notice_setting ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON notice_setting USING (
    (SELECT acts_as_system()) OR person_id = (SELECT actor_id()));
GRANT SELECT, INSERT, UPDATE (cadence, version) ON notice_setting TO market_app;

-- What the next daily letter to a person tells, written by the job that tells the others at once
-- and taken by the letter. A row that commits late is found by the letter of the next day; a time
-- up to which everything was told would lose it.
CREATE TABLE waiting_notice (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES person,
    topic text NOT NULL CONSTRAINT known_topic CHECK (topic IN ('deal_messages')),
    subject_id uuid NOT NULL,
    UNIQUE (topic, person_id, subject_id)
);
ALTER TABLE waiting_notice ENABLE ROW LEVEL SECURITY;
CREATE POLICY systems ON waiting_notice USING ((SELECT acts_as_system()));
GRANT SELECT, INSERT, DELETE ON waiting_notice TO market_app;
