"""Bank accounts, statements, their lines and matches, payments and customer credit."""

from typing import Any, Final

from market.base.access import Role
from tests.access.entry import Entries, Entry, given
from tests.access.seats import ALL, PARTIES, SIDE, Seat, above, unit, units
from tests.access.world import World

READING: Final = (Role.FINANCE, Role.CASHIER, Role.LEADER, Role.AUDITOR)
READERS: Final = unit(*READING) | above(*READING)
FINANCE: Final = unit(Role.FINANCE)
LEADERS: Final = unit(Role.LEADER) | above(Role.LEADER)
UNIT: Final = {"unit_id": "unit"}
ACCOUNT: Final = {"account_id": "bank_account"}
PROPOSED: Final = {"account_id": "proposed_account"}
LINE: Final = {"line_id": "bank_line"}
MATCH: Final = {"match_id": "match"}
INVOICE: Final = {"invoice_id": "banked_invoice"}
USE: Final = {"use_id": "credit_use"}

MAPPING: Final = given(
    name="jinchuan-bank",
    bank="锦川银行",
    columns={"booked_on": ["过账日"], "amount": ["发生数"]},
    is_signed=True,
    date_formats=["%Y-%m-%d"],
)


def _match(world: World, seat: Seat) -> dict[str, Any]:
    return {"allocations": [{"invoice_id": world.of("banked_invoice"), "amount_minor": 7_00}]}


ENTRIES: Final[Entries] = {
    "propose_bank_account": Entry(
        may=FINANCE,
        sees=SIDE,
        at=UNIT,
        body=given(name="技协", bank="工行", number="6222 0000 9999"),
    ),
    # Readers of other units read their own.
    "list_bank_accounts": Entry(may=units(*READING), sees=ALL),
    "get_bank_account": Entry(may=READERS, sees=SIDE, at=ACCOUNT),
    "approve_bank_account": Entry(may=LEADERS, sees=SIDE, at=PROPOSED),
    "reject_bank_account": Entry(may=LEADERS, sees=SIDE, at=PROPOSED, body=given(note="账号有误")),
    "add_statement_mapping": Entry(may=FINANCE, sees=SIDE, at=UNIT, body=MAPPING),
    "list_statement_mappings": Entry(may=READERS, sees=SIDE, at=UNIT),
    "list_statements": Entry(may=READERS, sees=SIDE, at=ACCOUNT),
    "get_statement": Entry(may=READERS, sees=SIDE, at={"statement_id": "statement"}),
    # The form that everybody sends is no statement.
    "import_statement": Entry(may=FINANCE, sees=SIDE, at=ACCOUNT, form=True, conflicts=True),
    "list_bank_lines": Entry(may=units(*READING), sees=ALL),
    "get_bank_line": Entry(may=READERS, sees=SIDE, at=LINE),
    "match_bank_line": Entry(may=FINANCE, sees=SIDE, at=LINE, body=_match),
    "get_match": Entry(may=READERS, sees=SIDE, at=MATCH),
    "confirm_match": Entry(may=FINANCE | LEADERS, sees=SIDE, at={"match_id": "waiting_match"}),
    "undo_match": Entry(may=FINANCE, sees=SIDE, at=MATCH, body=given(reason="匹配有误")),
    "list_suspense": Entry(may=READERS, sees=SIDE, at=UNIT),
    "list_payments": Entry(may=PARTIES, at=INVOICE),
    "use_credit": Entry(may=FINANCE, at=INVOICE, body=given(amount_minor=1_00)),
    "get_credit_use": Entry(may=PARTIES, at=USE),
    "undo_credit_use": Entry(may=FINANCE, at=USE, body=given(reason="抵付有误")),
    "list_credits": Entry(may=READERS, sees=SIDE, at=UNIT),
}
