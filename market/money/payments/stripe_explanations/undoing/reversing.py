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


class Moved(msgspec.Struct, frozen=True):
    """Whose credit it moved, and by how much; ``payment``: of ours, whose charge it is of."""

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
    moved = await _moved(conn, actor, line, explanation)
    if moved is None:
        return
    gone_minor = await _gone(conn, line, moved)
    if line.category == "charge":
        printed = amounts.printed(abs(gone_minor), moved.currency)
        require(gone_minor <= 0, model.WentBackSince(amount=printed))
        # What went and came back is of this charge while it is explained.
        back_minor = max(-gone_minor, await past_queries.came_back_of(conn, line.id))
        printed = amounts.printed(back_minor, moved.currency)
        require(back_minor == 0, model.CameBackSince(amount=printed))
        is_loss = await past_queries.is_borne_as_loss(conn, line)
        require(not is_loss, past_market.ChargeWrittenOff)
    if moved.amount_minor < 0:
        came_back_minor = -moved.amount_minor - gone_minor
        printed = amounts.printed(max(0, came_back_minor), moved.currency)
        require(came_back_minor <= 0, model.CameBackSince(amount=printed))
    else:
        await _require_free(conn, line, moved)


async def _moved(
    conn: Connection, actor: Actor, line: StripeLine, explanation: LineExplanation
) -> Moved | None:
    """None where it is of nobody's credit."""
    if explanation.online_payment_id is not None:
        payment = await online.find_payment(conn, actor, explanation.online_payment_id)
        moved_minor = moving.moved_in(line, payment.currency)
        return Moved(payment.buyer_id, payment.currency, moved_minor, payment)
    if explanation.organisation_id is not None:
        moved_minor = await _credited(conn, line, explanation.organisation_id)
        return Moved(explanation.organisation_id, line.currency, moved_minor)
    return None


async def _credited(conn: Connection, line: StripeLine, organisation_id: UUID) -> int:
    """What its posting gave of credit, or took below zero: at another rate not what it moved."""
    credit = Account("customer_credit", organisation_id)
    posted = await ledger.posted(conn, line.cause)
    given_minor = sum(leg.amount_minor for leg in posted.legs if leg.credit == credit)
    return given_minor - sum(leg.amount_minor for leg in posted.legs if leg.debit == credit)


async def _gone(conn: Connection, line: StripeLine, moved: Moved) -> int:
    """What of the same charge went, less what came back; of itself, since it was explained."""
    if moved.payment is not None:
        return await explained.refunded_past_us(conn, line, moved.payment.id, moved.currency)
    if line.category != "charge":
        return await past_queries.refunded_of(conn, line)
    await past_charges.lock_of_line(conn, line.id)
    charge = await past_charges.of_line(conn, line.id)
    assert charge is not None, "it was explained as of it"
    return charge.gone_minor


async def _require_free(
    conn: Connection, line: StripeLine, moved: Moved, *, is_taken: bool = False
) -> None:
    """``is_taken``: it is posted, which has locked the credit; what rivals took of it counts."""
    books, credit = line.books_unit_id, Account("customer_credit", moved.organisation_id)
    balance = await ledger.balance(conn, books, credit, moved.currency)
    has = balance + moved.amount_minor if is_taken else balance
    place = books, moved.organisation_id, moved.currency
    cover = await held.cover_of(conn, *place, but=line.id)
    is_free = cover is None or cover.without(0 if is_taken else moved.amount_minor).is_enough
    kept_minor = min(has, cover.held.total_minor) if cover else 0
    require(
        has >= moved.amount_minor and is_free,
        model.CreditIsGone(
            amount=amounts.printed(moved.amount_minor, moved.currency),
            balance=amounts.printed(has, moved.currency),
            kept=amounts.printed(kept_minor, moved.currency),
        ),
    )


async def reverse(
    conn: Connection, actor: Actor, line: StripeLine, explanation: LineExplanation, on: date
) -> None:
    """Its posting is mirrored, the line is unexplained. Raises CreditIsGone."""
    moved = await _moved(conn, actor, line, explanation)
    cause = f"stripe_explanation_undone:{explanation.id}"
    payment = moved.payment if moved else None
    given = await owed_again.paying_again(conn, explanation, line.cause)
    owed_minor = sum(one.amount_minor for one in given)
    mirrored = await _mirrored(conn, line, payment, owed_minor, cause, on)
    paid = await owed_again.pay_again(conn, payment, given, on)
    await _post(conn, line, moved, [*paid.postings, mirrored])
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
    legs = await moving.legs_back(conn, line, payment, owed_minor)
    moved = [leg.upright() for leg in legs if leg.amount_minor != 0]
    return Posting(cause, line.books_unit_id, on, moved)


async def _post(
    conn: Connection, line: StripeLine, moved: Moved | None, postings: Sequence[Posting]
) -> None:
    """Whether credit that goes is held is asked again then: only the posting locks it."""
    try:
        await ledger.post_all(conn, postings)
    except NotEnough:
        assert moved is not None, "nothing else is controlled"
        await _require_free(conn, line, moved)
        raise
    if moved is not None and moved.amount_minor > 0:
        await _require_free(conn, line, moved, is_taken=True)
