"""Open requests are found by words, codes and initials, page by page, and by no secret."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection
from market.trade.catalogue.searching import NothingToSearch, query_of
from market.trade.enterprise_requests import cards, operations, searching, subscriptions
from market.trade.enterprise_requests.cards import Wanted
from market.trade.enterprise_requests.model import FullRequest
from tests.trade.enterprise_requests.conftest import Cast, SetClock
from tests.world import requests


async def found(conn: Connection, phrase: str, **wanted: Any) -> list[str]:
    items, _ = await searching.search_ranked(
        conn, query_of(phrase), Wanted(**wanted), after=None, limit=50
    )
    newest, _ = await searching.search(
        conn, query_of(phrase), Wanted(**wanted), after=None, limit=50
    )
    titles = [json.loads(item)["title"] for item in items]
    assert sorted(titles) == sorted(json.loads(item)["title"] for item in newest)
    return titles


async def titled(conn: Connection, cast: Cast, title: str, **changes: Any) -> FullRequest:
    return await requests.opened(conn, cast.buyer, title=title, **changes)


async def test_words_codes_and_initials_find_what_is_open(conn: Connection, cast: Cast) -> None:
    lathe = await titled(conn, cast, "老旧立车数控化改造", problem="立车 CK-5225 主轴精度下降。")
    await titled(conn, cast, "电池组性能检测", kind="consulting", problem="逐组检测容量。")
    assert await found(conn, "数控化") == ["老旧立车数控化改造"]
    assert await found(conn, "ＣＫ５２２５") == ["老旧立车数控化改造"]
    assert await found(conn, "dcz") == ["电池组性能检测"]
    assert await found(conn, "电池检测") == ["电池组性能检测"]
    assert await found(conn, "检测", kind="service") == []
    assert await found(conn, cast.enterprise.name_zh) != []
    with pytest.raises(NothingToSearch):
        query_of("的和")
    await operations.cancel_request(conn, cast.buyer, lathe.id, "项目暂缓")
    assert await found(conn, "数控化") == []


async def test_what_stands_in_the_title_comes_first(conn: Connection, cast: Cast) -> None:
    await titled(conn, cast, "设备维护", problem="其中包括振动监测的安装。")
    await titled(conn, cast, "振动监测")
    await titled(conn, cast, "其他服务", problem="振动监测")
    assert (await found(conn, "振动监测"))[0] == "振动监测"


async def test_nobody_is_found_by_what_is_secret(
    conn: Connection, cast: Cast, at: SetClock
) -> None:
    hidden = await titled(conn, cast, "粉尘防爆整改", secrecy="anonymous")
    await titled(conn, cast, "废水氨氮超标", secrecy="invited", invited=[cast.unit.id])
    assert await found(conn, "废水氨氮") == []
    assert await found(conn, "粉尘防爆") == ["粉尘防爆整改"]
    assert "粉尘防爆整改" not in await found(conn, cast.enterprise.name_zh)
    await at(hidden.deadline)
    assert await found(conn, "粉尘防爆") == []


async def test_every_page_meets_each_once_while_more_are_published(
    conn: Connection, cast: Cast
) -> None:
    made = {(await titled(conn, cast, f"轧辊修复{n}")).id for n in range(7)}
    met: list[UUID] = []
    for search in (searching.search, searching.search_ranked):
        after: Any = None
        met.clear()
        while True:
            items, after = await search(conn, query_of("轧辊修复"), Wanted(), after=after, limit=2)
            met += [UUID(json.loads(item)["id"]) for item in items]
            if after is None:
                break
            await titled(conn, cast, "轧辊修复后来的")
        assert [met.count(each) for each in made] == [1] * 7


async def test_suggestions_name_fields_and_titles(conn: Connection, cast: Cast) -> None:
    await titled(conn, cast, "先进制造线提升")
    told = await searching.suggest(conn, "先进", query_of("先进", unfinished=True))
    assert [(each.kind, each.zh) for each in told.items] == [
        ("technical_field", "先进制造"),
        ("title", "先进制造线提升"),
    ]


async def test_cards_older_than_search_are_learnt(conn: Connection, cast: Cast) -> None:
    opened = await titled(conn, cast, "包装线提升")
    async with db.act(conn, SYSTEM):
        await conn.execute("DELETE FROM request_card WHERE id = $1", opened.id)
        await cards.show_or_hide(conn, opened)
    assert await found(conn, "包装线") == ["包装线提升"]
    assert subscriptions.PERIODIC["enterprise_requests.index_what_is_missing"]
