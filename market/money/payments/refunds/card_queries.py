"""The SQL of refunds to a charge: what can still go back, whose turn it is, what Stripe said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import msgspec

from market.base.db import Connection, columns, one
from market.money.payments.refunds.model import LIVE, Refund, RefundState


class Charge(msgspec.Struct, frozen=True):
    """What a payment brought, and what of it went back or is promised, in its currency.

    ``captured_minor`` is None until its money is booked. ``charged_back_minor`` is what chargebacks
    ask back, or took and did not give back. ``unexplained_minor`` is what nobody has explained of
    ``elsewhere_minor``.
    """

    captured_minor: int | None
    refunded_minor: int
    elsewhere_minor: int
    unexplained_minor: int
    charged_back_minor: int
    is_disputed: bool

    @property
    def left_minor(self) -> int:
        """What can still go back; below zero where a chargeback took more than was left."""
        captured = self.captured_minor or 0
        return captured - self.refunded_minor - self.elsewhere_minor - self.charged_back_minor


async def charge_of(conn: Connection, payment_id: UUID) -> Charge:
    """Of a locked payment. ``elsewhere`` is what was refunded past the market, as the lines say.

    Of a line that could not be booked for a refund of ours, what moved beyond that.
    """
    record = await conn.fetchrow(
        """SELECT (SELECT coalesce(paid_minor, amount_minor) FROM stripe_line
                   WHERE online_payment_id = $1 AND category = 'charge'
                   ORDER BY moved_at LIMIT 1),
                  (SELECT coalesce(sum(amount_minor), 0)::bigint FROM refund
                   WHERE online_payment_id = $1 AND state = ANY ($2)),
                  e.amount, e.unexplained,
                  (SELECT coalesce(sum(amount_minor - returned_minor), 0)::bigint FROM chargeback
                   WHERE online_payment_id = $1 AND state <> 'won'),
                  EXISTS (SELECT FROM chargeback
                          WHERE online_payment_id = $1 AND state = 'opened')
           FROM (SELECT coalesce(sum(m.amount), 0)::bigint AS amount,
                        coalesce(sum(m.amount) FILTER (WHERE m.explanation_id IS NULL), 0)::bigint
                            AS unexplained
                 FROM (SELECT l.explanation_id, CASE WHEN f.id IS NULL
                           THEN -coalesce(l.paid_minor, l.amount_minor)
                           ELSE greatest(-coalesce(l.paid_minor, l.amount_minor)
                                         - f.amount_minor, 0) END AS amount
                       FROM stripe_line l
                       LEFT JOIN refund f ON (f.books_unit_id, f.stripe_refund_id)
                           = (l.books_unit_id, l.source_id) AND f.state IN ('sent', 'paid')
                       WHERE l.online_payment_id = $1 AND l.refund_id IS NULL
                         AND takes_a_charge_back(l.category)) AS m) AS e""",
        payment_id,
        list(LIVE),
    )
    return one(Charge, record)


async def lock(conn: Connection, refund_id: UUID) -> Refund:
    """For the system; after its payment, where that is locked."""
    record = await conn.fetchrow(
        f"SELECT {columns(Refund)} FROM refund WHERE id = $1 FOR NO KEY UPDATE", refund_id
    )
    return one(Refund, record)


async def find_told(
    conn: Connection, books_unit_id: UUID, *, refund_id: UUID | None, stripe_refund_id: str
) -> UUID | None:
    """The refund that Stripe's object is: by its own id, else by the id that our call wrote."""
    found: UUID | None = await conn.fetchval(
        """SELECT id FROM refund
           WHERE books_unit_id = $1 AND method = 'stripe'
             AND (stripe_refund_id = $2 OR id = $3)
           ORDER BY stripe_refund_id = $2 DESC NULLS LAST LIMIT 1""",
        books_unit_id,
        stripe_refund_id,
        refund_id,
    )
    return found


async def known_to_stripe_as(
    conn: Connection, books_unit_id: UUID, names: Sequence[str]
) -> list[UUID]:
    """The refunds that one of Stripe's ids belongs to; or their payment's, while they are open."""
    records = await conn.fetch(
        """SELECT r.id FROM refund r JOIN online_payment p ON p.id = r.online_payment_id
           WHERE r.books_unit_id = $1
             AND (r.stripe_refund_id = ANY ($2::text[])
                  OR r.state IN ('unknown', 'sent')
                     AND (p.charge_id = ANY ($2::text[]) OR p.intent_id = ANY ($2::text[])))
           ORDER BY r.id""",
        books_unit_id,
        names,
    )
    return [refund_id for (refund_id,) in records]


async def due(
    conn: Connection, books_unit_id: UUID, states: Sequence[RefundState], limit: int
) -> list[UUID]:
    """Refunds in these states whose turn it is, the longest waiting first."""
    records = await conn.fetch(
        """SELECT id FROM refund
           WHERE method = 'stripe' AND state IN ('approved', 'unknown', 'sent')
             AND state = ANY ($2::text[]) AND books_unit_id = $1 AND next_try_at <= market_now()
           ORDER BY next_try_at LIMIT $3""",
        books_unit_id,
        list(states),
        limit,
    )
    return [refund_id for (refund_id,) in records]


async def tries_of(conn: Connection, refund_id: UUID) -> int:
    tries: int = await conn.fetchval("SELECT tries FROM refund WHERE id = $1", refund_id)
    return tries


async def note_call(conn: Connection, refund_id: UUID, *, again_in: timedelta) -> Refund:
    """That Stripe is told now; without an answer it is another's turn after ``again_in``."""
    record = await conn.fetchrow(
        f"""UPDATE refund SET called_at = coalesce(called_at, market_now()), tries = tries + 1,
                next_try_at = market_now() + $2
            WHERE id = $1 RETURNING {columns(Refund)}""",
        refund_id,
        again_in,
    )
    return one(Refund, record)


async def look_again(conn: Connection, refund_id: UUID, *, again_in: timedelta) -> None:
    await conn.execute(
        "UPDATE refund SET next_try_at = market_now() + $2 WHERE id = $1", refund_id, again_in
    )


async def keep(conn: Connection, refund: Refund, *, again_in: timedelta) -> Refund:
    """What Stripe said of it, and where that leads."""
    record = await conn.fetchrow(
        f"""UPDATE refund SET state = $2, stripe_refund_id = $3, stripe_status = $4,
                failure_reason = $5, version = version + 1, next_try_at = market_now() + $6
            WHERE id = $1 RETURNING {columns(Refund)}""",
        refund.id,
        refund.state,
        refund.stripe_refund_id,
        refund.stripe_status,
        refund.failure_reason,
        again_in,
    )
    return one(Refund, record)


async def lines_of(conn: Connection, refund_id: UUID) -> tuple[bool, bool]:
    """Whether the line is booked by which its money left the balance, and that it came back by."""
    record = await conn.fetchrow(
        """SELECT coalesce(bool_or(amount_minor < 0), false),
                  coalesce(bool_or(amount_minor > 0), false)
           FROM stripe_line WHERE refund_id = $1""",
        refund_id,
    )
    assert record is not None, "an aggregate has a row"
    return record[0], record[1]
