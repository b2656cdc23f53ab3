"""Postings, accounts and opening balances of a unit's books."""

from typing import Any, Final

from market.base.access import Role
from tests.access.entry import Entries, Entry
from tests.access.seats import NOBODY, SIDE, Seat, above, unit
from tests.access.world import World

READING: Final = (Role.FINANCE, Role.CASHIER, Role.LEADER, Role.AUDITOR)
READERS: Final = unit(*READING) | above(*READING)
BOOKS: Final = {"unit_id": "unit"}
POSTING: Final = {"posting_id": "posting"}
OPENING: Final = {"opening_id": "opening"}


def _opening(world: World, seat: Seat) -> dict[str, Any]:
    debt = {"kind": "receivable", "subject": world.of("enterprise"), "currency": "CNY"}
    item = {"reference": "2025-117", "dated_on": "2025-11-30", "due_on": "2025-12-31"}
    items = [{**item, "amount_minor": 1_00}]
    return {"as_of": "2026-03-05", "balances": [{**debt, "balance_minor": 1_00, "items": items}]}


def _supplement(world: World, seat: Seat) -> dict[str, Any]:
    """What anybody could send: the file is asked for last."""
    balances = _opening(world, seat)["balances"]
    return {"reason": "建账时漏列", "file_id": world.of("paper_above"), "balances": balances}


ENTRIES: Final[Entries] = {
    "list_postings": Entry(may=READERS, sees=SIDE, at=BOOKS),
    "list_accounts": Entry(may=READERS, sees=SIDE, at=BOOKS),
    "get_posting": Entry(may=READERS, sees=SIDE, at=POSTING),
    "explain_posting": Entry(may=READERS, sees=SIDE, at=POSTING),
    "prepare_opening_balance": Entry(
        may=unit(Role.FINANCE), sees=SIDE, at=BOOKS, body=_opening, conflicts=True
    ),
    # The opening balance of these books waits, so that there is nothing to supplement yet; those of
    # the unit above have begun.
    "prepare_opening_supplement": (
        Entry(may=unit(Role.FINANCE), sees=SIDE, at=BOOKS, body=_supplement, conflicts=True),
        Entry(may=above(Role.FINANCE), sees=above(), at={"unit_id": "above"}, body=_supplement),
    ),
    "list_opening_supplements": Entry(may=READERS, sees=SIDE, at=BOOKS),
    "get_live_opening_balance": Entry(may=READERS, sees=SIDE, at=BOOKS),
    "get_opening_balance": Entry(may=READERS, sees=SIDE, at=OPENING),
    # The bank's statements of these books begin before it, so that it comes too late.
    "approve_opening_balance": (
        Entry(
            may=unit(Role.LEADER) | above(Role.LEADER),
            sees=SIDE,
            at=OPENING,
            conflicts=True,
            present=True,
        ),
        Entry(may=above(Role.LEADER), sees=above(), at={"opening_id": "supplement"}, present=True),
        # Who is seated there would approve what he is owed.
        Entry(may=NOBODY, sees=above(), at={"opening_id": "supplement_of_leader"}, present=True),
    ),
    "withdraw_opening_balance": Entry(may=unit(Role.FINANCE), sees=SIDE, at=OPENING),
}
