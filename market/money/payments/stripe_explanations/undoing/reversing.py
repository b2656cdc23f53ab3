"""Whether what an explanation moved can be moved back, and moving it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from market.base import amounts, events
from market.base.access import Actor, require
from market.base.db import Connection
from market.ledger import operations as ledger
from market.ledger.model import Account, NotEnough, Posting
from market.money.payments import held
from market.money.payments.online import queries as online
from market.money.payments.online.model import OnlinePayment
from market.money.payments.refunds import queries as refunds
from market.money.payments.stripe_balance import past_charges
from market.money.payments.stripe_balance.model import StripeLine
from market.money.payments.stripe_explanations import moving, owed_again, past_market, past_queries
from market.money.payments.stripe_explanations import queries as explained
from market.money.payments.stripe_explanations.model import (
    BelongsTo,
    ExplanationState,
    LineExplanation,
)
from market.money.payments.stripe_explanations.undoing import model, queries


class Credited(msgspec.Struct, frozen=True):
    """Whose credit it gave, or took below zero; ``payment``: of ours, whose charge it is of."""

    organisation_id: UUID
    currency: str
    amount_minor: int
    payment: OnlinePayment | None = None


async def require_undoable(
    conn: Connection, actor: Actor, line: StripeLine, explanation: LineExplanation
) -> None:
    """Of a locked line.

    Raises BookedByItsRule, PaidOurRefund, CameBackSince, WentBackSince, ChargeWrittenOff,
    CreditIsGone.
    """
    require(explanation.belongs_to != BelongsTo.RULE, model.BookedByItsRule)
    if explanation.refund_id is not None:
        refund = await refunds.find_refund(conn, actor, explanation.refund_id)
        raise model.PaidOurRefund(number=refund.number)
    credited = await _credited(conn, actor, line, explanation)
    if credited is None:
        return
    gone_minor = await _gone(conn, line, credited)
    if line.category == "charge":
        await _require_nothing_hangs_on(conn, line, gone_minor)
    if credited.amount_minor >= 0:
        await _require_free(conn, line, credited)
        return
    came_back_minor = -credited.amount_minor - gone_minor
    if came_back_minor > 0:
        printed = amounts.printed(came_back_minor, credited.currency)
        raise model.CameBackSince(amount=printed)


async def _require_nothing_hangs_on(conn: Connection, charge: StripeLine, gone_minor: int) -> None:
    """What went and came back is of this charge while it is explained, and so is a loss of it."""
    if gone_minor > 0:
        raise model.WentBackSince(amount=amounts.printed(gone_minor, charge.currency))
    moved = await past_queries.moved_of(conn, charge)
    back_minor = max(-gone_minor, moved.came_back_minor)
    if back_minor > 0:
        raise model.CameBackSince(amount=amounts.printed(back_minor, charge.currency))
    is_loss = await past_queries.is_borne_as_loss(conn, charge)
    require(not is_loss, past_market.ChargeWrittenOff)


async def _credited(
    conn: Connection, actor: Actor, line: StripeLine, explanation: LineExplanation
) -> Credited | None:
    """None where it is of nobody's credit."""
    if explanation.online_payment_id is not None:
        payment = await online.find_payment(conn, actor, explanation.online_payment_id)
        amount_minor = moving.moved_in(line, payment.currency)
        return Credited(payment.buyer_id, payment.currency, amount_minor, payment)
    if explanation.organisation_id is not None:
        amount_minor = await _posted_to(conn, line, explanation.organisation_id)
        return Credited(explanation.organisation_id, line.currency, amount_minor)
    return None


async def _posted_to(conn: Connection, line: StripeLine, organisation_id: UUID) -> int:
    """What its posting gave of credit, or took below zero: at another rate not what it moved."""
    credit = Account("customer_credit", organisation_id)
    posted = await ledger.posted(conn, line.cause)
    given_minor = sum(leg.amount_minor for leg in posted.legs if leg.credit == credit)
    return given_minor - sum(leg.amount_minor for leg in posted.legs if leg.debit == credit)


