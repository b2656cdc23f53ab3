-- What happens to a milestone once its contract is active: work begins, is delivered with evidence,
-- returned with reasons, delivered again, accepted with a certificate. All of it is append-only.

-- What is planned, and when work began and was accepted, stand on the milestone itself.
ALTER TABLE milestone ADD COLUMN started_by uuid REFERENCES person,
    ADD CONSTRAINT started_unless_planned CHECK (num_nonnulls(started_at, started_by)
        = CASE state WHEN 'planned' THEN 0 ELSE 2 END),
    ADD CONSTRAINT accepted_at_its_time CHECK ((accepted_at IS NOT NULL) = (state = 'accepted'));
GRANT UPDATE (started_by) ON milestone TO market_app;

CREATE TABLE delivery (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    milestone_id uuid NOT NULL REFERENCES milestone,
    round integer NOT NULL CHECK (round > 0),
    note text NOT NULL CHECK (length(note) BETWEEN 1 AND 10000),
    delivered_by uuid NOT NULL REFERENCES person,
    delivered_at timestamptz NOT NULL DEFAULT market_now(),
    UNIQUE (milestone_id, round),
    UNIQUE (milestone_id, id)
);

CREATE TABLE delivery_return (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    delivery_id uuid NOT NULL UNIQUE REFERENCES delivery,
    reasons text NOT NULL CHECK (length(reasons) BETWEEN 2 AND 1000),
    returned_by uuid NOT NULL REFERENCES person,
    returned_at timestamptz NOT NULL DEFAULT market_now()
);

-- The acceptance certificate 验收单: of which delivery, inspected by whom against which standard,
-- and with what result. Its date is the date of the revenue.
CREATE TABLE acceptance_certificate (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    milestone_id uuid NOT NULL UNIQUE REFERENCES milestone,
    delivery_id uuid NOT NULL UNIQUE,
    inspector text NOT NULL CHECK (length(inspector) BETWEEN 1 AND 200),
    standard text NOT NULL CHECK (length(standard) BETWEEN 1 AND 2000),
    result text NOT NULL CHECK (length(result) BETWEEN 1 AND 2000),
    accepted_by uuid NOT NULL REFERENCES person,
    accepted_on date NOT NULL DEFAULT market_today(),
    accepted_at timestamptz NOT NULL DEFAULT market_now(),
    FOREIGN KEY (milestone_id, delivery_id) REFERENCES delivery (milestone_id, id),
    UNIQUE (milestone_id, id)
);

-- The files of a delivery, and those that the inspector adds to the certificate.
CREATE TABLE evidence (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    milestone_id uuid NOT NULL,
    delivery_id uuid,
    certificate_id uuid,
    position integer NOT NULL CHECK (position > 0),
    file_id uuid NOT NULL REFERENCES file,
    FOREIGN KEY (milestone_id, delivery_id) REFERENCES delivery (milestone_id, id),
    FOREIGN KEY (milestone_id, certificate_id)
        REFERENCES acceptance_certificate (milestone_id, id),
    CHECK (num_nonnulls(delivery_id, certificate_id) = 1),
    UNIQUE (delivery_id, position),
    UNIQUE (delivery_id, file_id),
    UNIQUE (certificate_id, position),
    UNIQUE (certificate_id, file_id)
);
CREATE INDEX ON evidence (milestone_id);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON delivery
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON delivery_return
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON acceptance_certificate
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON evidence
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE delivery ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON delivery USING (
    EXISTS (SELECT FROM milestone m WHERE m.id = milestone_id));
ALTER TABLE delivery_return ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON delivery_return USING (
    EXISTS (SELECT FROM delivery d WHERE d.id = delivery_id));
ALTER TABLE acceptance_certificate ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON acceptance_certificate USING (
    EXISTS (SELECT FROM milestone m WHERE m.id = milestone_id));
ALTER TABLE evidence ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON evidence USING (
    EXISTS (SELECT FROM milestone m WHERE m.id = milestone_id));

GRANT SELECT, INSERT ON delivery, delivery_return, acceptance_certificate, evidence TO market_app;

INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('milestone', 'plan', NULL, 'planned'),
    ('milestone', 'start', 'planned', 'in_progress'),
    ('milestone', 'deliver', 'in_progress', 'delivered'),
    ('milestone', 'return', 'delivered', 'returned'),
    ('milestone', 'deliver', 'returned', 'delivered'),
    ('milestone', 'accept', 'delivered', 'accepted');
