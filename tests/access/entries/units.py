"""The tree of units."""

from typing import Any, Final

from market.base.access import Role
from tests.access.entry import Entries, Entry, Public, open_to_all
from tests.access.seats import ALL, Seat, above, unit
from tests.access.world import World

TREE_KEEPERS: Final = unit(Role.ADMINISTRATOR) | above(Role.ADMINISTRATOR)


def _new(world: World, seat: Seat) -> dict[str, Any]:
    parent = world.of("unit")
    return {"name_zh": "新设技协", "region": "510100", "level": 3, "parent_id": parent}


def _move(world: World, seat: Seat) -> dict[str, Any]:
    day = world.of("tomorrow")
    return {"parent_id": world.of("sibling"), "from_on": day, "reason": "区划调整"}


def _merger(world: World, seat: Seat) -> dict[str, Any]:
    day = world.of("tomorrow")
    return {"successor_id": world.of("sibling"), "on_day": day, "reason": "机构合并"}


def _split(world: World, seat: Seat) -> dict[str, Any]:
    return {
        "unit": _new(world, seat),
        "children": [world.of("child")],
        "on_day": world.of("tomorrow"),
        "reason": "机构分立",
    }


def _tax_status(world: World, seat: Seat) -> dict[str, Any]:
    return {"from_on": world.of("tomorrow"), "status": "small_scale"}


ENTRIES: Final[Entries] = {
    "get_tree": Public(),
    "found_unit": Entry(may=TREE_KEEPERS, sees=ALL, body=_new),
    "get_unit_history": open_to_all(at={"unit_id": "unit"}),
    "move_unit": Entry(may=above(Role.ADMINISTRATOR), sees=ALL, at={"unit_id": "unit"}, body=_move),
    "merge_unit": Entry(
        may=above(Role.ADMINISTRATOR), sees=ALL, at={"unit_id": "unit"}, body=_merger
    ),
    "split_unit": Entry(may=TREE_KEEPERS, sees=ALL, at={"unit_id": "unit"}, body=_split),
    "record_tax_status": Entry(
        may=TREE_KEEPERS | unit(Role.FINANCE), sees=ALL, at={"unit_id": "unit"}, body=_tax_status
    ),
}
