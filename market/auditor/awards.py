"""Judging and awards: points and their order, who judged, when was awarded, at what price."""

from typing import Final

from market.auditor.model import Check

# The results of a round as its scores, prices and weights make them. Of the price a proposal gets
# lowest / cost, of a criterion its points / scores; the total in hundredths is exact / whole.
RECKONED: Final = """
    SELECT q.id, q.request_id, q.round, q.proposal_id, q.submitted_at, q.price_minor, q.judges,
           CASE q.price_minor WHEN 0 THEN 1 ELSE min(q.price_minor) OVER whole END AS lowest,
           greatest(q.price_minor, 1) AS cost,
           s.plan, s.qualification, s.time, s.scores, v.price_weight, v.plan_weight,
           v.qualification_weight, v.time_weight
    FROM evaluation_result q
    JOIN LATERAL (
        SELECT count(*) AS scores,
               sum(c.plan)::numeric AS plan, sum(c.qualification)::numeric AS qualification,
               sum(c."time")::numeric AS time
        FROM score c JOIN judge j ON j.id = c.judge_id
        WHERE c.request_id = q.request_id AND c.round = q.round AND c.proposal_id = q.proposal_id
          AND c.number = q.number AND NOT EXISTS (
              SELECT FROM evaluation_result o WHERE o.request_id = q.request_id
                AND o.round = q.round AND NOT EXISTS (
                    SELECT FROM score k WHERE k.judge_id = c.judge_id AND k.round = o.round
                      AND k.proposal_id = o.proposal_id AND k.number = o.number))
          AND NOT EXISTS (SELECT FROM event e WHERE e.name IN ('judge.recused', 'judge.removed')
                          AND e.subject_id = j.id AND e.at < q.made_at)) AS s ON true
    JOIN enterprise_request r ON r.id = q.request_id
    JOIN request_version v ON v.request_id = r.id AND v.number = r.number
    WINDOW whole AS (PARTITION BY q.request_id, q.round)"""

# Before this the same people might decide, judge and answer.
IMPARTIAL_SINCE: Final = "SELECT m.applied_at FROM schema_migration m WHERE m.number = 58"
# Before this who complained might answer himself.
NO_INTEREST_SINCE: Final = "SELECT m.applied_at FROM schema_migration m WHERE m.number = 71"
# Before this prices that were known were undercut, and one person passed over the best.
NO_UNDERCUT_SINCE: Final = "SELECT m.applied_at FROM schema_migration m WHERE m.number = 72"

