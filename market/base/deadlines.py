"""A body must arrive in time: whoever sends a byte a minute would hold the request for ever.

The server itself waits for headers only (``serving``).
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from market.base.errors import TooSlow


class BodyDeadline(ASGIMiddleware):
    """Refuses a body that is not there when its time is over, and closes the connection."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        body = _Body(receive, scope["litestar_app"].state.settings.request_timeout_seconds)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and body.late:
                message["headers"] = [*message["headers"], *_closing(scope)]
            await send(message)

        await next_app(scope, body.receive, answer)


class _Body:
    """The messages of a body; the deadline is the whole body's, and ends with it."""

    def __init__(self, receive: Receive, seconds: int) -> None:
        self.messages = receive
        self.deadline = asyncio.get_running_loop().time() + seconds
        self.arrived = self.late = False

    async def receive(self) -> Any:
        if self.arrived:
            return await self.messages()
        try:
            async with asyncio.timeout_at(self.deadline):
                message = await self.messages()
        except TimeoutError:
            self.late = True
            raise TooSlow from None
        self.arrived = not message.get("more_body", False)
        return message


CLOSE: Final = (b"connection", b"close")


def _closing(scope: Scope) -> list[tuple[bytes, bytes]]:
    """What is still on its way belongs to no request; HTTP/2 resets the stream by itself."""
    return [CLOSE] if scope["http_version"].startswith("1") else []
