"""Wrong input, route by route: always a problem in both languages, never a fault of ours.

Each request is the entry's own of the access test, sent by somebody who may, with one thing wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final, NamedTuple

import httpx
import pytest

from market.base.access import Role
from market.base.web import MAX_JSON_BYTES
from tests.access.entry import Entry, Public
from tests.access.seats import Place, Seat
from tests.access.stage import Stage, entries_of
from tests.client import Caller
from tests.routes import Route, every_route

ANY_REFUSAL: Final = tuple(range(400, 500))
JSON: Final = {"content-type": "application/json"}
API: Final = [route for route in every_route() if route.path.startswith("/v1/")]
# Their answers hold a secret, so that no key keeps them.
UNKEYED: Final = ("sign_in", "issue_api_key", "set_up_second_factor")


def each(routes: list[Route]) -> pytest.MarkDecorator:
    """A test of its own for each route, under the route's name."""
    return pytest.mark.parametrize(
        "route", [pytest.param(route, id=route.name) for route in routes]
    )


with_body: Final = each([route for route in API if route.has_body])
taking_keys: Final = each(
    [route for route in API if route.method == "POST" and route.name not in UNKEYED]
)
paged: Final = each(
    [route for route in API if "cursor" in route.handler.parsed_fn_signature.parameters]
)


class Wrong(NamedTuple):
    """A body that nobody should send, and what it is answered with."""

    name: str
    content: bytes
    status: tuple[int, ...]
    headers: dict[str, str] = JSON


# Not JSON, or JSON of another shape.
BODIES: Final = [
    Wrong("empty", b"", (400, 422)),
    Wrong("truncated", b'{"name": "', (400,)),
    Wrong("bytes that are no UTF-8", b'{"name": "\xff\xfe"}', (400,)),
    Wrong("GB18030", '{"name": "王师傅"}'.encode("gb18030"), (400,)),
    Wrong("deeply nested", b"[" * 100_000, (400,)),
    Wrong("less deeply nested", b"[" * 20_000, (400,)),
    Wrong("a key twice", b'{"name": 1, "name": 1}', (400,)),
    Wrong("a list", b"[]", (422,)),
    Wrong("null", b"null", (422,)),
    Wrong("a number beyond doubles", b"1e999", (400, 422)),
    Wrong("plain text", b"{}", (415,), {"content-type": "text/plain"}),
    Wrong("a form", b"a=1", (415,), {"content-type": "application/x-www-form-urlencoded"}),
    Wrong("no type", b"{}", (415,), {"content-type": ""}),
]
# What no field of any input takes.
VALUES: Final[dict[str, Any]] = {
    "2^63": 2**63,
    "a number of 400 digits": 10**400,
    "NUL": "a\x00b",
    "a lone surrogate": "a\ud800b",
    "100,000 characters": "长" * 100_000,
    "an object": {"unknown": []},
    "a list of lists": [[[]]],
    "a fraction": 1.5,
}


@with_body
async def test_a_body_that_is_no_input_is_refused(route: Route, stage: Stage) -> None:
    knock = Knock(stage, route)
    for wrong in BODIES:
        await knock.expect(
            wrong.name,
            wrong.status,
            content=wrong.content,
            headers=knock.with_headers(wrong.headers),
        )
    knock.report()


@with_body
async def test_no_field_takes_what_it_is_not_for(route: Route, stage: Stage) -> None:
    knock = Knock(stage, route)
    await knock.expect("an unknown field", (422,), content=_dump({**knock.body, "unbekannt": 1}))
    for pointer, changed in _with_faults(knock.body):
        await knock.expect(pointer, ANY_REFUSAL, content=_dump(changed))
    for pointer, changed in _with_texts(knock.body):
        await knock.expect(f"{pointer} as a text", (422,), content=_dump(changed))
    knock.report()


