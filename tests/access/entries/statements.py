"""Own bank accounts, column mappings and statements."""

from typing import Final

from market.base.access import Role
from tests.access.entries.ledger import BOOKS, READERS, READING
from tests.access.entry import Entries, Entry, given
from tests.access.seats import ALL, SIDE, above, far_unit, unit

FINANCE: Final = unit(Role.FINANCE)
LEADERS: Final = unit(Role.LEADER) | above(Role.LEADER)
# Lists without a unit are for reading roles anywhere, each within his own scope.
UNREADING: Final = ALL - READERS - far_unit(*READING)
PROPOSED: Final = {"account_id": "proposed_account"}
ACCOUNT: Final = {"account_id": "account"}

ENTRIES: Final[Entries] = {
    "propose_bank_account": Entry(
        may=FINANCE,
        sees=SIDE,
        at=BOOKS,
        body=given(name="锦川市职工技术协会", bank="中国银行", number="6217 0000 0000 1234"),
    ),
    "list_bank_accounts": Entry(may=READERS, sees=UNREADING, filtered=True),
    "get_bank_account": Entry(may=READERS, sees=SIDE, at=ACCOUNT),
    "approve_bank_account": Entry(may=LEADERS, sees=SIDE, at=PROPOSED, present=True),
    "reject_bank_account": Entry(
        may=LEADERS, sees=SIDE, at=PROPOSED, body=given(note="账号有误"), present=True
    ),
    "list_statements": Entry(may=READERS, sees=SIDE, at=ACCOUNT),
    "get_statement": Entry(may=READERS, sees=SIDE, at={"statement_id": "statement"}),
    "list_statement_mappings": Entry(may=READERS, sees=SIDE, at=BOOKS),
    "add_statement_mapping": Entry(
        may=FINANCE,
        sees=SIDE,
        at=BOOKS,
        body=given(
            name="boc-export",
            bank="中国银行",
            columns={"booked_on": ["日期"], "debit": ["支出"], "credit": ["收入"]},
            date_formats=["%Y-%m-%d"],
        ),
    ),
}
