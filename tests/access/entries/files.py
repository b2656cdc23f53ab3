"""Files: everybody sends one in for his organisation; others see what was shared with them."""

from typing import Final

from tests.access.entries.ledger import READERS
from tests.access.entry import Entries, Entry, open_to_all
from tests.access.seats import NOBODY, SIDE

ENTRIES: Final[Entries] = {
    "store_file": open_to_all(form="papers"),
    # A bank's statement as it came does not exist for colleagues who read no ledger.
    "get_file": (
        Entry(may=SIDE, sees=SIDE, at={"file_id": "paper"}),
        Entry(may=READERS, sees=NOBODY, at={"file_id": "statement_file"}),
    ),
}
