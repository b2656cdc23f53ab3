"""How a route is called and who may: the words in which ``entries/`` speak."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from tests.access.seats import ALL, NOBODY, PARTIES, Seat, Seats
from tests.access.world import World

Fill = Callable[[World, Seat], Any]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One call of a route, the same for everybody.

    ``may``: who is let in. ``sees``: who else knows the object (or, without an object, the route's
    subject), and is therefore refused with 403. Everybody left is a stranger: 404, the same as for
    an absent id. ``filtered``: who may not gets an answer that names nothing of the others.

    ``at`` fills the path, ``query`` and ``body`` the rest; ``form`` names a file to send, ``etag``
    the thing of the world whose version If-Match shows. ``present``: the act is for people, a key
    gets 403. ``conflicts``: nobody gets it done in the prepared state. ``once_public``: published
    before and withdrawn since, so that the query alone keeps it back.
    """

    may: Seats
    sees: Seats | None = None
    at: Mapping[str, str] = msgspec.field(default_factory=dict)
    body: Fill | None = None
    query: Mapping[str, str] = msgspec.field(default_factory=dict)
    etag: str | None = None
    filtered: bool = False
    present: bool = False
    conflicts: bool = False
    form: str | None = None
    once_public: bool = False

    @property
    def refused(self) -> Seats:
        """Who knows the object and may not; both parties and the unit above, unless said."""
        everyday = NOBODY if self.filtered else PARTIES
        return (everyday if self.sees is None else self.sees) - self.may


class Public(msgspec.Struct, frozen=True, kw_only=True):
    """A route for everybody, signed in or not."""

    at: Mapping[str, str] = msgspec.field(default_factory=dict)
    body: Fill | None = None
    query: Mapping[str, str] = msgspec.field(default_factory=dict)


AnyEntry = Entry | Public | tuple[Entry, ...]
Entries = Mapping[str, AnyEntry]

EVERYBODY: Final = ALL


def given(**fields: Any) -> Fill:
    """A body that is the same for everybody."""
    return lambda world, seat: fields


def open_to_all(**how: Any) -> Entry:
    """For everybody who is signed in."""
    return Entry(may=ALL, sees=NOBODY, **how)
