"""Saved searches, each person's own; and what fits a unit or a request."""

from typing import Final

from market.base.access import Role
from tests.access.entry import Entries, Entry, given
from tests.access.seats import ALL, NOBODY, SIDE, enterprise, far_enterprise, units

SEARCHERS: Final = enterprise() | far_enterprise() | units(Role.MEMBER, Role.CLERK)
OWNER: Final = enterprise(Role.BUYER)
SEARCH: Final = {"search_id": "search"}

ENTRIES: Final[Entries] = {
    "save_search": Entry(
        may=SEARCHERS,
        sees=ALL,
        body=given(
            name="轧辊修复",
            q="轧辊 修复",
            kind="service",
            technical_field="advanced_manufacturing",
            industry="C34",
            region="510100",
            from_minor=0,
            to_minor=100_000_00,
        ),
    ),
    "list_saved_searches": Entry(may=OWNER, filtered=True),
    "get_saved_search": Entry(may=OWNER, sees=NOBODY, at=SEARCH),
    "list_search_hits": Entry(may=OWNER, sees=NOBODY, at=SEARCH),
    "list_fitting_requests": Entry(may=SIDE, sees=NOBODY, at={"unit_id": "unit"}),
    "list_fitting_offerings": (
        Entry(may=enterprise(), at={"request_id": "request_open"}),
        Entry(may=enterprise(), sees=enterprise(), at={"request_id": "request_draft"}),
    ),
    "delete_saved_search": Entry(may=OWNER, sees=NOBODY, at=SEARCH),
}
