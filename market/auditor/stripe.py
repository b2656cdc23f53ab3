"""What Stripe's balance says, what explains it, and the payments behind it."""

from typing import Final

from market.auditor.held_credit import RETURNED
from market.auditor.model import Check
from market.auditor.sources import EXPLAINED_AS

# Before this a line named no payout, and one person matched it.
NAMED_SINCE: Final = "SELECT n.applied_at FROM schema_migration n WHERE n.number = 90"
# Before this who called himself Stripe was known as such.
KNOWN_BY_TWO_SINCE: Final = "SELECT n.applied_at FROM schema_migration n WHERE n.number = 106"

CHECKS: Final = (
    Check(
        "I8",
        "每条 Stripe 结算明细恰好入账一次，余额与手续费如其所述",
        "each line of Stripe's balance is posted once, with its net amount and its fee",
        """SELECT 'stripe_line', l.id::text, 'net ' || l.net_minor || ' and fees ' || f.due
                  || ', posted ' || f.net || ' and ' || f.fees
           FROM stripe_line l
           CROSS JOIN LATERAL (
               SELECT CASE WHEN l.category = 'fee' AND l.is_explained AND l.explanation_id IS NULL
                               THEN l.fee_minor - l.amount_minor
                           ELSE l.fee_minor END AS due,
                   coalesce(sum(CASE WHEN d.kind = 'stripe_balance' THEN t.amount_minor
                                     WHEN k.kind = 'stripe_balance' THEN -t.amount_minor END)
                            FILTER (WHERE d.currency = l.currency), 0) AS net,
                   coalesce(sum(CASE WHEN d.kind = 'stripe_fees' THEN t.amount_minor
                                     WHEN k.kind = 'stripe_fees' THEN -t.amount_minor END), 0)
                       AS fees
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account d ON d.id = t.debit_account JOIN account k ON k.id = t.credit_account
               WHERE p.cause = 'stripe_line:' || l.id AND p.books = l.books_unit_id) AS f
           WHERE (f.net, f.fees) <> (l.net_minor, f.due)""",
    ),
    Check(
        "I8",
        "无法识别的 Stripe 结算明细记入待查款，说明后全部转出；其余只冲回拒付败诉留在其中的款项",
        "what nothing explains of Stripe's balance stands in suspense, and nothing else of it but "
        "what a lost chargeback left there; what was explained has left it",
        f"""WITH {EXPLAINED_AS}
           SELECT 'stripe_line', l.id::text, 'of ' || l.amount_minor || ', explained: '
                  || l.is_explained || ', in suspense ' || f.amount
           FROM stripe_line l
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(CASE WHEN k.kind = 'suspense' THEN t.amount_minor
                                        WHEN d.kind = 'suspense' THEN -t.amount_minor END), 0)
                       AS amount
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account d ON d.id = t.debit_account JOIN account k ON k.id = t.credit_account
               WHERE p.books = l.books_unit_id
                 AND p.cause IN (
                     SELECT 'stripe_line:' || l.id
                     UNION ALL
                     SELECT w.cause FROM stripe_explanation x
                     JOIN explained_as s ON s.id = x.id
                     CROSS JOIN LATERAL (VALUES (s.cause),
                         ('stripe_explanation_undone:' || x.id)) AS w (cause)
                     WHERE x.stripe_line_id = l.id)) AS f
           LEFT JOIN chargeback_recovery r ON r.stripe_line_id = l.id
           WHERE CASE WHEN l.is_explained THEN f.amount <> coalesce(r.amount_minor, 0)
                      WHEN l.category NOT IN ('dispute', 'dispute_reversal')
                          THEN f.amount <> l.amount_minor ELSE false END""",
    ),
    Check(
        "I8",
        "Stripe 余额科目只由结算明细记账",
        "nothing but lines of Stripe's balance posts on it",
        """SELECT 'transfer', t.id::text, p.cause || ' posts on Stripe''s balance'
           FROM account a JOIN transfer t ON a.id IN (t.debit_account, t.credit_account)
           JOIN posting p ON p.id = t.posting_id
           WHERE a.kind = 'stripe_balance' AND split_part(p.cause, ':', 1)
               NOT IN ('stripe_line', 'opening_balance', 'opening_supplement')""",
    ),
    Check(
        "I6",
        "在线付款各部分之和等于付款金额",
        "the parts of an online payment are its amount",
        """SELECT 'online_payment', p.id::text, 'of ' || p.amount_minor || ', its parts '
                  || coalesce(sum(t.amount_minor), 0)
           FROM online_payment p LEFT JOIN online_payment_part t ON t.online_payment_id = p.id
           GROUP BY p.id HAVING coalesce(sum(t.amount_minor), 0) <> p.amount_minor""",
    ),
    Check(
        "I6",
        "未了结的在线付款占住其请款单，了结并入账的不占",
        "an online payment holds its invoices until it is over and its money is booked",
        """SELECT 'online_payment', p.id::text, 'is ' || p.state || ', ' || count(*)
                  FILTER (WHERE t.is_live) || ' of ' || count(*) || ' parts live'
           FROM online_payment p JOIN online_payment_part t ON t.online_payment_id = p.id
           GROUP BY p.id
           HAVING bool_or(t.is_live) <> (p.state IN ('created', 'processing', 'unknown')
                   OR (p.state = 'succeeded' AND NOT EXISTS (
                       SELECT FROM stripe_line l
                       WHERE l.category = 'charge' AND l.online_payment_id = p.id)
                   AND NOT EXISTS (
                       SELECT FROM stripe_line l
                       WHERE l.category = 'charge' AND l.online_payment_id IS NULL
                         AND (l.books_unit_id, l.source_id) = (p.books_unit_id, p.charge_id))))
               OR (bool_or(t.is_live) AND NOT bool_and(t.is_live))""",
    ),
    Check(
        "I6",
        "一笔刷卡收款核给请款单和预存款的合计等于付款人所付",
        "what a card paid is what its invoices and the payer's credit got at first",
        """SELECT 'stripe_line', l.id::text, 'paid ' || coalesce(l.paid_minor, l.amount_minor)
                  || ', posted ' || f.invoiced || ' on invoices and ' || f.credited
                  || ' as credit, allocated ' || g.amount
           FROM stripe_line l
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(t.amount_minor) FILTER (WHERE k.kind = 'receivable'), 0)
                          AS invoiced,
                   coalesce(sum(t.amount_minor) FILTER (WHERE k.kind = 'customer_credit'), 0)
                       AS credited
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account k ON k.id = t.credit_account
               WHERE p.cause IN ('stripe_line:' || l.id, l.cause)) AS f
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(a.amount_minor), 0) AS amount
               FROM (SELECT DISTINCT ON (invoice_id) amount_minor FROM allocation
                     WHERE stripe_line_id = l.id ORDER BY invoice_id, id) AS a) AS g
           WHERE g.amount <> f.invoiced
              OR (l.category = 'charge' AND l.online_payment_id IS NOT NULL
                  AND f.invoiced + f.credited <> coalesce(l.paid_minor, l.amount_minor))""",
    ),
    Check(
        "I6",
        "一条结算明细现抵付请款单的合计不超过其入账时所抵付的",
        "a line of Stripe's balance pays no more of invoices now than it was posted for",
        """SELECT 'stripe_line', l.id::text, 'pays ' || a.amount || ', posted ' || f.amount
           FROM (SELECT stripe_line_id, currency, sum(amount_minor) AS amount FROM allocation
                 WHERE stripe_line_id IS NOT NULL AND taken_back_on IS NULL
                 GROUP BY stripe_line_id, currency) AS a
           JOIN stripe_line l ON l.id = a.stripe_line_id
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(t.amount_minor), 0) AS amount
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account k ON k.id = t.credit_account
               WHERE p.cause IN ('stripe_line:' || l.id, l.cause)
                 AND (k.kind, k.currency) = ('receivable', a.currency)) AS f
           WHERE a.amount > f.amount""",
    ),
    Check(
        "I6",
        "拒付败诉的金额重新成为应收，或记入待查款",
        "a chargeback that was lost is owed again, or stands in suspense",
        """SELECT 'chargeback', c.id::text, 'of ' || c.amount_minor || ', posted ' || f.amount
           FROM chargeback c
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(t.amount_minor), 0) AS amount
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account d ON d.id = t.debit_account JOIN account k ON k.id = t.credit_account
               WHERE p.cause = 'chargeback_lost:' || c.id AND p.books = c.books_unit_id
                 AND k.kind IN ('stripe_disputed', 'fx_position')
                 AND d.kind IN ('receivable', 'customer_credit', 'suspense')) AS f
           WHERE f.amount <> CASE
               WHEN c.state NOT IN ('lost', 'reinstated') THEN 0
               WHEN c.online_payment_id IS NULL AND c.currency <> c.held_currency THEN c.held_minor
               ELSE c.amount_minor END""",
    ),
    Check(
        "I6",
        "拒付败诉后退回的金额等于结算明细退给付款人的合计",
        "what came back of a lost chargeback is what lines of Stripe's balance gave its payer",
        f"""SELECT 'chargeback', c.id::text, 'is ' || c.state || ', ' || c.returned_minor
                  || ' back, posted ' || f.amount
           FROM chargeback c CROSS JOIN LATERAL (
               SELECT coalesce(sum(b.amount), 0) AS amount
               FROM ({RETURNED}) AS b WHERE b.chargeback_id = c.id) AS f
           WHERE c.returned_minor <> CASE c.state WHEN 'reinstated' THEN f.amount ELSE 0 END""",
    ),
    Check(
        "I8",
        "Stripe 争议资金等于未决的拒付",
        "what Stripe holds in chargebacks is those that are undecided",
        """SELECT 'organisation', coalesce(h.books, o.books_unit_id)::text,
                  'holds ' || coalesce(h.amount, 0) || ', undecided '
                  || coalesce(o.amount, 0) || ' ' || coalesce(h.currency, o.currency)
           FROM (SELECT a.books, a.currency,
                        sum(CASE WHEN t.debit_account = a.id THEN t.amount_minor
                                 ELSE -t.amount_minor END) AS amount
                 FROM account a JOIN transfer t ON a.id IN (t.debit_account, t.credit_account)
                 WHERE a.kind = 'stripe_disputed' GROUP BY a.books, a.currency) AS h
           FULL JOIN (SELECT books_unit_id, held_currency AS currency, sum(held_minor) AS amount
                      FROM chargeback WHERE state = 'opened' GROUP BY 1, 2) AS o
               ON o.books_unit_id = h.books AND o.currency = h.currency
           WHERE coalesce(h.amount, 0) <> coalesce(o.amount, 0)""",
    ),
    Check(
        "I8",
        "外币兑换头寸等于未结清的外币收款",
        "what stands between two currencies is what charges in another one brought and was not "
        "taken back",
        """WITH debt AS (
               SELECT l.books_unit_id, l.currency, l.amount_minor, l.paid_currency, l.paid_minor,
                      least(l.paid_minor, (SELECT coalesce(sum(c.amount_minor
                                                               - c.returned_minor), 0)
                                           FROM chargeback c
                                           WHERE c.online_payment_id = l.online_payment_id
                                             AND c.state IN ('lost', 'reinstated'))
                                        - (SELECT coalesce(sum(r.paid_minor), 0)
                                           FROM stripe_line r
                                           WHERE r.online_payment_id = l.online_payment_id
                                             AND (r.refund_id IS NOT NULL OR EXISTS (
                                                 SELECT FROM stripe_explanation x
                                                 WHERE x.id = r.explanation_id
                                                   AND x.online_payment_id IS NOT NULL))))
                          AS closed_minor
               FROM stripe_line l
               WHERE l.category = 'charge' AND l.online_payment_id IS NOT NULL
                 AND l.paid_minor <> 0),
           due (books, currency, amount) AS (
               SELECT d.books_unit_id, s.currency, sum(s.amount)
               FROM debt d CROSS JOIN LATERAL (VALUES
                   (d.paid_currency, d.paid_minor - d.closed_minor),
                   (d.currency, floor(d.amount_minor * d.closed_minor / d.paid_minor)
                                - d.amount_minor)) AS s (currency, amount)
               GROUP BY 1, 2)
           SELECT 'organisation', coalesce(h.books, due.books)::text,
                  'its position is ' || coalesce(h.amount, 0) || ', due '
                  || coalesce(due.amount, 0) || ' ' || coalesce(h.currency, due.currency)
           FROM (SELECT a.books, a.currency,
                        sum(CASE WHEN t.debit_account = a.id THEN t.amount_minor
                                 ELSE -t.amount_minor END) AS amount
                 FROM account a JOIN transfer t ON a.id IN (t.debit_account, t.credit_account)
                 WHERE a.kind = 'fx_position' GROUP BY a.books, a.currency) AS h
           FULL JOIN due ON due.books = h.books AND due.currency = h.currency
           WHERE coalesce(h.amount, 0) <> coalesce(due.amount, 0)""",
    ),
    Check(
        "I8",
        "提现按其金额记入在途，失败的如数转回",
        "a payout is in transit with its amount, and back when it failed",
        """SELECT 'payout', p.id::text, p.amount_minor || ' ' || p.state || ', posted ' || f.sent
                  || ', back ' || f.back
           FROM payout p
           CROSS JOIN LATERAL (
               SELECT coalesce(-sum(l.amount_minor) FILTER (WHERE l.category = 'payout'), 0)
                       AS sent,
                   coalesce(sum(l.amount_minor) FILTER (WHERE l.category = 'payout_reversal'), 0)
                       AS back
               FROM stripe_line l
               WHERE l.books_unit_id = p.books_unit_id AND l.source_id = p.payout_id
                 AND l.is_explained AND NOT EXISTS (
                     SELECT FROM stripe_explanation x
                     WHERE x.id = l.explanation_id AND x.belongs_to <> 'rule')) AS f
           WHERE (f.sent, f.back) <> (p.amount_minor,
                 CASE p.state WHEN 'failed' THEN p.amount_minor ELSE 0 END)""",
    ),
    Check(
        "I8",
        "记为提现的银行流水与其提现的账套、币种、金额一致；未指明提现的经第二人确认",
        "a line that is a payout has its books, currency and amount; one of none was confirmed",
        f"""SELECT 'match', m.id::text, 'of ' || m.amount_minor || ', payout of '
                  || coalesce(p.amount_minor::text, 'none') || ', confirmed: '
                  || (m.confirmed_by IS NOT NULL)
           FROM match m LEFT JOIN payout p ON p.id = m.payout_id
           WHERE m.rest_to = 'stripe_in_transit' AND m.state IN ('matched', 'confirmed')
             AND CASE WHEN m.payout_id IS NULL
                      THEN m.created_at > ({NAMED_SINCE})
                          AND (NOT m.needs_second OR m.confirmed_by IS NULL)
                      ELSE (m.books_unit_id, m.currency, m.amount_minor) IS DISTINCT FROM
                           (p.books_unit_id, p.currency, p.amount_minor)
                       AND ((m.books_unit_id, m.currency, m.amount_minor, 'failed')
                             IS DISTINCT FROM
                               (p.books_unit_id, p.currency, -p.amount_minor, p.state)
                         OR NOT EXISTS (SELECT FROM match a
                             WHERE a.payout_id = p.id AND a.amount_minor = p.amount_minor
                               AND a.state IN ('matched', 'confirmed'))) END""",
    ),
    Check(
        "I8",
        "由一人记为提现的银行流水，其对方此前已有提现经两人确认",
        "a line that one person took as a payout came from where two had taken one before",
        f"""SELECT 'match', m.id::text, 'from ' || l.counterparty_name || ', of ' || m.amount_minor
           FROM match m JOIN bank_line l ON l.id = m.bank_line_id
           WHERE m.rest_to = 'stripe_in_transit' AND m.state IN ('matched', 'confirmed')
             AND NOT m.needs_second AND m.created_at > ({KNOWN_BY_TWO_SINCE})
             AND NOT EXISTS (
                 SELECT FROM event v
                 JOIN match k ON k.id = v.subject_id AND k.id <> m.id
                     AND (k.books_unit_id, k.rest_to) = (m.books_unit_id, m.rest_to)
                 JOIN bank_line n ON n.id = k.bank_line_id
                 WHERE v.name = 'match.confirmed'
                   AND v.at < m.created_at + interval '1 minute'
                   AND lower(replace(normalize(n.counterparty_name, NFKC), ' ', ''))
                       = lower(replace(normalize(l.counterparty_name, NFKC), ' ', '')))""",
    ),
)
