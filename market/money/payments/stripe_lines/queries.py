"""The SQL of Stripe lines, chargebacks, payouts and bookmarks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.money.payments.online.model import OnlinePayment
from market.money.payments.stripe_lines.model import (
    Balance,
    Chargeback,
    ChargebackState,
    Disputed,
    Payout,
    PayoutState,
    StripeLine,
)


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


async def began_on(conn: Connection, books_unit_id: UUID) -> date | None:
    """When the unit's books began with an opening balance; what came before is inside it."""
    day: date | None = await conn.fetchval(
        "SELECT as_of FROM beginning_of_books WHERE books = $1", books_unit_id
    )
    return day


async def share_beginning(conn: Connection, books_unit_id: UUID) -> date | None:
    """As ``began_on``; nobody decides over a balance that is prepared until the caller is done."""
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
                booked_on, available_on)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                $18)
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


async def charge_of(conn: Connection, payment_id: UUID) -> StripeLine | None:
    """The line by which the payment's money came."""
    record = await conn.fetchrow(
        f"""SELECT {columns(StripeLine)} FROM stripe_line
            WHERE online_payment_id = $1 AND category = 'charge' ORDER BY moved_at LIMIT 1""",
        payment_id,
    )
    return StripeLine(*record) if record else None


async def is_set_aside(conn: Connection, books_unit_id: UUID, charge_id: str) -> bool:
    """Whether the line by which a charge came could not be booked as one."""
    aside: bool = await conn.fetchval(
        """SELECT EXISTS (SELECT FROM stripe_line
                          WHERE books_unit_id = $1 AND source_id = $2 AND category = 'charge'
                            AND online_payment_id IS NULL)""",
        books_unit_id,
        charge_id,
    )
    return aside


async def closed_of(conn: Connection, payment_id: UUID, *, before: UUID | None) -> int:
    """What of a payment was taken or given back for good, in the payer's currency.

    ``before``: not counting this line.
    """
    closed: int = await conn.fetchval(
        """SELECT (SELECT coalesce(sum(amount_minor - returned_minor), 0) FROM chargeback
                   WHERE online_payment_id = $1 AND state IN ('lost', 'reinstated'))::bigint
                  - (SELECT coalesce(sum(paid_minor), 0) FROM stripe_line
                     WHERE online_payment_id = $1 AND refund_id IS NOT NULL
                       AND id IS DISTINCT FROM $2)::bigint""",
        payment_id,
        before,
    )
    return closed


async def lock_chargeback(
    conn: Connection, books_unit_id: UUID, dispute_id: str
) -> Chargeback | None:
    record = await conn.fetchrow(
        f"""SELECT {columns(Chargeback)} FROM chargeback
            WHERE books_unit_id = $1 AND dispute_id = $2 FOR NO KEY UPDATE""",
        books_unit_id,
        dispute_id,
    )
    return Chargeback(*record) if record else None


async def wait_turn(conn: Connection, dispute_id: str) -> None:
    """Of two lines of one chargeback, none of which is a row yet, one is booked at a time."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtext('chargeback.' || $1))", dispute_id)


async def is_taken(conn: Connection, books_unit_id: UUID, dispute_id: str) -> bool:
    """Whether a line is booked by which the money of a chargeback left the balance."""
    taken: bool = await conn.fetchval(
        """SELECT EXISTS (SELECT FROM stripe_line WHERE books_unit_id = $1 AND source_id = $2
                              AND category = 'dispute')""",
        books_unit_id,
        dispute_id,
    )
    return taken


async def insert_chargeback(
    conn: Connection,
    books_unit_id: UUID,
    told: Disputed,
    payment: OnlinePayment | None,
    line: StripeLine,
) -> Chargeback | None:
    """None where it is there."""
    record = await conn.fetchrow(
        f"""INSERT INTO chargeback (books_unit_id, dispute_id, online_payment_id, amount_minor,
                currency, held_minor, held_currency, reason, state, opened_on, evidence_due_at,
                submissions)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'opened', $9, $10, $11)
            ON CONFLICT DO NOTHING RETURNING {columns(Chargeback)}""",
        books_unit_id,
        told.id,
        payment.id if payment else None,
        told.amount_minor,
        told.currency,
        abs(line.amount_minor),
        line.currency,
        told.reason,
        line.booked_on,
        told.evidence_due_at,
        told.submissions,
    )
    return Chargeback(*record) if record else None


async def decide_chargeback(
    conn: Connection,
    chargeback: Chargeback,
    to: ChargebackState,
    on: date,
    *,
    short_minor: int = 0,
    returned_minor: int = 0,
) -> Chargeback:
    """``returned_minor`` came back on top of what did before."""
    record = await conn.fetchrow(
        f"""UPDATE chargeback SET state = $2, decided_on = $3, short_minor = short_minor + $4,
                returned_minor = returned_minor + $5, version = version + 1
            WHERE id = $1 RETURNING {columns(Chargeback)}""",
        chargeback.id,
        to,
        on,
        short_minor,
        returned_minor,
    )
    return one(Chargeback, record)


async def keep_told(conn: Connection, chargeback: Chargeback, told: Disputed) -> Chargeback | None:
    """What Stripe says of its evidence; None where that is known. The count only rises."""
    record = await conn.fetchrow(
        f"""UPDATE chargeback SET evidence_due_at = coalesce($2, evidence_due_at),
                submissions = greatest(submissions, $3), version = version + 1
            WHERE id = $1 AND (submissions < $3
                               OR coalesce($2, evidence_due_at) IS DISTINCT FROM evidence_due_at)
            RETURNING {columns(Chargeback)}""",
        chargeback.id,
        told.evidence_due_at,
        told.submissions,
    )
    return Chargeback(*record) if record else None


async def opened_chargebacks(conn: Connection, books_unit_id: UUID) -> list[str]:
    """Stripe's ids of those that are undecided."""
    records = await conn.fetch(
        """SELECT dispute_id FROM chargeback WHERE books_unit_id = $1 AND state = 'opened'
           ORDER BY id LIMIT 200""",
        books_unit_id,
    )
    return [dispute_id for (dispute_id,) in records]


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
