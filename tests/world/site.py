"""The whole application over HTTP, on a database of its own, and a way to knock as somebody.

``async with site.opened(addresses, folder) as market: await market.send(actor, "GET", path)``
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import httpx
import msgspec
from litestar import Litestar

from market.app import at_the_edge, create_app
from market.base import authentication, db, settings
from market.base.access import Actor
from market.base.db import Connection
from market.base.embedded import Dsns
from market.base.settings import Settings
from market.base.web import csrf_token
from market.identity.sessions import operations as sessions

# To put all routes together takes as long as dozens of tests, and knows nothing of a database.
IDLE: Final[list[Litestar]] = []


class Site:
    """The application and the connection by which the world around it is built."""

    def __init__(self, app: Litestar, conn: Connection) -> None:
        self.app = app
        self.conn = conn

    async def send(
        self, actor: Actor | None, method: str, path: str, body: object = None, **headers: str
    ) -> httpx.Response:
        """One request, signed in as the actor; header names are written with underscores."""
        shown = {name.replace("_", "-"): value for name, value in headers.items()}
        cookies = {}
        if actor is not None:
            token = await self._session(actor)
            cookies = {authentication.SESSION_COOKIE: token}
            shown[authentication.CSRF_HEADER] = csrf_token(token)
        content = None if body is None else msgspec.json.encode(body)
        if content is not None:
            shown.setdefault("Content-Type", "application/json")
        transport = httpx.ASGITransport(app=at_the_edge(self.app))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://market.test", cookies=cookies, headers=shown
        ) as client:
            return await client.request(method, path, content=content)

    async def dressed(self, actor: Actor) -> httpx.AsyncClient:
        """A client that is signed in as the actor, for many requests; whoever asks closes it."""
        token = await self._session(actor)
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=at_the_edge(self.app)),
            base_url="http://market.test",
            cookies={authentication.SESSION_COOKIE: token},
            headers={authentication.CSRF_HEADER: csrf_token(token)},
        )

    async def _session(self, actor: Actor) -> str:
        opened = await sessions.open_session(
            self.conn,
            actor.person_id,
            organisation_id=actor.organisation_id,
            address=None,
            device=None,
        )
        return str(opened.token)


@asynccontextmanager
async def opened(addresses: Dsns, folder: Path, **more: str) -> AsyncIterator[Site]:
    given = {"MARKET_DATA": str(folder), "MARKET_PASSWORD_COST": "cheap", **more}
    with application(settings.load(given), addresses) as app:
        conn = await db.connect(addresses.app)
        async with _running(app):
            yield Site(app, conn)
        await conn.close()


@contextmanager
def application(loaded: Settings, addresses: Dsns) -> Iterator[Litestar]:
    """The application on that database: one whose lifespan is over, if there is one."""
    app = IDLE.pop() if IDLE else create_app(loaded, addresses)
    app.state.settings, app.state.dsns = loaded, addresses
    yield app
    IDLE.append(app)


@asynccontextmanager
async def _running(app: Litestar) -> AsyncIterator[None]:
    """The application's lifespan, held open by a task of its own."""
    began, over = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with app.lifespan():
            began.set()
            await over.wait()

    task = asyncio.create_task(hold())
    await began.wait()
    yield
    over.set()
    await task
