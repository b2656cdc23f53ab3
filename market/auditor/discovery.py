"""Saved searches: what they found was published, and was shown to everybody."""

from typing import Final

from market.auditor.model import Check

CHECKS: Final = (
    Check(
        "I9",
        "订阅搜索命中的都是公开发布过的内容",
        "what a saved search found was published to everybody",
        """SELECT 'search_hit', h.search_id || ':' || h.subject_id, 'was never for everybody'
           FROM search_hit h JOIN saved_search s ON s.id = h.search_id
           WHERE NOT EXISTS (
               SELECT FROM enterprise_request r
               WHERE s.wanted = 'enterprise_requests' AND r.id = h.subject_id
                 AND r.number IS NOT NULL AND r.secrecy <> 'invited'
               UNION ALL
               SELECT FROM offering o
               WHERE s.wanted = 'offerings' AND o.id = h.subject_id
                 AND o.published_number IS NOT NULL)""",
    ),
)
