"""Milestones: the provider works, the buyer accepts."""

from typing import Any, Final

from market.base.access import Role
from tests.access.entry import Entries, Entry, given
from tests.access.seats import PARTIES, Seat, enterprise, unit
from tests.access.world import World

WORKERS: Final = unit(Role.MEMBER, Role.CLERK)
JUDGES: Final = enterprise(Role.BUYER, Role.MANAGER)
CERTIFICATE: Final = given(inspector="检验员甲", standard="GB/T 11374-2012", result="合格")


def _of(name: str) -> dict[str, str]:
    return {"milestone_id": name}


def _delivery(world: World, seat: Seat) -> dict[str, Any]:
    return {"note": "修复完成，请验收", "files": [world.of("evidence")]}


ENTRIES: Final[Entries] = {
    "list_milestones": Entry(may=PARTIES, at={"contract_id": "active"}),
    "get_milestone": Entry(may=PARTIES, at=_of("delivered")),
    "start_milestone": Entry(may=WORKERS, at=_of("planned")),
    "deliver_milestone": Entry(may=WORKERS, at=_of("in_progress"), body=_delivery),
    "return_milestone": Entry(may=JUDGES, at=_of("delivered"), body=given(reasons="涂层厚度不足")),
    "accept_milestone": Entry(present=True, may=JUDGES, at=_of("delivered"), body=CERTIFICATE),
    "get_certificate_document": Entry(may=PARTIES, at=_of("accepted")),
}
