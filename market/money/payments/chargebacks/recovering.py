"""What a lost chargeback left in suspense comes off its payer's credit, once he has some again.

Credit comes again in many ways: a refund that was reserved ends, a use is undone, another payment
is more than was owed. None of them needs to know of this; the worker looks each minute, whether
Stripe answers or not, and for units that have left it, too.
Until then so much of the credit is held (``payments.held``). Credit that was a mistake is taken
back although a loss took it meanwhile: so much is owed for again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final
from uuid import UUID

import structlog

from market.base import clock, db, events
from market.base.access import SYSTEM
from market.base.db import Connection, Pool
from market.base.events import Happening
from market.ledger import operations as ledger
from market.ledger.model import Account, Leg, NotEnough, Posting
from market.money.payments.chargebacks import queries, recovery_queries
from market.money.payments.chargebacks.model import Chargeback, Recovery
from market.money.payments.stripe_balance.model import SUSPENSE

log = structlog.get_logger("market.stripe")


async def recover_all(pool: Pool) -> None:
    """Of every unit's chargebacks, what can be."""
    async with db.lease(pool) as conn, db.look(conn, SYSTEM):
        owed = await recovery_queries.recoverable(conn)
    for chargeback_id, payer_id in owed:
        try:
            one = partial(recover, chargeback_id=chargeback_id, payer_id=payer_id)
            await db.retrying(pool, one)
        except NotEnough:
            log.warning("chargeback_not_recovered", chargeback=str(chargeback_id))


async def recover(conn: Connection, chargeback_id: UUID, payer_id: UUID) -> bool:
    """As much of it as the payer has; False where nothing is owed or there is nothing.

    Raises NotEnough where the credit goes elsewhere at the same time: asked again later.
    """
    async with db.act(conn, SYSTEM):
        chargeback = await queries.touch_chargeback(conn, chargeback_id)
        books, currency = chargeback.books_unit_id, chargeback.currency
        credit = Account("customer_credit", payer_id)
        has = await ledger.balance(conn, books, credit, currency)
        amount_minor = min(has, await recovery_queries.owed_of(conn, chargeback_id))
        if amount_minor <= 0:
            return False
        today = await clock.today(conn)
        made = await recovery_queries.insert_recovery(conn, chargeback, amount_minor, today)
        await ledger.post(conn, posting_of(made, payer_id))
        await events.record_many(conn, [_happening("chargeback.recovered", chargeback, made)])
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


def _happening(name: str, chargeback: Chargeback, recovery: Recovery) -> Happening:
    changed = {
        "books_unit_id": recovery.books_unit_id,
        "recovery_id": recovery.id,
        "amount_minor": abs(recovery.amount_minor),
    }
    return events.happening(name, about=chargeback, changed=changed)


async def give_back(
    conn: Connection, wrong: Posting, *, match_id: UUID
) -> tuple[list[Posting], list[Happening]]:
    """What is to be posted before credit that was a mistake goes, where a loss took of it.

    ``wrong`` takes that credit: as far as the payer has less, chargebacks give back what they took,
    the last first, and are owed for again, for no more than Stripe kept of them. It may be still
    too little: the rest was used.
    """
    leg = next((leg for leg in wrong.legs if leg.debit.kind == "customer_credit"), None)
    if leg is None or leg.debit.subject is None:
        return [], []
    payer_id, made = leg.debit.subject, []
    for chargeback, back_minor in await _shares(conn, wrong.books, leg):
        recovery = await recovery_queries.insert_recovery(
            conn, chargeback, -back_minor, wrong.effective_on, match_id=match_id
        )
        made.append((chargeback, recovery))
    happenings = [_happening("chargeback.recovery_undone", *one) for one in made]
    return [posting_of(recovery, payer_id) for _, recovery in made], happenings


async def _shares(conn: Connection, books_unit_id: UUID, leg: Leg) -> list[tuple[Chargeback, int]]:
    """Which chargebacks give back how much, where the leg takes more credit than there is.

    Each that could is locked first, so that none takes of the credit meanwhile.
    """
    assert leg.debit.subject is not None, "credit is somebody's"
    place = books_unit_id, leg.debit.subject, leg.currency
    able = await recovery_queries.recovered_from(conn, *place)
    if not able:
        return []
    touched = {
        one.chargeback_id: await queries.touch_chargeback(conn, one.chargeback_id) for one in able
    }
    has = await ledger.balance(conn, books_unit_id, leg.debit, leg.currency)
    shares, lacks_minor = [], leg.amount_minor - has
    for one in await recovery_queries.recovered_from(conn, *place):
        chargeback = touched.get(one.chargeback_id)
        if chargeback is None:
            continue
        owed_minor = await recovery_queries.owed_of(conn, chargeback.id)
        room_minor = chargeback.taken_minor - owed_minor
        share_minor = min(one.amount_minor, lacks_minor, room_minor)
        if share_minor > 0:
            shares.append((chargeback, share_minor))
            lacks_minor -= share_minor
    return shares


# When (cron, UTC), and what.
PERIODIC: Final[dict[str, tuple[str, Callable[[Pool], Awaitable[None]]]]] = {
    "chargebacks.recover": ("* * * * *", recover_all),
}
