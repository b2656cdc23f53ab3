"""The SQL of a line that was set aside, and of what explained it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.money.payments.stripe_balance.model import StripeLine


async def find_line(conn: Connection, actor: Actor, line_id: UUID) -> StripeLine:
    record = await conn.fetchrow(
        f"""SELECT {columns(StripeLine)} FROM stripe_line
            WHERE id = $1 AND ($2::uuid[] IS NULL OR books_unit_id = ANY($2))""",
        line_id,
        actor.visible,
    )
    return one(StripeLine, record)


async def find_lines(conn: Connection, line_ids: Sequence[UUID]) -> list[StripeLine]:
    """For who reads the books that they were found in."""
    records = await conn.fetch(
        f"SELECT {columns(StripeLine)} FROM stripe_line WHERE id = ANY ($1)", line_ids
    )
    return [StripeLine(*record) for record in records]


async def lock_line(conn: Connection, actor: Actor, line_id: UUID) -> StripeLine:
    record = await conn.fetchrow(
        f"""SELECT {columns(StripeLine)} FROM stripe_line
            WHERE id = $1 AND ($2::uuid[] IS NULL OR books_unit_id = ANY($2))
            FOR NO KEY UPDATE""",
        line_id,
        actor.visible,
    )
    return one(StripeLine, record)


async def explain_line(
    conn: Connection,
    line: StripeLine,
    explanation_id: UUID,
    *,
    payment_id: UUID | None,
    refund_id: UUID | None,
    paid_currency: str | None,
    paid_minor: int | None,
) -> StripeLine:
    """That it stands in suspense no longer, with what is known of it now."""
    record = await conn.fetchrow(
        f"""UPDATE stripe_line SET is_explained = true, explanation_id = $2,
                online_payment_id = $3, refund_id = $4, paid_currency = $5, paid_minor = $6,
                version = version + 1
            WHERE id = $1 RETURNING {columns(StripeLine)}""",
        line.id,
        explanation_id,
        payment_id,
        refund_id,
        paid_currency,
        paid_minor,
    )
    return one(StripeLine, record)
