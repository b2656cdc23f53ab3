"""Every posting comes from something that happened."""

from typing import Final

from market.auditor.model import Check

CHECKS: Final = (
    Check(
        "I11",
        "每张凭证都有其来源",
        "every posting has a source that calls for it",
        """WITH source (cause) AS (
               SELECT 'opening_balance:' || books FROM opening_balance WHERE state = 'approved'
               UNION ALL SELECT 'bank_line:' || id FROM bank_line WHERE amount_minor <> 0
               UNION ALL SELECT 'contract_signed:' || id FROM contract
                   WHERE state IN ('active', 'completed')
               UNION ALL SELECT 'milestone_accepted:' || id FROM milestone WHERE state = 'accepted'
               UNION ALL SELECT 'invoice_issued:' || id FROM invoice
               UNION ALL SELECT 'invoice_void:' || id FROM invoice WHERE state = 'void'
               UNION ALL SELECT 'credit_note:' || id FROM credit_note WHERE state = 'issued'
               UNION ALL SELECT 'write_off:' || id FROM write_off
                   WHERE state IN ('approved', 'recovered')
               UNION ALL SELECT 'write_off_recovered:' || id FROM write_off
                   WHERE state = 'recovered'
               UNION ALL SELECT 'tax_point:' || invoice_id || ':' || number FROM tax_point
               UNION ALL SELECT 'receipt_matched:' || id FROM match
                   WHERE NOT needs_second OR confirmed_by IS NOT NULL
               UNION ALL SELECT 'match_undone:' || id FROM match WHERE state = 'undone'
               UNION ALL SELECT 'stripe_line:' || id FROM stripe_line
               UNION ALL SELECT 'chargeback_lost:' || id FROM chargeback WHERE state = 'lost'
               UNION ALL SELECT 'refund_intended:' || id FROM refund
               UNION ALL SELECT 'refund_released:' || id FROM refund
                   WHERE state IN ('rejected', 'failed')
               UNION ALL SELECT 'credit_used:' || id FROM credit_use
               UNION ALL SELECT 'credit_use_undone:' || id FROM credit_use WHERE state = 'undone')
           SELECT 'posting', p.id::text, p.cause || ' comes from nothing that happened'
           FROM posting p LEFT JOIN source s ON s.cause = p.cause WHERE s.cause IS NULL""",
    ),
    Check(
        "I11",
        "期初余额各行按其金额入账",
        "each line of an approved opening balance is posted as it says",
        """SELECT 'opening_balance', l.opening_balance_id::text, l.kind || ' says '
                  || l.balance_minor || ', posted ' || f.balance
           FROM opening_balance o JOIN opening_balance_line l ON l.opening_balance_id = o.id
           JOIN account_kind k ON k.kind = l.kind
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(CASE WHEN (t.debit_account = a.id) = k.debit_side
                                   THEN t.amount_minor ELSE -t.amount_minor END), 0) AS balance
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account a ON a.id IN (t.debit_account, t.credit_account)
               WHERE p.cause = 'opening_balance:' || o.books AND p.books = o.books
                 AND p.effective_on = o.as_of AND a.kind = l.kind AND a.currency = l.currency
                 AND a.subject IS NOT DISTINCT FROM l.subject) AS f
           WHERE o.state = 'approved' AND f.balance <> l.balance_minor""",
    ),
    Check(
        "I11",
        "期初余额没有本单位对自身的往来",
        "no line of an opening balance is owed by or to the unit of the books itself",
        """SELECT 'organisation', o.books::text, l.kind || ' of itself: ' || l.balance_minor
           FROM opening_balance o JOIN opening_balance_line l ON l.opening_balance_id = o.id
           WHERE l.subject = o.books AND o.state <> 'withdrawn'""",
    ),
    Check(
        "I11",
        "账簿没有建账日之前的凭证",
        "books hold no posting of a day before they begin",
        """SELECT 'posting', p.id::text, p.cause || ' of ' || p.effective_on
                  || ', the books begin on ' || o.as_of
           FROM opening_balance o JOIN posting p ON p.books = o.books
           WHERE o.state = 'approved' AND p.effective_on < o.as_of""",
    ),
    Check(
        "I11",
        "期初未清项不是本账套开出的请款单",
        "no open item that books begin with is an invoice of theirs",
        """SELECT 'opening_item', i.id::text, 'is invoice ' || v.number
           FROM opening_balance o JOIN opening_item i ON i.opening_balance_id = o.id
           JOIN invoice v ON v.books_unit_id = o.books AND v.number = i.reference
           JOIN posting p ON p.cause = 'opening_balance:' || o.books
           WHERE o.state = 'approved' AND v.created_at <= p.created_at""",
    ),
    Check(
        "I11",
        "期初余额的凭证只有其各行",
        "an approved opening balance posts exactly its lines, and no other leg",
        """SELECT 'opening_balance', o.id::text, 'lines ' || coalesce(l.amount, 0) || ' in '
                  || coalesce(l.lines, 0) || ', posted ' || coalesce(t.amount, 0) || ' in '
                  || coalesce(t.legs, 0)
           FROM opening_balance o
           LEFT JOIN (SELECT opening_balance_id, count(*) AS lines,
                             sum(abs(balance_minor)) AS amount
                      FROM opening_balance_line WHERE kind <> 'net_assets' GROUP BY 1) AS l
               ON l.opening_balance_id = o.id
           LEFT JOIN LATERAL (
               SELECT count(*) AS legs, sum(t.amount_minor) AS amount
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               WHERE p.cause = 'opening_balance:' || o.books) AS t ON true
           WHERE o.state = 'approved'
             AND (l.lines, l.amount) IS DISTINCT FROM (t.legs, t.amount)""",
    ),
)
