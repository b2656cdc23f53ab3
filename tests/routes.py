"""Every route of the application, for the tests that are generated from them.

``python -m tests.routes`` prints the description of the API, for linters.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from typing import Any, Final, NamedTuple

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from market.app import create_app
from market.base import settings
from market.base.description import complete
from market.base.embedded import Dsns

NOWHERE: Final = "postgresql://nobody@127.0.0.1:1/nothing"


class Route(NamedTuple):
    """One method of one path. ``name`` is the operation id, or the path where there is none."""

    name: str
    method: str
    path: str
    handler: HTTPRouteHandler

    @property
    def is_public(self) -> bool:
        return bool(self.handler.opt.get("public"))

    @property
    def needs_key(self) -> bool:
        return self.handler.opt.get("key") == "required"

    @property
    def has_body(self) -> bool:
        return "data" in self.handler.parsed_fn_signature.parameters

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"{(\w+)", self.path)

    @property
    def described(self) -> bool:
        """Whether the description of the API speaks of it."""
        return self.method.lower() in _described().get(self.described_path, {})

    @property
    def queries(self) -> list[str]:
        """The names of its query's parameters, as the description has them."""
        operation = _described().get(self.described_path, {}).get(self.method.lower(), {})
        return [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]

    @property
    def described_path(self) -> str:
        """The path as the description writes it."""
        return re.sub(r"{(\w+):\w+}", r"{\1}", self.path)

    def at(self, values: dict[str, Any]) -> str:
        """The path with its parameters filled in."""
        return re.sub(r"{(\w+)[^}]*}", lambda found: str(values[found[1]]), self.path)


@cache
def application() -> Litestar:
    """The application as it is put together, without a database behind it."""
    return create_app(settings.load({}), Dsns(NOWHERE, NOWHERE, NOWHERE, NOWHERE))


def description() -> dict[str, Any]:
    """The whole description as a reader gets it: through JSON."""
    schema = complete(application().openapi_schema.to_schema(), application())
    decoded: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(schema))
    return decoded


@cache
def _described() -> dict[str, Any]:
    paths: dict[str, Any] = application().openapi_schema.to_schema()["paths"]
    return paths


@cache
def every_route() -> list[Route]:
    """In the order of the paths; the framework's own answers to OPTIONS are left out."""
    found = [
        Route(_name(handler, route.path), method, route.path, handler)
        for route in application().routes
        if isinstance(route, HTTPRoute)
        for method, (handler, _) in route.route_handler_map.items()
        if method not in ("OPTIONS", "HEAD")
    ]
    return sorted(found, key=lambda each: (each.path, each.method))


def _name(handler: HTTPRouteHandler, path: str) -> str:
    operation_id = handler.operation_id
    return operation_id if isinstance(operation_id, str) else path


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(description()))
