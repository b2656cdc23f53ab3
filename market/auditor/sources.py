"""Every posting comes from something that happened, on the day on which it did."""

from typing import Final

from market.auditor.model import Check

# Under which cause an explanation of a line of Stripe's was posted: the first of its line under the
# line's own id, those after one that was undone with how many there had been.
EXPLAINED_AS: Final = """
    explained_as (id, explained_on, cause) AS (
        SELECT id, explained_on, 'stripe_line_explained:' || stripe_line_id
                   || CASE place WHEN 1 THEN '' ELSE ':' || place END
        FROM (SELECT id, explained_on, stripe_line_id,
                     row_number() OVER (PARTITION BY stripe_line_id ORDER BY id) AS place
              FROM stripe_explanation WHERE state IN ('approved', 'undone')) AS e)"""

# What calls for a posting, and the day on which it happened in the world. A match pays once the
# money is there, the claims are, and nothing earlier holds either, and so does a card; what was
# undone before, the order of the ledger tells. A refund leaves once it was intended. A line of
# Stripe's that was set aside came on its own day, whatever its explanation says of it later.
SOURCE: Final = f"""{EXPLAINED_AS},
    claim (match_id, id, on_day) AS (
        SELECT a.match_id, i.id, i.issued_on
        FROM allocation a JOIN invoice i ON i.id = a.invoice_id
        UNION ALL
        SELECT a.match_id, i.id, i.opened_on
        FROM opening_allocation a JOIN opening_item i ON i.id = a.opening_item_id),
    freed (claim_id, on_day, posting_id) AS (
        SELECT r.invoice_id, p.effective_on, p.id
        FROM receipt r JOIN posting p ON p.cause = r.cause WHERE r.amount_minor < 0
        UNION ALL
        SELECT a.opening_item_id, p.effective_on, p.id
        FROM opening_allocation a JOIN posting p ON p.cause = 'match_undone:' || a.match_id),
    booked AS (
        SELECT id, bank_line_id, refund_id, undone_on FROM match
        WHERE NOT needs_second OR confirmed_by IS NOT NULL),
    source (cause, on_day) AS (
        SELECT 'opening_balance:' || books, as_of FROM opening_balance
            WHERE state = 'approved' AND supplements IS NULL
        UNION ALL SELECT 'opening_supplement:' || id, as_of FROM opening_balance
            WHERE state = 'approved' AND supplements IS NOT NULL
        UNION ALL SELECT 'bank_line:' || id, booked_on FROM bank_line WHERE amount_minor <> 0
        UNION ALL SELECT 'bank_line_retracted:' || id, booked_on FROM bank_line
            WHERE state = 'retracted' AND amount_minor <> 0
        UNION ALL SELECT 'contract_signed:' || id, effective_on FROM contract
            WHERE state IN ('active', 'completed')
        UNION ALL SELECT 'milestone_accepted:' || m.id, a.accepted_on
            FROM milestone m JOIN acceptance_certificate a ON a.milestone_id = m.id
            WHERE m.state = 'accepted'
        UNION ALL SELECT 'invoice_issued:' || id, issued_on FROM invoice
        UNION ALL SELECT 'invoice_void:' || i.id, (v.decided_at AT TIME ZONE 'Asia/Shanghai')::date
            FROM invoice i JOIN void_proposal v ON v.invoice_id = i.id AND v.state = 'approved'
            WHERE i.state = 'void'
        UNION ALL SELECT 'credit_note:' || id, issued_on FROM credit_note WHERE state = 'issued'
        UNION ALL SELECT 'write_off:' || id, written_off_on FROM write_off
            WHERE state IN ('approved', 'recovered')
        UNION ALL SELECT 'write_off_recovered:' || id, recovered_on FROM write_off
            WHERE state = 'recovered'
        UNION ALL SELECT 'tax_point:' || invoice_id || ':' || number, effective_on FROM tax_point
        UNION ALL SELECT p.cause, greatest(l.booked_on, max(c.on_day), max(f.on_day),
                                           max(b.undone_on), max(r.intended_on))
            FROM booked m JOIN bank_line l ON l.id = m.bank_line_id
            JOIN posting p ON p.cause = 'receipt_matched:' || m.id
            LEFT JOIN booked b ON b.bank_line_id = m.bank_line_id AND b.id < m.id
            LEFT JOIN refund r ON r.id = m.refund_id
            LEFT JOIN claim c ON c.match_id = m.id
            LEFT JOIN freed f ON f.claim_id = c.id AND f.posting_id < p.id
            GROUP BY p.cause, l.booked_on
        UNION ALL SELECT cause, explained_on FROM explained_as
        UNION ALL SELECT 'stripe_explanation_undone:' || explanation_id, undone_on
            FROM stripe_explanation_undo WHERE state = 'approved'
        UNION ALL SELECT 'stripe_line:' || l.id, greatest(l.booked_on, max(i.issued_on),
                                                          max(f.on_day), max(r.intended_on),
                                                          max(q.effective_on))
            FROM stripe_line l
            LEFT JOIN stripe_explanation x ON x.id = l.explanation_id
                AND x.belongs_to IN ('rule', 'refund_pending')
            LEFT JOIN allocation a ON a.stripe_line_id = l.id AND x.id IS NULL
            LEFT JOIN invoice i ON i.id = a.invoice_id
            LEFT JOIN posting p ON p.cause = 'stripe_line:' || l.id
            LEFT JOIN freed f ON f.claim_id = i.id AND f.posting_id < p.id
            LEFT JOIN refund r ON r.id = l.refund_id AND x.id IS NULL
            LEFT JOIN chargeback k ON l.category = 'dispute_reversal' AND x.id IS NULL
                AND (k.books_unit_id, k.dispute_id) = (l.books_unit_id, l.source_id)
            LEFT JOIN posting q ON q.cause = 'chargeback_lost:' || k.id AND q.id < p.id
                AND p.created_at > (SELECT applied_at FROM schema_migration WHERE number = 97)
            GROUP BY l.id
        UNION ALL SELECT 'chargeback_lost:' || id, decided_on FROM chargeback
            WHERE state IN ('lost', 'reinstated')
        UNION ALL SELECT 'chargeback_recovered:' || id, recovered_on FROM chargeback_recovery
            WHERE num_nonnulls(stripe_line_id, match_id, write_off_id) = 0 AND NOT at_loss
        UNION ALL SELECT 'chargeback_write_off:' || id, written_off_on FROM chargeback_write_off
            WHERE state IN ('approved', 'recovered')
        UNION ALL SELECT 'chargeback_write_off_recovered:' || id, recovered_on
            FROM chargeback_write_off WHERE state = 'recovered'
        UNION ALL SELECT 'chargeback_recovery_undone:' || id, recovered_on
            FROM chargeback_recovery WHERE match_id IS NOT NULL
        UNION ALL SELECT 'match_undone:' || id, undone_on FROM match WHERE state = 'undone'
        UNION ALL SELECT 'refund_intended:' || id, intended_on FROM refund
        UNION ALL SELECT 'refund_released:' || id, ended_on FROM refund
            WHERE state IN ('withdrawn', 'rejected', 'failed')
        UNION ALL SELECT 'credit_used:' || id, used_on FROM credit_use
        UNION ALL SELECT 'credit_use_undone:' || id, undone_on FROM credit_use
            WHERE state = 'undone')"""

