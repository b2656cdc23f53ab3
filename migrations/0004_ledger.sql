-- Double entry as transfers: one posting a cause, its transfers, the balances that may never fall
-- below zero, months and vouchers, opening balances, and what the seals cover.

-- The chart of accounts. A statutory chart is a versioned mapping on top of it. `debit_side`: a
-- debit increases the account.
CREATE TABLE account_kind (
    kind text PRIMARY KEY CHECK (kind ~ '^[a-z_]+(:[a-z]+)?$'),
    class text NOT NULL
        CHECK (class IN ('asset', 'liability', 'fund', 'income', 'expense', 'technical')),
    controlled boolean NOT NULL DEFAULT false CHECK (NOT controlled OR class = 'liability'),
    needs_subject boolean NOT NULL DEFAULT false,
    zh text NOT NULL,
    en text NOT NULL,
    position smallint GENERATED ALWAYS AS IDENTITY UNIQUE,
    debit_side boolean NOT NULL GENERATED ALWAYS AS
        (class IN ('asset', 'expense', 'technical')) STORED,
    UNIQUE (kind, controlled)
);
INSERT INTO account_kind (kind, class, controlled, needs_subject, zh, en) VALUES
    ('bank', 'asset', false, true, '银行存款', 'Bank account'),
    ('stripe_balance', 'asset', false, false, 'Stripe 余额', 'Stripe balance'),
    ('stripe_in_transit', 'asset', false, false, 'Stripe 在途资金', 'Stripe payouts in transit'),
    ('stripe_disputed', 'asset', false, false, 'Stripe 争议资金', 'Held by Stripe in chargebacks'),
    ('receivable', 'asset', false, true, '应收账款', 'Receivable'),
    ('contract_position', 'asset', false, true, '合同资产(负债)', 'Contract asset or liability'),
    ('input_vat', 'asset', false, false, '待抵扣进项税额', 'Input VAT'),
    ('remuneration_recoverable', 'asset', false, true, '应收回酬金', 'Remuneration to recover'),
    ('contribution_receivable', 'asset', false, true, '应收下级上缴', 'Contribution receivable'),
    ('vat_deferred', 'liability', false, false, '待转销项税额', 'VAT deferred'),
    ('vat_payable', 'liability', false, false, '应交增值税', 'VAT payable'),
    ('surtax_payable', 'liability', false, false, '应交附加税费', 'Surtax payable'),
    ('stamp_duty_payable', 'liability', false, false, '应交印花税', 'Stamp duty payable'),
    ('income_tax_withheld', 'liability', false, false, '代扣个人所得税', 'Income tax withheld'),
    ('remuneration_payable', 'liability', true, true, '应付酬金', 'Remuneration payable'),
    ('remuneration_returned', 'liability', true, true, '退回待重发酬金', 'Remuneration returned'),
    ('contribution_payable', 'liability', false, true, '应上缴上级', 'Contribution payable'),
    ('supplier_payable', 'liability', false, false, '应付供应商款', 'Supplier payable'),
    ('owner_payable', 'liability', true, true, '应付权利人款', 'Owed to the owner of a right'),
    ('customer_credit', 'liability', true, true, '客户预存款', 'Customer credit'),
    ('refund_pending', 'liability', true, true, '待退款', 'Refund pending'),
    ('suspense', 'liability', false, false, '待查款', 'Suspense'),
    ('development_fund', 'fund', false, false, '技协发展基金', 'Development fund'),
    ('net_assets', 'fund', false, false, '净资产', 'Net assets'),
    ('revenue:consulting', 'income', false, false, '技术咨询收入', 'Revenue from consulting'),
    ('revenue:service', 'income', false, false, '技术服务收入', 'Revenue from service'),
    ('revenue:training', 'income', false, false, '技术培训收入', 'Revenue from training'),
    ('revenue:transfer', 'income', false, false, '技术转让收入', 'Revenue from transfer'),
    ('revenue:intermediary', 'income', false, false, '技术中介收入', 'Revenue as intermediary'),
    ('contribution_income', 'income', false, false, '下级上缴收入', 'Contributions received'),
    ('interest_income', 'income', false, false, '利息收入', 'Interest income'),
    ('remuneration_expense', 'expense', false, false, '酬金支出', 'Remuneration expense'),
    ('contribution_expense', 'expense', false, false, '上缴上级支出', 'Contribution expense'),
    ('fund_appropriation', 'expense', false, false, '提取发展基金', 'Appropriation to the fund'),
    ('direct_cost', 'expense', false, false, '直接成本', 'Direct cost'),
    ('tax_expense', 'expense', false, false, '税金及附加', 'Tax expense'),
    ('stripe_fees', 'expense', false, false, 'Stripe 手续费', 'Stripe fees'),
    ('bank_charges', 'expense', false, false, '银行手续费', 'Bank charges'),
    ('exchange_difference', 'expense', false, false, '汇兑损益', 'Exchange difference'),
    ('write_off', 'expense', false, false, '坏账损失', 'Write-off'),
    ('fx_position', 'technical', false, false, '外币兑换头寸', 'Foreign exchange position');

