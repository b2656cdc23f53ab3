"""Enterprise requests: their states, their versions, their deadlines, and who stays unnamed."""

from typing import Final

from market.auditor.model import Check

CHECKS: Final = (
    Check(
        "I9",
        "企业需求的版本号连续，且最新版本就是当前内容",
        "the versions of a request are numbered without gap up to the one that it shows",
        """SELECT 'enterprise_request', r.id::text, 'shows version ' || coalesce(r.number, 0)
                  || ' of ' || count(v.number) || ', the last ' || coalesce(max(v.number), 0)
           FROM enterprise_request r LEFT JOIN request_version v ON v.request_id = r.id
           GROUP BY r.id, r.number
           HAVING (coalesce(r.number, 0), coalesce(r.number, 0)::bigint)
                  <> (coalesce(max(v.number), 0), count(v.number))""",
    ),
    Check(
        "I9",
        "已发布的截止时间从不提前",
        "a published deadline is never brought forward",
        """SELECT 'request_version', v.request_id || ':' || v.number,
                  'ends ' || v.deadline || ', the version before it ended ' || v.before
           FROM (SELECT request_id, number, deadline,
                        lag(deadline) OVER (PARTITION BY request_id ORDER BY number) AS before
                 FROM request_version) AS v
           WHERE v.deadline < v.before""",
    ),
    Check(
        "I9",
        "截止之后没有新的版本和提问",
        "no version and no question is later than the deadline that held then",
        """SELECT 'request_version', v.request_id || ':' || v.number,
                  'published ' || v.published_at || ', the deadline was ' || v.before
           FROM (SELECT request_id, number, published_at,
                        lag(deadline) OVER (PARTITION BY request_id ORDER BY number) AS before
                 FROM request_version) AS v
           WHERE v.published_at >= v.before
           UNION ALL
           SELECT 'request_question', q.id::text,
                  'asked ' || q.asked_at || ', the deadline was ' || r.deadline
           FROM request_question q JOIN enterprise_request r ON r.id = q.request_id
           WHERE q.asked_at >= r.deadline""",
    ),
    Check(
        "I9",
        "截止的需求在截止时间之后才截止",
        "a request is closed at its deadline or later",
        """SELECT 'event', e.id::text, 'closed ' || e.at || ', the deadline is ' || r.deadline
           FROM event e JOIN enterprise_request r ON r.id = e.subject_id
           WHERE e.name = 'enterprise_request.closed' AND e.at < r.deadline""",
    ),
    Check(
        "I9",
        "公开卡片只属于公开征集中的需求，匿名需求的卡片不含企业",
        "a card belongs to an open request, and an anonymous one names no enterprise",
        """SELECT 'request_card', c.id::text, 'is shown while ' || r.state || ', ' || r.secrecy
           FROM request_card c JOIN enterprise_request r ON r.id = c.id
           WHERE r.state <> 'open' OR r.secrecy = 'invited'
           UNION ALL
           SELECT 'request_card', c.id::text, 'names the enterprise of an anonymous request'
           FROM request_card c JOIN enterprise_request r ON r.id = c.id
           JOIN request_owner o ON o.request_id = r.id JOIN organisation b ON b.id = o.buyer_id
           WHERE r.secrecy = 'anonymous'
             AND (strpos(convert_from(c.item, 'UTF8'), b.name_zh) > 0
                  OR strpos(convert_from(c.item, 'UTF8'), b.id::text) > 0)""",
    ),
)
