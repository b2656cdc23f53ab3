"""The SQL of chargebacks' write-offs."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.money.payments.chargebacks.model import Chargeback
from market.money.payments.chargebacks.write_offs.model import (
    ChargebackWriteOff,
    ChargebackWriteOffState,
)


async def waiting_of(conn: Connection, chargeback_id: UUID) -> ChargebackWriteOff | None:
    record = await conn.fetchrow(
        f"""SELECT {columns(ChargebackWriteOff)} FROM chargeback_write_off
            WHERE chargeback_id = $1 AND state = 'proposed'""",
        chargeback_id,
    )
    return ChargebackWriteOff(*record) if record else None


async def live_of(conn: Connection, chargeback_id: UUID) -> list[ChargebackWriteOff]:
    """The losses that stand of a locked chargeback."""
    records = await conn.fetch(
        f"""SELECT {columns(ChargebackWriteOff)} FROM chargeback_write_off
            WHERE chargeback_id = $1 AND state = 'approved' ORDER BY id""",
        chargeback_id,
    )
    return [ChargebackWriteOff(*record) for record in records]


async def find_write_off(conn: Connection, actor: Actor, write_off_id: UUID) -> ChargebackWriteOff:
    record = await conn.fetchrow(
        f"""SELECT {columns(ChargebackWriteOff)} FROM chargeback_write_off
            WHERE id = $1 AND ($2::uuid[] IS NULL OR books_unit_id = ANY($2))""",
        write_off_id,
        actor.visible,
    )
    return one(ChargebackWriteOff, record)


async def lock_write_off(conn: Connection, write_off_id: UUID) -> ChargebackWriteOff:
    """After its chargeback was locked, and it was found visible."""
    record = await conn.fetchrow(
        f"""SELECT {columns(ChargebackWriteOff)} FROM chargeback_write_off
            WHERE id = $1 FOR NO KEY UPDATE""",
        write_off_id,
    )
    return one(ChargebackWriteOff, record)


async def insert_proposal(
    conn: Connection, actor: Actor, chargeback: Chargeback, amount_minor: int, reason: str
) -> ChargebackWriteOff:
    record = await conn.fetchrow(
        f"""INSERT INTO chargeback_write_off (chargeback_id, books_unit_id, amount_minor, currency,
                reason, state, proposed_by)
            VALUES ($1, $2, $3, $4, $5, 'proposed', $6) RETURNING {columns(ChargebackWriteOff)}""",
        chargeback.id,
        chargeback.books_unit_id,
        amount_minor,
        chargeback.short_currency,
        reason,
        actor.person_id,
    )
    return one(ChargebackWriteOff, record)


async def decide(
    conn: Connection,
    actor: Actor,
    write_off: ChargebackWriteOff,
    *,
    to: ChargebackWriteOffState,
    on: date | None = None,
    note: str | None = None,
) -> ChargebackWriteOff:
    record = await conn.fetchrow(
        f"""UPDATE chargeback_write_off SET state = $2, decided_by = $3,
                decided_at = market_now(), written_off_on = $4, note = $5, version = version + 1
            WHERE id = $1 RETURNING {columns(ChargebackWriteOff)}""",
        write_off.id,
        to,
        actor.person_id,
        on,
        note,
    )
    return one(ChargebackWriteOff, record)


async def take_back(
    conn: Connection, write_off: ChargebackWriteOff, *, to: ChargebackWriteOffState, on: date
) -> ChargebackWriteOff:
    record = await conn.fetchrow(
        f"""UPDATE chargeback_write_off SET state = $2, recovered_on = $3, version = version + 1
            WHERE id = $1 RETURNING {columns(ChargebackWriteOff)}""",
        write_off.id,
        to,
        on,
    )
    return one(ChargebackWriteOff, record)


async def write_offs(
    conn: Connection,
    actor: Actor,
    *,
    state: ChargebackWriteOffState | None = None,
    chargeback_id: UUID | None = None,
    after: UUID | None = None,
    limit: int = 20,
) -> list[ChargebackWriteOff]:
    """The newest first: the leader's work list when asked for state proposed."""
    records = await conn.fetch(
        f"""SELECT {columns(ChargebackWriteOff)} FROM chargeback_write_off
            WHERE ($1::uuid[] IS NULL OR books_unit_id = ANY($1))
              AND ($2::text IS NULL OR state = $2)
              AND ($3::uuid IS NULL OR chargeback_id = $3)
              AND ($4::uuid IS NULL OR id < $4)
            ORDER BY id DESC LIMIT $5""",
        actor.visible,
        state,
        chargeback_id,
        after,
        limit,
    )
    return [ChargebackWriteOff(*record) for record in records]


async def has_charge_in_suspense(conn: Connection, chargeback: Chargeback) -> bool:
    """Whether the charge of one that is of no payment of ours is there, and nobody's yet."""
    has: bool = await conn.fetchval(
        """SELECT $3 AND EXISTS (
               SELECT FROM stripe_line d JOIN stripe_line l
                   ON (l.books_unit_id, l.source_id, l.category)
                      = (d.books_unit_id, d.charge_id, 'charge')
               WHERE (d.books_unit_id, d.source_id, d.category) = ($1, $2, 'dispute')
                 AND NOT l.is_explained)""",
        chargeback.books_unit_id,
        chargeback.dispute_id,
        chargeback.online_payment_id is None,
    )
    return has
