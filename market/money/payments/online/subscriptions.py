"""What online payments do by themselves, at events of invoicing."""

from __future__ import annotations

from typing import Final

from market.base import events
from market.base.access import SYSTEM
from market.base.db import Connection
from market.base.events import Event, Job, Subscriptions
from market.money.payments.online import queries

# Under this name it may stand in the queue since before it minded more than what is paid.
CALL_OFF: Final = "online_payments.call_off_what_is_paid"


async def call_off_what_is_amiss(conn: Connection, event: Event) -> None:
    """Another sum is open on the invoice, or none: nobody is to pay what the page still asks.

    An attempt that was begun since, and asks what is open now, stays.
    """
    payment_id = await queries.payment_amiss(conn, event.subject_id)
    if payment_id is None:
        return
    payment = await queries.lock_payment(conn, payment_id)
    if payment.is_over or payment.cancel_asked_by is not None:
        return
    asked = await queries.ask_to_cancel(conn, SYSTEM, payment_id)
    await events.record(conn, SYSTEM, "online_payment.cancel_asked", about=asked)


SUBSCRIPTIONS: Final[Subscriptions] = {
    "invoice.paid": (CALL_OFF,),
    "invoice.part_paid": (CALL_OFF,),
    "invoice.reopened": (CALL_OFF,),
    "invoice.credited": (CALL_OFF,),
    "invoice.written_off": (CALL_OFF,),
    "invoice.voided": (CALL_OFF,),
}
JOBS: Final[dict[str, Job]] = {CALL_OFF: call_off_what_is_amiss}
