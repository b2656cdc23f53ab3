"""When VAT falls due, reckoned anew from what happened in the world."""

from typing import Final

from market.auditor.model import Check

# The VAT of each invoice by the day on which it falls due. Money counts when it is received, but
# not before the invoice nor before the first milestone has started; a fapiao or the agreed day
# brings the whole. An agreed day is reached by the daily job, which has until its end. A credit
# note takes its VAT off on its day; once receipts and credit leave nothing open, the rest is due.
REACHED: Final = """
    started AS (
        SELECT contract_id, (min(started_at) AT TIME ZONE 'Asia/Shanghai')::date AS on_day
        FROM milestone GROUP BY contract_id),
    papers AS (
        SELECT f.invoice_id, greatest(i.issued_on, min(f.issued_on)) AS on_day
        FROM fapiao f JOIN invoice i ON i.id = f.invoice_id
        WHERE f.number IS NOT NULL GROUP BY f.invoice_id, i.issued_on),
    facts AS (
        SELECT i.id, i.amount_minor, i.vat_minor, i.issued_on, s.on_day AS started_on,
               least(p.on_day, CASE
                   WHEN i.due_on < t.today OR (i.due_on = t.today
                       AND i.vat_due_minor = i.vat_minor - i.credited_vat_minor)
                   THEN greatest(i.issued_on, i.due_on) END) AS whole_on
        FROM invoice i CROSS JOIN (SELECT market_today() AS today) AS t
        LEFT JOIN started s ON s.contract_id = i.contract_id
        LEFT JOIN papers p ON p.invoice_id = i.id
        WHERE i.state <> 'void'),
    steps (id, on_day, counted, offset_by, vat) AS (
        SELECT f.id, greatest(f.issued_on, f.started_on, r.received_on), r.amount_minor, 0, 0
        FROM facts f JOIN receipt r ON r.invoice_id = f.id
        WHERE f.started_on IS NOT NULL
        UNION ALL
        SELECT f.id, greatest(f.issued_on, n.issued_on), 0, n.offset_minor, n.vat_minor
        FROM facts f JOIN credit_note n ON n.invoice_id = f.id AND n.state = 'issued'
        UNION ALL
        SELECT f.id, f.whole_on, 0, 0, 0 FROM facts f WHERE f.whole_on IS NOT NULL),
    days AS (
        SELECT id, on_day, sum(sum(counted)) OVER w AS counted,
               sum(sum(counted + offset_by)) OVER w AS settled, sum(sum(vat)) OVER w AS credited
        FROM steps GROUP BY id, on_day WINDOW w AS (PARTITION BY id ORDER BY on_day)),
    grown AS (
        SELECT d.id, d.on_day, CASE
                   WHEN f.whole_on <= d.on_day OR d.settled >= f.amount_minor
                   THEN f.vat_minor - d.credited
                   ELSE least(f.vat_minor - d.credited,
                              floor((2 * f.vat_minor * d.counted + f.amount_minor)
                                    / (2 * f.amount_minor))) END AS vat
        FROM days d JOIN facts f ON f.id = d.id),
    expected AS (
        SELECT id, on_day, vat - lag(vat, 1, 0) OVER (PARTITION BY id ORDER BY on_day) AS vat
        FROM grown),
    reached AS (
        SELECT invoice_id AS id, effective_on AS on_day, sum(vat_minor) AS vat
        FROM tax_point GROUP BY 1, 2)"""

