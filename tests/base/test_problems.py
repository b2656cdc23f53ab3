"""Refusals of the framework, over HTTP: the methods of a path, paths that lead nowhere, places."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator
from html import escape

import httpx
import pytest

from market.base.errors import all_refusals
from market.base.field_faults import FIELD_FAULTS, OTHER_FIELD_FAULT
from market.base.problems import kinds
from tests.routes import application

SITE = "http://market.test"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """The application without its lifespan: nothing here reaches a database."""
    transport = httpx.ASGITransport(app=application())  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=SITE) as client:
        yield client


async def test_a_wrong_method_is_told_the_right_ones(client: httpx.AsyncClient) -> None:
    answer = await client.put("/problems")
    assert answer.status_code == 405
    assert answer.json()["code"] == "method_not_allowed"
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


async def test_a_path_that_leads_nowhere_is_told_from_an_absent_record(
    client: httpx.AsyncClient,
) -> None:
    nowhere = await client.get("/v1/contrakts")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "no_such_path")
    absent = await client.get("/v1/contracts/17")
    assert (absent.status_code, absent.json()["code"]) == (404, "not_found")


async def test_who_has_not_signed_in_is_told_of_no_organisation_of_his(
    client: httpx.AsyncClient,
) -> None:
    nobody = await client.get("/v1/providers/17")
    somebody = await client.get("/v1/providers/17", headers={"cookie": "market_session=x"})
    assert {answer.json()["code"] for answer in (nobody, somebody)} == {"not_found"}
    assert "请先登录" in nobody.json()["detail"]
    assert "所代表的单位" not in nobody.json()["detail"]
    assert "所代表的单位" in somebody.json()["detail"]


async def test_the_page_of_codes_lists_each_once_those_of_fields_too(
    client: httpx.AsyncClient,
) -> None:
    page = (await client.get("/problems")).text
    listed = Counter(re.findall(r'<tr id="([a-z0-9_]+)">', page))
    rules = [*FIELD_FAULTS, OTHER_FIELD_FAULT]
    codes = {kind.code for kind in kinds(list(all_refusals()))}
    assert listed == Counter([*codes, *(rule.code for rule in rules)])
    assert "只列查到的第一处" in page
    for rule in rules:
        assert escape(rule.zh) in page, rule.code
        assert escape(rule.en) in page, rule.code


async def test_the_root_leads_to_the_documentation(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")
    assert answer.status_code == 302
    assert answer.headers["location"] == "/docs"
