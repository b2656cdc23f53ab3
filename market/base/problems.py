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
from litestar.handlers import BaseRouteHandler
from litestar.serialization import decode_json

from market.base import field_faults
from market.base.access import Actor, why_withheld
from market.base.authentication import SESSION_COOKIE
from market.base.errors import (
    Fault,
    Forbidden,
    Invalid,
    Language,
    Malformed,
    MarketError,
    NotFound,
    Phrase,
    TooLarge,
    Unavailable,
    WrongMediaType,
)
from market.base.field_faults import Place
from market.base.web import preferred_language

PROBLEM_JSON: Final = "application/problem+json"

log = structlog.get_logger("market.problems")


class Problem(msgspec.Struct, frozen=True):
    """错误说明: ``type`` leads to the page that explains ``code``, ``errors`` name the places."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[Fault]
    request_id: str


class NoSuchPath(NotFound):
    """No route leads there; an id of a wrong shape is an absent record instead."""

    title_zh = "没有这个地址"
    title_en = "No such path"
    code = "no_such_path"
    zh = "本系统没有这个路径。请对照 /docs 核对拼写。"
    en = "The market has no route there. Check the spelling against /docs."


class NotPublic(NotFound):
    """The same to whoever acts for no organisation: he may be somebody once he has signed in."""

    zh = "没有公开的这样的记录。请核对编号；如果是您单位的资料，请先登录再查看。"
    en = "Nothing of the kind is public. Check the id; if it is your organisation's, sign in first."


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


class BadFields(Invalid):
    """The body, query or path does not have the documented shape."""

    code = "bad_fields"
    zh = "内容不符合要求。请按 errors 所列改正后重新提交；其余内容届时再查。"
    en = "The request is not as documented. Mend what errors lists; the rest is checked then."

    def __init__(self, places: list[Place]) -> None:
        self.places = places
        super().__init__()

    def faults(self, language: Language) -> list[Fault]:
        return [field_faults.fault_of(place, language) for place in self.places]


def render(
    request: Request[Any, Any, State], refusal: MarketError, *, also: Phrase | None = None
) -> Response[Problem]:
    if type(refusal) is NotFound and _is_signed_out(request):
        refusal = NotPublic()
    language = preferred_language(request.headers.get("accept-language"))
    request_id = request.scope.get("state", {}).get("request_id", "")
    problem = Problem(
        type=f"/problems#{refusal.code}",
        title=refusal.title(language),
        status=refusal.status,
        detail=_detail(refusal, also, language),
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


def _is_signed_out(request: Request[Any, Any, State]) -> bool:
    return "authorization" not in request.headers and SESSION_COOKIE not in request.cookies


def _detail(refusal: MarketError, also: Phrase | None, language: Language) -> str:
    if also is None:
        return refusal.detail(language)
    between = "" if language == "zh-CN" else " "
    return f"{refusal.detail(language)}{between}{also.told(language)}"


def _hints(refusal: MarketError) -> dict[str, str]:
    hints = {}
    retry_after = getattr(refusal, "retry_after_seconds", None)
    if retry_after is not None:
        hints["Retry-After"] = str(retry_after)
    if refusal.status == 401:
        hints["WWW-Authenticate"] = 'Bearer realm="market"'
    return hints


def render_refusal(request: Request[Any, Any, State], refusal: MarketError) -> Response[Problem]:
    """A refusal that a withheld role may explain says so too."""
    actor: Actor | None = request.scope.get("user")
    withheld = actor is not None and isinstance(refusal, Forbidden | NotFound)
    return render(request, refusal, also=why_withheld(actor) if actor and withheld else None)


def render_framework_fault(
    request: Request[Any, Any, State], fault: HTTPException
) -> Response[Problem]:
    response = render(request, _refusal_for(request, fault))
    if allow := (fault.headers or {}).get("allow"):  # the framework writes it in small letters
        response.set_header("Allow", ", ".join(_methods(allow)))
    return response


def _methods(allow: str) -> list[str]:
    """The methods of a path; the edge answers HEAD wherever there is a GET."""
    methods = set(allow.split(", "))
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)


def _refusal_for(request: Request[Any, Any, State], fault: HTTPException) -> MarketError:
    if isinstance(fault, ValidationException):
        return BadFields(_places(fault, request.route_handler))
    if fault.status_code == 404 and not _met_a_route(fault):
        return NoSuchPath()
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


def _met_a_route(fault: HTTPException) -> bool:
    """The path is one of ours, but a step of it could not be read, such as an id."""
    return isinstance(fault.__cause__, ValueError) and not isinstance(
        fault.__cause__, HTTPException
    )


class Unstorable(Malformed):
    """Text with a character that the database has no place for."""

    code = "unstorable_text"
    zh = "内容含有无法保存的字符（NUL）。请去掉后重新提交。"
    en = "The text holds a character that cannot be kept (NUL). Leave it out and send it again."


class NamesNothing(Invalid):
    """An id of something that does not exist, where no rule of its own noticed it."""

    code = "names_nothing"
    zh = "所填的编号没有对应的记录。请核对后重新选择。"
    en = "The id names nothing that exists. Check it and choose again."


class UnreadableBody(Malformed):
    """The body is not what its Content-Type says."""

    code = "unreadable_body"
    zh = "请求内容不是有效的 JSON（须为 UTF-8 编码）。请检查后重新提交。"
    en = "The body is not valid JSON in UTF-8. Check it and send it again."


def _places(fault: ValidationException, handler: BaseRouteHandler) -> list[Place]:
    extra = fault.extra if isinstance(fault.extra, list) else []
    return [_place(item, handler) for item in extra] or [Place("", str(fault.detail), None)]


def _place(item: dict[str, Any], handler: BaseRouteHandler) -> Place:
    """The framework calls a parameter as the handler does, which is not always what was sent."""
    message, key = str(item.get("message", "")), str(item.get("key", ""))
    path = re.search(r" - at `(?:key in )?\$(?P<path>[^`]*)`", message)
    parameter = handler.parsed_fn_signature.parameters.get(key)
    if parameter is not None and key != "data":
        name = getattr(parameter.kwarg_definition, "name", None) or key
        return Place(f"/{name}", message, msgspec.inspect.type_info(parameter.annotation))
    steps = _steps(key, path["path"] if path else "")
    return Place("".join(f"/{step}" for step in steps), message, _kind(handler, steps))


def _kind(handler: BaseRouteHandler, steps: list[str]) -> msgspec.inspect.Type | None:
    """The type that the handler declares for a place in its body."""
    body = handler.parsed_data_field
    if body is None:
        return None
    return field_faults.kind_at(msgspec.inspect.type_info(body.annotation), steps)


def _steps(key: str, path: str) -> list[str]:
    """The steps of msgspec's path: ``lines[0].amount`` is lines, 0, amount.

    The framework calls the whole body ``data``.
    """
    place = path or ("" if key == "data" else key)
    return re.findall(r"[^.\[\]]+", place)


def render_database_fault(
    request: Request[Any, Any, State], fault: asyncpg.PostgresError
) -> Response[Problem]:
    """Busy is 503; what cannot be stored or names nothing is the caller's; the rest is ours."""
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
    if isinstance(fault, asyncpg.ForeignKeyViolationError):
        log.warning("names_nothing", constraint=fault.as_dict().get("constraint_name"))
        return render(request, NamesNothing())
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
