"""Inviting colleagues."""

from typing import Any, Final

from market.base.access import Role
from tests.access.entries.sessions import NO_TOKEN
from tests.access.entry import Entries, Entry, Public, given
from tests.access.seats import ALL, Seat, above, unit
from tests.access.world import World

INVITERS: Final = unit(Role.ADMINISTRATOR, Role.LEADER) | above(Role.ADMINISTRATOR)
READERS: Final = INVITERS | above(Role.LEADER)
HERE: Final = {"invitation_id": "invitation"}


def _invitation(world: World, seat: Seat) -> dict[str, Any]:
    return {
        "organisation_id": world.of("unit"),
        "name": "新同事",
        "email": "colleague@market.test",
        "roles": [Role.MEMBER],
    }


def _acceptance(world: World, seat: Seat) -> dict[str, Any]:
    consents = {"terms": world.of("terms"), "privacy": world.of("privacy")}
    return {"token": NO_TOKEN, "consents": consents}


ENTRIES: Final[Entries] = {
    "/invitation": Public(),
    "/password-reset": Public(),
    "/landings/assets/{name:str}": Public(at={"name": "landing.css"}),
    "invite_colleague": Entry(may=INVITERS, sees=ALL, body=_invitation, present=True),
    "list_invitations": Entry(may=READERS, filtered=True),
    "get_invitation": Entry(may=READERS, sees=READERS, at=HERE),
    "revoke_invitation": Entry(may=INVITERS, sees=READERS, at=HERE, present=True),
    "resend_invitation": Entry(may=INVITERS, sees=READERS, at=HERE, present=True),
    "read_invitation_link": Public(body=given(token=NO_TOKEN)),
    "accept_invitation": Public(body=_acceptance),
}
