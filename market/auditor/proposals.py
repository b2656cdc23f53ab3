"""Proposals and counter-offers: sums, revisions, the deadline, and what binds."""

from typing import Final

from market.auditor.model import Check

# What a revision says, in the order in which a counter-offer says it.
TERMS: Final = """{0}.request_number, {0}.price_minor, {0}.currency, {0}.plan, {0}.quantity,
    {0}.quantity_unit, {0}.milestones, {0}.instalments, {0}.member_ids, {0}.members,
    {0}.valid_until, {0}.file_ids"""
TOTAL: Final = """(SELECT coalesce(sum((part ->> '{}')::numeric), 0)
    FROM jsonb_array_elements(t.{}) AS part)"""
SUMS: Final = f"""SELECT '{{0}}', t.{{1}}::text, 'price ' || t.price_minor || ', milestones '
        || {TOTAL.format("price_minor", "milestones")} || ', instalments '
        || {TOTAL.format("amount_minor", "instalments")}
    FROM {{0}} t
    WHERE {TOTAL.format("price_minor", "milestones")} <> t.price_minor
       OR {TOTAL.format("amount_minor", "instalments")} <> t.price_minor"""

CHECKS: Final = (
    Check(
        "I7",
        "报价与还价的里程碑、分期款合计各等于报价总额",
        "milestones and instalments of what was offered each sum to its price",
        f"{SUMS.format('proposal_revision', 'proposal_id')} UNION ALL "
        + SUMS.format("counter_offer", "id"),
    ),
    Check(
        "I9",
        "一个单位对一项需求只有一份有效报价",
        "a unit has one live proposal for a request",
        """SELECT 'proposal', min(p.id::text), count(*) || ' live for request ' || p.request_id
           FROM proposal p WHERE p.state NOT IN ('withdrawn', 'rejected', 'expired')
           GROUP BY p.request_id, p.unit_id HAVING count(*) > 1""",
    ),
    Check(
        "I9",
        "报价版本号连续，直至有效的版本，有效期与之一致",
        "revisions are numbered without gap up to the one that binds, whose last day the root has",
        """SELECT 'proposal', p.id::text, 'binds revision ' || coalesce(p.number, 0) || ' of '
                  || count(r.number) || ', the last ' || coalesce(max(r.number), 0)
                  || ', submitted ' || coalesce(p.submitted_number, 0)
           FROM proposal p LEFT JOIN proposal_revision r ON r.proposal_id = p.id
           GROUP BY p.id
           HAVING (coalesce(p.number, 0), coalesce(p.number, 0)::bigint)
                  <> (coalesce(max(r.number), 0), count(r.number))
              OR p.submitted_number
                 IS DISTINCT FROM max(r.number) FILTER (WHERE r.cause = 'submitted')
              OR p.valid_until IS DISTINCT FROM
                 max(r.valid_until) FILTER (WHERE r.number = p.number)""",
    ),
    Check(
        "I9",
        "报价在截止之前递交，在截止之后才经双方同意变更",
        "what was submitted is earlier than the deadline, what was agreed is not",
        """SELECT 'proposal_revision', v.proposal_id::text, 'revision ' || v.number || ' was '
                  || v.cause || ' at ' || v.made_at || ', the deadline is ' || r.deadline
           FROM proposal_revision v JOIN enterprise_request r ON r.id = v.request_id
           WHERE (v.cause = 'submitted') <> (v.made_at < r.deadline)""",
    ),
    Check(
        "I9",
        "每个报价版本针对当时最新的需求版本",
        "a submitted revision answers the version of the request that was the newest then",
        """SELECT 'proposal_revision', v.proposal_id::text, 'revision ' || v.number || ' answers '
                  || v.request_number
           FROM proposal_revision v
           LEFT JOIN LATERAL (SELECT max(w.number) AS newest FROM request_version w
                              WHERE w.request_id = v.request_id AND w.published_at <= v.made_at)
               AS w ON true
           JOIN proposal p ON p.id = v.proposal_id
           WHERE (v.cause = 'submitted' AND v.request_number <> w.newest)
              OR p.request_id <> v.request_id""",
    ),
    Check(
        "I9",
        "报价在截止时间开启，不会更早",
        "a proposal is opened at the deadline of its request, never earlier",
        """SELECT 'proposal', p.id::text,
                  'opened at ' || p.opened_at || ', the deadline is ' || r.deadline
           FROM proposal p JOIN enterprise_request r ON r.id = p.request_id
           WHERE p.opened_at <> r.deadline
           UNION ALL
           SELECT 'proposal', p.id::text, 'opened ' || e.at || ', the deadline is ' || r.deadline
           FROM event e JOIN proposal p ON p.id = e.subject_id
           JOIN enterprise_request r ON r.id = p.request_id
           WHERE e.name = 'proposal.opened' AND e.at < r.deadline""",
    ),
    Check(
        "I9",
        "报价过了有效期才失效",
        "a proposal expires after its last valid day",
        """SELECT 'proposal', p.id::text, 'expired ' || e.at || ', valid until ' || p.valid_until
           FROM event e JOIN proposal p ON p.id = e.subject_id
           WHERE e.name = 'proposal.expired'
             AND (e.at AT TIME ZONE 'Asia/Shanghai')::date <= p.valid_until""",
    ),
    Check(
        "I9",
        "每个报价版本都有办理它的事件",
        "each revision was made by whom the log names",
        """SELECT 'proposal_revision', v.proposal_id::text, 'revision ' || v.number || ' by '
                  || v.made_by
           FROM proposal_revision v WHERE NOT EXISTS (
               SELECT FROM event e WHERE e.subject_id = v.proposal_id AND e.actor = v.made_by
                 AND e.changed -> 'number' = to_jsonb(v.number)
                 AND e.name = ANY (CASE v.cause WHEN 'agreed' THEN '{proposal.agreed}'::text[]
                                   ELSE '{proposal.submitted,proposal.revised}' END))""",
    ),
    Check(
        "I9",
        "经同意的版本与被接受的还价一字不差",
        "what was agreed is what the accepted counter-offer says, and each accepted one was agreed",
        f"""SELECT 'counter_offer', c.id::text, 'is ' || c.state || ', revision '
                   || coalesce(v.number::text, 'missing')
            FROM counter_offer c LEFT JOIN proposal_revision v ON v.counter_offer_id = c.id
            WHERE (c.state = 'accepted') <> (v.number IS NOT NULL)
               OR (v.number IS NOT NULL
                   AND ROW (c.proposal_id, c.base_number + 1, {TERMS.format("c")})
                       IS DISTINCT FROM ROW (v.proposal_id, v.number, {TERMS.format("v")}))""",
    ),
    Check(
        "I9",
        "还价由另一方答复",
        "a counter-offer is answered by the other side",
        """SELECT 'counter_offer', c.id::text, 'made for ' || made.organisation
                  || ', answered for ' || answered.organisation
           FROM counter_offer c
           JOIN event made ON made.subject_id = c.id AND made.name = 'counter_offer.made'
           JOIN event answered ON answered.subject_id = c.id
               AND answered.name IN ('counter_offer.accepted', 'counter_offer.refused')
           JOIN proposal p ON p.id = c.proposal_id
           WHERE made.organisation = answered.organisation
              OR (c.side = 'unit') <> (made.organisation = p.unit_id)""",
    ),
)