-- `subject` is whose or which account it is: a bank account, an organisation, a contract, a
-- person. `subject_key` stands in for it in the unique index, because only an equality, and no
-- IS NOT DISTINCT FROM, is looked up by index.
CREATE TABLE account (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    books uuid NOT NULL REFERENCES organisation,
    kind text NOT NULL,
    subject uuid CHECK (subject <> '00000000-0000-0000-0000-000000000000'),
    subject_key uuid NOT NULL GENERATED ALWAYS AS
        (coalesce(subject, '00000000-0000-0000-0000-000000000000')) STORED,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    controlled boolean NOT NULL,
    FOREIGN KEY (kind, controlled) REFERENCES account_kind (kind, controlled),
    UNIQUE (books, kind, subject_key, currency)
);

CREATE TABLE period (
    books uuid NOT NULL REFERENCES organisation,
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
    PRIMARY KEY (books, month)
);

-- `effective_on` is the world's date, `period` the month that it is booked in: a fact that comes
-- late for a closed month keeps its date and goes into the next open month.
-- Fixed widths first, so that no byte is lost to alignment.
CREATE TABLE posting (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    created_at timestamptz NOT NULL DEFAULT market_now(),
    epoch integer NOT NULL DEFAULT current_epoch(),
    effective_on date NOT NULL,
    period date NOT NULL,
    public_id uuid NOT NULL DEFAULT uuidv7() UNIQUE,
    books uuid NOT NULL,
    actor uuid NOT NULL,
    cause text NOT NULL UNIQUE CHECK (cause ~ '^[a-z_]+:[0-9A-Za-z:._-]{1,200}$'),
    FOREIGN KEY (books, period) REFERENCES period (books, month),
    CHECK (period >= date_trunc('month', effective_on::timestamp)::date)
);
CREATE INDEX ON posting (books, period, id);
CREATE INDEX ON posting (epoch, xid);

-- Both accounts of a transfer belong to the books of its posting and have one currency, because
-- `ledger_post` looks them up by these.
CREATE TABLE transfer (
    id bigint GENERATED ALWAYS AS IDENTITY,
    posting_id bigint NOT NULL REFERENCES posting,
    debit_account bigint NOT NULL REFERENCES account,
    credit_account bigint NOT NULL REFERENCES account,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    PRIMARY KEY (posting_id, id),
    CHECK (debit_account <> credit_account)
);
CREATE INDEX ON transfer (debit_account);
CREATE INDEX ON transfer (credit_account);

