"""How a refusal becomes HTTP: problem+json (RFC 9457) in the caller's language.

Nothing else in the market knows status codes as numbers. Faults of the framework (no such path,
wrong method, unreadable body) and of PostgreSQL (busy) are put into the same shape.
"""

from __future__ import annotations

import re
import traceback
from typing import Any, Final

import asyncpg
import msgspec
import structlog
from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException, ValidationException
from litestar.serialization import decode_json

from market.base.errors import (
    Fault,
    Invalid,
    Language,
    Malformed,
    MarketError,
    NotFound,
    TooLarge,
    Unavailable,
    WrongMediaType,
)
from market.base.web import preferred_language

PROBLEM_JSON: Final = "application/problem+json"

log = structlog.get_logger("market.problems")


class Problem(msgspec.Struct, frozen=True):
    """错误说明 RFC 9457: ``type`` leads to the page that explains ``code``; ``errors`` name the places."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[Fault]
    request_id: str


class MethodNotAllowed(MarketError):
    """The path exists, the method does not."""

    status = 405
    title_zh = "方法不适用"
    title_en = "Method not allowed"
    code = "method_not_allowed"
    zh = "此地址不支持该请求方法。可用的方法见 Allow 响应头与 /docs。"
    en = "This address does not support the method. The Allow header and /docs list those it does."


class Internal(MarketError):
    """A fault of ours; the log holds it under the request id."""

    status = 500
    title_zh = "系统内部错误"
    title_en = "Internal fault"
    code = "internal"
    zh = "系统内部出错，本次请求没有办理。请把 request_id 告诉管理员。"
    en = "Something broke inside the market and nothing was done. Tell an administrator request_id."


class FieldFault(msgspec.Struct, frozen=True):
    """A schema rule that a field broke; a pattern over msgspec's message finds the sentence."""

    code: str
    pattern: str
    zh: str
    en: str


class BadFields(Invalid):
    """The body, query or path does not have the documented shape."""

    code = "bad_fields"
    zh = "有 {count} 处内容不符合要求。请按 errors 所列逐项改正后重新提交。"
    en = "{count} places are not as documented. Mend each one listed in errors and send it again."

    def __init__(self, places: list[tuple[str, str]]) -> None:
        self.places = places
        super().__init__(count=len(places))

    def faults(self, language: Language) -> list[Fault]:
        return [_field_fault(pointer, message, language) for pointer, message in self.places]


FIELD_FAULTS: Final = (
    FieldFault(
        "missing_field",
        r"missing required field `(?P<name>[^`]+)`"
        r"|Missing required (?:query )?parameter '(?P<q>\w+)'",
        "缺少必填项。请补上。",
        "A required field is missing. Add it.",
    ),
    FieldFault(
        "unknown_field",
        r"contains unknown field `(?P<name>[^`]+)`",
        "没有这个字段。请去掉它，或核对拼写。",
        "There is no such field. Leave it out, or check its spelling.",
    ),
    FieldFault(
        "too_long",
        r"of length <= (?P<bound>\d+)",
        "内容过长，最多 {bound} 个字符（或项）。请缩短。",
        "Too long: at most {bound} characters (or items). Shorten it.",
    ),
    FieldFault(
        "too_short",
        r"of length >= (?P<bound>\d+)",
        "内容过短，至少 {bound} 个字符（或项）。请补充。",
        "Too short: at least {bound} characters (or items). Add to it.",
    ),
    FieldFault(
        "too_large_number",
        r"`(?:int|float)` <=? (?P<bound>-?\d+)|Integer value out of range",
        "数值过大。请填写允许范围内的数。",
        "The number is too large. Give one within the documented range.",
    ),
    FieldFault(
        "too_small_number",
        r"`(?:int|float)` >=? (?P<bound>-?\d+)",
        "数值过小，最小为 {bound}。请改正。",
        "The number is too small: at least {bound}. Correct it.",
    ),
    FieldFault(
        "bad_pattern",
        r"matching regex",
        "格式不对，或含有不可见字符。请按接口文档中的格式填写。",
        "The format is wrong, or holds invisible characters. Follow the documented format.",
    ),
    FieldFault(
        "not_a_choice",
        r"Invalid enum value|Invalid value",
        "不在可选范围之内。可选值见接口文档。",
        "Not one of the choices. The documentation lists them.",
    ),
    FieldFault(
        "wrong_type",
        r"Expected `(?P<expected>[^`]+)`, got `(?P<got>[^`]+)`",
        "类型不对：应为 {expected}，收到 {got}。请改正。",
        "Wrong type: expected {expected}, got {got}. Correct it.",
    ),
)
OTHER_FIELD_FAULT: Final = FieldFault(
    "bad_value",
    "",
    "内容无法识别。请按接口文档填写。",
    "The value cannot be read. Follow the documentation.",
)


def _field_fault(pointer: str, message: str, language: Language) -> Fault:
    for rule in FIELD_FAULTS:
        match = re.search(rule.pattern, message)
        if match:
            found = {name: value or "" for name, value in match.groupdict().items()}
            name = found.get("name") or found.get("q") or ""
            place = f"{pointer}/{name}" if name else pointer
            sentence = rule.zh if language == "zh-CN" else rule.en
            return Fault(place, rule.code, sentence.format_map(found))
    rule = OTHER_FIELD_FAULT
    return Fault(pointer, rule.code, rule.zh if language == "zh-CN" else rule.en)


