-- A posting with less ado. What it costs is told by how much PostgreSQL has to set up, not by what
-- it does: each statement in a function opens its tables, and reads the text of their CHECKs, anew.

-- The CHECKs of a posting in one function, whose text is short and which is planned once: the cause
-- reads word:id, and no month before that of its day takes it.
CREATE FUNCTION posting_is_sound(cause text, effective_on date, period date) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN cause ~ '^[a-z_]+:[0-9A-Za-z:._-]+$' AND length(cause) - strpos(cause, ':') <= 200
        AND period >= date_trunc('month', effective_on::timestamp)::date;
END $$;
ALTER TABLE posting DROP CONSTRAINT posting_cause_check, DROP CONSTRAINT posting_check,
    ADD CONSTRAINT posting_check CHECK (posting_is_sound(cause, effective_on, period));

-- Moves the kept balances of a posting by what each of its legs changes, in the order of their
-- accounts, so that two postings wait for each other, and do not deadlock. A balance is moved and
-- its version written in one statement: nothing of its own stands between the lock and the commit.
DROP FUNCTION ledger_move_controlled(bigint);
CREATE FUNCTION ledger_move_controlled(posting_id bigint, accounts bigint[], changes bigint[])
    RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    refused account_kind;
BEGIN
    IF cardinality(accounts) > 1 THEN
        SELECT array_agg(net.account ORDER BY net.account), array_agg(net.change ORDER BY net.account)
        INTO accounts, changes
        FROM (SELECT one.account, sum(one.change)::bigint AS change
              FROM unnest(accounts, changes) AS one (account, change)
              GROUP BY one.account HAVING sum(one.change) <> 0) AS net;
    END IF;
    FOR place IN 1..coalesce(cardinality(accounts), 0) LOOP
        WITH moved AS (
            UPDATE controlled_balance b
            SET balance_minor = b.balance_minor + changes[place], version = b.version + 1
            WHERE b.account_id = accounts[place] AND b.balance_minor + changes[place] >= 0
            RETURNING b.account_id, b.balance_minor, b.version
        )
        INSERT INTO controlled_entry (account_id, posting_id, balance_minor, version)
        SELECT m.account_id, ledger_move_controlled.posting_id, m.balance_minor, m.version
        FROM moved m;
        IF NOT FOUND THEN
            SELECT k.* INTO refused FROM account a JOIN account_kind k ON k.kind = a.kind
            WHERE a.id = accounts[place];
            RAISE EXCEPTION '%', refused.kind
                USING ERRCODE = 'ML002', DETAIL = refused.zh, HINT = refused.en;
        END IF;
    END LOOP;
END $$;

-- As before, but the two accounts of a leg are looked up together, and its kept balances are known
-- from there. Accounts that are missing are opened, and all are looked up again.
CREATE OR REPLACE FUNCTION ledger_post(
    cause text, books uuid, effective_on date, debit_kinds text[], debit_subjects uuid[],
    credit_kinds text[], credit_subjects uuid[], amounts bigint[], currencies text[]
) RETURNS posting LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    nobody CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
    posted posting;
    sides record;
    debits bigint[];
    credits bigint[];
    kept bigint[];
    changes bigint[];
    legs integer;
BEGIN
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

    INSERT INTO posting (cause, books, effective_on, period, actor, epoch, created_at)
    SELECT ledger_post.cause, p.books, ledger_post.effective_on, p.month, actor_id(),
        (SELECT e.number FROM epoch e ORDER BY e.number DESC LIMIT 1),
        clock_timestamp() + (SELECT o.shift FROM clock_offset o)
    FROM period p
    WHERE p.books = ledger_post.books AND p.state = 'open'
        AND p.month = date_trunc('month', ledger_post.effective_on::timestamp)::date
    FOR SHARE
    ON CONFLICT ON CONSTRAINT posting_cause_key DO NOTHING
    RETURNING posting.* INTO posted;
    IF NOT FOUND THEN
        INSERT INTO posting (cause, books, effective_on, period, actor)
        VALUES (ledger_post.cause, ledger_post.books, ledger_post.effective_on,
                ledger_period(books, effective_on), actor_id())
        ON CONFLICT ON CONSTRAINT posting_cause_key DO NOTHING
        RETURNING posting.* INTO posted;
        IF NOT FOUND THEN
            RETURN ledger_repeat(cause, books, effective_on, debit_kinds, debit_subjects,
                                 credit_kinds, credit_subjects, amounts, currencies);
        END IF;
    END IF;

    LOOP
        FOR leg IN 1..legs LOOP
            SELECT d.id AS debit, d.controlled AS debit_kept, c.id AS credit,
                c.controlled AS credit_kept
            INTO sides FROM account d, account c
            WHERE d.books = ledger_post.books AND d.kind = debit_kinds[leg]
                AND d.subject_key = coalesce(debit_subjects[leg], nobody)
                AND d.currency = currencies[leg]
                AND c.books = ledger_post.books AND c.kind = credit_kinds[leg]
                AND c.subject_key = coalesce(credit_subjects[leg], nobody)
                AND c.currency = currencies[leg];
            EXIT WHEN NOT FOUND;
            debits[leg] := sides.debit;
            credits[leg] := sides.credit;
            IF sides.debit_kept THEN
                kept := kept || sides.debit;
                changes := changes || -amounts[leg];
            END IF;
            IF sides.credit_kept THEN
                kept := kept || sides.credit;
                changes := changes || amounts[leg];
            END IF;
        END LOOP;
        EXIT WHEN cardinality(debits) = legs;
        PERFORM ledger_accounts(books, debit_kinds || credit_kinds,
                                debit_subjects || credit_subjects, currencies || currencies);
        kept := NULL;
        changes := NULL;
    END LOOP;
    FOR leg IN 1..legs LOOP
        INSERT INTO transfer (posting_id, debit_account, credit_account, amount_minor)
        VALUES (posted.id, debits[leg], credits[leg], amounts[leg]);
    END LOOP;
    IF kept IS NOT NULL THEN
        PERFORM ledger_move_controlled(posted.id, kept, changes);
    END IF;
    RETURN posted;
END $$;

REVOKE EXECUTE ON FUNCTION posting_is_sound(text, date, date),
    ledger_move_controlled(bigint, bigint[], bigint[]) FROM PUBLIC;
