"""The SQL of online payments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.money.invoicing.model import Invoice
from market.money.payments.online.model import OnlinePayment, Part, PaymentState, Way

SEEN: Final = """($2::uuid[] IS NULL OR books_unit_id = ANY($2) OR buyer_id = ANY($2))"""


async def insert_payment(
    conn: Connection, actor: Actor, owed: Sequence[Invoice], way: Way
) -> OnlinePayment:
    record = await conn.fetchrow(
        f"""INSERT INTO online_payment (books_unit_id, buyer_id, way, currency, amount_minor, state,
                started_by)
            VALUES ($1, $2, $3, $4, $5, 'created', $6) RETURNING {columns(OnlinePayment)}""",
        owed[0].books_unit_id,
        owed[0].buyer_id,
        way,
        owed[0].currency,
        sum(invoice.open_minor for invoice in owed),
        actor.person_id,
    )
    return one(OnlinePayment, record)


async def insert_parts(conn: Connection, payment_id: UUID, owed: Sequence[Invoice]) -> list[Part]:
    """Those of invoices that no other attempt lives for (online_payment_part_live)."""
    records = await conn.fetch(
        f"""INSERT INTO online_payment_part (online_payment_id, position, invoice_id, amount_minor)
            SELECT $1, p.position, p.invoice_id, p.amount_minor
            FROM unnest($2::uuid[], $3::bigint[]) WITH ORDINALITY
                AS p (invoice_id, amount_minor, position)
            ORDER BY p.invoice_id ON CONFLICT DO NOTHING RETURNING {columns(Part)}""",
        payment_id,
        [invoice.id for invoice in owed],
        [invoice.open_minor for invoice in owed],
    )
    return sorted((Part(*record) for record in records), key=lambda part: part.position)


async def live_payments(
    conn: Connection, owed: Sequence[Invoice], *, besides: UUID
) -> list[tuple[str, str]]:
    """Which of the invoices another attempt lives for, and its id."""
    records = await conn.fetch(
        """SELECT i.number, p.online_payment_id::text
           FROM online_payment_part p JOIN invoice i ON i.id = p.invoice_id
           WHERE p.invoice_id = ANY($1::uuid[]) AND p.is_live AND p.online_payment_id <> $2
           ORDER BY i.number""",
        [invoice.id for invoice in owed],
        besides,
    )
    return [(number, payment_id) for number, payment_id in records]


async def parts_of(conn: Connection, payment_id: UUID) -> list[Part]:
    records = await conn.fetch(
        f"""SELECT {columns(Part)} FROM online_payment_part
            WHERE online_payment_id = $1 ORDER BY position""",
        payment_id,
    )
    return [Part(*record) for record in records]


async def end_parts(conn: Connection, payment_id: UUID) -> None:
    """Its invoices may be paid by another attempt from now on."""
    await conn.execute(
        """UPDATE online_payment_part SET is_live = false
           WHERE online_payment_id = $1 AND is_live""",
        payment_id,
    )


async def find_payment(conn: Connection, actor: Actor, payment_id: UUID) -> OnlinePayment:
    record = await conn.fetchrow(
        f"SELECT {columns(OnlinePayment)} FROM online_payment WHERE id = $1 AND {SEEN}",
        payment_id,
        actor.visible,
    )
    return one(OnlinePayment, record)


async def lock_payment(conn: Connection, payment_id: UUID) -> OnlinePayment:
    """After its invoices were locked, where those are, and it was found visible."""
    record = await conn.fetchrow(
        f"""SELECT {columns(OnlinePayment)} FROM online_payment
            WHERE id = $1 FOR NO KEY UPDATE""",
        payment_id,
    )
    return one(OnlinePayment, record)


async def payments_of(conn: Connection, actor: Actor, invoice_id: UUID) -> list[OnlinePayment]:
    """All attempts on an invoice, the newest first."""
    records = await conn.fetch(
        f"""SELECT {columns(OnlinePayment)} FROM online_payment
            WHERE id IN (SELECT online_payment_id FROM online_payment_part WHERE invoice_id = $1)
              AND {SEEN} ORDER BY id DESC LIMIT 100""",
        invoice_id,
        actor.visible,
    )
    return [OnlinePayment(*record) for record in records]


async def find_by_intent(
    conn: Connection, books_unit_id: UUID, *, intent_id: str | None, charge_id: str | None
) -> OnlinePayment | None:
    """The payment that Stripe's object belongs to; None for what is not ours."""
    record = await conn.fetchrow(
        f"""SELECT {columns(OnlinePayment)} FROM online_payment
            WHERE books_unit_id = $1 AND (intent_id = $2 OR charge_id = $3)
            ORDER BY id LIMIT 1""",
        books_unit_id,
        intent_id,
        charge_id,
    )
    return OnlinePayment(*record) if record else None


