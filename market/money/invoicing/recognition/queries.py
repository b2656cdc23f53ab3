"""The SQL of recognitions."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.money.invoicing.recognition.model import Recognition, RecognitionGiven


class Holder(msgspec.Struct, frozen=True):
    """The contract that a recognition belongs to."""

    id: UUID
    state: str
    provider_unit_id: UUID
    books_unit_id: UUID
    effective_on: date | None


async def lock_contract(conn: Connection, actor: Actor, contract_id: UUID) -> Holder:
    record = await conn.fetchrow(
        f"""SELECT {columns(Holder)} FROM contract
            WHERE id = $1 AND ($2::uuid[] IS NULL OR buyer_id = ANY($2)
                OR provider_unit_id = ANY($2) OR books_unit_id = ANY($2))
            FOR NO KEY UPDATE""",
        contract_id,
        actor.visible,
    )
    return one(Holder, record)


async def recognition_of(conn: Connection, contract_id: UUID) -> Recognition | None:
    record = await conn.fetchrow(
        f"SELECT {columns(Recognition)} FROM recognition WHERE contract_id = $1", contract_id
    )
    return Recognition(*record) if record else None


async def find_recognition(conn: Connection, actor: Actor, contract_id: UUID) -> Recognition:
    record = await conn.fetchrow(
        f"""SELECT {columns(Recognition, "r")}
            FROM recognition r JOIN contract c ON c.id = r.contract_id
            WHERE c.id = $1 AND ($2::uuid[] IS NULL OR c.buyer_id = ANY($2)
                OR c.provider_unit_id = ANY($2) OR c.books_unit_id = ANY($2))""",
        contract_id,
        actor.visible,
    )
    return one(Recognition, record)


async def stands_under_invoices(conn: Connection, contract_id: UUID) -> bool:
    used: bool = await conn.fetchval(
        """SELECT EXISTS (SELECT FROM invoice
                          WHERE contract_id = $1 AND exempt AND state <> 'void')""",
        contract_id,
    )
    return used


async def insert_recognition(
    conn: Connection, actor: Actor, contract_id: UUID, given: RecognitionGiven
) -> Recognition:
    record = await conn.fetchrow(
        f"""INSERT INTO recognition (contract_id, number, recognised_on, file_id, recorded_by)
            VALUES ($1, $2, $3, $4, $5) RETURNING {columns(Recognition)}""",
        contract_id,
        given.number,
        given.recognised_on,
        given.file_id,
        actor.person_id,
    )
    return one(Recognition, record)


async def mend_recognition(
    conn: Connection, actor: Actor, recognition: Recognition, given: RecognitionGiven
) -> Recognition:
    record = await conn.fetchrow(
        f"""UPDATE recognition SET number = $2, recognised_on = $3, file_id = $4,
                recorded_by = $5, version = version + 1
            WHERE id = $1 RETURNING {columns(Recognition)}""",
        recognition.id,
        given.number,
        given.recognised_on,
        given.file_id,
        actor.person_id,
    )
    return one(Recognition, record)
