"""The express lane: plain reads of published data, answered before the framework is asked.

A request goes through the framework at ten times the cost of the statement that it is about, which
is well spent wherever something has to be checked. A lane answers what is plain, and byte for byte
what the application would; everything else goes on to the application: whatever has conditions or a
parameter out of the common, whatever is not found, and whatever fails.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Final, NamedTuple, TypeAlias

import asyncpg

from market.base.edge import ASGIApp, Message, Receive, Send
from market.base.errors import MarketError

Header: TypeAlias = tuple[bytes, bytes]

JSON: Final = (b"content-type", b"application/json")
CONDITIONS: Final = frozenset({b"authorization", b"if-none-match"})
FAULTS: Final = (MarketError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


class Found(NamedTuple):
    """JSON to answer with; ``template`` is the route's path as it is written."""

    template: str
    body: bytes
    headers: tuple[Header, ...] = ()


# Asked for a path and a query, a lane says None at once if it is none of its own, or in the end.
Lane: TypeAlias = Callable[[str, bytes], Awaitable[Found | None] | None]


class Express:
    """Wraps the ASGI application, inside its edge."""

    def __init__(self, app: ASGIApp, lane: Lane) -> None:
        self.app = app
        self.lane = lane

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        found = None
        if scope["type"] == "http" and scope["method"] == "GET" and _is_plain(scope["headers"]):
            answering = self.lane(scope["path"], scope["query_string"])
            if answering is not None:
                found = await _if_it_can(answering)
        if found is None:
            await self.app(scope, receive, send)
            return
        scope["path_template"] = found.template
        length = (b"content-length", b"%d" % len(found.body))
        headers = [JSON, *found.headers, length]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": found.body})


def _is_plain(headers: Iterable[Header]) -> bool:
    """A cookie is no condition: what is published is the same for everybody."""
    return all(name not in CONDITIONS for name, _ in headers)


async def _if_it_can(answering: Awaitable[Found | None]) -> Found | None:
    """The application meets the same fault, and says what to do about it."""
    try:
        return await answering
    except FAULTS:
        return None
