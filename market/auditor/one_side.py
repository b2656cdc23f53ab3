"""Who acts for one side holds no role at the other."""

from __future__ import annotations

from typing import Final

from market.auditor.model import Check
from market.auditor.past_market import SAID_OF

# Before this a payer's own people might fail its refunds and use its credit.
ONE_SIDE_SINCE: Final = "SELECT n.applied_at FROM schema_migration n WHERE n.number = 106"
# Before this a leader might reject the write-off of what his own enterprise owes.
REJECTED_SINCE: Final = "SELECT n.applied_at FROM schema_migration n WHERE n.number = 115"
# Before this anybody of finance might take the write-off of his own enterprise's debt back, and say
# what is said against its bank where it had paid past the market.
DEFENDED_SINCE: Final = "SELECT n.applied_at FROM schema_migration n WHERE n.number = 122"
# Before this nobody asked whose payment it was to be that a bank asks back.
NAMED_SINCE: Final = "SELECT n.applied_at FROM schema_migration n WHERE n.number = 126"

# Whose payment, refund or chargeback the line is, whatever place was named. What was found out of
# the line since, its maker could not know.
EXPLAINED: Final = """SELECT u.id, w.payer
                 FROM stripe_explanation x JOIN stripe_line l ON l.id = x.stripe_line_id
                 CROSS JOIN LATERAL (
                     SELECT x.id, x.created_at
                     UNION ALL
                     SELECT id, created_at FROM stripe_explanation_undo
                     WHERE explanation_id = x.id) AS u
                 CROSS JOIN LATERAL (
                     SELECT buyer_id AS payer FROM online_payment
                     WHERE id IN (x.online_payment_id,
                                  CASE WHEN coalesce(l.explanation_id, x.id) = x.id
                                       THEN l.online_payment_id END)
                        OR books_unit_id = l.books_unit_id
                           AND (intent_id = l.intent_id OR charge_id IN (l.charge_id, l.source_id))
                     UNION
                     SELECT organisation_id FROM refund
                     WHERE id = x.refund_id
                        OR (books_unit_id, stripe_refund_id) = (l.books_unit_id, l.source_id)
                     UNION
                     SELECT p.buyer_id
                     FROM chargeback c JOIN online_payment p ON p.id = c.online_payment_id
                     WHERE (c.books_unit_id, c.dispute_id) = (l.books_unit_id, l.source_id)
                       AND c.created_at < u.created_at
                     UNION
                     SELECT x.organisation_id WHERE x.organisation_id IS NOT NULL
                     UNION
                     SELECT y.organisation_id
                     FROM stripe_line c JOIN stripe_explanation y ON y.id = c.explanation_id
                     WHERE (c.books_unit_id, c.source_id, c.category)
                           = (l.books_unit_id, l.charge_id, 'charge')
                       AND y.organisation_id IS NOT NULL AND y.decided_at < u.created_at) AS w
                 WHERE x.belongs_to <> 'rule'"""

ANSWERS: Final = """SELECT id, chargeback_id FROM chargeback_write_off
                 UNION ALL SELECT id, chargeback_id FROM chargeback_evidence"""

# Of a charge past the market: whose credit two people say that it is, since then and until they
# undo it. Within the same minute the other could not know. And whose payment it was to be.
OF_CHARGEBACKS: Final = f"""SELECT w.id, p.buyer_id, NULL::timestamptz, NULL::timestamptz
                 FROM ({ANSWERS}) AS w JOIN chargeback c ON c.id = w.chargeback_id
                 JOIN online_payment p ON p.id = c.online_payment_id
                 UNION ALL
                 SELECT w.id, x.organisation_id, x.decided_at + interval '1 minute',
                        (SELECT u.decided_at - interval '1 minute' FROM stripe_explanation_undo u
                         WHERE u.explanation_id = x.id AND u.state = 'approved')
                 FROM ({ANSWERS}) AS w
                 JOIN chargeback c ON c.id = w.chargeback_id
                 CROSS JOIN LATERAL ({SAID_OF}) AS x
                 UNION ALL
                 SELECT w.id, p.buyer_id, ({NAMED_SINCE}), NULL::timestamptz
                 FROM ({ANSWERS}) AS w
                 JOIN chargeback c ON c.id = w.chargeback_id AND c.online_payment_id IS NULL
                 JOIN stripe_line s ON (s.books_unit_id, s.source_id, s.category)
                                       = (c.books_unit_id, c.dispute_id, 'dispute')
                 LEFT JOIN stripe_line l ON (l.books_unit_id, l.source_id, l.category)
                                            = (s.books_unit_id, s.charge_id, 'charge')
                 JOIN online_payment p ON p.books_unit_id = s.books_unit_id
                     AND (p.intent_id IN (s.intent_id, l.intent_id)
                          OR p.charge_id = s.charge_id)"""

# A role that was given or ended within the same minute is nobody's fault.
CHECKS: Final = (
    Check(
        "I9",
        "办理退款、预存款抵付、待查明细说明（及其撤销）、拒付欠款核销和拒付抗辩的人当时在付款单位没有角色",
        "who decided on a refund or a chargeback's write-off, moved credit, explained a line or "
        "answered a chargeback held no role at its payer then",
        f"""SELECT v.subject, v.subject_id::text, v.name || ' by ' || v.actor
                  || ', who held a role at ' || r.organisation_id
           FROM event v
           JOIN (SELECT e.id, e.organisation_id, NULL::timestamptz, NULL::timestamptz
                 FROM (SELECT id, organisation_id FROM refund
                       UNION ALL SELECT id, organisation_id FROM credit_use
                       UNION ALL {EXPLAINED}) AS e
                 UNION ALL {OF_CHARGEBACKS}) AS r (id, organisation_id, since, until)
               ON r.id = v.subject_id AND v.at > coalesce(r.since, '-infinity')
                  AND v.at < coalesce(r.until, 'infinity')
           JOIN organisation o ON o.id = r.organisation_id
           WHERE v.name IN ('refund.proposed', 'refund.approved', 'refund.rejected',
                            'refund.failed', 'credit_use.used', 'credit_use.undone',
                            'stripe_explanation.proposed', 'stripe_explanation.approved',
                            'stripe_explanation.rejected', 'stripe_explanation_undo.proposed',
                            'stripe_explanation_undo.approved', 'stripe_explanation_undo.rejected',
                            'chargeback_write_off.proposed', 'chargeback_write_off.approved',
                            'chargeback_write_off.rejected', 'chargeback_write_off.recovered',
                            'chargeback_evidence.drafted', 'chargeback_evidence.edited',
                            'chargeback_evidence.submitted')
             AND v.at > CASE WHEN v.name = 'chargeback_write_off.rejected' THEN ({REJECTED_SINCE})
                             WHEN v.name = 'chargeback_write_off.recovered'
                                  OR v.subject = 'chargeback_evidence' THEN ({DEFENDED_SINCE})
                             ELSE ({ONE_SIDE_SINCE}) END
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
