"""The SQL of fapiao."""

from __future__ import annotations

from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.money.invoicing.fapiao.model import (
    Delivery,
    Fapiao,
    FapiaoRequest,
    FapiaoState,
    IssuedFapiao,
)


async def live_fapiao_of(conn: Connection, invoice_id: UUID) -> Fapiao | None:
    record = await conn.fetchrow(
        f"""SELECT {columns(Fapiao)} FROM fapiao
            WHERE invoice_id = $1 AND state NOT IN ('withdrawn', 'reversed')""",
        invoice_id,
    )
    return Fapiao(*record) if record else None


async def find_fapiao(conn: Connection, actor: Actor, fapiao_id: UUID) -> Fapiao:
    record = await conn.fetchrow(
        f"""SELECT {columns(Fapiao, "f")}
            FROM fapiao f JOIN invoice i ON i.id = f.invoice_id
            WHERE f.id = $1 AND ($2::uuid[] IS NULL OR i.buyer_id = ANY($2)
                OR i.provider_unit_id = ANY($2) OR i.books_unit_id = ANY($2))""",
        fapiao_id,
        actor.visible,
    )
    return one(Fapiao, record)


async def lock_fapiao(conn: Connection, fapiao_id: UUID) -> Fapiao:
    """After its invoice was locked, which decides who sees it."""
    record = await conn.fetchrow(
        f"SELECT {columns(Fapiao)} FROM fapiao WHERE id = $1 FOR NO KEY UPDATE", fapiao_id
    )
    return one(Fapiao, record)


async def insert_request(
    conn: Connection, actor: Actor, invoice_id: UUID, wanted: FapiaoRequest
) -> Fapiao:
    record = await conn.fetchrow(
        f"""INSERT INTO fapiao (invoice_id, type, title, uscc, address, phone, bank_name,
                bank_account, state, requested_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'requested', $9)
            RETURNING {columns(Fapiao)}""",
        invoice_id,
        wanted.type,
        wanted.title,
        wanted.uscc,
        wanted.address,
        wanted.phone,
        wanted.bank_name,
        wanted.bank_account,
        actor.person_id,
    )
    return one(Fapiao, record)


async def set_withdrawn(conn: Connection, fapiao: Fapiao) -> Fapiao:
    record = await conn.fetchrow(
        f"""UPDATE fapiao SET state = 'withdrawn', version = version + 1
            WHERE id = $1 RETURNING {columns(Fapiao)}""",
        fapiao.id,
    )
    return one(Fapiao, record)


async def set_issued(
    conn: Connection, actor: Actor, fapiao: Fapiao, issued: IssuedFapiao
) -> Fapiao:
    record = await conn.fetchrow(
        f"""UPDATE fapiao SET state = 'issued', number = $2, issued_on = $3, file_id = $4,
                issued_by = $5, version = version + 1
            WHERE id = $1 RETURNING {columns(Fapiao)}""",
        fapiao.id,
        issued.number,
        issued.issued_on,
        issued.file_id,
        actor.person_id,
    )
    return one(Fapiao, record)


async def set_delivered(
    conn: Connection, actor: Actor, fapiao: Fapiao, delivery: Delivery
) -> Fapiao:
    record = await conn.fetchrow(
        f"""UPDATE fapiao SET state = 'delivered', delivered_on = $2, delivered_by = $3,
                version = version + 1
            WHERE id = $1 RETURNING {columns(Fapiao)}""",
        fapiao.id,
        delivery.delivered_on,
        actor.person_id,
    )
    return one(Fapiao, record)


async def set_state(conn: Connection, fapiao: Fapiao, to: FapiaoState) -> Fapiao:
    """What a red fapiao makes of it."""
    record = await conn.fetchrow(
        f"""UPDATE fapiao SET state = $2, version = version + 1
            WHERE id = $1 RETURNING {columns(Fapiao)}""",
        fapiao.id,
        to,
    )
    return one(Fapiao, record)


async def fapiao_listed(
    conn: Connection,
    actor: Actor,
    *,
    state: FapiaoState | None = None,
    invoice_id: UUID | None = None,
    after: UUID | None = None,
    limit: int = 20,
) -> list[Fapiao]:
    """The newest first: finance's work list when asked for state requested."""
    records = await conn.fetch(
        f"""SELECT {columns(Fapiao, "f")}
            FROM fapiao f JOIN invoice i ON i.id = f.invoice_id
            WHERE ($1::uuid[] IS NULL OR i.buyer_id = ANY($1) OR i.provider_unit_id = ANY($1)
                OR i.books_unit_id = ANY($1))
              AND ($2::text IS NULL OR f.state = $2)
              AND ($3::uuid IS NULL OR f.invoice_id = $3)
              AND ($4::uuid IS NULL OR f.id < $4)
            ORDER BY f.id DESC LIMIT $5""",
        actor.visible,
        state,
        invoice_id,
        after,
        limit,
    )
    return [Fapiao(*record) for record in records]
