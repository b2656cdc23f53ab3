"""What was applied to invoices, and customers' credit."""

from typing import Final

from market.base.access import Role
from tests.access.entries.ledger import BOOKS, READERS
from tests.access.entry import Entries, Entry, given
from tests.access.seats import PARTIES, SIDE, unit

FINANCE: Final = unit(Role.FINANCE)
USE: Final = {"use_id": "credit_use"}

ENTRIES: Final[Entries] = {
    "list_payments": Entry(may=PARTIES, at={"invoice_id": "paid_invoice"}),
    "get_receipt_document": Entry(may=PARTIES, at={"payment_id": "payment"}),
    "use_credit": Entry(
        may=FINANCE, at={"invoice_id": "creditable_invoice"}, body=given(amount_minor=10_00)
    ),
    "get_credit_use": Entry(may=PARTIES, at=USE),
    "undo_credit_use": Entry(may=FINANCE, at=USE, body=given(reason="抵付有误"), present=True),
    "list_credits": Entry(may=READERS, sees=SIDE, at=BOOKS),
}
