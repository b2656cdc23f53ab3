"""Where the money of a line set aside goes by a person's word: what is posted, for which day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from market.base import amounts, clock
from market.base.access import Actor, require
from market.base.db import Connection
from market.ledger import operations as ledger
from market.ledger.model import Account, Leg
from market.money.payments.online import queries as online
from market.money.payments.online.model import OnlinePayment
from market.money.payments.refunds import card_queries as cards
from market.money.payments.refunds import queries as refunds
from market.money.payments.refunds.model import Refund, RefundState
from market.money.payments.stripe_balance import attempts, exchange, past_charges
from market.money.payments.stripe_balance import queries as charges
from market.money.payments.stripe_balance.model import SUSPENSE, StripeLine
from market.money.payments.stripe_explanations import (
    model,
    owed_again,
    past_market,
    queries,
)
from market.money.payments.stripe_explanations.model import BelongsTo, Explaining, LineExplanation
from market.money.payments.stripe_explanations.plan import Plan, Share

MOVING: Final = (RefundState.SENT, RefundState.PAID)


async def lock_payment(conn: Connection, actor: Actor, asked: Explaining | LineExplanation) -> None:
    """Whose money it is by what is named: who waits here for another's decision plans after it."""
    payment_id = asked.online_payment_id
    if asked.refund_id is not None:
        payment_id = (await refunds.find_refund(conn, actor, asked.refund_id)).online_payment_id
    if isinstance(asked, LineExplanation) and asked.belongs_to == BelongsTo.WRITE_OFF:
        payment_id = await queries.payment_of(conn, asked.stripe_line_id)
    if payment_id is not None:
        if asked.belongs_to == BelongsTo.RECEIVABLE:
            await owed_again.lock_invoices(conn, payment_id)
        await online.lock_payment(conn, payment_id)
    if isinstance(asked, LineExplanation):
        await past_charges.lock_of_line(conn, asked.stripe_line_id)


async def planned(
    conn: Connection, actor: Actor, line: StripeLine, asked: Explaining | LineExplanation, left: int
) -> Plan:
    """``left`` is what stands in suspense. Locks the payment and the refund that are named."""
    if asked.organisation_id is not None:
        return await past_market.planned(conn, line, asked.organisation_id, left)
    if asked.belongs_to in (BelongsTo.CUSTOMER_CREDIT, BelongsTo.RECEIVABLE):
        assert asked.online_payment_id is not None, "it names one"
        is_owed = asked.belongs_to == BelongsTo.RECEIVABLE
        return await _of_charge(conn, actor, line, asked.online_payment_id, is_owed=is_owed)
    if asked.belongs_to == BelongsTo.REFUND_PENDING:
        assert asked.refund_id is not None, "it names one"
        return await _of_refund(conn, actor, line, asked.refund_id)
    leg = Leg(SUSPENSE, Account(asked.belongs_to), left, line.currency)
    # A charge is nobody's since it was lost, and its loss is written off of the day that this is.
    is_charge = line.category == "charge"
    return Plan(
        on=await (clock.today(conn) if is_charge else queries.in_suspense_since(conn, line)),
        legs=[leg],
        paid_currency=line.paid_currency,
        paid_minor=line.paid_minor,
    )


async def _of_charge(
    conn: Connection, actor: Actor, line: StripeLine, payment_id: UUID, *, is_owed: bool
) -> Plan:
    """A refund past the market comes off its payer's credit, today: he has had it until now.

    ``is_owed``: off what the payment paid of invoices first, which was paid until now.
    """
    payment = await online.find_payment(conn, actor, payment_id)
    await online.lock_payment(conn, payment_id)
    moved = _moved(line, payment.currency)
    charge = await charges.charge_of(conn, payment_id)
    require(
        moved is not None
        and charge is not None
        and line.category in attempts.GOING_BACK
        and (moved < 0 or not is_owed)
        and payment.books_unit_id == line.books_unit_id
        and line.online_payment_id in (None, payment_id)
        and await queries.is_of(conn, line.id, payment)
        and moved <= await queries.refunded_past_us(conn, line, payment_id, payment.currency),
        model.LineNotOfCharge,
    )
    assert moved is not None, "it was asked"
    fails = await _waiting_for(conn, line, payment_id, moved)
    await _require_left(conn, payment, moved, fails)
    freed_minor = fails.amount_minor if fails else 0
    if is_owed:
        shares = await owed_again.shares_of(conn, payment, -moved, freed_minor)
    else:
        await _require_credit(conn, payment, -moved, freed_minor)
        shares = [Share(Account("customer_credit", payment.buyer_id), moved)]
    return Plan(
        on=await clock.today(conn),
        legs=await _legs(conn, line, payment, shares),
        payment=payment,
        fails=fails,
        shares=shares,
        paid_currency=line.paid_currency,
        paid_minor=line.paid_minor,
    )


async def _waiting_for(
    conn: Connection, line: StripeLine, payment_id: UUID, moved: int
) -> Refund | None:
    """The refund of ours that the line is of by its number, though not by its amount."""
    if moved > 0 or line.category not in attempts.REFUNDS:
        return None
    refund_id = await queries.refund_of(conn, line)
    if refund_id is None:
        number = await queries.refund_without_line(conn, line, payment_id)
        require(number is None, model.LineMayBeRefund(number=number))
        return None
    refund = await cards.lock(conn, refund_id)
    require(refund.online_payment_id == payment_id, model.LineNotOfCharge)
    if refund.state != RefundState.SENT:
        return None
    require(moved != -refund.amount_minor, model.LineOfRefund(number=refund.number))
    return refund