async def find_by_id(
    conn: Connection, books_unit_id: UUID, payment_id: UUID
) -> OnlinePayment | None:
    """The payment that Stripe's metadata names."""
    record = await conn.fetchrow(
        f"""SELECT {columns(OnlinePayment)} FROM online_payment
            WHERE books_unit_id = $1 AND id = $2""",
        books_unit_id,
        payment_id,
    )
    return OnlinePayment(*record) if record else None


async def numbers_of(conn: Connection, payment_id: UUID) -> list[str]:
    """The invoices that it pays, by their numbers."""
    records = await conn.fetch(
        """SELECT i.number FROM online_payment_part p JOIN invoice i ON i.id = p.invoice_id
           WHERE p.online_payment_id = $1 ORDER BY p.position""",
        payment_id,
    )
    return [number for (number,) in records]


async def due(
    conn: Connection, books_unit_id: UUID, states: Sequence[PaymentState], limit: int
) -> list[UUID]:
    """Attempts in these states whose turn it is, the longest waiting first."""
    records = await conn.fetch(
        """SELECT id FROM online_payment
           WHERE state IN ('created', 'processing', 'unknown') AND state = ANY($2::text[])
             AND books_unit_id = $1 AND next_try_at <= market_now()
           ORDER BY next_try_at LIMIT $3""",
        books_unit_id,
        list(states),
        limit,
    )
    return [payment_id for (payment_id,) in records]


async def note_call(conn: Connection, payment_id: UUID, *, again_in: timedelta) -> OnlinePayment:
    """That Stripe is asked now; without an answer it is another's turn after ``again_in``."""
    record = await conn.fetchrow(
        f"""UPDATE online_payment SET called_at = coalesce(called_at, market_now()),
                tries = tries + 1, next_try_at = market_now() + $2
            WHERE id = $1 RETURNING {columns(OnlinePayment)}""",
        payment_id,
        again_in,
    )
    return one(OnlinePayment, record)


async def look_again(conn: Connection, payment_id: UUID, *, again_in: timedelta) -> None:
    await conn.execute(
        "UPDATE online_payment SET next_try_at = market_now() + $2 WHERE id = $1",
        payment_id,
        again_in,
    )


async def ask_to_cancel(conn: Connection, actor: Actor, payment_id: UUID) -> OnlinePayment:
    record = await conn.fetchrow(
        f"""UPDATE online_payment SET cancel_asked_by = $2, next_try_at = market_now(),
                version = version + 1
            WHERE id = $1 RETURNING {columns(OnlinePayment)}""",
        payment_id,
        actor.person_id,
    )
    return one(OnlinePayment, record)


async def keep(conn: Connection, payment: OnlinePayment, *, again_in: timedelta) -> OnlinePayment:
    """What Stripe said of it; a payment that is over shows nobody where to pay."""
    record = await conn.fetchrow(
        f"""UPDATE online_payment SET state = $2, checkout_id = $3, intent_id = $4, charge_id = $5,
                pay_url = $6, client_secret = $7, decline_code = $8, version = version + 1,
                next_try_at = market_now() + $9
            WHERE id = $1 RETURNING {columns(OnlinePayment)}""",
        payment.id,
        payment.state,
        payment.checkout_id,
        payment.intent_id,
        payment.charge_id,
        None if payment.is_over else payment.pay_url,
        None if payment.is_over else payment.client_secret,
        payment.decline_code,
        again_in,
    )
    return one(OnlinePayment, record)


async def found_by_stripe_ids(
    conn: Connection, books_unit_id: UUID, names: Sequence[str]
) -> list[UUID]:
    """The payments under way that one of Stripe's ids belongs to."""
    records = await conn.fetch(
        """SELECT id FROM online_payment
           WHERE books_unit_id = $1 AND state IN ('processing', 'unknown')
             AND (checkout_id = ANY($2::text[]) OR intent_id = ANY($2::text[])
                  OR charge_id = ANY($2::text[]))
           ORDER BY id""",
        books_unit_id,
        names,
    )
    return [payment_id for (payment_id,) in records]


async def payment_amiss(conn: Connection, invoice_id: UUID) -> UUID | None:
    """The attempt under way on the invoice, if it asks for anything but what is open of it."""
    found: UUID | None = await conn.fetchval(
        """SELECT p.online_payment_id FROM online_payment_part p
           JOIN invoice i ON i.id = p.invoice_id
           WHERE p.invoice_id = $1 AND p.is_live
             AND NOT (i.state IN ('open', 'part_paid')
                      AND p.amount_minor = i.amount_minor - i.paid_minor - i.offset_minor)""",
        invoice_id,
    )
    return found
