"""What letters say of online payments and of Stripe's balance."""

from __future__ import annotations

from uuid import UUID

from market.base import amounts
from market.base.db import Connection
from market.money.payments.stripe_explanations import places
from market.money.payments.stripe_explanations.model import BelongsTo
from market.notifications import chargeback_facts, line_facts
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


async def about_stripe_explanation(conn: Connection, explanation_id: UUID) -> Facts:
    """``place``: where it belongs, in words; ``is_by_person``: a leader decides, no rule.

    ``is_owed_again``: invoices are open again once it is approved; else it ``is_done`` then.
    ``about``: the payment or the refund that it names. ``credit``: what it takes off its payer's
    credit, or gives back to it, in his currency, beside what invoices are owed again for; of a
    charge past the market as it is posted, for another rate may have moved more of the balance.
    ``again``, in the same currency: for how much invoices are owed again, or, once it is undone,
    are paid again. Undone it ``took_credit``, which is back; or of one that invoices were owed
    again for all of it ``pays_again``, or it ``pays_in_part``, and the rest is credit, which it
    came off or which its invoices no longer take; or it ``pays_nothing``, and all of it is credit.
    """
    record = await conn.fetchrow(
        """SELECT x.id AS explanation_id, x.stripe_line_id AS line_id, x.books_unit_id,
                  x.proposed_by, x.reason, x.note, x.amount_minor, x.currency,
                  l.category, l.balance_transaction_id AS line, x.belongs_to,
                  x.belongs_to <> 'rule' AS is_by_person,
                  x.belongs_to = 'receivable' AS is_owed_again,
                  x.belongs_to <> 'receivable' AS is_done,
                  coalesce(p.buyer_id, x.organisation_id) AS buyer_id,
                  x.online_payment_id, r.number AS refund, b.name_zh AS buyer_zh,
                  b.name_en AS buyer_en,
                  x.organisation_id IS NOT NULL AND l.category = 'charge' AS is_past_us,
                  x.organisation_id IS NOT NULL AND l.category <> 'charge'
                      AND x.amount_minor < 0 AS goes_past_us,
                  x.organisation_id IS NOT NULL AND l.category <> 'charge'
                      AND x.amount_minor > 0 AS returns_past_us,
                  x.organisation_id IS NOT NULL AND x.amount_minor > 0 AS gave_past_us,
                  u.name_zh AS unit_zh, u.name_en AS unit_en,
                  m.credit > 0 AND l.amount_minor < 0 AND l.category = 'refund' AS takes_credit,
                  m.credit > 0 AND l.amount_minor < 0 AND l.category <> 'refund' AS never_came,
                  m.credit > 0 AND l.amount_minor < 0 AND x.belongs_to <> 'receivable'
                      AS took_credit,
                  x.belongs_to = 'receivable' AND m.credit = 0 AS pays_again,
                  x.belongs_to = 'receivable' AND m.credit > 0 AND m.again > 0 AS pays_in_part,
                  x.belongs_to = 'receivable' AND m.again = 0 AS pays_nothing,
                  p.id IS NOT NULL AND l.amount_minor > 0 AS gives_credit,
                  CASE WHEN x.organisation_id IS NULL THEN p.currency ELSE l.currency END
                      AS credit_currency,
                  coalesce(m.credit, g.credit, abs(x.amount_minor)) AS credit, m.again,
                  (SELECT string_agg(i.number, '、' ORDER BY t.position)
                   FROM online_payment_part t JOIN invoice i ON i.id = t.invoice_id
                   WHERE t.online_payment_id = p.id) AS numbers
           FROM stripe_explanation x JOIN stripe_line l ON l.id = x.stripe_line_id
           JOIN organisation u ON u.id = x.books_unit_id
           LEFT JOIN online_payment p ON p.id = x.online_payment_id
           LEFT JOIN refund r ON r.id = x.refund_id
           LEFT JOIN organisation b
               ON b.id = coalesce(p.buyer_id, r.organisation_id, x.organisation_id)
           LEFT JOIN LATERAL (
               SELECT o.again, abs(CASE WHEN l.currency = p.currency THEN l.amount_minor
                                        ELSE l.paid_minor END) - o.again AS credit
               FROM (SELECT coalesce(abs(sum(c.amount_minor)), 0)::bigint AS again
                     FROM online_payment_part t JOIN receipt c ON c.invoice_id = t.invoice_id
                     WHERE t.online_payment_id = p.id AND x.belongs_to = 'receivable'
                       AND c.cause = CASE x.state
                           WHEN 'undone' THEN 'stripe_explanation_undone:' || x.id
                           ELSE l.cause END) AS o) AS m ON p.id IS NOT NULL
           LEFT JOIN LATERAL (
               SELECT abs(sum(CASE a.id WHEN t.credit_account THEN t.amount_minor
                                        ELSE -t.amount_minor END))::bigint AS credit
               FROM posting q JOIN transfer t ON t.posting_id = q.id
               JOIN account a ON a.id IN (t.debit_account, t.credit_account)
                   AND (a.kind, a.subject) = ('customer_credit', x.organisation_id)
               WHERE q.cause = CASE x.state WHEN 'undone' THEN 'stripe_explanation_undone:' || x.id
                                            ELSE l.cause END) AS g ON true
           WHERE x.id = $1""",
        explanation_id,
    )
    of = facts(record)
    place = places.WORDS[BelongsTo(str(of["belongs_to"]))]
    found = {**of, "about": line_facts.named_by(of), "place": place}
    currency = found["credit_currency"]
    if not isinstance(currency, str):
        return found
    moved = {name: found[name] for name in ("credit", "again")}
    told = {
        name: f"{amounts.printed(minor, currency)} {currency}"
        for name, minor in moved.items()
        if isinstance(minor, int)
    }
    return {**found, **told}


async def about_stripe_explanation_undo(conn: Connection, undo_id: UUID) -> Facts:
    """With all that is told of its explanation; ``reason`` is why that was wrong.

    ``places``: what may be said of its line, once it is undone.
    """
    record = await conn.fetchrow(
        """SELECT id AS undo_id, explanation_id, proposed_by, reason, note
           FROM stripe_explanation_undo WHERE id = $1""",
        undo_id,
    )
    found = facts(record)
    explanation_id = found["explanation_id"]
    assert isinstance(explanation_id, UUID), "each is of one"
    told = await about_stripe_explanation(conn, explanation_id)
    line_id = told["line_id"]
    assert isinstance(line_id, UUID), "it explains one"
    return {**told, **found, "places": await line_facts.places_of(conn, line_id)}


async def about_payout(conn: Connection, payout_id: UUID) -> Facts:
    """``is_sent`` to the unit's bank, or ``is_taken`` from it."""
    record = await conn.fetchrow(
        """SELECT books_unit_id, abs(amount_minor) AS amount_minor, currency,
                  amount_minor > 0 AS is_sent, amount_minor < 0 AS is_taken
           FROM payout WHERE id = $1""",
        payout_id,
    )
    return facts(record)
