"""The SQL of undoing explanations."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.money.payments.stripe_balance.model import StripeLine
from market.money.payments.stripe_explanations.model import ExplanationState, LineExplanation
from market.money.payments.stripe_explanations.undoing.model import (
    ExplanationUndo,
    ExplanationUndoState,
)


async def waiting_of(conn: Connection, explanation_id: UUID) -> ExplanationUndo | None:
    record = await conn.fetchrow(
        f"""SELECT {columns(ExplanationUndo)} FROM stripe_explanation_undo
            WHERE explanation_id = $1 AND state = 'proposed'""",
        explanation_id,
    )
    return ExplanationUndo(*record) if record else None


async def told_payment_of(conn: Connection, explanation_id: UUID) -> UUID | None:
    """Whose charge its line was known to be of before it was explained."""
    payment_id: UUID | None = await conn.fetchval(
        "SELECT told_payment_id FROM stripe_explanation WHERE id = $1", explanation_id
    )
    return payment_id


async def find_undo(conn: Connection, actor: Actor, undo_id: UUID) -> ExplanationUndo:
    record = await conn.fetchrow(
        f"""SELECT {columns(ExplanationUndo)} FROM stripe_explanation_undo
            WHERE id = $1 AND ($2::uuid[] IS NULL OR books_unit_id = ANY($2))""",
        undo_id,
        actor.visible,
    )
    return one(ExplanationUndo, record)


async def lock_undo(conn: Connection, undo_id: UUID) -> ExplanationUndo:
    """After its explanation was locked, and it was found visible."""
    record = await conn.fetchrow(
        f"""SELECT {columns(ExplanationUndo)} FROM stripe_explanation_undo
            WHERE id = $1 FOR NO KEY UPDATE""",
        undo_id,
    )
    return one(ExplanationUndo, record)


async def insert_undo(
    conn: Connection, actor: Actor, explanation: LineExplanation, reason: str
) -> ExplanationUndo:
    record = await conn.fetchrow(
        f"""INSERT INTO stripe_explanation_undo (explanation_id, books_unit_id, amount_minor,
                currency, reason, state, proposed_by)
            VALUES ($1, $2, $3, $4, $5, 'proposed', $6) RETURNING {columns(ExplanationUndo)}""",
        explanation.id,
        explanation.books_unit_id,
        explanation.amount_minor,
        explanation.currency,
        reason,
        actor.person_id,
    )
    return one(ExplanationUndo, record)


async def decide(
    conn: Connection,
    actor: Actor,
    undo: ExplanationUndo,
    *,
    to: ExplanationUndoState,
    on: date | None = None,
    note: str | None = None,
) -> ExplanationUndo:
    record = await conn.fetchrow(
        f"""UPDATE stripe_explanation_undo SET state = $2, decided_by = $3,
                decided_at = market_now(), undone_on = $4, note = $5, version = version + 1
            WHERE id = $1 RETURNING {columns(ExplanationUndo)}""",
        undo.id,
        to,
        actor.person_id,
        on,
        note,
    )
    return one(ExplanationUndo, record)


async def set_withdrawn(
    conn: Connection, undo: ExplanationUndo, *, to: ExplanationUndoState
) -> ExplanationUndo:
    record = await conn.fetchrow(
        f"""UPDATE stripe_explanation_undo SET state = $2, version = version + 1
            WHERE id = $1 RETURNING {columns(ExplanationUndo)}""",
        undo.id,
        to,
    )
    return one(ExplanationUndo, record)


async def set_undone(
    conn: Connection, explanation: LineExplanation, *, to: ExplanationState
) -> LineExplanation:
    record = await conn.fetchrow(
        f"""UPDATE stripe_explanation SET state = $2, version = version + 1
            WHERE id = $1 RETURNING {columns(LineExplanation)}""",
        explanation.id,
        to,
    )
    return one(LineExplanation, record)


async def set_back(conn: Connection, line: StripeLine, payment_id: UUID | None) -> StripeLine:
    """It stands in suspense as before; ``payment_id``: whose charge it was known to be of then."""
    record = await conn.fetchrow(
        f"""UPDATE stripe_line SET is_explained = false, explanation_id = NULL,
                online_payment_id = $2, undone_explanations = undone_explanations + 1,
                version = version + 1
            WHERE id = $1 RETURNING {columns(StripeLine)}""",
        line.id,
        payment_id,
    )
    return one(StripeLine, record)


async def undos(
    conn: Connection,
    actor: Actor,
    *,
    state: ExplanationUndoState | None = None,
    explanation_id: UUID | None = None,
    after: UUID | None = None,
    limit: int = 20,
) -> list[ExplanationUndo]:
    """The newest first: the leader's work list when asked for state proposed."""
    records = await conn.fetch(
        f"""SELECT {columns(ExplanationUndo)} FROM stripe_explanation_undo
            WHERE ($1::uuid[] IS NULL OR books_unit_id = ANY($1))
              AND ($2::text IS NULL OR state = $2)
              AND ($3::uuid IS NULL OR explanation_id = $3)
              AND ($4::uuid IS NULL OR id < $4)
            ORDER BY id DESC LIMIT $5""",
        actor.visible,
        state,
        explanation_id,
        after,
        limit,
    )
    return [ExplanationUndo(*record) for record in records]
