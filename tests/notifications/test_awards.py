"""Each bidder's letter tells of an award what is true for that bidder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from market.base import clock, db
from market.base.access import SYSTEM
from market.base.db import Connection, columns
from market.base.embedded import Dsns
from market.base.events import Event
from market.notifications import operations as notifications
from market.notifications.notices_awards import AWARDS
from market.trade.awards import operations
from market.trade.awards.model import DirectAwardInput, FullAward
from market.trade.contracts import awarded
from tests.world import awarding, awards, identity
from tests.world.awards import Contest

TITLE = "焊缝一次合格率"


async def tell_all(
    app: Connection, worker: Connection, names: Sequence[str] = tuple(AWARDS)
) -> list[tuple[str, str]]:
    """Run the job for every event so named; the mails as (address, subject and body)."""
    records = await worker.fetch(
        f"SELECT {columns(Event)} FROM event WHERE name = ANY ($1) ORDER BY id", list(names)
    )
    for record in records:
        async with db.act(app, SYSTEM):
            await notifications.tell(app, Event(*record))
    mails = await worker.fetch("SELECT to_address, subject || body FROM mail ORDER BY id")
    return [tuple(each) for each in mails if TITLE in each[1]]


async def directly(app: Connection, contest: Contest) -> FullAward:
    given = DirectAwardInput(proposal_id=contest.proposals[0].id, reason="废水超标须立即处置")
    return await operations.award_directly(app, contest.buyer, contest.request.id, given)


async def test_a_direct_award_tells_of_a_standstill_only_where_there_is_one_and_of_no_points(
    fresh_database: object,
) -> None:
    addresses: Dsns = await fresh_database()  # type: ignore[operator]
    app, worker = await db.connect(addresses.app), await db.connect(addresses.worker)
    end = await clock.now(app) + timedelta(hours=1)
    usual: dict[str, Any] = {
        "title": TITLE,
        "secrecy": "invited",
        "deadline": end,
        "questions_until": end,
    }
    alone = await awards.contest(app, prices=(48_000_00,), **usual)
    rivals = await awards.contest(app, prices=(48_000_00, 42_000_00), **usual)
    await awarding.passes(addresses.owner, timedelta(hours=1))
    await directly(app, alone)
    award = await directly(app, rivals)
    mails = await tell_all(app, worker)
    bidders = [alone.bidders[0], *rivals.bidders]
    to = [await identity.email_of(app, bidder.clerk) for bidder in bidders]
    for connection in (app, worker):
        await connection.close()
    sole, winner, loser = [[text for other, text in mails if other == each] for each in to]
    assert [text[:4] for text in sole] == ["定标生效"]
    assert [text.partition("：")[0] for text in winner + loser] == ["中选", "未中选"]
    assert award.standstill_until is not None
    last = award.standstill_until + timedelta(hours=8)
    assert f"请在 {last:%Y-%m-%d} 00:00（北京时间）前" in loser[0]
    assert "废水超标须立即处置" in loser[0]
    assert "—" not in loser[0]
    assert "得分" not in loser[0]


async def test_who_won_is_told_of_a_draft_and_not_of_an_order(fresh_database: object) -> None:
    addresses: Dsns = await fresh_database()  # type: ignore[operator]
    app, worker = await db.connect(addresses.app), await db.connect(addresses.worker)
    end = await clock.now(app) + timedelta(hours=1)
    contest = await awards.contest(
        app, prices=(48_000_00,), title=TITLE, secrecy="invited", deadline=end, questions_until=end
    )
    await awarding.passes(addresses.owner, timedelta(hours=1))
    award = await directly(app, contest)
    await awarded.draft_from_award(app, contest.buyer, award.id, awarded.ContractInput())
    mails = await tell_all(app, worker, ["contract.ordered"])
    clerk = await identity.email_of(app, contest.bidders[0].clerk)
    for connection in (app, worker):
        await connection.close()
    assert not [letter for _, letter in mails if letter.startswith("新订单")]
    assert clerk in [to for to, letter in mails if letter.startswith("合同已按定标结果起草：")]
