"""What can come of a request after its deadline, once each: an auditor must find no fault with it.

``await awarding.happens(conn, owner)`` lets an hour pass on the market's clock.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import asyncpg

from market.base import clock, db
from market.base.access import SYSTEM, Role
from market.base.db import Connection
from market.trade.awards import complaints, effects, operations
from market.trade.awards.model import AnswerInput, AwardInput, ComplaintInput, DirectAwardInput
from market.trade.contracts import awarded
from market.trade.contracts.awarded import ContractInput
from market.trade.judging import judges as naming
from market.trade.judging import operations as judging
from market.trade.judging.model import DeclarationInput
from tests.world import awards, identity
from tests.world.awards import Contest

HOUR: Final = timedelta(hours=1)
GROUNDS: Final = ComplaintInput(grounds="我方资质证书未被计入，请复核评分。")


async def happens(conn: Connection, owner: str) -> None:
    end = await clock.now(conn) + HOUR
    soon: dict[str, Any] = {"deadline": end, "questions_until": end}
    alone = await awards.contest(conn, prices=(58_000_00,), **soon)
    urgent = await awards.contest(conn, prices=(90_000_00,), secrecy="invited", **soon)
    disputed, upheld, recused, unheard, turned = [
        await awards.contest(conn, **soon) for _ in range(5)
    ]
    await passes(owner, HOUR)
    final = await awards.awarded(conn, alone)
    await awarded.draft_from_award(conn, alone.buyer, final.id, ContractInput())
    await _directly(conn, urgent)
    await _disputed(conn, disputed, AnswerInput(upheld=False, answer="证书已计入，评分无误。"))
    await _disputed(conn, upheld, AnswerInput(upheld=True, answer="确有漏计，重新评审。"))
    await _escalated(conn, unheard)
    await _turned(conn, turned)
    judges = await awards.evaluated(conn, recused)
    reason = DeclarationInput(conflict=True, reason="与报价单位负责人是亲属")
    await naming.declare(conn, recused.judges[0], judges[0].id, reason)
    await awards.score(conn, recused, judges[1], recused.judges[1], *awards.POINTS[1])
    async with db.act(conn, SYSTEM):
        await effects.reject_running(conn, recused.request.id)


async def passes(owner: str, time: timedelta) -> None:
    """Only the owner of the database turns the market's clock."""
    conn = await asyncpg.connect(owner)
    await conn.execute("UPDATE clock_offset SET shift = shift + $1", time)
    await conn.close()


async def _directly(conn: Connection, contest: Contest) -> None:
    given = DirectAwardInput(proposal_id=contest.proposals[0].id, reason="废水超标须立即处置")
    award = await operations.award_directly(conn, contest.buyer, contest.request.id, given)
    await operations.approve_award(conn, contest.manager, award.id)


async def _disputed(conn: Connection, contest: Contest, answer: AnswerInput) -> None:
    """Judged, announced, complained about; upheld, it is judged and awarded a second time."""
    award = await awards.awarded(conn, contest)
    filed = await complaints.file_complaint(conn, contest.bidders[1].clerk, award.id, GROUNDS)
    await complaints.answer_complaint(conn, contest.manager, filed.id, answer)
    if not answer.upheld:
        return
    evaluation = await judging.read_evaluation(conn, contest.buyer, contest.request.id)
    for judge, actor, given in zip(evaluation.judges, contest.judges, awards.POINTS, strict=True):
        await awards.score(conn, contest, judge, actor, *given)
    again = AwardInput(proposal_id=contest.proposals[2].id, reason="第一名无法在停机窗口进场")
    award = await operations.award_request(conn, contest.buyer, contest.request.id, again)
    await operations.approve_award(conn, contest.manager, award.id)


async def _escalated(conn: Connection, contest: Contest) -> None:
    """Awarded by the only manager, so that nobody of the buyer may answer."""
    contest = contest._replace(buyer=contest.manager)
    award = await awards.awarded(conn, contest)
    filed = await complaints.file_complaint(conn, contest.bidders[1].clerk, award.id, GROUNDS)
    top = await identity.person(conn, await identity.root(conn), Role.ADMINISTRATOR)
    given = AnswerInput(upheld=False, answer="证书已计入，评分无误。")
    await complaints.answer_complaint(conn, top, filed.id, given)


async def _turned(conn: Connection, contest: Contest) -> None:
    """A third judge goes over to a bidder: his points do not count, and he is removed."""
    turncoat = await identity.person(conn, contest.enterprise, Role.PAYER)
    judges = await awards.evaluated(conn, contest)
    third = await awards.declared(conn, contest, turncoat)
    await awards.score(conn, contest, third, turncoat, *[(100, 100, 100)] * 3)
    await identity.also(conn, turncoat, contest.bidders[1].unit, Role.MEMBER)
    for judge, actor, given in zip(judges, contest.judges, awards.POINTS, strict=True):
        await awards.score(conn, contest, judge, actor, *given)
    await judging.end_scoring(conn, contest.buyer, contest.request.id)
