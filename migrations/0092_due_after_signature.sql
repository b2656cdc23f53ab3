-- A milestone is due on a day, or so many days after both parties have signed; the day of the latter
-- is known, and written down, when the contract comes in force.

ALTER TABLE milestone
    ALTER COLUMN due_on DROP NOT NULL,
    ADD COLUMN due_days integer CHECK (due_days BETWEEN 0 AND 3650),
    ADD COLUMN due_unit text CHECK (due_unit IN ('calendar_days', 'working_days')),
    ADD COLUMN due_provisional boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT due_in_one_way CHECK (
        (due_days IS NULL) = (due_unit IS NULL) AND (due_on IS NOT NULL OR due_days IS NOT NULL));
GRANT UPDATE (due_on, due_provisional) ON milestone TO market_app;

-- How it is due stands with the other terms; a day that is written down stands as well.
DROP TRIGGER agreed_parts ON milestone;
CREATE TRIGGER agreed_parts BEFORE INSERT OR DELETE OR UPDATE OF contract_id, position, title,
    deliverable, acceptance_criteria, price_minor, net_minor, vat_minor, owner_minor, due_days,
    due_unit
    ON milestone FOR EACH ROW EXECUTE FUNCTION hold_agreed_parts();
CREATE TRIGGER agreed_day BEFORE UPDATE OF due_on, due_provisional ON milestone
    FOR EACH ROW WHEN (OLD.due_on IS NOT NULL) EXECUTE FUNCTION hold_agreed_parts();

-- The wording that says so. What was fixed under the first keeps its text and its hash.
INSERT INTO contract_template (class, language, number, source, body)
SELECT class, language, 2, source,
    replace(body, '应于 {{ milestone.due_on | day }}前完成', '{{ milestone | finish }}')
FROM contract_template
WHERE class = 'frame' AND language = 'zh-CN' AND number = 1
  AND strpos(body, '应于 {{ milestone.due_on | day }}前完成') > 0;
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM contract_template WHERE class = 'frame' AND number = 2) THEN
        RAISE EXCEPTION 'the first frame does not say when a milestone is due';
    END IF;
END $$;
