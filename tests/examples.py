"""The examples of the description: recorded from the world of the access test, and sent again.

An example names no row of that world: each of its ids, hashes and secrets stands for one by name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import httpx
import msgspec

from market.base.examples import Example, place_of
from tests.access.entry import Entry, Public
from tests.access.seats import ALL, Seat
from tests.access.stage import Stage, entries_of
from tests.access.world import World
from tests.client import Caller
from tests.routes import Route

ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
HASH: Final = re.compile(r"\b[0-9a-f]{32,64}\b")
INSTANT: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d):\d\d(\.\d+)?Z")
SECRET: Final = re.compile(r"(mk_live_)?[A-Za-z0-9_-]{43,}")
TEXTS: Final = {"email": "wang@market.test"}


class Names:
    """The world's ids, secrets and mailboxes, and what stands for them in an example."""

    def __init__(self, world: World) -> None:
        named = {name: world.of(name) for name in world.things.ids}
        named |= {str(place): str(of.id) for place, of in world.organisations.items()}
        named |= {str(seat): str(actor.person_id) for seat, actor in world.actors.items()}
        self.shown = {
            value: _stand_in(name, value)
            for name, value in named.items()
            if isinstance(value, str) and (ID.fullmatch(value) or HASH.fullmatch(value))
        }
        self.shown |= {world.of(name): text for name, text in TEXTS.items()}

    def hide(self, found: Any) -> Any:
        """The JSON as an example shows it; what has no name gets one from its place in line."""
        text = _swapped(json.dumps(found, ensure_ascii=False), self.shown)
        for pattern in (ID, HASH, SECRET):
            text = pattern.sub(lambda match: self._shown(match[0]), text)
        return json.loads(INSTANT.sub(r"\1:00Z", text))

    def reveal(self, found: Any) -> Any:
        """The JSON with the world's own in the place of what stands for it."""
        real = {shown: value for value, shown in self.shown.items()}
        return json.loads(_swapped(json.dumps(found, ensure_ascii=False), real))

    def _shown(self, value: str) -> str:
        if value in self.shown.values():
            return value
        return self.shown.setdefault(value, _stand_in(f"another {len(self.shown)}", value))


def _swapped(text: str, by: dict[str, str]) -> str:
    return re.sub("|".join(map(re.escape, by)), lambda match: by[match[0]], text)


def _stand_in(name: str, value: str) -> str:
    digits = sha256(name.encode()).hexdigest()
    if ID.fullmatch(value):
        return str(UUID(f"0197a3c5{digits[:4]}7{digits[4:7]}8{digits[7:10]}{digits[10:22]}"))
    prefix = "mk_live_" if value.startswith("mk_live_") else ""
    return prefix + (digits * 2)[: len(value) - len(prefix)]


class Sender(NamedTuple):
    """Somebody who may call a route, by one of its entries."""

    entry: Entry | Public
    seat: Seat
    caller: Caller


def senders(stage: Stage, route: Route) -> Iterator[Sender]:
    for entry in entries_of(route):
        if isinstance(entry, Public):
            yield Sender(entry, min(stage.world.actors), stage.market.nobody)
            continue
        for seat in sorted(entry.may or entry.refused or ALL):
            yield Sender(entry, seat, stage.world.callers[seat, "cookie"])


async def sent(stage: Stage, names: Names, route: Route, example: Example) -> Example | None:
    """The example as it is answered here, by whoever gets the same answer; None if nobody does."""
    body: dict[str, Any] = {}
    if example.body is not None:
        body["content"] = json.dumps(names.reveal(example.body))
    for sender in senders(stage, route):
        answer = await stage.send(route, *sender, **body)
        found = _example(names, example.body, answer)
        if found.status == example.status and _tells(found) >= _tells(example):
            return found
    return None


async def recorded(stage: Stage, names: Names, route: Route) -> Example:
    """A new example, by somebody who gets the route's act done; if nobody does, of a refusal."""
    best: Example | None = None
    for sender in senders(stage, route):
        answer = await stage.send(route, *sender)
        fill = sender.entry.body
        body = None if fill is None else names.hide(fill(stage.world, sender.seat))
        example = _example(names, body, answer)
        if _tells(example):
            return example
        if best is None or example.status < best.status:
            best = example
    assert best is not None, f"{route.name} has nobody"
    return best


def _tells(example: Example) -> bool:
    """An empty list says little of what it lists."""
    return example.status < 400 and example.answer not in ([], {"items": [], "next": None})


def _example(names: Names, body: Any, answer: httpx.Response) -> Example:
    is_json = answer.is_success and answer.headers.get("content-type") == "application/json"
    told = names.hide(_shortened(answer.json())) if is_json else None
    return Example(answer.status_code, body, told)


def _shortened(found: Any) -> Any:
    """One row shows what the others of a list are like."""
    if isinstance(found, list):
        return found[:1]
    if "items" not in found:
        return found
    return {**found, "items": found["items"][:1]} | ({"next": None} if "next" in found else {})


def difference(found: Any, kept: Any, place: str = "") -> str | None:
    """Where two answers differ in more than their values, down to the rows of a list.

    What is absent or empty in one of them tells nothing of the other.
    """
    if found is None or kept is None or found == [] or kept == []:
        return None
    if type(found) is not type(kept):
        return f"{place or 'the answer'} is of another kind"
    if isinstance(found, list):
        return difference(found[0], kept[0], f"{place}[0]")
    if not isinstance(found, dict):
        return None
    if differing := sorted(found.keys() ^ kept.keys()):
        return f"{place or 'the answer'} differs in {', '.join(differing)}"
    inner = (difference(found[name], kept[name], f"{place}.{name}") for name in kept)
    return next(filter(None, inner), None)


def write(found: dict[str, Example], routes: list[Route]) -> None:
    """Put the examples beside their routes."""
    places: dict[Path, dict[str, Any]] = {}
    for route in routes:
        example = msgspec.to_builtins(found[route.name])
        places.setdefault(place_of(route.handler), {})[route.name] = example
    for place, examples in places.items():
        text = json.dumps(dict(sorted(examples.items())), ensure_ascii=False, indent=1)
        place.write_text(f"{text}\n", "utf-8")
