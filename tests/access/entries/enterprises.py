"""Registering and verifying enterprises."""

from typing import Any, Final

from market.base.access import Role
from tests.access.entry import Entries, Entry, Fill, Public, given
from tests.access.seats import ALL, NOBODY, Seat, enterprise, units
from tests.access.world import World
from tests.world import identity

REASON: Final = "营业执照与登记不符"
KNOW_ITS_NAMES: Final = enterprise() | units(Role.CLERK)


def _registration(number: int) -> Fill:
    def body(world: World, seat: Seat) -> dict[str, Any]:
        return {
            "name_zh": f"新企业{number}",
            "uscc": identity.uscc("92", number),
            "region": "510100",
            "manager": {"name": "新经理", "email": f"new{number}@market.test"},
        }

    return body


def _correction(world: World, seat: Seat) -> dict[str, Any]:
    return {"name_zh": "更正后的企业", "uscc": identity.uscc("92", 3), "region": "510100"}


ENTRIES: Final[Entries] = {
    "register_enterprise": Public(body=_registration(1)),
    "invite_enterprise": Entry(may=units(Role.CLERK), sees=ALL, body=_registration(2)),
    # The enterprise of the seats is verified already, so its manager learns that it is too late.
    "register_enterprise_again": Entry(
        may=enterprise(Role.MANAGER),
        sees=ALL,
        at={"enterprise_id": "enterprise"},
        body=_correction,
        conflicts=True,
    ),
    # Nobody but its own people and clerks knows of an enterprise before it is verified.
    "verify_enterprise": Entry(
        present=True,
        may=units(Role.CLERK),
        sees=frozenset(),
        at={"enterprise_id": "registered_enterprise"},
    ),
    "refuse_enterprise": Entry(
        present=True,
        may=units(Role.CLERK),
        sees=frozenset(),
        at={"enterprise_id": "registered_enterprise"},
        body=given(reason=REASON),
    ),
    # One renaming waits already, and there is one at a time.
    "propose_renaming": Entry(
        may=enterprise(Role.MANAGER),
        sees=ALL,
        at={"enterprise_id": "enterprise"},
        body=given(name_zh="更名后的企业", reason=REASON),
        present=True,
        conflicts=True,
    ),
    "list_renamings": Entry(
        may=enterprise() | units(Role.CLERK), at={"enterprise_id": "enterprise"}, filtered=True
    ),
    # The clerks at the top look after it, since they verified it.
    "approve_renaming": Entry(
        may=NOBODY, sees=KNOW_ITS_NAMES, at={"renaming_id": "renaming"}, present=True
    ),
    "refuse_renaming": Entry(
        may=NOBODY,
        sees=KNOW_ITS_NAMES,
        at={"renaming_id": "renaming"},
        body=given(reason=REASON),
        present=True,
    ),
    "list_verifications": Entry(
        may=enterprise() | units(Role.CLERK), at={"enterprise_id": "enterprise"}, filtered=True
    ),
}
