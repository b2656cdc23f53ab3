"""Contracts: their parts, their texts, their numbers."""

from typing import Final

from market.auditor.model import Check

CHECKS: Final = (
    Check(
        "I4",
        "签署的文本与其哈希一致",
        "a signed text has the hash that was signed",
        """SELECT 'contract_text', t.id::text, 'body hashes to ' || encode(sha256(t.body), 'hex')
                  || ', kept ' || encode(t.sha256, 'hex')
           FROM contract_text t WHERE sha256(t.body) <> t.sha256""",
    ),
    Check(
        "I4",
        "签署的就是合同的文本",
        "a signature is over the contract's text",
        """SELECT 'signature', s.id::text, 'signed ' || encode(s.text_sha256, 'hex') || ', text is '
                  || coalesce(encode(sha256(t.body), 'hex'), 'missing')
           FROM signature s LEFT JOIN contract_text t ON t.contract_id = s.contract_id
           WHERE t.id IS NULL OR sha256(t.body) <> s.text_sha256""",
    ),
    Check(
        "I4",
        "生效的合同由双方不同的人签署",
        "a contract in force is signed by both parties, by two people",
        """SELECT 'contract', c.id::text, count(s.id) || ' signatures by '
                  || count(DISTINCT s.signer_id) || ' people'
           FROM contract c LEFT JOIN signature s ON s.contract_id = c.id
           WHERE c.state IN ('active', 'completed')
           GROUP BY c.id
           HAVING count(DISTINCT s.party) <> 2 OR count(DISTINCT s.signer_id) <> 2""",
    ),
    Check(
        "I7",
        "合同总价等于净额、税额与代收之和",
        "a contract's total is net + VAT + what is passed on",
        """SELECT 'contract', c.id::text,
                  c.total_minor || ' ≠ ' || c.net_minor + c.vat_minor + c.owner_minor
           FROM contract c WHERE c.total_minor <> c.net_minor + c.vat_minor + c.owner_minor""",
    ),
    Check(
        "I7",
        "里程碑合计等于合同（总价、净额、税额）",
        "milestones sum to the contract: price, net, VAT",
        """SELECT 'contract', c.id::text, 'milestones ' || sum(m.price_minor) || '/'
                  || sum(m.net_minor) || '/' || sum(m.vat_minor) || ', contract '
                  || c.total_minor || '/' || c.net_minor || '/' || c.vat_minor
           FROM contract c JOIN milestone m ON m.contract_id = c.id
           WHERE c.number IS NOT NULL GROUP BY c.id
           HAVING (sum(m.price_minor), sum(m.net_minor), sum(m.vat_minor))
                  <> (c.total_minor, c.net_minor, c.vat_minor)""",
    ),
    Check(
        "I7",
        "付款期次合计等于合同（总价、净额、税额）",
        "instalments sum to the contract: amount, net, VAT",
        """SELECT 'contract', c.id::text, 'instalments ' || coalesce(sum(i.amount_minor), 0) || '/'
                  || coalesce(sum(i.net_minor), 0) || '/' || coalesce(sum(i.vat_minor), 0)
                  || ', contract ' || c.total_minor || '/' || c.net_minor || '/' || c.vat_minor
           FROM contract c LEFT JOIN instalment i ON i.contract_id = c.id
           WHERE c.number IS NOT NULL GROUP BY c.id
           HAVING (coalesce(sum(i.amount_minor), 0), coalesce(sum(i.net_minor), 0),
                   coalesce(sum(i.vat_minor), 0)) <> (c.total_minor, c.net_minor, c.vat_minor)""",
    ),
    Check(
        "I11",
        "合同净额按税率由总价重算一致",
        "a contract's net follows from its total and rate",
        """SELECT 'contract', c.id::text, 'net ' || c.net_minor || ' at ' || c.vat_ppm
                  || ' ppm out of ' || c.total_minor - c.owner_minor
           FROM contract c
           WHERE c.net_minor <> round((c.total_minor - c.owner_minor)::numeric * 1000000
                                      / (1000000 + c.vat_ppm))""",
    ),
    Check(
        "I11",
        "印花税按净额万分之三重算一致",
        "stamp duty is the policy's share of the whole net price",
        """SELECT 'contract', c.id::text, 'posted ' || coalesce(p.amount, 0) || ', expected '
                  || e.amount
           FROM contract c
           CROSS JOIN LATERAL (
               SELECT round(c.net_minor::numeric * (y.body->>'rate_ppm')::numeric / 1000000)
                   AS amount
               FROM policy y WHERE y.name = 'stamp_duty' AND y.state = 'approved'
                 AND y.effective_on <= c.effective_on
                 AND (y.unit_id IS NULL OR y.unit_id = c.books_unit_id)
               ORDER BY y.unit_id NULLS LAST, y.effective_on DESC, y.number DESC LIMIT 1) AS e
           LEFT JOIN LATERAL (
               SELECT sum(t.amount_minor) AS amount
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account d ON d.id = t.debit_account AND d.kind = 'tax_expense'
               JOIN account k ON k.id = t.credit_account AND k.kind = 'stamp_duty_payable'
               WHERE p.cause = 'contract_signed:' || c.id) AS p ON true
           WHERE c.state IN ('active', 'completed') AND coalesce(p.amount, 0) <> e.amount""",
    ),
    Check(
        "I11",
        "已验收里程碑的净额即确认的收入",
        "the net price of each accepted milestone is the revenue that was posted",
        """SELECT 'milestone', m.id::text, 'net ' || m.net_minor || ', posted '
                  || coalesce(p.amount, 0)
           FROM milestone m JOIN contract c ON c.id = m.contract_id
           LEFT JOIN LATERAL (
               SELECT sum(t.amount_minor) AS amount
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account d ON d.id = t.debit_account AND d.kind = 'contract_position'
                   AND d.subject = c.id
               JOIN account k ON k.id = t.credit_account AND k.kind = CASE c.capacity
                   WHEN 'agent' THEN 'revenue:intermediary' ELSE 'revenue:' || c.kind END
               WHERE p.cause = 'milestone_accepted:' || m.id) AS p ON true
           WHERE coalesce(p.amount, 0)
                 <> CASE m.state WHEN 'accepted' THEN m.net_minor ELSE 0 END""",
    ),
    Check(
        "I12",
        "已完成且全部开票的合同，合同资产（负债）为零",
        "a completed, fully invoiced contract's position is zero",
        """SELECT 'contract', c.id::text, 'position ' || f.balance
           FROM contract c
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(CASE WHEN t.debit_account = a.id THEN t.amount_minor
                                        ELSE -t.amount_minor END), 0) AS balance
               FROM account a JOIN transfer t ON a.id IN (t.debit_account, t.credit_account)
               WHERE a.kind = 'contract_position' AND a.subject = c.id) AS f
           WHERE c.state = 'completed' AND f.balance <> 0 AND NOT EXISTS (
               SELECT FROM instalment i WHERE i.contract_id = c.id AND NOT EXISTS (
                   SELECT FROM invoice v WHERE v.instalment_id = i.id AND v.state <> 'void'))""",
    ),
    Check(
        "I14",
        "合同编号连续",
        "contract numbers have no gap",
        """SELECT 'contract', v.id::text, v.number || ' follows ' || v.before
           FROM (SELECT c.id, c.number, n.serial,
                        lag(n.serial, 1, 0) OVER (PARTITION BY n.series ORDER BY n.serial) AS before
                 FROM contract c
                 CROSS JOIN LATERAL (
                     SELECT substring(c.number FROM '^(.*)-[0-9]+$') AS series,
                            substring(c.number FROM '[0-9]+$')::int AS serial) AS n
                 WHERE c.number IS NOT NULL) AS v
           WHERE v.serial <> v.before + 1""",
    ),
)