-- What an account that must not fall below zero holds: credits less debits, as all of them are
-- liabilities. Every version is kept.
CREATE TABLE controlled_balance (
    account_id bigint PRIMARY KEY REFERENCES account,
    balance_minor bigint NOT NULL DEFAULT 0 CHECK (balance_minor >= 0),
    version integer NOT NULL DEFAULT 0
);
CREATE TABLE controlled_entry (
    account_id bigint NOT NULL REFERENCES controlled_balance,
    posting_id bigint NOT NULL REFERENCES posting,
    balance_minor bigint NOT NULL CHECK (balance_minor >= 0),
    version integer NOT NULL CHECK (version > 0),
    PRIMARY KEY (account_id, version)
);

CREATE TABLE voucher (
    posting_id bigint NOT NULL UNIQUE REFERENCES posting,
    books uuid NOT NULL,
    month date NOT NULL,
    number integer NOT NULL CHECK (number > 0),
    PRIMARY KEY (books, month, number),
    FOREIGN KEY (books, month) REFERENCES period
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON account
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON posting
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON controlled_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON voucher
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Posting. SQLSTATEs of its own: ML001 the cause was used for something else, ML002 a controlled
-- account has not enough (message, detail and hint are its kind, Chinese and English name), ML003
-- the chart has no such account. The functions before `ledger_post` run under its search_path, and
-- nobody else may call them.

-- The ids of the named accounts, in the order of the arrays, and whether one of them is controlled;
-- those that are missing are opened. LIMIT makes the planner look each up by the unique index: a
-- join would read the whole table.
CREATE FUNCTION ledger_accounts(
    books uuid, kinds text[], subjects uuid[], currencies text[],
    OUT ids bigint[], OUT any_controlled boolean
) LANGUAGE plpgsql AS $$
DECLARE
    nobody CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
    missing integer;
BEGIN
    FOR attempt IN 1..2 LOOP
        SELECT array_agg(a.id ORDER BY w.position), bool_or(a.controlled) INTO ids, any_controlled
        FROM unnest(kinds, subjects, currencies)
            WITH ORDINALITY AS w (kind, subject, currency, position)
        LEFT JOIN LATERAL (
            SELECT a.id, a.controlled FROM account a
            WHERE a.books = ledger_accounts.books AND a.kind = w.kind
                AND a.subject_key = coalesce(w.subject, nobody) AND a.currency = w.currency
            LIMIT 1
        ) AS a ON true;
        missing := array_position(ids, NULL);
        IF missing IS NULL THEN
            RETURN;
        END IF;
        -- In one order, so that two who open the same accounts wait, and do not deadlock.
        INSERT INTO account (books, kind, subject, currency, controlled)
        SELECT DISTINCT ledger_accounts.books, k.kind, w.subject, w.currency, k.controlled
        FROM unnest(kinds, subjects, currencies, ids) AS w (kind, subject, currency, id)
        JOIN account_kind k ON k.kind = w.kind AND k.needs_subject = (w.subject IS NOT NULL)
        WHERE w.id IS NULL ORDER BY 2, 3, 4
        ON CONFLICT DO NOTHING;
    END LOOP;
    RAISE EXCEPTION '% %', kinds[missing], coalesce(subjects[missing]::text, 'without subject')
        USING ERRCODE = 'ML003';
END $$;

CREATE FUNCTION open_controlled_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO controlled_balance (account_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER controlled AFTER INSERT ON account
    FOR EACH ROW WHEN (NEW.controlled) EXECUTE FUNCTION open_controlled_balance();

-- The first open month from that of the date on, held by a shared lock against its close.
CREATE FUNCTION ledger_period(books uuid, effective_on date) RETURNS date LANGUAGE plpgsql AS $$
DECLARE
    candidate date := date_trunc('month', effective_on::timestamp);
BEGIN
    LOOP
        INSERT INTO period (books, month) VALUES (ledger_period.books, candidate)
        ON CONFLICT DO NOTHING;
        PERFORM FROM period p
        WHERE p.books = ledger_period.books AND p.month = candidate AND p.state = 'open'
        FOR SHARE;
        IF FOUND THEN
            RETURN candidate;
        END IF;
        candidate := candidate + interval '1 month';
    END LOOP;
END $$;

-- The posting that the cause made before, if it says the same.
CREATE FUNCTION ledger_repeat(
    cause text, books uuid, effective_on date, debit_kinds text[], debit_subjects uuid[],
    credit_kinds text[], credit_subjects uuid[], amounts bigint[], currencies text[]
) RETURNS posting LANGUAGE plpgsql AS $$
DECLARE
    made posting;
BEGIN
    SELECT p.* INTO made FROM posting p WHERE p.cause = ledger_repeat.cause;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM FROM (
        SELECT d.kind, d.subject, c.kind, c.subject, t.amount_minor, d.currency, count(*)
        FROM transfer t
        JOIN account d ON d.id = t.debit_account JOIN account c ON c.id = t.credit_account
        WHERE t.posting_id = made.id GROUP BY 1, 2, 3, 4, 5, 6
    ) AS kept (dk, ds, ck, cs, amount, currency, times)
    FULL JOIN (
        SELECT l.dk, l.ds, l.ck, l.cs, l.amount, l.currency, count(*)
        FROM unnest(debit_kinds, debit_subjects, credit_kinds, credit_subjects, amounts, currencies)
            AS l (dk, ds, ck, cs, amount, currency)
        GROUP BY 1, 2, 3, 4, 5, 6
    ) AS given (dk, ds, ck, cs, amount, currency, times)
        ON to_jsonb(kept) = to_jsonb(given)
    WHERE kept.times IS NULL OR given.times IS NULL;
    IF FOUND OR made.books <> ledger_repeat.books
        OR made.effective_on <> ledger_repeat.effective_on
    THEN
        RAISE EXCEPTION '%', cause USING ERRCODE = 'ML001';
    END IF;
    RETURN made;
END $$;

-- Moves the kept balances that a posting touches, in the order of their accounts, so that two
-- postings wait for each other, and do not deadlock. One row at a time: a joined UPDATE would be
-- planned for arrays of unknown length, and read the whole table.
CREATE FUNCTION ledger_move_controlled(posting_id bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    leg record;
    kept record;
    refused account_kind;
BEGIN
    FOR leg IN
        SELECT side.account_id, sum(side.change)::bigint AS change
        FROM transfer t
        CROSS JOIN LATERAL (VALUES (t.credit_account, t.amount_minor),
                                   (t.debit_account, -t.amount_minor)) AS side (account_id, change)
        JOIN account a ON a.id = side.account_id AND a.controlled
        WHERE t.posting_id = ledger_move_controlled.posting_id
        GROUP BY side.account_id HAVING sum(side.change) <> 0 ORDER BY side.account_id
    LOOP
        UPDATE controlled_balance b
        SET balance_minor = b.balance_minor + leg.change, version = b.version + 1
        WHERE b.account_id = leg.account_id AND b.balance_minor + leg.change >= 0
        RETURNING b.balance_minor, b.version INTO kept;
        IF NOT FOUND THEN
            SELECT k.* INTO refused FROM account a JOIN account_kind k ON k.kind = a.kind
            WHERE a.id = leg.account_id;
            RAISE EXCEPTION '%', refused.kind
                USING ERRCODE = 'ML002', DETAIL = refused.zh, HINT = refused.en;
        END IF;
        INSERT INTO controlled_entry (account_id, posting_id, balance_minor, version)
        VALUES (leg.account_id, ledger_move_controlled.posting_id, kept.balance_minor,
                kept.version);
    END LOOP;
END $$;

-- Posts once a cause, in one round trip. Legs come as parallel arrays; those of nothing are
-- dropped, and nothing left is no posting. The cause again with the same content gives the same
-- posting. Balanced by construction: a leg debits one account and credits another. Planned once:
-- the planner cannot know how many legs come, and would plan anew at each call (80 µs, measured).
-- Books are those of a unit that is a legal person, and dates lie in this century.
CREATE FUNCTION ledger_post(
    cause text, books uuid, effective_on date, debit_kinds text[], debit_subjects uuid[],
    credit_kinds text[], credit_subjects uuid[], amounts bigint[], currencies text[]
) RETURNS posting LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    posted posting;
    booked_in date;
    accounts bigint[];
    any_controlled boolean;
    legs integer;
BEGIN
    IF effective_on < '2000-01-01' OR NOT EXISTS (
        SELECT FROM organisation o
        WHERE o.id = ledger_post.books AND o.kind = 'unit' AND o.legal_person)
    THEN
        RAISE EXCEPTION 'no books % on %', books, effective_on USING ERRCODE = 'check_violation';
    END IF;
    IF 0 = ANY (amounts) THEN
        SELECT array_agg(l.dk), array_agg(l.ds), array_agg(l.ck), array_agg(l.cs),
            coalesce(array_agg(l.amount), '{}'), array_agg(l.currency)
        INTO debit_kinds, debit_subjects, credit_kinds, credit_subjects, amounts, currencies
        FROM unnest(debit_kinds, debit_subjects, credit_kinds, credit_subjects, amounts, currencies)
            AS l (dk, ds, ck, cs, amount, currency) WHERE l.amount <> 0;
    END IF;
    legs := cardinality(amounts);
    IF legs = 0 THEN
        RETURN ledger_repeat(cause, books, effective_on, debit_kinds, debit_subjects,
                             credit_kinds, credit_subjects, amounts, currencies);
    END IF;

    SELECT p.month INTO booked_in FROM period p
    WHERE p.books = ledger_post.books AND p.state = 'open'
        AND p.month = date_trunc('month', ledger_post.effective_on::timestamp)::date
    FOR SHARE;
    IF NOT FOUND THEN
        booked_in := ledger_period(books, effective_on);
    END IF;

    INSERT INTO posting (cause, books, effective_on, period, actor)
    VALUES (ledger_post.cause, ledger_post.books, ledger_post.effective_on, booked_in, actor_id())
    ON CONFLICT ON CONSTRAINT posting_cause_key DO NOTHING
    RETURNING posting.* INTO posted;
    IF NOT FOUND THEN
        RETURN ledger_repeat(cause, books, effective_on, debit_kinds, debit_subjects,
                             credit_kinds, credit_subjects, amounts, currencies);
    END IF;

    SELECT a.ids, a.any_controlled INTO accounts, any_controlled
    FROM ledger_accounts(books, debit_kinds || credit_kinds, debit_subjects || credit_subjects,
                         currencies || currencies) AS a;
    INSERT INTO transfer (posting_id, debit_account, credit_account, amount_minor)
    SELECT posted.id, leg.debit, leg.credit, leg.amount
    FROM unnest(accounts[:legs], accounts[legs + 1:], amounts) AS leg (debit, credit, amount);

    IF any_controlled THEN
        PERFORM ledger_move_controlled(posted.id);
    END IF;
    RETURN posted;
END $$;

-- Numbers every committed posting that has no voucher yet, in the order of commits that nobody can
-- still come before. All below the last numbered one are numbered, so the search begins there.
CREATE FUNCTION number_vouchers() RETURNS bigint LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    last_numbered posting;
    numbered bigint;
BEGIN
    LOCK TABLE voucher IN SHARE ROW EXCLUSIVE MODE;
    SELECT p.* INTO last_numbered FROM posting p JOIN voucher v ON v.posting_id = p.id
    ORDER BY p.epoch DESC, p.xid DESC LIMIT 1;
    WITH fresh AS MATERIALIZED (
        SELECT p.id, p.books, p.period,
            row_number() OVER (PARTITION BY p.books, p.period ORDER BY p.epoch, p.xid, p.id)
                AS place
        FROM posting p
        WHERE (p.epoch, p.xid)
                > (coalesce(last_numbered.epoch, 0), coalesce(last_numbered.xid, '0'))
            AND (p.epoch, p.xid) < (current_epoch(), pg_snapshot_xmin(pg_current_snapshot()))
    ), months AS MATERIALIZED (
        SELECT f.books, f.period, coalesce(v.number, 0) AS numbered
        FROM (SELECT DISTINCT books, period FROM fresh) AS f
        LEFT JOIN LATERAL (
            SELECT v.number FROM voucher v WHERE v.books = f.books AND v.month = f.period
            ORDER BY v.number DESC LIMIT 1
        ) AS v ON true
    )
    INSERT INTO voucher (posting_id, books, month, number)
    SELECT f.id, f.books, f.period, m.numbered + f.place
    FROM fresh f JOIN months m ON m.books = f.books AND m.period = f.period;
    GET DIAGNOSTICS numbered = ROW_COUNT;
    RETURN numbered;
END $$;

REVOKE EXECUTE ON FUNCTION ledger_accounts(uuid, text[], uuid[], text[]),
    ledger_period(uuid, date), ledger_move_controlled(bigint), open_controlled_balance(),
    ledger_repeat(text, uuid, date, text[], uuid[], text[], uuid[], bigint[], text[]),
    ledger_post(text, uuid, date, text[], uuid[], text[], uuid[], bigint[], text[]),
    number_vouchers() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    ledger_post(text, uuid, date, text[], uuid[], text[], uuid[], bigint[], text[]),
    number_vouchers() TO market_app;

-- What was booked on an account in the months, and with the dates, up to a day: so that the trial
-- balance of a closed month stays what it was when a late fact is booked afterwards.
CREATE FUNCTION account_turnover(account_id bigint, until date)
    RETURNS TABLE (debit_minor bigint, credit_minor bigint) LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(t.amount_minor) FILTER (WHERE t.debit_account = $1), 0)::bigint,
        coalesce(sum(t.amount_minor) FILTER (WHERE t.credit_account = $1), 0)::bigint
    FROM transfer t JOIN posting p ON p.id = t.posting_id
    WHERE (t.debit_account = $1 OR t.credit_account = $1)
        AND p.period <= $2 AND p.effective_on <= $2
$$;
GRANT EXECUTE ON FUNCTION account_turnover(bigint, date) TO market_app, market_auditor;

-- Opening balances: prepared by finance, approved by a leader, posted once for the books.
CREATE TABLE opening_balance (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    books uuid NOT NULL REFERENCES organisation,
    as_of date NOT NULL,
    state text NOT NULL CHECK (state IN ('prepared', 'approved', 'withdrawn')),
    prepared_by uuid NOT NULL,
    approved_by uuid CHECK (approved_by <> prepared_by),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK ((approved_by IS NOT NULL) = (state = 'approved'))
);
CREATE UNIQUE INDEX opening_balance_live ON opening_balance (books) WHERE state <> 'withdrawn';
CREATE TABLE opening_balance_line (
    opening_balance_id uuid NOT NULL REFERENCES opening_balance,
    position smallint NOT NULL CHECK (position > 0),
    kind text NOT NULL REFERENCES account_kind,
    subject uuid,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    balance_minor bigint NOT NULL CHECK (balance_minor <> 0),
    PRIMARY KEY (opening_balance_id, position),
    UNIQUE NULLS NOT DISTINCT (opening_balance_id, kind, subject, currency)
);
INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('opening_balance', 'prepare', NULL, 'prepared'),
    ('opening_balance', 'approve', 'prepared', 'approved'),
    ('opening_balance', 'withdraw', 'prepared', 'withdrawn');

-- Who reads: nobody writes here but the functions above.
GRANT SELECT ON account_kind, account, period, posting, transfer, controlled_balance,
    controlled_entry, voucher TO market_app;
GRANT SELECT, INSERT, UPDATE (state, approved_by, version) ON opening_balance TO market_app;
GRANT SELECT, INSERT ON opening_balance_line TO market_app;

ALTER TABLE account ENABLE ROW LEVEL SECURITY;
ALTER TABLE period ENABLE ROW LEVEL SECURITY;
ALTER TABLE posting ENABLE ROW LEVEL SECURITY;
ALTER TABLE transfer ENABLE ROW LEVEL SECURITY;
ALTER TABLE controlled_balance ENABLE ROW LEVEL SECURITY;
ALTER TABLE controlled_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE voucher ENABLE ROW LEVEL SECURITY;
ALTER TABLE opening_balance ENABLE ROW LEVEL SECURITY;
ALTER TABLE opening_balance_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON account USING ((SELECT acts_as_system())
    OR books = ANY ((SELECT visible_organisations())::uuid[]));
CREATE POLICY seen ON period USING ((SELECT acts_as_system())
    OR books = ANY ((SELECT visible_organisations())::uuid[]));
CREATE POLICY seen ON posting USING ((SELECT acts_as_system())
    OR books = ANY ((SELECT visible_organisations())::uuid[]));
CREATE POLICY seen ON voucher USING ((SELECT acts_as_system())
    OR books = ANY ((SELECT visible_organisations())::uuid[]));
CREATE POLICY seen ON opening_balance USING ((SELECT acts_as_system())
    OR books = ANY ((SELECT visible_organisations())::uuid[]));
CREATE POLICY seen ON opening_balance_line USING (EXISTS (
    SELECT FROM opening_balance b WHERE b.id = opening_balance_id));
-- Uncorrelated, so that the visible accounts are gathered once, not for each row.
CREATE POLICY seen ON transfer USING ((SELECT acts_as_system())
    OR debit_account IN (SELECT a.id FROM account a));
CREATE POLICY seen ON controlled_balance USING ((SELECT acts_as_system())
    OR account_id IN (SELECT a.id FROM account a));
CREATE POLICY seen ON controlled_entry USING ((SELECT acts_as_system())
    OR account_id IN (SELECT a.id FROM account a));

-- What the seals cover, one unambiguous line a row: fields joined by U+001F, a null as \N, a
-- backslash, U+001F or line feed inside a field escaped, instants as microseconds.
CREATE FUNCTION sealed_line(VARIADIC fields text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $$ SELECT string_agg(coalesce(
              replace(replace(replace(f.value, '\', '\\'), U&'\001F', '\x1f'), E'\n', '\n'), '\N'),
              U&'\001F' ORDER BY f.position)
          FROM unnest(fields) WITH ORDINALITY AS f (value, position) $$;

-- A posting is covered by the lines of its transfers; one that was robbed of them keeps a line.
CREATE VIEW sealable (source, epoch, xid, id, line) AS
    SELECT 'event', e.epoch, e.xid, e.id, sealed_line(
        'event', e.epoch::text, e.xid::text, e.id::text,
        (extract(epoch FROM e.at) * 1000000)::bigint::text, e.name, e.actor::text,
        e.organisation::text, e.subject, e.subject_id::text, e.version::text, e.move,
        e.state_from, e.state_to, e.changed::text)
    FROM event e
    UNION ALL
    SELECT 'transfer', p.epoch, p.xid, coalesce(t.id, 0), sealed_line(
        'transfer', p.epoch::text, p.xid::text, t.id::text,
        (extract(epoch FROM p.created_at) * 1000000)::bigint::text, p.id::text, p.public_id::text,
        p.cause, p.books::text, p.effective_on::text, p.period::text, p.actor::text,
        t.debit_account::text, d.kind, d.subject::text,
        t.credit_account::text, c.kind, c.subject::text, d.currency, t.amount_minor::text)
    FROM posting p
    LEFT JOIN transfer t ON t.posting_id = p.id
    LEFT JOIN account d ON d.id = t.debit_account
    LEFT JOIN account c ON c.id = t.credit_account;
GRANT SELECT ON sealable TO market_worker;
GRANT EXECUTE ON FUNCTION sealed_line(text[]) TO market_worker, market_auditor;
