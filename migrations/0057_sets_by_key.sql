-- What many postings cost is told by how many they are, not by how large the ledger has grown.

-- As before, but kept balances are looked up one by one, and moved to what their last version says:
-- a join with them, or with their entries, was planned to read the whole of both. Whose balance
-- moves is told by the entries that were written, whose versions nobody else adds to meanwhile.
CREATE OR REPLACE FUNCTION ledger_post_set(
    books uuid, causes text[], days date[], place_of integer[], debit_kinds text[],
    debit_subjects uuid[], credit_kinds text[], credit_subjects uuid[], amounts bigint[],
    currencies text[]
) RETURNS void LANGUAGE plpgsql SET enable_nestloop = off SET enable_seqscan = off
    SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    first_days date[];
    months date[];
    keys bigint[];
    made bigint[];
    accounts bigint[];
    any_controlled boolean;
    legs integer := cardinality(amounts);
    again record;
    moved bigint[];
BEGIN
    -- The dates that a month is asked for, and the months that answer.
    SELECT array_agg(d.day ORDER BY d.day) INTO first_days
    FROM (SELECT min(g.day) AS day FROM unnest(days) AS g (day)
          GROUP BY date_trunc('month', g.day::timestamp)) AS d;
    SELECT array_agg(ledger_period(books, d.day) ORDER BY d.day) INTO months
    FROM unnest(first_days) AS d (day);

    SELECT array_agg(nextval('posting_id_seq') ORDER BY place) INTO keys
    FROM generate_series(1, cardinality(causes)) AS g (place);
    WITH inserted AS (
        INSERT INTO posting (id, cause, books, effective_on, period, actor, epoch, created_at)
        OVERRIDING SYSTEM VALUE
        SELECT keys[g.place], g.cause, ledger_post_set.books, g.day, m.month, now.actor, now.epoch,
            now.at
        FROM unnest(causes, days) WITH ORDINALITY AS g (cause, day, place)
        JOIN unnest(first_days, months) AS m (day, month)
            ON date_trunc('month', m.day::timestamp) = date_trunc('month', g.day::timestamp)
        CROSS JOIN (SELECT actor_id() AS actor, current_epoch() AS epoch, market_now() AS at) AS now
        ORDER BY g.place
        ON CONFLICT ON CONSTRAINT posting_cause_key DO NOTHING
        RETURNING id
    )
    SELECT array_agg(i.id) INTO made FROM inserted i;

    IF cardinality(made) IS DISTINCT FROM cardinality(keys) THEN
        FOR again IN
            SELECT g.cause, g.day, array_agg(l.dk) AS dk, array_agg(l.ds) AS ds,
                array_agg(l.ck) AS ck, array_agg(l.cs) AS cs, array_agg(l.amount) AS amounts,
                array_agg(l.currency) AS currencies
            FROM unnest(causes, days, keys) WITH ORDINALITY AS g (cause, day, key, place)
            JOIN unnest(place_of, debit_kinds, debit_subjects, credit_kinds, credit_subjects,
                        amounts, currencies) AS l (place, dk, ds, ck, cs, amount, currency)
                ON l.place = g.place
            WHERE g.key <> ALL (coalesce(made, '{}'))
            GROUP BY g.place, g.cause, g.day
        LOOP
            PERFORM ledger_repeat(again.cause, books, again.day, again.dk, again.ds, again.ck,
                                  again.cs, again.amounts, again.currencies);
        END LOOP;
        SELECT array_agg(l.place), array_agg(l.dk), array_agg(l.ds), array_agg(l.ck),
            array_agg(l.cs), array_agg(l.amount), array_agg(l.currency), count(*)
        INTO place_of, debit_kinds, debit_subjects, credit_kinds, credit_subjects, amounts,
            currencies, legs
        FROM unnest(place_of, debit_kinds, debit_subjects, credit_kinds, credit_subjects, amounts,
                    currencies) AS l (place, dk, ds, ck, cs, amount, currency)
        WHERE keys[l.place] = ANY (made);
        IF legs = 0 THEN
            RETURN;
        END IF;
    END IF;

    SELECT a.ids, a.any_controlled INTO accounts, any_controlled
    FROM ledger_accounts(books, debit_kinds || credit_kinds, debit_subjects || credit_subjects,
                         currencies || currencies) AS a;
    INSERT INTO transfer (posting_id, debit_account, credit_account, amount_minor)
    SELECT keys[leg.place], leg.debit, leg.credit, leg.amount
    FROM unnest(place_of, accounts[:legs], accounts[legs + 1:], amounts)
        WITH ORDINALITY AS leg (place, debit, credit, amount, position)
    ORDER BY leg.position;
    IF NOT any_controlled THEN
        RETURN;
    END IF;

    PERFORM FROM controlled_balance b WHERE b.account_id = ANY (accounts)
    ORDER BY b.account_id FOR NO KEY UPDATE;
    WITH change AS (
        SELECT side.account_id, leg.place, sum(side.change)::bigint AS change
        FROM unnest(place_of, accounts[:legs], accounts[legs + 1:], amounts)
            AS leg (place, debit, credit, amount)
        CROSS JOIN LATERAL (VALUES (leg.credit, leg.amount), (leg.debit, -leg.amount))
            AS side (account_id, change)
        GROUP BY side.account_id, leg.place HAVING sum(side.change) <> 0
    ), entered AS (
        INSERT INTO controlled_entry (account_id, posting_id, balance_minor, version)
        SELECT b.account_id, keys[c.place],
            b.balance_minor + sum(c.change) OVER before, b.version + row_number() OVER before
        FROM change c CROSS JOIN LATERAL (
            SELECT k.account_id, k.balance_minor, k.version FROM controlled_balance k
            WHERE k.account_id = c.account_id
            LIMIT 1
        ) AS b
        WINDOW before AS (PARTITION BY c.account_id ORDER BY c.place)
        RETURNING account_id
    )
    SELECT array_agg(DISTINCT e.account_id) INTO moved FROM entered e;
    UPDATE controlled_balance b SET (balance_minor, version) = (
        SELECT e.balance_minor, e.version FROM controlled_entry e
        WHERE e.account_id = b.account_id ORDER BY e.version DESC LIMIT 1)
    WHERE b.account_id = ANY (moved);
END $$;
