"""Refunds to the card that paid: within what it brought, and where Stripe's lines lead them."""

from typing import Final

from market.auditor.held_credit import RETURNED
from market.auditor.model import Check

CHECKS: Final = (
    Check(
        "I5",
        "原路退款提交时不超过该付款已收、减其时其他退款和拒付",
        "a refund by card, when made, was within captured - earlier refunds - chargebacks then",
        f"""SELECT 'refund', r.id::text, r.amount_minor || ' of ' || c.captured || ', others '
                  || o.amount || ', past the market ' || e.amount || ', charged back ' || d.amount
           FROM refund r
           CROSS JOIN LATERAL (
               SELECT coalesce(max(coalesce(l.paid_minor, l.amount_minor)), 0) AS captured
               FROM stripe_line l WHERE l.online_payment_id = r.online_payment_id
                 AND l.category = 'charge') AS c
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(x.amount_minor), 0) AS amount FROM refund x
               WHERE x.online_payment_id = r.online_payment_id
                 AND (x.called_at, x.id) < (r.called_at, r.id) AND NOT EXISTS (
                     SELECT FROM event v WHERE v.subject = 'refund' AND v.subject_id = x.id
                       AND v.state_to IN ('failed', 'returned') AND v.at < r.called_at)) AS o
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(CASE WHEN f.id IS NULL
                                   THEN -coalesce(l.paid_minor, l.amount_minor)
                                   ELSE greatest(0, -coalesce(l.paid_minor, l.amount_minor)
                                                    - f.amount_minor) END), 0) AS amount
               FROM stripe_line l LEFT JOIN stripe_explanation x ON x.id = l.explanation_id
                   AND x.online_payment_id IS NOT NULL
               LEFT JOIN refund f ON (f.books_unit_id, f.stripe_refund_id)
                   = (l.books_unit_id, l.source_id) AND NOT EXISTS (
                     SELECT FROM event v WHERE v.subject = 'refund' AND v.subject_id = f.id
                       AND v.state_to IN ('failed', 'returned') AND v.at < r.called_at)
               WHERE l.online_payment_id = r.online_payment_id
                 AND l.category IN ('refund', 'refund_failure', 'charge_failure',
                     'partial_capture_reversal') AND l.refund_id IS NULL
                 AND coalesce(CASE WHEN x.told_payment_id IS NULL THEN x.decided_at END,
                              l.created_at) < r.called_at) AS e
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(b.amount_minor - (
                          SELECT coalesce(sum(x.amount), 0) FROM ({RETURNED}) AS x
                          WHERE x.chargeback_id = b.id AND x.at < r.called_at)), 0) AS amount
               FROM chargeback b
               WHERE b.online_payment_id = r.online_payment_id AND b.created_at < r.called_at
                 AND NOT EXISTS (
                     SELECT FROM event v WHERE v.subject = 'chargeback' AND v.subject_id = b.id
                       AND v.state_to = 'won' AND v.at < r.called_at)) AS d
           WHERE r.called_at IS NOT NULL
             AND r.amount_minor + o.amount + e.amount + d.amount > c.captured""",
    ),
    Check(
        "I5",
        "原路退款的对象是该付款的付款单位、账套和币种",
        "a refund by card goes to whom its payment came from, in its books and currency",
        """SELECT 'refund', r.id::text, 'is of payment ' || coalesce(p.id::text, 'none')
           FROM refund r LEFT JOIN online_payment p ON p.id = r.online_payment_id
           WHERE r.method = 'stripe' AND (r.books_unit_id, r.organisation_id, r.currency)
               IS DISTINCT FROM (p.books_unit_id, p.buyer_id, p.currency)""",
    ),
    Check(
        "I9",
        "原路退款的状态与其结算明细和 Stripe 所述一致",
        "a refund by card is where its lines and Stripe's word lead it",
        """SELECT 'refund', r.id::text, 'is ' || r.state || ' and '
                  || coalesce(r.stripe_status, 'untold') || ', lines out ' || m.gone || ', in '
                  || m.back
           FROM refund r
           CROSS JOIN LATERAL (
               SELECT count(*) FILTER (WHERE amount_minor < 0) AS gone,
                      count(*) FILTER (WHERE amount_minor > 0) AS back
               FROM stripe_line WHERE refund_id = r.id) AS m
           WHERE r.method = 'stripe' AND NOT CASE r.state
               WHEN 'paid' THEN (m.gone, m.back) = (1, 0)
                   AND r.stripe_status IN ('succeeded', 'failed', 'canceled')
               WHEN 'returned' THEN (m.gone, m.back) = (1, 1)
               WHEN 'sent' THEN m.gone + m.back < 2
                   AND (r.stripe_status <> 'succeeded' OR m.gone = 0 OR m.back > 0)
               ELSE (m.gone, m.back) = (0, 0) END""",
    ),
    Check(
        "I9",
        "Stripe 称已成功的原路退款在提交后七日内有其结算明细",
        "a refund by card that Stripe says succeeded has its line within a week of being made",
        """SELECT 'refund', r.id::text, 'made at ' || r.called_at || ', no line of it has come'
           FROM refund r
           WHERE r.method = 'stripe' AND r.state = 'sent' AND r.stripe_status = 'succeeded'
             AND r.called_at < market_now() - interval '7 days' AND NOT EXISTS (
                 SELECT FROM stripe_line l
                 WHERE l.books_unit_id = r.books_unit_id
                   AND l.category IN ('refund', 'refund_failure')
                   AND (l.refund_id = r.id OR NOT l.is_explained
                        AND coalesce(l.source_id, r.stripe_refund_id) = r.stripe_refund_id))""",
    ),
    Check(
        "I8",
        "退款的结算明细与其退款的付款、币种、金额一致，并按其单位入账",
        "a line of a refund is of its payment, currency and amount, and posts on its organisation",
        """SELECT 'stripe_line', l.id::text, 'moves ' || coalesce(l.paid_minor, l.amount_minor)
                  || ', refund of ' || coalesce(r.amount_minor::text, 'none') || ', posted '
                  || f.amount
           FROM stripe_line l LEFT JOIN refund r ON r.id = l.refund_id
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(CASE WHEN d.kind = 'refund_pending' THEN -t.amount_minor
                                        ELSE t.amount_minor END), 0) AS amount
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account d ON d.id = t.debit_account JOIN account k ON k.id = t.credit_account
               WHERE p.cause IN ('stripe_line:' || l.id, l.cause)
                 AND p.books = r.books_unit_id
                 AND r.currency = d.currency
                 AND CASE WHEN l.amount_minor < 0
                     THEN (d.kind, d.subject) = ('refund_pending', r.organisation_id)
                     ELSE (k.kind, k.subject) = ('customer_credit', r.organisation_id) END) AS f
           WHERE l.refund_id IS NOT NULL
             AND (l.books_unit_id, l.online_payment_id, coalesce(l.paid_currency, l.currency),
                  abs(coalesce(l.paid_minor, l.amount_minor)), f.amount)
                 IS DISTINCT FROM (r.books_unit_id, r.online_payment_id, r.currency,
                  r.amount_minor, sign(l.amount_minor)::bigint * r.amount_minor)""",
    ),
    Check(
        "I8",
        "退款类结算明细有其退款或说明，否则为待查",
        "every line of a refund has its refund or an explanation, or stands in suspense",
        """SELECT 'stripe_line', id::text, 'is ' || category || ', explained: ' || is_explained
                  || ', refund ' || coalesce(refund_id::text, 'none')
           FROM stripe_line
           WHERE CASE WHEN category IN ('refund', 'refund_failure')
                 THEN is_explained <> (num_nonnulls(refund_id, explanation_id) > 0)
                 ELSE refund_id IS NOT NULL END""",
    ),
)
