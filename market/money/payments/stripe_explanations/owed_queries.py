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
    """Of what a payment had paid.

    Receipts name no line, and a charge and what came back of it may be of one day: of those the
    last is taken from first, and none can have had more taken than it lacks of what it brought.
    """
    records = await conn.fetch(
        """WITH taken AS (
               SELECT invoice_id, received_on, -sum(amount_minor)::bigint AS amount FROM receipt
               WHERE invoice_id IN (SELECT invoice_id FROM online_payment_part
                                    WHERE online_payment_id = $1)
                 AND cause = $2 AND amount_minor < 0
               GROUP BY invoice_id, received_on),
           lacking AS (
               SELECT t.invoice_id, t.received_on, t.amount, l.id AS line_id, f.amount AS lacks,
                      sum(f.amount) OVER (PARTITION BY t.invoice_id, t.received_on
                                          ORDER BY l.id DESC)::bigint - f.amount AS before
               FROM taken t JOIN stripe_line l ON l.online_payment_id = $1
               CROSS JOIN LATERAL (
                   SELECT (array_agg(amount_minor ORDER BY id))[1]
                          - coalesce(sum(amount_minor) FILTER (WHERE taken_back_on IS NULL), 0)
                              ::bigint AS amount
                   FROM allocation
                   WHERE (stripe_line_id, invoice_id, received_on)
                         = (l.id, t.invoice_id, t.received_on)) AS f
               WHERE f.amount > 0)
           SELECT invoice_id, least(lacks, amount - before), received_on, line_id
           FROM lacking WHERE amount > before ORDER BY invoice_id, line_id DESC""",
        payment_id,
        cause,
    )
    return [Taken(*record) for record in records]
