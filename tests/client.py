"""The whole application for tests over HTTP: the app behind its edge, and people who call it.

``async with serving(clone, folder) as market`` gives a database of its own. ``market.nobody`` calls
without credentials, ``await market.as_person(actor)`` signs in through the real route, and
``how="key"`` shows an API key that the same person issued. ``async with undone(market)`` lets many
requests find the same world: what each one did is undone before the next.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import asyncpg
import httpx
from litestar import Litestar

from market.app import at_the_edge
from market.base import clock, db, settings
from market.base.access import Actor, Role
from market.base.authentication import CSRF_HEADER, SAFE_METHODS, SESSION_COOKIE
from market.base.db import Connection
from market.base.embedded import Dsns
from tests.conftest import Clone
from tests.world import identity
from tests.world.site import application

logging.getLogger("httpx").setLevel(logging.WARNING)  # a line a request is the edge's

SITE: Final = "http://market.test"
How = Literal["cookie", "key"]


class Caller(NamedTuple):
    """Somebody with the headers that say who it is; keeps no cookies between requests."""

    client: httpx.AsyncClient
    headers: dict[str, str]

    async def request(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **sent: Any
    ) -> httpx.Response:
        given = {**self.headers, **(headers or {})}
        return await self.client.request(method, path, headers=given, **sent)

    async def get(self, path: str, **sent: Any) -> httpx.Response:
        return await self.request("GET", path, **sent)


class Market(NamedTuple):
    """A running application and its database."""

    app: Litestar
    addresses: Dsns
    client: httpx.AsyncClient
    numbers: count[int]

    @property
    def nobody(self) -> Caller:
        return Caller(self.client, {})

    async def as_person(self, conn: Connection, actor: Actor, how: How = "cookie") -> Caller:
        """The actor, acting for his organisation, as the market itself lets him in."""
        session = await self._signed_in(conn, actor)
        return session if how == "cookie" else await self._with_key(conn, session, actor)

    async def _signed_in(self, conn: Connection, actor: Actor) -> Caller:
        sent = {"email": await identity.email_of(conn, actor), "password": identity.PASSWORD}
        # From an address of his own: tries are counted by address.
        forwarded = {"x-forwarded-for": f"198.51.100.{next(self.numbers) % 250}"}
        answer = await self.client.post("/v1/session", json=sent, headers=forwarded)
        assert answer.status_code == 201, answer.text
        caller = Caller(
            self.client,
            {
                "cookie": f"{SESSION_COOKIE}={answer.cookies[SESSION_COOKIE]}",
                CSRF_HEADER: answer.json()["csrf_token"],
            },
        )
        if answer.json()["organisation_id"] != str(actor.organisation_id):
            chosen = {"organisation_id": str(actor.organisation_id)}
            answer = await caller.request("PUT", "/v1/session/organisation", json=chosen)
            assert answer.status_code == 200, answer.text
        return caller

    async def _with_key(self, conn: Connection, session: Caller, actor: Actor) -> Caller:
        """All of the person's roles but the administrator's, which no key may have."""
        roles = sorted(actor.roles - {Role.ADMINISTRATOR})
        expires_on = await clock.today(conn) + timedelta(days=30)
        new = {"name": "测试密钥", "roles": roles, "expires_on": expires_on.isoformat()}
        answer = await session.request("POST", "/v1/api-keys", json=new)
        assert answer.status_code == 201, answer.text
        return Caller(self.client, {"authorization": f"Bearer {answer.json()['secret']}"})


@asynccontextmanager
async def serving(clone: Clone, folder: Path) -> AsyncIterator[Market]:
    """The application on a database of its own, until the context ends."""
    given = {
        "MARKET_DATA": str(folder),
        "MARKET_PASSWORD_COST": "cheap",
        "MARKET_TRUSTED_PROXIES": "127.0.0.0/8",
        "MARKET_UPLOAD_LIMIT_BYTES": "100000",
    }
    async with clone() as addresses:
        with application(settings.load(given), addresses) as app:
            async with running(app), _client(app) as client:
                yield Market(app, addresses, client, count(1))


@asynccontextmanager
async def running(app: Litestar) -> AsyncIterator[None]:
    """The application's lifespan, held open by a task of its own."""
    began, over = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with app.lifespan():
            began.set()
            await over.wait()

    task = asyncio.create_task(hold())
    waiting = asyncio.create_task(began.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if not began.is_set():
        waiting.cancel()
        await task
    try:
        yield
    finally:
        over.set()
        await task


class Direct(httpx.AsyncClient):
    """Follows nothing and keeps no cookies, so that a request costs little but its answer."""

    def __init__(self, way: httpx.ASGITransport) -> None:
        super().__init__(transport=way, base_url=SITE, trust_env=False)
        self.way = way

    async def send(self, request: httpx.Request, **_: Any) -> httpx.Response:
        answer = await self.way.handle_async_request(request)
        await answer.aread()
        answer.request, answer.elapsed = request, timedelta(0)
        return answer


def _client(app: Litestar) -> httpx.AsyncClient:
    return Direct(httpx.ASGITransport(app=at_the_edge(app), client=("127.0.0.1", 40000)))


class OneConnection:
    """Stands in for the application's pools: always the same connection, whoever leases it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def acquire(self, *, timeout: float) -> Connection:  # noqa: ASYNC109  # asyncpg's name
        return self.connection

    async def release(self, connection: Connection) -> None:
        assert connection is self.connection


class Undone:
    """One open transaction that every request finds as it was in the beginning."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def after(self, method: str, answer: httpx.Response) -> httpx.Response:
        """Check the deferred rules of an act that was done, and undo it; reading leaves no trace.

        What the application does is savepoints of the one transaction.
        """
        await self.checked(method, answer)
        if answer.is_server_error or method not in SAFE_METHODS:
            await self.undo()
        return answer

    async def checked(self, method: str, answer: httpx.Response) -> httpx.Response:
        """Check the deferred rules of an act that was done; the next request goes on from there."""
        if answer.is_success and method not in SAFE_METHODS:
            with suppress(asyncpg.InFailedSQLTransactionError):
                await self.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        return answer

    async def undo(self) -> None:
        await self.connection.execute("ROLLBACK; BEGIN")


@asynccontextmanager
async def undone(market: Market) -> AsyncIterator[Undone]:
    state = market.app.state
    pools = state.pool, state.catalogue_pool, state.search_pool
    connection = await db.connect(market.addresses.app)
    state.pool = state.catalogue_pool = state.search_pool = OneConnection(connection)
    try:
        await connection.execute("BEGIN")
        yield Undone(connection)
        await connection.execute("ROLLBACK")
    finally:
        state.pool, state.catalogue_pool, state.search_pool = pools
        await connection.close()
