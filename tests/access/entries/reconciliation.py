"""Imports, bank lines, their matches, and what is in suspense."""

from typing import Any, Final

from market.base.access import Role
from tests.access.entries.ledger import BOOKS, READERS
from tests.access.entries.statements import LEADERS, UNREADING
from tests.access.entry import Entries, Entry, given
from tests.access.seats import SIDE, Seat, above, unit
from tests.access.world import World

FINANCE: Final = unit(Role.FINANCE)
LINE: Final = {"line_id": "line"}
MATCH: Final = {"match_id": "match"}
RETRACTION: Final = {"retraction_id": "proposed_retraction"}


def _paid_in_part(world: World, _seat: Seat) -> dict[str, Any]:
    invoice = {"invoice_id": world.of("creditable_invoice"), "amount_minor": 6_00}
    return {
        "allocations": [invoice],
        "rest": {"to": "interest_income", "amount_minor": 1_00},
    }


ENTRIES: Final[Entries] = {
    "import_statement": Entry(
        may=FINANCE, sees=SIDE, at={"account_id": "fresh_account"}, form="statement"
    ),
    "list_bank_lines": Entry(may=READERS, sees=UNREADING, filtered=True),
    "get_bank_line": Entry(may=READERS, sees=SIDE, at=LINE),
    "match_bank_line": Entry(
        may=FINANCE,
        sees=SIDE,
        at=LINE,
        body=_paid_in_part,
    ),
    "get_match": Entry(may=READERS, sees=SIDE, at=MATCH),
    "confirm_match": Entry(
        may=FINANCE | unit(Role.LEADER) | above(Role.LEADER),
        sees=SIDE,
        at={"match_id": "waiting_match"},
        present=True,
    ),
    "undo_match": Entry(
        may=FINANCE, sees=SIDE, at=MATCH, body=given(reason="匹配有误"), present=True
    ),
    "propose_retraction": Entry(
        may=FINANCE,
        sees=SIDE,
        at={"statement_id": "mistaken_statement"},
        body=given(reason="误导入，应为另一账户的对账单"),
    ),
    "list_retractions": Entry(may=READERS, sees=UNREADING, filtered=True),
    "get_retraction": Entry(may=READERS, sees=SIDE, at=RETRACTION),
    "approve_retraction": Entry(may=LEADERS, sees=SIDE, at=RETRACTION, present=True),
    "reject_retraction": Entry(
        may=LEADERS, sees=SIDE, at=RETRACTION, body=given(note="账户无误"), present=True
    ),
    "list_suspense": Entry(may=READERS, sees=SIDE, at=BOOKS),
}
