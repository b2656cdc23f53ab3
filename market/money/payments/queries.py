"""The SQL of allocations and credit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.money.invoicing.model import Invoice
from market.money.payments.model import Allocation, Credit, CreditUse, NewAllocation, UseState


async def insert_allocations(conn: Connection, given: Sequence[NewAllocation]) -> None:
    await conn.execute(
        """INSERT INTO allocation (invoice_id, kind, amount_minor, currency, received_on, match_id,
               credit_use_id, stripe_line_id)
           SELECT a.invoice_id, a.kind, a.amount_minor, a.currency, a.received_on, a.match_id,
               a.credit_use_id, a.stripe_line_id
           FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::date[], $6::uuid[],
                   $7::uuid[], $8::uuid[])
               AS a (invoice_id, kind, amount_minor, currency, received_on, match_id,
                   credit_use_id, stripe_line_id)""",
        [one.invoice_id for one in given],
        [one.kind for one in given],
        [one.amount_minor for one in given],
        [one.currency for one in given],
        [one.received_on for one in given],
        [one.match_id for one in given],
        [one.credit_use_id for one in given],
        [one.stripe_line_id for one in given],
    )


async def charges_of(conn: Connection, invoice_ids: Sequence[UUID]) -> dict[UUID, int]:
    """What banks kept of the payments of these invoices, as far as it still counts."""
    records = await conn.fetch(
        """SELECT invoice_id, sum(amount_minor)::bigint FROM allocation
           WHERE invoice_id = ANY($1) AND kind = 'charge' AND taken_back_on IS NULL
           GROUP BY invoice_id""",
        invoice_ids,
    )
    return dict(tuple(record) for record in records)


async def take_back(
    conn: Connection, *, match_id: UUID | None, credit_use_id: UUID | None, on: date
) -> list[Allocation]:
    """What still counted of a match or a credit use, which it no longer does; by invoice."""
    records = await conn.fetch(
        f"""UPDATE allocation SET taken_back_on = $3
            WHERE (match_id = $1 OR credit_use_id = $2) AND taken_back_on IS NULL
            RETURNING {columns(Allocation)}""",
        match_id,
        credit_use_id,
        on,
    )
    taken = [Allocation(*record) for record in records]
    return sorted(taken, key=lambda one: (one.invoice_id, one.id))


async def live_of_payment(conn: Connection, payment_id: UUID) -> list[Allocation]:
    """What still counts of all lines of an online payment, the last first."""
    records = await conn.fetch(
        f"""SELECT {columns(Allocation, "a")}
            FROM allocation a JOIN stripe_line l ON l.id = a.stripe_line_id
            WHERE l.online_payment_id = $1 AND a.taken_back_on IS NULL ORDER BY a.id DESC""",
        payment_id,
    )
    return [Allocation(*record) for record in records]


async def last_taken_back(conn: Connection, invoice_ids: Sequence[UUID]) -> date | None:
    """When money was last taken back from any of these invoices: they are owed since then."""
    day: date | None = await conn.fetchval(
        "SELECT max(taken_back_on) FROM allocation WHERE invoice_id = ANY($1)", invoice_ids
    )
    return day


async def take_back_these(conn: Connection, ids: Sequence[UUID], on: date) -> None:
    await conn.execute("UPDATE allocation SET taken_back_on = $2 WHERE id = ANY($1)", ids, on)


async def allocations_of(conn: Connection, actor: Actor, invoice_id: UUID) -> list[Allocation]:
    """The oldest first, those taken back included."""
    records = await conn.fetch(
        f"""SELECT {columns(Allocation, "a")}
            FROM allocation a JOIN invoice i ON i.id = a.invoice_id
            WHERE a.invoice_id = $1 AND ($2::uuid[] IS NULL OR i.buyer_id = ANY($2)
                OR i.provider_unit_id = ANY($2) OR i.books_unit_id = ANY($2))
            ORDER BY a.id""",
        invoice_id,
        actor.visible,
    )
    return [Allocation(*record) for record in records]


async def find_allocation(conn: Connection, actor: Actor, allocation_id: UUID) -> Allocation:
    """Whoever sees the invoice sees what was applied to it."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Allocation, "a")}
            FROM allocation a JOIN invoice i ON i.id = a.invoice_id
            WHERE a.id = $1 AND ($2::uuid[] IS NULL OR i.buyer_id = ANY($2)
                OR i.provider_unit_id = ANY($2) OR i.books_unit_id = ANY($2))""",
        allocation_id,
        actor.visible,
    )
    return one(Allocation, record)


async def count_receipts_until(conn: Connection, allocation: Allocation) -> int:
    """Its place among the receipts of its invoice, which stays: none is ever deleted."""
    count: int = await conn.fetchval(
        """SELECT count(*) FROM allocation
           WHERE invoice_id = $1 AND kind <> 'charge' AND id <= $2""",
        allocation.invoice_id,
        allocation.id,
    )
    return count


async def insert_use(
    conn: Connection, actor: Actor, invoice: Invoice, amount_minor: int, on: date
) -> CreditUse:
    record = await conn.fetchrow(
        f"""INSERT INTO credit_use (books_unit_id, organisation_id, invoice_id, amount_minor,
                currency, used_on, state, used_by)
            VALUES ($1, $2, $3, $4, $5, $6, 'used', $7) RETURNING {columns(CreditUse)}""",
        invoice.books_unit_id,
        invoice.buyer_id,
        invoice.id,
        amount_minor,
        invoice.currency,
        on,
        actor.person_id,
    )
    return one(CreditUse, record)


async def find_use(conn: Connection, actor: Actor, use_id: UUID) -> CreditUse:
    """The buyer sees its own."""
    record = await conn.fetchrow(
        f"""SELECT {columns(CreditUse)} FROM credit_use
            WHERE id = $1 AND ($2::uuid[] IS NULL OR books_unit_id = ANY($2)
                OR organisation_id = ANY($2))""",
        use_id,
        actor.visible,
    )
    return one(CreditUse, record)


async def lock_use(conn: Connection, use_id: UUID) -> CreditUse:
    """After its invoice was locked, and it was found visible."""
    record = await conn.fetchrow(
        f"SELECT {columns(CreditUse)} FROM credit_use WHERE id = $1 FOR NO KEY UPDATE", use_id
    )
    return one(CreditUse, record)


async def undo_use(
    conn: Connection, actor: Actor, use: CreditUse, *, to: UseState, on: date, reason: str
) -> CreditUse:
    record = await conn.fetchrow(
        f"""UPDATE credit_use SET state = $2, undone_by = $3, undone_on = $4, undo_reason = $5,
                version = version + 1
            WHERE id = $1 RETURNING {columns(CreditUse)}""",
        use.id,
        to,
        actor.person_id,
        on,
        reason,
    )
    return one(CreditUse, record)


async def credits_of(
    conn: Connection,
    actor: Actor,
    books_unit_id: UUID,
    *,
    after: tuple[UUID, str] | None = None,
    limit: int = 20,
) -> list[Credit]:
    """Who has something left with the unit, by organisation and currency."""
    organisation_id, currency = after or (None, None)
    records = await conn.fetch(
        """SELECT o.id, o.name_zh, o.name_en, a.currency, b.balance_minor
           FROM account a
           JOIN controlled_balance b ON b.account_id = a.id
           JOIN organisation o ON o.id = a.subject
           WHERE a.books = $1 AND a.kind = 'customer_credit' AND b.balance_minor > 0
             AND ($2::uuid[] IS NULL OR a.books = ANY($2))
             AND ($3::uuid IS NULL OR (o.id, a.currency) > ($3, $4::text))
           ORDER BY o.id, a.currency LIMIT $5""",
        books_unit_id,
        actor.visible,
        organisation_id,
        currency,
        limit,
    )
    return [Credit(*record) for record in records]
