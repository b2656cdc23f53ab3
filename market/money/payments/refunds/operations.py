"""Proposing a refund, withdrawing and deciding on it, failing it; what the bank says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from market.base import amounts, clock, db, events, proposals
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import NotFound, require_version
from market.ledger import operations as ledger
from market.ledger.model import Account, NotEnough
from market.money.payments.held import cover_of
from market.money.payments.online import queries as online
from market.money.payments.refunds import card_queries as cards
from market.money.payments.refunds import model, queries
from market.money.payments.refunds.card_queries import Charge
from market.money.payments.refunds.model import (
    Kept,
    Method,
    NewCardRefund,
    NewRefund,
    Refund,
    RefundState,
    Wanted,
)
from market.trade.contracts import operations as contracts


async def propose_refund(
    conn: Connection, actor: Actor, books_unit_id: UUID, new: NewRefund
) -> Refund:
    """Finance reserves credit that is to go back by bank; it is sent once another approved it.

    Raises NotFound to a stranger, RefundNeedsFinance, PayeeUnknown, BothSides, MoreThanCredit,
    CreditOwed, CreditDisputed, CreditUnexplained.
    """
    async with db.act(conn, actor):
        require(actor.visible is None or books_unit_id in actor.visible, NotFound)
        require(model.may_propose(actor, books_unit_id), model.RefundNeedsFinance)
        payee = await queries.payee_name(conn, new.organisation_id)
        if payee is None:
            raise model.PayeeUnknown(pointer="/organisation_id")
        wanted = Wanted(
            books_unit_id=books_unit_id,
            organisation_id=new.organisation_id,
            method=Method.BANK,
            amount_minor=new.amount_minor,
            currency=new.currency,
            reason=new.reason,
            payee_name=payee,
            payee_bank=new.payee_bank,
            payee_account=new.payee_account.replace(" ", "").replace("-", ""),
        )
        return await _propose(conn, actor, wanted)


async def propose_card_refund(
    conn: Connection, actor: Actor, payment_id: UUID, new: NewCardRefund
) -> Refund:
    """Finance reserves the buyer's credit that is to go back to the charge of his payment.

    Raises NotFound to a stranger, RefundNeedsFinance, PaymentNotBooked, ChargeDisputed,
    MoreThanCharge, BothSides, MoreThanCredit, CreditOwed, CreditDisputed, CreditUnexplained.
    """
    async with db.act(conn, actor):
        payment = await online.find_payment(conn, actor, payment_id)
        require(model.may_propose(actor, payment.books_unit_id), model.RefundNeedsFinance)
        await online.lock_payment(conn, payment_id)
        charge = await cards.charge_of(conn, payment_id)
        require(charge.captured_minor is not None, model.PaymentNotBooked)
        _require_refundable(charge, charge.left_minor, new.amount_minor, payment.currency)
        wanted = Wanted(
            books_unit_id=payment.books_unit_id,
            organisation_id=payment.buyer_id,
            method=Method.STRIPE,
            amount_minor=new.amount_minor,
            currency=payment.currency,
            reason=new.reason,
            online_payment_id=payment_id,
        )
        return await _propose(conn, actor, wanted)


def _require_refundable(charge: Charge, left_minor: int, amount_minor: int, currency: str) -> None:
    require(not charge.is_disputed, model.ChargeDisputed)
    require(
        left_minor >= amount_minor,
        model.MoreThanCharge(
            left=amounts.printed(max(left_minor, 0), currency),
            amount=amounts.printed(amount_minor, currency),
        ),
    )


async def _propose(conn: Connection, actor: Actor, wanted: Wanted) -> Refund:
    await _require_credit(conn, wanted)
    await _require_undisputed(conn, wanted)
    today = await clock.today(conn)
    prefix, serial = await queries.next_number(conn, wanted.books_unit_id, today.year)
    number = f"{prefix}-{today.year}-TK-{serial:04d}"
    refund = await queries.insert_refund(
        conn, actor, wanted, number=number, serial=serial, on=today
    )
    await contracts.require_one_side(conn, actor, refund)
    try:
        await ledger.post_all(conn, [model.intended(refund)])
    except NotEnough:
        await _require_credit(conn, wanted)
        raise
    # It is posted, which has locked the credit: what rivals took of it counts now.
    await _require_undisputed(conn, refund)
    fixed = {
        "organisation_id": refund.organisation_id,
        "number": refund.number,
        "amount_minor": refund.amount_minor,
        "payee_sha256": refund.payee_fingerprint,
        "online_payment_id": refund.online_payment_id,
    }
    await _record(conn, actor, "refund.proposed", refund, ("propose", None), fixed)
    return refund


async def _require_credit(conn: Connection, wanted: Wanted) -> None:
    """What is there may be gone when it is posted: asked again then, the answer is the rival's."""
    credit = Account("customer_credit", wanted.organisation_id)
    balance = await ledger.balance(conn, wanted.books_unit_id, credit, wanted.currency)
    require(
        balance >= wanted.amount_minor,
        model.MoreThanCredit(
            balance=amounts.printed(balance, wanted.currency),
            amount=amounts.printed(wanted.amount_minor, wanted.currency),
        ),
    )


