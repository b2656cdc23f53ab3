"""Invoices, their tax points, and what was applied to them."""

from typing import Final

from market.auditor.model import Check

CHECKS: Final = (
    Check(
        "I7",
        "请款单各行合计等于请款单（净额、税额）",
        "an invoice's lines sum to its net and VAT",
        """SELECT 'invoice', i.id::text, 'lines ' || coalesce(sum(l.net_minor), 0) || '/'
                  || coalesce(sum(l.vat_minor), 0) || ', invoice ' || i.net_minor + i.owner_minor
                  || '/' || i.vat_minor
           FROM invoice i LEFT JOIN invoice_line l ON l.invoice_id = i.id
           GROUP BY i.id
           HAVING (coalesce(sum(l.net_minor), 0), coalesce(sum(l.vat_minor), 0))
                  <> (i.net_minor + i.owner_minor, i.vat_minor)""",
    ),
    Check(
        "I7",
        "请款单与其付款期次一致",
        "an invoice is its instalment, to the fen",
        """SELECT 'invoice', i.id::text, 'invoice ' || i.amount_minor || '/' || i.net_minor || '/'
                  || i.vat_minor || ', instalment ' || n.amount_minor || '/' || n.net_minor || '/'
                  || n.vat_minor
           FROM invoice i JOIN instalment n ON n.id = i.instalment_id
           WHERE (i.amount_minor, i.net_minor, i.vat_minor, i.contract_id)
                 <> (n.amount_minor, n.net_minor, n.vat_minor, n.contract_id)""",
    ),
    Check(
        "I7",
        "请款单的双方、账套、币种与其合同一致",
        "an invoice is between its contract's parties, in its books and currency",
        """SELECT 'invoice', i.id::text, 'differs from contract ' || c.id
           FROM invoice i JOIN contract c ON c.id = i.contract_id
           WHERE (i.buyer_id, i.provider_unit_id, i.books_unit_id, i.currency, i.exempt)
                 <> (c.buyer_id, c.provider_unit_id, c.books_unit_id, c.currency, c.exempt)""",
    ),
    Check(
        "I6",
        "请款单已收金额等于其有效分配之和",
        "what is paid of an invoice is the sum of its live allocations",
        """SELECT 'invoice', i.id::text, 'paid ' || i.paid_minor || ', allocations '
                  || coalesce(a.amount, 0)
           FROM invoice i
           LEFT JOIN (SELECT invoice_id, sum(amount_minor) AS amount FROM allocation
                      WHERE taken_back_on IS NULL GROUP BY invoice_id) AS a
               ON a.invoice_id = i.id
           WHERE i.paid_minor <> coalesce(a.amount, 0)""",
    ),
    Check(
        "I11",
        "应收账款余额等于未作废、未核销的请款单与期初未清项的未收部分",
        "a buyer's receivable is what is open of its invoices, but for those written off, and of "
        "what the books began with",
        """SELECT 'account', a.id::text, 'balance ' || f.balance || ', open '
                  || coalesce(i.open, 0) || ' and of the opening ' || coalesce(o.open, 0)
           FROM account a
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(s.amount), 0) AS balance
               FROM transfer t
               CROSS JOIN LATERAL (VALUES (CASE WHEN t.debit_account = a.id
                   THEN t.amount_minor ELSE -t.amount_minor END)) AS s (amount)
               WHERE a.id IN (t.debit_account, t.credit_account)) AS f
           LEFT JOIN (SELECT books_unit_id, buyer_id, currency,
                             sum(amount_minor - paid_minor - offset_minor) AS open
                      FROM invoice WHERE state NOT IN ('void', 'uncollectible')
                      GROUP BY 1, 2, 3) AS i
               ON (i.books_unit_id, i.buyer_id, i.currency) = (a.books, a.subject, a.currency)
           LEFT JOIN (SELECT books_unit_id, organisation_id, currency,
                             sum(amount_minor - paid_minor) AS open
                      FROM opening_item WHERE opening_balance_id IN (
                          SELECT id FROM opening_balance WHERE state = 'approved')
                      GROUP BY 1, 2, 3) AS o
               ON (o.books_unit_id, o.organisation_id, o.currency)
                   = (a.books, a.subject, a.currency)
           WHERE a.kind = 'receivable'
             AND f.balance <> coalesce(i.open, 0) + coalesce(o.open, 0)""",
    ),
    Check(
        "I7",
        "期初应收的未清项合计等于该行余额，账套与日期一致",
        "a receivable that the books began with is the sum of its items, of its books and day",
        """SELECT 'opening_balance', o.id::text, l.subject || ' says ' || l.balance_minor
                  || ', its items ' || coalesce(sum(i.amount_minor), 0)
           FROM opening_balance o
           JOIN opening_balance_line l ON l.opening_balance_id = o.id AND l.kind = 'receivable'
           LEFT JOIN opening_item i ON i.opening_balance_id = o.id
               AND (i.organisation_id, i.currency) = (l.subject, l.currency)
               AND (i.books_unit_id, i.opened_on) = (o.books, o.as_of)
           GROUP BY o.id, l.subject, l.currency, l.balance_minor
           HAVING l.balance_minor <> coalesce(sum(i.amount_minor), 0)""",
    ),
    Check(
        "I6",
        "期初未清项的已收金额等于其有效分配之和",
        "what is paid of an opening item is the sum of its live allocations",
        """SELECT 'opening_item', i.id::text, 'paid ' || i.paid_minor || ', allocations '
                  || coalesce(a.amount, 0) || ' of ' || i.amount_minor
           FROM opening_item i
           LEFT JOIN (SELECT opening_item_id, sum(amount_minor + charge_minor) AS amount
                      FROM opening_allocation
                      WHERE taken_back_on IS NULL GROUP BY opening_item_id) AS a
               ON a.opening_item_id = i.id
           WHERE i.paid_minor <> coalesce(a.amount, 0)
              OR i.paid_minor NOT BETWEEN 0 AND greatest(i.amount_minor, 0)""",
    ),
    Check(
        "I11",
        "开出的请款单按应收、合同净额、待转销项税额入账",
        "an issued invoice is posted as receivable, position and deferred VAT",
        """SELECT 'invoice', i.id::text, 'posted ' || p.receivable || '/' || p.position || '/'
                  || p.vat || ', invoice ' || i.amount_minor || '/' || i.net_minor + i.owner_minor
                  || '/' || i.vat_minor
           FROM invoice i
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(t.amount_minor) FILTER (WHERE d.kind = 'receivable'
                          AND d.subject = i.buyer_id), 0) AS receivable,
                      coalesce(sum(t.amount_minor) FILTER (WHERE k.kind = 'contract_position'
                          AND k.subject = i.contract_id), 0) AS position,
                      coalesce(sum(t.amount_minor) FILTER (WHERE k.kind = 'vat_deferred'), 0) AS vat
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account d ON d.id = t.debit_account JOIN account k ON k.id = t.credit_account
               WHERE p.cause = 'invoice_issued:' || i.id) AS p
           WHERE (p.receivable, p.position, p.vat)
                 <> (i.amount_minor, i.net_minor + i.owner_minor, i.vat_minor)""",
    ),
    Check(
        "I11",
        "作废的请款单有对应的冲回凭证，未作废的没有",
        "a void invoice is posted back, another is not",
        """SELECT 'invoice', i.id::text, 'is ' || i.state || ', posted back ' || p.amount
           FROM invoice i
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(t.amount_minor), 0) AS amount
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account k ON k.id = t.credit_account AND k.kind = 'receivable'
               WHERE p.cause = 'invoice_void:' || i.id) AS p
           WHERE p.amount <> CASE i.state WHEN 'void' THEN i.amount_minor ELSE 0 END""",
    ),
    Check(
        "I11",
        "每个纳税义务时点都按其税额与附加入账",
        "each tax point is posted with its VAT and surtax",
        """SELECT 'tax_point', x.id::text, 'posted ' || p.amount || ' and ' || p.surtax
                  || ', tax point ' || x.vat_minor || ' and ' || x.surtax_minor
           FROM tax_point x
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(CASE WHEN k.kind = 'vat_payable' THEN t.amount_minor
                                        WHEN d.kind = 'vat_payable' THEN -t.amount_minor
                                        ELSE 0 END), 0) AS amount,
                      coalesce(sum(CASE WHEN k.kind = 'surtax_payable' THEN t.amount_minor
                                        WHEN d.kind = 'surtax_payable' THEN -t.amount_minor
                                        ELSE 0 END), 0) AS surtax
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account d ON d.id = t.debit_account JOIN account k ON k.id = t.credit_account
               WHERE p.cause = 'tax_point:' || x.invoice_id || ':' || x.number) AS p
           WHERE (p.amount, p.surtax) <> (x.vat_minor, x.surtax_minor)""",
    ),
    Check(
        "I11",
        "请款单已到期税额等于其各纳税义务时点之和",
        "an invoice's VAT due is the sum of its tax points",
        """SELECT 'invoice', i.id::text, 'due ' || i.vat_due_minor || ', tax points '
                  || coalesce(x.due, 0) || ' of ' || i.vat_minor
           FROM invoice i
           LEFT JOIN (SELECT invoice_id, sum(vat_minor) AS due FROM tax_point GROUP BY invoice_id)
               AS x ON x.invoice_id = i.id
           WHERE i.vat_due_minor <> coalesce(x.due, 0)""",
    ),
    Check(
        "I14",
        "请款单号按账套和年度连续",
        "invoice numbers have no gap in a book's year",
        """SELECT 'invoice', v.id::text, v.number || ' follows serial ' || v.before
           FROM (SELECT id, number, serial, lag(serial, 1, 0::bigint) OVER (
                     PARTITION BY books_unit_id, year ORDER BY serial) AS before
                 FROM invoice) AS v
           WHERE v.serial <> v.before + 1""",
    ),
    Check(
        "I14",
        "请款单号写有年度和序号",
        "an invoice's number states its year and serial",
        """SELECT 'invoice', i.id::text, i.number || ' is serial ' || i.serial || ' of ' || i.year
           FROM invoice i
           WHERE i.number !~ ('^[A-Z]+-' || i.year || '-QK-0*' || i.serial || '$')""",
    ),
    Check(
        "I14",
        "请款单号取自编号序列，没有多出或缺少",
        "the last invoice number is the one that its series stands at",
        """SELECT 'number_series', coalesce(s.name, n.name), 'stands at ' || coalesce(s.value, 0)
                  || ', the last number is ' || coalesce(n.last, 0)
           FROM (SELECT name, value FROM number_series WHERE name LIKE 'invoice:%') AS s
           FULL JOIN (
               SELECT 'invoice:' || books_unit_id || ':' || year AS name, max(serial) AS last
               FROM invoice GROUP BY books_unit_id, year) AS n ON n.name = s.name
           WHERE s.value IS DISTINCT FROM n.last""",
    ),
)