CHECKS: Final = (
    Check(
        "I11",
        "增值税在纳税义务发生之日到期：按收款、发票、约定付款日和首个里程碑开始重算一致",
        "VAT falls due on its days: receipts, fapiao, agreed day and start of work, reckoned anew",
        f"""WITH {REACHED}
            SELECT 'invoice', coalesce(e.id, r.id)::text, 'on ' || coalesce(e.on_day, r.on_day)
                   || ' VAT of ' || coalesce(e.vat, 0) || ' falls due, tax points have '
                   || coalesce(r.vat, 0)
            FROM expected e FULL JOIN reached r ON r.id = e.id AND r.on_day = e.on_day
            WHERE coalesce(e.vat, 0) <> coalesce(r.vat, 0)
              -- What was paid before work began is counted by a job, which has until the day's end.
              AND NOT EXISTS (
                  SELECT FROM invoice i JOIN milestone m ON m.contract_id = i.contract_id
                  WHERE i.id = coalesce(e.id, r.id) AND coalesce(r.vat, 0) = 0
                  HAVING e.on_day = (min(m.started_at) AT TIME ZONE 'Asia/Shanghai')::date
                     AND e.on_day = market_today())""",
    ),
    Check(
        "I11",
        "附加税费按合同累计的到期税额和所用政策版本重算一致",
        "surtax is the policy's share of a contract's VAT, cumulative, each part to the fen",
        """SELECT 'contract', x.contract_id::text, 'version ' || p.number || ': VAT ' || x.vat_minor
                  || ' makes surtax ' || s.surtax || ', tax points have '
                  || x.surtax_minor
           FROM (SELECT contract_id, surtax_policy_id, sum(vat_minor) AS vat_minor,
                        sum(surtax_minor) AS surtax_minor
                 FROM tax_point GROUP BY 1, 2) AS x
           JOIN policy p ON p.id = x.surtax_policy_id
           CROSS JOIN LATERAL (
               SELECT sum(round(x.vat_minor * part.value::numeric / 1000000)) AS surtax
               FROM jsonb_each_text(p.body->'of_vat_ppm') AS part) AS s
           WHERE s.surtax <> x.surtax_minor""",
    ),
    Check(
        "I11",
        "纳税义务时点所用的附加税费政策在其日期有效",
        "the version of the surtax policy that a tax point names was in force on its day",
        """SELECT 'tax_point', x.id::text, 'names policy ' || x.surtax_policy_id || ', in force on '
                  || x.effective_on || ' was ' || coalesce(f.id::text, 'none')
           FROM tax_point x JOIN invoice i ON i.id = x.invoice_id
           LEFT JOIN LATERAL (
               SELECT p.id FROM policy p
               WHERE p.name = 'surtax' AND p.state = 'approved' AND p.effective_on <= x.effective_on
                 AND (p.unit_id IS NULL OR p.unit_id = i.books_unit_id)
               ORDER BY p.unit_id NULLS LAST, p.effective_on DESC, p.number DESC LIMIT 1) AS f
               ON true
           WHERE x.vat_minor > 0 AND f.id IS DISTINCT FROM x.surtax_policy_id""",
    ),
    Check(
        "I11",
        "纳税义务时点与其请款单属于同一合同",
        "a tax point is of its invoice's contract",
        """SELECT 'tax_point', x.id::text, 'of contract ' || x.contract_id || ', its invoice of '
                  || i.contract_id
           FROM tax_point x JOIN invoice i ON i.id = x.invoice_id
           WHERE x.contract_id <> i.contract_id""",
    ),
    Check(
        "I6",
        "每笔事由的收款、撤销恰由一个事件记录，方向和已收金额一致",
        "what a cause pays or takes back of an invoice is told once, with what is paid after it",
        """SELECT 'invoice', coalesce(r.id, e.id)::text, coalesce(r.cause, e.cause) || ': '
                  || coalesce(r.paid::text, 'nothing') || ' paid after it, ' || coalesce(e.times, 0)
                  || ' events say ' || coalesce(e.paid::text, 'nothing')
           FROM (SELECT DISTINCT ON (id, cause, inward) id, cause, inward, paid
                 FROM (SELECT invoice_id AS id, cause, amount_minor > 0 AS inward, id AS place,
                              sum(amount_minor) OVER (PARTITION BY invoice_id ORDER BY id) AS paid
                       FROM receipt) AS s
                 ORDER BY id, cause, inward, place DESC) AS r
           FULL JOIN (
                 SELECT subject_id AS id, changed->>'cause' AS cause,
                        name <> 'invoice.reopened' AS inward, count(*) AS times,
                        max((changed->>'paid_minor')::bigint) AS paid
                 FROM event WHERE name IN ('invoice.paid', 'invoice.part_paid', 'invoice.reopened')
                 GROUP BY 1, 2, 3) AS e
               ON e.id = r.id AND e.cause = r.cause AND e.inward = r.inward
           WHERE (e.times, e.paid) IS DISTINCT FROM (1, r.paid)""",
    ),
    Check(
        "I6",
        "请款单每日的收款等于其当日有效分配之和",
        "what came for an invoice on a day is the sum of that day's live allocations",
        """SELECT 'invoice', coalesce(r.id, a.id)::text, 'on ' || coalesce(r.on_day, a.on_day)
                  || ' receipts ' || coalesce(r.amount, 0) || ', allocations '
                  || coalesce(a.amount, 0)
           FROM (SELECT invoice_id AS id, received_on AS on_day, sum(amount_minor) AS amount
                 FROM receipt GROUP BY 1, 2) AS r
           FULL JOIN (
                 SELECT invoice_id AS id, received_on AS on_day, sum(amount_minor) AS amount
                 FROM allocation WHERE taken_back_on IS NULL GROUP BY 1, 2) AS a
               ON a.id = r.id AND a.on_day = r.on_day
           WHERE coalesce(r.amount, 0) <> coalesce(a.amount, 0)""",
    ),
    Check(
        "I6",
        "分配的日期就是流水或抵付的日期，撤销的日期就是匹配或抵付被撤销之日",
        "an allocation has the days of the bank line or the credit use that it comes from",
        """SELECT 'allocation', a.id::text, 'received on ' || a.received_on || ', it came on '
                  || coalesce(l.booked_on, u.used_on) || '; taken back on '
                  || coalesce(a.taken_back_on::text, 'no day') || ', undone on '
                  || coalesce(m.undone_on, u.undone_on)::text
           FROM allocation a
           LEFT JOIN match m ON m.id = a.match_id LEFT JOIN bank_line l ON l.id = m.bank_line_id
           LEFT JOIN credit_use u ON u.id = a.credit_use_id
           WHERE a.stripe_line_id IS NULL
             AND (a.received_on, a.taken_back_on, a.currency) IS DISTINCT FROM
                 (coalesce(l.booked_on, u.used_on), coalesce(m.undone_on, u.undone_on),
                  coalesce(l.currency, u.currency))""",
    ),
)