# What an approved opening balance, or a supplement of it, is posted under.
OPENED: Final = """CASE WHEN o.supplements IS NULL THEN 'opening_balance:' || o.books
               ELSE 'opening_supplement:' || o.id END"""

# Before this a supplement named any account, and whoever was owed it approved it.
BOUNDED_SINCE: Final = "SELECT m.applied_at FROM schema_migration m WHERE m.number = 102"

CHECKS: Final = (
    Check(
        "I11",
        "每张凭证都有其来源，业务日期就是来源的日期",
        "every posting has a source that calls for it, and the day of its source",
        f"""WITH {SOURCE}
            SELECT 'posting', p.id::text, p.cause || ' is of ' || p.effective_on || ', it happened '
                   || coalesce('on ' || s.on_day, 'on no day')
            FROM posting p LEFT JOIN source s ON s.cause = p.cause
            WHERE s.on_day IS DISTINCT FROM p.effective_on""",
    ),
    Check(
        "I11",
        "期初余额各行按其金额入账",
        "each line of an approved opening balance is posted as it says",
        f"""SELECT 'opening_balance', l.opening_balance_id::text, l.kind || ' says '
                  || l.balance_minor || ', posted ' || f.balance
           FROM opening_balance o JOIN opening_balance_line l ON l.opening_balance_id = o.id
           JOIN account_kind k ON k.kind = l.kind
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(CASE WHEN (t.debit_account = a.id) = k.debit_side
                                   THEN t.amount_minor ELSE -t.amount_minor END), 0) AS balance
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account a ON a.id IN (t.debit_account, t.credit_account)
               WHERE p.cause = {OPENED} AND p.books = o.books
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
        "账簿没有建账日之前的凭证，已撤回的流水及其冲回除外",
        "books hold no posting of a day before they begin, but of lines that were taken back",
        """SELECT 'posting', p.id::text, p.cause || ' of ' || p.effective_on
                  || ', the books begin on ' || o.as_of
           FROM opening_balance o JOIN posting p ON p.books = o.books
           WHERE o.state = 'approved' AND p.effective_on < o.as_of AND NOT EXISTS (
               SELECT FROM bank_line l
               WHERE l.state = 'retracted' AND l.id::text = split_part(p.cause, ':', 2)
                 AND split_part(p.cause, ':', 1) IN ('bank_line', 'bank_line_retracted'))""",
    ),
    Check(
        "I11",
        "期初未清项不是本账套开出的请款单",
        "no open item that books begin with is an invoice of theirs",
        f"""SELECT 'opening_item', i.id::text, 'is invoice ' || v.number
           FROM opening_balance o JOIN opening_item i ON i.opening_balance_id = o.id
           JOIN invoice v ON v.books_unit_id = o.books AND v.number = i.reference
           JOIN posting p ON p.cause = {OPENED}
           WHERE o.state = 'approved' AND v.created_at <= p.created_at""",
    ),
    Check(
        "I11",
        "期初余额的凭证只有其各行",
        "an approved opening balance posts exactly its lines, and no other leg",
        f"""SELECT 'opening_balance', o.id::text, 'lines ' || coalesce(l.amount, 0) || ' in '
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
               WHERE p.cause = {OPENED}) AS t ON true
           WHERE o.state = 'approved'
             AND (l.lines, l.amount) IS DISTINCT FROM (t.legs, t.amount)""",
    ),
    Check(
        "I11",
        "期初补录属于同一账套、同一建账日的已批准期初余额",
        "a supplement is of what its books began with, on the same day",
        """SELECT 'opening_balance', s.id::text, 'of ' || s.books || ' on ' || s.as_of
                  || ', supplements ' || coalesce(o.books || ' on ' || o.as_of, 'nothing')
           FROM opening_balance s
           LEFT JOIN opening_balance o ON o.id = s.supplements
               AND o.state = 'approved' AND o.supplements IS NULL
           WHERE s.supplements IS NOT NULL
             AND (o.books, o.as_of) IS DISTINCT FROM (s.books, s.as_of)""",
    ),
    Check(
        "I11",
        "期初补录不含由流水、请款单、退款和合同记账的科目",
        "no supplement has an account that lines, invoices, refunds or contracts move",
        f"""SELECT 'opening_balance', o.id::text, l.kind || ': ' || l.balance_minor
           FROM opening_balance o JOIN opening_balance_line l ON l.opening_balance_id = o.id
           JOIN posting p ON p.cause = {OPENED}
           WHERE o.supplements IS NOT NULL AND o.state = 'approved'
             AND p.created_at > ({BOUNDED_SINCE})
             AND l.kind IN ('refund_pending', 'contract_position', 'suspense', 'vat_deferred',
                            'stripe_disputed')""",
    ),
    Check(
        "I11",
        "期初补录的批准人不是其明细对象",
        "nobody approved a supplement of what is owed to him, or by him",
        f"""SELECT 'opening_balance', o.id::text,
                  l.kind || ' of its approver: ' || l.balance_minor
           FROM opening_balance o JOIN opening_balance_line l ON l.opening_balance_id = o.id
           JOIN posting p ON p.cause = {OPENED}
           WHERE o.supplements IS NOT NULL AND l.subject = o.approved_by
             AND p.created_at > ({BOUNDED_SINCE})""",
    ),
    Check(
        "I11",
        "期初余额及其补录中，每个科目只列一次",
        "an account begins once, in the opening balance of its books or in one supplement",
        """SELECT 'organisation', o.books::text, l.kind || ' ' || coalesce(l.subject || ' ', '')
                  || l.currency || ' begins ' || count(*) || ' times'
           FROM opening_balance o JOIN opening_balance_line l ON l.opening_balance_id = o.id
           WHERE o.state <> 'withdrawn' AND l.kind <> 'receivable'
           GROUP BY o.books, l.kind, l.subject, l.currency HAVING count(*) > 1""",
    ),
    Check(
        "I11",
        "期初余额及其补录中，同一单位的同一笔债只列一次",
        "a debt begins once, told from the others of its debtor by its reference",
        """SELECT 'organisation', o.books::text, i.organisation_id || ' owes ' || i.reference || ' '
                  || count(*) || ' times'
           FROM opening_balance o JOIN opening_item i ON i.opening_balance_id = o.id
           WHERE o.state <> 'withdrawn'
           GROUP BY o.books, i.organisation_id, i.currency, i.reference HAVING count(*) > 1""",
    ),
)
