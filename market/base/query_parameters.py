"""A query is what the route documents: the framework alone lets through whatever it does not know.

Of a parameter that comes twice it would take the last, where a proxy may have looked at the first.
It also leaves out the bounds of a parameter that may be missing (``FromQuery[Line | None]``), so
these are kept here, for every route at once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Annotated, Any, Final

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.params import QueryParameter
from litestar.types import ASGIApp, Receive, Scope, Send
from litestar.typing import FieldDefinition
from msgspec import Meta

from market.base.errors import Malformed
from market.base.field_faults import Place
from market.base.problems import BadFields

API: Final = "/v1/"
BOUNDS: Final = ("gt", "ge", "lt", "le", "min_length", "max_length", "pattern")


class RepeatedParameter(Malformed):
    """The query names one thing twice."""

    code = "repeated_parameter"
    zh = "参数 {name} 出现了多次。请只给出一次。"
    en = "The parameter {name} comes more than once. Give it once."


class QueryParameters(ASGIMiddleware):
    """Refuses what nobody knows, what comes twice, and values beyond the documented bounds."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        handler = scope["route_handler"]
        if (
            scope["query_string"]
            and isinstance(handler, HTTPRouteHandler)
            and scope["path"].startswith(API)
        ):
            request: Request[Any, Any, State] = Request(scope)
            given = list(request.query_params.multi_items())
            _refuse_repetition([name for name, _ in given], _lists(handler))
            faults = list(_faults(given, _documented(handler)))
            if faults:
                raise BadFields(faults)
        await next_app(scope, receive, send)


def _refuse_repetition(names: list[str], lists: frozenset[str]) -> None:
    for name, times in Counter(names).items():
        if times > 1 and name not in lists:
            raise RepeatedParameter(name=name, pointer=f"/{name}")


def _faults(given: Iterable[tuple[str, Any]], documented: dict[str, Any]) -> Iterator[Place]:
    for name, text in given:
        if name not in documented:
            known = f"; known: {', '.join(documented)}" if documented else ""
            yield Place("", f"Object contains unknown field `{name}`{known}", None)
            continue
        try:
            value = msgspec.convert(text, documented[name], strict=False)
        except msgspec.ValidationError as fault:
            yield Place(f"/{name}", str(fault), None)
            continue
        if type(value) is int and not re.fullmatch(r"-?[0-9]+", text):
            # The framework would take 5.0 and 1e1 for integers, too.
            yield Place(f"/{name}", "Expected `int`, got `str`", None)


@cache
def _documented(handler: HTTPRouteHandler) -> dict[str, Any]:
    """The names of a route's parameters with the types that their bounds make."""
    return {name: _bounded(field) for name, field in _parameters(handler)}


@cache
def _lists(handler: HTTPRouteHandler) -> frozenset[str]:
    """The parameters that may come several times."""
    return frozenset(name for name, field in _parameters(handler) if field.is_non_string_sequence)


def _parameters(handler: HTTPRouteHandler) -> Iterator[tuple[str, FieldDefinition]]:
    for field in handler.parsed_fn_signature.parameters.values():
        parameter = field.kwarg_definition
        if isinstance(parameter, QueryParameter):
            yield parameter.query or parameter.name or field.name, field


def _bounded(field: FieldDefinition) -> Any:
    """The field's type with the bounds that stand inside ``X | None``; types without are Any."""
    inner = [part for part in field.inner_types if not part.is_none_type]
    if field.is_union and len(inner) == 1:
        return _bounded(inner[0])
    bounds = [part for part in field.metadata if isinstance(part, Meta)]
    parameter = field.kwarg_definition
    found = {name: getattr(parameter, name, None) for name in BOUNDS}
    kept = {name: bound for name, bound in found.items() if bound is not None}
    if not bounds and not kept:
        return Any
    return Annotated[(field.annotation, *bounds, *([Meta(**kept)] if kept else []))]
