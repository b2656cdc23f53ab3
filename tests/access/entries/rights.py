"""Rights and their owners' consents."""

from typing import Any, Final

from market.base.access import Role
from tests.access.entry import Entries, Entry, given
from tests.access.seats import ALL, SIDE, Seat, unit, units
from tests.access.world import World

OWNER: Final = unit(Role.LEADER, Role.SIGNATORY)
RIGHT: Final = {"right_id": "right"}


def _right(world: World, seat: Seat) -> dict[str, Any]:
    return {
        "kind": "utility_model",
        "number": "ZL202499999999",
        "title": "一种快换夹具",
        "owners": [{"organisation_id": world.home_of(seat)}],
    }


def _paper(world: World, seat: Seat) -> dict[str, Any]:
    return {"file_id": world.of("scan"), "consented_on": world.of("today")}


ENTRIES: Final[Entries] = {
    "register_right": Entry(may=units(Role.MEMBER, Role.CLERK), sees=ALL, body=_right),
    "get_right": Entry(may=SIDE, sees=SIDE, at=RIGHT),
    "list_rights": Entry(may=SIDE, at={"unit_id": "unit"}, filtered=True),
    "consent_to_transfer": Entry(
        present=True, may=OWNER, sees=SIDE, at={**RIGHT, "owner_id": "owner"}
    ),
    "record_consent": Entry(
        may=unit(Role.CLERK),
        sees=SIDE,
        at={"right_id": "paper_right", "owner_id": "paper_owner"},
        body=_paper,
    ),
    "withdraw_consent": Entry(
        may=OWNER,
        sees=SIDE,
        at={"right_id": "settled_right", "owner_id": "settled_owner"},
        present=True,
    ),
    "record_legal_state": Entry(
        may=unit(Role.CLERK),
        sees=SIDE,
        at=RIGHT,
        body=given(move="lapse", reason="未缴年费"),
    ),
}
