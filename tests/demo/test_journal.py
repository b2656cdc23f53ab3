"""A story that was interrupted goes on where it was: what is journalled is not done again."""

from __future__ import annotations

import stat
from pathlib import Path

import httpx
import pytest

from market.demo.client import Journal, Visitor, key_of

ANSWER = {"id": "0197a3c5", "parts": {"name": "锦川"}}


def test_a_torn_last_line_is_as_if_it_had_never_been(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    Journal(whole).add("first", ANSWER)
    kept = whole.read_bytes()
    Journal(whole).add("second", ANSWER)
    content = whole.read_bytes()
    for length in range(len(kept), len(content)):
        torn = tmp_path / "torn"
        torn.write_bytes(content[:length])
        assert Journal(torn).done == {"first": ANSWER}, length
        Journal(torn).add("third", None)
        assert Journal(torn).done == {"first": ANSWER, "third": None}, length


def test_nobody_else_reads_the_secrets_in_it(tmp_path: Path) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    old.touch(mode=0o644)
    for path in (new, old):
        Journal(path).add("first", ANSWER)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_an_act_is_sent_once_and_found_afterwards(tmp_path: Path) -> None:
    asked: list[httpx.Request] = []
    told: list[str] = []

    def market(request: httpx.Request) -> httpx.Response:
        """Away at first, asked too often next, then there."""
        asked.append(request)
        if len(asked) == 1:
            raise httpx.ConnectError("away", request=request)
        return httpx.Response(429) if len(asked) == 2 else httpx.Response(201, json=ANSWER)

    for _ in range(2):  # the second time from the journal on disk
        visitor = Visitor("http://market.test", Journal(tmp_path / "journal"), nobody, told.append)
        visitor.http = httpx.AsyncClient(
            base_url="http://market.test", transport=httpx.MockTransport(market)
        )
        assert await visitor.post("order", "/v1/orders", {"a": 1}) == ANSWER
        await visitor.leave()

    assert [request.method for request in asked] == ["POST", "POST", "POST"]
    assert {request.headers["Idempotency-Key"] for request in asked} == {key_of("order")}
    assert told == ["请求过于频繁，稍候再试 too many requests, waiting: /v1/orders"]


async def test_a_name_stands_for_one_act(tmp_path: Path) -> None:
    """Else the second would be taken for done."""
    told: list[str] = []
    visitor = Visitor("http://market.test", Journal(tmp_path / "journal"), nobody, told.append)
    visitor.http = httpx.AsyncClient(
        base_url="http://market.test",
        transport=httpx.MockTransport(lambda _: httpx.Response(200, json=ANSWER)),
    )
    for _ in range(2):
        await visitor.put("answer", "/v1/questions/1/answer")
    with pytest.raises(ValueError, match="answer"):
        await visitor.put("answer", "/v1/complaints/1/answer")
    await visitor.leave()


async def nobody(_visitor: Visitor) -> None:
    """Has nothing to sign in with."""
