"""Requests after their deadline: closed, being judged, scored, and awarded both ways."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from market.base import clock
from market.base.access import Actor
from market.base.db import Connection
from market.trade.awards import complaints, operations
from market.trade.awards.model import ComplaintInput, DirectAwardInput, FullAward
from market.trade.judging import operations as judging
from tests.access.things import Ground, Things
from tests.world import awarding, awards, catalogue, proposals
from tests.world.awards import Contest
from tests.world.proposals import Bidder

SOON: Final = timedelta(hours=1)


async def make(
    conn: Connection, ground: Ground, things: Things, owner: str, judges: tuple[Actor, Actor]
) -> None:
    """The clock is an hour ahead afterwards. ``judges``: of the first a declaration is awaited."""
    worker = await catalogue.enrolled_member(conn, ground.unit)
    own = Bidder(ground.unit, ground.cast.clerk, worker)
    rivals = [await proposals.bidder(conn) for _ in range(2)]
    end = await clock.now(conn) + SOON

    async def contest(price_minor: int, *others: int) -> Contest:
        return await awards.contest(
            conn,
            enterprise=ground.enterprise,
            bidders=[own, *rivals[: len(others)]],
            prices=(price_minor, *others),
            secrecy="invited",
            deadline=end,
            questions_until=end,
        )

    closed, judged, scored, done = [await contest(45_000_00) for _ in range(4)]
    announced = await contest(55_000_00, 42_000_00, 48_000_00)
    urgent = await contest(90_000_00)
    await awarding.passes(owner, SOON)
    things.keep("closed_request", closed.request)
    things.keep("closed_proposal", closed.proposals[0])
    await _being_judged(conn, things, judged, judges)
    things.keep("scored_request", scored.request)
    things.keep("scored_proposal", scored.proposals[0])
    await awards.scored(conn, scored)
    things.keep("final_award", await _awarded_directly(conn, done))
    things.keep("announced_request", announced.request)
    award = await awards.awarded(conn, announced, announced.proposals[1].id, "工期最短")
    things.keep("award", award)
    complaint = await complaints.file_complaint(
        conn, rivals[1].clerk, award.id, ComplaintInput(grounds="我方资质证书未被计入，请复核。")
    )
    things.keep("complaint", complaint)
    things.keep("proposed_award", await _awarded_directly(conn, urgent))


async def _awarded_directly(conn: Connection, contest: Contest) -> FullAward:
    """Final at once within the limit, above it for another manager to approve."""
    given = DirectAwardInput(proposal_id=contest.proposals[0].id, reason="须立即处置")
    return await operations.award_directly(conn, contest.buyer, contest.request.id, given)


async def _being_judged(
    conn: Connection, things: Things, contest: Contest, judges: tuple[Actor, Actor]
) -> None:
    things.keep("judged_request", contest.request)
    things.keep("judged_proposal", contest.proposals[0])
    await judging.start_evaluation(conn, contest.buyer, contest.request.id)
    things.keep("judge_appointed", await awards.appointed(conn, contest, judges[0]))
    things.keep("judge_declared", await awards.declared(conn, contest, judges[1]))
    things.ids["next_judge"] = contest.buyer.person_id
