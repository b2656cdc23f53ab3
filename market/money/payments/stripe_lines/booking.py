"""What each line of Stripe's balance books: one act, one row, one posting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from market.base import clock, db, events
from market.base.access import SYSTEM
from market.base.db import Connection
from market.base.events import Happening
from market.ledger import operations as ledger
from market.ledger.model import Account, Leg, Posting
from market.money.invoicing import queries as invoices
from market.money.invoicing.model import Applied, Invoice
from market.money.payments import operations as payments
from market.money.payments import queries as allocations
from market.money.payments.chargebacks import cases
from market.money.payments.chargebacks.cases import Case
from market.money.payments.model import AllocationKind, NewAllocation
from market.money.payments.online import presenting
from market.money.payments.online import queries as online
from market.money.payments.online.model import OnlinePayment, Part
from market.money.payments.refunds import presenting as refunds
from market.money.payments.refunds.model import Refund
from market.money.payments.stripe_balance import attempts, exchange
from market.money.payments.stripe_balance import queries as charges
from market.money.payments.stripe_balance.exchange import POSITION
from market.money.payments.stripe_balance.faults import Unbookable
from market.money.payments.stripe_balance.model import (
    BALANCE,
    DISPUTED,
    SUSPENSE,
    Balance,
    StripeLine,
)
from market.money.payments.stripe_lines import aside_queries, payouts, queries, refunded

FEES: Final = Account("stripe_fees")
IN_TRANSIT: Final = Account("stripe_in_transit")
# Where the other side of a line stands, by Stripe's reporting category; a charge has its own rule.
OTHER_SIDE: Final = {
    "dispute": DISPUTED,
    "dispute_reversal": DISPUTED,
    "payout": IN_TRANSIT,
    "payout_reversal": IN_TRANSIT,
    "fee": FEES,
}


class Came(msgspec.Struct, frozen=True):
    """What a line does beside its posting's other side."""

    legs: list[Leg]
    on: date
    applied: Applied
    happenings: list[Happening]


NOTHING: Final = Applied([], [], [])


class Ready(msgspec.Struct, frozen=True):
    """What a line is about, locked: its rule can book it now."""

    payment: OnlinePayment | None
    parts: Sequence[Part]
    owed: dict[UUID, Invoice]
    refund: Refund | None
    case: Case | None

    def explains(self, told: Balance) -> bool:
        if told.category == "charge":
            return self.payment is not None
        if self.case is not None:
            return self.case.is_explained
        return self.refund is not None or told.category in OTHER_SIDE


async def book(conn: Connection, books_unit_id: UUID, told: Balance) -> bool:
    """Book a line of the balance.

    False where it was booked before, or is of a day before the books began: the opening balance
    has it.
    """
    async with db.act(conn, SYSTEM):
        if await is_before_beginning(conn, books_unit_id, told):
            return False
        ready = await _ready(conn, books_unit_id, told)
        line = await queries.insert_line(
            conn,
            books_unit_id,
            told,
            payment=ready.payment or await attempts.refunded_of(conn, books_unit_id, told),
            refund_id=ready.refund.id if ready.refund else None,
            is_explained=ready.explains(told),
            booked_on=clock.day_of(told.moved_at),
        )
        if line is None:
            return False
        came = await _come(conn, line, told, ready)
        legs = [*came.legs, Leg(FEES, BALANCE, line.fee_minor, line.currency)]
        posting = Posting(line.cause, books_unit_id, came.on, [leg.upright() for leg in legs])
        await ledger.post_all(conn, [*came.applied.postings, posting])
        name = "stripe_line.booked" if line.is_explained else "stripe_line.unexplained"
        of = {"category": line.category, "refund_id": line.refund_id}
        booked = events.happening(name, about=line, changed=of)
        await events.record_many(conn, [*came.applied.happenings, *came.happenings, booked])
        return True


async def is_before_beginning(conn: Connection, books_unit_id: UUID, told: Balance) -> bool:
    """Whether the opening balance has the line: it is of a day before the books began."""
    began_on = await queries.share_beginning(conn, books_unit_id)
    return began_on is not None and clock.day_of(told.moved_at) < began_on


