"""What was applied to invoices, and customers' credit."""

from typing import Any, Final

from market.base.access import Role
from tests.access.entries.ledger import BOOKS, READERS
from tests.access.entry import Entries, Entry, Public, given
from tests.access.seats import PARTIES, SIDE, Seat, enterprise, unit
from tests.access.world import World

PAYERS: Final = unit(Role.FINANCE) | enterprise(Role.BUYER, Role.MANAGER)
ONLINE: Final = {"payment_id": "online_payment"}
FINANCE: Final = unit(Role.FINANCE)
USE: Final = {"use_id": "credit_use"}


def _invoices(world: World, seat: Seat) -> dict[str, Any]:
    return {"invoice_ids": [world.of("invoice")]}


ENTRIES: Final[Entries] = {
    "list_payments": Entry(may=PARTIES, at={"invoice_id": "paid_invoice"}),
    "get_receipt_document": Entry(may=PARTIES, at={"payment_id": "payment"}),
    "use_credit": Entry(
        may=FINANCE, at={"invoice_id": "creditable_invoice"}, body=given(amount_minor=10_00)
    ),
    "get_credit_use": Entry(may=PARTIES, at=USE),
    "undo_credit_use": Entry(may=FINANCE, at=USE, body=given(reason="抵付有误"), present=True),
    "/payment-done": Public(),
    "/stripe/{unit:str}/events": Public(at={"unit": "unit_name"}),
    "start_online_payment": Entry(  # the prepared unit has no account with Stripe
        may=PAYERS,
        sees=PARTIES,
        body=_invoices,
        conflicts=True,
    ),
    "get_online_payment": Entry(may=PARTIES, at=ONLINE),
    "cancel_online_payment": Entry(may=PAYERS, at=ONLINE),
    "list_online_payments": Entry(may=PARTIES, at={"invoice_id": "online_invoice"}),
    "list_stripe_lines": Entry(may=READERS, sees=SIDE, at=BOOKS),
    "list_chargebacks": Entry(may=READERS, sees=SIDE, at=BOOKS),
    "list_payouts": Entry(may=READERS, sees=SIDE, at=BOOKS),
    "list_credits": Entry(may=READERS, sees=SIDE, at=BOOKS),
}
