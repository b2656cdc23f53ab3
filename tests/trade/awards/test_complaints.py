"""Nobody answers a complaint who filed it or has to do with somebody who bid."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import msgspec
import pytest

from market.base import clock, db
from market.base.access import SYSTEM, Actor, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.trade.awards import complaints, model, operations, queries
from market.trade.awards.model import (
    AnswerInput,
    Complaint,
    ComplaintInput,
    DirectAwardInput,
    FullAward,
)
from market.trade.judging import comparison
from market.trade.judging import operations as judging
from tests.trade.enterprise_requests.conftest import SetClock
from tests.world import awards, identity
from tests.world.awards import Contest

GROUNDS = ComplaintInput(grounds="我方资质证书未被计入，请复核评分。")
REFUSED = AnswerInput(upheld=False, answer="证书已计入资质分，评分无误。")


async def disputed(
    conn: Connection, at: SetClock, by: Actor | None = None
) -> tuple[Contest, FullAward, Complaint]:
    """Announced to the best of three, and the second complains."""
    contest = await awards.contest(conn)
    await at(contest.request.deadline)
    award = await awards.awarded(conn, contest)
    filed = await complaints.file_complaint(conn, by or contest.bidders[1].clerk, award.id, GROUNDS)
    return contest, award, filed


async def overdue(conn: Connection, at: SetClock, filed: Complaint) -> Complaint:
    """The day for the answer has passed."""
    await at(await clock.now(conn) + timedelta(days=30))
    await complaints.escalate(conn, filed.id)
    async with db.act(conn, SYSTEM):
        return await queries.find_complaint(conn, SYSTEM, filed.id)


async def top(conn: Connection) -> Actor:
    return await identity.person(conn, await identity.root(conn), Role.ADMINISTRATOR)


async def answers_nothing(conn: Connection, actor: Actor, filed: Complaint) -> None:
    """Neither by the operation nor past it."""
    with pytest.raises(model.NotImpartial):
        await complaints.answer_complaint(conn, actor, filed.id, REFUSED)
    with pytest.raises(asyncpg.RestrictViolationError):
        async with db.savepoint(conn), db.act(conn, actor):
            await queries.answer_complaint(
                conn, actor, filed, model.ComplaintState.REFUSED, REFUSED.answer
            )


@pytest.mark.parametrize("place", [0, 1, 2])
async def test_no_manager_of_the_buyer_who_has_to_do_with_a_bidder(
    conn: Connection, at: SetClock, place: int
) -> None:
    contest, _, filed = await disputed(conn, at)
    await identity.also(conn, contest.manager, contest.bidders[place].unit, Role.MEMBER)
    await answers_nothing(conn, contest.manager, filed)


async def test_with_no_other_manager_at_the_buyer_it_goes_to_the_association_at_once(
    conn: Connection, at: SetClock
) -> None:
    contest = await awards.contest(conn)
    await at(contest.request.deadline)
    award = await awards.awarded(conn, contest)
    await identity.also(conn, contest.manager, contest.bidders[0].unit, Role.MEMBER)
    filed = await complaints.file_complaint(conn, contest.bidders[1].clerk, award.id, GROUNDS)
    assert filed.escalated_at is not None


async def test_nor_the_manager_who_approved_the_award(conn: Connection, at: SetClock) -> None:
    contest = await awards.contest(conn, prices=(60_000_00, 61_000_00), secrecy="invited")
    await at(contest.request.deadline)
    given = DirectAwardInput(proposal_id=contest.proposals[0].id, reason="须立即处置")
    proposed = await operations.award_directly(conn, contest.buyer, contest.request.id, given)
    award = await operations.approve_award(conn, contest.manager, proposed.id)
    filed = await complaints.file_complaint(conn, contest.bidders[1].clerk, award.id, GROUNDS)
    with pytest.raises(model.NotImpartial):
        await complaints.answer_complaint(conn, contest.manager, filed.id, REFUSED)


async def test_nor_an_administrator_of_the_association_who_bids_or_complained(
    conn: Connection, at: SetClock
) -> None:
    contest = await awards.contest(conn)
    await at(contest.request.deadline)
    award = await awards.awarded(conn, contest)
    winner, loser, complaining = [await top(conn) for _ in range(3)]
    for each, bidder in zip((winner, loser), contest.bidders, strict=False):
        await identity.also(conn, each, bidder.unit, Role.CLERK)
    for_unit = await identity.also(conn, complaining, contest.bidders[1].unit, Role.CLERK)
    filed = await complaints.file_complaint(conn, for_unit, award.id, GROUNDS)
    await identity.left(conn, for_unit)
    filed = await overdue(conn, at, filed)
    for partial in (winner, loser, complaining):
        await answers_nothing(conn, partial, filed)
        for read in (judging.read_evaluation, comparison.compare):
            with pytest.raises(NotFound):
                await read(conn, partial, contest.request.id)
        with pytest.raises(NotFound):
            await operations.read_award(conn, partial, award.id)


async def test_the_association_reads_how_an_award_came_until_the_complaint_is_answered(
    conn: Connection, at: SetClock
) -> None:
    contest, award, filed = await disputed(conn, at)
    administrators = [await top(conn) for _ in range(2)]
    await overdue(conn, at, filed)
    for each in administrators:
        await operations.read_award(conn, each, award.id)
        await judging.read_evaluation(conn, each, contest.request.id)
    answered = await complaints.answer_complaint(conn, administrators[0], filed.id, REFUSED)
    again = await complaints.answer_complaint(conn, administrators[0], filed.id, REFUSED)
    assert msgspec.structs.asdict(again) == msgspec.structs.asdict(answered)
    for each in administrators:
        with pytest.raises(NotFound):
            await operations.read_award(conn, each, award.id)
        with pytest.raises(NotFound):
            await judging.read_evaluation(conn, each, contest.request.id)
