"""Who follows an enterprise request is told of it, and never whose it is."""

from __future__ import annotations

import msgspec

from market.base import db
from market.base.access import SYSTEM, Role
from market.base.db import Connection, columns
from market.base.embedded import Dsns
from market.base.events import Event
from market.notifications import operations as notifications
from market.notifications.notices_requests import REQUESTS
from market.trade.enterprise_requests import operations, questions
from market.trade.enterprise_requests.terms import TermsChange
from tests.world import identity, requests


async def tell_all(app: Connection, worker: Connection) -> list[tuple[str, str]]:
    """Run the job for every event of a request; the mails as (address, subject and body)."""
    records = await worker.fetch(
        f"SELECT {columns(Event)} FROM event WHERE name = ANY ($1) ORDER BY id", list(REQUESTS)
    )
    for record in records:
        async with db.act(app, SYSTEM):
            await notifications.tell(app, Event(*record))
    mails = await worker.fetch("SELECT to_address, subject || body FROM mail ORDER BY id")
    return [tuple(each) for each in mails]


async def test_each_learns_what_concerns_him_and_nobody_the_enterprise(
    fresh_database: object,
) -> None:
    addresses: Dsns = await fresh_database()  # type: ignore[operator]
    app, worker = await db.connect(addresses.app), await db.connect(addresses.worker)
    enterprise, unit, late = (
        await identity.enterprise(app),
        await identity.unit(app),
        await identity.unit(app),
    )
    buyer = await identity.person(app, enterprise, Role.BUYER)
    manager = await identity.manager_of(app, enterprise)
    clerk, latecomer = [await identity.person(app, each, Role.CLERK) for each in (unit, late)]
    request = await requests.opened(app, buyer, invited=[unit.id], secrecy="anonymous")
    await operations.invite_units(app, buyer, request.id, [unit.id, late.id])
    asked = await questions.ask_question(app, clerk, request.id, "可以停机吗？")
    await questions.answer_question(app, buyer, request.id, asked.id, "可以。")
    change = msgspec.convert({"quantity": 2, "reason": "增加一台"}, TermsChange)
    await operations.change_request(app, buyer, request.id, change)
    await operations.cancel_request(app, buyer, request.id, "项目暂缓")

    mails = await tell_all(app, worker)
    about = {
        name: [text[:4] for address, text in mails if address == await identity.email_of(app, who)]
        for name, who in {"clerk": clerk, "late": latecomer, "manager": manager}.items()
    }
    bidders = [
        text
        for address, text in mails
        if address in {await identity.email_of(app, who) for who in (clerk, latecomer)}
    ]
    for connection in (app, worker):
        await connection.close()
    told = ["邀请参加", "已答复：", "内容变更", "已取消："]
    assert [text for text in about["clerk"] if text in told] == told
    assert [text for text in about["late"] if text in told] == told
    assert "新的提问" in about["manager"]
    assert not [text for text in bidders if enterprise.name_zh in text and "企业需求" in text]


async def test_a_request_that_closes_without_proposals_says_so(fresh_database: object) -> None:
    addresses: Dsns = await fresh_database()  # type: ignore[operator]
    app, worker = await db.connect(addresses.app), await db.connect(addresses.worker)
    buyer = await identity.person(app, await identity.enterprise(app), Role.BUYER)
    request = await requests.opened(app, buyer)
    published = await worker.fetchrow(
        f"""SELECT {columns(Event)} FROM event
            WHERE name = 'enterprise_request.published' AND subject_id = $1""",
        request.id,
    )
    assert published is not None
    event = Event(*published)
    closed = msgspec.structs.replace(
        event, name="enterprise_request.closed", actor=SYSTEM.person_id
    )
    async with db.act(app, SYSTEM):
        await notifications.tell(app, closed)
    subjects = await worker.fetch("SELECT subject FROM mail WHERE subject LIKE '已截止%'")
    for connection in (app, worker):
        await connection.close()
    assert {subject for (subject,) in subjects} == {f"已截止，没有报价：企业需求“{request.title}”"}
