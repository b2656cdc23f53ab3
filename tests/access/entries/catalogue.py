"""Offerings: the public's side, and the unit's."""

from typing import Any, Final

import msgspec

from market.base.access import Role
from tests.access.entry import Entries, Entry, Public, given
from tests.access.seats import ALL, SIDE, Seat, above, unit, units
from tests.access.world import World
from tests.world.catalogue import new_offering

DRAFTERS: Final = unit(Role.MEMBER, Role.CLERK)
REVIEWERS: Final = unit(Role.TECH_REVIEWER) | above(Role.TECH_REVIEWER)
KEEPERS: Final = unit(Role.CLERK, Role.TECH_REVIEWER, Role.LEADER) | above(
    Role.TECH_REVIEWER, Role.LEADER
)


def _of(name: str) -> dict[str, str]:
    return {"offering_id": name}


def _new(world: World, seat: Seat) -> Any:
    return msgspec.to_builtins(new_offering(code="FW-ACCESS", member_ids=[world.of("member")]))


ENTRIES: Final[Entries] = {
    "list_offerings": Public(),
    "count_offerings": Public(),
    "suggest_offerings": Public(query={"q": "修"}),
    "get_offering": Public(at=_of("published")),
    "draft_offering": Entry(may=units(Role.MEMBER, Role.CLERK), sees=ALL, body=_new),
    "list_unit_offerings": Entry(may=SIDE, at={"unit_id": "unit"}, filtered=True),
    "get_offering_draft": Entry(may=SIDE, sees=SIDE, at=_of("draft")),
    "change_offering_draft": Entry(
        may=DRAFTERS, sees=SIDE, at=_of("draft"), body=given(lead_time_days=30), etag="draft"
    ),
    "discard_offering_revision": Entry(may=DRAFTERS, sees=SIDE, at=_of("revision")),
    "submit_offering": Entry(may=DRAFTERS, sees=SIDE, at=_of("draft")),
    "review_offering": Entry(
        may=REVIEWERS, sees=SIDE, at=_of("in_review"), body=given(verdict="pass"), present=True
    ),
    "list_offering_reviews": Entry(may=SIDE, at=_of("two_versions"), filtered=True),
    "suspend_offering": Entry(
        may=KEEPERS, sees=SIDE, at=_of("published"), body=given(reason="设备检修")
    ),
    "resume_offering": Entry(may=KEEPERS, sees=SIDE, at=_of("suspended")),
    "retire_offering": Entry(
        may=KEEPERS, sees=SIDE, at=_of("published"), body=given(reason="不再提供")
    ),
    "diff_offering_draft": Entry(may=SIDE, sees=SIDE, at=_of("revision")),
    "list_offering_versions": Entry(
        may=SIDE, at=_of("two_versions"), filtered=True, once_public=True
    ),
    "diff_offering_versions": Entry(
        may=SIDE,
        sees=SIDE,
        at={**_of("two_versions"), "before": "1", "after": "2"},
        once_public=True,
    ),
}
