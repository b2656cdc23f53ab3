"""An enterprise and a unit write to each other; nobody else knows of it."""

from __future__ import annotations

from typing import NamedTuple

import asyncpg
import msgspec
import pytest

from market.base import db, files
from market.base.access import Actor, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.identity.organisations.model import Organisation
from market.trade.catalogue import operations as offerings
from market.trade.deals import model, operations, queries
from market.trade.deals.model import Deal, Message, ReadMark
from tests.trade.enterprise_requests.conftest import conn
from tests.world import catalogue, deals, identity

__all__ = ["conn"]


class Cast(NamedTuple):
    unit: Organisation
    buyer: Actor
    clerk: Actor
    auditor: Actor
    above: Actor
    stranger: Actor


@pytest.fixture(scope="module")
async def cast(own_connection: Connection) -> Cast:
    above = await identity.unit(own_connection)
    unit = await identity.unit(own_connection, parent=above)
    return Cast(
        unit,
        await identity.person(
            own_connection, await identity.enterprise(own_connection), Role.BUYER
        ),
        await identity.person(own_connection, unit, Role.CLERK),
        await identity.person(own_connection, unit, Role.AUDITOR),
        await identity.person(own_connection, above, Role.CLERK),
        await identity.person(
            own_connection, await identity.enterprise(own_connection), Role.BUYER
        ),
    )


async def seen(conn: Connection, actor: Actor, deal: Deal) -> Deal:
    async with db.act(conn, actor):
        return await queries.find_deal(conn, actor, deal.id)


async def read(conn: Connection, actor: Actor, deal: Deal) -> list[Message]:
    async with db.act(conn, actor):
        return await operations.list_messages(conn, actor, deal.id, before=None, limit=50)


async def test_an_enterprise_opens_one_deal_about_an_offering(conn: Connection, cast: Cast) -> None:
    first = await deals.opened(conn, cast.unit, cast.buyer)
    again = await offerings.ask_about_offering(conn, cast.buyer, first.topic_id)
    other = await offerings.ask_about_offering(conn, cast.stranger, first.topic_id)
    assert again.id == first.id != other.id
    with pytest.raises(model.OnlyEnterprisesAsk):
        await offerings.ask_about_offering(conn, cast.clerk, first.topic_id)
    draft = await catalogue.drafted_offering(conn, cast.unit, cast.clerk)
    with pytest.raises(NotFound):
        await offerings.ask_about_offering(conn, cast.buyer, draft.id)


async def test_both_sides_read_what_each_writes_and_mark_how_far(
    conn: Connection, cast: Cast
) -> None:
    deal = await deals.opened(conn, cast.unit, cast.buyer)
    asked = await deals.said(conn, cast.buyer, deal)
    told = await deals.said(conn, cast.clerk, deal, "下周三可以。")
    assert (asked.number, told.number) == (1, 2)
    for actor in (cast.buyer, cast.clerk, cast.above, cast.auditor):
        found = await read(conn, actor, deal)
        assert [(each.number, each.body) for each in found] == [
            (2, "下周三可以。"),
            (1, "何时可以到现场？"),
        ]
        assert all(each.author_name for each in found)
    before = await seen(conn, cast.buyer, deal)
    assert (before.messages, before.unread, before.read_up_to) == (2, 1, 0)
    await operations.mark_read(conn, cast.buyer, deal.id, ReadMark(number=2))
    after = await operations.mark_read(conn, cast.buyer, deal.id, ReadMark(number=1))
    assert (after.unread, after.read_up_to) == (0, 2)
    assert (await seen(conn, cast.clerk, deal)).read_by_others_up_to == 2
    with pytest.raises(model.NoSuchMessage):
        await operations.mark_read(conn, cast.buyer, deal.id, ReadMark(number=3))


async def test_an_answer_does_not_mark_as_read_what_its_writer_never_saw(
    conn: Connection, cast: Cast
) -> None:
    deal = await deals.opened(conn, cast.unit, cast.buyer)
    await deals.said(conn, cast.clerk, deal, "请先确认尺寸。")
    await deals.said(conn, cast.buyer, deal, "我先问一句。")
    assert (await seen(conn, cast.buyer, deal)).unread == 1


