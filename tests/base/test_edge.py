"""One canonical path, and problems for everybody, whatever they would rather have."""

from __future__ import annotations

import httpx
import pytest

from market.base.edge import Edge, Message, Receive, Send
from tests.routes import application

ACCEPTED = ["text/html", "application/xml, text/plain;q=0.5", "image/png", "*/*", ""]


@pytest.mark.parametrize("accept", ACCEPTED)
@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/v1",
        "/v1/contracts/",
        "/v1//offerings",
        "//v1/offerings",
        "/health//live",
        "/v1/%",
    ],
)
async def test_a_path_that_is_not_there_is_a_problem(path: str, accept: str) -> None:
    transport = httpx.ASGITransport(app=Edge(application()))
    async with httpx.AsyncClient(transport=transport, base_url="http://market.test") as client:
        url = httpx.URL("http://market.test").copy_with(raw_path=path.encode())
        answer = await client.get(url, headers={"accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_chinese_typed_at_a_shell_is_read_like_an_escaped_one() -> None:
    async def typed(scope: Message, receive: Receive, send: Send) -> None:
        await edge({**scope, "query_string": "电=1".encode()}, receive, send)

    edge = Edge(application())
    transport = httpx.ASGITransport(app=typed)
    async with httpx.AsyncClient(transport=transport, base_url="http://market.test") as client:
        answer = await client.get("/v1/offerings")
    assert answer.json()["errors"][0]["pointer"] == "/电"
