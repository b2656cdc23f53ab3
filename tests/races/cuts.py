"""A connection is cut, or the process dies, at one boundary of a flow; then the flow goes on.

The boundaries are numbered as they come: before and after each statement that is sent to the
database, and before and after each call to Stripe.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal, TypeVar

import asyncpg
import stripe as sdk

from market.worker import DATABASE_LOST
from tests.races.statements import When, watcher, watching

Way = Literal["cut", "death"]
WAYS: Final[tuple[Way, ...]] = ("cut", "death")
MOST_TRIES: Final = 5
T = TypeVar("T")

OrderFault = Callable[[str], Awaitable[Any]]


class Died(BaseException):
    """The process is gone: nothing of it runs any more, and none of its handlers."""


class Cutter:
    """Strikes once, at boundary number ``at``, or never where that is below 0.

    ``onlooker`` is a superuser's connection, ``order_fault`` tells the simulator: the server ends
    a connection to the database, the simulator one to Stripe.
    """

    def __init__(
        self, onlooker: asyncpg.Connection[Any], order_fault: OrderFault, at: int, way: Way
    ) -> None:
        self.onlooker = onlooker
        self.order_fault = order_fault
        self.at = at
        self.way = way
        self.met: list[str] = []
        self.died = asyncio.Event()

    def _strikes(self, when: When, what: str) -> bool:
        self.met.append(f"{when} {' '.join(what.split())[:70]}")
        return len(self.met) - 1 == self.at

    @property
    def place(self) -> str | None:
        """Where it struck."""
        return self.met[self.at] if 0 <= self.at < len(self.met) else None

    async def sees(self, connection: asyncpg.Connection[Any], sql: str, when: When) -> None:
        if not self._strikes(when, sql):
            return
        if self.way == "death":
            await self.die()
        await self.onlooker.fetchval(
            "SELECT pg_terminate_backend($1, 5000)", connection.get_server_pid()
        )
        if when == "after":
            # It took effect; the answer never came.
            raise asyncpg.ConnectionDoesNotExistError("the answer was lost with the connection")

    def hears(self, fault: asyncpg.PostgresError) -> None:
        """Faults are what whoever acts has to live with."""

    async def calls(self, what: str, call: Callable[[], Awaitable[T]]) -> T:
        if self._strikes("before", what):
            if self.way == "death":
                await self.die()
            await self.order_fault("cut_before")
        elif self._strikes("after", what):
            if self.way == "death":
                await call()
                await self.die()
            await self.order_fault("cut_after")
        return await call()

    async def die(self) -> None:
        await self.onlooker.execute(
            """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()
                 AND backend_type = 'client backend'"""
        )
        self.died.set()
        raise Died


class TellingHTTP(sdk.HTTPXClient):
    """The way to Stripe, which tells each call to the one who cuts."""

    async def request_async(
        self, method: str, url: str, headers: Any, post_data: Any = None
    ) -> tuple[bytes, int, Any]:
        def call() -> Awaitable[tuple[bytes, int, Any]]:
            return super(TellingHTTP, self).request_async(method, url, headers, post_data)

        found = watcher()
        if not isinstance(found, Cutter):
            return await call()
        return await found.calls(f"{method} {url}", call)


async def insist(cutter: Cutter, do: Callable[[], Awaitable[bool]]) -> None:
    """Until it is done: whoever lost his connection tries again, whoever died is started anew."""
    for _ in range(MOST_TRIES):
        with watching(cutter):
            task = asyncio.ensure_future(do())
        died = asyncio.create_task(cutter.died.wait())
        await asyncio.wait({task, died}, return_when=asyncio.FIRST_COMPLETED)
        cutter.died.clear()
        died.cancel()
        task.cancel()
        try:
            if await task:
                return
        except (*DATABASE_LOST, Died, asyncio.CancelledError):
            continue
    raise AssertionError(f"not done in {MOST_TRIES} tries after a cut {cutter.place}")
