"""Reminders of late invoices: each at its level and in its turn, none while it was held."""

from typing import Final

from market.auditor.model import Check

# The working days after the day that lateness is counted from, up to the day of the reminder or the
# last one announced before it, by the holidays that were announced for that day.
LATE: Final = """
    late AS (
        SELECT r.id, nullif(least(r.sent_on, (h.body->>'until')::date), r.sent_on) AS until,
               (SELECT count(*) FROM generate_series(
                    r.counted_from + 1, coalesce(r.counted_until, r.sent_on), '1 day')
                          AS on_day (at)
                      WHERE CASE WHEN extract(isodow FROM on_day.at) < 6
                                 THEN NOT h.body->'off' ? on_day.at::date::text
                                 ELSE h.body->'worked' ? on_day.at::date::text END) AS days
        FROM reminder r CROSS JOIN LATERAL (
            SELECT p.body FROM policy p
            WHERE p.name = 'working_days' AND p.state = 'approved' AND p.unit_id IS NULL
              AND p.effective_on <= r.sent_on
            ORDER BY p.effective_on DESC, p.number DESC LIMIT 1) AS h)"""

CHECKS: Final = (
    Check(
        "I9",
        "催款级别与逾期工作日相符：按节假日和所用政策版本重算一致",
        "a reminder has the level that its working days reach, counted anew by its policy",
        f"""WITH {LATE}
            SELECT 'reminder', r.id::text, r.level || ' after ' || r.late_working_days
                   || ' working days; counted ' || l.days || ', which reach '
                   || coalesce(x.level, 'no level')
            FROM reminder r JOIN late l ON l.id = r.id JOIN policy p ON p.id = r.policy_id
            LEFT JOIN LATERAL (
                SELECT v.level FROM (VALUES (1, 'friendly'), (2, 'formal'), (3, 'final'))
                    AS v (place, level)
                WHERE (p.body->>(v.level || '_working_days'))::int <= l.days
                ORDER BY v.place DESC LIMIT 1) AS x ON true
            WHERE r.late_working_days <> l.days OR r.level IS DISTINCT FROM x.level
               OR r.counted_until IS DISTINCT FROM l.until
               OR p.name <> 'reminders'""",
    ),
    Check(
        "I9",
        "催款级别逐次升高，且不早于请款单到期或开具之日",
        "the levels of an invoice rise, and lateness is counted from no earlier than it fell due",
        """SELECT 'reminder', v.id::text, v.level || ' after ' || coalesce(v.before, 'none')
                  || ', counted from ' || v.counted_from
           FROM (SELECT r.id, r.level, r.counted_from, i.due_on, i.issued_on,
                        lag(r.level) OVER (PARTITION BY r.invoice_id ORDER BY r.id) AS before
                 FROM reminder r JOIN invoice i ON i.id = r.invoice_id) AS v
           WHERE v.counted_from < greatest(v.due_on, v.issued_on)
              OR array_position(ARRAY['friendly', 'formal', 'final'], v.level)
                 <= array_position(ARRAY['friendly', 'formal', 'final'], v.before)""",
    ),
    Check(
        "I9",
        "催款时请款单尚有欠款且未暂缓，所述欠款不多于当时未付，所扣预存款不多于贷项通知所留",
        "a reminder is of money that was owed then, and was not sent while it was held",
        """SELECT 'reminder', r.id::text, 'of ' || r.open_minor || ' less ' || r.credit_minor
                  || ' when ' || f.open || ' was open and credit notes left ' || n.credit
                  || CASE WHEN h.id IS NULL THEN '' ELSE ', held by ' || h.id END
           FROM reminder r JOIN invoice i ON i.id = r.invoice_id
           CROSS JOIN LATERAL (
               SELECT i.amount_minor - coalesce(sum(g.amount_minor), 0) AS open
               FROM receipt g WHERE g.invoice_id = r.invoice_id AND g.id < r.id) AS f
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(c.amount_minor - c.offset_minor), 0) AS credit
               FROM credit_note c WHERE c.invoice_id = r.invoice_id AND c.state = 'issued') AS n
           LEFT JOIN LATERAL (
               SELECT k.id, k.until FROM reminder_hold k
               WHERE k.invoice_id = r.invoice_id AND k.id < r.id
               ORDER BY k.id DESC LIMIT 1) AS h ON h.until IS NULL OR h.until > r.sent_on
           WHERE r.open_minor NOT BETWEEN 1 AND f.open OR h.id IS NOT NULL
              OR r.credit_minor > n.credit""",
    ),
    Check(
        "I9",
        "催款函与其记录的 SHA-256 一致，记录有函的即存有函件",
        "the letter of a reminder has the hash that the reminder records, and is kept",
        """SELECT 'reminder', r.id::text, coalesce(r.letter_sha256, 'no hash') || ' is recorded, '
                  || coalesce(encode(sha256(l.pdf), 'hex'), 'no letter') || ' is kept'
           FROM reminder r LEFT JOIN reminder_letter l ON l.reminder_id = r.id
           WHERE r.letter_sha256 IS DISTINCT FROM encode(sha256(l.pdf), 'hex')""",
    ),
)
