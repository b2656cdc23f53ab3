"""Whatever a letter links to opens, asks no other host, and sends its token nowhere by itself."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import AsyncIterator, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import httpx
import pytest

from market.base.edge import Edge
from market.identity.landings.api import POLICY
from market.identity.letters import Letter
from tests.routes import application

MARKET: Final = Path(__file__).parents[3] / "market"
SOURCES: Final = [path for path in MARKET.rglob("*.py") if "stripe_simulator" not in path.parts]
WRITTEN_OUT: Final = re.compile(r"https?://\S+|(?<![\w/.（(])/[a-z][\w/-]*")


class Page(HTMLParser):
    """The labels and the addresses of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, name: str, *tags: str) -> list[str]:
        return [value for tag, told in self.found if tag in tags and (value := told.get(name))]


def linked() -> set[str]:
    """The pages that are linked by ``link.to(…)``."""
    calls = (
        node
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
    )
    return {
        "/" + call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and (call.func.attr, ast.unparse(call.func.value)) == ("to", "link")
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def letters() -> Iterator[Letter]:
    for path in SOURCES:
        if "Letter(" in path.read_text("utf-8"):
            name = ".".join(path.relative_to(MARKET.parent).with_suffix("").parts)
            yield from (
                each
                for each in vars(importlib.import_module(name)).values()
                if isinstance(each, Letter)
            )


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=Edge(application()))
    async with httpx.AsyncClient(transport=transport, base_url="http://market.test") as client:
        yield client


async def test_every_link_of_a_letter_opens_a_page(client: httpx.AsyncClient) -> None:
    assert linked() == {"/invitation", "/password-reset"}
    for address in sorted(linked()):
        page = await client.get(address)
        assert page.status_code == 200, address
        assert page.headers["content-type"].startswith("text/html"), address
        assert page.headers["content-security-policy"] == POLICY
        html = Page(page.text)
        own = [*html.all("src", "script", "img"), *html.all("href", "link", "a")]
        for file in [each for each in own if each != "data:,"]:
            assert (await client.get(file)).status_code == 200, f"{address} names {file}"
        assert set(html.all("id", "input")) <= set(html.all("for", "label")), "labels are missing"
        assert not re.search(r"<script>|\son\w+=|style=", page.text), f"{address} runs inline"


async def test_an_invitation_names_the_organisation_to_each_in_his_language(
    client: httpx.AsyncClient,
) -> None:
    page = (await client.get("/invitation")).text
    script = (await client.get("/landings/assets/invitation.js")).text
    assert re.search(r'<span lang="en"><strong id="organisation-en">', page)
    assert 'byId("organisation-en").textContent = offer.organisation_en ||' in script


async def test_no_letter_writes_another_address_out(client: httpx.AsyncClient) -> None:
    found = list(letters())
    assert len(found) > 50
    for letter in found:
        for text in (letter.body_zh, letter.body_en):
            for address in WRITTEN_OUT.findall(text):
                assert (await client.get(address)).status_code < 400, address


@pytest.mark.parametrize("name", ["%00", "a" * 5_000, "..%2Fapi.py", "invitation.html"])
async def test_no_other_file_is_had_by_any_name(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.get(f"/landings/assets/{name}")
    assert answer.status_code == 404
