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
        "只有银行流水和期初余额记入银行存款",
        "only bank lines and opening balances post on a bank account",
        """SELECT 'transfer', t.id::text, p.cause || ' posts on a bank account'
           FROM account a JOIN transfer t ON a.id IN (t.debit_account, t.credit_account)
           JOIN posting p ON p.id = t.posting_id
           WHERE a.kind = 'bank' AND split_part(p.cause, ':', 1)
               NOT IN ('bank_line', 'opening_balance')""",
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
        "I9",
        "已核销的流水恰有一个有效匹配，状态一致",
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
        "匹配的各项分配与其余额合计为流水金额，并按对象入账",
        "a match's allocations and rest are its amount, and are posted where they belong",
        """SELECT 'match', m.id::text, 'receipts ' || a.receipts || ' + rest ' || m.rest_minor
                  || ' of ' || m.amount_minor || ', charges ' || a.charges || '; posted '
                  || f.receipts || ' + ' || f.rest || ', charges ' || f.charges
           FROM match m
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(amount_minor) FILTER (WHERE kind = 'receipt'), 0) AS receipts,
                      coalesce(sum(amount_minor) FILTER (WHERE kind = 'charge'), 0) AS charges
               FROM allocation WHERE match_id = m.id) AS a
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(t.amount_minor) FILTER (WHERE d.kind = 'suspense'
                          AND k.kind = 'receivable'), 0) AS receipts,
                      coalesce(sum(t.amount_minor) FILTER (WHERE d.kind = 'bank_charges'
                          AND k.kind = 'receivable'), 0) AS charges,
                      coalesce(sum(t.amount_minor) FILTER (WHERE 'suspense' IN (d.kind, k.kind)
                          AND m.rest_to IN (d.kind, k.kind) AND m.rest_organisation_id
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
           WHERE coalesce(m.state, u.state, 'waiting') = 'waiting'
              OR (a.taken_back_on IS NOT NULL) <> (coalesce(m.state, u.state) = 'undone')""",
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
