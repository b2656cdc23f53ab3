"""Credit notes: what they take off invoices and milestones, and the red fapiao that follow."""

from typing import Final

from market.auditor.model import Check

CHECKS: Final = (
    Check(
        "I7",
        "贷项通知各行、各里程碑合计等于该通知",
        "a credit note's lines and milestones sum to it",
        """SELECT 'credit_note', n.id::text, 'lines ' || l.amount || '/' || l.vat || ', milestones '
                  || p.net || '/' || p.owner || ', note ' || n.amount_minor || '/' || n.vat_minor
                  || ', ' || n.net_minor || '/' || n.owner_minor
           FROM credit_note n
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(amount_minor), 0) AS amount, coalesce(sum(vat_minor), 0) AS vat
               FROM credit_note_line WHERE credit_note_id = n.id) AS l
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(net_minor), 0) AS net, coalesce(sum(owner_minor), 0) AS owner
               FROM credit_note_part WHERE credit_note_id = n.id) AS p
           WHERE (l.amount, l.vat, p.net, p.owner)
                 <> (n.amount_minor, n.vat_minor, n.net_minor, n.owner_minor)""",
    ),
    Check(
        "I7",
        "请款单每行的冲减税额按累计比例四舍五入，不超过该行",
        "the VAT credited of a line is its share, cumulative over its notes, and never more",
        """SELECT 'credit_note', v.id::text, 'line ' || v.position || ' credits VAT of '
                  || v.vat_minor || ', ' || v.amount || ' of ' || v.gross || ' make '
                  || v.expected || ' in all'
           FROM (SELECT n.id, l.position, l.vat_minor, g.gross, a.amount, a.vat,
                        floor((2 * i.vat_minor * a.amount + g.gross) / (2 * g.gross)) AS expected
                 FROM credit_note n JOIN credit_note_line l ON l.credit_note_id = n.id
                 JOIN invoice_line i ON (i.invoice_id, i.position) = (n.invoice_id, l.position)
                 CROSS JOIN LATERAL (SELECT i.net_minor + i.vat_minor AS gross) AS g
                 CROSS JOIN LATERAL (
                     SELECT sum(b.amount_minor) AS amount, sum(b.vat_minor) AS vat
                     FROM credit_note m JOIN credit_note_line b ON b.credit_note_id = m.id
                     WHERE (m.invoice_id, b.position) = (n.invoice_id, l.position)
                       AND m.state = 'issued' AND (m.year, m.serial) <= (n.year, n.serial)) AS a
                 WHERE n.state = 'issued') AS v
           WHERE v.vat <> v.expected OR v.amount > v.gross""",
    ),
    Check(
        "I7",
        "贷项通知冲减的是本请款单的行、本合同的里程碑",
        "a credit note is of its invoice's contract, books, currency, lines and milestones",
        """SELECT 'credit_note', n.id::text, 'differs from invoice ' || n.invoice_id
           FROM credit_note n JOIN invoice i ON i.id = n.invoice_id
           WHERE (n.contract_id, n.books_unit_id, n.currency)
                     <> (i.contract_id, i.books_unit_id, i.currency)
              OR EXISTS (SELECT FROM credit_note_line l WHERE l.credit_note_id = n.id
                  AND NOT EXISTS (SELECT FROM invoice_line v
                      WHERE (v.invoice_id, v.position) = (n.invoice_id, l.position)))
              OR EXISTS (SELECT FROM credit_note_part p JOIN milestone m ON m.id = p.milestone_id
                  WHERE p.credit_note_id = n.id AND m.contract_id <> n.contract_id)
              OR n.owner_minor <> (SELECT coalesce(sum(l.amount_minor), 0)
                  FROM credit_note_line l JOIN invoice_line v
                      ON (v.invoice_id, v.position) = (n.invoice_id, l.position)
                  WHERE l.credit_note_id = n.id AND v.rule_id = 'vat.outside.collected_for_owner')
        """,
    ),
    Check(
        "I6",
        "请款单已冲减的金额、税额和未收冲减等于其已开具贷项通知之和",
        "what is credited of an invoice is the sum of its credit notes",
        """SELECT 'invoice', i.id::text, 'credited ' || i.credited_minor || '/'
                  || i.credited_vat_minor || '/' || i.offset_minor || ', notes ' || n.amount || '/'
                  || n.vat || '/' || n.offset_by
           FROM invoice i
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(amount_minor), 0) AS amount, coalesce(sum(vat_minor), 0) AS vat,
                      coalesce(sum(offset_minor), 0) AS offset_by
               FROM credit_note WHERE invoice_id = i.id AND state = 'issued') AS n
           WHERE (i.credited_minor, i.credited_vat_minor, i.offset_minor)
                 <> (n.amount, n.vat, n.offset_by)""",
    ),
    Check(
        "I6",
        "里程碑已冲减的金额等于其已开具贷项通知之和",
        "what is credited of a milestone is the sum of its parts of credit notes",
        """SELECT 'milestone', m.id::text, 'credited ' || m.credited_net_minor || '/'
                  || m.credited_owner_minor || ', notes ' || p.net || '/' || p.owner
           FROM milestone m
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(r.net_minor), 0) AS net, coalesce(sum(r.owner_minor), 0) AS owner
               FROM credit_note_part r JOIN credit_note n ON n.id = r.credit_note_id
               WHERE r.milestone_id = m.id AND n.state = 'issued') AS p
           WHERE (m.credited_net_minor, m.credited_owner_minor) <> (p.net, p.owner)""",
    ),
    Check(
        "I11",
        "贷项通知按开具当时里程碑是否已验收冲减收入或合同净额",
        "a credit note found its milestones accepted exactly when they had been",
        """SELECT 'credit_note', n.id::text, 'milestone ' || p.milestone_id || ' was '
                  || CASE WHEN a.id IS NULL THEN 'not ' ELSE '' END || 'accepted, the note says '
                  || coalesce(p.accepted::text, 'nothing')
           FROM credit_note n JOIN credit_note_part p ON p.credit_note_id = n.id
           LEFT JOIN event e ON e.subject_id = n.id AND e.name = 'credit_note.issued'
           LEFT JOIN event a ON a.subject_id = p.milestone_id AND a.name = 'milestone.accepted'
               AND a.id < e.id
           WHERE p.accepted IS DISTINCT FROM
               CASE n.state WHEN 'issued' THEN a.id IS NOT NULL END""",
    ),
    Check(
        "I11",
        "贷项通知按冲减的收入、合同净额、应付权利人款、待转销项税额与应收、客户预存款入账",
        "a credit note is posted as it says: what each side loses, what is open, what was paid",
        """SELECT 'credit_note', n.id::text, 'posted vat ' || f.vat || ', position ' || f.position
                  || ', revenue ' || f.revenue || ', owners ' || f.owners || '; receivable '
                  || f.receivable || ', credit ' || f.credit || ' of ' || f.amount
           FROM credit_note n JOIN invoice i ON i.id = n.invoice_id
           JOIN contract c ON c.id = n.contract_id
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(net_minor) FILTER (WHERE accepted), 0) AS revenue,
                      coalesce(sum(owner_minor) FILTER (WHERE accepted), 0) AS owners,
                      coalesce(sum(net_minor + owner_minor) FILTER (WHERE NOT accepted), 0)
                          AS position
               FROM credit_note_part WHERE credit_note_id = n.id) AS e
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(t.amount_minor), 0) AS amount,
                      coalesce(sum(t.amount_minor) FILTER (WHERE d.kind = 'vat_deferred'), 0)
                          AS vat,
                      coalesce(sum(t.amount_minor) FILTER (WHERE d.kind = 'contract_position'
                          AND d.subject = n.contract_id), 0) AS position,
                      coalesce(sum(t.amount_minor) FILTER (WHERE d.kind = CASE c.capacity
                          WHEN 'agent' THEN 'revenue:intermediary' ELSE 'revenue:' || c.kind END),
                          0) AS revenue,
                      coalesce(sum(t.amount_minor) FILTER (WHERE d.kind = 'owner_payable'), 0)
                          AS owners,
                      coalesce(sum(t.amount_minor) FILTER (WHERE k.kind = 'receivable'
                          AND k.subject = i.buyer_id), 0) AS receivable,
                      coalesce(sum(t.amount_minor) FILTER (WHERE k.kind = 'customer_credit'
                          AND k.subject = i.buyer_id), 0) AS credit
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account d ON d.id = t.debit_account JOIN account k ON k.id = t.credit_account
               WHERE p.cause = 'credit_note:' || n.id AND p.books = n.books_unit_id
                 AND p.effective_on = n.issued_on) AS f
           WHERE n.state = 'issued'
             AND (f.amount, f.vat, f.position, f.revenue, f.owners, f.receivable, f.credit)
                 <> (n.amount_minor, n.vat_minor, e.position, e.revenue, e.owners, n.offset_minor,
                     n.amount_minor - n.offset_minor)""",
    ),
    Check(
        "I9",
        "已开具发票的请款单，其后每张贷项通知都有一张金额相符的红字发票申请",
        "each credit note on an invoice whose fapiao was out has a red fapiao of its amount",
        """SELECT 'credit_note', n.id::text, 'its fapiao was '
                  || CASE WHEN f.id IS NULL THEN 'not ' ELSE '' END || 'issued, red fapiao of '
                  || coalesce(r.amount_minor::text, 'nothing')
           FROM credit_note n
           LEFT JOIN event e ON e.subject_id = n.id AND e.name = 'credit_note.issued'
           LEFT JOIN LATERAL (
               SELECT a.id FROM fapiao a JOIN event i ON i.subject_id = a.id
               WHERE a.invoice_id = n.invoice_id AND i.name = 'fapiao.issued' AND i.id < e.id
                 AND NOT EXISTS (SELECT FROM event v WHERE v.subject_id = a.id
                                 AND v.name = 'fapiao.reversed' AND v.id < e.id)) AS f ON true
           LEFT JOIN red_fapiao r ON r.credit_note_id = n.id
           WHERE (r.id IS NULL) <> (f.id IS NULL)
              OR (r.fapiao_id, r.amount_minor, r.vat_minor, r.currency)
                 <> (f.id, n.amount_minor, n.vat_minor, n.currency)""",
    ),
    Check(
        "I9",
        "有待登记红字发票的发票为待红冲，全额冲减并登记完毕的为已红冲",
        "a fapiao waits while a red one does, and is reversed with the last of a whole credit",
        """SELECT 'fapiao', f.id::text, 'is ' || f.state || ', red fapiao waiting ' || r.waiting
                  || ' of ' || r.red || ', its invoice has ' || i.amount_minor - i.credited_minor
                  || ' left'
           FROM fapiao f JOIN invoice i ON i.id = f.invoice_id
           CROSS JOIN LATERAL (
               SELECT count(*) FILTER (WHERE state = 'requested') AS waiting, count(*) AS red
               FROM red_fapiao WHERE fapiao_id = f.id) AS r
           WHERE (f.state = 'red_requested') <> (r.waiting > 0)
              OR (f.state = 'reversed') <> (r.red > 0 AND r.waiting = 0
                  AND i.credited_minor = i.amount_minor)""",
    ),
    Check(
        "I14",
        "贷项通知编号按账套和年度连续",
        "credit note numbers have no gap in a book's year",
        """SELECT 'credit_note', v.id::text, v.number || ' follows serial ' || v.before
           FROM (SELECT id, number, serial, lag(serial, 1, 0::bigint) OVER (
                     PARTITION BY books_unit_id, year ORDER BY serial) AS before
                 FROM credit_note WHERE number IS NOT NULL) AS v
           WHERE v.serial <> v.before + 1""",
    ),
    Check(
        "I14",
        "贷项通知编号写有年度和序号",
        "a credit note's number states its year and serial",
        """SELECT 'credit_note', n.id::text, n.number || ' is serial ' || n.serial || ' of '
                  || n.year
           FROM credit_note n
           WHERE n.number !~ ('^[A-Z]+-' || n.year || '-DX-0*' || n.serial || '$')
              OR n.year <> extract(year FROM n.issued_on)""",
    ),
    Check(
        "I14",
        "贷项通知编号取自编号序列，没有多出或缺少",
        "the last credit note number is the one that its series stands at",
        """SELECT 'number_series', coalesce(s.name, n.name), 'stands at ' || coalesce(s.value, 0)
                  || ', the last number is ' || coalesce(n.last, 0)
           FROM (SELECT name, value FROM number_series WHERE name LIKE 'credit_note:%') AS s
           FULL JOIN (
               SELECT 'credit_note:' || books_unit_id || ':' || year AS name, max(serial) AS last
               FROM credit_note WHERE number IS NOT NULL
               GROUP BY books_unit_id, year) AS n ON n.name = s.name
           WHERE s.value IS DISTINCT FROM n.last""",
    ),
)