@each(API)
async def test_addresses_and_headers_may_be_wrong(route: Route, stage: Stage) -> None:
    knock = Knock(stage, route)
    await knock.expect("a trailing slash", (404,), path=f"{knock.path}/")
    await knock.expect("an absent id", None, absent=True)
    if any(name.endswith("_id") for name in route.parameters):
        await knock.expect("no id", (404,), path=route.at(dict.fromkeys(route.parameters, "x")))
    await knock.expect("bad If-Match", None, headers=knock.with_headers({"if-match": "W/'x'"}))
    await knock.expect(
        "bad If-None-Match", None, headers=knock.with_headers({"if-none-match": "x"})
    )
    await knock.expect("an unknown method", (405,), method="BREW")
    knock.report()


@paged
async def test_pages_may_be_asked_for_wrongly(route: Route, stage: Stage) -> None:
    knock = Knock(stage, route)
    for cursor in ("x", "bm9uc2Vuc2U", "W10", "=", "a" * 501, "\x00", "W251bGwsIG51bGxd"):
        await knock.expect(f"cursor {cursor[:9]!r}", (400, 422), params={"cursor": cursor})
    for limit in ("0", "-1", "101", "x", "1e3", str(2**63), "9" * 400):
        await knock.expect(f"limit {limit[:9]}", (400, 422), params={"limit": limit})
    knock.report()


@each([route for route in API if route.queries])
async def test_queries_may_be_anything(route: Route, stage: Stage) -> None:
    knock = Knock(stage, route)
    for name in route.queries:
        for text in ("x", "-1", "", str(2**63), "2026-13-45", "2026-99", "0001-01-01"):
            await knock.expect(f"{name}={text[:10]!r}", None, params={name: text})
        for text in ("\x00", "a\nb", "长" * 5_000):
            await knock.expect(f"{name}={text[:10]!r}", (400, 422), params={name: text})
    knock.report()


@each([route for route in API if "state" in route.queries])
async def test_a_state_that_does_not_exist_is_told_the_states_that_do(
    route: Route, stage: Stage
) -> None:
    answer = await Knock(stage, route).answer(params={"state": "nonsense"})
    [fault] = answer.json()["errors"]
    assert (fault["pointer"], fault["code"]) == ("/state", "not_a_choice")
    assert re.search(r"可选：[a-z_]+(、[a-z_]+)+。", fault["detail"])


@each(API)
async def test_a_parameter_that_nobody_knows_is_refused(route: Route, stage: Stage) -> None:
    knock = Knock(stage, route)
    known = knock.sent.get("params", {})
    for name in ("as_of", "in_state", "Limit", "`", ""):
        await knock.expect(f"{name}=1", (422,), params={**known, name: "1"})
    answer = await knock.answer(params={**known, "as_of": "2026-01-01"})
    assert [fault["code"] for fault in answer.json()["errors"]] == ["unknown_field"]
    assert answer.json()["errors"][0]["pointer"] == "/as_of"
    if known:
        assert next(iter(known)) in answer.json()["errors"][0]["detail"]
    knock.report()


@each([route for route in API if route.queries])
async def test_a_parameter_comes_once(route: Route, stage: Stage) -> None:
    knock = Knock(stage, route)
    known = knock.sent.get("params", {})
    for name in route.queries:
        twice = [*known.items(), (name, "1"), (name, "1")]
        await knock.expect(f"{name} twice", (400,), params=httpx.QueryParams(twice))
    answer = await knock.answer(
        params=httpx.QueryParams([*known.items(), (name, "1"), (name, "1")])
    )
    assert answer.json()["code"] == "repeated_parameter"
    assert answer.json()["errors"][0]["pointer"] == f"/{name}"
    knock.report()


@taking_keys
async def test_a_key_is_up_to_200_visible_characters(route: Route, stage: Stage) -> None:
    knock = Knock(stage, route)
    for name, key in (("300 characters", "k" * 300), ("a space", "a b"), ("empty", "")):
        headers = knock.with_headers({"idempotency-key": key})
        await knock.expect(f"a key: {name}", None, headers=headers)
        if route.needs_key:
            await knock.expect(f"money under a key: {name}", (400,), headers=headers)
    knock.report()


