"""A loss of a chargeback's debt is taken back whole, and is owed again."""

from __future__ import annotations

from datetime import date

from market.base import events
from market.base.db import Connection
from market.base.events import Happening
from market.ledger import operations as ledger
from market.money.payments.chargebacks import recovery_queries
from market.money.payments.chargebacks.model import Chargeback
from market.money.payments.chargebacks.write_offs import model, queries
from market.money.payments.chargebacks.write_offs.model import ChargebackWriteOff


async def take_back(
    conn: Connection, chargeback: Chargeback, loss: ChargebackWriteOff, on: date
) -> tuple[ChargebackWriteOff, Happening]:
    """Of a locked chargeback; on that day, but never before the loss."""
    assert loss.written_off_on is not None, "a loss that stands has its day"
    day = max(on, loss.written_off_on)
    recovered = await queries.take_back(conn, loss, to=loss.after("recover"), on=day)
    await recovery_queries.insert_recovery(
        conn, chargeback, -loss.amount_minor, day, write_off_id=loss.id
    )
    posting = model.loss_posting(loss, loss.written_off_on)
    cause = f"chargeback_write_off_recovered:{loss.id}"
    await ledger.post(conn, ledger.mirror(posting, cause, effective_on=day))
    happening = events.happening(
        "chargeback_write_off.recovered",
        about=recovered,
        move=("recover", loss.state),
        changed={"recovered_on": day},
    )
    return recovered, happening
