"""Units and enterprises as everybody may read them, and how they are reached."""

from typing import Any, Final

from market.base.access import Role
from tests.access.entry import Entries, Entry, open_to_all
from tests.access.seats import ALL, SIDE, Seat, above, enterprise, unit
from tests.access.world import World


def _edit(place: str) -> Any:
    def body(world: World, seat: Seat) -> dict[str, Any]:
        return {"name_zh": world.of(f"name of {place}"), "region": "510100"}

    return body


ENTRIES: Final[Entries] = {
    "list_organisations": open_to_all(),
    "get_organisation": open_to_all(at={"organisation_id": "unit"}),
    "edit_organisation": (
        Entry(
            may=unit(Role.ADMINISTRATOR, Role.LEADER, Role.CLERK) | above(Role.ADMINISTRATOR),
            sees=ALL,
            at={"organisation_id": "unit"},
            body=_edit("unit"),
            etag="unit",
        ),
        # It was verified at the top of the tree, whose clerks look after it.
        Entry(
            may=enterprise(Role.MANAGER),
            sees=ALL,
            at={"organisation_id": "enterprise"},
            body=_edit("enterprise"),
            etag="enterprise",
        ),
    ),
    "get_contact": (
        Entry(may=SIDE, at={"organisation_id": "unit"}, sees=SIDE),
        Entry(may=enterprise(), sees=enterprise(), at={"organisation_id": "enterprise"}),
    ),
}
