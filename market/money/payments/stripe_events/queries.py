"""The SQL of Stripe's events."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from market.base.db import Connection, columns
from market.money.payments.stripe_events.model import (
    KEPT_DAYS,
    Delivery,
    Reading,
    StripeEvent,
)


async def insert_events(conn: Connection, came: Sequence[Delivery]) -> dict[int, bool]:
    """Whether each was new, by its place; those to no unit of ours are missing.

    Written in the order of their keys, so that two groups that share some do not deadlock.
    """
    records = await conn.fetch(
        """WITH came AS (
               SELECT o.id AS books_unit_id, c.*
               FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
                   WITH ORDINALITY AS c (unit, event_id, name, object_id, payload, place)
               JOIN organisation o ON o.number_prefix = c.unit
           ), kept AS (
               INSERT INTO stripe_event (books_unit_id, event_id, name, object_id, payload)
               SELECT c.books_unit_id, c.event_id, c.name, c.object_id, c.payload
               FROM came c ORDER BY c.books_unit_id, c.event_id, c.place
               ON CONFLICT DO NOTHING RETURNING books_unit_id, event_id
           )
           SELECT c.place - 1, k.event_id IS NOT NULL AND c.place = min(c.place) OVER (
                      PARTITION BY c.books_unit_id, c.event_id)
           FROM came c
           LEFT JOIN kept k ON (k.books_unit_id, k.event_id) = (c.books_unit_id, c.event_id)""",
        [one.unit for one in came],
        [one.told.id for one in came],
        [one.told.type for one in came],
        [one.told.data.object.id for one in came],
        [one.payload for one in came],
    )
    return {place: is_new for place, is_new in records}  # noqa: C416  # records are no pairs


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
