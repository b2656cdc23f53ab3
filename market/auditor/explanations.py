"""Lines of Stripe's balance that left suspense: by whose word, how much, and for where."""

from typing import Final

from market.auditor.held_credit import RETURNED
from market.auditor.model import Check
from market.auditor.past_market import IS_LOST, NOTHING_LEFT
from market.auditor.sources import EXPLAINED_AS

# Before this any place could be named for some of them.
PLACES_SINCE: Final = "SELECT n.applied_at FROM schema_migration n WHERE n.number = 118"

CHECKS: Final = (
    Check(
        "I11",
        "已批准的说明（包括其后撤销的）把其金额从待查款转入所说明的科目",
        "an approved explanation takes its amount out of suspense, and to where it belongs",
        f"""WITH {EXPLAINED_AS}
           SELECT 'stripe_explanation', x.id::text, 'of ' || x.amount_minor || ' to '
                  || x.belongs_to || ', out of suspense ' || f.gone || ', arrived ' || f.arrived
           FROM stripe_explanation x JOIN stripe_line l ON l.id = x.stripe_line_id
           JOIN explained_as s ON s.id = x.id
           LEFT JOIN refund r ON r.id = x.refund_id
           LEFT JOIN online_payment o ON o.id = coalesce(x.online_payment_id, r.online_payment_id)
           LEFT JOIN chargeback_recovery m ON m.stripe_line_id = l.id AND x.belongs_to = 'rule'
           CROSS JOIN LATERAL (
               SELECT CASE WHEN x.belongs_to = 'refund_pending' AND l.amount_minor > 0
                           THEN 'customer_credit' ELSE x.belongs_to END AS kind,
                      CASE x.belongs_to WHEN 'receivable' THEN 'customer_credit' END AS rest,
                      coalesce(o.buyer_id, x.organisation_id) AS payer,
                      CASE WHEN o.id IS NULL THEN x.amount_minor
                           WHEN l.currency = o.currency THEN l.amount_minor
                           ELSE l.paid_minor END AS moved) AS w
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(CASE WHEN d.kind = 'suspense' THEN t.amount_minor
                                        WHEN k.kind = 'suspense' THEN -t.amount_minor END), 0)
                          AS gone,
                      coalesce(sum(CASE WHEN k.kind IN (w.kind, w.rest)
                                             AND k.subject IS NOT DISTINCT FROM w.payer
                                            THEN t.amount_minor
                                        WHEN x.organisation_id IS NOT NULL
                                             AND d.kind = 'exchange_difference'
                                            THEN -t.amount_minor
                                        WHEN d.kind IN (w.kind, w.rest)
                                             AND d.subject IS NOT DISTINCT FROM w.payer
                                            THEN -t.amount_minor END), 0)
                          AS arrived
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account d ON d.id = t.debit_account JOIN account k ON k.id = t.credit_account
               WHERE p.cause = s.cause AND p.books = x.books_unit_id) AS f
           WHERE (f.gone <> x.amount_minor - coalesce(m.amount_minor, 0)
                  OR x.belongs_to <> 'rule'
                     AND f.arrived IS DISTINCT FROM coalesce(w.moved, x.amount_minor))""",
    ),
    Check(
        "I11",
        "说明的业务日期不早于其款项进入待查款的日期",
        "no explanation is of a day before its money came into suspense",
        """SELECT 'stripe_explanation', x.id::text, 'of ' || x.explained_on || ', in suspense on '
                  || p.effective_on
           FROM stripe_explanation x JOIN posting p ON p.cause IN (
               SELECT 'stripe_line:' || x.stripe_line_id
               UNION ALL
               SELECT 'stripe_explanation_undone:' || y.id FROM stripe_explanation y
               WHERE y.stripe_line_id = x.stripe_line_id AND y.id < x.id)
           WHERE x.explained_on < p.effective_on""",
    ),
    Check(
        "I5",
        "说明为付款退款的，批准时不超过该付款已收、减其时其他退款和拒付",
        "what was explained as a refund of a charge was within captured - what had gone back then",
        f"""SELECT 'stripe_explanation', x.id::text, w.moved || ' of ' || c.captured
                  || ', refunded ' || o.amount || ', past the market ' || e.amount
                  || ', charged back ' || d.amount
           FROM stripe_explanation x JOIN stripe_line l ON l.id = x.stripe_line_id
           JOIN online_payment q ON q.id = x.online_payment_id
           CROSS JOIN LATERAL (
               SELECT -CASE WHEN l.currency = q.currency THEN l.amount_minor
                            ELSE l.paid_minor END AS moved) AS w
           CROSS JOIN LATERAL (
               SELECT coalesce(max(coalesce(k.paid_minor, k.amount_minor)), 0) AS captured
               FROM stripe_line k WHERE k.online_payment_id = q.id AND k.category = 'charge') AS c
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(r.amount_minor), 0) AS amount FROM refund r
               WHERE r.online_payment_id = q.id AND r.called_at < x.decided_at
                 AND r.stripe_refund_id IS DISTINCT FROM l.source_id AND NOT EXISTS (
                     SELECT FROM event v WHERE v.subject = 'refund' AND v.subject_id = r.id
                       AND v.state_to IN ('failed', 'returned') AND v.at < x.decided_at)) AS o
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(CASE WHEN f.id IS NULL
                                   THEN -coalesce(k.paid_minor, k.amount_minor)
                                   ELSE greatest(0, -coalesce(k.paid_minor, k.amount_minor)
                                                    - f.amount_minor) END), 0) AS amount
               FROM stripe_explanation y JOIN stripe_line k ON k.id = y.stripe_line_id
               LEFT JOIN refund f ON (f.books_unit_id, f.stripe_refund_id)
                   = (k.books_unit_id, k.source_id) AND NOT EXISTS (
                     SELECT FROM event v WHERE v.subject = 'refund' AND v.subject_id = f.id
                       AND v.state_to IN ('failed', 'returned') AND v.at < x.decided_at)
               WHERE q.id IN (k.online_payment_id, y.online_payment_id)
                 AND k.id <> l.id AND k.refund_id IS NULL
                 AND k.category IN ('refund', 'refund_failure', 'charge_failure',
                     'partial_capture_reversal')
                 AND y.state IN ('approved', 'undone') AND y.decided_at < x.decided_at
                 AND NOT EXISTS (
                     SELECT FROM stripe_explanation_undo u
                     WHERE u.explanation_id = y.id AND u.state = 'approved'
                       AND u.decided_at < x.decided_at)) AS e
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(b.amount_minor - (
                          SELECT coalesce(sum(z.amount), 0) FROM ({RETURNED}) AS z
                          WHERE z.chargeback_id = b.id AND z.at < x.decided_at)), 0) AS amount
               FROM chargeback b
               WHERE b.online_payment_id = q.id AND b.created_at < x.decided_at AND NOT EXISTS (
                   SELECT FROM event v WHERE v.subject = 'chargeback' AND v.subject_id = b.id
                     AND v.state_to = 'won' AND v.at < x.decided_at)) AS d
           WHERE x.state = 'approved' AND w.moved > 0
             AND w.moved + o.amount + e.amount + d.amount > c.captured""",
    ),
    Check(
        "I11",
        "说明为重新欠付的，记入应收的金额即从该付款所付请款单撤回的收款；撤销时转出的即恢复的收款",
        "what an explanation made owed again is what was taken back of the invoices that its "
        "payment is of, and where it was undone no more is paid again, as it is posted",
        f"""WITH {EXPLAINED_AS}
           SELECT 'stripe_explanation', x.id::text, 'owed again ' || f.owed || ', taken back '
                  || r.taken || ', paid again ' || r.again || ', posted ' || g.paid
           FROM stripe_explanation x
           JOIN explained_as s ON s.id = x.id
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(t.amount_minor), 0) AS owed
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account d ON d.id = t.debit_account AND d.kind = 'receivable'
               WHERE p.cause = s.cause) AS f
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(t.amount_minor), 0) AS paid
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account k ON k.id = t.credit_account AND k.kind = 'receivable'
               WHERE p.cause = 'stripe_explanation_undone:' || x.id) AS g
           CROSS JOIN LATERAL (
               SELECT coalesce(-sum(c.amount_minor) FILTER (WHERE c.cause = s.cause), 0) AS taken,
                      coalesce(sum(c.amount_minor) FILTER (WHERE c.cause <> s.cause), 0) AS again
               FROM online_payment_part q JOIN receipt c ON c.invoice_id = q.invoice_id
               WHERE q.online_payment_id = x.online_payment_id
                 AND c.cause IN (s.cause, 'stripe_explanation_undone:' || x.id)) AS r
           WHERE f.owed <> r.taken OR (f.owed > 0) <> (x.belongs_to = 'receivable')
              OR r.again <> g.paid OR g.paid > f.owed""",
    ),
    Check(
        "I11",
        "说明为重新欠付的，先撤回该付款所付的请款单，付款不再抵付任何请款单之后，其余才从预存款扣除",
        "what an explanation made owed again comes off what its payment paid of invoices first, "
        "and off the credit only where it pays none any more",
        f"""WITH {EXPLAINED_AS},
           paid_by (payment_id, cause) AS (
               SELECT l.online_payment_id, 'stripe_line:' || l.id FROM stripe_line l
               UNION ALL
               SELECT l.online_payment_id, l.cause FROM stripe_line l
               UNION ALL
               SELECT x.online_payment_id, s.cause
               FROM stripe_explanation x JOIN explained_as s ON s.id = x.id
               UNION ALL
               SELECT online_payment_id, 'stripe_explanation_undone:' || id
               FROM stripe_explanation
               UNION ALL
               SELECT online_payment_id, 'chargeback_lost:' || id FROM chargeback)
           SELECT 'stripe_explanation', x.id::text, 'off the credit ' || f.credit
                  || ', still paid ' || r.amount
           FROM stripe_explanation x JOIN explained_as s ON s.id = x.id
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(t.amount_minor), 0) AS credit
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account d ON d.id = t.debit_account AND d.kind = 'customer_credit'
               WHERE p.cause = s.cause) AS f
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(c.amount_minor), 0) AS amount
               FROM online_payment_part q JOIN receipt c ON c.invoice_id = q.invoice_id
               WHERE q.online_payment_id = x.online_payment_id
                 AND c.cause IN (SELECT b.cause FROM paid_by b
                                 WHERE b.payment_id = x.online_payment_id)
                 AND c.id <= (SELECT max(o.id::text)::uuid FROM receipt o
                              WHERE o.cause = s.cause)) AS r
           WHERE x.belongs_to = 'receivable' AND f.credit > 0 AND r.amount > 0""",
    ),
    Check(
        "I9",
        "结算明细经一项对它的已批准说明而转出待查款，账套、币种、付款和退款一致",
        "a line left suspense by one approved explanation of it, of its books, payment and refund",
        """SELECT 'stripe_line', l.id::text, 'explained: ' || l.is_explained || ' by '
                  || coalesce(l.explanation_id::text, 'nothing') || ', approved '
                  || coalesce(x.id::text, 'none')
           FROM stripe_line l
           FULL JOIN (SELECT id, stripe_line_id, books_unit_id, currency, online_payment_id,
                             refund_id, belongs_to
                      FROM stripe_explanation WHERE state = 'approved') AS x
               ON x.stripe_line_id = l.id
           WHERE l.explanation_id IS DISTINCT FROM x.id
              OR x.id IS NOT NULL AND (
                  NOT l.is_explained OR (l.books_unit_id, l.currency)
                      IS DISTINCT FROM (x.books_unit_id, x.currency)
                  OR l.online_payment_id <> x.online_payment_id
                  OR x.belongs_to <> 'rule' AND l.refund_id IS DISTINCT FROM x.refund_id)""",
    ),
    Check(
        "I9",
        "说明由提出人以外的人批准；按规则重记的由系统办理",
        "an explanation was approved by another person; what a rule booked, by the system",
        """SELECT 'stripe_explanation', id::text, belongs_to || ' by ' || decided_by
           FROM stripe_explanation
           WHERE state IN ('approved', 'undone')
             AND (decided_by = proposed_by OR (belongs_to = 'rule')
               <> (decided_by = '00000000-0000-0000-0000-000000000001'))""",
    ),
    Check(
        "I11",
        "已撤销的说明，其凭证如数冲回；原币种经兑换的，头寸与汇兑差额合并计算，重新欠付的，应收与预存款合并计算",
        "what an explanation had posted is mirrored where it is undone, account by account; where "
        "a currency was changed, the position and the difference of exchange together, and what "
        "was owed again with its payer's credit",
        f"""WITH {EXPLAINED_AS}
           SELECT 'stripe_explanation', x.id::text, 'left ' || f.amount || ' ' || f.currency
                  || ' at ' || f.place
           FROM stripe_explanation x JOIN stripe_line l ON l.id = x.stripe_line_id
           JOIN explained_as s ON s.id = x.id
           LEFT JOIN online_payment o ON o.id = x.online_payment_id
           CROSS JOIN LATERAL (
               SELECT CASE WHEN o.currency <> l.currency
                                AND a.kind IN ('fx_position', 'exchange_difference')
                           THEN 'exchange'
                           WHEN x.belongs_to = 'receivable'
                                AND a.kind IN ('receivable', 'customer_credit')
                           THEN concat_ws(' ', 'payer', a.subject)
                           ELSE concat_ws(' ', a.kind, a.subject) END AS place,
                      a.currency, sum(CASE WHEN t.debit_account = a.id THEN t.amount_minor
                                           ELSE -t.amount_minor END) AS amount
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account a ON a.id IN (t.debit_account, t.credit_account)
               WHERE p.cause IN (s.cause, 'stripe_explanation_undone:' || x.id)
               GROUP BY 1, 2) AS f
           WHERE x.state = 'undone' AND f.amount <> 0""",
    ),
    Check(
        "I11",
        "已批准的说明（包括其后撤销的）记有其凭证的事由，其余的没有",
        "an approved explanation, undone later or not, says under which cause it is posted",
        f"""WITH {EXPLAINED_AS}
           SELECT 'stripe_explanation', x.id::text, 'says ' || coalesce(x.cause, 'nothing')
                  || ', is posted under ' || coalesce(s.cause, 'nothing')
           FROM stripe_explanation x LEFT JOIN explained_as s ON s.id = x.id
           WHERE x.cause IS DISTINCT FROM s.cause""",
    ),
    Check(
        "I9",
        "已撤销的说明恰有一项已批准的撤销，账套、币种、金额一致",
        "an explanation is undone by one undoing of it that was approved, of its books and amount",
        """SELECT 'stripe_explanation', x.id::text, 'is ' || x.state || ', undone by '
                  || coalesce(u.id::text, 'nothing')
           FROM stripe_explanation x
           LEFT JOIN stripe_explanation_undo u ON u.explanation_id = x.id
               AND (u.state = 'approved' OR (u.books_unit_id, u.currency, u.amount_minor)
                                            <> (x.books_unit_id, x.currency, x.amount_minor))
           WHERE (x.state = 'undone') <> coalesce(u.state = 'approved', false)
              OR (u.books_unit_id, u.currency, u.amount_minor)
                 <> (x.books_unit_id, x.currency, x.amount_minor)""",
    ),
    Check(
        "I9",
        "说明的撤销由提出人以外的人批准",
        "undoing an explanation was approved by another person than who proposed it",
        """SELECT 'stripe_explanation_undo', id::text, 'by ' || decided_by
           FROM stripe_explanation_undo WHERE state = 'approved' AND decided_by = proposed_by""",
    ),
    Check(
        "I9",
        "结算明细所记的撤销次数如实；最近的说明已撤销的，该明细在待查款中",
        "a line counts the explanations of it that were undone, and stands in suspense after that",
        """SELECT 'stripe_line', l.id::text, 'says ' || l.undone_explanations || ' of '
                  || u.undone || ', explained: ' || l.is_explained
           FROM stripe_line l
           CROSS JOIN LATERAL (
               SELECT count(*) AS undone FROM stripe_explanation x
               WHERE x.stripe_line_id = l.id AND x.state = 'undone') AS u
           WHERE l.undone_explanations <> u.undone
              OR u.undone > 0 AND l.is_explained <> (l.explanation_id IS NOT NULL)""",
    ),
    Check(
        "I9",
        "退款类明细说明为损失的，其收款无人在此办理，或当时已无可退的余额；收回的，此前已作损失",
        "what goes back of a charge was a loss only where nobody here made that, or nothing of it "
        "was left; what comes back, where it had left as one",
        f"""SELECT 'stripe_explanation', x.id::text, 'a ' || l.category || ' of '
                  || coalesce(l.charge_id, 'no charge') || ', left of its payment '
                  || coalesce(w.left_minor::text, 'none here')
           FROM stripe_explanation x JOIN stripe_line l ON l.id = x.stripe_line_id
           LEFT JOIN LATERAL (
               SELECT max(k.captured - o.amount - e.amount - d.amount) AS left_minor
               FROM online_payment q
               CROSS JOIN LATERAL (
                   SELECT coalesce(max(coalesce(k.paid_minor, k.amount_minor)), 0) AS captured
                   FROM stripe_line k
                   WHERE k.online_payment_id = q.id AND k.category = 'charge') AS k
               CROSS JOIN LATERAL (
                   SELECT coalesce(sum(r.amount_minor), 0) AS amount FROM refund r
                   WHERE r.online_payment_id = q.id AND r.created_at < x.decided_at
                     AND (r.state IN ('sent', 'paid') OR NOT EXISTS (
                         SELECT FROM event v
                         WHERE v.subject = 'refund' AND v.subject_id = r.id AND v.state_to IN
                             ('rejected', 'withdrawn', 'failed', 'returned')
                           AND v.at < x.decided_at))) AS o
               CROSS JOIN LATERAL (
                   SELECT coalesce(-sum(coalesce(k.paid_minor, k.amount_minor)), 0) AS amount
                   FROM stripe_line k JOIN stripe_explanation y ON y.stripe_line_id = k.id
                       AND y.state IN ('approved', 'undone')
                   LEFT JOIN stripe_explanation_undo u ON u.explanation_id = y.id
                       AND u.state = 'approved' AND u.decided_at < x.decided_at
                   WHERE q.id IN (k.online_payment_id, y.online_payment_id) AND k.id <> l.id
                     AND k.refund_id IS NULL AND y.decided_at < x.decided_at AND u.id IS NULL
                     AND k.category IN ('refund', 'refund_failure', 'charge_failure',
                         'partial_capture_reversal')
                     AND (k.amount_minor < 0 OR NOT EXISTS (
                         SELECT FROM refund f WHERE (f.books_unit_id, f.stripe_refund_id)
                                                    = (k.books_unit_id, k.source_id)))) AS e
               CROSS JOIN LATERAL (
                   SELECT coalesce(sum(b.amount_minor - (
                              SELECT coalesce(sum(z.amount), 0) FROM ({RETURNED}) AS z
                              WHERE z.chargeback_id = b.id AND z.at < x.decided_at)), 0)
                              AS amount
                   FROM chargeback b
                   WHERE b.online_payment_id = q.id AND b.created_at < x.decided_at
                     AND NOT EXISTS (
                         SELECT FROM event v
                         WHERE v.subject = 'chargeback' AND v.subject_id = b.id
                           AND v.state_to = 'won' AND v.at < x.decided_at)) AS d
               WHERE q.books_unit_id = l.books_unit_id AND q.created_at < x.decided_at
                 AND (q.id = l.online_payment_id OR q.intent_id = l.intent_id
                      OR q.charge_id = l.charge_id)) AS w ON true
           WHERE x.belongs_to = 'write_off' AND x.state = 'approved'
             AND l.category IN ('refund', 'refund_failure', 'charge_failure',
                 'partial_capture_reversal')
             AND x.created_at > ({PLACES_SINCE})
             AND NOT (l.amount_minor < 0 AND (coalesce(w.left_minor <= 0, false)
                                              OR {NOTHING_LEFT}))
             AND (l.charge_id IS NULL OR w.left_minor IS NOT NULL OR EXISTS (
                 SELECT FROM stripe_line c
                 WHERE (c.books_unit_id, c.source_id, c.category)
                       = (l.books_unit_id, l.charge_id, 'charge')
                   AND c.created_at < x.decided_at AND c.currency = l.currency
                   AND (NOT c.is_explained OR c.explanation_id IS NOT NULL)
                   AND NOT EXISTS (
                       SELECT FROM stripe_explanation y
                       LEFT JOIN stripe_explanation_undo u ON u.explanation_id = y.id
                           AND u.state = 'approved' AND u.decided_at < x.decided_at
                       WHERE y.stripe_line_id = c.id AND y.state IN ('approved', 'undone')
                         AND y.decided_at < x.decided_at AND u.id IS NULL
                         AND y.organisation_id IS NULL)))
             AND NOT (l.amount_minor > 0 AND EXISTS (
                 SELECT FROM stripe_line o JOIN stripe_explanation y ON y.stripe_line_id = o.id
                 WHERE (o.books_unit_id, o.source_id) = (l.books_unit_id, l.source_id)
                   AND o.amount_minor < 0 AND y.belongs_to = 'write_off'
                   AND y.state IN ('approved', 'undone') AND y.decided_at < x.decided_at))""",
    ),
    Check(
        "I9",
        "明细由人说明的去向为其 Stripe 类别所许可",
        "a line was explained by people only as what Stripe's category of it leaves open",
        f"""SELECT 'stripe_explanation', x.id::text, 'a ' || l.category || ' as ' || x.belongs_to
           FROM stripe_explanation x JOIN stripe_line l ON l.id = x.stripe_line_id
           WHERE x.belongs_to <> 'rule' AND x.state IN ('approved', 'undone')
             AND x.created_at > ({PLACES_SINCE})
             AND x.belongs_to <> ALL (CASE
                 WHEN l.category = 'charge' AND {IS_LOST} AND NOT EXISTS (
                     SELECT FROM online_payment p
                     WHERE p.books_unit_id = l.books_unit_id
                       AND (p.intent_id = l.intent_id OR p.charge_id = l.source_id))
                     THEN '{{customer_credit,write_off}}'
                 WHEN l.category = 'charge' THEN '{{customer_credit}}'
                 WHEN l.category = 'dispute' THEN '{{stripe_fees,exchange_difference,write_off}}'
                 WHEN l.category = 'dispute_reversal'
                     THEN '{{stripe_fees,exchange_difference,write_off,customer_credit}}'
                 WHEN l.category IN ('payout', 'payout_reversal') THEN '{{}}'
                 WHEN l.category = 'refund'
                     THEN '{{customer_credit,receivable,refund_pending,write_off}}'
                 WHEN l.category = 'refund_failure'
                     THEN '{{customer_credit,refund_pending,write_off}}'
                 WHEN l.category IN ('charge_failure', 'partial_capture_reversal')
                     THEN '{{customer_credit,receivable,write_off}}'
                 WHEN l.category IN ('topup', 'topup_reversal') THEN '{{stripe_in_transit}}'
                 WHEN l.category IN ('fee', 'network_cost', 'tax') THEN '{{stripe_fees,write_off}}'
                 ELSE '{{stripe_fees,exchange_difference,write_off,stripe_in_transit,'
                      'interest_income}}' END::text[])""",
    ),
)
