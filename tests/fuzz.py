"""Requests made up from the description alone, sent by everybody, about what is really there.

schemathesis makes them up and judges the answers; who asks, and about which rows, comes from the
world of the access test. What a request does is undone before the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle
from typing import Any, Final, NamedTuple

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.access.entry import Entry
from tests.access.stage import Stage, entries_of
from tests.client import SITE, Caller
from tests.routes import Route, description, every_route

CHECKS: Final[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    allow_header_conformance,
]
MODES: Final = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


class Drawn(NamedTuple):
    """A made-up request to a route, and whose it is."""

    route: Route
    case: Case[Any]
    caller: Caller


def drawn(stage: Stage, times: int, *, at_random: bool) -> Iterator[Drawn]:
    """So many requests to each operation with right data, and as many with wrong ones."""
    routes = {(route.method, route.described_path): route for route in every_route()}
    strangers = cycle([stage.market.nobody, *map(stage.world.callers.get, stage.world.callers)])
    for found in schemathesis.openapi.from_dict(_strict()).get_all_operations():
        assert isinstance(found, Ok), "the description is valid"
        operation = found.ok()
        route = routes[operation.method.upper(), operation.path]
        for mode in MODES if route.has_body or route.queries else MODES[:1]:
            for number, case in enumerate(_cases(operation, mode, times, at_random=at_random)):
                caller = _friend(stage, route) if number % 2 == 0 else None
                if mode is GenerationMode.POSITIVE:
                    _point(stage, route, case)
                yield Drawn(route, case, caller or next(strangers) or stage.market.nobody)


def _strict() -> dict[str, Any]:
    """The description without what stands for any other refusal: each has to be named."""
    schema = description()
    for path in schema["paths"].values():
        for operation in path.values():
            operation["responses"].pop("default", None)
    return schema


def _cases(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    times: int,
    *,
    at_random: bool,
) -> list[Case[Any]]:
    found: list[Case[Any]] = []

    @settings(
        max_examples=times,
        derandomize=not at_random,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def collect(case: Case[Any]) -> None:
        found.append(case)

    with suppress(Unsatisfiable):  # what takes any text cannot be given a wrong one
        collect()
    return found


def _friend(stage: Stage, route: Route) -> Caller | None:
    """Somebody who may."""
    entry = entries_of(route)[0]
    if isinstance(entry, Entry) and entry.may:
        return stage.world.callers[min(entry.may), "cookie"]
    return None


def _point(stage: Stage, route: Route, case: Case[Any]) -> None:
    """At rows that are there, in the state that the route asks for."""
    at = entries_of(route)[0].at
    if case.path_parameters is not None:
        case.path_parameters.update({name: str(stage.world.of(what)) for name, what in at.items()})


async def faults(stage: Stage, each: Drawn) -> list[str]:
    """What is wrong with the answer."""
    sent = each.case.as_transport_kwargs(base_url=SITE)
    sent.pop("cookies", None)
    headers = {name: str(value) for name, value in (sent.pop("headers", None) or {}).items()}
    body = {"content": sent.pop("data")} if isinstance(sent.get("data"), str | bytes) else {}
    request = each.caller.client.build_request(
        sent["method"],
        sent["url"],
        params=sent.get("params"),
        headers={**headers, **each.caller.headers},
        json=sent.get("json"),
        files=sent.get("files"),
        **body,
    )
    request.read()  # what is judged afterwards
    answer = await each.caller.client.send(request)
    await stage.undone.after(each.route.method, answer)
    return list(_judged(each.case, answer))


def _judged(case: Case[Any], answer: httpx.Response) -> Iterator[str]:
    try:
        case.validate_response(Response.from_httpx(answer, verify=True), checks=CHECKS)
    except FailureGroup as found:
        for failure in found.exceptions:
            yield f"{case.as_curl_command()}\n{answer.status_code}: {failure}"
