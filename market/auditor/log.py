"""The event log and the rights that keep it, the ledger and signed texts unchanged."""

from typing import Final

from market.auditor.model import Check

CHECKS: Final = (
    Check(
        "I4",
        "应用角色不能修改、删除或清空只增的表",
        "no application role can update, delete or truncate an append-only table",
        """SELECT 'table', c.relname, r.rolname || ' may ' || p.privilege
           FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
           CROSS JOIN (VALUES ('market_app'), ('market_worker')) AS r (rolname)
           CROSS JOIN (VALUES ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS p (privilege)
           WHERE t.tgname = 'append_only' AND (has_table_privilege(r.rolname, c.oid, p.privilege)
               OR (p.privilege = 'UPDATE'
                   AND has_any_column_privilege(r.rolname, c.oid, p.privilege)))""",
    ),
    Check(
        "I4",
        "只增的表都有生效的防改触发器",
        "every append-only table has its trigger, enabled",
        """SELECT 'table', w.name, coalesce('trigger is ' || t.tgenabled::text, 'trigger is missing')
           FROM unnest(ARRAY['event', 'seal', 'account', 'posting', 'transfer',
               'controlled_entry', 'voucher', 'contract_text', 'signature', 'contract_review',
               'tax_point']) AS w (name)
           LEFT JOIN pg_trigger t ON t.tgrelid = to_regclass(w.name) AND t.tgname = 'append_only'
           WHERE t.tgenabled IS DISTINCT FROM 'O'""",
    ),
    Check(
        "I9",
        "每一步状态变化都合法",
        "every move is legal",
        """SELECT 'event', e.id::text, e.name || ': ' || e.move || ' from '
                  || coalesce(e.state_from, 'nothing') || ' to ' || e.state_to
           FROM event e WHERE e.move IS NOT NULL AND NOT EXISTS (
               SELECT FROM legal_move m WHERE m.subject = e.subject AND m.move = e.move
                 AND m.state_from IS NOT DISTINCT FROM e.state_from
                 AND m.state_to = e.state_to)""",
    ),
    Check(
        "I9",
        "每个事件都有办理人",
        "every event has an actor who is known",
        """SELECT 'event', e.id::text, e.name || ' by ' || e.actor
           FROM event e LEFT JOIN person p ON p.id = e.actor WHERE p.id IS NULL""",
    ),
    Check(
        "I9",
        "每一步都从上一步停下的地方开始",
        "every move begins where the one before it ended",
        """SELECT 'event', v.id::text, v.name || ' begins in ' || coalesce(v.state_from, 'nothing')
                  || ', the one before ended in ' || coalesce(v.before, 'nothing')
           FROM (SELECT e.id, e.name, e.state_from,
                        lag(e.state_to) OVER (PARTITION BY e.subject, e.subject_id
                                              ORDER BY e.version, e.id) AS before
                 FROM event e WHERE e.move IS NOT NULL) AS v
           WHERE v.state_from IS DISTINCT FROM v.before""",
    ),
    Check(
        "I9",
        "当前状态就是最后一步到达的状态",
        "the present state is the one that the last move led to",
        """SELECT s.subject, s.id::text, 'is ' || s.state || ', its last move led to '
                  || coalesce(l.state_to, 'nothing')
           FROM (
               SELECT 'contract' AS subject, id, state FROM contract
               UNION ALL SELECT 'milestone', m.id, m.state FROM milestone m
                   JOIN contract c ON c.id = m.contract_id WHERE m.state <> 'planned'
               UNION ALL SELECT 'invoice', id, state FROM invoice
               UNION ALL SELECT 'fapiao', id, state FROM fapiao
               UNION ALL SELECT 'void_proposal', id, state FROM void_proposal
               UNION ALL SELECT 'offering', id, state FROM offering
               UNION ALL SELECT 'opening_balance', id, state FROM opening_balance
           ) AS s
           LEFT JOIN LATERAL (
               SELECT e.state_to FROM event e
               WHERE e.subject_id = s.id AND e.subject = s.subject AND e.move IS NOT NULL
               ORDER BY e.version DESC, e.id DESC LIMIT 1) AS l ON true
           WHERE s.state IS DISTINCT FROM l.state_to""",
    ),
)
