"""Real requests and answers for the description: ``examples.json`` beside each room's routes.

They are recorded from a running market (``make examples``), and the tests send each of them again.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
from litestar.handlers import HTTPRouteHandler

FILE: Final = "examples.json"


class Example(msgspec.Struct, frozen=True, omit_defaults=True):
    """A request's body and what it was answered with; ``answer`` only where that is JSON."""

    status: int
    body: Any = None
    answer: Any = None


def place_of(handler: HTTPRouteHandler) -> Path:
    """Where the examples of a route are kept: in the folder of the module that declares it."""
    module = sys.modules[handler.fn.__module__]
    assert module.__file__ is not None, "routes are declared in files"
    return Path(module.__file__).with_name(FILE)


def example_of(handler: HTTPRouteHandler) -> Example | None:
    return _kept(place_of(handler)).get(str(handler.operation_id))


@cache
def _kept(place: Path) -> dict[str, Example]:
    if not place.exists():
        return {}
    return msgspec.json.decode(place.read_bytes(), type=dict[str, Example])
