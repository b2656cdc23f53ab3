"""Contracts: their parts, their texts, their numbers."""

from typing import Final

from market.auditor.model import Check

# The last of so many working days after a contract came in force, by the holidays announced then.
LAST_WORKING_DAY: Final = """coalesce((
    SELECT max(w.at) FROM (
        SELECT on_day.at::date AS at
        FROM generate_series(c.effective_on + 1, c.effective_on + 2 * m.due_days + 60, '1 day')
            AS on_day (at)
        WHERE CASE WHEN extract(isodow FROM on_day.at) < 6
                   THEN NOT h.body->'off' ? on_day.at::date::text
                   ELSE h.body->'worked' ? on_day.at::date::text END
        ORDER BY 1 LIMIT m.due_days) AS w), c.effective_on)"""

CHECKS: Final = (
    Check(
        "I4",
        "签署的文本与其哈希、与签署的哈希一致",
        "a text has the hash that is kept beside it and the one that was signed",
        """SELECT DISTINCT 'contract_text', t.id::text, 'body hashes to '
                  || encode(sha256(t.body), 'hex') || ', kept ' || encode(t.sha256, 'hex')
                  || ', signed ' || coalesce(encode(s.text_sha256, 'hex'), 'by nobody')
           FROM contract_text t LEFT JOIN signature s ON s.contract_id = t.contract_id
           WHERE sha256(t.body) <> t.sha256 OR sha256(t.body) <> s.text_sha256""",
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
        "签署的文本写有合同编号和总价",
        "a text states its contract's number and total",
        """SELECT 'contract_text', t.id::text, 'does not state ' || c.number || ' or '
                  || to_char(c.total_minor::numeric / 100, 'FM999,999,999,999,990.00')
           FROM contract_text t JOIN contract c ON c.id = t.contract_id
           WHERE c.currency = 'CNY' AND (strpos(convert_from(t.body, 'UTF8'), c.number) = 0
              OR (NOT c.free AND strpos(convert_from(t.body, 'UTF8'),
                  to_char(c.total_minor::numeric / 100, 'FM999,999,999,999,990.00')) = 0))""",
    ),
    Check(
        "I4",
        "签署人以本方组织授予他本人的权限签署",
        "a signature stands on an authority of its signer for its party",
        """SELECT 'signature', s.id::text, 'by ' || s.signer_id || ' on authority '
                  || s.authority_id
           FROM signature s JOIN contract c ON c.id = s.contract_id
           LEFT JOIN signing_authority a ON a.id = s.authority_id
           WHERE (a.person_id, a.organisation_id, s.organisation_id)
                 IS DISTINCT FROM (s.signer_id, s.organisation_id,
                     CASE s.party WHEN 'buyer' THEN c.buyer_id ELSE c.books_unit_id END)""",
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
        "I9",
        "按天数约定的里程碑自合同生效日起算到期，生效前没有到期日",
        "a milestone that is due in days is due so many after its contract came in force",
        f"""SELECT 'milestone', m.id::text, m.due_days || ' ' || m.due_unit || ' after '
                   || coalesce(c.effective_on::text, 'nothing') || ', due '
                   || coalesce(m.due_on::text, 'never') || ', counted '
                   || coalesce(d.due_on::text, 'never')
            FROM milestone m JOIN contract c ON c.id = m.contract_id
            LEFT JOIN LATERAL (
                SELECT p.body FROM policy p
                WHERE p.name = 'working_days' AND p.state = 'approved' AND p.unit_id IS NULL
                  AND p.effective_on <= c.effective_on
                ORDER BY p.effective_on DESC, p.number DESC LIMIT 1) AS h ON true
            CROSS JOIN LATERAL (SELECT CASE m.due_unit
                WHEN 'working_days' THEN {LAST_WORKING_DAY}
                ELSE c.effective_on + m.due_days END AS due_on) AS d
            WHERE m.due_days IS NOT NULL AND m.due_on IS DISTINCT FROM d.due_on""",
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
        """SELECT 'contract', c.id::text, 'milestones ' || coalesce(sum(m.price_minor), 0) || '/'
                  || coalesce(sum(m.net_minor), 0) || '/' || coalesce(sum(m.vat_minor), 0)
                  || ', contract ' || c.total_minor || '/' || c.net_minor || '/' || c.vat_minor
           FROM contract c LEFT JOIN milestone m ON m.contract_id = c.id
           WHERE c.number IS NOT NULL GROUP BY c.id
           HAVING (coalesce(sum(m.price_minor), 0), coalesce(sum(m.net_minor), 0),
                   coalesce(sum(m.vat_minor), 0)) <> (c.total_minor, c.net_minor, c.vat_minor)""",
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
        "I7",
        "数量行合计等于合同总价，每行等于数量乘单价",
        "quantity lines sum to the contract's total, each is quantity times price",
        """SELECT 'contract', c.id::text, 'lines '
                  || coalesce(sum(l.quantity * l.unit_price_minor), 0) || ' (kept '
                  || coalesce(sum(l.amount_minor), 0) || '), contract ' || c.total_minor
           FROM contract c LEFT JOIN quantity_line l ON l.contract_id = c.id
           WHERE c.number IS NOT NULL GROUP BY c.id
           HAVING coalesce(sum(l.quantity * l.unit_price_minor), 0) <> c.total_minor
               OR coalesce(sum(l.amount_minor), 0) <> c.total_minor""",
    ),
    Check(
        "I7",
        "权利人份额合计为百万分之百万",
        "the owners' shares of a right sum to the whole",
        """SELECT 'ip_right', r.id::text, 'shares ' || coalesce(sum(o.share_ppm), 0) || ' ppm'
           FROM ip_right r LEFT JOIN right_owner o ON o.right_id = r.id
           GROUP BY r.id HAVING coalesce(sum(o.share_ppm), 0) <> 1000000""",
    ),
    Check(
        "I9",
        "有编号的合同由三个没有起草过它的人审核通过",
        "a numbered contract was passed by three people who did not write in it",
        """SELECT 'contract', c.id::text, count(r.id) || ' passed it, '
                  || count(r.id) FILTER (WHERE d.person_id IS NOT NULL) || ' of them drafters'
           FROM contract c
           LEFT JOIN contract_review r ON r.contract_id = c.id AND r.round = c.review_round
               AND r.verdict = 'pass'
           LEFT JOIN contract_drafter d ON d.contract_id = c.id AND d.person_id = r.reviewer_id
           WHERE c.number IS NOT NULL GROUP BY c.id
           HAVING count(DISTINCT r.reviewer_id) <> 3 OR count(DISTINCT r.stage) <> 3
               OR count(d.person_id) > 0""",
    ),
    Check(
        "I9",
        "合同全部里程碑验收即完成，否则没有完成；每次验收都有验收单",
        "a contract is completed when all its milestones are accepted, each with a certificate",
        """SELECT 'contract', c.id::text, 'is ' || c.state || ', accepted '
                  || count(m.id) FILTER (WHERE m.state = 'accepted') || ' of ' || count(m.id)
                  || ' milestones, certificates ' || count(a.id)
           FROM contract c JOIN milestone m ON m.contract_id = c.id
           LEFT JOIN acceptance_certificate a ON a.milestone_id = m.id
           WHERE c.state IN ('active', 'completed') GROUP BY c.id
           HAVING (c.state = 'completed') <> bool_and(m.state = 'accepted')
               OR count(a.id) <> count(m.id) FILTER (WHERE m.state = 'accepted')""",
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
        "代理合同的佣金是总价的约定份额",
        "an agent's commission is the agreed share of the total",
        """SELECT 'contract', c.id::text, 'commission ' || c.total_minor - c.owner_minor || ' at '
                  || c.commission_ppm || ' ppm of ' || c.total_minor
           FROM contract c WHERE c.capacity = 'agent' AND c.total_minor - c.owner_minor
               <> round(c.total_minor::numeric * c.commission_ppm / 1000000)""",
    ),
    Check(
        "I11",
        "印花税按不含税的合同全价重算一致",
        "stamp duty is the policy's share of the whole price without VAT",
        """SELECT 'contract', c.id::text, 'posted ' || coalesce(p.amount, 0) || ', expected '
                  || e.amount
           FROM contract c
           CROSS JOIN LATERAL (
               SELECT round((c.total_minor - c.vat_minor)::numeric * (y.body->>'rate_ppm')::numeric
                            / 1000000)
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
        "the net price of each accepted milestone, less what was credited before, is its revenue",
        """SELECT 'milestone', m.id::text, 'net ' || m.net_minor || ', credited before '
                  || b.net || ', posted ' || coalesce(p.amount, 0)
           FROM milestone m JOIN contract c ON c.id = m.contract_id
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(r.net_minor), 0) AS net
               FROM credit_note_part r WHERE r.milestone_id = m.id AND NOT r.accepted) AS b
           LEFT JOIN LATERAL (
               SELECT sum(t.amount_minor) AS amount
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account d ON d.id = t.debit_account AND d.kind = 'contract_position'
                   AND d.subject = c.id
               JOIN account k ON k.id = t.credit_account AND k.kind = CASE c.capacity
                   WHEN 'agent' THEN 'revenue:intermediary' ELSE 'revenue:' || c.kind END
               WHERE p.cause = 'milestone_accepted:' || m.id) AS p ON true
           WHERE coalesce(p.amount, 0)
                 <> CASE m.state WHEN 'accepted' THEN m.net_minor - b.net ELSE 0 END""",
    ),
    Check(
        "I11",
        "已验收里程碑代收的款项即应付权利人款",
        "what an accepted milestone passes on, less what was credited before, is all that is owed",
        """SELECT 'milestone', m.id::text, 'passes on ' || m.owner_minor || ', posted '
                  || coalesce(p.owed, 0) || ' of ' || coalesce(p.total, 0)
           FROM milestone m
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(r.net_minor), 0) AS net, coalesce(sum(r.owner_minor), 0) AS owner
               FROM credit_note_part r WHERE r.milestone_id = m.id AND NOT r.accepted) AS b
           LEFT JOIN LATERAL (
               SELECT sum(t.amount_minor) FILTER (WHERE k.kind = 'owner_payable') AS owed,
                      sum(t.amount_minor) AS total
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account k ON k.id = t.credit_account
               WHERE p.cause = 'milestone_accepted:' || m.id) AS p ON true
           WHERE m.state = 'accepted' AND (coalesce(p.owed, 0), coalesce(p.total, 0))
                 <> (m.owner_minor - b.owner, m.net_minor + m.owner_minor - b.net - b.owner)""",
    ),
    Check(
        "I11",
        "全部验收且未开贷项通知的代理合同，各权利人应得款按其份额以最大余数法重算一致",
        "when all milestones of an agent are accepted, and none credited, each owner has his share",
        """WITH shared AS (
               SELECT c.id, coalesce(r.person_id, r.organisation_id) AS owner, r.id AS place,
                      w.whole * r.share_ppm / 1000000 AS floor,
                      w.whole * r.share_ppm % 1000000 AS rest, w.whole
               FROM contract c
               JOIN (SELECT contract_id, sum(owner_minor) AS whole FROM milestone
                     GROUP BY 1 HAVING bool_and(state = 'accepted')
                         AND sum(owner_minor) > 0 AND sum(credited_owner_minor) = 0) AS w
                   ON w.contract_id = c.id
               JOIN offering_version v ON (v.offering_id, v.number)
                   = (c.offering_id, c.offering_version)
               JOIN right_owner r ON r.right_id = v.right_id),
           owed AS (
               SELECT id, owner, floor(floor) + (row_number() OVER (PARTITION BY id
                          ORDER BY rest DESC, place) <= whole - sum(floor(floor))
                          OVER (PARTITION BY id))::int AS amount
               FROM shared),
           posted AS (
               SELECT m.contract_id AS id, k.subject AS owner, sum(t.amount_minor) AS amount
               FROM milestone m JOIN posting p ON p.cause = 'milestone_accepted:' || m.id
               JOIN transfer t ON t.posting_id = p.id
               JOIN account k ON k.id = t.credit_account AND k.kind = 'owner_payable'
               GROUP BY 1, 2)
           SELECT 'contract', o.id::text, o.owner || ' should have ' || o.amount || ', has '
                  || coalesce(p.amount, 0)
           FROM owed o LEFT JOIN posted p ON (p.id, p.owner) = (o.id, o.owner)
           WHERE o.amount <> coalesce(p.amount, 0)""",
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
    Check(
        "I14",
        "合同编号取自编号序列，没有多出或缺少",
        "the last contract number is the one that its series stands at",
        """SELECT 'number_series', coalesce(s.name, n.name), 'stands at ' || coalesce(s.value, 0)
                  || ', the last number is ' || coalesce(n.last, 0)
           FROM (SELECT name, value FROM number_series WHERE name LIKE 'contract:%') AS s
           FULL JOIN (
               SELECT 'contract:' || replace(substring(number FROM '^(.*)-[0-9]+$'), '-', ':')
                          AS name, max(substring(number FROM '[0-9]+$')::bigint) AS last
               FROM contract WHERE number IS NOT NULL GROUP BY 1) AS n ON n.name = s.name
           WHERE s.value IS DISTINCT FROM n.last""",
    ),
)
