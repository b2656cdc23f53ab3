"""Who may call what, over HTTP: every route by everybody, generated from the application.

What ``access/entries`` says of a route is held against its answers to anonymous callers and to
each role, at home and abroad, with a session cookie; and with an API key once from each place for
each answer, because no rule looks at how somebody came in. Every request finds the same prepared
world, for what the one before did is undone.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

import market
from market.auditor import audit
from market.base import access, presence
from tests.access.entries import ENTRIES
from tests.access.entry import Entry, Public
from tests.access.seats import ALL, Seat
from tests.access.stage import Stage, entries_of
from tests.access.world import World
from tests.client import Caller, How
from tests.routes import Route, every_route

ROUTES: Final = [pytest.param(route, id=route.name) for route in every_route()]
MARKET: Final = Path(market.__file__).parent
# What an actor bears of the way in, and what tells it.
BY_WHICH_WAY: Final = re.compile(
    r"\bthrough_key\b|\bactor\.(second_factor|withheld)\b|shown_credentials"
)
READS: Final = [
    pytest.param(route, id=route.name)
    for route in every_route()
    if route.method == "GET" and not route.is_public
]


async def test_the_prepared_world_is_without_fault(stage: Stage) -> None:
    assert (await audit.run(stage.market.addresses.auditor)).faults == []


@pytest.mark.parametrize("route", ROUTES)
async def test_everybody_gets_the_answer_that_is_his(route: Route, stage: Stage) -> None:
    surprises = [
        surprise
        for entry in entries_of(route)
        async for surprise in _surprises(stage, route, entry)
    ]
    assert not surprises, f"{route.method} {route.path}\n" + "\n".join(surprises)


@pytest.mark.parametrize("route", READS)
async def test_row_level_security_alone_still_hides(
    route: Route, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access.Actor, "visible", property(lambda actor: None))
    surprises = []
    for entry in entries_of(route):
        assert isinstance(entry, Entry), "public routes are left out"
        if entry.once_public:
            continue
        for seat in sorted(ALL - entry.may - entry.refused):
            answer = await _call(stage, route, entry, seat, "cookie")
            if answer.status_code not in (403, 404) and _names_others(stage.world, entry, answer):
                surprises.append(f"{seat}: {answer.status_code} {answer.text[:300]}")
    assert not surprises, f"GET {route.path}\n" + "\n".join(surprises)


def test_no_entry_is_left_of_a_route_that_is_gone() -> None:
    assert set(ENTRIES) <= {route.name for route in every_route()}


def test_no_key_approves_rejects_or_signs() -> None:
    """What is for people alone is so in the entries; the calls above then try it with a key."""
    named = {route.name for route in every_route() if presence.is_for_people(route.name)}
    tried = {
        route.name
        for route in every_route()
        if any(isinstance(each, Entry) and each.present for each in entries_of(route))
    }
    assert named == tried
    signed = {"sign_contract", "review_contract", "approve_order", "review_offering"}
    assert named > signed | {"approve_void", "confirm_match", "approve_award", "set_aside_award"}
    assert named > presence.BESIDES
    assert {route.name for route in every_route()} > presence.EVERYDAY


def test_no_rule_looks_at_how_somebody_came_in() -> None:
    """Else each role would have to be tried with a key, too."""
    looking = {
        path.relative_to(MARKET).as_posix()
        for path in MARKET.rglob("*.py")
        if BY_WHICH_WAY.search(path.read_text("utf-8"))
    }
    assert looking == {
        "base/access.py",  # the guard of what is for people, and what somebody is told besides
        "base/authentication.py",
        "identity/doors.py",  # a key has no session to end
        "identity/keys/queries.py",  # what a key is given by the session that issues it
        "identity/sessions/operations.py",  # the session's own report
        "identity/sessions/queries.py",
    }


def test_public_routes_are_those_that_say_so() -> None:
    said = {name for name, entry in ENTRIES.items() if isinstance(entry, Public)}
    assert said == {route.name for route in every_route() if route.is_public}


async def _surprises(stage: Stage, route: Route, entry: Entry | Public) -> AsyncIterator[str]:
    async for surprise in _anonymous(stage, route, entry):
        yield surprise
    absent = None
    done = not isinstance(entry, Entry) or entry.conflicts or not entry.may
    for seat, how in _cases(stage.world, entry):
        answer = await _call(stage, route, entry, seat, how)
        expected = expectation(entry, seat, how)
        fault = _fault(stage.world, entry, expected, answer)
        if expected == "hidden" and not fault:
            absent = absent or await _call_absent(stage, route, entry, seat, how)
            fault = _difference(answer, absent)
        if fault:
            yield f"{seat} by {how}: expected {expected}, {fault}"
        done = done or (expected == "let in" and answer.is_success)
    if not done:
        yield "nobody got it done"


def _cases(world: World, entry: Entry | Public) -> list[tuple[Seat, How]]:
    """Everybody by session; by key, and of a public route, one from each place for each answer.

    Of those whom a session lets in, one shows a key where people are wanted.
    """
    cases: dict[Any, tuple[Seat, How]] = {}
    for seat, how in sorted(world.callers):
        by_himself = isinstance(entry, Entry) and how == "cookie"
        alike = seat if by_himself else (seat.place, how, expectation(entry, seat, "cookie"))
        cases[alike] = (seat, how)
    return list(cases.values())


def expectation(entry: Entry | Public, seat: Seat, how: How) -> str:
    if isinstance(entry, Public):
        return "let in"
    if seat in entry.may:
        return "refused" if entry.present and how == "key" else "let in"
    # A key is refused before anything is looked at.
    if seat in entry.refused or (entry.present and how == "key"):
        return "refused"
    return "filtered" if entry.filtered else "hidden"


def _fault(
    world: World, entry: Entry | Public, expected: str, answer: httpx.Response
) -> str | None:
    status = answer.status_code
    if expected == "let in":
        wrong = status in (401, 403, 404) or status >= 500
    elif expected == "filtered":
        assert isinstance(entry, Entry)
        wrong = status != 200 or _names_others(world, entry, answer)
    else:
        wrong = status != {"refused": 403, "hidden": 404}[expected]
    return f"{status} {answer.text[:300]}" if wrong else None


def _names_others(world: World, entry: Entry, answer: httpx.Response) -> bool:
    """Whether a stranger read something; what he named himself in the request is no news."""
    if entry.filtered and (entry.at or entry.query):
        return answer.json() not in ([], {"items": [], "next": None})
    asked = {str(world.of(name)) for name in (*entry.at.values(), *entry.query.values())}
    return any(mark in answer.text for mark in world.marks - asked)


def _difference(answer: httpx.Response, absent: httpx.Response) -> str | None:
    """A stranger's 404 and that of an absent id are the same, but for the request's own id."""
    here, there = answer.json(), absent.json()
    here.pop("request_id")
    there.pop("request_id")
    return None if here == there else f"{here} differs from {there}"


async def _anonymous(stage: Stage, route: Route, entry: Entry | Public) -> AsyncIterator[str]:
    seat = min(ALL)
    for headers in ({}, {"authorization": "Bearer mk_live_nobody"}, {"cookie": "market_session=x"}):
        answer = await stage.send(route, entry, seat, Caller(stage.market.client, headers))
        if isinstance(entry, Public):
            fault = _fault(stage.world, entry, "let in", answer)
        else:
            # A cookie without its token is refused before anybody looks whose it is.
            wanted = 403 if "cookie" in headers and route.method != "GET" else 401
            fault = None if answer.status_code == wanted else f"{answer.status_code} {answer.text}"
        if fault:
            yield f"anonymous with {sorted(headers)}: {fault}"


async def _call(
    stage: Stage, route: Route, entry: Entry | Public, seat: Seat, how: How
) -> httpx.Response:
    return await stage.send(route, entry, seat, stage.world.callers[seat, how])


async def _call_absent(
    stage: Stage, route: Route, entry: Entry | Public, seat: Seat, how: How
) -> httpx.Response:
    return await stage.send(route, entry, seat, stage.world.callers[seat, how], absent=True)
