"""What /openapi.json says of refusals: which an operation may give, and how each reads.

An operation's follow from what its handler reads and asks of its door, so that none is listed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import msgspec
from litestar.handlers import HTTPRouteHandler

from market.base.errors import (
    Conflict,
    Forbidden,
    Invalid,
    Malformed,
    MarketError,
    NotFound,
    Stale,
    TooLarge,
    TooMany,
    TooSlow,
    Unauthenticated,
    Unavailable,
    VersionRequired,
    WrongMediaType,
)
from market.base.problems import PROBLEM_JSON, Internal, Problem

Object: TypeAlias = dict[str, Any]

REFUSALS: Final[tuple[type[MarketError], ...]] = (
    Malformed,
    Unauthenticated,
    Forbidden,
    NotFound,
    TooSlow,
    Conflict,
    Stale,
    TooLarge,
    WrongMediaType,
    Invalid,
    VersionRequired,
    TooMany,
    Unavailable,
)
ANY_REFUSAL: Final = "AnyRefusal"


def refusals_of(
    operation: Object, method: str, path: str, handler: HTTPRouteHandler, uses: set[str]
) -> list[type[MarketError]]:
    acts, reads_body = method != "GET", "requestBody" in operation
    public = bool(handler.opt.get("public"))
    versioned = bool({"required_version", "expected_version"} & uses)
    holds = {
        Malformed: path.startswith("/v1/"),
        Unauthenticated: True,  # a header that shows no key is refused wherever it is sent
        Forbidden: not public,
        NotFound: "{" in path or _names_ids(handler),
        TooSlow: reads_body,
        Conflict: acts or "{" in path,  # what is read may not be there to read yet
        Stale: versioned,
        TooLarge: reads_body,
        WrongMediaType: reads_body,
        Invalid: path.startswith("/v1/"),
        VersionRequired: "required_version" in uses,
        TooMany: path.startswith("/v1/"),
        Unavailable: path != "/health/live",
    }
    return [kind for kind in REFUSALS if holds[kind]]


def _names_ids(handler: HTTPRouteHandler) -> bool:
    """Whether the body says which rows are meant: they may be absent, or somebody else's."""
    body = handler.parsed_data_field
    return body is not None and b'"uuid"' in msgspec.json.encode(
        msgspec.json.schema_components([body.annotation])
    )


def responses() -> Iterator[tuple[str, Object]]:
    for kind in REFUSALS:
        yield kind.__name__, _response(f"{kind.title_zh} {kind.title_en}", kind)
    yield ANY_REFUSAL, _response("其他情况 Any other refusal", Internal)


def _response(description: str, kind: type[MarketError]) -> Object:
    example = Problem(
        type=f"/problems#{kind.code}",
        title=kind.title_zh,
        status=kind.status,
        detail=kind.zh.format_map(
            {"expected": 3, "found": 4, "retry_after_seconds": 60}
            if kind is not WrongMediaType
            else {"expected": "application/json"}
        ),
        code=kind.code,
        errors=[],
        request_id="0197a3c5e0b17d5e9f0a4b6c8d2e1f30",
    )
    body = {
        "schema": {"$ref": "#/components/schemas/Problem"},
        "example": msgspec.to_builtins(example),
    }
    answer: Object = {"description": description, "content": {PROBLEM_JSON: body}}
    headers = dict(_headers_of(kind))
    return answer | {"headers": headers} if headers else answer


def _headers_of(kind: type[MarketError]) -> Iterator[tuple[str, Object]]:
    if kind in (TooMany, Unavailable):
        yield (
            "Retry-After",
            {"description": "多少秒后再试 Seconds to wait", "schema": {"type": "integer"}},
        )
    if kind is Unauthenticated:
        yield (
            "WWW-Authenticate",
            {"description": "如何登录 How to sign in", "schema": {"type": "string"}},
        )
