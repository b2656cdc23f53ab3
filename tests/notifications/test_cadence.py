"""People are told of messages and finds at once, once a day, or never: each of them once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import NamedTuple

import msgspec
import pytest

from market.base import db
from market.base.access import SYSTEM, Actor, Role
from market.base.db import Connection, columns
from market.base.events import Event
from market.notifications.cadence import operations
from market.notifications.cadence.model import Cadence, NoticeTopic
from market.trade.deals import operations as messages
from market.trade.deals.model import Deal, ReadMark
from tests.conftest import Clone
from tests.world import deals, discovery, identity, requests


class Desk(NamedTuple):
    """Where people act, where mails and events are read, and a deal with who is in it."""

    app: Connection
    worker: Connection
    deal: Deal
    buyer: Actor
    clerk: Actor

    async def wants(self, cadence: Cadence) -> None:
        await operations.choose_cadence(self.app, self.buyer, NoticeTopic.DEAL_MESSAGES, cadence)

    async def reads(self, number: int) -> None:
        await messages.mark_read(self.app, self.buyer, self.deal.id, ReadMark(number=number))

    async def told(self, actor: Actor | None = None) -> list[str]:
        """Run the job for every message, twice; the subjects of the person's letters."""
        records = await self.worker.fetch(
            f"SELECT {columns(Event)} FROM event WHERE name = 'deal.message_sent' ORDER BY id"
        )
        for record in (*records, *records):
            await operations.tell_of_message(self.app, Event(*record))
        return await self.mails(actor or self.buyer)

    async def daily(self) -> list[str]:
        async with db.act(self.app, SYSTEM):
            await operations.send_daily_letters(self.app)
        return await self.mails(self.buyer)

    async def mails(self, actor: Actor) -> list[str]:
        address = await identity.email_of(self.app, actor)
        found = await self.worker.fetch(
            """SELECT subject FROM mail
               WHERE to_address = $1 AND subject ~ '留言' ORDER BY id""",
            address,
        )
        return [record["subject"] for record in found]


@pytest.fixture
async def desk(stocked: Clone) -> AsyncIterator[Desk]:
    async with stocked() as addresses:
        app, worker = await db.connect(addresses.app), await db.connect(addresses.worker)
        unit = await identity.unit(app)
        buyer = await identity.person(app, await identity.enterprise(app), Role.BUYER)
        clerk = await identity.person(app, unit, Role.CLERK)
        deal = await deals.opened(app, unit, buyer)
        await deals.said(app, buyer, deal)
        yield Desk(app, worker, deal, buyer, clerk)
        app.terminate()
        worker.terminate()


async def test_who_has_read_all_is_told_at_once_and_then_not_until_he_reads(desk: Desk) -> None:
    title = f"新留言：{desk.deal.title}"
    assert await desk.told(desk.clerk) == [title]
    for _ in range(2):
        await deals.said(desk.app, desk.clerk, desk.deal, "可以。")
    assert await desk.told() == [title]
    await desk.reads(3)
    await deals.said(desk.app, desk.clerk, desk.deal, "还有一点。")
    assert await desk.told() == [title, title]


async def test_a_daily_letter_counts_what_is_still_unread_and_tells_it_once(desk: Desk) -> None:
    await desk.wants(Cadence.DAILY)
    for _ in range(3):
        await deals.said(desk.app, desk.clerk, desk.deal, "可以。")
    await desk.reads(2)
    assert await desk.told() == []
    assert await desk.daily() == ["未读留言 2 条"]
    assert await desk.daily() == ["未读留言 2 条"]
    await deals.said(desk.app, desk.clerk, desk.deal, "还有一点。")
    await desk.told()
    await desk.reads(5)
    assert len(await desk.daily()) == 1


async def test_who_wants_no_letters_gets_none(desk: Desk) -> None:
    await desk.wants(Cadence.DAILY)
    await deals.said(desk.app, desk.clerk, desk.deal, "可以。")
    await desk.told()
    await desk.wants(Cadence.NEVER)
    assert await desk.daily() == []


async def test_who_has_left_is_no_longer_told(desk: Desk) -> None:
    await desk.wants(Cadence.DAILY)
    await deals.said(desk.app, desk.clerk, desk.deal, "可以。")
    await desk.told()
    await identity.left(desk.app, desk.buyer)
    await deals.said(desk.app, desk.clerk, desk.deal, "您好？")
    assert await desk.told() == await desk.daily() == []


async def found_out(desk: Desk, cadence: Cadence, *, by_himself: bool = False) -> list[str]:
    """A member of another unit looks for rollers, one is asked for, and the jobs run twice."""
    member = await identity.person(desk.app, await identity.unit(desk.app), Role.MEMBER)
    await operations.choose_cadence(desk.app, member, NoticeTopic.SAVED_SEARCHES, cadence)
    await discovery.saved(desk.app, member, q="轧辊", name="轧辊类")
    await requests.opened(desk.app, desk.buyer)
    record = await desk.worker.fetchrow(
        f"SELECT {columns(Event)} FROM event WHERE name = 'enterprise_request.published'"
    )
    assert record is not None
    published = Event(*record)
    if by_himself:
        published = msgspec.structs.replace(published, actor=member.person_id)
    for _ in range(2):
        await operations.tell_of_published(desk.app, published)
        async with db.act(desk.app, SYSTEM):
            await operations.send_daily_letters(desk.app)
    address = await identity.email_of(desk.app, member)
    found = await desk.worker.fetch(
        "SELECT subject FROM mail WHERE to_address = $1 AND subject ~ '订阅'", address
    )
    return [each["subject"] for each in found]


@pytest.mark.parametrize(
    ("cadence", "told"),
    [
        (Cadence.AT_ONCE, ["订阅搜索有新内容：轧辊表面剥落"]),
        (Cadence.DAILY, ["订阅搜索有 1 项新内容"]),
        (Cadence.NEVER, []),
    ],
)
async def test_a_find_is_told_once_at_its_readers_cadence(
    desk: Desk, cadence: Cadence, told: list[str]
) -> None:
    assert await found_out(desk, cadence) == told


@pytest.mark.parametrize("cadence", [Cadence.AT_ONCE, Cadence.DAILY])
async def test_nobody_is_told_of_what_he_published_himself(desk: Desk, cadence: Cadence) -> None:
    assert await found_out(desk, cadence, by_himself=True) == []
