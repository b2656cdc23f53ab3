"""The whole application over HTTP, on a database of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

import httpx
import msgspec
from litestar import Litestar

from market.app import create_app
from market.base import db
from market.base.access import Actor
from market.base.db import Connection
from market.base.settings import load
from market.base.web import csrf_token
from market.identity.sessions import operations as sessions
from tests.conftest import Clone

HOST: Final = "https://market.test"


class Site:
    """``conn`` is the application's own connection, for the builders; ``send`` goes by HTTP."""

    def __init__(self, transport: httpx.ASGITransport, conn: Connection) -> None:
        self.transport = transport
        self.conn = conn

    async def send(
        self, actor: Actor, method: str, path: str, body: object = None, **headers: str
    ) -> httpx.Response:
        """As a person signed in by cookie, in English, every act under a key of its own."""
        assert actor.organisation_id is not None
        opened = await sessions.open_session(
            self.conn,
            actor.person_id,
            organisation_id=actor.organisation_id,
            address=None,
            device=None,
        )
        shown = {
            "X-CSRF-Token": csrf_token(opened.token),
            "Accept-Language": "en",
            "Idempotency-Key": str(uuid4()),
        }
        if body is not None:
            shown["Content-Type"] = "application/json"
        async with httpx.AsyncClient(
            transport=self.transport,
            base_url=HOST,
            cookies={"market_session": opened.token},
            headers=shown | {name.replace("_", "-"): text for name, text in headers.items()},
        ) as client:
            content = None if body is None else msgspec.json.encode(body)
            return await client.request(method, path, content=content)


@asynccontextmanager
async def open_site(clone: Clone, data: Path) -> AsyncIterator[Site]:
    settings = load({"MARKET_DATA": str(data), "MARKET_PASSWORD_COST": "cheap"})
    async with clone() as dsns:
        app = create_app(settings, dsns)
        conn = await db.connect(dsns.app)
        async with _living(app):
            yield Site(httpx.ASGITransport(app=app), conn)  # type: ignore[arg-type]
        await conn.close()


@asynccontextmanager
async def _living(app: Litestar) -> AsyncIterator[None]:
    """Hold the lifespan open in one task, as a server does."""
    up, down = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            up.set()
            await down.wait()

    living = asyncio.create_task(live())
    await up.wait()
    try:
        yield
    finally:
        down.set()
        await living