async def _require_left(
    conn: Connection, payment: OnlinePayment, moved: int, fails: Refund | None
) -> None:
    """Nothing goes back of a charge that it has not; what is not explained counts against none."""
    of = await cards.charge_of(conn, payment.id)
    left = of.left_minor + of.unexplained_minor + (fails.amount_minor if fails else 0)
    require(
        moved > 0 or -moved <= left,
        model.LineAboveCharge(
            left=amounts.printed(max(0, left), payment.currency),
            amount=amounts.printed(-moved, payment.currency),
        ),
    )


async def _require_credit(
    conn: Connection, payment: OnlinePayment, taken_minor: int, freed_minor: int
) -> None:
    """``freed_minor`` is reserved for a refund that fails, and credit again with that."""
    books, payer_id, currency = payment.books_unit_id, payment.buyer_id, payment.currency
    credit = Account("customer_credit", payer_id)
    has = freed_minor + await ledger.balance(conn, books, credit, currency)
    if has >= taken_minor:
        return
    pending = Account("refund_pending", payer_id)
    reserved = await ledger.balance(conn, books, pending, currency) - freed_minor
    balance, amount = [amounts.printed(minor, currency) for minor in (has, taken_minor)]
    if has + reserved < taken_minor:
        raise model.CreditTooSmall(balance=balance, amount=amount)
    printed = amounts.printed(reserved, currency)
    raise model.CreditReserved(balance=balance, amount=amount, reserved=printed)


async def _of_refund(conn: Connection, actor: Actor, line: StripeLine, refund_id: UUID) -> Plan:
    """What was set aside for it has left, or comes back and is credit again; all of it."""
    seen = await refunds.find_refund(conn, actor, refund_id)
    wrong = model.LineNotOfStripeRefund(number=seen.number)
    if seen.online_payment_id is None:
        raise wrong
    payment = await online.lock_payment(conn, seen.online_payment_id)
    refund = await cards.lock(conn, refund_id)
    has_left, has_come_back = await cards.lines_of(conn, refund_id)
    leaves = line.amount_minor < 0
    amount_minor = -refund.amount_minor if leaves else refund.amount_minor
    require(
        line.category in attempts.REFUNDS
        and refund.books_unit_id == line.books_unit_id
        and refund.state in MOVING
        and await _is_it(conn, line, refund, payment, amount_minor)
        and not (has_left if leaves else has_come_back),
        wrong,
    )
    kind = "refund_pending" if leaves else "customer_credit"
    is_changed = line.currency != refund.currency
    return Plan(
        on=max(await queries.in_suspense_since(conn, line), refund.intended_on),
        legs=await _legs(
            conn, line, payment, [Share(Account(kind, refund.organisation_id), amount_minor)]
        ),
        payment=payment,
        ends=refund,
        paid_currency=refund.currency if is_changed else None,
        paid_minor=amount_minor if is_changed else None,
    )


async def _is_it(
    conn: Connection, line: StripeLine, refund: Refund, payment: OnlinePayment, amount_minor: int
) -> bool:
    """By its number, and its amount where that is told; without a number by charge and amount."""
    moved = _moved(line, refund.currency)
    if line.source_id is not None:
        return line.source_id == refund.stripe_refund_id and moved in (None, amount_minor)
    is_of = line.online_payment_id in (None, payment.id)
    return is_of and moved == amount_minor and await queries.is_of(conn, line.id, payment)


def _moved(line: StripeLine, currency: str) -> int | None:
    """In the payer's currency, where Stripe told it."""
    if line.currency == currency:
        return line.amount_minor
    return line.paid_minor if line.paid_currency == currency else None


async def legs_back(
    conn: Connection, line: StripeLine, payment: OnlinePayment, owed_minor: int
) -> list[Leg]:
    """What undoes a refund of a charge, before it does.

    ``owed_minor`` of it pays invoices again, the rest is its payer's credit.
    """
    credited_minor = moved_in(line, payment.currency) + owed_minor
    shares = [
        Share(Account("receivable", payment.buyer_id), -owed_minor),
        Share(Account("customer_credit", payment.buyer_id), credited_minor),
    ]
    return await _legs(conn, line, payment, shares, is_back=True)


def moved_in(line: StripeLine, currency: str) -> int:
    """Of a line that was explained as one that moved so much."""
    moved = _moved(line, currency)
    assert moved is not None, "it was asked"
    return moved


async def _legs(
    conn: Connection,
    line: StripeLine,
    payment: OnlinePayment,
    shares: Sequence[Share],
    *,
    is_back: bool = False,
) -> list[Leg]:
    """Out of suspense, or into it where the amount is below zero; ``is_back``: the other way.

    Where the charge was changed into the line's currency, as its rule would book it. In a third
    currency the debt closes as the charge had opened it, and what each side has more or less than
    that is a difference of exchange.
    """
    sign, by = (-1, None) if is_back else (1, line)
    if line.currency == payment.currency:
        return [
            Leg(SUSPENSE, one.account, sign * one.amount_minor, line.currency) for one in shares
        ]
    charge = await charges.charge_of(conn, payment.id)
    assert charge is not None, "its money is booked"
    is_open = charge.paid_minor is not None
    source = exchange.POSITION if is_open else exchange.DIFFERENCE
    is_of_charge = is_open and charge.currency == line.currency
    other = exchange.POSITION if is_of_charge else exchange.DIFFERENCE
    amount_minor = sum(one.amount_minor for one in shares)
    moved_minor = -line.amount_minor if is_of_charge else 0
    return [
        *(Leg(source, one.account, sign * one.amount_minor, payment.currency) for one in shares),
        Leg(SUSPENSE, other, sign * line.amount_minor, line.currency),
        *await exchange.difference(conn, charge, -sign * amount_minor, sign * moved_minor, by=by),
    ]
