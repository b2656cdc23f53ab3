"""Reviews: of whom by whom, when, and who is shown to the public."""

from typing import Final

from market.auditor.model import Check

CHECKS: Final = (
    Check(
        "I9",
        "评价由合同一方就另一方作出，且合同已全部验收",
        "a review is by one party of a completed contract about the other",
        """SELECT 'review', r.id::text, 'as ' || r.party || ' by ' || r.reviewer_id || ' of '
                  || r.reviewed_id || ', the contract is ' || c.state
           FROM review r JOIN contract c ON c.id = r.contract_id
           WHERE c.state <> 'completed'
              OR (r.reviewer_id, r.reviewed_id) IS DISTINCT FROM
                 (CASE r.party WHEN 'buyer' THEN c.buyer_id ELSE c.provider_unit_id END,
                  CASE r.party WHEN 'buyer' THEN c.provider_unit_id ELSE c.buyer_id END)""",
    ),
    Check(
        "I9",
        "双方均已评价或期满后，评价不再修改；此前无人回应",
        "a review is changed only before it is shown, and answered only from then on",
        """WITH shown AS (
               SELECT contract_id, CASE count(*) WHEN 2 THEN least(min(closes_at), max(written_at))
                                   ELSE min(closes_at) END AS at
               FROM review GROUP BY contract_id)
           SELECT 'review', r.id::text, e.name || ' ' || e.at || ', shown from ' || s.at
           FROM review r JOIN shown s USING (contract_id)
           JOIN event e ON e.subject_id = r.id
           WHERE (e.name = 'review.edited' AND e.at >= s.at + interval '5 minutes')
              OR (e.name = 'review.answered' AND e.at < s.at)
           UNION ALL
           SELECT 'review', r.id::text, 'written ' || r.written_at || ', the window was over '
                  || r.closes_at
           FROM review r WHERE r.written_at >= r.closes_at""",
    ),
    Check(
        "I9",
        "评价期的长度为所引规则所定",
        "the window of a review is as long as the policy that it names says",
        """SELECT 'review', r.id::text, 'closes ' || r.closes_at || ', accepted ' || m.at
           FROM review r JOIN policy p ON p.id = r.policy_id
           JOIN LATERAL (SELECT max(accepted_at) AS at FROM milestone
                         WHERE contract_id = r.contract_id) m ON true
           WHERE p.name <> 'reviews' OR r.closes_at IS DISTINCT FROM
                 m.at + make_interval(days => (p.body->>'window_days')::int)""",
    ),
    Check(
        "I9",
        "隐藏评价的不是合同任何一方",
        "neither party hides a review",
        """SELECT 'review', r.id::text, 'hidden by the party ' || e.organisation
           FROM review r JOIN event e ON e.subject_id = r.id AND e.name = 'review.hidden'
           WHERE e.organisation IN (r.reviewer_id, r.reviewed_id)""",
    ),
    Check(
        "I9",
        "对外公开的会员均由本人同意",
        "whoever is shown to the public agreed himself and has not withdrawn",
        """SELECT 'member_profile', f.id::text, 'agreed by ' || f.agreed_by || ', is '
                  || coalesce(m.person_id::text, 'nobody') || ', last '
                  || coalesce(e.name, 'told by no event')
           FROM member_profile f JOIN member m ON m.id = f.id
           LEFT JOIN LATERAL (SELECT name, actor FROM event WHERE subject = 'member_profile'
                                AND subject_id = f.id ORDER BY id DESC LIMIT 1) e ON true
           WHERE m.person_id IS DISTINCT FROM f.agreed_by OR e.actor IS DISTINCT FROM f.agreed_by
              OR e.name IS DISTINCT FROM 'member_profile.agreed'""",
    ),
)
