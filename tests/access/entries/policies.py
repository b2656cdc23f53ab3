"""Policies: a unit's own version of one."""

from typing import Any, Final

from market.base.access import Role
from tests.access.entry import Entries, Entry, open_to_all
from tests.access.seats import ALL, SIDE, Seat, above, unit
from tests.access.world import World

DECIDERS: Final = unit(Role.ADMINISTRATOR, Role.LEADER) | above(Role.ADMINISTRATOR, Role.LEADER)
HERE: Final = {"policy_id": "policy"}


def _proposal(world: World, seat: Seat) -> dict[str, Any]:
    return {
        "name": "invoicing",
        "unit_id": world.of("unit"),
        "effective_on": world.of("tomorrow"),
        "body": world.of("policy_body"),
        "source": "理事会决议",
    }


ENTRIES: Final[Entries] = {
    "propose_policy": Entry(
        may=unit(Role.ADMINISTRATOR) | above(Role.ADMINISTRATOR),
        sees=ALL,
        body=_proposal,
        present=True,
    ),
    "list_policies": open_to_all(),
    "get_policy": Entry(may=SIDE, sees=SIDE, at=HERE),
    "approve_policy": Entry(may=DECIDERS, sees=SIDE, at=HERE, present=True),
    "reject_policy": Entry(may=DECIDERS, sees=SIDE, at=HERE, present=True),
}
