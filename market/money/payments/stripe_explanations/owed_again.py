"""What went back of a charge whose money had paid invoices is owed again; undone, it pays them.

What it paid of invoices goes first, the last part of it first, and the rest comes off its payer's
credit: as with a lost chargeback, for it is the same money that went back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from market.base import amounts
from market.base.access import SYSTEM, require
from market.base.db import Connection
from market.base.errors import Conflict
from market.ledger import operations as ledger
from market.ledger.model import Account
from market.money.invoicing import queries as invoices
from market.money.invoicing.model import Applied, Invoice
from market.money.payments import operations as payments
from market.money.payments import queries as allocations
from market.money.payments.model import AllocationKind, NewAllocation
from market.money.payments.online import queries as online
from market.money.payments.online.model import OnlinePayment
from market.money.payments.stripe_explanations import owed_queries
from market.money.payments.stripe_explanations.model import BelongsTo, LineExplanation
from market.money.payments.stripe_explanations.plan import Plan, Share


class NothingOwedAgain(Conflict):
    """Money that pays nothing is credit."""

    code = "stripe_explanation_of_nothing_owed"
    zh = (
        "该在线付款现已不再抵付任何请款单，没有可以重新列为应收的款项。"
        "请改为 customer_credit，或改选在线付款。"
    )
    en = (
        "The payment pays no invoice any more, so that nothing can be owed again. Name "
        "customer_credit instead, or the payment that it is of."
    )


class RestAboveCredit(Conflict):
    """Only credit goes back of what paid no invoice."""

    code = "stripe_explanation_rest_above_credit"
    zh = (
        "该明细有 {again} 可以重新列为应收，其余 {rest} 须从付款单位的预存款中扣除，"
        "而其余额为 {balance}。请先撤销预存款的抵付，或撤回、驳回为其预留的退款，再重新说明。"
    )
    en = (
        "{again} of the line can be owed again, and the other {rest} comes off the payer's credit, "
        "which holds {balance}. Undo a use of it, or have a refund that reserves it withdrawn or "
        "rejected, and explain it then."
    )


async def lock_invoices(conn: Connection, payment_id: UUID) -> list[Invoice]:
    """All that the payment may have paid; before the payment itself is locked."""
    parts = await online.parts_of(conn, payment_id)
    return await invoices.lock_invoices(conn, SYSTEM, [part.invoice_id for part in parts])


async def shares_of(
    conn: Connection, payment: OnlinePayment, taken_minor: int, freed_minor: int
) -> list[Share]:
    """Where so much that went back of a locked payment comes from, below zero.

    ``freed_minor`` is credit again as a refund of ours fails. Raises NothingOwedAgain,
    RestAboveCredit.
    """
    live = await allocations.live_of_payment(conn, payment.id)
    again_minor = min(taken_minor, sum(one.amount_minor for one in live))
    require(again_minor > 0, NothingOwedAgain)
    credit, rest_minor = Account("customer_credit", payment.buyer_id), taken_minor - again_minor
    books, currency = payment.books_unit_id, payment.currency
    has = freed_minor + await ledger.balance(conn, books, credit, currency)
    said = [amounts.printed(minor, currency) for minor in (again_minor, rest_minor, has)]
    require(has >= rest_minor, RestAboveCredit(again=said[0], rest=said[1], balance=said[2]))
    return [
        Share(Account("receivable", payment.buyer_id), -again_minor),
        Share(credit, -rest_minor),
    ]


async def take_back(conn: Connection, plan: Plan, cause: str) -> Applied:
    """What the plan says is owed again is taken off what its payment paid."""
    again_minor = -sum(one.amount_minor for one in plan.shares if one.is_owed)
    if again_minor == 0:
        return Applied([], [], [])
    assert plan.payment is not None, "it paid them"
    owed = await lock_invoices(conn, plan.payment.id)
    freed, freed_minor = await payments.take_back_part(
        conn, owed, plan.payment.id, again_minor, cause=cause, on=plan.on
    )
    assert freed_minor == again_minor, "its allocations were locked when it was planned"
    return freed


async def paying_again(
    conn: Connection, explanation: LineExplanation, cause: str
) -> list[NewAllocation]:
    """What pays again once it is undone, as far as its invoices are open; none of another place.

    They may have been paid otherwise since, or credited: the rest is credit, as it is of what a
    lost chargeback gives back.
    """
    if explanation.belongs_to != BelongsTo.RECEIVABLE:
        return []
    assert explanation.online_payment_id is not None, "it names one"
    owed = {one.id: one for one in await lock_invoices(conn, explanation.online_payment_id)}
    open_minor = {invoice.id: invoice.open_minor for invoice in owed.values()}
    given = []
    for one in await owed_queries.taken_by(conn, explanation.online_payment_id, cause):
        amount_minor = min(one.amount_minor, open_minor[one.invoice_id])
        if amount_minor == 0:
            continue
        open_minor[one.invoice_id] -= amount_minor
        given.append(
            NewAllocation(
                invoice_id=one.invoice_id,
                kind=AllocationKind.RECEIPT,
                amount_minor=amount_minor,
                currency=owed[one.invoice_id].currency,
                received_on=one.received_on,
                cause=f"stripe_explanation_undone:{explanation.id}",
                stripe_line_id=one.stripe_line_id,
            )
        )
    return given


async def pay_again(
    conn: Connection, payment: OnlinePayment | None, given: Sequence[NewAllocation], on: date
) -> Applied:
    """As it was before the explanation that is undone; the payment is locked."""
    if payment is None or not given:
        return Applied([], [], [])
    owed = await lock_invoices(conn, payment.id)
    return await payments.put_back(conn, owed, payment.id, given, on=on)