async def _require_undisputed(conn: Connection, wanted: Wanted | Refund) -> None:
    """What the payer's bank may take back stays as credit until that is decided."""
    kept = await held_against(conn, wanted)
    if kept is None:
        return
    free = amounts.printed(kept.free_minor, wanted.currency)
    if kept.is_owed:
        raise model.CreditOwed(owed=amounts.printed(kept.owed_minor, wanted.currency), free=free)
    if kept.is_unexplained:
        unexplained = amounts.printed(kept.unexplained_minor, wanted.currency)
        raise model.CreditUnexplained(unexplained=unexplained, free=free)
    disputed = amounts.printed(kept.disputed_minor, wanted.currency)
    raise model.CreditDisputed(disputed=disputed, free=free)


async def held_against(conn: Connection, wanted: Wanted | Refund) -> Kept | None:
    """What must stay of the payer's money, where less than that would be left.

    ``wanted`` is asked for, or set aside already. What goes back to a charge is asked as well: its
    own chargebacks are known there, those of the payer's other payments here.
    """
    books, currency, payer_id = wanted.books_unit_id, wanted.currency, wanted.organisation_id
    cover = await cover_of(conn, books, payer_id, currency)
    return model.kept_of(cover, wanted.amount_minor)


async def withdraw_refund(
    conn: Connection, actor: Actor, refund_id: UUID, *, expected_version: int | None = None
) -> Refund:
    """Who proposed it takes it back before anybody decided; it is credit again.

    Raises NotFound to a stranger, OnlyProposerWithdraws, WrongMove.
    """
    async with db.act(conn, actor):
        refund = await queries.lock_refund(conn, actor, refund_id)
        is_finance = model.may_propose(actor, refund.books_unit_id)
        is_his = refund.proposed_by == actor.person_id
        require(is_finance and is_his, model.OnlyProposerWithdraws)
        if refund.state == RefundState.WITHDRAWN:
            return refund
        require_version(refund.version, expected_version)
        to, today = refund.after("withdraw"), await clock.today(conn)
        withdrawn = await queries.set_withdrawn(conn, refund, to=to, on=today)
        await release(conn, withdrawn)
        await _record(conn, actor, "refund.withdrawn", withdrawn, ("withdraw", refund.state))
    return withdrawn


async def approve_refund(
    conn: Connection, actor: Actor, refund_id: UUID, *, expected_version: int | None = None
) -> Refund:
    """A leader, another person, lets it go out.

    Raises NotFound to a stranger, RefundNeedsLeader, OwnRefund, BothSides, WrongMove when decided;
    ChargeDisputed, MoreThanCharge, CreditOwed and CreditDisputed where a chargeback came meanwhile,
    CreditUnexplained where a refund past the market did.
    """
    async with db.act(conn, actor):
        refund = await _lock_to_decide(conn, actor, refund_id)
        if proposals.is_repeat(actor, refund, RefundState.APPROVED):
            return refund
        await contracts.require_one_side(conn, actor, refund)
        to = proposals.decided(refund, "approve", expected_version)
        if refund.online_payment_id is not None:
            charge = await cards.charge_of(conn, refund.online_payment_id)
            left = charge.left_minor + refund.amount_minor
            _require_refundable(charge, left, refund.amount_minor, refund.currency)
        await _require_undisputed(conn, refund)
        approved = await queries.decide(conn, actor, refund, to=to)
        await _record(conn, actor, "refund.approved", approved, ("approve", refund.state))
    return approved


