"""People and their data."""

from typing import Final

from market.base.access import Role
from tests.access.entry import Entries, Entry, Public, open_to_all
from tests.access.seats import SIDE, above, unit

PROFILE: Final = {"name": "王师傅", "language": "zh-CN"}

ENTRIES: Final[Entries] = {
    "get_own_profile": open_to_all(),
    "edit_own_profile": open_to_all(body=lambda world, seat: PROFILE, etag="one"),
    "get_person": Entry(may=SIDE, sees=SIDE, at={"person_id": "colleague"}),
    "list_own_consents": open_to_all(),
    "give_consents": open_to_all(
        present=True,
        body=lambda world, seat: {
            "terms": world.of("terms"),
            "privacy": world.of("privacy"),
        },
    ),
    "get_consent_documents": Public(),
    "get_consent_text": Public(at={"document": "document"}),
    "erase_own_person": open_to_all(present=True),
    "erase_person": Entry(
        may=unit(Role.ADMINISTRATOR) | above(Role.ADMINISTRATOR),
        sees=SIDE,
        at={"person_id": "colleague"},
        present=True,
    ),
}
