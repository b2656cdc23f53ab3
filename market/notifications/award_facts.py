"""What letters about judging and awards know of their subjects."""

from __future__ import annotations

from uuid import UUID

from market.base.db import Connection, Record
from market.base.errors import Phrase
from market.notifications.model import Facts
from market.trade.awards.model import reason_of


async def about_judge(conn: Connection, judge_id: UUID) -> Facts:
    record = await conn.fetchrow(
        """SELECT r.title, j.person_id, j.reason, o.buyer_id, p.name AS judge
           FROM judge j JOIN enterprise_request r ON r.id = j.request_id
           JOIN request_owner o ON o.request_id = r.id JOIN person p ON p.id = j.person_id
           WHERE j.id = $1""",
        judge_id,
    )
    return _facts(record)


async def about_evaluation(conn: Connection, request_id: UUID) -> Facts:
    """``judges``: who has neither recused himself nor been removed."""
    record = await conn.fetchrow(
        """SELECT r.title, o.buyer_id, e.reason,
                  ARRAY(SELECT j.person_id FROM judge j WHERE j.request_id = r.id
                        AND j.state IN ('appointed', 'declared')) AS judges
           FROM evaluation e JOIN enterprise_request r ON r.id = e.id
           JOIN request_owner o ON o.request_id = r.id
           WHERE e.id = $1""",
        request_id,
    )
    return _facts(record)


async def about_award(conn: Connection, award_id: UUID) -> Facts:
    """``bidders``: the units whose proposals were opened, the winner among them.

    ``disputable``: its standstill runs; with nobody else in the running it was final at once.
    ``untold``: nobody outside knows of it, for it was not announced. ``awaited``: it still waits
    for its approval.
    """
    record = await conn.fetchrow(
        """SELECT r.title, o.buyer_id, a.unit_id, u.name_zh AS winner_zh, u.name_en AS winner_en,
                  a.price_minor, a.currency, a.reason, a.end_reason,
                  a.standstill_until, a.state = 'standstill' AS disputable, a.proposed_by,
                  a.announced_at IS NOT NULL AS announced, a.announced_at IS NULL AS untold,
                  a.state = 'proposed' AS awaited,
                  ARRAY(SELECT DISTINCT p.unit_id FROM proposal p WHERE p.request_id = r.id
                        AND p.opened_at IS NOT NULL AND a.announced_at IS NOT NULL) AS bidders
           FROM award a JOIN enterprise_request r ON r.id = a.request_id
           JOIN request_owner o ON o.request_id = r.id JOIN organisation u ON u.id = a.unit_id
           WHERE a.id = $1""",
        award_id,
    )
    return _facts(record)


async def about_outcome(conn: Connection, proposal_id: UUID) -> Facts:
    """Of a proposal that was passed over: who was chosen, and its own points if it was judged."""
    record = await conn.fetchrow(
        """SELECT r.title, p.unit_id, u.name_zh AS winner_zh, u.name_en AS winner_en,
                  a.price_minor, a.currency, a.reason, a.standstill_until,
                  to_char(s.total_hundredths::numeric / 100, 'FM990.00') AS total,
                  to_char(s.price_hundredths::numeric / 100, 'FM990.00') AS price_points,
                  to_char(s.plan_hundredths::numeric / 100, 'FM990.00') AS plan_points,
                  to_char(s.qualification_hundredths::numeric / 100, 'FM990.00')
                      AS qualification_points,
                  to_char(s.time_hundredths::numeric / 100, 'FM990.00') AS time_points, s.rank,
                  s.rank IS NOT NULL AS judged, s.rank IS NULL AS unjudged
           FROM proposal p JOIN enterprise_request r ON r.id = p.request_id
           JOIN award a ON a.request_id = r.id AND a.announced_at IS NOT NULL
           JOIN organisation u ON u.id = a.unit_id
           LEFT JOIN evaluation_result s ON s.proposal_id = p.id AND s.round = a.round
           WHERE p.id = $1 ORDER BY a.announced_at DESC LIMIT 1""",
        proposal_id,
    )
    return _facts(record)


async def about_complaint(conn: Connection, complaint_id: UUID) -> Facts:
    """``association``: the units that nobody stands above, whose administrators may answer it.

    ``the_buyers``: only a manager of the buyer may; ``handed_on``: those administrators, too.
    """
    record = await conn.fetchrow(
        """SELECT r.title, o.buyer_id, c.unit_id, c.due_on, c.answer, c.id AS complaint_id,
                  c.escalated_at IS NULL AS the_buyers, c.escalated_at IS NOT NULL AS handed_on,
                  ARRAY(SELECT id FROM organisation t WHERE t.kind = 'unit' AND NOT EXISTS (
                      SELECT FROM unit_parent p WHERE p.unit_id = t.id
                        AND holds_on(market_today(), p.from_on, p.to_on))) AS association,
                  u.name_zh AS unit_zh, u.name_en AS unit_en
           FROM complaint c JOIN award a ON a.id = c.award_id
           JOIN enterprise_request r ON r.id = a.request_id
           JOIN request_owner o ON o.request_id = r.id JOIN organisation u ON u.id = c.unit_id
           WHERE c.id = $1""",
        complaint_id,
    )
    return _facts(record)


def _facts(record: Record | None) -> Facts:
    """``why``: the reason with its heading, where one is given."""
    assert record is not None, "what an event is about exists"
    facts = dict(record)
    for name in {"reason", "end_reason"} & facts.keys():
        facts[name] = reason_of(facts[name])
    reason = facts.get("reason")
    said = Phrase(f"理由如下：\n\n{reason.zh}", f"The reason:\n\n{reason.en}") if reason else None
    return {**facts, "why": said or Phrase("", "")}
