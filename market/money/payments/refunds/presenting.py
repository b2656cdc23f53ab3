"""What Stripe is told of refunds, and says of them; only the worker calls.

As with payments: a call stands between two acts of the system, and what came of one without an
answer is read before the same call is made again under the same key. Money is booked by the lines
of Stripe's balance alone, so that a refund is paid once Stripe says so *and* its line is there.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog

from market.base import clock, db, events
from market.base.access import SYSTEM
from market.base.db import Connection, Pool
from market.money.payments import calling
from market.money.payments.calling import AFTER_SILENCE, AT_ONCE, WHILE_OPEN, pause_after
from market.money.payments.online import queries as online
from market.money.payments.rails import REFUND_METADATA, Rail, id_of
from market.money.payments.refunds import card_queries as cards
from market.money.payments.refunds import operations, queries, reasons
from market.money.payments.refunds.card_queries import Charge
from market.money.payments.refunds.model import MOVES, Refund, RefundState

log = structlog.get_logger("market.stripe")

# Stripe's statuses in the order in which they come; of equals the first that was heard stays.
RANK: Final = {"requires_action": 0, "pending": 1, "succeeded": 2, "failed": 3, "canceled": 3}
ENDED: Final = ("failed", "canceled")
NO_LINES: Final = (False, False)
TO_PRESENT: Final = (RefundState.APPROVED, RefundState.UNKNOWN)
NAMES: Final = {
    "send": "refund.sent",
    "lose": "refund.lost",
    "pay": "refund.paid",
    "fail": "refund.failed",
    "return": "refund.returned",
}


class ToldRefund(msgspec.Struct, frozen=True, kw_only=True):
    """A refund as Stripe tells it; ``has_left``: a line of the balance took its money out."""

    id: str
    status: str
    amount_minor: int
    currency: str
    has_left: bool
    failure_reason: str | None = None
    refund_id: UUID | None = None


def told_by(refund: Any) -> ToldRefund:
    """What our own call wrote on it names the refund of ours."""
    return ToldRefund(
        id=refund.id,
        status=refund.status or "pending",
        amount_minor=refund.amount,
        currency=refund.currency.upper(),
        has_left=id_of(getattr(refund, "balance_transaction", None)) is not None,
        failure_reason=getattr(refund, "failure_reason", None),
        refund_id=_named_by(refund),
    )


def _named_by(refund: Any) -> UUID | None:
    metadata = getattr(refund, "metadata", None)
    try:
        return UUID(metadata.to_dict().get(REFUND_METADATA, "")) if metadata else None
    except ValueError:
        return None


async def take_turns(pool: Pool, rail: Rail) -> int:
    """Every refund of the unit whose turn it is; tells how many there were."""
    async with db.lease(pool) as conn, db.look(conn, SYSTEM):
        untold = await cards.due(conn, rail.unit_id, TO_PRESENT, AT_ONCE)
        sent = await cards.due(conn, rail.unit_id, (RefundState.SENT,), AT_ONCE)
    for refund_id in untold:
        await present(pool, rail, refund_id)
    for refund_id in sent:
        await refresh(pool, rail, refund_id)
    return len(untold) + len(sent)


async def present(pool: Pool, rail: Rail, refund_id: UUID) -> None:
    """Have Stripe refund it, once: a second call finds what the first made."""
    async with db.lease(pool) as conn:
        before = await _about_to_call(conn, refund_id)
    if before is None:
        return
    refund, intent_id, is_first = before
    async with calling.noting(partial(_note, pool, refund_id), refund=str(refund_id)):
        told = None if is_first else await _find(rail, refund, intent_id)
        await merge(pool, refund_id, told or await _create(rail, refund, intent_id))


async def refresh(pool: Pool, rail: Rail, refund_id: UUID) -> None:
    """Read what became of it, also where it is not known yet as what."""
    async with db.lease(pool) as conn, db.act(conn, SYSTEM):
        refund = await cards.lock(conn, refund_id)
        await cards.look_again(conn, refund_id, again_in=AFTER_SILENCE)
    if refund.stripe_refund_id is None:
        await present(pool, rail, refund_id)
        return
    with calling.reading(refund=str(refund_id)):
        told = told_by(await rail.v1.refunds.retrieve_async(refund.stripe_refund_id))
        await merge(pool, refund_id, told)


async def merge(pool: Pool, refund_id: UUID, told: ToldRefund) -> None:
    """Write down what Stripe says; an older word changes nothing."""
    async with db.lease(pool) as conn, db.act(conn, SYSTEM):
        await merge_into(conn, await cards.lock(conn, refund_id), told)


async def merge_into(conn: Connection, refund: Refund, told: ToldRefund) -> Refund:
    """The same of a locked refund, within an act of the system."""
    if refund.stripe_refund_id not in (None, told.id):
        log.error("refund_made_twice", refund=str(refund.id), other=told.id)
        return refund
    if refund.state in TO_PRESENT:
        refund = await _move(conn, refund, "send", stripe_refund_id=told.id, **_said(told))
    elif refund.stripe_status is None or _is_older(told.status, refund.stripe_status):
        await cards.look_again(conn, refund.id, again_in=WHILE_OPEN)
    else:
        known = msgspec.structs.replace(refund, **_said(told))
        refund = await cards.keep(conn, known, again_in=WHILE_OPEN)
        status = {"stripe_status": refund.stripe_status}
        await events.record(conn, SYSTEM, "refund.told", about=refund, changed=status)
    lines = await cards.lines_of(conn, refund.id)
    has_ended = refund.stripe_status in ENDED and not told.has_left
    if has_ended and refund.state == RefundState.SENT and lines == NO_LINES:
        return await fail(conn, refund, refund.failure_reason or told.status)
    return await _settle(conn, refund, *lines)


def _is_older(told: str, known: str) -> bool:
    return RANK.get(told, 0) <= RANK[known]


def _said(told: ToldRefund) -> dict[str, Any]:
    status = told.status if told.status in RANK else "pending"
    reason = told.failure_reason or (status if status in ENDED else None)
    return {"stripe_status": status, "failure_reason": reason[:100] if reason else None}


async def _settle(conn: Connection, refund: Refund, has_left: bool, has_come_back: bool) -> Refund:
    """Move it where its lines and Stripe's word lead, whichever came first."""
    if has_left and has_come_back and "return" in MOVES.legal(refund.state):
        return await _move(conn, refund, "return")
    is_paid = refund.stripe_status == "succeeded" and has_left and not has_come_back
    if is_paid and refund.state == RefundState.SENT:
        return await _move(conn, refund, "pay")
    return refund


