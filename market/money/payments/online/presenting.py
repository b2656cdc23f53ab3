"""What Stripe is told of online payments, and says of them; only the worker calls.

Each call stands between two acts of the system: that it is called is written before, what came of
it after. Whatever happens in between, the next turn begins by asking what Stripe has.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
import stripe

from market.base import clock, db, events
from market.base.access import SYSTEM
from market.base.db import Connection, Pool
from market.money.payments import calling
from market.money.payments.calling import AFTER_SILENCE, AT_ONCE, WHILE_OPEN, pause_after
from market.money.payments.online import queries
from market.money.payments.online.model import MOVES, OnlinePayment, PaymentState, Way
from market.money.payments.rails import METADATA, Rail, id_of

# What was made since the first call is looked through from a while before it: clocks differ.
SKEW: Final = timedelta(minutes=5)
# A call that has left no trace at Stripe for so long did nothing there.
TRACELESS: Final = timedelta(minutes=10)


class ToldPayment(msgspec.Struct, frozen=True, kw_only=True):
    """What Stripe has of a payment."""

    standing: Literal["open", "succeeded", "canceled"]
    checkout_id: str | None = None
    intent_id: str | None = None
    charge_id: str | None = None
    pay_url: str | None = None
    client_secret: str | None = None
    decline_code: str | None = None


async def take_turns(pool: Pool, rail: Rail) -> int:
    """Every payment of the unit whose turn it is; tells how many there were."""
    async with db.lease(pool) as conn, db.look(conn, SYSTEM):
        due = await queries.due(
            conn, rail.unit_id, (PaymentState.CREATED, PaymentState.UNKNOWN), AT_ONCE
        )
        open_ones = await queries.due(conn, rail.unit_id, (PaymentState.PROCESSING,), AT_ONCE)
    for payment_id in due:
        await present(pool, rail, payment_id)
    for payment_id in open_ones:
        await refresh(pool, rail, payment_id)
    return len(due) + len(open_ones)


async def present(pool: Pool, rail: Rail, payment_id: UUID) -> None:
    """Have Stripe make its page or intent, once: a second call finds what the first made."""
    async with db.lease(pool) as conn:
        before = await _about_to_call(conn, payment_id)
        if before is None:
            return
        payment, numbers, is_first = before
    async with calling.noting(partial(_note, pool, payment_id), payment=str(payment_id)):
        told = None if is_first else await _find(rail, payment)
        if told is None and payment.cancel_asked_by is not None:
            await _give_up(pool, payment_id)
        else:
            await merge(pool, payment_id, told or await _create(rail, payment, numbers))


async def _give_up(pool: Pool, payment_id: UUID) -> None:
    """Call off what Stripe knows nothing of, once nothing can turn up there any more."""
    async with db.lease(pool) as conn, db.act(conn, SYSTEM):
        payment = await queries.lock_payment(conn, payment_id)
        assert payment.called_at is not None, "its first call was noted"
        if payment.called_at + TRACELESS <= await clock.now(conn):
            await merge_into(conn, payment, ToldPayment(standing="canceled"))


async def refresh(pool: Pool, rail: Rail, payment_id: UUID) -> None:
    """Read what became of it, and call it off where somebody asked for that."""
    async with db.lease(pool) as conn, db.act(conn, SYSTEM):
        payment = await queries.lock_payment(conn, payment_id)
        if payment.is_over or payment.state != PaymentState.PROCESSING:
            return
        await queries.look_again(conn, payment_id, again_in=AFTER_SILENCE)
    with calling.reading(payment=str(payment_id)):
        told = await _read(rail, payment)
        if told.standing == "open" and payment.cancel_asked_by is not None:
            told = await _call_off(rail, payment)
        await merge(pool, payment_id, told)


async def merge(pool: Pool, payment_id: UUID, told: ToldPayment) -> None:
    """Write down what Stripe says; an older word changes nothing."""
    async with db.lease(pool) as conn, db.act(conn, SYSTEM):
        await merge_into(conn, await queries.lock_payment(conn, payment_id), told)


async def merge_into(conn: Connection, payment: OnlinePayment, told: ToldPayment) -> OnlinePayment:
    """The same of a locked payment, within an act of the system."""
    if payment.is_over:
        return payment
    move = _move(payment, told)
    known = msgspec.structs.replace(
        payment,
        state=payment.after(move) if move else payment.state,
        checkout_id=told.checkout_id or payment.checkout_id,
        intent_id=told.intent_id or payment.intent_id,
        charge_id=told.charge_id or payment.charge_id,
        pay_url=told.pay_url or payment.pay_url,
        client_secret=told.client_secret or payment.client_secret,
        decline_code=told.decline_code or payment.decline_code,
    )
    if known == payment:
        await queries.look_again(conn, payment.id, again_in=WHILE_OPEN)
        return payment
    kept = await queries.keep(conn, known, again_in=WHILE_OPEN)
    if move is not None:
        await _moved(conn, payment, kept, move)
    elif kept.decline_code != payment.decline_code:
        changed = {"decline_code": kept.decline_code}
        await events.record(conn, SYSTEM, "online_payment.declined", about=kept, changed=changed)
    return kept


def _move(payment: OnlinePayment, told: ToldPayment) -> str | None:
    if told.standing == "open":
        return None if payment.state == PaymentState.PROCESSING else "present"
    return "succeed" if told.standing == "succeeded" else "cancel"


NAMES: Final = {
    "present": "online_payment.presented",
    "lose": "online_payment.lost",
    "refuse": "online_payment.refused",
    "succeed": "online_payment.succeeded",
    "cancel": "online_payment.canceled",
}


async def _moved(conn: Connection, before: OnlinePayment, after: OnlinePayment, move: str) -> None:
    """Its invoices are free for another attempt, unless it succeeded: then once it is booked."""
    if after.state in (PaymentState.FAILED, PaymentState.CANCELED):
        await queries.end_parts(conn, after.id)
    state = PaymentState(before.state)
    await events.record(conn, SYSTEM, NAMES[move], about=after, move=(move, state))


async def _about_to_call(
    conn: Connection, payment_id: UUID
) -> tuple[OnlinePayment, list[str], bool] | None:
    """Note the call, unless there is none to make; with whether it is the first."""
    async with db.act(conn, SYSTEM):
        payment = await queries.lock_payment(conn, payment_id)
        if payment.state not in (PaymentState.CREATED, PaymentState.UNKNOWN):
            return None
        is_first = payment.called_at is None
        if is_first and payment.cancel_asked_by is not None:
            await merge_into(conn, payment, ToldPayment(standing="canceled"))
            return None
        pause = pause_after(payment.tries)
        called = await queries.note_call(conn, payment_id, again_in=pause)
        return called, await queries.numbers_of(conn, payment_id), is_first


async def _note(pool: Pool, payment_id: UUID, move: str, why: str | None) -> None:
    async with db.lease(pool) as conn, db.act(conn, SYSTEM):
        payment = await queries.lock_payment(conn, payment_id)
        if move not in MOVES.legal(payment.state):
            return  # another turn has learnt more meanwhile
        after = msgspec.structs.replace(payment, state=payment.after(move), decline_code=why)
        kept = await queries.keep(conn, after, again_in=AFTER_SILENCE)
        await _moved(conn, payment, kept, move)


async def _create(rail: Rail, payment: OnlinePayment, numbers: list[str]) -> ToldPayment:
    options: Any = {"idempotency_key": str(payment.id)}
    metadata = {METADATA: str(payment.id)}
    about = "、".join(numbers)
    if payment.way == Way.INTENT:
        asked: Any = {
            "amount": payment.amount_minor,
            "currency": payment.currency.lower(),
            "description": about[:500],
            "metadata": metadata,
        }
        return told_by_intent(await rail.v1.payment_intents.create_async(asked, options))
    asked = {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": payment.currency.lower(),
                    "unit_amount": payment.amount_minor,
                    "product_data": {"name": about[:250]},
                },
            }
        ],
        "client_reference_id": str(payment.id),
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata, "description": about[:500]},
        "success_url": f"{rail.public_url}/payment-done",
        "cancel_url": f"{rail.public_url}/payment-done",
        "locale": "zh",
    }
    return await _told_by_checkout(
        rail, await rail.v1.checkout.sessions.create_async(asked, options)
    )


async def _find(rail: Rail, payment: OnlinePayment) -> ToldPayment | None:
    """What a call that gave no answer may have made."""
    assert payment.called_at is not None, "it was called"
    since: Any = {"created": {"gte": int((payment.called_at - SKEW).timestamp())}, "limit": 100}
    if payment.way == Way.INTENT:
        intents = await rail.v1.payment_intents.list_async(since)
        async for intent in intents.auto_paging_iter():
            if intent.metadata.to_dict().get(METADATA) == str(payment.id):
                return told_by_intent(intent)
        return None
    sessions = await rail.v1.checkout.sessions.list_async(since)
    async for session in sessions.auto_paging_iter():
        if session.client_reference_id == str(payment.id):
            return await _told_by_checkout(rail, session)
    return None


async def _read(rail: Rail, payment: OnlinePayment) -> ToldPayment:
    if payment.checkout_id is not None:
        session = await rail.v1.checkout.sessions.retrieve_async(payment.checkout_id)
        return await _told_by_checkout(rail, session)
    assert payment.intent_id is not None, "what was presented has an id"
    return told_by_intent(await rail.v1.payment_intents.retrieve_async(payment.intent_id))


async def _call_off(rail: Rail, payment: OnlinePayment) -> ToldPayment:
    """What is over meanwhile stays as it ended."""
    try:
        if payment.checkout_id is not None:
            ended = await rail.v1.checkout.sessions.expire_async(payment.checkout_id)
            return await _told_by_checkout(rail, ended)
        assert payment.intent_id is not None, "it was presented"
        return told_by_intent(await rail.v1.payment_intents.cancel_async(payment.intent_id))
    except stripe.InvalidRequestError:
        return await _read(rail, payment)


async def _told_by_checkout(rail: Rail, session: Any) -> ToldPayment:
    """A page that is over tells by its intent how."""
    intent_id = id_of(session.payment_intent)
    told = ToldPayment(
        standing="open", checkout_id=session.id, intent_id=intent_id, pay_url=session.url
    )
    if intent_id is not None:
        paying = told_by_intent(await rail.v1.payment_intents.retrieve_async(intent_id))
        told = msgspec.structs.replace(
            told,
            standing=paying.standing,
            charge_id=paying.charge_id,
            decline_code=paying.decline_code,
        )
    if session.status == "expired" and told.standing == "open":
        return msgspec.structs.replace(told, standing="canceled")
    return told


def told_by_intent(intent: Any) -> ToldPayment:
    error = getattr(intent, "last_payment_error", None)
    refused = getattr(error, "decline_code", None) or getattr(error, "code", None)
    standing: Any = intent.status if intent.status in ("succeeded", "canceled") else "open"
    return ToldPayment(
        standing=standing,
        intent_id=intent.id,
        charge_id=id_of(getattr(intent, "latest_charge", None)),
        client_secret=getattr(intent, "client_secret", None),
        decline_code=refused if standing == "open" else None,
    )