CHECKS: Final = (
    Check(
        "I11",
        "评审结果由评分、报价与权重重新计算得出，同分按规则排序",
        "results are what scores, prices and weights make, and ranks follow the declared rule",
        # Totals are put in order by 60 digits: two that differ do so by more than 1e-45.
        f"""WITH reckoned AS ({RECKONED}),
                 exact AS (SELECT id, request_id, round, proposal_id, submitted_at,
                               price_minor, lowest, cost, plan, qualification, time, scores,
                               cost::numeric * scores AS whole,
                               100 * price_weight * lowest::numeric * scores
                               + cost * (plan_weight * plan + qualification_weight * qualification
                                         + time_weight * time) AS exact FROM reckoned),
                 ranked AS (SELECT id, scores,
                               div(20000 * lowest::numeric + cost, 2 * cost) AS price,
                               div(200 * plan + scores, 2 * scores) AS plan,
                               div(200 * qualification + scores, 2 * scores) AS qualification,
                               div(200 * time + scores, 2 * scores) AS time,
                               div(2 * exact + whole, 2 * whole) AS total,
                               row_number() OVER (PARTITION BY request_id, round
                               ORDER BY div(exact * 1e60, whole) DESC, price_minor, submitted_at,
                                   proposal_id) AS rank
                            FROM exact)
            SELECT 'evaluation_result', q.id::text,
                   'says ' || q.total_hundredths || ', rank ' || q.rank || ' by ' || q.judges
                   || '; reckoned ' || coalesce(k.total::text, 'nothing') || ', rank ' || k.rank
                   || ' by ' || k.scores
            FROM evaluation_result q JOIN ranked k ON k.id = q.id
            WHERE (q.price_hundredths, q.plan_hundredths, q.qualification_hundredths,
                   q.time_hundredths, q.total_hundredths, q.rank, q.judges)
                  IS DISTINCT FROM (k.price, k.plan, k.qualification, k.time, k.total, k.rank,
                                    k.scores)""",
    ),
    Check(
        "I11",
        "评审结果写明的报价就是所评修订的报价",
        "a result states the price of the revision that was judged",
        """SELECT 'evaluation_result', q.id::text,
                  'says ' || q.price_minor || ', the revision ' || v.price_minor
           FROM evaluation_result q JOIN proposal_revision v
               ON v.proposal_id = q.proposal_id AND v.number = q.number
           WHERE v.price_minor <> q.price_minor""",
    ),
    Check(
        "I9",
        "评分的评委已声明无利害关系，且与报价单位无关",
        "whoever scored had declared, and would do none of the work himself",
        """SELECT 'score', s.id::text, 'by judge ' || s.judge_id
           FROM score s JOIN judge j ON j.id = s.judge_id
           WHERE j.request_id <> s.request_id
              OR NOT EXISTS (SELECT FROM event e WHERE e.name = 'judge.declared'
                             AND e.subject_id = j.id AND e.actor = j.person_id)
              OR EXISTS (SELECT FROM proposal_revision v JOIN member m ON m.id = ANY (v.member_ids)
                         WHERE v.request_id = s.request_id AND m.person_id = j.person_id)""",
    ),
    Check(
        "I9",
        "定标给评审第一名，否则写明理由；不早于截止时间；价格即中选修订的价格",
        "an award is to the best or says why, not before the deadline, at the revision's price",
        """SELECT 'award', a.id::text, 'to ' || a.proposal_id || ' at ' || a.price_minor
                  || ', the best is ' || coalesce(a.best_id::text, 'not judged')
           FROM award a JOIN enterprise_request r ON r.id = a.request_id
           JOIN proposal_revision v ON v.proposal_id = a.proposal_id
               AND v.number = a.proposal_number
           JOIN proposal p ON p.id = a.proposal_id
           WHERE a.created_at < r.deadline OR v.price_minor <> a.price_minor
              OR p.request_id <> a.request_id OR p.unit_id <> a.unit_id
              OR (a.reason IS NULL AND a.proposal_id IS DISTINCT FROM a.best_id)
              OR (a.best_id IS NOT NULL AND a.best_id IS DISTINCT FROM (
                  SELECT q.proposal_id FROM evaluation_result q
                  WHERE q.request_id = a.request_id AND q.round = a.round
                    AND NOT EXISTS (SELECT FROM event e WHERE e.subject_id = q.proposal_id
                                    AND e.state_to IN ('withdrawn', 'expired')
                                    AND e.at < a.created_at)
                  ORDER BY q.rank LIMIT 1))""",
    ),
    Check(
        "I9",
        "超限额而由一人即可决定的定标（未经评审、没有其他报价、未选第一名或定标人为评委）由另一人批准",
        "above the limit a second person approves what one would decide alone: without judging,"
        " without a rival, to another than the best, or as a judge himself",
        f"""SELECT 'award', a.id::text, 'at ' || a.price_minor || ' by ' || a.proposed_by
           FROM award a JOIN policy p ON p.id = a.policy_id
           WHERE a.announced_at IS NOT NULL
             AND (a.approved_by IS NULL OR a.approved_by = a.proposed_by)
             AND a.price_minor > CASE p.body->>'currency' WHEN a.currency
                                 THEN (p.body->>'direct_limit_minor')::bigint ELSE 0 END
             AND (a.kind = 'direct' OR a.announced_at > ({IMPARTIAL_SINCE})
                  AND (a.standstill_until < a.announced_at + interval '1 minute'
                       OR EXISTS (SELECT FROM judge j WHERE j.request_id = a.request_id
                                  AND j.person_id = a.proposed_by
                                  AND j.appointed_at <= a.created_at))
                  OR a.announced_at > ({NO_UNDERCUT_SINCE}) AND a.proposal_id <> a.best_id)""",
    ),
    Check(
        "I9",
        "定标公示之后，没有报价变更条款",
        "no proposal was bargained over once an award of its request was announced",
        f"""SELECT 'counter_offer', v.counter_offer_id::text, 'agreed on ' || v.made_at
           FROM proposal_revision v JOIN award a ON a.request_id = v.request_id
           WHERE v.cause = 'agreed' AND v.made_at > a.announced_at
             AND v.made_at > ({NO_UNDERCUT_SINCE})""",
    ),
    Check(
        "I9",
        "定标在公示期满且无未决或成立的异议后生效，一个需求只有一个有效定标",
        "an award is final after its standstill, with refused complaints only, once a request",
        """SELECT 'award', a.id::text, 'final ' || a.final_at || ', standstill until '
                  || a.standstill_until
           FROM award a WHERE a.state = 'final'
             AND (a.final_at < a.standstill_until
                  OR EXISTS (SELECT FROM complaint c WHERE c.award_id = a.id
                             AND (c.state <> 'refused' OR c.answered_at > a.final_at)))
           UNION ALL
           SELECT 'award', max(a.id::text), count(*) || ' live awards of one request'
           FROM award a WHERE a.state <> 'set_aside' GROUP BY a.request_id HAVING count(*) > 1
           UNION ALL
           SELECT 'award', a.id::text, 'is final, the request is ' || r.state
           FROM award a JOIN enterprise_request r ON r.id = a.request_id
           WHERE (a.state = 'final') <> (r.state = 'awarded') AND a.state <> 'set_aside'""",
    ),
    Check(
        "I11",
        "由定标起草的合同，其总额、里程碑和分期款与中选修订一致，且定标已生效",
        "a contract from an award has the figures of the revision that was awarded, and is final",
        """SELECT 'contract', c.id::text, 'totals ' || c.total_minor || ', awarded '
                  || a.price_minor || ', the award is ' || a.state
           FROM contract c JOIN award a ON a.id = c.award_id
           JOIN proposal_revision v ON v.proposal_id = a.proposal_id
               AND v.number = a.proposal_number
           JOIN request_owner o ON o.request_id = a.request_id
           WHERE c.total_minor <> a.price_minor OR a.state <> 'final'
              OR c.provider_unit_id <> a.unit_id OR c.buyer_id <> o.buyer_id
              OR (SELECT coalesce(jsonb_agg(m.price_minor ORDER BY m.position), '[]')
                  FROM milestone m WHERE m.contract_id = c.id)
                 <> (SELECT coalesce(jsonb_agg(x.part->'price_minor' ORDER BY x.place), '[]')
                     FROM jsonb_array_elements(v.milestones) WITH ORDINALITY AS x (part, place))
              OR (SELECT coalesce(jsonb_agg(i.amount_minor ORDER BY i.position), '[]')
                  FROM instalment i WHERE i.contract_id = c.id)
                 <> (SELECT coalesce(jsonb_agg(x.part->'amount_minor' ORDER BY x.place), '[]')
                     FROM jsonb_array_elements(v.instalments) WITH ORDINALITY AS x (part, place))
           UNION ALL
           SELECT 'award', max(c.award_id::text), count(*) || ' live contracts'
           FROM contract c WHERE c.award_id IS NOT NULL AND c.state <> 'void'
           GROUP BY c.award_id HAVING count(*) > 1""",
    ),
    Check(
        "I9",
        "异议由未中选的报价单位在公示期内提出，由未参与定标和评审的人答复",
        "a complaint is a loser's, within the standstill, answered by who had no hand in the award",
        f"""SELECT 'complaint', c.id::text, 'by ' || c.unit_id || ' at ' || c.filed_at
           FROM complaint c JOIN award a ON a.id = c.award_id
           JOIN proposal p ON p.id = c.proposal_id
           WHERE c.unit_id = a.unit_id OR p.unit_id <> c.unit_id OR p.request_id <> a.request_id
              OR c.filed_at >= a.standstill_until OR c.answered_by = a.proposed_by
              OR (c.answered_by = c.filed_by AND c.answered_at > ({NO_INTEREST_SINCE}))
              OR (c.answered_at > ({IMPARTIAL_SINCE})
                  AND (c.answered_by = a.approved_by
                       OR EXISTS (SELECT FROM judge j WHERE j.request_id = a.request_id
                                  AND j.person_id = c.answered_by)))""",
    ),
)