def render(request: Request[Any, Any, State], refusal: MarketError) -> Response[Problem]:
    language = preferred_language(request.headers.get("accept-language"))
    request_id = request.scope.get("state", {}).get("request_id", "")
    problem = Problem(
        type=f"/problems#{refusal.code}",
        title=refusal.title(language),
        status=refusal.status,
        detail=refusal.detail(language),
        code=refusal.code,
        errors=refusal.faults(language),
        request_id=request_id,
    )
    return Response(
        problem,
        status_code=refusal.status,
        media_type=PROBLEM_JSON,
        headers={"Content-Language": language, "Vary": "Accept-Language", **_hints(refusal)},
    )


def _hints(refusal: MarketError) -> dict[str, str]:
    hints = {}
    retry_after = getattr(refusal, "retry_after_seconds", None)
    if retry_after is not None:
        hints["Retry-After"] = str(retry_after)
    if refusal.status == 401:
        hints["WWW-Authenticate"] = 'Bearer realm="market"'
    return hints


def render_refusal(request: Request[Any, Any, State], refusal: MarketError) -> Response[Problem]:
    return render(request, refusal)


def render_framework_fault(
    request: Request[Any, Any, State], fault: HTTPException
) -> Response[Problem]:
    response = render(request, _refusal_for(fault))
    if allow := (fault.headers or {}).get("Allow"):
        response.set_header("Allow", allow)
    return response


def _refusal_for(fault: HTTPException) -> MarketError:
    if isinstance(fault, ValidationException):
        return BadFields(_places(fault))
    by_status: dict[int, type[MarketError]] = {
        404: NotFound,
        405: MethodNotAllowed,
        413: TooLarge,
        503: Unavailable,
    }
    if fault.status_code in by_status:
        return by_status[fault.status_code]()
    if fault.status_code == 415:
        return WrongMediaType(expected="application/json")
    if 400 <= fault.status_code < 500:
        return UnreadableBody() if fault.status_code == 400 else Malformed()
    return Internal()


class Unstorable(Malformed):
    """Text with a character that the database has no place for."""

    code = "unstorable_text"
    zh = "内容含有无法保存的字符（NUL）。请去掉后重新提交。"
    en = "The text holds a character that cannot be kept (NUL). Leave it out and send it again."


class UnreadableBody(Malformed):
    """The body is not what its Content-Type says."""

    code = "unreadable_body"
    zh = "请求内容不是有效的 JSON（须为 UTF-8 编码）。请检查后重新提交。"
    en = "The body is not valid JSON in UTF-8. Check it and send it again."


def _places(fault: ValidationException) -> list[tuple[str, str]]:
    extra = fault.extra if isinstance(fault.extra, list) else []
    places = []
    for item in extra:
        message = str(item.get("message", ""))
        key = str(item.get("key", ""))
        path = re.search(r" - at `(?:key in )?\$(?P<path>[^`]*)`", message)
        places.append((_pointer(key, path["path"] if path else ""), message))
    return places or [("", str(fault.detail))]


def _pointer(key: str, path: str) -> str:
    """A JSON pointer out of msgspec's path: ``lines[0].amount`` is /lines/0/amount.

    The framework calls the whole body ``data``.
    """
    place = path or ("" if key == "data" else key)
    return "".join(f"/{step}" for step in re.findall(r"[^.\[\]]+", place))


def render_database_fault(
    request: Request[Any, Any, State], fault: asyncpg.PostgresError
) -> Response[Problem]:
    """Busy is 503; what PostgreSQL cannot store is the caller's fault; the rest is ours."""
    busy = (
        asyncpg.QueryCanceledError,
        asyncpg.LockNotAvailableError,
        asyncpg.TooManyConnectionsError,
        asyncpg.AdminShutdownError,
        asyncpg.CrashShutdownError,
        asyncpg.CannotConnectNowError,
        asyncpg.PostgresConnectionError,
        asyncpg.DeadlockDetectedError,
        asyncpg.SerializationError,
    )
    if isinstance(fault, busy):
        log.warning("database_busy", fault=type(fault).__name__)
        return render(request, Unavailable())
    if isinstance(
        fault, asyncpg.CharacterNotInRepertoireError | asyncpg.UntranslatableCharacterError
    ):
        return render(request, Unstorable())
    return render_unknown(request, fault)


def render_unknown(request: Request[Any, Any, State], fault: Exception) -> Response[Problem]:
    if isinstance(fault, ConnectionError | asyncpg.InterfaceError | asyncpg.InternalClientError):
        log.warning("database_gone", fault=type(fault).__name__)
        return render(request, Unavailable(retry_after_seconds=2))
    if _comes_from_decoding(fault):
        return render(request, UnreadableBody())
    log.error("unhandled", exc_info=fault)
    return render(request, Internal())


def _comes_from_decoding(fault: Exception) -> bool:
    """Bytes that are no UTF-8, or endless nesting: faults that the framework lets through."""
    if not isinstance(fault, UnicodeDecodeError | RecursionError):
        return False
    frames = traceback.walk_tb(fault.__traceback__)
    return any(frame.f_code is decode_json.__code__ for frame, _ in frames)


class ProblemKind(msgspec.Struct, frozen=True):
    """One row of the page of codes."""

    code: str
    status: int
    zh: str
    en: str
    meaning: str


def kinds(refusals: list[type[MarketError]]) -> list[ProblemKind]:
    """Every code that the market can answer with, by status and code."""
    rows = {
        refusal.code: ProblemKind(
            refusal.code, refusal.status, refusal.zh, refusal.en, _meaning(refusal)
        )
        for refusal in refusals
        if "code" in refusal.__dict__
    }
    return sorted(rows.values(), key=lambda kind: (kind.status, kind.code))


def _meaning(refusal: type[MarketError]) -> str:
    return (refusal.__doc__ or "").strip().splitlines()[0]
