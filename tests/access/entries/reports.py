"""Reports over a unit's books."""

from typing import Final

from tests.access.entries.ledger import BOOKS, READERS
from tests.access.entry import Entries, Entry
from tests.access.seats import SIDE, enterprise

ENTRIES: Final[Entries] = {
    "get_trial_balance": Entry(may=READERS, sees=SIDE, at=BOOKS),
    "get_receivables": (
        Entry(may=READERS, sees=SIDE, at=BOOKS),
        Entry(may=READERS, sees=SIDE, at=BOOKS, query={"format": "csv"}),
    ),
    "get_purchase_documents": Entry(
        may=enterprise(), sees=enterprise(), at={"organisation_id": "enterprise"}
    ),
    "get_revenue": Entry(may=READERS, sees=SIDE, at=BOOKS),
}
