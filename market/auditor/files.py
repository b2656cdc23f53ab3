"""Files: whose they are, and who may not read them."""

from typing import Final

from market.auditor.model import Check

CHECKS: Final = (
    Check(
        "I9",
        "银行流水原件只供财务、出纳、负责人和审计查看",
        "a bank's statement as it came is kept for those who read ledgers",
        """SELECT 'file', f.id::text, 'is the original of statement ' || s.id || ', kept for '
                  || coalesce(array_to_string(f.for_roles, ', '), 'everybody')
           FROM statement s JOIN file f ON f.id = s.file_id
           WHERE NOT coalesce(f.for_roles <@ ARRAY['finance', 'cashier', 'leader', 'auditor'],
                              false)""",
    ),
    Check(
        "I9",
        "文件的所属单位可以读取它",
        "the organisation that a file belongs to reads it",
        """SELECT 'file', f.id::text, 'is not read by ' || f.organisation_id
           FROM file f
           WHERE NOT EXISTS (SELECT FROM file_reader r WHERE r.file_id = f.id
                               AND r.organisation_id = f.organisation_id)
             AND NOT EXISTS (SELECT FROM signing_authority a WHERE a.file_id = f.id)""",
    ),
)
