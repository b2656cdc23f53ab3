"""People: their second factors, and what stands in for them."""

from typing import Final

from market.auditor.model import Check

CHECKS: Final = (
    Check(
        "I9",
        "每人至多启用一台设备",
        "a person has one device in use at most",
        """SELECT 'second_factor', f.id::text, 'in use beside another of the same person'
           FROM second_factor f
           WHERE f.state = 'enabled' AND EXISTS (
               SELECT FROM second_factor o
               WHERE o.person_id = f.person_id AND o.state = 'enabled' AND o.id <> f.id)""",
    ),
    Check(
        "I9",
        "启用过的设备有十个恢复码，从 1 编号",
        "a device that was enabled has ten recovery codes, numbered from 1",
        """SELECT 'second_factor', f.id::text, 'has the recovery codes '
                  || coalesce(string_agg(c.number::text, ', ' ORDER BY c.number), '(none)')
           FROM second_factor f LEFT JOIN recovery_code c ON c.second_factor_id = f.id
           WHERE f.enabled_at IS NOT NULL
           GROUP BY f.id
           HAVING array_agg(c.number ORDER BY c.number)
                  IS DISTINCT FROM ARRAY(SELECT generate_series(1, 10)::smallint)""",
    ),
    Check(
        "I9",
        "用过的恢复码都有事件，有事件的都已用过",
        "the recovery codes that were used are those that events tell of",
        """SELECT 'recovery_code', coalesce(c.id, e.subject_id)::text,
                  CASE WHEN e.id IS NULL THEN 'is used, no event tells of it'
                       ELSE 'is unused, event ' || e.id || ' tells of its use' END
           FROM (SELECT id, subject_id, changed->>'number' AS number FROM event
                 WHERE name = 'second_factor.recovered') AS e
           FULL JOIN recovery_code c
               ON c.second_factor_id = e.subject_id AND c.number::text = e.number
           WHERE (c.used_at IS NULL) <> (e.id IS NULL)""",
    ),
    Check(
        "I9",
        "第二因素由本人以外的两人重置",
        "a second factor is reset by two people, neither of them its owner",
        """SELECT 'second_factor_reset', r.id::text, 'proposed by ' || r.proposed_by
                  || ', decided by ' || r.decided_by || ', for ' || r.person_id
           FROM second_factor_reset r
           WHERE r.proposed_by IN (r.person_id, r.decided_by) OR r.decided_by = r.person_id""",
    ),
    Check(
        "I9",
        "重置都出自一项已批准的申请",
        "a reset comes from a proposal that was approved",
        """SELECT 'second_factor', e.subject_id::text, 'was reset, but nobody approved it'
           FROM event e JOIN second_factor f ON f.id = e.subject_id
           WHERE e.name = 'second_factor.reset' AND NOT EXISTS (
               SELECT FROM second_factor_reset r
               WHERE r.person_id = f.person_id AND r.state = 'approved'
                 AND r.decided_by = e.actor)""",
    ),
)
