"""What letters say of online payments and of Stripe's balance."""

from __future__ import annotations

from uuid import UUID

from market.base import amounts
from market.base.db import Connection
from market.notifications import chargeback_facts
from market.notifications.model import Facts
from market.notifications.queries import facts


async def about_online_payment(conn: Connection, payment_id: UUID) -> Facts:
    """``has_page``: there is a page of Stripe's on which it is paid."""
    record = await conn.fetchrow(
        """SELECT p.buyer_id, p.books_unit_id, p.amount_minor, p.currency, p.pay_url,
                  p.pay_url IS NOT NULL AS has_page,
                  (SELECT string_agg(i.number, '、' ORDER BY t.position)
                   FROM online_payment_part t JOIN invoice i ON i.id = t.invoice_id
                   WHERE t.online_payment_id = p.id) AS numbers
           FROM online_payment p WHERE p.id = $1""",
        payment_id,
    )
    return facts(record)


async def about_chargeback_evidence(conn: Connection, evidence_id: UUID) -> Facts:
    """``is_of_file``: our ``file`` could not go out; ``is_of_stripe``: it was not taken."""
    record = await conn.fetchrow(
        """SELECT e.chargeback_id, coalesce(e.refusal, '-') AS refusal,
                  k.kind IS NOT NULL AS is_of_file, k.kind IS NULL AS is_of_stripe,
                  coalesce((SELECT f.name FROM chargeback_evidence_file p
                            JOIN file f ON f.id = p.file_id
                            WHERE p.evidence_id = e.id AND p.kind = k.kind), k.kind, '-') AS file
           FROM chargeback_evidence e
           CROSS JOIN LATERAL (SELECT substring(
               e.refusal FROM '^file_(?:unreadable|altered):(.+)$') AS kind) AS k
           WHERE e.id = $1""",
        evidence_id,
    )
    found = facts(record)
    return {**await _of_its_chargeback(conn, found), **found}


async def about_chargeback_write_off(conn: Connection, write_off_id: UUID) -> Facts:
    """With all that is told of its chargeback; ``reason`` is why it will not be paid."""
    record = await conn.fetchrow(
        """SELECT chargeback_id, proposed_by, reason, note, amount_minor, currency
           FROM chargeback_write_off WHERE id = $1""",
        write_off_id,
    )
    found = facts(record)
    return {**await _of_its_chargeback(conn, found), **found}


async def about_chargeback_alarm(conn: Connection, alarm_id: UUID) -> Facts:
    """``standing``: how far the evidence has come."""
    record = await conn.fetchrow(
        """SELECT a.chargeback_id, a.due_at AS until, a.working_days_left,
                  to_char(coalesce(a.last_day, (a.due_at AT TIME ZONE 'Asia/Shanghai')::date),
                          'YYYY-MM-DD') AS last_day,
                  a.stage <> 'passed' AS is_coming, a.stage = 'last' AS is_last,
                  a.stage = 'passed' AS is_passed,
                  CASE WHEN e.id IS NULL THEN '尚未填写'
                       WHEN e.state = 'draft' THEN '草稿，尚未提交'
                       ELSE '已提交，Stripe 尚未接收' END AS standing_zh,
                  CASE WHEN e.id IS NULL THEN 'not begun'
                       WHEN e.state = 'draft' THEN 'a draft, not submitted'
                       ELSE 'submitted, not yet taken by Stripe' END AS standing_en
           FROM chargeback_alarm a
           LEFT JOIN chargeback_evidence e ON e.chargeback_id = a.chargeback_id
           WHERE a.id = $1""",
        alarm_id,
    )
    found = facts(record)
    return {**await _of_its_chargeback(conn, found), **found}


async def _of_its_chargeback(conn: Connection, found: Facts) -> Facts:
    chargeback_id = found["chargeback_id"]
    assert isinstance(chargeback_id, UUID), "each is of one"
    return await chargeback_facts.about_chargeback(conn, chargeback_id)