async def reject_refund(
    conn: Connection,
    actor: Actor,
    refund_id: UUID,
    note: str,
    *,
    expected_version: int | None = None,
) -> Refund:
    """A leader, another person, does not; it is credit again."""
    async with db.act(conn, actor):
        refund = await _lock_to_decide(conn, actor, refund_id)
        if proposals.is_repeat(actor, refund, RefundState.REJECTED):
            return refund
        await contracts.require_one_side(conn, actor, refund)
        to = proposals.decided(refund, "reject", expected_version)
        today = await clock.today(conn)
        rejected = await queries.decide(conn, actor, refund, to=to, ended_on=today, note=note)
        await release(conn, rejected)
        await _record(conn, actor, "refund.rejected", rejected, ("reject", refund.state))
    return rejected


async def _lock_to_decide(conn: Connection, actor: Actor, refund_id: UUID) -> Refund:
    seen = await queries.find_refund(conn, actor, refund_id)
    if seen.online_payment_id is not None:
        await online.lock_payment(conn, seen.online_payment_id)
    refund = await queries.lock_refund(conn, actor, refund_id)
    require(model.may_decide(actor, refund), model.RefundNeedsLeader)
    proposals.require_other(actor, refund, model.OwnRefund)
    return refund


async def fail_refund(
    conn: Connection,
    actor: Actor,
    refund_id: UUID,
    note: str,
    *,
    expected_version: int | None = None,
) -> Refund:
    """Finance notes that it was not sent, or that the bank did not take it: it is credit again.

    What the cashier sent is failed by another than who proposed it: he alone could spend the money
    a second time. Raises NotFound to a stranger, RefundNeedsFinance, SentRefundOfOnesOwn,
    RefundIsWithStripe, BothSides, WrongMove once it is paid.
    """
    async with db.act(conn, actor):
        refund = await queries.lock_refund(conn, actor, refund_id)
        require(model.may_propose(actor, refund.books_unit_id), model.RefundNeedsFinance)
        if refund.failed_by == actor.person_id:
            return refund
        require_version(refund.version, expected_version)
        require(refund.called_at is None, model.RefundIsWithStripe)
        if refund.state == RefundState.SENT:
            proposals.require_other(actor, refund, model.SentRefundOfOnesOwn)
        await contracts.require_one_side(conn, actor, refund)
        to, today = refund.after("fail"), await clock.today(conn)
        failed = await queries.set_failed(conn, actor, refund, to=to, on=today, note=note)
        await release(conn, failed)
        await _record(conn, actor, "refund.failed", failed, ("fail", refund.state))
    return failed


async def release(conn: Connection, refund: Refund) -> None:
    """What was reserved of a refund that ended is credit again; within the act that ends it."""
    cause = f"refund_released:{refund.id}"
    mirrored = ledger.mirror(model.intended(refund), cause, effective_on=refund.ended_on)
    await ledger.post(conn, mirrored)


async def move(
    conn: Connection, actor: Actor, refund: Refund, name: str, told: str, *, match_id: UUID
) -> Refund:
    """What a bank line, or the undoing of its match, says of a locked refund.

    Only reconciliation calls this, within the act that books it. Raises WrongMove.
    """
    moved = await queries.set_state(conn, refund, refund.after(name))
    await _record(conn, actor, told, moved, (name, refund.state), {"match_id": match_id})
    return moved


async def _record(
    conn: Connection,
    actor: Actor,
    name: str,
    refund: Refund,
    made: tuple[str, RefundState | None],
    fixed: Mapping[str, Any] | None = None,
) -> None:
    changed = {"books_unit_id": refund.books_unit_id, **(fixed or {})}
    await events.record(conn, actor, name, about=refund, move=made, changed=changed)


async def find_refund(conn: Connection, actor: Actor, refund_id: UUID) -> Refund:
    async with db.look(conn, actor):
        return await queries.find_refund(conn, actor, refund_id)