@each([route for route in API if route.needs_key])
async def test_money_moves_only_under_a_key(route: Route, stage: Stage) -> None:
    knock = Knock(stage, route)
    headers = knock.with_headers({})
    headers.pop("idempotency-key")
    await knock.expect("no key", (400,), headers=headers)
    knock.report()


@each([route for route in API if route.method == "GET"])
async def test_head_is_get_without_its_body(route: Route, stage: Stage) -> None:
    knock = Knock(stage, route)
    get, head = await knock.answer(), await knock.answer(method="HEAD")
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers.get("etag") == get.headers.get("etag")


@pytest.mark.parametrize(
    "query",
    ["named=%00", "named=%ED%A0%80", "kind=%FF", "%=%", "limit=１"],
)
async def test_strange_queries_are_no_fault_of_ours(query: str, stage: Stage) -> None:
    caller = stage.world.callers[Seat(Place.UNIT, Role.CLERK), "cookie"]
    answer = await stage.undone.after("GET", await caller.get(f"/v1/organisations?{query}"))
    assert answer.status_code < 500, answer.text


@pytest.mark.parametrize("number", ["5.0", "1e1", "+5", " 5", "5_0", "１"])
async def test_an_integer_is_written_in_digits(number: str, stage: Stage) -> None:
    caller = stage.world.callers[Seat(Place.UNIT, Role.CLERK), "cookie"]
    answer = await caller.get("/v1/organisations", params={"limit": number})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == "/limit"


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "streamed"])
async def test_a_body_over_the_limit_is_not_taken_in(announced: bool, stage: Stage) -> None:
    caller = stage.world.callers[Seat(Place.UNIT, Role.CLERK), "cookie"]
    body = b'{"name": "' + b"a" * MAX_JSON_BYTES + b'"}'
    answers = [
        await stage.undone.after(
            "PUT",
            await caller.request(
                "PUT",
                "/v1/people/me",
                content=body if announced else _pieces(body),
                headers={**JSON, "if-match": '"1"', "accept-language": language},
            ),
        )
        for language in ("zh-CN", "en")
    ]
    assert [answer.status_code for answer in answers] == [413, 413]
    assert list(_faults(*answers)) == []


async def test_a_file_over_the_limit_is_not_taken_in(stage: Stage) -> None:
    caller = stage.world.callers[Seat(Place.UNIT, Role.CLERK), "cookie"]
    too_large = (
        "papers.pdf",
        b"%PDF-1.7" + b"0" * stage.market.app.state.settings.upload_limit_bytes,
    )
    sent = await caller.request("POST", "/v1/files", files={"file": too_large})
    answer = await stage.undone.after("POST", sent)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


