"""What the handlers of this wing share: its links, its hasher, the token of a session."""

from typing import Final, cast

from litestar import Response

from market.base import authentication
from market.base.authentication import SESSION_COOKIE
from market.base.settings import Settings
from market.base.web import Door
from market.identity.letters import Link
from market.identity.passwords.model import Hasher, hasher

PUBLIC: Final = {"public": True}
BEFORE_SECOND_FACTOR: Final = {authentication.BEFORE_SECOND_FACTOR: True}


def silent(response: Response[bytes]) -> Response[None]:
    """An answer without a body, as the framework wants its kind spelled."""
    return cast(Response[None], response)


def settings_of(door: Door) -> Settings:
    settings: Settings = door.request.app.state.settings
    return settings


def new_link(door: Door) -> Link:
    """A one-time link to this market's pages."""
    return Link(settings_of(door).public_url)


def hasher_of(door: Door) -> Hasher:
    return hasher(settings_of(door).password_cost)


def session_token(door: Door) -> str | None:
    """The session that the request came with; None when it came with a key."""
    if door.actor.through_key:
        return None
    return door.request.cookies.get(SESSION_COOKIE)
