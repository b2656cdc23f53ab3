"""Invoices that were written off: the loss, what it was of, and its recovery."""

from typing import Final

from market.auditor.model import Check

CHECKS: Final = (
    Check(
        "I11",
        "坏账核销与转回按其金额入账，且在其日期",
        "a write-off and its recovery are posted as they say, each on its day",
        """SELECT 'write_off', w.id::text, 'of ' || w.amount_minor || ' is ' || w.state
                  || ', posted ' || p.lost || ' on ' || coalesce(p.lost_on::text, 'no day')
                  || ', taken back ' || p.back || ' on ' || coalesce(p.back_on::text, 'no day')
           FROM write_off w JOIN invoice i ON i.id = w.invoice_id
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(t.amount_minor) FILTER (WHERE q.cause = 'write_off:' || w.id
                          AND d.kind = 'write_off' AND k.kind = 'receivable'
                          AND k.subject = i.buyer_id), 0) AS lost,
                      coalesce(sum(t.amount_minor) FILTER (
                          WHERE q.cause = 'write_off_recovered:' || w.id
                          AND k.kind = 'write_off' AND d.kind = 'receivable'
                          AND d.subject = i.buyer_id), 0) AS back,
                      min(q.effective_on) FILTER (WHERE q.cause = 'write_off:' || w.id) AS lost_on,
                      min(q.effective_on) FILTER (
                          WHERE q.cause = 'write_off_recovered:' || w.id) AS back_on
               FROM posting q JOIN transfer t ON t.posting_id = q.id
               JOIN account d ON d.id = t.debit_account JOIN account k ON k.id = t.credit_account
               WHERE q.cause IN ('write_off:' || w.id, 'write_off_recovered:' || w.id)) AS p
           WHERE (p.lost, p.back, p.lost_on, p.back_on) IS DISTINCT FROM (
               CASE WHEN w.state IN ('approved', 'recovered') THEN w.amount_minor ELSE 0 END,
               CASE w.state WHEN 'recovered' THEN w.amount_minor ELSE 0 END,
               w.written_off_on, w.recovered_on)""",
    ),
    Check(
        "I11",
        "拒付欠款的核销与转回按其金额从待查款转入坏账损失、再转回，且在其日期，并计入该拒付的抵补",
        "a chargeback's write-off and its recovery are posted out of suspense as they say, each on "
        "its day, and count among what came out of it",
        """SELECT 'chargeback_write_off', w.id::text, 'of ' || w.amount_minor || ' is ' || w.state
                  || ', posted ' || p.lost || ' on ' || coalesce(p.lost_on::text, 'no day')
                  || ', taken back ' || p.back || ' on ' || coalesce(p.back_on::text, 'no day')
                  || ', counted ' || r.lost || ' and ' || r.back
           FROM chargeback_write_off w JOIN chargeback c ON c.id = w.chargeback_id
           CROSS JOIN LATERAL (
               SELECT CASE WHEN c.online_payment_id IS NULL THEN c.held_currency
                           ELSE c.currency END AS currency) AS s
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(t.amount_minor) FILTER (
                          WHERE q.cause = 'chargeback_write_off:' || w.id
                          AND (d.kind, k.kind) = ('write_off', 'suspense')), 0) AS lost,
                      coalesce(sum(t.amount_minor) FILTER (
                          WHERE q.cause = 'chargeback_write_off_recovered:' || w.id
                          AND (d.kind, k.kind) = ('suspense', 'write_off')), 0) AS back,
                      min(q.effective_on) FILTER (
                          WHERE q.cause = 'chargeback_write_off:' || w.id) AS lost_on,
                      min(q.effective_on) FILTER (
                          WHERE q.cause = 'chargeback_write_off_recovered:' || w.id) AS back_on
               FROM posting q JOIN transfer t ON t.posting_id = q.id
               JOIN account d ON d.id = t.debit_account JOIN account k ON k.id = t.credit_account
               WHERE q.books = c.books_unit_id AND d.currency = s.currency
                 AND q.cause IN ('chargeback_write_off:' || w.id,
                                 'chargeback_write_off_recovered:' || w.id)) AS p
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(amount_minor) FILTER (
                          WHERE amount_minor > 0 AND recovered_on = w.written_off_on), 0) AS lost,
                      coalesce(-sum(amount_minor) FILTER (
                          WHERE amount_minor < 0 AND recovered_on = w.recovered_on), 0) AS back
               FROM chargeback_recovery
               WHERE (chargeback_id, write_off_id) = (w.chargeback_id, w.id)) AS r
           CROSS JOIN LATERAL (
               SELECT CASE WHEN w.state IN ('approved', 'recovered') THEN w.amount_minor ELSE 0 END
                          AS lost,
                      CASE w.state WHEN 'recovered' THEN w.amount_minor ELSE 0 END AS back) AS due
           WHERE (w.books_unit_id, w.currency) <> (c.books_unit_id, s.currency)
              OR (p.lost, p.back, p.lost_on, p.back_on, r.lost, r.back) IS DISTINCT FROM
                 (due.lost, due.back, w.written_off_on, w.recovered_on, due.lost, due.back)""",
    ),
    Check(
        "I9",
        "拒付欠款的核销由申请人以外的人审批",
        "a chargeback's write-off was decided by another person than proposed it",
        """SELECT 'chargeback_write_off', id::text, state || ' by ' || decided_by
           FROM chargeback_write_off WHERE decided_by = proposed_by""",
    ),
    Check(
        "I11",
        "坏账请款单恰有一笔有效核销，金额等于其未收部分",
        "an uncollectible invoice has one write-off that stands, of what is open; another has none",
        """SELECT 'invoice', i.id::text, 'is ' || i.state || ' with ' || i.amount_minor
                  - i.paid_minor - i.offset_minor || ' open, written off ' || coalesce(w.amount, 0)
           FROM invoice i
           LEFT JOIN (SELECT invoice_id, sum(amount_minor) AS amount FROM write_off
                      WHERE state = 'approved' GROUP BY invoice_id) AS w ON w.invoice_id = i.id
           WHERE coalesce(w.amount, 0) <> CASE i.state WHEN 'uncollectible'
               THEN i.amount_minor - i.paid_minor - i.offset_minor ELSE 0 END""",
    ),
    Check(
        "I11",
        "坏账核销的是已验收的工作：一份合同核销的合计不超过其已验收里程碑未冲减的价款，"
        "每个里程碑容许一分及其税额的尾差",
        "what is written off of a contract is at most what its accepted milestones cost, but for "
        "a unit of money and the VAT on it for each milestone, by which parts are rounded",
        """SELECT 'contract', l.contract_id::text, 'written off ' || l.amount || ', accepted '
                  || coalesce(m.price, 0)
           FROM (SELECT i.contract_id, sum(w.amount_minor) AS amount
                 FROM write_off w JOIN invoice i ON i.id = w.invoice_id
                 WHERE w.state = 'approved' GROUP BY 1) AS l
           LEFT JOIN (SELECT contract_id, count(*) AS milestones,
                             sum(price_minor - credited_net_minor - credited_owner_minor)
                                 FILTER (WHERE state = 'accepted') AS price
                      FROM milestone GROUP BY 1) AS m ON m.contract_id = l.contract_id
           WHERE l.amount > coalesce(m.price, 0) + 2 * coalesce(m.milestones, 0)""",
    ),
    Check(
        "I9",
        "坏账的核销不早于到期之后，转回由其收款引起",
        "an invoice was late when it was written off, and a recovery names what moved its money",
        """SELECT 'write_off', w.id::text, 'on ' || w.written_off_on || ' of an invoice due on '
                  || i.due_on || ', recovered by ' || coalesce(w.recovery_cause, 'nothing')
           FROM write_off w JOIN invoice i ON i.id = w.invoice_id
           WHERE w.written_off_on <= i.due_on
              OR (w.state = 'recovered' AND NOT EXISTS (
                  SELECT FROM receipt r WHERE r.invoice_id = w.invoice_id
                    AND r.cause = w.recovery_cause AND r.id > w.id))""",
    ),
)