async def _gone(conn: Connection, line: StripeLine, credited: Credited) -> int:
    """What of the same charge went, less what came back; of itself, since it was explained."""
    if credited.payment is not None:
        return await explained.refunded_past_us(conn, line, credited.payment.id, credited.currency)
    if line.category != "charge":
        return (await past_queries.moved_of(conn, line)).refunded_minor
    await past_charges.lock_of_line(conn, line.id)
    charge = await past_charges.of_line(conn, line.id)
    assert charge is not None, "it was explained as of it"
    return charge.gone_minor


async def _require_free(
    conn: Connection, line: StripeLine, credited: Credited, *, is_taken: bool = False
) -> None:
    """``is_taken``: it is posted, which has locked the credit; what rivals took of it counts."""
    books, credit = line.books_unit_id, Account("customer_credit", credited.organisation_id)
    balance = await ledger.balance(conn, books, credit, credited.currency)
    has = balance + credited.amount_minor if is_taken else balance
    place = books, credited.organisation_id, credited.currency
    cover = await held.cover_of(conn, *place, but=line.id)
    is_free = cover is None or cover.without(0 if is_taken else credited.amount_minor).is_enough
    kept_minor = min(has, cover.held.total_minor) if cover else 0
    require(
        has >= credited.amount_minor and is_free,
        model.CreditIsGone(
            amount=amounts.printed(credited.amount_minor, credited.currency),
            balance=amounts.printed(has, credited.currency),
            kept=amounts.printed(kept_minor, credited.currency),
        ),
    )


async def reverse(
    conn: Connection, actor: Actor, line: StripeLine, explanation: LineExplanation, on: date
) -> None:
    """Its posting is mirrored, the line is unexplained. Raises CreditIsGone."""
    credited = await _credited(conn, actor, line, explanation)
    cause = f"stripe_explanation_undone:{explanation.id}"
    payment = credited.payment if credited else None
    given = await owed_again.paying_again(conn, explanation, line.cause)
    owed_minor = sum(one.amount_minor for one in given)
    mirrored = await _mirrored(conn, line, payment, owed_minor, cause, on)
    paid = await owed_again.pay_again(conn, payment, given, on)
    await _post(conn, line, credited, [*paid.postings, mirrored])
    told = await queries.told_payment_of(conn, explanation.id)
    undone = await queries.set_undone(conn, explanation, to=explanation.after("undo"))
    reopened = await queries.set_back(conn, line, told)
    happenings = [
        events.happening(
            "stripe_explanation.undone",
            about=undone,
            move=("undo", ExplanationState.APPROVED),
            changed={"stripe_line_id": line.id},
        ),
        events.happening(
            "stripe_line.reopened",
            about=reopened,
            changed={
                "category": reopened.category,
                "refund_id": reopened.refund_id,
                "explanation_id": reopened.explanation_id,
            },
        ),
    ]
    await events.record_many(conn, [*paid.happenings, *happenings])


async def _mirrored(
    conn: Connection,
    line: StripeLine,
    payment: OnlinePayment | None,
    owed_minor: int,
    cause: str,
    on: date,
) -> Posting:
    """Of a payment's charge, what is owed of it and what closes a position may be other than then.

    Invoices may have been paid otherwise since, and the currency was changed at another rate.
    """
    if payment is None:
        posted = await ledger.posted(conn, line.cause)
        return ledger.mirror(posted, cause, effective_on=on)
    back = await moving.legs_back(conn, line, payment, owed_minor)
    legs = [leg.upright() for leg in back if leg.amount_minor != 0]
    return Posting(cause, line.books_unit_id, on, legs)


async def _post(
    conn: Connection, line: StripeLine, credited: Credited | None, postings: Sequence[Posting]
) -> None:
    """Whether credit that goes is held is asked again then: only the posting locks it."""
    try:
        await ledger.post_all(conn, postings)
    except NotEnough:
        assert credited is not None, "nothing else is controlled"
        await _require_free(conn, line, credited)
        raise
    if credited is not None and credited.amount_minor > 0:
        await _require_free(conn, line, credited, is_taken=True)
