"""Proposing a refund, deciding on it, failing it; and what the bank says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from market.base import amounts, clock, db, events
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import NotFound, require_version
from market.ledger import operations as ledger
from market.ledger.model import Account, NotEnough
from market.money.payments.refunds import model, queries
from market.money.payments.refunds.model import NewRefund, Refund, RefundState
from market.trade.contracts import operations as contracts


async def propose_refund(
    conn: Connection, actor: Actor, books_unit_id: UUID, new: NewRefund
) -> Refund:
    """Finance reserves credit that is to go back; it is sent once another has approved it.

    Raises NotFound to a stranger, RefundNeedsFinance, PayeeUnknown, BothSides, MoreThanCredit.
    """
    async with db.act(conn, actor):
        require(actor.visible is None or books_unit_id in actor.visible, NotFound)
        require(model.may_propose(actor, books_unit_id), model.RefundNeedsFinance)
        payee = await queries.payee_name(conn, new.organisation_id)
        if payee is None:
            raise model.PayeeUnknown(pointer="/organisation_id")
        await _require_credit(conn, books_unit_id, new)
        today = await clock.today(conn)
        prefix, serial = await queries.next_number(conn, books_unit_id, today.year)
        refund = await queries.insert_refund(
            conn,
            actor,
            books_unit_id,
            new,
            payee=payee,
            number=f"{prefix}-{today.year}-TK-{serial:04d}",
            serial=serial,
            on=today,
        )
        await contracts.require_one_side(conn, actor, refund)
        try:
            await ledger.post_all(conn, [model.intended(refund)])
        except NotEnough:
            await _require_credit(conn, books_unit_id, new)
            raise
        fixed = {
            "organisation_id": refund.organisation_id,
            "number": refund.number,
            "amount_minor": refund.amount_minor,
            "payee_sha256": refund.payee_fingerprint,
        }
        await _record(conn, actor, "refund.proposed", refund, ("propose", None), fixed)
    return refund


async def _require_credit(conn: Connection, books_unit_id: UUID, new: NewRefund) -> None:
    """What is there may be gone when it is posted: asked again then, the answer is the rival's."""
    credit = Account("customer_credit", new.organisation_id)
    balance = await ledger.balance(conn, books_unit_id, credit, new.currency)
    require(
        balance >= new.amount_minor,
        model.MoreThanCredit(
            balance=amounts.printed(balance, new.currency),
            amount=amounts.printed(new.amount_minor, new.currency),
        ),
    )


async def approve_refund(
    conn: Connection, actor: Actor, refund_id: UUID, *, expected_version: int | None = None
) -> Refund:
    """A leader, another person, lets it go out.

    Raises NotFound to a stranger, RefundNeedsLeader, OwnRefund, BothSides, WrongMove when decided.
    """
    async with db.act(conn, actor):
        refund = await _lock_to_decide(conn, actor, refund_id)
        if refund.state == RefundState.APPROVED and refund.decided_by == actor.person_id:
            return refund
        require_version(refund.version, expected_version)
        to = refund.after("approve")
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
        if refund.state == RefundState.REJECTED and refund.decided_by == actor.person_id:
            return refund
        require_version(refund.version, expected_version)
        to, today = refund.after("reject"), await clock.today(conn)
        rejected = await queries.decide(conn, actor, refund, to=to, ended_on=today, note=note)
        await _release(conn, rejected)
        await _record(conn, actor, "refund.rejected", rejected, ("reject", refund.state))
    return rejected


async def _lock_to_decide(conn: Connection, actor: Actor, refund_id: UUID) -> Refund:
    refund = await queries.lock_refund(conn, actor, refund_id)
    require(model.may_decide(actor, refund), model.RefundNeedsLeader)
    require(refund.proposed_by != actor.person_id, model.OwnRefund)
    await contracts.require_one_side(conn, actor, refund)
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

    Raises NotFound to a stranger, RefundNeedsFinance, WrongMove once it is paid.
    """
    async with db.act(conn, actor):
        refund = await queries.lock_refund(conn, actor, refund_id)
        require(model.may_propose(actor, refund.books_unit_id), model.RefundNeedsFinance)
        if refund.failed_by == actor.person_id:
            return refund
        require_version(refund.version, expected_version)
        to, today = refund.after("fail"), await clock.today(conn)
        failed = await queries.set_failed(conn, actor, refund, to=to, on=today, note=note)
        await _release(conn, failed)
        await _record(conn, actor, "refund.failed", failed, ("fail", refund.state))
    return failed


async def _release(conn: Connection, refund: Refund) -> None:
    """What was reserved is credit again."""
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
