"""Who acts for one side holds no role at the other."""

from __future__ import annotations

from typing import Final

from market.auditor.model import Check

# Before this a payer's own people might fail its refunds and use its credit.
ONE_SIDE_SINCE: Final = "SELECT n.applied_at FROM schema_migration n WHERE n.number = 106"

# Whose payment or refund the line is, whatever place was named. What another explanation of the
# line has found out since, its maker could not know.
EXPLAINED: Final = """SELECT x.id, w.payer
                 FROM stripe_explanation x JOIN stripe_line l ON l.id = x.stripe_line_id
                 CROSS JOIN LATERAL (
                     SELECT buyer_id AS payer FROM online_payment
                     WHERE id IN (x.online_payment_id,
                                  CASE WHEN coalesce(l.explanation_id, x.id) = x.id
                                       THEN l.online_payment_id END)
                     UNION
                     SELECT organisation_id FROM refund
                     WHERE id = x.refund_id
                        OR (books_unit_id, stripe_refund_id) = (l.books_unit_id, l.source_id)) AS w
                 WHERE x.belongs_to <> 'rule'"""

# A role that was given or ended within the same minute is nobody's fault.
CHECKS: Final = (
    Check(
        "I9",
        "办理退款、预存款抵付和待查明细说明的人当时在付款单位没有角色",
        "who decided on a refund, moved credit or explained a line held no role at its payer then",
        f"""SELECT v.subject, v.subject_id::text, v.name || ' by ' || v.actor
                  || ', who held a role at ' || r.organisation_id
           FROM event v
           JOIN (SELECT id, organisation_id FROM refund
                 UNION ALL SELECT id, organisation_id FROM credit_use
                 UNION ALL {EXPLAINED}) AS r ON r.id = v.subject_id
           JOIN organisation o ON o.id = r.organisation_id
           WHERE v.name IN ('refund.proposed', 'refund.approved', 'refund.rejected',
                            'refund.failed', 'credit_use.used', 'credit_use.undone',
                            'stripe_explanation.proposed', 'stripe_explanation.approved',
                            'stripe_explanation.rejected')
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
