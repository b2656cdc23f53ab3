"""The running market with the prepared world, for modules that send many requests to it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

import asyncpg
import httpx
import pytest

from market.base import db
from market.base.embedded import Dsns
from tests.access.entries import ENTRIES
from tests.access.entry import Entry, Public
from tests.access.seats import Seat
from tests.access.world import ABSENT, World, prepare
from tests.client import Caller, Market, Undone, serving, undone
from tests.conftest import Clone
from tests.routes import Route

# The market's clock shows this day whenever examples of the API are recorded or sent.
DAY: Final = "2026-09-21"


class Stage(NamedTuple):
    """The running market and the world that each request finds."""

    market: Market
    world: World
    undone: Undone

    async def send(
        self,
        route: Route,
        entry: Entry | Public,
        seat: Seat,
        caller: Caller,
        *,
        absent: bool = False,
        **other: Any,
    ) -> httpx.Response:
        """The entry's request, with other parts where they are given; undone afterwards."""
        places = {name: self._place(name, at, absent) for name, at in entry.at.items()}
        sent = {**self.sent(route, entry, seat), **other}
        answer = await caller.request(route.method, route.at(places), **sent)
        return await self.undone.after(route.method, answer)

    def _place(self, parameter: str, name: str, absent: bool) -> str:
        return ABSENT if absent and parameter.endswith("_id") else str(self.world.of(name))

    def sent(self, route: Route, entry: Entry | Public, seat: Seat) -> dict[str, Any]:
        """Body, query and headers of the entry's request."""
        sent: dict[str, Any] = {"headers": {}}
        if entry.body is not None:
            sent["content"] = json.dumps(entry.body(self.world, seat))
            sent["headers"]["content-type"] = "application/json"
        if route.needs_key:
            sent["headers"]["idempotency-key"] = "access-test"
        sent["params"] = {name: self.world.of(value) for name, value in entry.query.items()}
        if isinstance(entry, Entry):
            if entry.form is not None:
                sent["files"] = {"file": self.world.things.files[entry.form]}
            if entry.etag is not None:
                sent["headers"]["if-match"] = f'"{self.world.version_of(entry.etag)}"'
        return sent


@pytest.fixture(scope="session")
async def stage(clone: Clone, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """Made once a run: what a module sends to it is undone, so that the next finds it untouched."""
    async with serving(_on_the_day(clone), tmp_path_factory.mktemp("stage")) as market:
        conn = await db.connect(market.addresses.app)
        world = await prepare(conn, market)
        await conn.close()
        async with undone(market) as each:
            yield Stage(market, world, each)


def _on_the_day(clone: Clone) -> Clone:
    """Databases whose clock shows the day of the examples."""

    @asynccontextmanager
    async def cloned() -> AsyncIterator[Dsns]:
        async with clone() as addresses:
            owner = await asyncpg.connect(addresses.owner)
            await owner.execute(
                "UPDATE clock_offset SET shift = ($1::text || ' 10:00+08')::timestamptz - now()",
                DAY,
            )
            await owner.close()
            yield addresses

    return cloned


def entries_of(route: Route) -> tuple[Entry | Public, ...]:
    entry = ENTRIES.get(route.name)
    assert entry is not None, f"{route.name} needs an entry in tests/access/entries"
    return entry if isinstance(entry, tuple) else (entry,)
