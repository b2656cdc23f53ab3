"""What the bank says, what explains it, and customer credit."""

from typing import Final

from market.auditor.model import Check

CHECKS: Final = (
    Check(
        "I8",
        "每条银行流水恰好入账一次，科目、金额、日期相符",
        "each bank line has exactly one posting on its bank account, as it says",
        """SELECT 'bank_line', l.id::text, 'says ' || l.amount_minor || ' on ' || l.booked_on
                  || ', posted ' || f.amount || ' by ' || f.transfers || ' transfers'
           FROM bank_line l
           CROSS JOIN LATERAL (
               SELECT count(*) AS transfers,
                      coalesce(sum(CASE WHEN d.kind = 'bank' THEN t.amount_minor
                                        ELSE -t.amount_minor END), 0) AS amount
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account d ON d.id = t.debit_account JOIN account k ON k.id = t.credit_account
               WHERE p.cause = 'bank_line:' || l.id AND p.books = l.books_unit_id
                 AND p.effective_on = l.booked_on AND d.currency = l.currency
                 AND ((d.kind = 'bank' AND d.subject = l.bank_account_id AND k.kind = 'suspense')
                   OR (k.kind = 'bank' AND k.subject = l.bank_account_id AND d.kind = 'suspense'))
           ) AS f
           WHERE (f.amount, f.transfers) <> (l.amount_minor, (l.amount_minor <> 0)::int)""",
    ),
    Check(
        "I8",
        "只有银行流水、其撤回和期初余额（及其补录）记入银行存款",
        "only bank lines, what takes them back and opening balances post on a bank account",
        """SELECT 'transfer', t.id::text, p.cause || ' posts on a bank account'
           FROM account a JOIN transfer t ON a.id IN (t.debit_account, t.credit_account)
           JOIN posting p ON p.id = t.posting_id
           WHERE a.kind = 'bank' AND split_part(p.cause, ':', 1)
               NOT IN ('bank_line', 'bank_line_retracted', 'opening_balance',
                       'opening_supplement')""",
    ),
    Check(
        "I8",
        "对账单的期初加本单流水等于期末",
        "a statement has the lines that it brought, and opens and closes with them",
        """SELECT 'statement', s.id::text, 'opening ' || s.opening_minor || ' + '
                  || coalesce(sum(l.amount_minor), 0) || ', closing ' || s.closing_minor || '; '
                  || count(l.id) || ' of ' || s.new_lines || ' new lines'
           FROM statement s LEFT JOIN bank_line l ON l.statement_id = s.id
           GROUP BY s.id
           HAVING count(l.id) <> s.new_lines OR (s.new_lines = s.lines
               AND s.opening_minor + coalesce(sum(l.amount_minor), 0) <> s.closing_minor)""",
    ),
    Check(
        "I8",
        "对账单的哈希就是其原始文件的哈希",
        "a statement has the hash of the file that is kept",
        """SELECT 'statement', s.id::text, 'of ' || s.sha256 || ', its file is '
                  || coalesce(encode(f.sha256, 'hex'), 'missing')
           FROM statement s LEFT JOIN file f ON f.id = s.file_id
           WHERE encode(f.sha256, 'hex') IS DISTINCT FROM s.sha256""",
    ),
    Check(
        "I8",
        "流水的账户、账套、币种与其对账单一致",
        "a bank line is of its statement's account, books and currency",
        """SELECT 'bank_line', l.id::text, 'differs from statement ' || l.statement_id
           FROM bank_line l LEFT JOIN statement s ON s.id = l.statement_id
           WHERE (s.bank_account_id, s.books_unit_id, s.currency)
                 IS DISTINCT FROM (l.bank_account_id, l.books_unit_id, l.currency)""",
    ),
    Check(
        "I8",
        "整份新入的对账单，每行的余额由期初逐行得出",
        "in a statement that was new as a whole, each printed balance follows from the opening",
        """SELECT 'statement', v.id::text, 'line ' || v.position || ' leaves ' || v.printed
                  || ', the opening and the lines before make ' || v.running
           FROM (SELECT s.id, l.position, l.balance_after_minor AS printed,
                        s.opening_minor + sum(l.amount_minor) OVER (
                            PARTITION BY s.id ORDER BY l.position) AS running
                 FROM statement s JOIN bank_line l ON l.statement_id = s.id
                 WHERE s.new_lines = s.lines) AS v
           WHERE v.printed <> v.running""",
    ),
    Check(
        "I8",
        "首份对账单的期初就是账簿的期初余额",
        "an account's first statement opens with what the books opened with",
        """SELECT 'statement', s.id::text, 'opens with ' || s.opening_minor || ', the books with '
                  || b.balance_minor
           FROM opening_balance o
           JOIN opening_balance_line b ON b.opening_balance_id = o.id AND b.kind = 'bank'
           JOIN LATERAL (
               SELECT id, opening_minor FROM statement
               WHERE bank_account_id = b.subject AND state = 'imported'
               ORDER BY first_on, id LIMIT 1) AS s ON true
           WHERE o.state = 'approved' AND s.opening_minor <> b.balance_minor""",
    ),
    Check(
        "I8",
        "账簿已建的银行账户，账面余额等于首份对账单的期初加全部流水",
        "in books that have begun, a bank account holds its first opening and its lines",
        """SELECT 'bank_account', a.id::text, 'the books hold ' || f.held || ', the bank says '
                  || s.opening_minor || ' and lines of ' || l.amount
           FROM bank_account a
           JOIN opening_balance o ON o.books = a.books_unit_id AND o.state = 'approved'
               AND o.supplements IS NULL
           JOIN LATERAL (
               SELECT opening_minor FROM statement
               WHERE bank_account_id = a.id AND state = 'imported'
               ORDER BY first_on, id LIMIT 1) AS s ON true
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(amount_minor), 0) AS amount FROM bank_line
               WHERE bank_account_id = a.id AND state <> 'retracted') AS l
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(CASE WHEN t.debit_account = k.id THEN t.amount_minor
                                        ELSE -t.amount_minor END), 0) AS held
               FROM account k JOIN transfer t ON k.id IN (t.debit_account, t.credit_account)
               WHERE (k.books, k.kind, k.subject, k.currency)
                   = (a.books_unit_id, 'bank', a.id, a.currency)) AS f
           WHERE f.held <> s.opening_minor + l.amount""",
    ),
    Check(
        "I8",
        "每份对账单从其前的余额开始",
        "a statement opens with what the account held before it, by the lines of the others",
        """WITH first AS (
               SELECT DISTINCT ON (bank_account_id) bank_account_id, first_on, opening_minor
               FROM statement WHERE state = 'imported'
               ORDER BY bank_account_id, first_on, id),
           held AS (
               SELECT d.bank_account_id, d.on_day, d.statement_id IS NOT NULL AS asked,
                      sum(d.amount) OVER (PARTITION BY d.bank_account_id ORDER BY d.on_day, d.rank)
                          AS amount, d.statement_id
               FROM (SELECT bank_account_id, booked_on AS on_day, 1 AS rank, NULL::uuid
                                AS statement_id, sum(amount_minor) AS amount
                     FROM bank_line WHERE state <> 'retracted' GROUP BY 1, 2
                     UNION ALL
                     SELECT bank_account_id, first_on, 0, id, 0 FROM statement
                     WHERE state = 'imported') AS d)
           SELECT 'statement', v.id::text, 'opens with ' || v.opening_minor || ', the account held '
                  || v.before || ' before ' || v.first_on
           FROM (SELECT s.id, s.first_on, s.opening_minor,
                        f.opening_minor + h.amount - g.amount AS before,
                        coalesce((
                            SELECT sum(l.amount_minor) FROM bank_line l
                            WHERE l.bank_account_id = s.bank_account_id
                              AND l.booked_on = s.first_on AND l.statement_id < s.id
                              AND l.state <> 'retracted'), 0)
                            AS earlier
                 FROM statement s JOIN held h ON h.statement_id = s.id
                 JOIN first f ON f.bank_account_id = s.bank_account_id
                 JOIN (SELECT DISTINCT ON (bank_account_id) bank_account_id, amount FROM held
                       WHERE asked ORDER BY bank_account_id, on_day) AS g
                     ON g.bank_account_id = s.bank_account_id) AS v
           WHERE v.opening_minor NOT IN (v.before, v.before + v.earlier)""",
    ),
    Check(
        "I9",
        "已匹配的流水恰有一个有效匹配，状态一致",
        "a bank line is matched or confirmed exactly when its live match is",
        """SELECT 'bank_line', l.id::text, 'is ' || l.state || ', its match is '
                  || coalesce(m.state, 'missing')
           FROM bank_line l LEFT JOIN match m ON m.bank_line_id = l.id AND m.state <> 'undone'
           WHERE CASE l.state WHEN 'matched' THEN 'matched' WHEN 'confirmed' THEN 'confirmed' END
                 IS DISTINCT FROM nullif(m.state, 'waiting')""",
    ),
    Check(
        "I11",
        "每个生效的匹配把流水的全部金额转出待查款；撤销的如数转回",
        "a match takes its line's whole amount out of suspense, and an undone one brings it back",
        """SELECT 'match', m.id::text, 'line says ' || l.amount_minor || ', the match '
                  || m.amount_minor || ', taken out ' || f.made || ', brought back ' || f.undone
           FROM match m JOIN bank_line l ON l.id = m.bank_line_id
           CROSS JOIN LATERAL (
               SELECT CASE WHEN (m.needs_second AND m.confirmed_by IS NULL)
                             OR m.rest_to IN ('own_transfer', 'returned')
                           THEN 0 ELSE m.amount_minor END AS amount) AS e
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(s.amount) FILTER (WHERE p.cause = 'receipt_matched:' || m.id), 0)
                          AS made,
                      coalesce(sum(-s.amount) FILTER (WHERE p.cause = 'match_undone:' || m.id), 0)
                          AS undone
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account d ON d.id = t.debit_account JOIN account k ON k.id = t.credit_account
               CROSS JOIN LATERAL (VALUES (CASE WHEN d.kind = 'suspense' THEN t.amount_minor
                   WHEN k.kind = 'suspense' THEN -t.amount_minor ELSE 0 END)) AS s (amount)
               WHERE p.cause IN ('receipt_matched:' || m.id, 'match_undone:' || m.id)
                 AND p.books = m.books_unit_id) AS f
           WHERE (l.amount_minor, f.made, f.undone) <> (m.amount_minor, e.amount,
                 CASE m.state WHEN 'undone' THEN e.amount ELSE 0 END)""",
    ),
    Check(
        "I11",
        "匹配给期初未清项的分配按其债务单位入账，合计相符",
        "what a match gives to opening items is posted on what their organisations owe",
        """SELECT 'match', v.match_id::text, v.organisation_id || ' gets ' || v.given
                  || ', posted ' || v.posted
           FROM (SELECT a.match_id, a.organisation_id, a.given, coalesce(sum(t.amount_minor), 0)
                            AS posted
                 FROM (SELECT match_id, subject AS organisation_id, sum(amount) AS given
                       FROM (SELECT a.match_id, i.organisation_id, a.amount_minor
                             FROM opening_allocation a
                             JOIN opening_item i ON i.id = a.opening_item_id
                                 AND i.currency = a.currency
                             UNION ALL
                             SELECT a.match_id, i.buyer_id, a.amount_minor
                             FROM allocation a JOIN invoice i ON i.id = a.invoice_id
                             WHERE a.match_id IS NOT NULL AND a.kind = 'receipt'
                             ) AS g (match_id, subject, amount)
                       GROUP BY 1, 2) AS a
                 LEFT JOIN posting p ON p.cause = 'receipt_matched:' || a.match_id
                 LEFT JOIN account k ON (k.books, k.kind, k.subject)
                     = (p.books, 'receivable', a.organisation_id)
                 LEFT JOIN account d ON (d.books, d.kind) = (p.books, 'suspense')
                 LEFT JOIN transfer t ON t.posting_id = p.id
                     AND (t.debit_account, t.credit_account) = (d.id, k.id)
                 GROUP BY 1, 2, 3) AS v
           WHERE v.given <> v.posted""",
    ),
    Check(
        "I6",
        "期初未清项的分配在其匹配有效时有效，与匹配所写一致",
        "an allocation to an opening item lives as long as its match, and is what the match says",
        """SELECT 'match', m.id::text, m.state || ', says ' || m.opening_items || ', allocated '
                  || coalesce(a.given, '{}')
           FROM match m
           LEFT JOIN (SELECT match_id, jsonb_object_agg(opening_item_id, jsonb_build_array(
                                 amount_minor, charge_minor)) AS given,
                             bool_and(taken_back_on IS NULL) AS lives,
                             bool_or(taken_back_on IS NULL) AS any_lives
                      FROM opening_allocation GROUP BY match_id) AS a ON a.match_id = m.id
           LEFT JOIN LATERAL (
               SELECT jsonb_object_agg(e.item ->> 'opening_item_id', jsonb_build_array(
                          e.item -> 'amount_minor', coalesce(e.item -> 'charge_minor', '0')))
                          AS given
               FROM jsonb_array_elements(m.opening_items) AS e (item)) AS s ON true
           WHERE (a.match_id IS NOT NULL OR m.opening_items <> '[]')
             AND ((NOT m.needs_second OR m.confirmed_by IS NOT NULL)
                      AND a.given IS DISTINCT FROM s.given
               OR (m.needs_second AND m.confirmed_by IS NULL AND a.given IS NOT NULL)
               OR (a.lives, a.any_lives) <> (m.state <> 'undone', m.state <> 'undone'))""",
    ),
    Check(
        "I11",
        "匹配的各项分配与其余额合计为流水金额，并按对象入账",
        "a match's allocations and rest are its amount, and are posted where they belong",
        """SELECT 'match', m.id::text, 'receipts ' || a.receipts || ' + rest ' || m.rest_minor
                  || ' of ' || m.amount_minor || ', charges ' || a.charges || '; posted '
                  || f.receipts || ' + ' || f.rest || ', charges ' || f.charges
           FROM match m
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(amount_minor) FILTER (WHERE kind = 'receipt'), 0)
                          + (SELECT coalesce(sum(o.amount_minor), 0) FROM opening_allocation o
                             WHERE o.match_id = m.id) AS receipts,
                      coalesce(sum(amount_minor) FILTER (WHERE kind = 'charge'), 0)
                          + (SELECT coalesce(sum(o.charge_minor), 0) FROM opening_allocation o
                             WHERE o.match_id = m.id) AS charges
               FROM allocation WHERE match_id = m.id) AS a
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(t.amount_minor) FILTER (WHERE d.kind = 'suspense'
                          AND k.kind = 'receivable'), 0) AS receipts,
                      coalesce(sum(t.amount_minor) FILTER (WHERE d.kind = 'bank_charges'
                          AND k.kind = 'receivable'), 0) AS charges,
                      coalesce(sum(t.amount_minor) FILTER (WHERE 'suspense' IN (d.kind, k.kind)
                          AND CASE WHEN m.refund_id IS NOT NULL AND m.amount_minor < 0
                                   THEN 'refund_pending' ELSE m.rest_to END IN (d.kind, k.kind)
                          AND m.rest_organisation_id
                              IS NOT DISTINCT FROM coalesce(d.subject, k.subject)), 0) AS rest
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account d ON d.id = t.debit_account JOIN account k ON k.id = t.credit_account
               WHERE p.cause = 'receipt_matched:' || m.id) AS f
           WHERE (NOT m.needs_second OR m.confirmed_by IS NOT NULL)
             AND (abs(m.amount_minor), f.receipts, f.charges, f.rest)
                 <> (a.receipts + m.rest_minor, a.receipts, a.charges,
                     CASE WHEN m.rest_to IN ('own_transfer', 'returned') THEN 0
                          ELSE m.rest_minor END)""",
    ),
    Check(
        "I6",
        "分配在其匹配或预存款抵付有效时有效",
        "an allocation lives as long as the match or the credit use that made it",
        """SELECT 'allocation', a.id::text, CASE WHEN a.taken_back_on IS NULL THEN 'lives'
                      ELSE 'was taken back' END || ', what made it is '
                  || coalesce(m.state, u.state, 'missing')
           FROM allocation a LEFT JOIN match m ON m.id = a.match_id
           LEFT JOIN credit_use u ON u.id = a.credit_use_id
           WHERE a.stripe_line_id IS NULL AND (coalesce(m.state, u.state, 'waiting') = 'waiting'
              OR (a.taken_back_on IS NOT NULL) <> (coalesce(m.state, u.state) = 'undone'))""",
    ),
    Check(
        "I11",
        "每次使用预存款都按其金额入账，撤销的如数冲回",
        "a use of credit is posted with its amount, and posted back when it is undone",
        """SELECT 'credit_use', u.id::text, 'used ' || u.amount_minor || ', posted ' || f.used
                  || ', back ' || f.back || ', allocated ' || coalesce(a.amount_minor, 0)
           FROM credit_use u LEFT JOIN allocation a ON a.credit_use_id = u.id
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(t.amount_minor) FILTER (WHERE p.cause = 'credit_used:' || u.id
                          AND d.kind = 'customer_credit' AND d.subject = u.organisation_id
                          AND k.kind = 'receivable' AND k.subject = u.organisation_id), 0) AS used,
                      coalesce(sum(t.amount_minor)
                          FILTER (WHERE p.cause = 'credit_use_undone:' || u.id
                          AND k.kind = 'customer_credit' AND k.subject = u.organisation_id
                          AND d.kind = 'receivable' AND d.subject = u.organisation_id), 0) AS back
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account d ON d.id = t.debit_account JOIN account k ON k.id = t.credit_account
               WHERE p.cause IN ('credit_used:' || u.id, 'credit_use_undone:' || u.id)) AS f
           WHERE (f.used, f.back, coalesce(a.amount_minor, 0)) <> (u.amount_minor,
                 CASE u.state WHEN 'undone' THEN u.amount_minor ELSE 0 END, u.amount_minor)""",
    ),
)