async def about_stripe_line(conn: Connection, line_id: UUID) -> Facts:
    """``has_left``: of what a payer paid, so much found nothing to pay, and is his credit.

    ``amount``, of a line that was not explained: what it left in suspense, in the balance's own
    currency. ``is_aside``, ``is_in_part``: of a chargeback, all of the line or a part.
    ``is_refund``: of one that nobody proposed here; ``is_other_refund``: of ours, but not as asked.
    ``is_given_back``: of a lost chargeback whose payment is none of ours.
    """
    record = await conn.fetchrow(
        """SELECT s.books_unit_id, s.buyer_id, s.amount_minor, s.currency, s.category, s.line,
                  s.left_minor, s.left_minor > 0 AS has_left,
                  s.category IN ('refund', 'refund_failure') AND NOT s.is_known AS is_refund,
                  s.category IN ('refund', 'refund_failure') AND s.is_known AS is_other_refund,
                  s.is_given_back,
                  s.is_of_chargeback AND NOT s.is_given_back
                      AND s.amount_minor = s.moved_minor AS is_aside,
                  s.is_of_chargeback AND NOT s.is_given_back
                      AND s.amount_minor <> s.moved_minor AS is_in_part,
                  s.category NOT IN ('refund', 'refund_failure') AND NOT s.is_of_chargeback
                      AS is_other,
                  (SELECT string_agg(i.number, '、' ORDER BY t.position)
                   FROM online_payment_part t JOIN invoice i ON i.id = t.invoice_id
                   WHERE t.online_payment_id = s.online_payment_id) AS numbers
           FROM (SELECT l.books_unit_id, p.buyer_id, l.online_payment_id, l.category,
                        CASE WHEN u.is_left THEN f.amount_minor
                             ELSE coalesce(l.paid_minor, l.amount_minor) END AS amount_minor,
                        CASE WHEN u.is_left THEN l.currency
                             ELSE coalesce(l.paid_currency, l.currency) END AS currency,
                        l.amount_minor AS moved_minor, l.balance_transaction_id AS line,
                        l.category IN ('dispute', 'dispute_reversal') AS is_of_chargeback,
                        EXISTS (SELECT FROM refund r WHERE r.books_unit_id = l.books_unit_id
                                AND r.stripe_refund_id = l.source_id) AS is_known,
                        l.category = 'dispute_reversal' AND EXISTS (
                            SELECT FROM chargeback c
                            WHERE (c.books_unit_id, c.dispute_id) = (l.books_unit_id, l.source_id)
                              AND c.state = 'reinstated' AND c.online_payment_id IS NULL)
                            AS is_given_back,
                        CASE WHEN l.category = 'charge' AND p.id IS NOT NULL
                             THEN coalesce(l.paid_minor, l.amount_minor)
                                  - (SELECT coalesce(sum(a.amount_minor), 0)::bigint
                                     FROM allocation a WHERE a.stripe_line_id = l.id)
                             ELSE 0 END AS left_minor
                 FROM stripe_line l LEFT JOIN online_payment p ON p.id = l.online_payment_id
                 CROSS JOIN LATERAL (SELECT NOT l.is_explained OR l.explanation_id IS NOT NULL
                                         AS is_left) AS u
                 CROSS JOIN LATERAL (
                     SELECT (coalesce(sum(CASE WHEN k.kind = 'suspense' THEN t.amount_minor
                                               WHEN d.kind = 'suspense' THEN -t.amount_minor END),
                                      0) - (SELECT coalesce(sum(r.amount_minor), 0)
                                            FROM chargeback_recovery r
                                            WHERE r.stripe_line_id = l.id
                                              AND r.currency = l.currency))::bigint AS amount_minor
                     FROM posting q JOIN transfer t ON t.posting_id = q.id
                     JOIN account d ON d.id = t.debit_account AND d.currency = l.currency
                     JOIN account k ON k.id = t.credit_account
                     WHERE q.cause = 'stripe_line:' || l.id) AS f
                 WHERE l.id = $1) AS s""",
        line_id,
    )
    return facts(record)


async def about_stripe_explanation(conn: Connection, explanation_id: UUID) -> Facts:
    """``place``: where it belongs, in words; ``is_by_person``: a leader decides, no rule.

    ``credit``: what it takes off its payer's credit, or gives back to it, in his currency.
    """
    record = await conn.fetchrow(
        """SELECT x.books_unit_id, x.proposed_by, x.reason, x.note, x.amount_minor, x.currency,
                  l.category, l.balance_transaction_id AS line, x.belongs_to <> 'rule'
                      AS is_by_person, coalesce(k.zh, '按规则重记') AS place_zh,
                  coalesce(k.en, 'what its rule says') AS place_en, p.buyer_id,
                  u.name_zh AS unit_zh, u.name_en AS unit_en,
                  p.id IS NOT NULL AND l.amount_minor < 0 AND l.category = 'refund'
                      AS takes_credit,
                  p.id IS NOT NULL AND l.amount_minor < 0 AND l.category <> 'refund'
                      AS never_came,
                  p.id IS NOT NULL AND l.amount_minor > 0 AS gives_credit,
                  p.currency AS credit_currency,
                  abs(CASE WHEN l.currency = p.currency THEN l.amount_minor
                           ELSE l.paid_minor END) AS credit,
                  (SELECT string_agg(i.number, '、' ORDER BY t.position)
                   FROM online_payment_part t JOIN invoice i ON i.id = t.invoice_id
                   WHERE t.online_payment_id = p.id) AS numbers
           FROM stripe_explanation x JOIN stripe_line l ON l.id = x.stripe_line_id
           JOIN organisation u ON u.id = x.books_unit_id
           LEFT JOIN online_payment p ON p.id = x.online_payment_id
           LEFT JOIN account_kind k ON k.kind = x.belongs_to
           WHERE x.id = $1""",
        explanation_id,
    )
    found = facts(record)
    credit, currency = found["credit"], found["credit_currency"]
    if not isinstance(credit, int) or not isinstance(currency, str):
        return found
    return {**found, "credit": f"{amounts.printed(credit, currency)} {currency}"}


async def about_stripe_explanation_undo(conn: Connection, undo_id: UUID) -> Facts:
    """With all that is told of its explanation; ``reason`` is why that was wrong."""
    record = await conn.fetchrow(
        """SELECT explanation_id, proposed_by, reason, note FROM stripe_explanation_undo
           WHERE id = $1""",
        undo_id,
    )
    found = facts(record)
    explanation_id = found["explanation_id"]
    assert isinstance(explanation_id, UUID), "each is of one"
    return {**await about_stripe_explanation(conn, explanation_id), **found}


async def about_payout(conn: Connection, payout_id: UUID) -> Facts:
    """``is_sent`` to the unit's bank, or ``is_taken`` from it."""
    record = await conn.fetchrow(
        """SELECT books_unit_id, abs(amount_minor) AS amount_minor, currency,
                  amount_minor > 0 AS is_sent, amount_minor < 0 AS is_taken
           FROM payout WHERE id = $1""",
        payout_id,
    )
    return facts(record)
