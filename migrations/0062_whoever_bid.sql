-- Whoever has bid on a request bids against the others until it is decided, also with a proposal that
-- he withdrew or that ran out meanwhile: what he reads today he can tell who still bids.
CREATE OR REPLACE FUNCTION bids_against(unit uuid, request uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM proposal q JOIN enterprise_request r ON r.id = q.request_id
                   WHERE q.request_id = bids_against.request AND q.unit_id <> bids_against.unit
                     AND q.unit_id IN (
                         SELECT unnest(ARRAY[g.organisation_id, books_of(g.organisation_id)])
                         FROM current_grant g
                         WHERE g.person_id = actor_id()
                           AND g.role NOT IN ('auditor', 'administrator'))
                     AND r.state NOT IN ('awarded', 'no_award', 'cancelled'))
$$;

-- As before, but lists of unequal length, whose last legs have no account, are refused instead of
-- looked up for ever. Accounts that are there never come here, so that a posting pays nothing for it.
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
        IF NOT legs = ALL (ARRAY[cardinality(debit_kinds), cardinality(debit_subjects),
                cardinality(credit_kinds), cardinality(credit_subjects), cardinality(currencies)])
        THEN
            RAISE EXCEPTION 'a posting of % legs, whose lists are of other lengths', legs
                USING ERRCODE = 'array_subscript_error';
        END IF;
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
