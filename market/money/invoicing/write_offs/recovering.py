"""Money moves on what was written off: the loss is taken back before anything else is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from market.base import clock, events
from market.base.db import Connection
from market.base.events import Happening
from market.ledger import operations as ledger
from market.ledger.model import Posting
from market.money.invoicing.model import Invoice, InvoiceState, Receipt
from market.money.invoicing.write_offs import model, queries
from market.money.invoicing.write_offs.model import WriteOff


async def recover(
    conn: Connection, owed: Mapping[UUID, Invoice], receipts: Sequence[Receipt]
) -> tuple[list[Posting], list[Happening]]:
    """What the first receipt of each uncollectible invoice among the locked ones takes back."""
    written_off = [one.id for one in owed.values() if one.state == InvoiceState.UNCOLLECTIBLE]
    first = {one.invoice_id: one for one in reversed(receipts) if one.invoice_id in written_off}
    if not first:
        return [], []
    live = await queries.live_of(conn, list(first))
    done = [await _recover(conn, owed[one.invoice_id], one, first[one.invoice_id]) for one in live]
    return [posting for posting, _ in done], [happening for _, happening in done]


async def _recover(
    conn: Connection, invoice: Invoice, loss: WriteOff, receipt: Receipt
) -> tuple[Posting, Happening]:
    """On the day of the money, or of the act that takes it back; but never before the loss."""
    assert loss.written_off_on is not None, "a loss that stands has its day"
    moved_on = receipt.received_on if receipt.amount_minor > 0 else await clock.today(conn)
    on = max(loss.written_off_on, moved_on)
    recovered = await queries.recover(
        conn, loss, to=loss.after("recover"), on=on, cause=receipt.cause
    )
    posting = ledger.mirror(
        model.loss_posting(invoice, loss, loss.written_off_on),
        f"write_off_recovered:{loss.id}",
        effective_on=on,
    )
    happening = events.happening(
        "write_off.recovered",
        about=recovered,
        move=("recover", loss.state),
        changed={"invoice_id": invoice.id, "recovered_on": on, "recovery_cause": receipt.cause},
    )
    return posting, happening
