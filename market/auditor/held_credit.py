"""Credit that chargebacks ask back: it went nowhere else, and what it lacked is accounted for."""

from typing import Final

from market.auditor.model import Check
from market.auditor.past_market import GONE, SAID_OF

# What lines gave a payer back of a chargeback of his payment, once it was lost.
RETURNED: Final = """
    SELECT c.id AS chargeback_id, l.created_at AS at, f.amount
    FROM chargeback c
    JOIN stripe_line l ON (l.books_unit_id, l.source_id, l.category)
        = (c.books_unit_id, c.dispute_id, 'dispute_reversal') AND c.online_payment_id IS NOT NULL
    CROSS JOIN LATERAL (
        SELECT t.amount_minor AS amount FROM posting p JOIN transfer t ON t.posting_id = p.id
        JOIN account k ON k.id = t.credit_account
        WHERE p.cause IN ('stripe_line:' || l.id, l.cause)
          AND k.currency = c.currency
          AND k.kind IN ('receivable', 'customer_credit')
        UNION ALL
        SELECT r.amount_minor FROM chargeback_recovery r WHERE r.stripe_line_id = l.id) AS f"""

# Whose credit the charge past the market of a lost chargeback c was as it was recovered by r.
OWNER: Final = f"""
    SELECT x.organisation_id AS id FROM ({SAID_OF}) AS x
    WHERE x.decided_at < r.created_at AND NOT EXISTS (
        SELECT FROM stripe_explanation_undo u
        WHERE u.explanation_id = x.id AND u.state = 'approved' AND u.decided_at < r.created_at)
    LIMIT 1"""

# Who owes for the lost chargeback c.
PAYER: Final = f"""
    SELECT o.buyer_id AS id FROM online_payment o WHERE o.id = c.online_payment_id
    UNION ALL
    SELECT x.organisation_id FROM ({SAID_OF}) AS x WHERE x.stands"""

# Before this the last recoveries went back, whatever they had taken.
NAMED_SINCE: Final = "SELECT n.applied_at FROM schema_migration n WHERE n.number = 107"

