"""Proposing to undo what explained a line, and deciding on it."""

from __future__ import annotations

from uuid import UUID

from market.base import clock, db, events, proposals
from market.base.access import Actor, require
from market.base.db import Connection
from market.ledger.model import NotAReader, may_read
from market.money.payments.online import queries as online
from market.money.payments.stripe_balance import past_charges
from market.money.payments.stripe_balance.model import StripeLine
from market.money.payments.stripe_explanations import operations as explanations
from market.money.payments.stripe_explanations import owed_again
from market.money.payments.stripe_explanations import queries as explained
from market.money.payments.stripe_explanations.model import BelongsTo, LineExplanation
from market.money.payments.stripe_explanations.undoing import model, queries, reversing
from market.money.payments.stripe_explanations.undoing.model import (
    ExplanationUndo,
    ExplanationUndoState,
)
from market.money.payments.stripe_lines import aside_queries as lines


async def propose_undo(
    conn: Connection, actor: Actor, explanation_id: UUID, reason: str
) -> ExplanationUndo:
    """Finance says that an approved explanation was wrong; nothing moves yet.

    The same person asking in the same words gets the same proposal. Raises NotFound to a stranger,
    UndoNeedsFinance, UndoProposed, WrongMove unless it stands, BothSides, BookedByItsRule,
    PaidOurRefund, CameBackSince, WentBackSince, ChargeWrittenOff, CreditIsGone.
    """
    async with db.act(conn, actor):
        seen = await explained.find_explanation(conn, actor, explanation_id)
        require(model.may_propose(actor, seen.books_unit_id), model.UndoNeedsFinance)
        line, explanation = await _lock(conn, actor, seen)
        waiting = await queries.waiting_of(conn, explanation_id)
        if waiting is not None:
            again = proposals.asks_again(actor, waiting, reason=reason)
            require(again, model.UndoProposed)
            return waiting
        explanation.after("undo")
        await explanations.require_one_side(conn, actor, line, explanation)
        await reversing.require_undoable(conn, actor, line, explanation)
        proposed = await queries.insert_undo(conn, actor, explanation, reason)
        await events.record(
            conn,
            actor,
            "stripe_explanation_undo.proposed",
            about=proposed,
            move=("propose", None),
            changed={"explanation_id": explanation_id, "amount_minor": proposed.amount_minor},
        )
    return proposed


async def _lock(
    conn: Connection, actor: Actor, seen: LineExplanation
) -> tuple[StripeLine, LineExplanation]:
    """Invoices to be paid again, payments, the charge that went back, the line, its explanation."""
    told = await queries.told_payment_of(conn, seen.id)
    if seen.belongs_to == BelongsTo.RECEIVABLE and seen.online_payment_id is not None:
        await owed_again.lock_invoices(conn, seen.online_payment_id)
    for payment_id in sorted({one for one in (seen.online_payment_id, told) if one is not None}):
        await online.lock_payment(conn, payment_id)
    await past_charges.lock_of_line(conn, seen.stripe_line_id)
    line = await lines.lock_line(conn, actor, seen.stripe_line_id)
    return line, await explained.lock_explanation(conn, seen.id)


async def approve_undo(
    conn: Connection, actor: Actor, undo_id: UUID, *, expected_version: int | None = None
) -> ExplanationUndo:
    """A leader, another person, has the money stand in suspense again.

    Raises NotFound to a stranger, UndoNeedsLeader, OwnUndo, WrongMove when decided, and what
    ``propose_undo`` raises when things have changed since.
    """
    async with db.act(conn, actor):
        seen = await _seen_to_decide(conn, actor, undo_id)
        of = await explained.find_explanation(conn, actor, seen.explanation_id)
        line, explanation = await _lock(conn, actor, of)
        undo = await queries.lock_undo(conn, undo_id)
        if proposals.is_repeat(actor, undo, ExplanationUndoState.APPROVED):
            return undo
        await explanations.require_one_side(conn, actor, line, explanation)
        to = proposals.decided(undo, "approve", expected_version)
        await reversing.require_undoable(conn, actor, line, explanation)
        today = await clock.today(conn)
        approved = await queries.decide(conn, actor, undo, to=to, on=today)
        await reversing.reverse(conn, actor, line, explanation, today)
        await _record(conn, actor, "stripe_explanation_undo.approved", approved, "approve")
    return approved


async def reject_undo(
    conn: Connection,
    actor: Actor,
    undo_id: UUID,
    note: str,
    *,
    expected_version: int | None = None,
) -> ExplanationUndo:
    """A leader, another person, lets the explanation stand and says why."""
    async with db.act(conn, actor):
        seen = await _seen_to_decide(conn, actor, undo_id)
        of = await explained.find_explanation(conn, actor, seen.explanation_id)
        line = await lines.find_line(conn, actor, of.stripe_line_id)
        undo = await queries.lock_undo(conn, undo_id)
        if proposals.is_repeat(actor, undo, ExplanationUndoState.REJECTED):
            return undo
        await explanations.require_one_side(conn, actor, line, of)
        to = proposals.decided(undo, "reject", expected_version)
        rejected = await queries.decide(conn, actor, undo, to=to, note=note)
        await _record(conn, actor, "stripe_explanation_undo.rejected", rejected, "reject")
    return rejected


async def withdraw_undo(
    conn: Connection, actor: Actor, undo_id: UUID, *, expected_version: int | None = None
) -> ExplanationUndo:
    """Who proposed it takes it back before it is decided; the explanation stands.

    Raises NotFound to a stranger, OnlyProposerWithdraws, WrongMove.
    """
    async with db.act(conn, actor):
        seen = await queries.find_undo(conn, actor, undo_id)
        is_finance = model.may_propose(actor, seen.books_unit_id)
        is_his = seen.proposed_by == actor.person_id
        require(is_finance and is_his, model.OnlyProposerWithdraws)
        undo = await queries.lock_undo(conn, undo_id)
        if undo.state == ExplanationUndoState.WITHDRAWN:
            return undo
        to = proposals.decided(undo, "withdraw", expected_version)
        withdrawn = await queries.set_withdrawn(conn, undo, to=to)
        await _record(conn, actor, "stripe_explanation_undo.withdrawn", withdrawn, "withdraw")
    return withdrawn


async def _seen_to_decide(conn: Connection, actor: Actor, undo_id: UUID) -> ExplanationUndo:
    seen = await queries.find_undo(conn, actor, undo_id)
    require(model.may_decide(actor, seen.books_unit_id), model.UndoNeedsLeader)
    proposals.require_other(actor, seen, model.OwnUndo)
    return seen


async def _record(
    conn: Connection, actor: Actor, name: str, decided: ExplanationUndo, move: str
) -> None:
    await events.record(
        conn,
        actor,
        name,
        about=decided,
        move=(move, ExplanationUndoState.PROPOSED),
        changed={"undone_on": decided.undone_on},
    )


async def find_undo(conn: Connection, actor: Actor, undo_id: UUID) -> ExplanationUndo:
    """NotFound to a stranger, NotAReader to a member without a reading role."""
    async with db.look(conn, actor):
        undo = await queries.find_undo(conn, actor, undo_id)
        require(may_read(actor), NotAReader)
    return undo


async def list_undos(
    conn: Connection,
    actor: Actor,
    *,
    state: ExplanationUndoState | None,
    explanation_id: UUID | None,
    after: UUID | None,
    limit: int,
) -> list[ExplanationUndo]:
    require(may_read(actor), NotAReader)
    return await queries.undos(
        conn, actor, state=state, explanation_id=explanation_id, after=after, limit=limit
    )
