"""Who acts for one side holds no role at the other."""

from __future__ import annotations

from typing import Final

from market.auditor.model import Check

# Before this a payer's own people might fail its refunds and use its credit.
ONE_SIDE_SINCE: Final = "SELECT n.applied_at FROM schema_migration n WHERE n.number = 106"

# A role that was given or ended within the same minute is nobody's fault.
CHECKS: Final = (
    Check(
        "I9",
        "办理退款和预存款抵付的人当时在付款单位没有角色",
        "who decided on a refund or moved credit held no role at the payer by then",
        f"""SELECT v.subject, v.subject_id::text, v.name || ' by ' || v.actor
                  || ', who held a role at ' || r.organisation_id
           FROM event v
           JOIN (SELECT id, organisation_id FROM refund
                 UNION ALL SELECT id, organisation_id FROM credit_use) AS r ON r.id = v.subject_id
           JOIN organisation o ON o.id = r.organisation_id
           WHERE v.name IN ('refund.proposed', 'refund.approved', 'refund.rejected',
                            'refund.failed', 'credit_use.used', 'credit_use.undone')
             AND v.at > ({ONE_SIDE_SINCE})
             AND (o.closed_on IS NULL
                  OR o.closed_on > (v.at AT TIME ZONE 'Asia/Shanghai')::date)
             AND EXISTS (
                 SELECT FROM role_grant g
                 WHERE g.person_id = v.actor AND g.organisation_id = r.organisation_id
                   AND g.from_on
                       <= ((v.at - interval '1 minute') AT TIME ZONE 'Asia/Shanghai')::date
                   AND (g.to_on IS NULL OR g.to_on >= (v.at AT TIME ZONE 'Asia/Shanghai')::date)
                   AND EXISTS (SELECT FROM event e WHERE e.subject_id = g.id
                               AND e.name IN ('role_grant.granted', 'role_grant.approved')
                               AND e.at < v.at - interval '1 minute')
                   AND NOT EXISTS (SELECT FROM event e WHERE e.subject_id = g.id
                                   AND e.name = 'role_grant.revoked'
                                   AND e.at < v.at + interval '1 minute'))""",
    ),
)
