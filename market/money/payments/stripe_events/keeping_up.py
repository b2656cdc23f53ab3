"""The worker's turn with Stripe: payments and refunds, events, the lines of the balance.

Everything is told by the tables, so that a turn that breaks off anywhere is mended by the next.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias
from uuid import UUID

import stripe
import structlog

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Pool
from market.money.payments.chargebacks import following
from market.money.payments.evidence import presenting as evidence
from market.money.payments.online import presenting
from market.money.payments.online import queries as online
from market.money.payments.rails import Rail, Rails
from market.money.payments.refunds import card_queries as cards
from market.money.payments.refunds import presenting as refunds
from market.money.payments.stripe_events import queries
from market.money.payments.stripe_events.model import Reading, StripeEvent
from market.money.payments.stripe_explanations import by_rule
from market.money.payments.stripe_lines import pulling

Step: TypeAlias = Callable[[Pool, Rail], Awaitable[int]]

log = structlog.get_logger("market.stripe")
EVENTS_AT_ONCE: Final = 200
# Of these an object is read anew; the balance tells the rest.
ABOUT_PAYMENTS: Final = ("checkout.session.", "payment_intent.", "charge.")
ABOUT_CHARGEBACKS: Final = "charge.dispute."


async def keep_up(pool: Pool, rails: Rails) -> int:
    """One turn for every unit; tells how much there was to do, 0 when nothing is left for now.

    What goes wrong with one unit does not keep the others, and a fault of ours in one step not the
    steps behind it.
    """
    done = 0
    for rail in await _all(pool, rails):
        try:
            for step in STEPS:
                done += await _take(step, pool, rail)
        except stripe.StripeError as fault:
            log.warning("stripe_turn_failed", unit=str(rail.unit_id), fault=type(fault).__name__)
    return done


async def _take(step: Step, pool: Pool, rail: Rail) -> int:
    try:
        return await step(pool, rail)
    except stripe.StripeError:
        raise
    except Exception:
        log.exception("stripe_turn_broke_off", unit=str(rail.unit_id))
        return 0


async def follow_up(pool: Pool, rails: Rails) -> None:
    """What no event may have told: chargebacks that are still undecided."""
    for rail in await _all(pool, rails):
        await following.follow_all(pool, rail)


async def _all(pool: Pool, rails: Rails) -> list[Rail]:
    if not rails:
        return []
    async with db.lease(pool) as conn, db.look(conn, SYSTEM):
        return await rails.all(conn)


async def read_events(pool: Pool, rail: Rail) -> int:
    """Read anew what the waiting events are about, each object once; then the balance."""
    async with db.lease(pool) as conn, db.look(conn, SYSTEM):
        waiting = await queries.waiting(conn, rail.unit_id, EVENTS_AT_ONCE)
    if not waiting:
        return 0
    read = [one for one in waiting if one.name.startswith((*ABOUT_PAYMENTS, "payout.", "refund."))]
    payments, refunded = await _subjects_of(pool, rail, read)
    for payment_id in payments:
        await presenting.refresh(pool, rail, payment_id)
    for refund_id in refunded:
        await refunds.refresh(pool, rail, refund_id)
    await pulling.pull(pool, rail)
    disputes = {one.object_id for one in read if one.name.startswith(ABOUT_CHARGEBACKS)}
    for dispute_id in sorted(each for each in disputes if each is not None):
        await following.follow(pool, rail, dispute_id)
    async with db.lease(pool) as conn, db.act(conn, SYSTEM):
        parked = [one for one in waiting if one not in read]
        await queries.set_reading(conn, read, Reading.READ)
        await queries.set_reading(conn, parked, Reading.PARKED)
    return len(waiting)


async def _subjects_of(
    pool: Pool, rail: Rail, told: Sequence[StripeEvent]
) -> tuple[list[UUID], list[UUID]]:
    """The payments and the refunds of ours that the events are about."""
    names = sorted({one.object_id for one in told if one.object_id is not None})
    async with db.lease(pool) as conn, db.look(conn, SYSTEM):
        payments = await online.found_by_stripe_ids(conn, rail.unit_id, names)
        return payments, await cards.known_to_stripe_as(conn, rail.unit_id, names)


STEPS: Final[tuple[Step, ...]] = (
    presenting.take_turns,
    refunds.take_turns,
    evidence.take_turns,
    read_events,
    pulling.pull_if_due,
    by_rule.take_turns,
)