async def settle(conn: Connection, refund_id: UUID) -> Refund:
    """The same once a line of it was booked otherwise, within an act of the system."""
    lines = await cards.lines_of(conn, refund_id)
    return await _settle(conn, await cards.lock(conn, refund_id), *lines)


async def _move(conn: Connection, refund: Refund, name: str, **said: Any) -> Refund:
    after = msgspec.structs.replace(refund, state=refund.after(name), **said)
    kept = await cards.keep(conn, after, again_in=WHILE_OPEN)
    before = RefundState(refund.state)
    changed = {
        "books_unit_id": kept.books_unit_id,
        "stripe_refund_id": kept.stripe_refund_id,
        "stripe_status": kept.stripe_status,
    }
    await events.record(conn, SYSTEM, NAMES[name], about=kept, move=(name, before), changed=changed)
    return kept


async def fail(conn: Connection, refund: Refund, reason: str) -> Refund:
    """Nothing has left as it was asked, and nothing will: it is credit again.

    Its note names Stripe where the reason is Stripe's.
    """
    before, today = RefundState(refund.state), await clock.today(conn)
    known = msgspec.structs.replace(refund, failure_reason=reason[:100])
    kept = await cards.keep(conn, known, again_in=WHILE_OPEN)
    is_ours = reasons.is_ours(reason, was_called=refund.called_at is not None)
    to, note = refund.after("fail"), reason if is_ours else f"Stripe: {reason}"
    failed = await queries.set_failed(conn, SYSTEM, kept, to=to, on=today, note=note)
    await operations.release(conn, failed)
    changed = {"books_unit_id": failed.books_unit_id}
    await events.record(
        conn, SYSTEM, NAMES["fail"], about=failed, move=("fail", before), changed=changed
    )
    return failed


