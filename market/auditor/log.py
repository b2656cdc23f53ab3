"""What keeps the event log, the ledger and signed texts from being changed."""

from typing import Final

from market.auditor.model import Check

CHECKS: Final = (
    Check(
        "I4",
        "应用角色不能修改、删除或清空只增的表",
        "no application role can update, delete or truncate an append-only table",
        """SELECT 'table', c.relname, r.rolname || ' may ' || p.privilege
           FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
           CROSS JOIN (VALUES ('market_app'), ('market_worker'), ('market_auditor')) AS r (rolname)
           CROSS JOIN (VALUES ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS p (privilege)
           WHERE t.tgname = 'append_only' AND (has_table_privilege(r.rolname, c.oid, p.privilege)
               OR (p.privilege = 'UPDATE'
                   AND has_any_column_privilege(r.rolname, c.oid, p.privilege)))""",
    ),
    Check(
        "I4",
        "账簿与事件只能经函数写入；审计角色只读",
        "the ledger and the log are written by their functions only, and the auditor only reads",
        """SELECT 'table', c.relname, r.rolname || ' may ' || p.privilege
           FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
           CROSS JOIN (VALUES ('market_app'), ('market_worker'), ('market_auditor')) AS r (rolname)
           CROSS JOIN (VALUES ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS p (privilege)
           WHERE c.relkind IN ('r', 'v') AND has_table_privilege(r.rolname, c.oid, p.privilege)
             AND (r.rolname = 'market_auditor' OR c.relname IN ('event', 'epoch', 'clock_offset',
                 'legal_move', 'number_series', 'account_kind', 'account', 'period', 'posting',
                 'transfer', 'controlled_balance', 'controlled_entry', 'voucher'))""",
    ),
    Check(
        "I4",
        "应用角色没有所有者的权力，行级安全对其有效",
        "no application role has the owner's power or escapes row-level security",
        """SELECT 'role', r.rolname, concat_ws(', ',
                  CASE WHEN r.rolsuper THEN 'is superuser' END,
                  CASE WHEN r.rolcreaterole THEN 'creates roles' END,
                  CASE WHEN r.rolbypassrls AND r.rolname <> 'market_auditor'
                       THEN 'bypasses row-level security' END,
                  CASE WHEN pg_has_role(r.oid, 'market_owner', 'MEMBER')
                       THEN 'is a member of market_owner' END)
           FROM pg_roles r WHERE r.rolname IN ('market_app', 'market_worker', 'market_auditor')
             AND (r.rolsuper OR r.rolcreaterole OR pg_has_role(r.oid, 'market_owner', 'MEMBER')
                  OR (r.rolbypassrls AND r.rolname <> 'market_auditor'))""",
    ),
    Check(
        "I4",
        "只增的表都有生效的防改触发器",
        "every append-only table has its trigger, enabled and whole",
        """SELECT 'table', w.name, CASE WHEN t.oid IS NULL THEN 'trigger is missing'
                      ELSE 'trigger is ' || t.tgenabled::text || ' ' || pg_get_triggerdef(t.oid) END
           FROM unnest(ARRAY['event', 'seal', 'account', 'posting', 'transfer',
               'controlled_entry', 'voucher', 'offering_version', 'offering_review',
               'contract_review', 'contract_template', 'contract_text', 'signature', 'delivery',
               'delivery_return', 'acceptance_certificate', 'evidence', 'receipt',
               'tax_point', 'request_version', 'request_attachment', 'request_question',
               'question_asker', 'request_answer', 'sealed_access_attempt',
               'proposal_revision', 'proposal_attachment', 'deal_message',
               'deal_attachment', 'evaluation_result', 'reminder', 'reminder_hold',
               'credit_note_line', 'refund_list',
               'reminder_letter', 'chargeback_alarm']) AS w (name)
           LEFT JOIN pg_trigger t ON t.tgrelid = to_regclass(w.name) AND t.tgname = 'append_only'
           LEFT JOIN pg_proc f ON f.oid = t.tgfoid AND f.proname = 'refuse_change'
               AND f.prosrc LIKE '%RAISE EXCEPTION%restrict_violation%'
           WHERE t.tgenabled IS DISTINCT FROM 'O' OR t.tgqual IS NOT NULL OR f.oid IS NULL
              OR t.tgtype & 59 <> 58""",
    ),
)
