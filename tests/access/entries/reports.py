"""Reports over a unit's books."""

from typing import Final

from market.base.access import Role
from tests.access.entries.ledger import BOOKS, READERS
from tests.access.entry import Entries, Entry
from tests.access.seats import SIDE, above, enterprise, unit

EXPORTING: Final = (Role.FINANCE, Role.LEADER, Role.AUDITOR)
EXPORTERS: Final = unit(*EXPORTING) | above(*EXPORTING)

DEALT: Final = {**BOOKS, "organisation_id": "enterprise"}
ENTRIES: Final[Entries] = {
    "get_trial_balance": Entry(may=READERS, sees=SIDE, at=BOOKS),
    "get_receivables": (
        Entry(may=READERS, sees=SIDE, at=BOOKS),
        Entry(may=READERS, sees=SIDE, at=BOOKS, query={"format": "csv"}),
    ),
    # What lies in all of them is told elsewhere: to set each anew for everybody takes long.
    "get_purchase_documents": tuple(
        Entry(
            may=enterprise(), sees=enterprise(), at={"organisation_id": "enterprise"}, query=wanted
        )
        for wanted in ({"contract_id": "completed"}, {"from_on": "2099-01-01"})
    ),
    "get_customer_statement": (
        Entry(may=READERS | enterprise(), sees=SIDE, at=DEALT),
        Entry(may=READERS | enterprise(), sees=SIDE, at=DEALT, query={"format": "csv"}),
    ),
    "get_customer_statement_document": Entry(may=READERS | enterprise(), sees=SIDE, at=DEALT),
    "get_journal": tuple(
        Entry(may=EXPORTERS, sees=SIDE, at=BOOKS, query={"format": each})
        for each in ("beancount", "hledger", "xlsx")
    ),
    "get_general_ledger": Entry(may=EXPORTERS, sees=SIDE, at=BOOKS),
    "get_vouchers": Entry(may=EXPORTERS, sees=SIDE, at=BOOKS),
    "get_revenue": Entry(may=READERS, sees=SIDE, at=BOOKS),
}
