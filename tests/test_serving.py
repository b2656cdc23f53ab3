"""The serving process over real sockets: whoever dawdles is sent away."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import NamedTuple

import httpx
import pytest

from market.base import db, settings
from market.base.access import Role
from market.base.authentication import SESSION_COOKIE
from market.base.embedded import Dsns
from market.serving import served
from tests.conftest import Clone
from tests.world import identity

# Ten times as long as a request may take here.
PATIENCE_SECONDS = 10
POST = b"POST /v1/session HTTP/1.1\r\nHost: market.test\r\nContent-Type: application/json\r\n"


class Site(NamedTuple):
    """Where the server listens, and the headers of somebody who has signed in."""

    place: tuple[str, int]
    cookie: str


@pytest.fixture(scope="module")
async def site(clone: Clone, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    given = {
        "MARKET_DATA": str(tmp_path_factory.mktemp("served")),
        "MARKET_PORT": str(_free_port()),
        "MARKET_PASSWORD_COST": "cheap",
        "MARKET_REQUEST_TIMEOUT_SECONDS": "1",
    }
    loaded = settings.load(given)
    async with clone() as addresses:
        email = await _somebody(addresses)
        async with served(loaded, addresses, with_worker=False):
            yield Site((loaded.host, loaded.port), await _cookie(loaded.public_url, email))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


async def _somebody(addresses: Dsns) -> str:
    conn = await db.connect(addresses.app)
    try:
        clerk = await identity.person(conn, await identity.unit(conn), Role.CLERK)
        return await identity.email_of(conn, clerk)
    finally:
        await conn.close()


async def _cookie(url: str, email: str) -> str:
    sent = {"email": email, "password": identity.PASSWORD}
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        answer = await client.post("/v1/session", json=sent)
    token = answer.cookies[SESSION_COOKIE]
    return f"Cookie: {SESSION_COOKIE}={token}\r\nX-CSRF-Token: {answer.json()['csrf_token']}\r\n"


async def told(site: Site, sent: bytes, dribbled: bytes = b"") -> bytes:
    """Everything that the server says until it hangs up, while the rest is dribbled."""
    reader, writer = await asyncio.open_connection(*site.place)

    async def dribble() -> None:
        writer.write(sent)
        for place in range(len(dribbled)):
            await asyncio.sleep(0.1)
            writer.write(dribbled[place : place + 1])

    dribbling = asyncio.create_task(dribble())
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await reader.read()
    finally:
        dribbling.cancel()
        writer.transport.abort()


async def test_a_body_that_dawdles_is_given_up_and_the_connection_closed(site: Site) -> None:
    announced = POST + b"Content-Length: 1000\r\n\r\n"
    chunked = POST + b"Transfer-Encoding: chunked\r\n\r\n3e8\r\n"
    answers = await asyncio.gather(
        told(site, announced + b"{"),
        told(site, announced, b" " * 999),
        told(site, chunked, b" " * 999),
    )
    for answer in answers:
        head, _, body = answer.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        assert lines[0] == b"http/1.1 408 request timeout", answer
        assert b"content-type: application/problem+json" in lines
        assert b"connection: close" in lines
        assert b'"code":"too_slow"' in body


async def test_an_upload_that_dawdles_is_given_up_too(site: Site) -> None:
    upload = (
        f"POST /v1/files HTTP/1.1\r\nHost: market.test\r\nContent-Length: 1000\r\n{site.cookie}"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
    )
    assert (await told(site, upload.encode(), b" " * 900)).startswith(b"HTTP/1.1 408 ")


async def test_headers_that_dawdle_are_given_up(site: Site) -> None:
    assert b" 200 " not in await told(site, b"GET /health/live HTTP/1.1\r\nX-Slow: ", b"a" * 999)


async def test_a_body_in_time_is_answered(site: Site) -> None:
    body = b'{"email":"nobody@market.test","password":"a long sentence"}'
    request = POST + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    assert (await told(site, request + body)).startswith(b"HTTP/1.1 401 ")
