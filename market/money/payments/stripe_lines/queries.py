"""The SQL of Stripe lines, payouts and bookmarks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.money.payments.online.model import OnlinePayment
from market.money.payments.stripe_balance.model import Balance, StripeLine
from market.money.payments.stripe_lines.model import Payout, PayoutState


async def bookmark_of(conn: Connection, books_unit_id: UUID) -> datetime | None:
    """Up to when the unit's balance was read."""
    found: datetime | None = await conn.fetchval(
        "SELECT read_to FROM stripe_bookmark WHERE books_unit_id = $1", books_unit_id
    )
    return found


async def move_bookmark(conn: Connection, books_unit_id: UUID, read_to: datetime) -> None:
    """Forwards only: two who read at once end at the later place."""
    await conn.execute(
        """INSERT INTO stripe_bookmark AS b (books_unit_id, read_to, read_at)
           VALUES ($1, $2, market_now())
           ON CONFLICT (books_unit_id) DO UPDATE
           SET read_to = greatest(b.read_to, excluded.read_to), read_at = excluded.read_at""",
        books_unit_id,
        read_to,
    )


async def share_beginning(conn: Connection, books_unit_id: UUID) -> date | None:
    """The day that `began_on` tells.

    Nobody decides over a balance that is prepared until the caller is done.
    """
    record = await conn.fetchrow(
        """SELECT as_of, state FROM opening_balance
           WHERE id = (SELECT id FROM opening_of_books WHERE books = $1) FOR SHARE""",
        books_unit_id,
    )
    return record[0] if record and record[1] == "approved" else None


async def is_pull_due(
    conn: Connection, books_unit_id: UUID, *, every_seconds: int, when_awaited_seconds: int
) -> bool:
    """Whether it is time again; sooner where money of a payment or new refund is awaited."""
    due: bool = await conn.fetchval(
        """SELECT NOT EXISTS (SELECT FROM stripe_bookmark WHERE books_unit_id = $1
                              AND read_at > market_now() - make_interval(secs => $2))
               OR NOT EXISTS (SELECT FROM stripe_bookmark WHERE books_unit_id = $1
                              AND read_at > market_now() - make_interval(secs => $3))
                  AND (EXISTS (SELECT FROM online_payment p
                          JOIN online_payment_part t ON t.online_payment_id = p.id AND t.is_live
                          WHERE p.books_unit_id = $1 AND p.state = 'succeeded')
                      OR EXISTS (SELECT FROM refund r
                          WHERE r.books_unit_id = $1 AND r.method = 'stripe' AND r.state = 'sent'
                            AND r.stripe_status <> 'requires_action'
                            AND r.called_at > market_now() - interval '1 day' AND NOT EXISTS (
                                SELECT FROM stripe_line l WHERE l.refund_id = r.id)))""",
        books_unit_id,
        float(every_seconds),
        float(when_awaited_seconds),
    )
    return due


async def known_of(conn: Connection, books_unit_id: UUID, ids: Sequence[str]) -> set[str]:
    """Which of these balance transactions are booked."""
    records = await conn.fetch(
        """SELECT balance_transaction_id FROM stripe_line
           WHERE books_unit_id = $1 AND balance_transaction_id = ANY($2::text[])""",
        books_unit_id,
        ids,
    )
    return {known for (known,) in records}


async def insert_line(
    conn: Connection,
    books_unit_id: UUID,
    told: Balance,
    *,
    payment: OnlinePayment | None,
    refund_id: UUID | None,
    is_explained: bool,
    booked_on: date,
) -> StripeLine | None:
    """None where another reader has booked it meanwhile."""
    record = await conn.fetchrow(
        f"""INSERT INTO stripe_line (books_unit_id, balance_transaction_id, category, currency,
                amount_minor, fee_minor, net_minor, fees, source_id, description,
                online_payment_id, refund_id, paid_currency, paid_minor, is_explained, moved_at,
                booked_on, available_on, intent_id, charge_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                $18, $19, $20)
            ON CONFLICT DO NOTHING RETURNING {columns(StripeLine)}""",
        books_unit_id,
        told.id,
        told.category,
        told.currency,
        told.amount_minor,
        told.fee_minor,
        told.net_minor,
        told.fees,
        told.source_id,
        told.description,
        payment.id if payment else None,
        refund_id,
        told.paid_currency,
        told.paid_minor,
        is_explained,
        told.moved_at,
        booked_on,
        told.available_on,
        told.intent_id,
        told.charge_id or (told.dispute.charge_id if told.dispute else None),
    )
    return StripeLine(*record) if record else None


async def lines_of(
    conn: Connection,
    actor: Actor,
    books_unit_id: UUID,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[StripeLine]:
    """The newest first."""
    moved_at, line_id = after or (None, None)
    records = await conn.fetch(
        f"""SELECT {columns(StripeLine)} FROM stripe_line
            WHERE books_unit_id = $1 AND ($2::uuid[] IS NULL OR books_unit_id = ANY($2))
              AND ($3::timestamptz IS NULL OR (moved_at, id) < ($3, $4::uuid))
            ORDER BY moved_at DESC, id DESC LIMIT $5""",
        books_unit_id,
        actor.visible,
        moved_at,
        line_id,
        limit,
    )
    return [StripeLine(*record) for record in records]


async def insert_payout(
    conn: Connection, books_unit_id: UUID, told: Balance, sent_on: date
) -> Payout | None:
    record = await conn.fetchrow(
        f"""INSERT INTO payout (books_unit_id, payout_id, amount_minor, currency, state, sent_on,
                due_on)
            VALUES ($1, $2, $3, $4, 'sent', $5, $6)
            ON CONFLICT DO NOTHING RETURNING {columns(Payout)}""",
        books_unit_id,
        told.source_id,
        -told.amount_minor,
        told.currency,
        sent_on,
        told.due_on,
    )
    return Payout(*record) if record else None


async def lock_payout(conn: Connection, books_unit_id: UUID, payout_id: str) -> Payout | None:
    record = await conn.fetchrow(
        f"""SELECT {columns(Payout)} FROM payout
            WHERE books_unit_id = $1 AND payout_id = $2 FOR NO KEY UPDATE""",
        books_unit_id,
        payout_id,
    )
    return Payout(*record) if record else None


async def lock_visible_payout(conn: Connection, actor: Actor, payout_id: UUID) -> Payout | None:
    record = await conn.fetchrow(
        f"""SELECT {columns(Payout)} FROM payout
            WHERE id = $1 AND ($2::uuid[] IS NULL OR books_unit_id = ANY($2))
            FOR NO KEY UPDATE""",
        payout_id,
        actor.visible,
    )
    return Payout(*record) if record else None


async def fail_payout(conn: Connection, payout: Payout, to: PayoutState, on: date) -> Payout:
    record = await conn.fetchrow(
        f"""UPDATE payout SET state = $2, failed_on = $3, version = version + 1
            WHERE id = $1 RETURNING {columns(Payout)}""",
        payout.id,
        to,
        on,
    )
    return one(Payout, record)