async def _about_to_call(conn: Connection, refund_id: UUID) -> tuple[Refund, str, bool] | None:
    """Note the call, unless there is none to make; with the intent, and whether it is the first.

    What a chargeback asks back since it was approved, of this payment or of the payer's others, is
    not refunded as well.
    """
    async with db.act(conn, SYSTEM):
        seen = await queries.find_refund(conn, SYSTEM, refund_id)
        assert seen.online_payment_id is not None, "it is by card"
        payment = await online.lock_payment(conn, seen.online_payment_id)
        refund = await cards.lock(conn, refund_id)
        if refund.state not in TO_PRESENT:
            return None
        is_first = refund.called_at is None
        charge = await cards.charge_of(conn, payment.id)
        if is_first and (lacks := _lacks(charge)):
            await fail(conn, refund, lacks)
            return None
        if is_first and (kept := await operations.held_against(conn, refund)):
            why = "credit_unexplained" if kept.is_unexplained else "credit_disputed"
            await fail(conn, refund, why)
            return None
        assert payment.intent_id is not None, "its money is booked"
        pause = pause_after(await cards.tries_of(conn, refund_id))
        called = await cards.note_call(conn, refund_id, again_in=pause)
        return called, payment.intent_id, is_first


def _lacks(charge: Charge) -> str | None:
    """Why less can go back of its charge than when it was approved.

    What came back of it counts, explained or not; what went and is not explained may be why.
    """
    if charge.is_disputed:
        return "charge_disputed"
    if charge.left_minor >= 0:
        return None
    is_why = charge.left_minor + charge.unexplained_minor >= 0
    return "credit_unexplained" if is_why else "charge_disputed"


async def _note(pool: Pool, refund_id: UUID, move: str, why: str | None) -> None:
    async with db.lease(pool) as conn, db.act(conn, SYSTEM):
        if move == "lose":
            await note_unanswered(conn, refund_id)
            return
        refund = await cards.lock(conn, refund_id)
        if refund.state in TO_PRESENT:  # else another turn, or a line, has told more meanwhile
            await fail(conn, refund, why or "refused")


async def note_unanswered(conn: Connection, refund_id: UUID) -> None:
    """Stripe gave no answer; within an act of the system."""
    refund = await cards.lock(conn, refund_id)
    if refund.state == RefundState.APPROVED:
        await _move(conn, refund, "lose")


async def _create(rail: Rail, refund: Refund, intent_id: str) -> ToldRefund:
    asked: Any = {
        "payment_intent": intent_id,
        "amount": refund.amount_minor,
        "reason": "requested_by_customer",
        "metadata": {REFUND_METADATA: str(refund.id)},
    }
    options: Any = {"idempotency_key": str(refund.id)}
    return told_by(await rail.v1.refunds.create_async(asked, options))


async def _find(rail: Rail, refund: Refund, intent_id: str) -> ToldRefund | None:
    """What a call that gave no answer may have made, among all refunds of the payment."""
    asked: Any = {"payment_intent": intent_id, "limit": 100}
    listed = await rail.v1.refunds.list_async(asked)
    async for one in listed.auto_paging_iter():
        told = told_by(one)
        if told.refund_id == refund.id:
            return told
    return None