async def book_anew(
    conn: Connection, line: StripeLine, explanation_id: UUID, told: Balance, *, since: date
) -> date:
    """Book a line that was set aside by its rule, out of suspense; tells for which day.

    No earlier than it stands there ``since``. Within an act of the system. Raises Unbookable where
    the rule would leave it there.
    """
    ready = await _ready(conn, line.books_unit_id, told, again=line.id)
    if not ready.explains(told):
        raise Unbookable("nothing explains it yet")
    booked = await aside_queries.explain_line(
        conn,
        line,
        explanation_id,
        payment_id=ready.payment.id if ready.payment else None,
        refund_id=ready.refund.id if ready.refund else None,
        paid_currency=told.paid_currency,
        paid_minor=told.paid_minor,
    )
    came = await _come(conn, booked, told, ready)
    legs = [_out_of_suspense(leg).upright() for leg in came.legs]
    moved = [leg for leg in legs if leg.debit != leg.credit]
    on = max(came.on, since)
    posting = Posting(booked.cause, line.books_unit_id, on, moved)
    await ledger.post_all(conn, [*came.applied.postings, posting])
    await events.record_many(conn, [*came.applied.happenings, *came.happenings, explained(booked)])
    return on


def _out_of_suspense(leg: Leg) -> Leg:
    """Where the balance has it already; what stays in suspense does not move."""
    return msgspec.structs.replace(
        leg,
        debit=SUSPENSE if leg.debit == BALANCE else leg.debit,
        credit=SUSPENSE if leg.credit == BALANCE else leg.credit,
    )


def explained(line: StripeLine) -> Happening:
    of = {
        "category": line.category,
        "refund_id": line.refund_id,
        "explanation_id": line.explanation_id,
    }
    return events.happening("stripe_line.explained", about=line, changed=of)


async def _ready(
    conn: Connection, books_unit_id: UUID, told: Balance, *, again: UUID | None = None
) -> Ready:
    """``again``: the line's own row, where it was set aside."""
    payment = await attempts.payment_of(conn, books_unit_id, told)
    if payment is None and told.category == "charge" and again is None:
        await attempts.end(conn, books_unit_id, told)
    parts = await _parts_of(conn, payment, told)
    owed = await _lock_owed(conn, parts)
    if payment is not None and (told.dispute is not None or told.category in attempts.GOING_BACK):
        await online.lock_payment(conn, payment.id)
    refund = await refunded.lock_refund(conn, books_unit_id, payment, told)
    case = await cases.case_of(conn, books_unit_id, told, payment, parts, owed, again=again)
    return Ready(payment, parts, owed, refund, case)


async def _come(conn: Connection, line: StripeLine, told: Balance, ready: Ready) -> Came:
    if told.category == "charge" and ready.payment is not None:
        return await _charge(conn, line, ready.payment, ready.parts, ready.owed, told)
    if ready.case is not None:
        return await _chargeback(conn, line, ready.payment, ready.case, ready.owed)
    if ready.refund is not None:
        return await _refund(conn, line, ready.refund, told)
    return await _other(conn, line, told)


async def _parts_of(
    conn: Connection, payment: OnlinePayment | None, told: Balance
) -> Sequence[Part]:
    """What a line may pay: those of a charge, and of a chargeback that comes back."""
    if payment is None or told.category not in ("charge", "dispute_reversal"):
        return []
    return await online.parts_of(conn, payment.id)


async def _lock_owed(conn: Connection, parts: Sequence[Part]) -> dict[UUID, Invoice]:
    if not parts:
        return {}
    owed = await invoices.lock_invoices(conn, SYSTEM, [part.invoice_id for part in parts])
    return {invoice.id: invoice for invoice in owed}


