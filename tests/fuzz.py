"""Requests made up from the description alone, sent by everybody, about what is really there.

schemathesis makes them up and judges the answers; who asks, and about which rows, comes from the
world of the access test. A request by itself is undone before the next; a story is a chain of them
in which one goes on with what another's answer tells, and is undone at its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import suppress
from functools import cache, partial
from itertools import count, cycle
from typing import Any, Final, NamedTuple
from zlib import crc32

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response
from schemathesis.generation.stateful.state_machine import StepInput, StepOutput
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
STEPS: Final = 6
CREDENTIALS: Final = {"authorization", "cookie", "x-csrf-token"}  # made up, they are nobody's
MODES: Final = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


class Drawn(NamedTuple):
    """A made-up request to a route, and whose it is."""

    route: Route
    case: Case[Any]
    caller: Caller


def drawn(stage: Stage, times: int, *, at_random: bool) -> Iterator[Drawn]:
    """So many requests to each operation with right data, and as many with wrong ones.

    Half of them are by somebody who may, half by everybody in turn. One is with either.
    """
    others = cycle(everybody(stage))
    for found in schemathesis.openapi.from_dict(_strict()).get_all_operations():
        assert isinstance(found, Ok), "the description is valid"
        operation = found.ok()
        route = _route(operation)
        for mode in _modes(route, times):
            for number, case in enumerate(_cases(operation, mode, times, at_random=at_random)):
                friend = _friend(stage, route) if number % 2 == 0 else None
                _point(stage, route, case)
                yield Drawn(route, case, friend or next(others))


def _modes(route: Route, times: int) -> Sequence[GenerationMode]:
    modes = MODES if route.has_body or route.queries else MODES[:1]
    if times > 1:
        return modes
    return (modes[crc32(route.name.encode()) % len(modes)],)


def everybody(stage: Stage) -> list[Caller]:
    """Nobody, and each role everywhere, by session and by key."""
    by_place = sorted(stage.world.callers, key=lambda shown: (shown[1], shown[0]))
    return [stage.market.nobody, *(stage.world.callers[each] for each in by_place)]


@cache
def _routes() -> dict[tuple[str, str], Route]:
    return {(route.method, route.described_path): route for route in every_route()}


def _route(operation: APIOperation[Any, Any, Any, Any]) -> Route:
    return _routes()[operation.method.upper(), operation.path]


def _strict() -> dict[str, Any]:
    """The description without what stands for any other refusal: each has to be named."""
    schema = description()
    for path in schema["paths"].values():
        for operation in path.values():
            operation["responses"].pop("default", None)
            operation["security"] = []  # who asks comes from the world, not from the description
    return schema


def _cases(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    times: int,
    *,
    at_random: bool,
) -> list[Case[Any]]:
    found: list[Case[Any]] = []

    @_settings(times, at_random=at_random)
    @given(case=operation.as_strategy(generation_mode=mode))
    def collect(case: Case[Any]) -> None:
        found.append(case)

    with suppress(Unsatisfiable):  # what takes any text cannot be given a wrong one
        collect()
    return found


def _settings(times: int, *, at_random: bool, **more: Any) -> settings:
    return settings(
        max_examples=times,
        derandomize=not at_random,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        **more,
    )


def _friend(stage: Stage, route: Route) -> Caller | None:
    """Somebody who may."""
    entry = entries_of(route)[0]
    if isinstance(entry, Entry) and entry.may:
        return stage.world.callers[min(entry.may), "cookie"]
    return None


def _point(stage: Stage, route: Route, case: Case[Any]) -> None:
    """At rows that are there, in the state that the route asks for, but for what is wrong."""
    entry = entries_of(route)[0]
    wrong = case.meta.is_negative_at if case.meta else lambda location: False
    if not wrong(ParameterLocation.PATH):
        places = {name: str(stage.world.of(what)) for name, what in entry.at.items()}
        case.path_parameters.update(places)
    if not wrong(ParameterLocation.HEADER) and isinstance(entry, Entry) and entry.etag:
        case.headers["If-Match"] = f'"{stage.world.version_of(entry.etag)}"'


async def faults(stage: Stage, each: Drawn) -> list[str]:
    """What is wrong with the answer."""
    answer = await _answer(each.case, each.caller)
    await stage.undone.after(each.route.method, answer)
    return list(_judged(each.case, answer))


async def stories(stage: Stage, times: int, *, at_random: bool) -> list[str]:
    """What is wrong in any of so many stories, told in a thread, as schemathesis knows no loop."""
    wait, others = partial(_wait, asyncio.get_running_loop()), everybody(stage)
    found: list[str] = []
    machine: Any = schemathesis.openapi.from_dict(_strict()).as_state_machine()

    class Story(machine):  # type: ignore[misc]  # made at run time
        """Each step by somebody who may, every third by anybody: the same in the same story."""

        def setup(self) -> None:
            self.steps = count(1)

        def step(self, input: StepInput) -> StepOutput:  # noqa: A002  # schemathesis's name
            if input.transition is None:
                _point(stage, _route(input.case.operation), input.case)
            output: StepOutput = super().step(input)
            return output

        def call(self, case: Case[Any], **_: Any) -> Response:
            step = next(self.steps)
            friend = _friend(stage, _route(case.operation)) if step % 3 else None
            other = others[crc32(f"{case.operation.label} {step}".encode()) % len(others)]
            answer = wait(_told(stage, case, friend or other))
            found.extend(_judged(case, answer))
            return Response.from_httpx(answer, verify=True)

        def validate_response(self, *_: Any, **__: Any) -> None:
            """Judged already."""

        def teardown(self) -> None:
            wait(stage.undone.undo())

    await asyncio.to_thread(
        Story.run,
        settings=_settings(times, at_random=at_random, stateful_step_count=STEPS),
    )
    return found


def _wait(loop: asyncio.AbstractEventLoop, what: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run_coroutine_threadsafe(what, loop).result()


async def _told(stage: Stage, case: Case[Any], caller: Caller) -> httpx.Response:
    return await stage.undone.checked(case.method, await _answer(case, caller))


async def _answer(case: Case[Any], caller: Caller) -> httpx.Response:
    sent = case.as_transport_kwargs(base_url=SITE)
    sent.pop("cookies", None)
    made_up = (sent.pop("headers", None) or {}).items()
    headers = {name: str(value) for name, value in made_up if name.lower() not in CREDENTIALS}
    body = {"content": sent.pop("data")} if isinstance(sent.get("data"), str | bytes) else {}
    request = caller.client.build_request(
        sent["method"],
        sent["url"],
        params=sent.get("params"),
        headers={**headers, **caller.headers},
        json=sent.get("json"),
        files=_parts(sent.get("files")),
        **body,
    )
    request.read()  # what is judged afterwards
    return await caller.client.send(request)


def _parts(made_up: Any) -> Any:
    """Parts of a form that can be sent: a number in place of a file goes as its digits."""
    pairs = made_up.items() if isinstance(made_up, dict) else made_up
    return pairs and [(name, _part(value)) for name, value in pairs]


def _part(value: Any) -> Any:
    if isinstance(value, tuple):
        name, content, *kind = value
        return (name, _part(content), *kind)
    return value if isinstance(value, str | bytes) or hasattr(value, "read") else str(value)


def _judged(case: Case[Any], answer: httpx.Response) -> Iterator[str]:
    unsent = set(case.query or ()) - set(answer.request.url.params)
    checks = [each for each in CHECKS if each is not negative_data_rejection or not unsent]
    try:
        case.validate_response(Response.from_httpx(answer, verify=True), checks=checks)
    except FailureGroup as found:
        for failure in found.exceptions:
            yield f"{case.as_curl_command()}\n{answer.status_code}: {failure}"
