"""The demonstration played by a client in this process, which outlives every server."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import asyncpg

from market.demo import play
from market.demo.client import Journal
from tests.crash.server import Server

MAILBOX_SECONDS: Final = 90
WATCH_SECONDS: Final = 0.002
GONE: Final = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


class Story:
    """One telling of the story against one server, journalled beside its data."""

    def __init__(self, server: Server) -> None:
        self.server = server
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
            play.play(self.server.url, self.path, mails=self._mails, tell=self.lines.append)
        )

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
        """From the table where they are kept, as soon as the database is back."""
        deadline = time.monotonic() + MAILBOX_SECONDS
        while True:
            try:
                return await _bodies_to(self.server.addresses.worker, address)
            except GONE:
                if time.monotonic() > deadline:
                    raise
            await asyncio.sleep(0.1)


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
