"""Both sides of a proposal are told what concerns them, and of a sealed one its own unit alone."""

from __future__ import annotations

from datetime import timedelta

from market.base import clock, db
from market.base.access import SYSTEM, Role
from market.base.db import Connection, columns
from market.base.embedded import Dsns
from market.base.events import Event
from market.notifications import operations as notifications
from market.notifications.notices_proposals import PROPOSALS
from market.trade.proposals import operations
from market.trade.proposals.counter_offers import operations as bargaining
from tests.world import bidding, identity, proposals, requests
from tests.world.proposals import countered


async def tell_all(app: Connection, worker: Connection) -> list[tuple[str, str]]:
    """Run the job for every event of a proposal; the new mails as (address, subject and body)."""
    records = await worker.fetch(
        f"SELECT {columns(Event)} FROM event WHERE name = ANY ($1) ORDER BY id", list(PROPOSALS)
    )
    for record in records:
        async with db.act(app, SYSTEM):
            await notifications.tell(app, Event(*record))
    mails = await worker.fetch("SELECT to_address, subject || body FROM mail ORDER BY id")
    return [tuple(each) for each in mails if "焊缝一次合格率" in each[1]]


async def test_each_side_learns_what_concerns_it(fresh_database: object) -> None:
    addresses: Dsns = await fresh_database()  # type: ignore[operator]
    app, worker = await db.connect(addresses.app), await db.connect(addresses.worker)
    enterprise = await identity.enterprise(app)
    buyer = await identity.person(app, enterprise, Role.BUYER)
    bidder = await proposals.bidder(app)
    leader = await identity.person(app, bidder.unit, Role.LEADER)
    turncoat = await identity.person(app, bidder.unit, Role.CLERK)
    await identity.also(app, turncoat, enterprise, Role.PAYER)
    end = await clock.now(app) + timedelta(hours=1)
    request = await requests.opened(
        app, buyer, title="焊缝一次合格率", secrecy="anonymous", deadline=end, questions_until=end
    )
    made = await proposals.submitted(app, bidder, request)
    address = {
        name: await identity.email_of(app, who)
        for name, who in {"buyer": buyer, "leader": leader, "turncoat": turncoat}.items()
    }
    sealed = await tell_all(app, worker)
    assert [text[:5] for to, text in sealed if to == address["leader"]] == ["报价已递交"]
    assert not {address["buyer"], address["turncoat"]} & {to for to, _ in sealed}

    await bidding.pass_time(addresses.owner)
    await operations.settle(app, made.id)
    less = await countered(app, price_minor=45_000_00)
    offer = await bargaining.make_counter_offer(app, buyer, made.id, less)
    await bargaining.refuse_counter_offer(app, bidder.clerk, offer.id, "价格过低")
    longer = await countered(app, valid_until="2090-01-01")
    offer = await bargaining.make_counter_offer(app, bidder.clerk, made.id, longer)
    await bargaining.accept_counter_offer(app, buyer, offer.id)
    await operations.withdraw_proposal(app, bidder.clerk, made.id, "人手不足")
    mails = await tell_all(app, worker)
    told = {
        name: [text.partition("：")[0] for to, text in mails if to == address[name]]
        for name in address
    }
    for connection in (app, worker):
        await connection.close()
    assert told["leader"] == ["报价已递交", "报价已开启", "收到还价", "还价已接受"]
    assert told["buyer"] == ["还价未被接受", "收到还价", "一份报价不再有效"]
    assert told["turncoat"] == []
    assert not [
        text for to, text in mails if to == address["leader"] and enterprise.name_zh in text
    ]
