"""Requests that are judged and awarded for tests, made by the operations that real people use.

``contest`` is a request with rival proposals, before its deadline; once the clock is past it,
``evaluated``, ``scored`` and ``awarded`` each go one step further.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple
from uuid import UUID

from market.base.access import Actor, Role
from market.base.db import Connection
from market.identity.organisations.model import Organisation
from market.trade.awards import operations
from market.trade.awards.model import AwardInput, FullAward
from market.trade.enterprise_requests.model import FullRequest
from market.trade.judging import judges
from market.trade.judging import operations as judging
from market.trade.judging.model import (
    AppointmentInput,
    DeclarationInput,
    FullEvaluation,
    Judge,
    ScoreInput,
)
from market.trade.proposals.model import FullProposal
from tests.world import identity, proposals, requests
from tests.world.proposals import Bidder

PRICES: Final = (48_000_00, 42_000_00, 55_000_00)
# Plan, qualification and time by each judge; with the prices above the first comes out best.
POINTS: Final = (
    ((95, 90, 90), (60, 60, 80), (90, 85, 70)),
    ((90, 90, 80), (50, 70, 90), (55, 90, 75)),
)


class Contest(NamedTuple):
    """A request, its buyer with a manager beside, two judges, and who bids what."""

    enterprise: Organisation
    buyer: Actor
    manager: Actor
    judges: tuple[Actor, Actor]
    request: FullRequest
    bidders: list[Bidder]
    proposals: list[FullProposal]


async def contest(
    conn: Connection,
    *,
    enterprise: Organisation | None = None,
    bidders: list[Bidder] | None = None,
    prices: tuple[int, ...] = PRICES,
    **request: Any,
) -> Contest:
    """Published and bid for; ``request``: fields of the request."""
    enterprise = enterprise or await identity.enterprise(conn)
    buyer = await identity.person(conn, enterprise, Role.BUYER)
    bidders = bidders or [await proposals.bidder(conn) for _ in prices]
    invited = [bidder.unit.id for bidder in bidders]
    opened = await requests.opened(conn, buyer, invited=invited, **request)
    return Contest(
        enterprise,
        buyer,
        await identity.manager_of(conn, enterprise),
        (
            await identity.person(conn, enterprise, Role.SIGNATORY),
            await identity.person(conn, enterprise, Role.PAYER),
        ),
        opened,
        bidders,
        [
            await proposals.submitted(conn, bidder, opened, price_minor=price)
            for bidder, price in zip(bidders, prices, strict=True)
        ],
    )


async def evaluated(conn: Connection, contest: Contest) -> list[Judge]:
    """The evaluation is begun, both judges are named and have declared."""
    await judging.start_evaluation(conn, contest.buyer, contest.request.id)
    return [await declared(conn, contest, judge) for judge in contest.judges]


async def declared(conn: Connection, contest: Contest, judge: Actor) -> Judge:
    named = await appointed(conn, contest, judge)
    return await judges.declare(conn, judge, named.id, DeclarationInput(conflict=False))


async def appointed(conn: Connection, contest: Contest, judge: Actor) -> Judge:
    given = AppointmentInput(person_id=judge.person_id)
    return await judges.appoint_judge(conn, contest.buyer, contest.request.id, given)


def points(plan: int, qualification: int, time: int) -> ScoreInput:
    return ScoreInput(plan=plan, qualification=qualification, time=time, note="方案完整，可行")


async def score(
    conn: Connection, contest: Contest, judge: Judge, actor: Actor, *given: tuple[int, int, int]
) -> None:
    for proposal, each in zip(contest.proposals, given, strict=False):
        await judging.score_proposal(conn, actor, judge.id, proposal.id, points(*each))


async def scored(conn: Connection, contest: Contest) -> FullEvaluation:
    """Both judges have scored everything, which ends the round."""
    judges = await evaluated(conn, contest)
    for judge, actor, given in zip(judges, contest.judges, POINTS, strict=True):
        await score(conn, contest, judge, actor, *given)
    return await judging.read_evaluation(conn, contest.buyer, contest.request.id)


async def awarded(
    conn: Connection, contest: Contest, proposal_id: UUID | None = None, reason: str | None = None
) -> FullAward:
    """By results, the best unless told otherwise; approved where a second person has to."""
    evaluation = await scored(conn, contest)
    chosen = proposal_id or evaluation.results[0].proposal_id
    given = AwardInput(proposal_id=chosen, reason=reason)
    award = await operations.award_request(conn, contest.buyer, contest.request.id, given)
    if award.state == "proposed":
        return await operations.approve_award(conn, contest.manager, award.id)
    return award
