"""A body must be what its Content-Type says: the framework alone would read any as JSON."""

from __future__ import annotations

from typing import Final

from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from market.base.errors import Invalid, WrongMediaType

JSON_TYPES: Final = (b"application/json", b"application/json;")


class EmptyBody(Invalid):
    """The route reads a body and none came."""

    code = "empty_body"
    zh = "请求没有内容。请按接口文档提交 JSON。"
    en = "The request has no body. Send the JSON that the documentation shows."


class MediaTypes(ASGIMiddleware):
    """Refuses, before the body is read, what a JSON route cannot read."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        handler = scope["route_handler"]
        if isinstance(handler, HTTPRouteHandler) and _reads_json(handler):
            headers = dict(scope["headers"])
            if headers.get(b"content-length", b"") == b"0":
                raise EmptyBody
            given = headers.get(b"content-type", b"").lower().replace(b" ", b"")
            if not (given == JSON_TYPES[0] or given.startswith(JSON_TYPES[1])):
                raise WrongMediaType(expected="application/json")
        await next_app(scope, receive, send)


def _reads_json(handler: HTTPRouteHandler) -> bool:
    field = handler.parsed_data_field
    if field is None:
        return False
    return getattr(field.kwarg_definition, "media_type", None) == RequestEncodingType.JSON
