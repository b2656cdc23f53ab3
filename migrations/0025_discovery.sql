-- Discovery 发现: what open requests are found by, and searches that people keep so that they are told
-- of what is published later.

-- What full-text search reads of a request: of cards alone, hence of nothing by invitation and of no
-- anonymous request's enterprise, and without row-level security.
CREATE TABLE request_search (
    id uuid PRIMARY KEY REFERENCES request_card ON DELETE CASCADE,
    tsv tsvector NOT NULL
);
CREATE INDEX ON request_search USING gin (tsv);
GRANT SELECT, INSERT, UPDATE ON request_search TO market_app;

-- A saved search is its owner's alone, for one of his organisations: an enterprise's people search
-- offerings, a unit's members and clerks requests. What is null is not asked for; from_minor and
-- to_minor are yuan. asked: the words as search compares them. slot: at most twenty each.
CREATE TABLE saved_search (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    person_id uuid NOT NULL REFERENCES person,
    organisation_id uuid NOT NULL REFERENCES organisation,
    slot integer NOT NULL CHECK (slot BETWEEN 1 AND 20),
    wanted text NOT NULL CHECK (wanted IN ('offerings', 'enterprise_requests')),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    q text CHECK (length(q) BETWEEN 1 AND 200),
    asked tsquery,
    kind text CHECK (kind IN ('consulting', 'service', 'training', 'transfer')),
    technical_field text CHECK (length(technical_field) BETWEEN 1 AND 40),
    industry text CHECK (industry ~ '^[A-T][0-9]{2}$'),
    region text CHECK (region ~ '^[1-9][0-9]{5}$'),
    from_minor bigint CHECK (from_minor >= 0),
    to_minor bigint CHECK (to_minor >= 0),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    UNIQUE (person_id, organisation_id, slot),
    CHECK ((q IS NULL) = (asked IS NULL)),
    CHECK (from_minor <= to_minor),
    CONSTRAINT something_is_asked CHECK (num_nonnulls(q, kind, technical_field, industry, region,
                                                      from_minor, to_minor) > 0)
);
CREATE INDEX ON saved_search (wanted, technical_field);

-- What was published and fits, found once for ever: the reason why nobody is told twice.
CREATE TABLE search_hit (
    search_id uuid NOT NULL REFERENCES saved_search ON DELETE CASCADE,
    subject_id uuid NOT NULL,
    found_at timestamptz NOT NULL DEFAULT market_now(),
    PRIMARY KEY (search_id, subject_id)
);

ALTER TABLE saved_search ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON saved_search USING ((SELECT acts_as_system())
    OR (person_id = (SELECT actor_id()) AND organisation_id = (SELECT acting_organisation())));
ALTER TABLE search_hit ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON search_hit FOR SELECT USING (
    EXISTS (SELECT FROM saved_search s WHERE s.id = search_id));
CREATE POLICY found ON search_hit FOR INSERT WITH CHECK ((SELECT acts_as_system()));
GRANT SELECT, INSERT, DELETE ON saved_search TO market_app;
GRANT SELECT, INSERT ON search_hit TO market_app;

ALTER TABLE notice_setting DROP CONSTRAINT known_topic,
    ADD CONSTRAINT known_topic CHECK (topic IN ('deal_messages', 'saved_searches'));
ALTER TABLE waiting_notice DROP CONSTRAINT known_topic,
    ADD CONSTRAINT known_topic CHECK (topic IN ('deal_messages', 'saved_searches'));
