"""The pages, and the few files that they share; what they do is the API's."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Final

from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from market.base import words
from market.base.access import require
from market.base.errors import NotFound
from market.identity import doors

FOLDER: Final = Path(__file__).parent
ASSETS: Final = {each.name: each.read_text("utf-8") for each in (FOLDER / "assets").iterdir()}
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
ROLES: Final = "".join(
    f'<li hidden data-role="{escape(code)}">{escape(role.zh)} '
    f'<span lang="en">{escape(role.en)}</span></li>'
    for code, role in words.ROLES.items()
)


def _page(name: str) -> Response[str]:
    text = (FOLDER / name).read_text("utf-8").replace("<!-- roles -->", ROLES)
    return Response(text, media_type="text/html", headers={"Content-Security-Policy": POLICY})


@get("/invitation", opt=doors.PUBLIC, include_in_schema=False, sync_to_thread=False)
def invitation() -> Response[str]:
    """Where an invitation is read and accepted."""
    return _page("invitation.html")


@get("/password-reset", opt=doors.PUBLIC, include_in_schema=False, sync_to_thread=False)
def password_reset() -> Response[str]:
    """Where a forgotten password is replaced."""
    return _page("password-reset.html")


@get("/landings/assets/{name:str}", opt=doors.PUBLIC, include_in_schema=False, sync_to_thread=False)
def landing_asset(name: FromPath[str]) -> Response[str]:
    """A style sheet or script of the pages; they are few, and no path reaches any other file."""
    require(name in ASSETS, NotFound)
    media_type = "text/css" if name.endswith(".css") else "text/javascript"
    return Response(ASSETS[name], media_type=media_type)


ROUTES: Final[list[ControllerRouterHandler]] = [invitation, password_reset, landing_asset]