async def test_a_file_is_shared_with_the_other_side_by_the_message_that_carries_it(
    conn: Connection, cast: Cast
) -> None:
    deal = await deals.opened(conn, cast.unit, cast.buyer)
    plan = await catalogue.stored_file(conn, cast.clerk)
    with pytest.raises(model.AttachmentUnknown):
        await deals.said(conn, cast.buyer, deal, "见附件", plan)
    with pytest.raises(model.AttachmentTwice):
        await deals.said(conn, cast.clerk, deal, "见附件", plan, plan)
    sent = await deals.said(conn, cast.clerk, deal, "见附件", plan)
    assert [each.id for each in sent.attachments] == [plan]
    async with db.act(conn, cast.buyer):
        assert (await files.find(conn, cast.buyer, plan)).id == plan
    async with db.act(conn, cast.stranger):
        with pytest.raises(NotFound):
            await files.find(conn, cast.stranger, plan)


async def test_whoever_is_above_or_audits_reads_and_does_not_write(
    conn: Connection, cast: Cast
) -> None:
    deal = await deals.opened(conn, cast.unit, cast.buyer)
    await deals.said(conn, cast.buyer, deal)
    for actor in (cast.above, cast.auditor):
        with pytest.raises(model.NotYourDeal):
            await deals.said(conn, actor, deal)
        with pytest.raises(model.NotYourDeal):
            await operations.mark_read(conn, actor, deal.id, ReadMark(number=1))


async def test_a_stranger_finds_nothing_even_when_the_queries_forget_to_hide_it(
    conn: Connection, cast: Cast
) -> None:
    deal = await deals.opened(conn, cast.unit, cast.buyer)
    await deals.said(conn, cast.buyer, deal)
    for actor in (cast.stranger, identity.as_if_all_were_visible(cast.stranger)):
        with pytest.raises(NotFound):
            await deals.said(conn, actor, deal)
        with pytest.raises(NotFound):
            await read(conn, actor, deal)
        async with db.act(conn, actor):
            assert await queries.messages_of(conn, actor, deal.id, before=None, limit=9) == []
            assert await conn.fetch("SELECT id FROM authors_of_deal($1)", deal.id) == []
            found = await queries.deals_of(conn, actor, before=None, limit=9)
            assert deal.id not in [each.id for each in found]


@pytest.mark.parametrize(
    "sql",
    [
        """INSERT INTO deal_message (deal_id, number, organisation_id, author_id, body)
           SELECT id, 9, enterprise_id, opened_by, '冒名' FROM deal WHERE id = $1""",
        """INSERT INTO deal (enterprise_id, unit_id, topic, topic_id, title, opened_by)
           SELECT enterprise_id, unit_id, topic, uuidv7(), title, actor_id() FROM deal
           WHERE id = $1""",
        """INSERT INTO deal_read_mark (deal_id, person_id, organisation_id, number)
           SELECT id, opened_by, enterprise_id, 1 FROM deal WHERE id = $1""",
    ],
    ids=["a message in another's name", "a deal about nothing", "another's mark"],
)
async def test_the_database_itself_refuses(conn: Connection, cast: Cast, sql: str) -> None:
    deal = await deals.opened(conn, cast.unit, cast.buyer)
    await deals.said(conn, cast.buyer, deal)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.act(conn, cast.clerk), db.savepoint(conn):
            await conn.execute(sql, deal.id)


async def test_pages_follow_the_last_activity(conn: Connection, cast: Cast) -> None:
    one, two, three = [await deals.opened(conn, cast.unit, cast.buyer) for _ in range(3)]
    async with db.act(conn, cast.buyer):
        await conn.execute(
            "UPDATE deal SET active_at = active_at + interval '1 hour' WHERE id = $1", one.id
        )
        first = await queries.deals_of(conn, cast.buyer, before=None, limit=2)
        place = queries.place_of(first[-1])
        rest = await queries.deals_of(conn, cast.buyer, before=place, limit=2)
    assert [each.id for each in (*first, *rest)] == [one.id, three.id, two.id]


async def test_rows_fit_their_structs(conn: Connection, cast: Cast) -> None:
    deal = await deals.opened(conn, cast.unit, cast.buyer)
    plan = await catalogue.stored_file(conn, cast.buyer)
    sent = await deals.said(conn, cast.buyer, deal, "图纸", plan)
    for found in (deal, sent):
        assert msgspec.json.decode(msgspec.json.encode(found), type=type(found)) == found
