"""The demonstration played by a client in this process, which outlives every server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

import asyncpg
import msgspec

from market.base.stripe_accounts import StripeAccount
from market.cli import calendar
from market.cli.stripe_stand_in import DAY_SECONDS, KEY, UNIT, have_events_sent
from market.demo import cards, play
from market.demo.client import Journal
from market.demo.stage import World
from market.stripe_simulator.app import serving
from tests.crash.server import Server

T = TypeVar("T")

BACK_SECONDS: Final = 90
FIRST_DAY: Final = -cards.AT_THE_BANK  # the story ends on the host's day
WATCH_SECONDS: Final = 0.002
GONE: Final = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


class Story:
    """One telling of the story against one server, journalled beside its data."""

    def __init__(self, server: Server, stripe_url: str) -> None:
        self.server = server
        self.stripe_url = stripe_url
        self.path = server.data / "demo.jsonl"
        self.lines: list[str] = []
        self._task: asyncio.Task[None] | None = None

    @property
    def journal(self) -> Journal:
        """What was acknowledged so far."""
        return Journal(self.path)

    @property
    def result(self) -> list[str]:
        """The closing account; without the addresses, which differ."""
        start = max(place for place, line in enumerate(self.lines) if play.RESULT in line)
        return self.lines[start:]

    def begin(self) -> None:
        self._task = asyncio.create_task(
            play.play(self.server.url, self.path, world=self._world, tell=self.lines.append)
        )

    @property
    def _world(self) -> World:
        return World(self._mails, self.stripe_url, KEY, self._set_days, FIRST_DAY)

    async def break_off(self) -> None:
        """The client dies as well; how its story went no longer matters."""
        assert self._task is not None, "it was begun"
        self._task.cancel()
        await asyncio.wait([self._task])

    async def end(self) -> None:
        assert self._task is not None, "it was begun"
        await self._task

    async def until(self, acts: int) -> bool:
        """Whether so many acts were acknowledged before the story ended."""
        assert self._task is not None, "it was begun"
        while _lines(self) < acts:
            if self._task.done():
                await self._task
                return False
            await asyncio.sleep(WATCH_SECONDS)
        return True

    async def _mails(self, address: str) -> list[str]:
        """From the table where they are kept."""
        return await _when_back(lambda: _bodies_to(self.server.addresses.worker, address))

    async def _set_days(self, days: int) -> None:
        await _when_back(lambda: set_days(self.server.addresses.owner, days))


async def _when_back(ask: Callable[[], Awaitable[T]]) -> T:
    """What the database says, as soon as it is back."""
    deadline = time.monotonic() + BACK_SECONDS
    while True:
        try:
            return await ask()
        except GONE:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.1)


@asynccontextmanager
async def stripe_beside(server: Server) -> AsyncIterator[str]:
    """A simulator that outlives every server, which knows an account at it; its address."""
    async with serving() as simulator:
        simulator.clock.ahead_seconds = FIRST_DAY * DAY_SECONDS
        secret = await have_events_sent(simulator.address, server.url)
        account = StripeAccount(
            unit=UNIT, key=KEY, webhook_secrets=(secret,), api_base=simulator.address
        )
        server.accounts.write_bytes(msgspec.json.encode([account]))
        server.accounts.chmod(0o600)
        yield simulator.address


async def set_days(dsn: str, days: int) -> None:
    conn = await asyncpg.connect(dsn)
    try:
        await calendar.set_days(conn, days)
    finally:
        conn.terminate()


def _lines(story: Story) -> int:
    return story.path.read_bytes().count(b"\n") if story.path.exists() else 0


async def _bodies_to(dsn: str, address: str) -> list[str]:
    conn = await asyncpg.connect(dsn)
    try:
        rows = await conn.fetch(
            "SELECT body FROM mail WHERE to_address = $1 ORDER BY id DESC", address
        )
    finally:
        conn.terminate()  # a broken-off story ends in the middle of a statement
    return [row["body"] for row in rows]