CHECKS: Final = (
    Check(
        "I6",
        "拒付败诉时留在待查款的金额如其所述，收回的不超过它，尚欠的不超过未退回的金额",
        "what a lost chargeback left in suspense is what it says, and no more of it is recovered; "
        "no more of it is owed than did not come back",
        # What it took itself of credit that was a mistake counts as left and made up at once. Of no
        # payment of ours all of it stands there, in the balance's currency.
        """SELECT 'chargeback', c.id::text, 'short by ' || c.short_minor || ', posted ' || f.amount
                  || ', recovered ' || r.amount || ', returned ' || c.returned_minor
           FROM chargeback c
           CROSS JOIN LATERAL (
               SELECT CASE WHEN c.online_payment_id IS NULL THEN c.held_minor
                           ELSE c.amount_minor END AS amount,
                      CASE WHEN c.online_payment_id IS NULL THEN c.held_currency
                           ELSE c.currency END AS currency) AS s
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(t.amount_minor) FILTER (WHERE d.kind = 'suspense' AND (
                          c.online_payment_id IS NULL OR EXISTS (
                              SELECT FROM stripe_line l WHERE l.category = 'charge'
                                AND l.online_payment_id = c.online_payment_id))), 0) AS amount,
                      coalesce(sum(t.amount_minor) FILTER (WHERE d.kind = 'customer_credit'), 0)
                          AS taken
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account d ON d.id = t.debit_account
               WHERE p.cause = 'chargeback_lost:' || c.id AND p.books = c.books_unit_id
                 AND d.currency = s.currency) AS f
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(amount_minor), 0) AS amount,
                      coalesce(sum(amount_minor) FILTER (WHERE stripe_line_id IS NULL
                                                         AND write_off_id IS NULL), 0) AS paid,
                      coalesce(sum(amount_minor) FILTER (WHERE at_loss), 0) AS at_loss,
                      coalesce(sum(amount_minor) FILTER (WHERE write_off_id IS NOT NULL), 0) AS lost
               FROM chargeback_recovery WHERE chargeback_id = c.id) AS r
           WHERE c.short_minor <> f.amount + r.at_loss OR r.at_loss > f.taken
              OR r.amount > c.short_minor OR r.paid < 0
              OR c.short_minor - r.amount + r.lost > s.amount - c.returned_minor""",
    ),
    Check(
        "I11",
        "以预存款抵付的拒付损失，按其金额从付款人的预存款转出待查款；随错误匹配撤销的原数转回；"
        "由结算明细抵付的，日期与其记账一致",
        "what credit gave for a lost chargeback is posted from its payer's credit out of suspense, "
        "and what went back with a match that was undone the other way; what a line made up is of "
        "the line's day",
        f"""SELECT 'chargeback_recovery', r.id::text, 'of ' || r.amount_minor || ', posted '
                  || f.amount
           FROM chargeback_recovery r JOIN chargeback c ON c.id = r.chargeback_id
           LEFT JOIN online_payment o ON o.id = c.online_payment_id
           LEFT JOIN LATERAL ({OWNER}) AS w ON true
           LEFT JOIN stripe_line l ON l.id = r.stripe_line_id
           LEFT JOIN stripe_explanation x ON x.id = l.explanation_id AND x.belongs_to = 'rule'
           LEFT JOIN posting b ON b.cause = CASE WHEN x.id IS NULL
                                                 THEN 'stripe_line:' || r.stripe_line_id
                                                 ELSE l.cause END
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(CASE p.cause WHEN 'chargeback_recovered:' || r.id
                                        THEN t.amount_minor ELSE -t.amount_minor END), 0) AS amount
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account d ON d.id = t.debit_account JOIN account k ON k.id = t.credit_account
               WHERE p.books = c.books_unit_id
                 AND CASE p.cause
                     WHEN 'chargeback_recovered:' || r.id
                     THEN (d.kind, d.subject, d.currency, k.kind, k.currency)
                          = ('customer_credit', coalesce(o.buyer_id, w.id), r.currency,
                             'suspense', r.currency)
                     WHEN 'chargeback_recovery_undone:' || r.id
                     THEN (k.kind, k.subject, k.currency, d.kind, d.currency)
                          = ('customer_credit', coalesce(o.buyer_id, w.id), r.currency,
                             'suspense', r.currency)
                     ELSE false END) AS f
           WHERE (r.books_unit_id, r.currency) <> (c.books_unit_id,
                   CASE WHEN c.online_payment_id IS NULL THEN c.held_currency ELSE c.currency END)
              OR r.recovered_on <> CASE l.category WHEN 'charge' THEN c.decided_on
                                                   ELSE b.effective_on END
              OR (l.category = 'charge' AND (l.books_unit_id <> c.books_unit_id
                                             OR c.online_payment_id IS NOT NULL))
              OR (r.at_loss AND r.recovered_on <> c.decided_on)
              OR (r.at_loss AND r.amount_minor <> (
                  SELECT coalesce(-sum(u.amount_minor), 0) FROM chargeback_recovery u
                  WHERE u.undoes_id = r.id))
              OR (r.match_id IS NOT NULL AND NOT EXISTS (
                  SELECT FROM match m WHERE m.id = r.match_id AND m.state = 'undone'
                    AND (m.books_unit_id, m.rest_organisation_id)
                        = (c.books_unit_id, coalesce(o.buyer_id, w.id))))
              OR f.amount <> CASE WHEN r.stripe_line_id IS NULL AND NOT r.at_loss
                                       AND r.write_off_id IS NULL
                                   THEN r.amount_minor ELSE 0 END""",
    ),
    Check(
        "I11",
        "随错误匹配转回的拒付抵付，只出自该匹配入账之后、同一拒付的抵付，不超过其金额和该匹配的预存款",
        "what went back with a match that was undone is of a recovery after it, of the same "
        "chargeback, and no more than that recovery or the match's credit",
        f"""SELECT 'chargeback_recovery', r.id::text, 'of ' || r.amount_minor || ', undoes '
                  || r.undoes_id
           FROM chargeback_recovery r
           WHERE r.undoes_id IS NOT NULL AND r.created_at > ({NAMED_SINCE}) AND NOT EXISTS (
               SELECT FROM chargeback_recovery u JOIN match m ON m.id = r.match_id
               JOIN posting p ON p.cause = CASE WHEN u.at_loss
                   THEN 'chargeback_lost:' || u.chargeback_id
                   ELSE 'chargeback_recovered:' || u.id END
               JOIN posting q ON q.cause = 'receipt_matched:' || m.id
               JOIN controlled_entry e ON e.posting_id = p.id
               JOIN controlled_entry b ON (b.posting_id, b.account_id) = (q.id, e.account_id)
               WHERE (u.id, u.chargeback_id) = (r.undoes_id, r.chargeback_id)
                 AND b.version < e.version
                 AND u.amount_minor >= (SELECT -sum(v.amount_minor) FROM chargeback_recovery v
                                        WHERE v.undoes_id = u.id)
                 AND m.rest_minor >= (SELECT -sum(v.amount_minor) FROM chargeback_recovery v
                                      WHERE v.match_id = m.id))""",
    ),
    Check(
        "I5",
        "拒付或未在平台发起的退款尚须以预存款承担的，其后没有退款付出，也没有用于其他请款单",
        "no credit that a chargeback, or a refund past the market, asks back has gone out since",
        # What is reserved for refunds and has not gone is there as well as the credit.
        # Of a line set aside that is of a refund of ours, what moved beyond that.
        # What was explained as a refund has left the credit, and is not asked back since. What a
        # match gave as credit and took again when it was undone is nobody's outflow; what an
        # explanation took of it is asked back since that was undone. What was reopened is kept
        # from refunds alone, and from those that went out after it: a use may have taken it.
        # A charge past the market is asked back in the balance's currency, for what it brought.
        # What was a loss then, and was taken back since, was not asked for as the credit went.
        f"""WITH asked AS (
               SELECT online_payment_id, sum(amount) AS amount, max(at) AS at
               FROM (SELECT online_payment_id, created_at AS at,
                            CASE state WHEN 'opened' THEN amount_minor ELSE 0 END AS amount
                     FROM chargeback WHERE state <> 'won'
                     UNION ALL
                     SELECT l.online_payment_id,
                            coalesce(x.decided_at, (
                                SELECT max(u.decided_at)
                                FROM stripe_explanation_undo u
                                JOIN stripe_explanation y ON y.id = u.explanation_id
                                WHERE y.stripe_line_id = l.id AND u.state = 'approved'),
                                l.created_at),
                            CASE WHEN l.explanation_id IS NOT NULL THEN 0
                                 WHEN f.id IS NULL THEN -coalesce(l.paid_minor, l.amount_minor)
                                 ELSE greatest(0, -coalesce(l.paid_minor, l.amount_minor)
                                                  - f.amount_minor) END
                     FROM stripe_line l
                     LEFT JOIN stripe_explanation x ON x.id = l.explanation_id
                     LEFT JOIN refund f ON f.books_unit_id = l.books_unit_id
                         AND f.stripe_refund_id = l.source_id
                         AND f.state NOT IN ('failed', 'returned')
                     WHERE l.category IN ('refund', 'refund_failure', 'charge_failure',
                         'partial_capture_reversal')
                       AND l.refund_id IS NULL) AS a
               WHERE online_payment_id IS NOT NULL GROUP BY 1),
           kept_of_payments AS (
               SELECT q.books_unit_id AS books, q.buyer_id AS payer, q.currency, max(a.at) AS at,
                      sum(greatest(0, least(a.amount,
                          (SELECT coalesce(max(coalesce(l.paid_minor, l.amount_minor)), 0)
                           FROM stripe_line l
                           WHERE l.online_payment_id = q.id AND l.category = 'charge')
                          - (SELECT coalesce(sum(amount_minor), 0) FROM refund
                             WHERE online_payment_id = q.id AND called_at IS NOT NULL
                               AND state NOT IN ('failed', 'returned'))
                          - (SELECT coalesce(sum(amount_minor - returned_minor), 0)
                             FROM chargeback
                             WHERE online_payment_id = q.id AND state IN ('lost', 'reinstated'))
                          + (SELECT coalesce(sum(coalesce(l.paid_minor, l.amount_minor)), 0)
                             FROM stripe_line l
                             JOIN stripe_explanation x ON x.id = l.explanation_id
                             WHERE l.online_payment_id = q.id
                               AND x.online_payment_id IS NOT NULL)
                          - (SELECT coalesce(sum(greatest(0, b.amount - greatest(0,
                                        i.credited_minor - i.offset_minor))), 0)
                             FROM (SELECT x.invoice_id, sum(x.amount_minor) AS amount
                                   FROM allocation x JOIN stripe_line y ON y.id = x.stripe_line_id
                                   WHERE y.online_payment_id = q.id AND x.taken_back_on IS NULL
                                   GROUP BY 1) AS b JOIN invoice i ON i.id = b.invoice_id))))
                      + sum((SELECT coalesce(sum(c.short_minor - (
                                        SELECT coalesce(sum(r.amount_minor), 0)
                                        FROM chargeback_recovery r
                                        WHERE r.chargeback_id = c.id)), 0)
                             FROM chargeback c WHERE c.online_payment_id = q.id)) AS amount
               FROM asked a JOIN online_payment q ON q.id = a.online_payment_id GROUP BY 1, 2, 3),
           kept_of_charges AS (
               SELECT x.books_unit_id AS books, x.organisation_id AS payer, l.currency,
                      max(greatest(x.decided_at, c.at, b.at)) AS at,
                      sum(greatest(0, least(c.amount + greatest(0, b.amount),
                                            x.amount_minor - g.amount - c.unpaid)) + c.owed)
                          AS amount
               FROM stripe_line l JOIN stripe_explanation x ON x.id = l.explanation_id
               CROSS JOIN LATERAL (
                   SELECT max(k.created_at) AS at,
                          coalesce(sum(CASE k.currency WHEN l.currency THEN k.held
                                            ELSE x.amount_minor END)
                              FILTER (WHERE k.state = 'opened'
                                         OR k.currency <> l.currency AND k.owed > 0), 0) AS amount,
                          coalesce(sum(k.owed) FILTER (WHERE k.currency = l.currency), 0) AS owed,
                          coalesce(sum(k.unpaid) FILTER (WHERE k.currency = l.currency), 0)
                              AS unpaid
                   FROM (SELECT c.created_at, c.state, c.held_currency AS currency,
                                c.held_minor AS held, c.short_minor - r.amount AS owed,
                                c.short_minor - r.paid AS unpaid
                         FROM chargeback c
                         CROSS JOIN LATERAL (
                             SELECT coalesce(sum(amount_minor), 0) AS amount,
                                    coalesce(sum(amount_minor)
                                        FILTER (WHERE write_off_id IS NULL), 0) AS paid
                             FROM chargeback_recovery WHERE chargeback_id = c.id) AS r
                         WHERE c.books_unit_id = l.books_unit_id AND c.state <> 'won'
                           AND c.dispute_id IN (
                               SELECT d.source_id FROM stripe_line d
                               WHERE (d.books_unit_id, d.charge_id, d.category)
                                     = (l.books_unit_id, l.source_id, 'dispute'))) AS k) AS c
               CROSS JOIN LATERAL (
                   SELECT max(coalesce(y.decided_at, (
                              SELECT max(u.decided_at) FROM stripe_explanation_undo u
                              JOIN stripe_explanation z ON z.id = u.explanation_id
                              WHERE z.stripe_line_id = s.id AND u.state = 'approved'),
                              s.created_at)) AS at,
                          coalesce(-sum(s.amount_minor) FILTER (WHERE y.id IS NULL
                                                              AND s.refund_id IS NULL), 0)
                              AS amount
                   FROM stripe_line s LEFT JOIN stripe_explanation y ON y.id = s.explanation_id
                   WHERE (s.books_unit_id, s.charge_id, s.currency)
                         = (l.books_unit_id, l.source_id, l.currency)
                     AND s.category IN ('refund', 'refund_failure', 'charge_failure',
                         'partial_capture_reversal')) AS b
               CROSS JOIN LATERAL ({GONE}) AS g
               WHERE l.category = 'charge' AND x.organisation_id IS NOT NULL
                 AND num_nonnulls(c.at, b.at) > 0 GROUP BY 1, 2, 3),
           kept AS (
               SELECT books, payer, currency, max(at) AS at, sum(amount) AS amount
               FROM (TABLE kept_of_payments UNION ALL TABLE kept_of_charges) AS k
               GROUP BY 1, 2, 3),
           gone AS (
               SELECT 'refund' AS subject, r.id, r.books_unit_id AS books,
                      r.organisation_id AS payer, r.currency,
                      coalesce(r.called_at, t.created_at) AS at
               FROM refund r LEFT JOIN refund_list t ON t.id = r.refund_list_id
               WHERE r.state IN ('unknown', 'sent', 'paid')
               UNION ALL
               SELECT 'credit_use', id, books_unit_id, organisation_id, currency, created_at
               FROM credit_use WHERE state = 'used')
           SELECT g.subject, g.id::text, 'credit of ' || f.balance || ', reserved '
                  || w.amount || ', asked back ' || d.amount
                  || ', reopened ' || o.amount
           FROM gone g JOIN kept n USING (books, payer, currency)
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(CASE WHEN t.credit_account = a.id THEN t.amount_minor
                                        ELSE -t.amount_minor END), 0) AS balance
               FROM account a JOIN transfer t ON a.id IN (t.debit_account, t.credit_account)
               WHERE (a.books, a.kind, a.subject, a.currency)
                     = (g.books, 'customer_credit', g.payer, g.currency)) AS f
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(amount_minor), 0) AS amount FROM refund
               WHERE (books_unit_id, organisation_id, currency) = (g.books, g.payer, g.currency)
                 AND (state = 'proposed' OR state = 'approved' AND called_at IS NULL)) AS w
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(i.credited_minor - i.paid_minor - i.offset_minor), 0) AS amount
               FROM invoice i
               WHERE (i.books_unit_id, i.buyer_id, i.currency) = (g.books, g.payer, g.currency)
                 AND i.state IN ('open', 'part_paid', 'uncollectible')
                 AND i.credited_minor > i.paid_minor + i.offset_minor
                 AND NOT EXISTS (SELECT FROM receipt x WHERE x.invoice_id = i.id
                                   AND x.amount_minor < 0 AND x.created_at > g.at)) AS o
           CROSS JOIN LATERAL (
               SELECT n.amount - coalesce(sum(least(r.amount, c.short_minor - r.paid)), 0) AS amount
               FROM chargeback c
               CROSS JOIN LATERAL (
                   SELECT coalesce(sum(b.amount_minor), 0) AS paid,
                          coalesce(-sum(b.amount_minor)
                              FILTER (WHERE b.amount_minor < 0 AND b.created_at > g.at
                                            AND l.created_at < g.at), 0) AS amount
                   FROM chargeback_recovery b
                   LEFT JOIN chargeback_recovery l ON l.write_off_id = b.write_off_id
                       AND l.amount_minor > 0 AND b.amount_minor < 0
                   WHERE b.chargeback_id = c.id) AS r
               WHERE (c.books_unit_id, CASE WHEN c.online_payment_id IS NULL THEN c.held_currency
                                            ELSE c.currency END) = (g.books, g.currency)
                 AND g.payer IN ({PAYER})) AS d
           WHERE g.at > n.at
             AND CASE g.subject WHEN 'refund' THEN f.balance + w.amount + (
                     SELECT coalesce(sum(u.amount_minor), 0) FROM credit_use u
                     WHERE u.state = 'used' AND u.created_at > g.at
                       AND (u.books_unit_id, u.organisation_id, u.currency)
                           = (g.books, g.payer, g.currency)) < d.amount + o.amount
                 ELSE f.balance + w.amount < d.amount END
             AND NOT EXISTS (
                 SELECT FROM posting p JOIN transfer t ON t.posting_id = p.id
                 JOIN account a ON a.id = t.debit_account
                 WHERE p.books = g.books AND p.cause LIKE 'match_undone:%'
                   AND p.created_at > g.at AND (a.kind, a.subject, a.currency)
                       = ('customer_credit', g.payer, g.currency))""",
    ),
)
