"""Questions are everybody's, the asker is nobody's business, answers are versions."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest

from market.base import db
from market.base.access import ANONYMOUS, Actor
from market.base.db import Connection
from market.base.errors import NotFound
from market.trade.enterprise_requests import asked, model, queries, questions, sealed
from market.trade.enterprise_requests.model import AskedQuestion, FullRequest
from tests.trade.enterprise_requests.conftest import Cast, SetClock
from tests.world import identity, requests


async def read(conn: Connection, actor: Actor, request: FullRequest) -> list[AskedQuestion]:
    async with db.act(conn, actor):
        return await asked.questions_of(conn, actor, request.id, after=None, limit=50)


async def test_all_read_a_question_and_only_the_askers_side_knows_whose_it_is(
    conn: Connection, cast: Cast
) -> None:
    opened = await requests.opened(conn, cast.buyer)
    asked = await questions.ask_question(conn, cast.bidder, opened.id, "材质是什么？")
    assert asked.mine
    for actor in (cast.rival, cast.buyer, identity.as_if_all_were_visible(cast.rival)):
        (found,) = await read(conn, actor, opened)
        assert (found.question, found.mine) == ("材质是什么？", False)
        told = msgspec.json.encode(found).decode()
        assert str(cast.unit.id) not in told
        assert str(cast.bidder.person_id) not in told
        async with db.act(conn, actor):
            assert await conn.fetchval("SELECT count(*) FROM question_asker") == 0


async def test_each_answer_is_a_version_and_the_newest_counts(conn: Connection, cast: Cast) -> None:
    opened = await requests.opened(conn, cast.buyer)
    asked = await questions.ask_question(conn, cast.bidder, opened.id, "材质是什么？")
    for answer in ("9Cr2Mo", "9Cr2Mo", "更正：9Cr3Mo"):
        await questions.answer_question(conn, cast.buyer, opened.id, asked.id, answer)
    (found,) = await read(conn, cast.rival, opened)
    assert (found.answer, found.answered_number) == ("更正：9Cr3Mo", 3)
    async with db.act(conn, cast.rival):
        versions = await queries.versions_of(conn, cast.rival, opened.id, before=None, limit=9)
    assert [each.cause for each in versions] == ["answered", "answered", "published"]


async def test_after_the_last_time_for_questions_nobody_asks(
    conn: Connection, cast: Cast, at: SetClock
) -> None:
    opened = await requests.opened(conn, cast.buyer)
    asked = await questions.ask_question(conn, cast.bidder, opened.id, "材质是什么？")
    await at(opened.questions_until)
    with pytest.raises(model.QuestionsOver):
        await questions.ask_question(conn, cast.rival, opened.id, "还能问吗？")
    answered = await questions.answer_question(conn, cast.buyer, opened.id, asked.id, "9Cr2Mo")
    assert answered.answer == "9Cr2Mo"


async def test_strangers_and_enterprises_do_not_ask(conn: Connection, cast: Cast) -> None:
    opened = await requests.opened(conn, cast.buyer, invited=[cast.unit.id], secrecy="invited")
    with pytest.raises(NotFound):
        await questions.ask_question(conn, cast.rival, opened.id, "我能参加吗？")
    with pytest.raises(model.NotABidder):
        await questions.ask_question(conn, cast.buyer, opened.id, "自问")
    assert await read(conn, cast.rival, opened) == []
    assert await read(conn, ANONYMOUS, opened) == []


async def test_an_answer_to_what_nobody_asked_is_not_found(conn: Connection, cast: Cast) -> None:
    opened = await requests.opened(conn, cast.buyer)
    with pytest.raises(NotFound):
        await questions.answer_question(conn, cast.buyer, opened.id, UUID(int=7), "无")


async def test_whoever_comes_too_early_is_noted_by_the_id_as_sent(
    conn: Connection, cast: Cast
) -> None:
    async with db.act(conn, cast.rival):
        await sealed.insert_attempt(conn, cast.rival, "proposal", "no-such-thing")
    with pytest.raises(Exception, match="permission denied"):
        async with db.act(conn, cast.rival), db.savepoint(conn):
            await conn.execute("SELECT asked_id FROM sealed_access_attempt")