class Knock:
    """A route, somebody who may call it, and what was surprising in the answers."""

    def __init__(self, stage: Stage, route: Route) -> None:
        self.stage, self.route = stage, route
        self.entry = entries_of(route)[0]
        self.seat = _somebody(self.entry)
        self.caller = (
            stage.world.callers[self.seat, "cookie"]
            if isinstance(self.entry, Entry)
            else stage.market.nobody
        )
        self.surprises: list[str] = []
        self.codes: set[str | None] = set()

    @property
    def path(self) -> str:
        return self.route.at({name: self.stage.world.of(at) for name, at in self.entry.at.items()})

    @property
    def body(self) -> dict[str, Any]:
        assert self.entry.body is not None, f"the entry of {self.route.name} has no body"
        body: dict[str, Any] = self.entry.body(self.stage.world, self.seat)
        return body

    @property
    def sent(self) -> dict[str, Any]:
        return self.stage.sent(self.route, self.entry, self.seat)

    def with_headers(self, more: dict[str, str]) -> dict[str, str]:
        headers: dict[str, str] = self.sent["headers"]
        return {**headers, **more}

    async def answer(
        self,
        *,
        path: str | None = None,
        method: str | None = None,
        absent: bool = False,
        language: str = "zh-CN",
        **sent: Any,
    ) -> httpx.Response:
        route = self.route._replace(
            path=path or self.route.path, method=method or self.route.method
        )
        caller = Caller(self.caller.client, {**self.caller.headers, "accept-language": language})
        return await self.stage.send(route, self.entry, self.seat, caller, absent=absent, **sent)

    async def expect(self, what: str, statuses: tuple[int, ...] | None, **sent: Any) -> None:
        """One of the statuses; without any, whatever it is, no 5xx and no 401."""
        answer = await self.answer(**sent)
        found = f"{what}: {answer.status_code} {answer.text[:200]}"
        if statuses is None:
            if answer.status_code >= 500 or answer.status_code == 401:
                self.surprises.append(found)
        elif answer.status_code not in statuses:
            self.surprises.append(f"{found}, not {statuses}")
        # One answer of each kind in the other language is enough.
        if answer.status_code >= 400 and (code := _code(answer)) not in self.codes:
            self.codes.add(code)
            in_english = await self.answer(language="en", **sent)
            self.surprises += [f"{found}: {fault}" for fault in _faults(answer, in_english)]

    def report(self) -> None:
        assert not self.surprises, f"{self.route.method} {self.route.path}\n" + "\n".join(
            self.surprises
        )


def _somebody(entry: Entry | Public) -> Seat:
    if isinstance(entry, Entry) and (entry.may or entry.refused):
        return min(entry.may or entry.refused)
    return Seat(Place.UNIT, Role.CLERK)


def _faults(chinese: httpx.Response, english: httpx.Response) -> Iterator[str]:
    """What the answer lacks of a problem that people of both languages understand."""
    if chinese.headers["content-type"] != "application/problem+json":
        yield f"of type {chinese.headers['content-type']}"
        return
    zh, en = chinese.json(), english.json()
    if set(zh) != {"type", "title", "status", "detail", "code", "errors", "request_id"}:
        yield f"with {sorted(zh)}"
    if zh["status"] != chinese.status_code or zh["code"] != en["code"]:
        yield f"as {zh['status']} {zh['code']} and {en['code']}"
    for part in ("title", "detail"):
        if zh[part] == en[part] or not _is_chinese(zh[part]) or _is_chinese(en[part]):
            yield f"{part}: {zh[part]!r}, {en[part]!r}"
    languages = chinese.headers["content-language"], english.headers["content-language"]
    if languages != ("zh-CN", "en"):
        yield f"in {languages}"


def _code(answer: httpx.Response) -> str | None:
    """The problem's code; None when it is no problem, which is one."""
    if answer.headers["content-type"] != "application/problem+json":
        return None
    code: str = answer.json()["code"]
    return code


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def _with_faults(body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The body with one wrong value in one place, for each place and value."""
    for field in body:
        for name, value in VALUES.items():
            yield f"{field}: {name}", {**body, field: value}
        nested = body[field]
        if isinstance(nested, dict):
            for pointer, changed in _with_faults(nested):
                yield f"{field}/{pointer}", {**body, field: changed}


def _with_texts(part: Any) -> Iterator[tuple[str, Any]]:
    """What is sent with one number or truth value written as a text, for each of them."""
    if isinstance(part, bool):
        yield "", "true"
    elif isinstance(part, int):
        yield "", f"{part}.00"
        yield "", str(part)
    elif isinstance(part, dict):
        for name, value in part.items():
            yield from ((f"/{name}{at}", {**part, name: text}) for at, text in _with_texts(value))
    elif isinstance(part, list):
        for place, value in enumerate(part):
            for at, text in _with_texts(value):
                yield f"/{place}{at}", [*part[:place], text, *part[place + 1 :]]


def _dump(body: Any) -> bytes:
    return json.dumps(body).encode("ascii")


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    """A body whose length nobody announces."""
    for start in range(0, len(body), 65_536):
        yield body[start : start + 65_536]
