"""Invoices, their tax points, and what the bank says was paid."""

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
        "每个纳税义务时点都按其税额入账",
        "each tax point is posted with its VAT",
        """SELECT 'tax_point', x.id::text, 'posted ' || p.amount || ', tax point ' || x.vat_minor
           FROM tax_point x
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(CASE WHEN k.kind = 'vat_payable' THEN t.amount_minor
                                        WHEN d.kind = 'vat_payable' THEN -t.amount_minor
                                        ELSE 0 END), 0) AS amount
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account d ON d.id = t.debit_account JOIN account k ON k.id = t.credit_account
               WHERE p.cause = 'tax_point:' || x.invoice_id || ':' || x.number) AS p
           WHERE p.amount <> x.vat_minor""",
    ),
    Check(
        "I11",
        "请款单已到期税额等于其各纳税义务时点之和；全额收款时等于全部税额",
        "an invoice's VAT due is the sum of its tax points, and all of it once paid",
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
)
