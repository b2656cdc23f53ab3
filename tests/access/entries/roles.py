"""Roles, signing authorities, and what waits for approval."""

from typing import Any, Final

from market.base.access import Role
from tests.access.entry import Entries, Entry, given, open_to_all
from tests.access.seats import ALL, NOBODY, SIDE, Seat, above, far_unit, unit
from tests.access.world import World

GRANTERS: Final = unit(Role.ADMINISTRATOR, Role.LEADER) | above(Role.ADMINISTRATOR)
APPROVERS: Final = GRANTERS | above(Role.LEADER)
# Clerks everywhere see signing authorities, since they confirm those of enterprises.
READERS: Final = SIDE | far_unit(Role.CLERK)
OF_UNIT: Final = {"organisation_id": "unit"}
PROPOSED_GRANT: Final = {"grant_id": "proposed_grant"}
PROPOSED: Final = {"authority_id": "proposed_authority"}


def _grant(world: World, seat: Seat) -> dict[str, Any]:
    person, organisation = world.of("authority_person"), world.of("unit")
    return {"person_id": person, "organisation_id": organisation, "role": Role.MEMBER}


def _authority(world: World, seat: Seat) -> dict[str, Any]:
    return {
        "person_id": world.of("authority_person"),
        "organisation_id": world.of("unit"),
        "kind": "legal_representative",
    }


ENTRIES: Final[Entries] = {
    "grant_role": Entry(may=GRANTERS, sees=ALL, body=_grant, present=True),
    "list_role_grants": Entry(may=SIDE, query=OF_UNIT, filtered=True),
    "get_role_grant": Entry(may=SIDE, sees=SIDE, at={"grant_id": "grant"}),
    "approve_role_grant": Entry(may=APPROVERS, sees=SIDE, at=PROPOSED_GRANT, present=True),
    "refuse_role_grant": Entry(
        may=APPROVERS, sees=SIDE, at=PROPOSED_GRANT, body=given(reason="人选不当"), present=True
    ),
    # Only the proposer takes it back, and that is an administrator at the top.
    "withdraw_role_grant": Entry(may=NOBODY, sees=SIDE, at=PROPOSED_GRANT, present=True),
    "revoke_role_grant": Entry(
        may=GRANTERS,
        sees=SIDE,
        at={"grant_id": "grant"},
        body=given(reason="岗位调整"),
        present=True,
    ),
    "propose_signing_authority": Entry(may=GRANTERS, sees=ALL, body=_authority, present=True),
    "list_signing_authorities": Entry(may=READERS, query=OF_UNIT, filtered=True),
    "get_signing_authority": Entry(may=READERS, sees=READERS, at={"authority_id": "authority"}),
    "confirm_signing_authority": Entry(may=APPROVERS, sees=READERS, at=PROPOSED, present=True),
    "refuse_signing_authority": Entry(
        may=APPROVERS, sees=READERS, at=PROPOSED, body=given(reason="材料不全"), present=True
    ),
    "revoke_signing_authority": Entry(
        may=GRANTERS,
        sees=READERS,
        at={"authority_id": "authority"},
        body=given(reason="人员离任"),
        present=True,
    ),
    "list_approvals": open_to_all(),
}
