"""The books: transfers, balances that are kept, vouchers, periods."""

from typing import Final

from market.auditor.model import Check

CHECKS: Final = (
    Check(
        "I1",
        "被引用的凭证都在",
        "every posting that a transfer, a balance or a voucher belongs to is there",
        """SELECT DISTINCT 'posting', w.posting_id::text, 'is missing, though a ' || w.source
                  || ' belongs to it'
           FROM (SELECT posting_id, 'transfer' AS source FROM transfer
                 UNION ALL SELECT posting_id, 'controlled_entry' FROM controlled_entry
                 UNION ALL SELECT posting_id, 'voucher' FROM voucher) AS w
           LEFT JOIN posting p ON p.id = w.posting_id WHERE p.id IS NULL""",
    ),
    Check(
        "I1",
        "每张凭证都有分录",
        "every posting has transfers",
        """SELECT 'posting', p.id::text, p.cause || ' has no transfer'
           FROM posting p
           WHERE NOT EXISTS (SELECT FROM transfer t WHERE t.posting_id = p.id)""",
    ),
    Check(
        "I1",
        "分录不跨账套，币种一致",
        "no transfer crosses books or currencies",
        """SELECT 'transfer', t.id::text,
                  d.books || '/' || d.currency || ' → ' || c.books || '/' || c.currency
           FROM transfer t JOIN posting p ON p.id = t.posting_id
           JOIN account d ON d.id = t.debit_account JOIN account c ON c.id = t.credit_account
           WHERE d.books <> p.books OR c.books <> p.books OR d.currency <> c.currency""",
    ),
    Check(
        "I1",
        "试算平衡表的借方合计等于贷方合计，且等于全部分录之和",
        "the closing trial balance balances and equals the fold of all transfers",
        """SELECT 'organisation', coalesce(s.books, f.books)::text,
                  coalesce(s.currency, f.currency) || ': debit ' || coalesce(s.debit, 0)
                  || ', credit ' || coalesce(s.credit, 0) || ', transfers '
                  || coalesce(f.total, 0)
           FROM (SELECT a.books, a.currency, sum(side.debit) AS debit, sum(side.credit) AS credit
                 FROM transfer t
                 CROSS JOIN LATERAL (VALUES (t.debit_account, t.amount_minor, 0),
                                            (t.credit_account, 0, t.amount_minor))
                     AS side (account_id, debit, credit)
                 JOIN account a ON a.id = side.account_id GROUP BY a.books, a.currency) AS s
           FULL JOIN (
                 SELECT p.books, d.currency, sum(t.amount_minor) AS total
                 FROM posting p JOIN transfer t ON t.posting_id = p.id
                 JOIN account d ON d.id = t.debit_account GROUP BY p.books, d.currency) AS f
               ON f.books = s.books AND f.currency = s.currency
           WHERE s.debit IS DISTINCT FROM s.credit OR s.debit IS DISTINCT FROM f.total""",
    ),
    Check(
        "I11",
        "有明细对象的科目，其对象存在",
        "whose an account is exists: an organisation, a person, a contract, a bank account",
        """SELECT 'account', a.id::text, a.kind || ' of ' || a.subject || ', who is not there'
           FROM account a
           LEFT JOIN organisation o ON o.id = a.subject
           WHERE a.subject IS NOT NULL AND NOT CASE
               WHEN a.kind = 'bank' THEN EXISTS (
                   SELECT FROM bank_account b
                   WHERE b.id = a.subject AND b.books_unit_id = a.books)
               WHEN a.kind = 'contract_position' THEN EXISTS (
                   SELECT FROM contract c WHERE c.id = a.subject AND c.books_unit_id = a.books)
               WHEN a.kind = 'owner_payable' THEN
                   o.id IS NOT NULL OR EXISTS (SELECT FROM person p WHERE p.id = a.subject)
               WHEN a.kind LIKE 'remuneration%' THEN
                   EXISTS (SELECT FROM person p WHERE p.id = a.subject)
               WHEN a.kind LIKE 'contribution%' THEN o.level IS NOT NULL
               ELSE o.id IS NOT NULL END""",
    ),
    Check(
        "I11",
        "没有单位对其所在账套的往来科目",
        "no account is of the unit of its books, nor was of one kept in them when it began",
        """WITH RECURSIVE begun AS (
               SELECT a.id, a.books, a.kind, a.subject,
                      (min(p.created_at) AT TIME ZONE 'Asia/Shanghai')::date AS on_day
               FROM account a JOIN transfer t ON a.id IN (t.debit_account, t.credit_account)
               JOIN posting p ON p.id = t.posting_id
               WHERE a.subject IN (SELECT id FROM organisation WHERE kind = 'unit') GROUP BY a.id),
           kept (id, unit_id) AS (
               SELECT id, subject FROM begun
               UNION ALL
               SELECT k.id, u.parent_id
               FROM kept k JOIN organisation o ON o.id = k.unit_id AND NOT o.legal_person
               JOIN begun b ON b.id = k.id JOIN unit_parent u ON u.unit_id = k.unit_id
                   AND b.on_day BETWEEN u.from_on AND coalesce(u.to_on, 'infinity'))
           SELECT 'account', b.id::text, b.kind || ' of ' || b.subject || ', whose books these are'
           FROM begun b JOIN kept k ON (k.id, k.unit_id) = (b.id, b.books)""",
    ),
    Check(
        "I2",
        "受控科目的余额等于其分录之和",
        "a kept balance equals the fold of its transfers",
        """SELECT 'controlled_balance', b.account_id::text,
                  a.kind || ': kept ' || b.balance_minor || ', transfers ' || f.folded
           FROM controlled_balance b JOIN account a ON a.id = b.account_id
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(CASE WHEN t.credit_account = a.id THEN t.amount_minor
                                        ELSE -t.amount_minor END), 0) AS folded
               FROM transfer t WHERE a.id IN (t.credit_account, t.debit_account)) AS f
           WHERE b.balance_minor <> f.folded""",
    ),
    Check(
        "I2",
        "受控科目的余额等于其最后一版",
        "a kept balance equals its last version",
        """SELECT 'controlled_balance', b.account_id::text,
                  'version ' || b.version || ' with ' || b.balance_minor
                  || ', entries end with version ' || coalesce(e.version, 0)
                  || ' and ' || coalesce(e.balance_minor, 0)
           FROM controlled_balance b
           LEFT JOIN LATERAL (
               SELECT e.version, e.balance_minor FROM controlled_entry e
               WHERE e.account_id = b.account_id ORDER BY e.version DESC LIMIT 1) AS e ON true
           WHERE (b.version, b.balance_minor)
                 <> (coalesce(e.version, 0), coalesce(e.balance_minor, 0))""",
    ),
    Check(
        "I2",
        "按日汇总的发生额等于已汇总的分录之和",
        "what is folded of an account's days is the sum of the transfers that are folded",
        """SELECT 'account_day', coalesce(d.account_id, f.account_id) || '/'
                  || coalesce(d.period, f.period) || '/'
                  || coalesce(d.effective_on, f.effective_on),
                  'folded ' || coalesce(d.debit_minor, 0) || ' and ' || coalesce(d.credit_minor, 0)
                  || ', transfers ' || coalesce(f.debit, 0) || ' and ' || coalesce(f.credit, 0)
           FROM account_day d
           FULL JOIN (
               SELECT side.account_id, p.period, p.effective_on, sum(side.debit) AS debit,
                      sum(side.credit) AS credit
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               CROSS JOIN LATERAL (VALUES (t.debit_account, t.amount_minor, 0),
                                          (t.credit_account, 0, t.amount_minor))
                   AS side (account_id, debit, credit)
               WHERE (p.epoch, p.xid) <= (SELECT t.epoch, t.xid FROM tally_fold t)
               GROUP BY side.account_id, p.period, p.effective_on) AS f
               ON (f.account_id, f.period, f.effective_on)
                  = (d.account_id, d.period, d.effective_on)
           WHERE (d.debit_minor, d.credit_minor) IS DISTINCT FROM (f.debit, f.credit)""",
    ),
    Check(
        "I2",
        "汇总的进度有且只有一处",
        "it is known up to where transfers are folded",
        """SELECT 'tally_fold', 'true', 'is missing' WHERE NOT EXISTS (SELECT FROM tally_fold)""",
    ),
    Check(
        "I2",
        "每个受控科目都有余额行",
        "every controlled account keeps a balance",
        """SELECT 'account', a.id::text, a.kind || ' keeps no balance'
           FROM account a LEFT JOIN controlled_balance b ON b.account_id = a.id
           WHERE a.controlled AND b.account_id IS NULL""",
    ),
    Check(
        "I3",
        "受控科目的每一版都由上一版加分录得出，且不为负",
        "each version of a controlled account follows from the one before and is never below zero",
        """SELECT 'controlled_entry', v.account_id || '/' || v.version,
                  'balance ' || v.balance_minor || ', expected ' || v.before + v.change
           FROM (
               SELECT e.account_id, e.version, e.balance_minor,
                      lag(e.balance_minor, 1, 0::bigint) OVER w AS before,
                      lag(e.version, 1, 0) OVER w AS version_before,
                      (SELECT coalesce(sum(CASE WHEN t.credit_account = e.account_id
                                           THEN t.amount_minor ELSE -t.amount_minor END), 0)
                       FROM transfer t WHERE t.posting_id = e.posting_id
                         AND e.account_id IN (t.credit_account, t.debit_account)) AS change
               FROM controlled_entry e WINDOW w AS (PARTITION BY e.account_id ORDER BY e.version)
           ) AS v
           WHERE v.balance_minor < 0 OR v.balance_minor <> v.before + v.change
              OR v.version <> v.version_before + 1""",
    ),
    Check(
        "I14",
        "凭证号按账套和月份连续",
        "voucher numbers have no gap in a book's month",
        """SELECT 'voucher', v.books || '/' || v.month || '/' || v.number,
                  'follows number ' || v.before
           FROM (SELECT books, month, number, lag(number, 1, 0) OVER w AS before FROM voucher
                 WINDOW w AS (PARTITION BY books, month ORDER BY number)) AS v
           WHERE v.number <> v.before + 1""",
    ),
    Check(
        "I14",
        "凭证号的先后就是提交的先后",
        "voucher numbers follow the order of commits",
        """SELECT 'voucher', v.books || '/' || v.month || '/' || v.number,
                  'posting ' || v.posting_id || ' was committed before the one numbered before it'
           FROM (SELECT w.books, w.month, w.number, w.posting_id, p.epoch, p.xid,
                        lag(p.epoch) OVER o AS epoch_before, lag(p.xid) OVER o AS xid_before,
                        lag(p.id) OVER o AS before
                 FROM voucher w JOIN posting p ON p.id = w.posting_id
                 WINDOW o AS (PARTITION BY w.books, w.month ORDER BY w.number)) AS v
           WHERE (v.epoch_before, v.xid_before, v.before) > (v.epoch, v.xid, v.posting_id)""",
    ),
    Check(
        "I14",
        "凭证号属于其凭证所在的账套和月份",
        "a voucher lies in its posting's books and month",
        """SELECT 'voucher', v.books || '/' || v.month || '/' || v.number,
                  'posting ' || v.posting_id || ' is of ' || coalesce(p.books || ' ' || p.period,
                  'nobody: it is missing')
           FROM voucher v LEFT JOIN posting p ON p.id = v.posting_id
           WHERE p.id IS NULL OR (p.books, p.period) <> (v.books, v.month)""",
    ),
    Check(
        "I14",
        "凭证号按提交的先后给出，不漏",
        "no posting is left without a voucher once a later one has its",
        """SELECT 'posting', p.id::text, p.cause || ' has no voucher, a later posting has'
           FROM posting p LEFT JOIN voucher v ON v.posting_id = p.id
           WHERE v.posting_id IS NULL AND (p.epoch, p.xid) <= (
               SELECT q.epoch, q.xid FROM voucher w JOIN posting q ON q.id = w.posting_id
               ORDER BY q.epoch DESC, q.xid DESC LIMIT 1)""",
    ),
    Check(
        "I14",
        "已结账月份的凭证都有凭证号",
        "a closed month has no posting without a voucher",
        """SELECT 'posting', p.id::text, p.cause || ' in closed month ' || p.period
           FROM posting p JOIN period q ON (q.books, q.month) = (p.books, p.period)
           LEFT JOIN voucher v ON v.posting_id = p.id
           WHERE q.state = 'closed' AND v.posting_id IS NULL""",
    ),
)
