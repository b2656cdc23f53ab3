"""The express lane: what is plain is answered before the framework is asked.

A request goes through the framework at ten times the cost of the statement that it is about, which
is well spent wherever something has to be checked. A lane answers plain reads of published data,
and a door takes deliveries that prove themselves; both byte for byte as the application would.
Everything else goes on to the application: whatever has conditions or a parameter out of the
common, whatever is not found, refused or slow, and whatever fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

import asyncpg

from market.base.edge import ASGIApp, Message, Receive, Send
from market.base.errors import MarketError

Header: TypeAlias = tuple[bytes, bytes]

JSON: Final = (b"content-type", b"application/json")
CONDITIONS: Final = frozenset({b"authorization", b"if-none-match"})
# Of a delivery: who is somebody is not the lane's to find out.
PERSONAL: Final = frozenset({b"authorization", b"cookie"})
MOST_BYTES: Final = 1_000_000
# What is not there at once, as deliveries of machines are, takes the other way.
BODY_SECONDS: Final = 2
FAULTS: Final = (MarketError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


class Found(NamedTuple):
    """JSON to answer with; ``template`` is the route's path as it is written."""

    template: str
    body: bytes
    headers: tuple[Header, ...] = ()


# Asked for a path and a query, a lane says None at once if it is none of its own, or in the end.
Lane: TypeAlias = Callable[[str, bytes], Awaitable[Found | None] | None]
# Takes headers and body of what is delivered.
Take: TypeAlias = Callable[[Mapping[bytes, bytes], bytes], Awaitable[Found | None]]
# Asked for a path, says who takes what is delivered there, if that is a door.
Door: TypeAlias = Callable[[str], Take | None]


def no_door(_path: str) -> Take | None:
    return None


class Express:
    """Wraps the ASGI application, inside its edge."""

    def __init__(self, app: ASGIApp, lane: Lane, door: Door = no_door) -> None:
        self.app = app
        self.lane = lane
        self.door = door

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        found = None
        if scope["type"] == "http" and scope["method"] == "GET" and _is_plain(scope["headers"]):
            answering = self.lane(scope["path"], scope["query_string"])
            if answering is not None:
                found = await _if_it_can(answering)
        elif scope["type"] == "http" and scope["method"] == "POST":
            take = self.door(scope["path"])
            told = _length(scope["headers"], scope["query_string"]) if take else 0
            if take is not None and told:
                body, receive = await _body(receive, told)
                if body is not None:
                    found = await _if_it_can(take(dict(scope["headers"]), body))
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


def _length(headers: Sequence[Header], query: bytes) -> int:
    """How long the body of a plain delivery is; 0 where it is no such.

    No header twice, no word about who it is, and a length that is told.
    """
    given = dict(headers)
    told = given.get(b"content-length", b"")
    if query or len(given) != len(headers) or not PERSONAL.isdisjoint(given):
        return 0
    if not told.isdigit() or len(told) > len(str(MOST_BYTES)):
        return 0
    return int(told) if int(told) <= MOST_BYTES else 0


async def _body(receive: Receive, length: int) -> tuple[bytes | None, Receive]:
    """The body if all of it comes at once; and from where to receive it anew.

    Its end is told by its length: a server may say later, by an empty message, that it was all.
    """
    came: list[Message] = []
    parts: list[bytes] = []
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while sum(map(len, parts)) < length:
                came.append(await receive())
                if came[-1]["type"] != "http.request":
                    break
                parts.append(came[-1].get("body", b""))
                if not came[-1].get("more_body", False):
                    break
    except TimeoutError:
        parts = []
    body = b"".join(parts)

    async def again() -> Message:
        message: Message = came.pop(0) if came else await receive()
        return message

    return body if len(body) == length else None, again


async def _if_it_can(answering: Awaitable[Found | None]) -> Found | None:
    """The application meets the same fault, and says what to do about it."""
    try:
        return await answering
    except FAULTS:
        return None
