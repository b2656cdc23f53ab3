"""Sessions, passwords and keys: everybody's own."""

from typing import Any, Final

from market.base.access import Role
from tests.access.entry import Entries, Entry, Public, given, open_to_all
from tests.access.seats import ALL, NOBODY, SIDE, Seat, above, unit
from tests.access.world import World
from tests.world.identity import PASSWORD

NO_TOKEN: Final = "A" * 43
# Proposed by an administrator of the unit above.
RESET: Final = {"reset_id": "second_factor_reset"}


def _own_key(world: World, seat: Seat) -> dict[str, Any]:
    return {"name": "日常", "roles": [seat.role], "expires_on": world.of("in_a_year")}


ENTRIES: Final[Entries] = {
    "sign_in": Public(body=lambda world, seat: {"email": world.of("email"), "password": PASSWORD}),
    "get_session": open_to_all(),
    "act_for_organisation": open_to_all(
        body=lambda world, seat: {"organisation_id": world.home_of(seat)}
    ),
    "sign_out": open_to_all(),
    "list_sessions": Entry(may=ALL, filtered=True),
    "revoke_other_sessions": open_to_all(present=True),
    # Another person's session does not exist, not even for colleagues.
    "revoke_session": Entry(may=NOBODY, sees=NOBODY, at={"session_id": "session"}),
    # Nobody here has a device; whoever names his password right may set one up.
    "get_second_factor": open_to_all(),
    "set_up_second_factor": open_to_all(body=given(password=PASSWORD), present=True),
    "confirm_second_factor": open_to_all(body=given(code="123456"), present=True, conflicts=True),
    "remove_second_factor": open_to_all(body=given(code="123456"), present=True, conflicts=True),
    "show_second_factor": open_to_all(body=given(code="123456"), present=True, conflicts=True),
    "propose_second_factor_reset": Entry(
        may=unit(Role.ADMINISTRATOR) | above(Role.ADMINISTRATOR),
        sees=SIDE,
        body=lambda world, seat: {"person_id": world.of("loser"), "reason": "手机丢失"},
        present=True,
    ),
    "get_second_factor_reset": Entry(may=above(), sees=above(), at=RESET),
    "approve_second_factor_reset": Entry(
        may=above(Role.ADMINISTRATOR), sees=above(), at=RESET, present=True
    ),
    "refuse_second_factor_reset": Entry(
        may=above(Role.ADMINISTRATOR),
        sees=above(),
        at=RESET,
        body=given(reason="本人未报失"),
        present=True,
    ),
    "request_password_reset": Public(body=given(email="nobody@market.test")),
    "reset_password": Public(body=given(token=NO_TOKEN, password=PASSWORD)),
    "change_password": open_to_all(
        body=given(current=PASSWORD, password="ein ganz anderer Satz"), present=True
    ),
    # An administrator's role goes into no key.
    "issue_api_key": Entry(
        may=frozenset(seat for seat in ALL if seat.role != Role.ADMINISTRATOR),
        sees=ALL,
        body=_own_key,
        present=True,
    ),
    "list_api_keys": Entry(may=SIDE, filtered=True),
    "get_api_key": Entry(may=SIDE, sees=SIDE, at={"key_id": "key"}),
    "revoke_api_key": Entry(
        may=unit(Role.ADMINISTRATOR) | above(Role.ADMINISTRATOR),
        sees=SIDE,
        at={"key_id": "key"},
    ),
}
