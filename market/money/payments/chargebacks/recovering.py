"""What a lost chargeback left in suspense comes off its payer's credit, once he has some again.

Credit comes again in many ways: a refund that was reserved ends, a use is undone, another payment
is more than was owed. None of them needs to know of this; the worker looks each minute, whether
Stripe answers or not, and for units that have left it, too.
Until then so much of the credit is held (``invoicing.held``).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from market.base import clock, db, due, events
from market.base.access import SYSTEM
from market.base.db import Connection, Pool
from market.base.events import Happening
from market.ledger import operations as ledger
from market.ledger.model import Account, Leg, Posting
from market.money.payments.chargebacks import queries, recovery_queries
from market.money.payments.chargebacks.model import Chargeback, Recovery
from market.money.payments.stripe_balance import past_charges
from market.money.payments.stripe_balance.model import SUSPENSE


async def recover_all(pool: Pool) -> None:
    """Of every unit's chargebacks, what can be."""
    owed = recovery_queries.recoverable
    await due.each(pool, owed, recover, otherwise="chargeback_not_recovered")


async def recover(conn: Connection, chargeback_id: UUID) -> bool:
    """As much of it as its payer has; False where nothing is owed or he has nothing.

    Raises NotEnough where the credit goes elsewhere at the same time: asked again later.
    """
    async with db.act(conn, SYSTEM):
        chargeback = await queries.lock_chargeback(conn, SYSTEM, chargeback_id)
        books, currency = chargeback.books_unit_id, chargeback.short_currency
        if chargeback.online_payment_id is None:
            await past_charges.lock_of_dispute(conn, books, chargeback.dispute_id)
        payer_id = await queries.payer_of(conn, chargeback)
        if payer_id is None:
            return False
        credit = Account("customer_credit", payer_id)
        has = await ledger.balance(conn, books, credit, currency)
        amount_minor = min(has, await recovery_queries.owed_of(conn, chargeback_id))
        if amount_minor <= 0:
            return False
        today = await clock.today(conn)
        touched = await queries.touch_chargeback(conn, chargeback_id)
        made = await recovery_queries.insert_recovery(conn, touched, amount_minor, today)
        await ledger.post(conn, posting_of(made, payer_id))
        await events.record_many(conn, [happening_of("chargeback.recovered", touched, made)])
        return True


def posting_of(recovery: Recovery, payer_id: UUID) -> Posting:
    """Off the payer's credit, or back onto it."""
    leg = Leg(
        Account("customer_credit", payer_id),
        SUSPENSE,
        abs(recovery.amount_minor),
        recovery.currency,
    )
    made = leg if recovery.amount_minor > 0 else leg.mirrored()
    return Posting(recovery.cause, recovery.books_unit_id, recovery.recovered_on, [made])


def happening_of(name: str, chargeback: Chargeback, recovery: Recovery) -> Happening:
    changed = {
        "books_unit_id": recovery.books_unit_id,
        "recovery_id": recovery.id,
        "amount_minor": abs(recovery.amount_minor),
    }
    return events.happening(name, about=chargeback, changed=changed)


# When (cron, UTC), and what.
PERIODIC: Final[dict[str, tuple[str, Callable[[Pool], Awaitable[None]]]]] = {
    "chargebacks.recover": ("* * * * *", recover_all),
}
