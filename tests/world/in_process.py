"""The SDK's way to a simulator that runs in the same process: its requests, without a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import stripe
from litestar.types import ASGIApp, Message


class InProcess(stripe.HTTPClient):
    """Hands each request to the application. An answer that breaks off is a lost connection."""

    name = "in_process"

    def __init__(self, app: ASGIApp) -> None:
        super().__init__()
        self.app = app

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        sent = post_data.encode() if isinstance(post_data, str) else post_data or b""
        answered: list[Message] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": sent, "more_body": False}

        async def send(message: Message) -> None:
            answered.append(message)

        scope: Any = _scope(method, url, headers)
        await self.app(scope, receive, send)
        begun: Any = answered[0]
        bodies: list[Any] = answered[1:]
        if not bodies or bodies[-1].get("more_body"):
            raise stripe.APIConnectionError("It broke off.")  # type: ignore[no-untyped-call]
        named = {name.decode().title(): value.decode() for name, value in begun["headers"]}
        return b"".join(one.get("body", b"") for one in bodies), begun["status"], named

    async def close_async(self) -> None:
        """Nothing was opened."""


def _scope(method: str, url: str, headers: Mapping[str, str]) -> dict[str, Any]:
    address = urlsplit(url)
    told = {"host": address.netloc, **{name.lower(): value for name, value in headers.items()}}
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method.upper(),
        "scheme": address.scheme,
        "path": unquote(address.path),
        "raw_path": address.path.encode(),
        "query_string": address.query.encode(),
        "root_path": "",
        "headers": [(name.encode(), str(value).encode()) for name, value in told.items()],
        "server": (address.hostname, address.port),
        "client": ("127.0.0.1", 40000),
        "state": {},
    }
