"""The outermost layer around the application: what every answer gets, whatever route it takes.

A request id in log and answer, one canonical path, HEAD as GET without its body, headers that
tell browsers to be strict, one log line a request (never its body, headers or query), and a
refusal of new work while the process goes down.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, TypeAlias
from urllib.parse import quote_from_bytes

import structlog

from market.base import metrics

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Any]]
Send: TypeAlias = Callable[[Any], Awaitable[None]]
ASGIApp: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]

STRICT_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"private, no-cache"),
)
REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
TWIN_PATH: Final = "/%00"  # no route has this path, so it gets the same 404 as any other stranger

log = structlog.get_logger("market.requests")


class Edge:
    """Wraps the ASGI application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        metrics.began()
        request_id = _request_id(scope)
        method, path = scope["method"], scope["path"]
        status = 500
        scope["state"] = {**scope.get("state", {}), "request_id": request_id}
        if method == "HEAD":
            scope["method"] = "GET"
        if not scope["query_string"].isascii():
            scope["query_string"] = _escaped(scope["query_string"])
        if "//" in path or (len(path) > 1 and path.endswith("/")):
            scope["path"], scope["raw_path"] = TWIN_PATH, TWIN_PATH.encode()

        async def finish(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _with_strictness(message["headers"], request_id)
            elif method == "HEAD" and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            await self.app(scope, receive, finish)
        finally:
            seconds = time.perf_counter() - began
            metrics.ended(method, scope.get("path_template", ""), status, seconds)
            took = round(seconds * 1000, 1)
            log.info("request", method=method, path=path, status=status, took_ms=took)
            structlog.contextvars.unbind_contextvars("request_id")


def _escaped(query: bytes) -> bytes:
    """Chinese typed at a shell comes as bare UTF-8, which the framework would read as Latin-1."""
    return quote_from_bytes(query, safe=bytes(range(128))).encode()


def _request_id(scope: Message) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and REQUEST_ID.fullmatch(value.decode("latin-1")):
            return str(value.decode("latin-1"))
    return os.urandom(16).hex()


def _with_strictness(headers: Any, request_id: str) -> list[tuple[bytes, bytes]]:
    given = [(bytes(name).lower(), bytes(value)) for name, value in headers]
    names = {name for name, _ in given}
    missing = [pair for pair in STRICT_HEADERS if pair[0] not in names]
    return [*given, *missing, (b"x-request-id", request_id.encode())]
