"""The SQL of Stripe's events."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from market.base.db import Connection, columns
from market.money.payments.stripe_events.model import (
    KEPT_DAYS,
    EventTold,
    Reading,
    StripeEvent,
)


async def insert_event(
    conn: Connection, books_unit_id: UUID, told: EventTold, payload: str
) -> bool:
    """False where it came before."""
    status: str = await conn.execute(
        """INSERT INTO stripe_event (books_unit_id, event_id, name, object_id, payload)
           VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING""",
        books_unit_id,
        told.id,
        told.type,
        told.data.object.id,
        payload,
    )
    return status.endswith(" 1")


async def waiting(conn: Connection, books_unit_id: UUID, limit: int) -> list[StripeEvent]:
    """In the order in which they came."""
    records = await conn.fetch(
        f"""SELECT {columns(StripeEvent)} FROM stripe_event
            WHERE reading = 'waiting' AND books_unit_id = $1 ORDER BY received_at LIMIT $2""",
        books_unit_id,
        limit,
    )
    return [StripeEvent(*record) for record in records]


async def set_reading(conn: Connection, events: Sequence[StripeEvent], to: Reading) -> None:
    await conn.execute(
        """UPDATE stripe_event e SET reading = $3, read_at = clock_timestamp()
           FROM unnest($1::uuid[], $2::text[]) AS done (books_unit_id, event_id)
           WHERE e.books_unit_id = done.books_unit_id AND e.event_id = done.event_id""",
        [one.books_unit_id for one in events],
        [one.event_id for one in events],
        to,
    )


async def forget_old(conn: Connection) -> None:
    await conn.execute(
        f"""DELETE FROM stripe_event WHERE reading <> 'waiting'
            AND received_at < clock_timestamp() - interval '{KEPT_DAYS} days'"""
    )
