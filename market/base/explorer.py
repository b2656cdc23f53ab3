"""The API's page for people at /docs: Swagger UI 5.35.0, vendored in ``explorer/`` with its hashes.

The page runs without inline scripts and asks no other host.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from litestar import Response, Router, get
from litestar.response import Redirect
from litestar.routes import BaseRoute
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler

FOLDER: Final = Path(__file__).parent / "explorer"
PUBLIC: Final[dict[str, Any]] = {"public": True}
# Swagger UI sets style attributes and shows inline images; scripts come from here alone.
POLICY: Final = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "frame-ancestors 'none'"
)


@get("/docs", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def explorer() -> Response[str]:
    page = (FOLDER / "index.html").read_text("utf-8")
    headers = {"Content-Security-Policy": POLICY}
    return Response(page, media_type="text/html", headers=headers)


@get("/", opt=PUBLIC, include_in_schema=False, sync_to_thread=False, status_code=302)
def root() -> Redirect:
    """Whoever opens the bare address finds the documentation."""
    return Redirect("/docs")


class DescriptionRouter(Router):
    """Lets the framework serve /openapi.json and nothing else.

    It would also answer at / and, for every path of one step, with an HTML page instead of a
    problem.
    """

    def __init__(self) -> None:
        super().__init__(path="/", route_handlers=[], opt=PUBLIC, include_in_schema=False)

    def register(self, value: ControllerRouterHandler) -> list[BaseRoute]:
        paths: set[str] = getattr(value, "paths", set())
        if "/{path:str}" in paths:
            return []
        paths.discard("/")
        return super().register(value)


ROUTES: Final[list[ControllerRouterHandler]] = [
    root,
    explorer,
    create_static_files_router(
        path="/docs/assets", directories=[FOLDER], opt=PUBLIC, include_in_schema=False
    ),
]