async def _charge(
    conn: Connection,
    line: StripeLine,
    payment: OnlinePayment,
    parts: Sequence[Part],
    owed: dict[UUID, Invoice],
    told: Balance,
) -> Came:
    """The payer paid: what is open first, in the order of the parts, the rest is his credit."""
    locked = await online.lock_payment(conn, payment.id)
    await presenting.merge_into(conn, locked, attempts.succeeded(told))
    paid, currency = (
        (line.paid_minor, line.paid_currency)
        if line.paid_minor is not None and line.paid_currency is not None
        else (line.amount_minor, line.currency)
    )
    given = attempts.shares(parts, owed, paid)
    rest = paid - sum(amount for _, amount in given)
    on, applied = await _pay(conn, line, owed, given, currency)
    await online.end_parts(conn, payment.id)
    source = BALANCE if currency == line.currency else POSITION
    legs = [
        Leg(source, Account("receivable", payment.buyer_id), paid - rest, currency),
        Leg(source, Account("customer_credit", payment.buyer_id), rest, currency),
    ]
    if source == POSITION:
        legs.append(Leg(BALANCE, POSITION, line.amount_minor, line.currency))
    return Came(legs, on, applied, [])


async def _pay(
    conn: Connection,
    line: StripeLine,
    owed: dict[UUID, Invoice],
    given: Sequence[tuple[UUID, int]],
    currency: str,
) -> tuple[date, Applied]:
    """Allocate the line's money, and tell since when it counts.

    Read late, it pays since its invoices are owed: they were issued, and nothing else paid. Else it
    would change what was owed on days that are told already.
    """
    if not given:
        return line.booked_on, NOTHING
    paid = [owed[invoice_id] for invoice_id, _ in given]
    days = [line.booked_on, *(invoice.issued_on for invoice in paid)]
    freed_on = await allocations.last_taken_back(conn, [invoice.id for invoice in paid])
    made = [_allocation(line, invoice_id, amount, currency) for invoice_id, amount in given]
    applied = await payments.allocate(conn, list(owed.values()), made)
    return max([*days, freed_on] if freed_on else days), applied


def _allocation(
    line: StripeLine, invoice_id: UUID, amount_minor: int, currency: str
) -> NewAllocation:
    return NewAllocation(
        invoice_id=invoice_id,
        kind=AllocationKind.RECEIPT,
        amount_minor=amount_minor,
        currency=currency,
        received_on=line.booked_on,
        cause=line.cause,
        stripe_line_id=line.id,
    )


async def _refund(conn: Connection, line: StripeLine, refund: Refund, told: Balance) -> Came:
    """What was set aside has left, or comes back and is credit again.

    Either may be booked first; which of them there are, and Stripe's word, tell its state.
    """
    assert told.refund is not None, "it was found by what Stripe tells of it"
    await refunds.merge_into(conn, refund, told.refund)
    has_left = line.amount_minor < 0
    kind = "refund_pending" if has_left else "customer_credit"
    is_changed = refund.currency != line.currency
    source = POSITION if is_changed else BALANCE
    amount = -refund.amount_minor if has_left else refund.amount_minor
    legs = [Leg(source, Account(kind, refund.organisation_id), amount, refund.currency)]
    if is_changed:
        assert refund.online_payment_id is not None, "it goes back to a card"
        charge = await charges.charge_of(conn, refund.online_payment_id)
        legs.append(Leg(BALANCE, POSITION, line.amount_minor, line.currency))
        legs += await exchange.difference(conn, charge, -amount, -line.amount_minor, by=line)
    return Came(legs, max(line.booked_on, refund.intended_on), NOTHING, [])


async def _chargeback(
    conn: Connection,
    line: StripeLine,
    payment: OnlinePayment | None,
    case: Case,
    owed: dict[UUID, Invoice],
) -> Came:
    currency = case.before.currency if case.before is not None else line.currency
    on, applied = await _pay(conn, line, owed, case.given, currency)
    if case.lost_on is not None and line.category == "dispute_reversal":
        on = max(on, case.lost_on)
    happenings = await cases.move(conn, case, line, payment, on)
    return Came(cases.legs_of(case, line, payment), on, applied, happenings)


async def _other(conn: Connection, line: StripeLine, told: Balance) -> Came:
    other = OTHER_SIDE.get(line.category, SUSPENSE)
    legs = [Leg(BALANCE, other, line.amount_minor, line.currency)]
    happenings: list[Happening] = []
    if other is DISPUTED:
        raise Unbookable("a chargeback of which nothing is told")
    if line.category == "payout":
        happenings = await payouts.send(conn, line, told)
    elif line.category == "payout_reversal":
        happenings = await payouts.fail(conn, line)
    return Came(legs, line.booked_on, NOTHING, happenings)
