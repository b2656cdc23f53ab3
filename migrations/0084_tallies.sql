-- Balances without row locks: what transfers did to an account is folded into days by one job, and
-- whoever reads adds the tail that is not folded yet. A payment waits for neither.
-- `account_turnover`, which reads every transfer of an account, is left to a program of before.

-- What was booked on an account in a month with a date: so a sum up to any day is one of whole rows.
CREATE TABLE account_day (
    account_id bigint NOT NULL REFERENCES account,
    period date NOT NULL,
    effective_on date NOT NULL,
    debit_minor bigint NOT NULL CHECK (debit_minor >= 0),
    credit_minor bigint NOT NULL CHECK (credit_minor >= 0),
    PRIMARY KEY (account_id, period, effective_on),
    CHECK (debit_minor > 0 OR credit_minor > 0)
);
-- The last commit that is folded: whatever comes after it, and nothing else, is the tail.
CREATE TABLE tally_fold (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    epoch integer NOT NULL DEFAULT 0,
    xid xid8 NOT NULL DEFAULT '0'
);
INSERT INTO tally_fold DEFAULT VALUES;

GRANT SELECT ON account_day, tally_fold TO market_app;
ALTER TABLE account_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON account_day USING ((SELECT acts_as_system())
    OR account_id IN (SELECT a.id FROM account a));

-- Folds about `most` postings that nobody can still come before, whole commits only, in their order;
-- tells how many. The row of `tally_fold` lets one work at a time.
CREATE FUNCTION fold_tallies(most integer) RETURNS bigint LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    done tally_fold;
    reached tally_fold;
    folded bigint;
BEGIN
    SELECT f.* INTO done FROM tally_fold f FOR UPDATE;
    SELECT true, p.epoch, p.xid INTO reached FROM (
        SELECT q.epoch, q.xid FROM posting q
        WHERE (q.epoch, q.xid) > (done.epoch, done.xid)
            AND (q.epoch, q.xid) < (current_epoch(), pg_snapshot_xmin(pg_current_snapshot()))
        ORDER BY q.epoch, q.xid LIMIT most
    ) AS p ORDER BY p.epoch DESC, p.xid DESC LIMIT 1;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    WITH fresh AS MATERIALIZED (
        SELECT p.id, p.period, p.effective_on FROM posting p
        WHERE (p.epoch, p.xid) > (done.epoch, done.xid)
            AND (p.epoch, p.xid) <= (reached.epoch, reached.xid)
    ), moved AS (
        INSERT INTO account_day AS d (account_id, period, effective_on, debit_minor, credit_minor)
        SELECT side.account_id, f.period, f.effective_on, sum(side.debit), sum(side.credit)
        FROM fresh f JOIN transfer t ON t.posting_id = f.id
        CROSS JOIN LATERAL (VALUES (t.debit_account, t.amount_minor, 0),
                                   (t.credit_account, 0, t.amount_minor))
            AS side (account_id, debit, credit)
        GROUP BY side.account_id, f.period, f.effective_on
        ON CONFLICT (account_id, period, effective_on) DO UPDATE
        SET debit_minor = d.debit_minor + excluded.debit_minor,
            credit_minor = d.credit_minor + excluded.credit_minor
    )
    SELECT count(*) INTO folded FROM fresh;
    UPDATE tally_fold SET epoch = reached.epoch, xid = reached.xid;
    RETURN folded;
END $$;
REVOKE EXECUTE ON FUNCTION fold_tallies(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fold_tallies(integer) TO market_app;

-- What was booked on some accounts in the months, and with the dates, up to a day: days and tail, as
-- one instant sees them. Accounts on which nothing was are left out. The tail is short, and is read
-- by the postings in it: the planner, who takes it for a third of all, would read every transfer.
CREATE FUNCTION turnover_of(accounts bigint[], until date)
    RETURNS TABLE (account_id bigint, debit_minor bigint, credit_minor bigint)
    LANGUAGE sql STABLE SET enable_seqscan = off AS $$
    SELECT b.account_id, sum(b.debit_minor)::bigint, sum(b.credit_minor)::bigint
    FROM (SELECT d.account_id, d.debit_minor, d.credit_minor FROM account_day d
          WHERE d.account_id = ANY (accounts) AND d.period <= until AND d.effective_on <= until
          UNION ALL
          SELECT side.account_id, side.debit, side.credit
          FROM transfer t CROSS JOIN LATERAL (
              VALUES (t.debit_account, t.amount_minor, 0), (t.credit_account, 0, t.amount_minor)
          ) AS side (account_id, debit, credit)
          WHERE t.posting_id = ANY (ARRAY(
                  SELECT q.id FROM posting q
                  WHERE (q.epoch, q.xid) > (SELECT f.epoch, f.xid FROM tally_fold f)
                      AND q.period <= until AND q.effective_on <= until))
              AND side.account_id IN (SELECT a.id FROM unnest(accounts) AS a (id))
         ) AS b
    GROUP BY b.account_id
$$;
REVOKE EXECUTE ON FUNCTION turnover_of(bigint[], date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION turnover_of(bigint[], date) TO market_app, market_auditor;
