"""The SQL of red fapiao."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.money.invoicing.fapiao.model import Fapiao, IssuedFapiao
from market.money.invoicing.red_fapiao.model import RedFapiao, RedState


async def insert_request(
    conn: Connection,
    fapiao: Fapiao,
    *,
    credit_note_id: UUID,
    amount_minor: int,
    vat_minor: int,
    currency: str,
) -> RedFapiao:
    record = await conn.fetchrow(
        f"""INSERT INTO red_fapiao (fapiao_id, credit_note_id, amount_minor, vat_minor, currency,
                state)
            VALUES ($1, $2, $3, $4, $5, 'requested') RETURNING {columns(RedFapiao)}""",
        fapiao.id,
        credit_note_id,
        amount_minor,
        vat_minor,
        currency,
    )
    return one(RedFapiao, record)


async def find_red(conn: Connection, actor: Actor, red_id: UUID) -> RedFapiao:
    record = await conn.fetchrow(
        f"""SELECT {columns(RedFapiao, "r")}
            FROM red_fapiao r JOIN fapiao f ON f.id = r.fapiao_id
            JOIN invoice i ON i.id = f.invoice_id
            WHERE r.id = $1 AND ($2::uuid[] IS NULL OR i.buyer_id = ANY($2)
                OR i.provider_unit_id = ANY($2) OR i.books_unit_id = ANY($2))""",
        red_id,
        actor.visible,
    )
    return one(RedFapiao, record)


async def lock_red(conn: Connection, red_id: UUID) -> RedFapiao:
    """After its invoice and fapiao were locked, and it was found visible."""
    record = await conn.fetchrow(
        f"SELECT {columns(RedFapiao)} FROM red_fapiao WHERE id = $1 FOR NO KEY UPDATE", red_id
    )
    return one(RedFapiao, record)


async def credited_on(conn: Connection, red: RedFapiao) -> date:
    """The day of its credit note."""
    day: date = await conn.fetchval(
        "SELECT issued_on FROM credit_note WHERE id = $1", red.credit_note_id
    )
    return day


async def set_issued(
    conn: Connection, actor: Actor, red: RedFapiao, to: RedState, issued: IssuedFapiao
) -> RedFapiao:
    record = await conn.fetchrow(
        f"""UPDATE red_fapiao SET state = $2, number = $3, issued_on = $4, file_id = $5,
                issued_by = $6, version = version + 1
            WHERE id = $1 RETURNING {columns(RedFapiao)}""",
        red.id,
        to,
        issued.number,
        issued.issued_on,
        issued.file_id,
        actor.person_id,
    )
    return one(RedFapiao, record)


async def count_waiting(conn: Connection, fapiao_id: UUID) -> int:
    """How many of a fapiao are still to be recorded."""
    count: int = await conn.fetchval(
        "SELECT count(*) FROM red_fapiao WHERE fapiao_id = $1 AND state = 'requested'", fapiao_id
    )
    return count


async def red_listed(
    conn: Connection,
    actor: Actor,
    *,
    state: RedState | None = None,
    fapiao_id: UUID | None = None,
    after: UUID | None = None,
    limit: int = 20,
) -> list[RedFapiao]:
    """The newest first: finance's work list when asked for state requested."""
    records = await conn.fetch(
        f"""SELECT {columns(RedFapiao, "r")}
            FROM red_fapiao r JOIN fapiao f ON f.id = r.fapiao_id
            JOIN invoice i ON i.id = f.invoice_id
            WHERE ($1::uuid[] IS NULL OR i.buyer_id = ANY($1) OR i.provider_unit_id = ANY($1)
                OR i.books_unit_id = ANY($1))
              AND ($2::text IS NULL OR r.state = $2)
              AND ($3::uuid IS NULL OR r.fapiao_id = $3)
              AND ($4::uuid IS NULL OR r.id < $4)
            ORDER BY r.id DESC LIMIT $5""",
        actor.visible,
        state,
        fapiao_id,
        after,
        limit,
    )
    return [RedFapiao(*record) for record in records]
