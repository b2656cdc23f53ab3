"""The SQL of what an explanation made owed again."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec

from market.base.db import Connection


class Taken(msgspec.Struct, frozen=True):
    """What was taken back of an invoice, since when it had been paid, and by which line."""

    invoice_id: UUID
    amount_minor: int
    received_on: date
    stripe_line_id: UUID


async def taken_by(conn: Connection, payment_id: UUID, cause: str) -> list[Taken]:
    """Of what a payment had paid; in the order in which it was taken, the other way round."""
    records = await conn.fetch(
        """SELECT r.invoice_id, -r.amount_minor, r.received_on, a.stripe_line_id
           FROM receipt r
           CROSS JOIN LATERAL (
               SELECT a.stripe_line_id
               FROM allocation a JOIN stripe_line l ON l.id = a.stripe_line_id
               WHERE a.invoice_id = r.invoice_id AND l.online_payment_id = $1
                 AND a.received_on = r.received_on AND a.taken_back_on IS NOT NULL
               ORDER BY a.id DESC LIMIT 1) AS a
           WHERE r.invoice_id IN (SELECT invoice_id FROM online_payment_part
                                  WHERE online_payment_id = $1)
             AND r.cause = $2 AND r.amount_minor < 0 ORDER BY r.id DESC""",
        payment_id,
        cause,
    )
    return [Taken(*record) for record in records]
