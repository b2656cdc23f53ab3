"""A chargeback is lost: what its payment paid is owed again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from uuid import UUID

import msgspec

from market.base import clock, db, events
from market.base.access import SYSTEM
from market.base.db import Connection
from market.ledger import operations as ledger
from market.ledger.model import Account, Leg, Posting
from market.money.invoicing import queries as invoices
from market.money.invoicing.model import Applied, Invoice
from market.money.payments import operations as payments
from market.money.payments import queries as allocations
from market.money.payments.chargebacks import queries, rates
from market.money.payments.chargebacks.model import (
    CHARGEBACK_MOVES,
    Chargeback,
    ChargebackState,
    Decided,
)
from market.money.payments.online import queries as online
from market.money.payments.online.model import OnlinePayment
from market.money.payments.stripe_balance import attempts, exchange, past_charges
from market.money.payments.stripe_balance import queries as charges
from market.money.payments.stripe_balance.model import DISPUTED, SUSPENSE, Disputed, StripeLine
from market.money.payments.stripe_balance.past_charges import PastCharge


async def lose(conn: Connection, books_unit_id: UUID, told: Disputed) -> bool:
    """The payer's bank keeps the money: what it paid is owed again, the last part of it first.

    What of it had become customer credit comes off what is left of that; the rest stands in
    suspense, owed by the payer, as does what belongs to no payment of ours: where two people said
    whose credit its charge is, it comes off that, and once they do. Two people write off what is
    left.
    False where it is decided, or not booked yet, it or what the payer paid: asked again later.
    """
    async with db.act(conn, SYSTEM):
        payment = await attempts.payment_of(conn, books_unit_id, told)
        charge = await charges.charge_of(conn, payment.id) if payment else None
        if payment is not None and charge is None:
            return False
        owed = await _lock_paid(conn, payment)
        if payment is not None:
            await online.lock_payment(conn, payment.id)
        found = await queries.lock_told(conn, books_unit_id, told.id)
        if found is None or found.state != ChargebackState.OPENED:
            return False
        before = ChargebackState(found.state)
        past_us = await _past_us(conn, found, told)
        payer_id = payment.buyer_id if payment else past_us.organisation_id if past_us else None
        on = await _lost_on(conn, found, payer_id, owed)
        freed, freed_minor = Applied([], [], []), 0
        if payment is not None:
            freed, freed_minor = await payments.take_back_part(
                conn, owed, payment.id, found.amount_minor, cause=found.cause, on=on
            )
        if past_us is not None:
            legs, short_minor = await _legs_past_us(conn, found, past_us)
        else:
            legs, short_minor = await _legs_of_loss(conn, found, payment, charge, freed_minor)
        to = CHARGEBACK_MOVES.after("lose", before)
        lost = await queries.decide_chargeback(conn, found, to, on, short_minor=short_minor)
        posting = Posting(lost.cause, books_unit_id, on, [leg.upright() for leg in legs])
        await ledger.post_all(conn, [*freed.postings, posting])
        decided = events.happening("chargeback.lost", about=lost, move=("lose", before))
        await events.record_many(conn, [*freed.happenings, decided])
        return True


async def _past_us(conn: Connection, found: Chargeback, told: Disputed) -> PastCharge | None:
    """The charge, if it is no payment of ours and people said whose credit it is."""
    if found.online_payment_id is not None:
        return None
    await past_charges.lock(conn, found.books_unit_id, told.charge_id)
    place = found.books_unit_id, told.charge_id, found.held_currency
    return await past_charges.find(conn, *place)


async def _legs_past_us(
    conn: Connection, found: Chargeback, charge: PastCharge
) -> tuple[list[Leg], int]:
    """It comes off that credit, as far as there is some; the rest stands in suspense."""
    held_minor, held = found.held_minor, found.held_currency
    credit = Account("customer_credit", charge.organisation_id)
    has = await ledger.balance(conn, found.books_unit_id, credit, held)
    due_minor = await _due_past_us(conn, found, charge)
    taken_minor = min(has, charge.left_minor, due_minor)
    short_minor = due_minor - taken_minor
    legs = [
        Leg(credit, DISPUTED, taken_minor, held),
        Leg(SUSPENSE, DISPUTED, short_minor, held),
        Leg(exchange.DIFFERENCE, DISPUTED, held_minor - due_minor, held),
    ]
    return legs, short_minor


async def _due_past_us(conn: Connection, found: Chargeback, charge: PastCharge) -> int:
    """What its payer bears: at another rate no more, and no less, than what the charge brought."""
    if not charge.is_changed:
        return found.held_minor
    is_paid = found.currency == charge.paid_currency and charge.paid_minor is not None
    is_all = is_paid and found.amount_minor + charge.gone_paid_minor == charge.paid_minor
    books, left_minor = found.books_unit_id, charge.left_minor
    share = await rates.share_of(conn, books, left_minor, found.held_minor, is_all=is_all)
    return found.held_minor if share is None else share


async def _lock_paid(conn: Connection, payment: OnlinePayment | None) -> Sequence[Invoice]:
    if payment is None:
        return []
    paid = await payments.invoices_paid_by(conn, payment.id)
    return await invoices.lock_invoices(conn, SYSTEM, paid)


async def _lost_on(
    conn: Connection, found: Chargeback, payer_id: UUID | None, owed: Sequence[Invoice]
) -> date:
    """The day on which the bank decided, where Stripe told of it; else that on which it is read.

    No day is changed on which what is owed, or the payer's credit, moved since.
    """
    today = await clock.today(conn)
    event = await queries.event_of_decision(conn, found.books_unit_id, found.dispute_id)
    created = msgspec.json.decode(event, type=Decided).created if event else None
    if created is None:
        return today
    days = [found.opened_on, clock.day_of(datetime.fromtimestamp(created, UTC))]
    if payer_id is not None:
        is_ours = found.online_payment_id is not None
        currency = found.currency if is_ours else found.held_currency
        place = (found.books_unit_id, payer_id, currency)
        invoice_ids = [invoice.id for invoice in owed]
        moved = (
            await queries.credit_moved_on(conn, *place),
            await allocations.last_taken_back(conn, invoice_ids),
        )
        days += [day for day in moved if day is not None]
        days += [invoice.issued_on for invoice in owed]
    return min(max(days), today)


async def _legs_of_loss(
    conn: Connection,
    chargeback: Chargeback,
    payment: OnlinePayment | None,
    charge: StripeLine | None,
    freed_minor: int,
) -> tuple[list[Leg], int]:
    """Before it is lost: ``freed_minor`` is owed again, the rest comes off the payer's credit.

    With what he has no credit for: it stands in suspense until it is recovered from him. What no
    payment of ours brought is all there, in the balance's currency: as it came, if it came here.
    """
    held_minor, held = chargeback.held_minor, chargeback.held_currency
    if payment is None:
        is_of_none = chargeback.online_payment_id is None
        return [Leg(SUSPENSE, DISPUTED, held_minor, held)], held_minor if is_of_none else 0
    amount_minor, currency = chargeback.amount_minor, chargeback.currency
    source = DISPUTED if currency == held else exchange.POSITION
    credit = Account("customer_credit", payment.buyer_id)
    has = await ledger.balance(conn, payment.books_unit_id, credit, currency)
    taken_minor = min(has, amount_minor - freed_minor)
    short_minor = amount_minor - freed_minor - taken_minor
    legs = [
        Leg(credit, source, taken_minor, currency),
        Leg(SUSPENSE, source, short_minor, currency),
        Leg(Account("receivable", payment.buyer_id), source, freed_minor, currency),
    ]
    if source == exchange.POSITION:
        legs.append(Leg(exchange.POSITION, DISPUTED, held_minor, held))
        legs += await exchange.difference(conn, charge, amount_minor, held_minor)
    return legs, short_minor
