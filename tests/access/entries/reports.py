"""Reports over a unit's books."""

from typing import Final

from tests.access.entries.ledger import BOOKS, READERS
from tests.access.entry import Entries, Entry
from tests.access.seats import SIDE

ENTRIES: Final[Entries] = {
    "get_trial_balance": Entry(may=READERS, sees=SIDE, at=BOOKS),
    "get_receivables": (
        Entry(may=READERS, sees=SIDE, at=BOOKS),
        Entry(may=READERS, sees=SIDE, at=BOOKS, query={"format": "csv"}),
    ),
    "get_revenue": Entry(may=READERS, sees=SIDE, at=BOOKS),
}
