"""Files: everybody sends one in for his organisation; others see what was shared with them."""

from typing import Final

from tests.access.entry import Entries, Entry, open_to_all
from tests.access.seats import SIDE

ENTRIES: Final[Entries] = {
    "store_file": open_to_all(form="papers"),
    "get_file": Entry(may=SIDE, sees=SIDE, at={"file_id": "paper"}),
}
