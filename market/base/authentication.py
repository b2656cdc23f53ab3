"""Who knocks: a session cookie or an API key becomes an Actor before any handler runs.

The look-up takes its own connection and gives it back, so that a handler that waits for the
world holds none. A key goes before a cookie; with a cookie, unsafe methods must show the
session's CSRF token, keys need none. A key is refused where a person has to be present.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any, Final

from litestar import Request
from litestar.datastructures import State
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from market.base import db, presence
from market.base.access import Actor, SecondFactorDue, require_presence
from market.base.errors import Forbidden, Unauthenticated
from market.base.web import Credentials, csrf_token

SESSION_COOKIE: Final = "market_session"
CSRF_HEADER: Final = "x-csrf-token"
# Routes with this option take sessions whose second factor is still due.
BEFORE_SECOND_FACTOR: Final = "before_second_factor"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

WhoIs = Callable[[db.Connection, Credentials], Awaitable[Actor | None]]


class CsrfTokenMissing(Forbidden):
    """An unsafe request came with the cookie alone."""

    code = "csrf_token_missing"
    zh = "缺少或不符的 X-CSRF-Token 请求头。请先 GET /v1/session 取得令牌，再提交。"
    en = "X-CSRF-Token is missing or wrong. Get the token from GET /v1/session, then send it."


class Authentication(ASGIMiddleware):
    """Puts the Actor into ``scope["user"]``; a route with ``opt={"public": True}`` needs none."""

    def __init__(self, who_is: WhoIs) -> None:
        self.who_is = who_is

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        request: Request[Any, Any, State] = Request(scope, receive, send)
        public = bool(scope["route_handler"].opt.get("public"))
        credentials = shown_credentials(request)
        if credentials is not None:
            _check_csrf(request, credentials, public=public)
            scope["user"] = await self._found(request, credentials, public=public)
        elif not public:
            raise Unauthenticated
        await next_app(scope, receive, send)

    async def _found(
        self, request: Request[Any, Any, State], credentials: Credentials, *, public: bool
    ) -> Actor | None:
        if public and request.method in SAFE_METHODS:
            return None  # a catalogue read is one round trip, whoever asks
        async with db.lease(request.app.state.pool) as conn:
            actor = await self.who_is(conn, credentials)
        if actor is None and not public:
            raise Unauthenticated
        if actor is not None and actor.second_factor == "due":
            # Whoever knows the password alone is nobody yet.
            if public:
                return None
            if not request.route_handler.opt.get(BEFORE_SECOND_FACTOR):
                raise SecondFactorDue
        if actor is not None and presence.is_for_people(str(request.route_handler.operation_id)):
            require_presence(actor)
        return actor


def shown_credentials(request: Request[Any, Any, State]) -> Credentials | None:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != "bearer" or not secret.strip():
            raise Unauthenticated
        return Credentials("key", secret.strip())
    cookie = request.cookies.get(SESSION_COOKIE)
    return Credentials("session", cookie) if cookie else None


def _check_csrf(
    request: Request[Any, Any, State], credentials: Credentials, *, public: bool
) -> None:
    if credentials.kind == "key" or request.method in SAFE_METHODS or public:
        return
    shown = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(shown.encode(), csrf_token(credentials.secret).encode()):
        raise CsrfTokenMissing
