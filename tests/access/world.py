"""The prepared world of the access test, made by the operations that real people use.

``world.of(name)`` is what the entries act on; ``world.marks`` are the ids that no stranger reads.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final
from uuid import UUID

import msgspec

from market.base.access import Actor, Role
from market.base.db import Connection
from market.base.files import Shelf
from market.identity.organisations.model import Organisation
from tests.access import (
    things_awards,
    things_bank,
    things_deals,
    things_identity,
    things_money,
    things_proposals,
    things_requests,
    things_trade,
)
from tests.access.seats import ROLES_OF, Place, Seat
from tests.access.things import PDF, Ground, Things
from tests.client import Caller, How, Market
from tests.world import contracts, discovery, identity

# Verified organisations and published offerings are for everybody, and a person for colleagues.
PUBLISHED: Final = {
    "unit",
    "above",
    "enterprise",
    "sibling",
    "child",
    "next_judge",
    "published",
    "revision",
    "shown_member",
}
ABSENT: Final = "0198f1c2-0000-7000-8000-00000000abcd"

Shown = dict[tuple[Seat, How], Caller]


class World(msgspec.Struct, frozen=True):
    """Everybody, and everything that is acted on."""

    organisations: dict[Place, Organisation]
    actors: dict[Seat, Actor]
    callers: Shown
    things: Things

    def of(self, name: str) -> Any:
        """A thing of the world as JSON has it; what is no name stands for itself."""
        return msgspec.to_builtins(self.things.ids.get(name, name))

    def version_of(self, name: str) -> int:
        return self.things.versions[name]

    def home_of(self, seat: Seat) -> str:
        return str(self.organisations[seat.place].id)

    @property
    def marks(self) -> set[str]:
        """The ids of what only the unit's side and its buyer may know of."""
        known = {name for name in self.things.ids if name not in PUBLISHED}
        return {str(self.things.ids[n]) for n in known if isinstance(self.things.ids[n], UUID)}


async def prepare(conn: Connection, market: Market) -> World:
    organisations = await _organisations(conn)
    actors = await _people(conn, organisations)
    for seat in (Seat(Place.UNIT, Role.SIGNATORY), Seat(Place.ENTERPRISE, Role.SIGNATORY)):
        await contracts.authorise(conn, organisations[seat.place], actors[seat])
    ground = Ground(
        unit=organisations[Place.UNIT],
        above=organisations[Place.ABOVE],
        enterprise=organisations[Place.ENTERPRISE],
        cast=await contracts.cast(
            conn, unit=organisations[Place.UNIT], enterprise=organisations[Place.ENTERPRISE]
        ),
    )
    things = Things()
    for place in (Place.UNIT, Place.ENTERPRISE):
        things.ids[f"name of {place}"] = organisations[place].name_zh
    seated = actors[Seat(Place.UNIT, Role.CLERK)]
    things.ids["email"] = await identity.email_of(conn, seated)
    for room in (
        things_identity,
        things_trade,
        things_requests,
        things_deals,
        things_money,
        things_bank,
    ):
        await room.make(conn, ground, things)
    leader_above = actors[Seat(Place.ABOVE, Role.LEADER)]
    await things_money.begin_above(conn, ground, things, leader_above)
    await things_money.demand(conn, ground, things, market.addresses.owner)
    await things_proposals.make(conn, ground, things, market.addresses.owner)
    _shelve(market, hashlib.sha256(PDF[1]).hexdigest(), PDF[1])
    _shelve(market, things.ids["statement_hash"], b"as the bank sent it")
    buyer = actors[Seat(Place.ENTERPRISE, Role.BUYER)]
    things.ids["search"] = await discovery.that_found(conn, buyer, things.ids["published"])
    judges = [actors[Seat(Place.ENTERPRISE, role)] for role in (Role.SIGNATORY, Role.PAYER)]
    owner = market.addresses.owner
    await things_awards.make(conn, ground, things, owner, (judges[0], judges[1]))
    return World(organisations, actors, await _callers(conn, market, actors), things)


def _shelve(market: Market, sha256: str, content: bytes) -> None:
    """The bytes of what the world stores elsewhere, where downloads look for them."""
    place = Shelf.of(market.app.state.settings).path_of(sha256)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


async def _organisations(conn: Connection) -> dict[Place, Organisation]:
    above, far_above = await identity.unit(conn), await identity.unit(conn)
    return {
        Place.ABOVE: above,
        Place.UNIT: await identity.unit(conn, parent=above),
        Place.ENTERPRISE: await identity.enterprise(conn),
        Place.FAR_UNIT: await identity.unit(conn, parent=far_above),
        Place.FAR_ENTERPRISE: await identity.enterprise(conn),
    }


async def _people(conn: Connection, organisations: dict[Place, Organisation]) -> dict[Seat, Actor]:
    return {
        Seat(place, role): await identity.person(conn, organisations[place], role)
        for place, roles in ROLES_OF.items()
        for role in sorted(roles)
    }


async def _callers(conn: Connection, market: Market, actors: dict[Seat, Actor]) -> Shown:
    """Everybody with a session, and with a key.

    An administrator's role is in no key; for those above the unit the session is enough. A key's
    first use in a day is noted, which would be undone, and so noted anew, with every request.
    """
    shown: Shown = {}
    for seat, actor in actors.items():
        shown[seat, "cookie"] = await market.as_person(conn, actor)
        if seat.role != Role.ADMINISTRATOR and seat.place != Place.ABOVE:
            shown[seat, "key"] = key = await market.as_person(conn, actor, "key")
            await key.get("/v1/people/me")
    return shown
