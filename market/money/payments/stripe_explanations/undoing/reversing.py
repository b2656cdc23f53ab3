"""Whether what an explanation moved can be moved back, and moving it back."""

from __future__ import annotations

from datetime import date

from market.base import amounts, events
from market.base.access import Actor, require
from market.base.db import Connection
from market.ledger import operations as ledger
from market.ledger.model import Account, NotEnough, Posting
from market.money.payments import held
from market.money.payments.online import queries as online
from market.money.payments.online.model import OnlinePayment
from market.money.payments.refunds import queries as refunds
from market.money.payments.stripe_balance.model import StripeLine
from market.money.payments.stripe_explanations import moving
from market.money.payments.stripe_explanations import queries as explained
from market.money.payments.stripe_explanations.model import (
    BelongsTo,
    ExplanationState,
    LineExplanation,
)
from market.money.payments.stripe_explanations.undoing import model, queries


async def require_undoable(
    conn: Connection, actor: Actor, line: StripeLine, explanation: LineExplanation
) -> None:
    """Of a locked line. Raises BookedByItsRule, PaidOurRefund, CameBackSince, CreditIsGone."""
    require(explanation.belongs_to != BelongsTo.RULE, model.BookedByItsRule)
    if explanation.refund_id is not None:
        refund = await refunds.find_refund(conn, actor, explanation.refund_id)
        raise model.PaidOurRefund(number=refund.number)
    if explanation.online_payment_id is None:
        return
    payment = await online.find_payment(conn, actor, explanation.online_payment_id)
    moved_minor = moving.moved_in(line, payment.currency)
    gone_minor = await explained.refunded_past_us(conn, line, payment.id, payment.currency)
    if moved_minor < 0:
        came_back_minor = -moved_minor - gone_minor
        printed = amounts.printed(max(0, came_back_minor), payment.currency)
        require(came_back_minor <= 0, model.CameBackSince(amount=printed))
    else:
        await _require_free(conn, payment, moved_minor)


async def _require_free(
    conn: Connection, payment: OnlinePayment, moved_minor: int, *, is_taken: bool = False
) -> None:
    """``is_taken``: it is posted, which has locked the credit; what rivals took of it counts."""
    place = payment.books_unit_id, payment.buyer_id, payment.currency
    credit = Account("customer_credit", payment.buyer_id)
    balance = await ledger.balance(conn, payment.books_unit_id, credit, payment.currency)
    has = balance + moved_minor if is_taken else balance
    cover = await held.cover_of(conn, *place)
    is_free = cover is None or cover.without(0 if is_taken else moved_minor).is_enough
    kept_minor = min(has, cover.held.total_minor) if cover else 0
    require(
        has >= moved_minor and is_free,
        model.CreditIsGone(
            amount=amounts.printed(moved_minor, payment.currency),
            balance=amounts.printed(has, payment.currency),
            held=amounts.printed(kept_minor, payment.currency),
        ),
    )


async def reverse(
    conn: Connection, actor: Actor, line: StripeLine, explanation: LineExplanation, on: date
) -> None:
    """Its posting is mirrored, the line is unexplained. Raises CreditIsGone."""
    payment = None
    if explanation.online_payment_id is not None:
        payment = await online.find_payment(conn, actor, explanation.online_payment_id)
    cause = f"stripe_explanation_undone:{explanation.id}"
    await _post(conn, line, payment, await _mirrored(conn, line, payment, cause, on))
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
    await events.record_many(conn, happenings)


async def _mirrored(
    conn: Connection, line: StripeLine, payment: OnlinePayment | None, cause: str, on: date
) -> Posting:
    """In a currency that was changed, what closes the position now is not what closed it then."""
    posted = await ledger.posted(conn, line.cause)
    if payment is None or payment.currency == line.currency:
        return ledger.mirror(posted, cause, effective_on=on)
    legs = await moving.legs_back(conn, line, payment)
    return Posting(cause, line.books_unit_id, on, [leg.upright() for leg in legs])


async def _post(
    conn: Connection, line: StripeLine, payment: OnlinePayment | None, posting: Posting
) -> None:
    """Whether credit that goes is held is asked again then: only the posting locks it."""
    moved_minor = moving.moved_in(line, payment.currency) if payment else 0
    try:
        await ledger.post_all(conn, [posting])
    except NotEnough:
        assert payment is not None, "nothing else is controlled"
        await _require_free(conn, payment, moved_minor)
        raise
    if payment is not None and moved_minor > 0:
        await _require_free(conn, payment, moved_minor, is_taken=True)
