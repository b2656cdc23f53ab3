"""Imports that were taken back: whole, with all they posted, and in the reverse order."""

from typing import Final

from market.auditor.model import Check

CHECKS: Final = (
    Check(
        "I8",
        "撤回的流水恰好冲回一次，与原凭证相反，日期相同；其余流水没有冲回",
        "a line that was taken back is posted back once, on its day; another line is not",
        """SELECT 'bank_line', l.id::text, 'is ' || l.state || ', says ' || l.amount_minor || ' on '
                  || l.booked_on || ', posted back ' || f.amount || ' by ' || f.transfers
                  || ' transfers'
           FROM bank_line l
           CROSS JOIN LATERAL (
               SELECT count(*) AS transfers,
                      coalesce(sum(CASE
                          WHEN p.effective_on <> l.booked_on OR d.currency <> l.currency THEN 0
                          WHEN (d.kind, k.kind, k.subject)
                              = ('suspense', 'bank', l.bank_account_id) THEN t.amount_minor
                          WHEN (d.kind, k.kind, d.subject)
                              = ('bank', 'suspense', l.bank_account_id) THEN -t.amount_minor
                          ELSE 0 END), 0) AS amount
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account d ON d.id = t.debit_account JOIN account k ON k.id = t.credit_account
               WHERE p.cause = 'bank_line_retracted:' || l.id AND p.books = l.books_unit_id) AS f
           WHERE (f.amount, f.transfers) <> CASE l.state WHEN 'retracted'
               THEN ROW (l.amount_minor::numeric, (l.amount_minor <> 0)::int::bigint)
               ELSE ROW (0::numeric, 0::bigint) END""",
    ),
    Check(
        "I9",
        "流水与其对账单一同撤回",
        "a bank line is taken back exactly when its statement is",
        """SELECT 'bank_line', l.id::text, 'is ' || l.state || ', its statement is ' || s.state
           FROM bank_line l JOIN statement s ON s.id = l.statement_id
           WHERE (l.state = 'retracted') <> (s.state = 'retracted')""",
    ),
    Check(
        "I9",
        "同一文件的对账单一同撤回，且出自一项已批准的申请",
        "a statement is taken back exactly when taking its import back was approved",
        """SELECT 'statement', s.id::text, 'is ' || s.state || ', retractions approved: '
                  || count(r.id)
           FROM statement s LEFT JOIN statement_retraction r ON r.state = 'approved'
               AND (r.file_id, r.bank_account_id, r.books_unit_id, r.currency)
                   = (s.file_id, s.bank_account_id, s.books_unit_id, s.currency)
           GROUP BY s.id HAVING count(r.id) <> (s.state = 'retracted')::int""",
    ),
    Check(
        "I9",
        "撤回的流水没有有效的匹配，也不被等待中的匹配所指",
        "a line that was taken back has no live match, and none waits to meet it",
        """SELECT 'bank_line', l.id::text, 'was taken back, yet match ' || m.id || ' is ' || m.state
           FROM bank_line l
           JOIN (SELECT id, state, bank_line_id AS line_id FROM match
                 UNION ALL SELECT id, state, other_line_id FROM match) AS m ON m.line_id = l.id
           WHERE l.state = 'retracted' AND m.state <> 'undone'""",
    ),
    Check(
        "I11",
        "撤回申请所列的笔数和净额就是其导入带来的流水",
        "a retraction tells as many lines, and as much, as its import brought",
        """SELECT 'statement_retraction', r.id::text, 'tells ' || r.lines || ' lines of '
                  || r.amount_minor || ', its import brought ' || l.lines || ' of ' || l.amount
           FROM statement_retraction r
           CROSS JOIN LATERAL (
               SELECT count(*) AS lines, coalesce(sum(l.amount_minor), 0) AS amount
               FROM statement s JOIN bank_line l ON l.statement_id = s.id
               WHERE s.file_id = r.file_id AND s.bank_account_id = r.bank_account_id) AS l
           WHERE (r.lines, r.amount_minor) <> (l.lines, l.amount)""",
    ),
    Check(
        "I9",
        "撤回时，此后导入同一账户的都已撤回",
        "when an import was taken back, whatever came into its account later was so before",
        """WITH came AS (
               SELECT s.id, s.bank_account_id, s.file_id, e.id AS event_id,
                      (SELECT min(g.id) FROM event g
                       WHERE g.subject = 'statement' AND g.subject_id = s.id
                         AND g.name = 'statement.retracted') AS gone_id
               FROM statement s JOIN event e ON e.subject = 'statement' AND e.subject_id = s.id
                   AND e.name = 'statement.imported')
           SELECT 'statement', later.id::text, 'was proved on statement ' || one.id
                  || ', which was taken back before it'
           FROM came one JOIN came later ON later.bank_account_id = one.bank_account_id
               AND later.file_id <> one.file_id AND later.event_id > one.event_id
               AND later.event_id < one.gone_id
           WHERE one.gone_id IS NOT NULL
             AND (later.gone_id IS NULL OR later.gone_id > one.gone_id)""",
    ),
)
