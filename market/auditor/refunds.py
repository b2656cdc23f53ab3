"""Refunds of customer credit: reserved, released, paid by the bank, brought back by it."""

from typing import Final

from market.auditor.model import Check

CHECKS: Final = (
    Check(
        "I5",
        "待退款余额等于该单位在途退款之和",
        "what is pending of an organisation is the sum of its refunds that are on their way",
        """SELECT 'account', a.id::text, 'balance ' || f.balance || ', refunds under way '
                  || coalesce(r.amount, 0)
           FROM account a
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(CASE WHEN t.credit_account = a.id THEN t.amount_minor
                                        ELSE -t.amount_minor END), 0) AS balance
               FROM transfer t WHERE a.id IN (t.debit_account, t.credit_account)) AS f
           LEFT JOIN (SELECT books_unit_id, organisation_id, currency, sum(amount_minor) AS amount
                      FROM refund u WHERE state IN ('proposed', 'approved', 'unknown', 'sent')
                        AND NOT EXISTS (SELECT FROM stripe_line l
                                        WHERE l.refund_id = u.id AND l.amount_minor < 0)
                      GROUP BY 1, 2, 3) AS r
               ON (r.books_unit_id, r.organisation_id, r.currency)
                   = (a.books, a.subject, a.currency)
           WHERE a.kind = 'refund_pending' AND f.balance <> coalesce(r.amount, 0)""",
    ),
    Check(
        "I11",
        "每笔退款从预存款转入待退款；撤回、驳回或失败的如数转回，其余没有",
        "a refund is posted from credit to pending, and back when it is withdrawn, rejected, fails",
        """SELECT 'refund', r.id::text, 'of ' || r.amount_minor || ', posted ' || f.intended
                  || ', back ' || f.released
           FROM refund r
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(t.amount_minor) FILTER (
                          WHERE p.cause = 'refund_intended:' || r.id
                            AND p.effective_on = r.intended_on
                            AND (d.kind, k.kind) = ('customer_credit', 'refund_pending')), 0)
                          AS intended,
                      coalesce(sum(t.amount_minor) FILTER (
                          WHERE p.cause = 'refund_released:' || r.id
                            AND p.effective_on = r.ended_on
                            AND (d.kind, k.kind) = ('refund_pending', 'customer_credit')), 0)
                          AS released
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account d ON d.id = t.debit_account JOIN account k ON k.id = t.credit_account
               WHERE p.cause IN ('refund_intended:' || r.id, 'refund_released:' || r.id)
                 AND p.books = r.books_unit_id AND d.currency = r.currency
                 AND d.subject = r.organisation_id AND k.subject = r.organisation_id) AS f
           WHERE (f.intended, f.released) <> (r.amount_minor,
                 CASE WHEN r.state IN ('withdrawn', 'rejected', 'failed') THEN r.amount_minor
                      ELSE 0 END)""",
    ),
    Check(
        "I9",
        "通过银行退回的款项，已退款的恰有一笔付出流水，退回的另有一笔收到流水",
        "a refund by bank is paid by exactly one line out, and returned by one in",
        """SELECT 'refund', r.id::text, 'is ' || r.state || ', lines out ' || m.paid || ', in '
                  || m.returned
           FROM refund r
           CROSS JOIN LATERAL (
               SELECT count(*) FILTER (WHERE amount_minor < 0) AS paid,
                      count(*) FILTER (WHERE amount_minor > 0) AS returned
               FROM match WHERE refund_id = r.id AND state IN ('matched', 'confirmed')) AS m
           WHERE r.method = 'bank' AND (m.paid, m.returned)
                 <> ((r.state IN ('paid', 'returned'))::int, (r.state = 'returned')::int)""",
    ),
    Check(
        "I8",
        "退款的匹配与退款的单位、账套、币种、金额一致",
        "a match of a refund is of its organisation, books, currency and amount",
        """SELECT 'match', m.id::text, 'of ' || m.amount_minor || ', refund of ' || r.amount_minor
           FROM match m LEFT JOIN refund r ON r.id = m.refund_id
           WHERE m.refund_id IS NOT NULL
             AND (m.rest_organisation_id, m.books_unit_id, m.currency, abs(m.amount_minor),
                  m.rest_minor) IS DISTINCT FROM (r.organisation_id, r.books_unit_id, r.currency,
                  r.amount_minor, r.amount_minor)""",
    ),
    Check(
        "I7",
        "付款清单的笔数、金额等于其上的退款",
        "a transfer list has the refunds, the sum, the books and the account that it says",
        """SELECT 'refund_list', l.id::text, l.refunds || ' of ' || l.total_minor || ', refunds '
                  || r.refunds || ' of ' || r.amount
           FROM refund_list l JOIN bank_account b ON b.id = l.bank_account_id
           CROSS JOIN LATERAL (
               SELECT count(*) AS refunds, coalesce(sum(amount_minor), 0) AS amount,
                      bool_and((books_unit_id, currency) = (l.books_unit_id, l.currency)) AS fits
               FROM refund WHERE refund_list_id = l.id) AS r
           WHERE (l.refunds, l.total_minor, l.books_unit_id, l.currency)
                 <> (r.refunds, r.amount, b.books_unit_id, b.currency) OR r.fits IS NOT true""",
    ),
    Check(
        "I14",
        "退款编号按账套和年度连续，写有年度和序号",
        "refund numbers have no gap in a book's year, and state year and serial",
        """SELECT 'refund', v.id::text, v.number || ' is serial ' || v.serial || ' after '
                  || v.before
           FROM (SELECT id, number, serial, year, intended_on, lag(serial, 1, 0::bigint) OVER (
                     PARTITION BY books_unit_id, year ORDER BY serial) AS before
                 FROM refund) AS v
           WHERE v.serial <> v.before + 1 OR v.year <> extract(year FROM v.intended_on)
              OR v.number !~ ('^[A-Z]+-' || v.year || '-TK-0*' || v.serial || '$')""",
    ),
    Check(
        "I14",
        "退款编号取自编号序列，没有多出或缺少",
        "the last refund number is the one that its series stands at",
        """SELECT 'number_series', coalesce(s.name, n.name), 'stands at ' || coalesce(s.value, 0)
                  || ', the last number is ' || coalesce(n.last, 0)
           FROM (SELECT name, value FROM number_series WHERE name LIKE 'refund:%') AS s
           FULL JOIN (
               SELECT 'refund:' || books_unit_id || ':' || year AS name, max(serial) AS last
               FROM refund GROUP BY books_unit_id, year) AS n ON n.name = s.name
           WHERE s.value IS DISTINCT FROM n.last""",
    ),
)
