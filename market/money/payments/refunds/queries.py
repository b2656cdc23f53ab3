"""The SQL of refunds and of the lists that they are sent by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.money.payments.refunds.model import Refund, RefundState, Wanted

SEEN: Final = """($1::uuid[] IS NULL OR r.books_unit_id = ANY ($1)
                 OR r.organisation_id = ANY ($1))"""


class TransferList(msgspec.Struct, frozen=True):
    """What the cashier sends in one go from one own account."""

    id: UUID
    books_unit_id: UUID
    bank_account_id: UUID
    currency: str
    refunds: int
    total_minor: int
    made_by: UUID
    created_at: datetime


async def payee_name(conn: Connection, organisation_id: UUID) -> str | None:
    name: str | None = await conn.fetchval(
        "SELECT name_zh FROM organisation WHERE id = $1", organisation_id
    )
    return name


async def next_number(conn: Connection, books_unit_id: UUID, year: int) -> tuple[str, int]:
    """The books unit's prefix, and the next number without gaps, locked until the act commits."""
    record = await conn.fetchrow(
        "SELECT number_prefix, next_number($2) FROM organisation WHERE id = $1",
        books_unit_id,
        f"refund:{books_unit_id}:{year}",
    )
    assert record is not None, "books are of an organisation"
    return record[0], record[1]


async def insert_refund(
    conn: Connection, actor: Actor, wanted: Wanted, *, number: str, serial: int, on: date
) -> Refund:
    record = await conn.fetchrow(
        f"""INSERT INTO refund (number, year, serial, books_unit_id, organisation_id, method,
                amount_minor, currency, payee_name, payee_bank, payee_account, online_payment_id,
                reason, intended_on, state, proposed_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'proposed', $15)
            RETURNING {columns(Refund)}""",
        number,
        on.year,
        serial,
        wanted.books_unit_id,
        wanted.organisation_id,
        wanted.method,
        wanted.amount_minor,
        wanted.currency,
        wanted.payee_name,
        wanted.payee_bank,
        wanted.payee_account,
        wanted.online_payment_id,
        wanted.reason,
        on,
        actor.person_id,
    )
    return one(Refund, record)


async def find_refund(conn: Connection, actor: Actor, refund_id: UUID) -> Refund:
    """The organisation sees its own."""
    record = await conn.fetchrow(
        f"SELECT {columns(Refund, 'r')} FROM refund r WHERE r.id = $2 AND {SEEN}",
        actor.visible,
        refund_id,
    )
    return one(Refund, record)


async def lock_refund(conn: Connection, actor: Actor, refund_id: UUID) -> Refund:
    """Before any bank line; NotFound to a stranger."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Refund, "r")} FROM refund r WHERE r.id = $2 AND {SEEN}
            FOR NO KEY UPDATE""",
        actor.visible,
        refund_id,
    )
    return one(Refund, record)


async def decide(
    conn: Connection,
    actor: Actor,
    refund: Refund,
    *,
    to: RefundState,
    ended_on: date | None = None,
    note: str | None = None,
) -> Refund:
    record = await conn.fetchrow(
        f"""UPDATE refund SET state = $2, decided_by = $3, decided_at = market_now(),
                ended_on = $4, note = $5, version = version + 1
            WHERE id = $1 RETURNING {columns(Refund)}""",
        refund.id,
        to,
        actor.person_id,
        ended_on,
        note,
    )
    return one(Refund, record)


async def set_withdrawn(conn: Connection, refund: Refund, *, to: RefundState, on: date) -> Refund:
    record = await conn.fetchrow(
        f"""UPDATE refund SET state = $2, ended_on = $3, version = version + 1
            WHERE id = $1 RETURNING {columns(Refund)}""",
        refund.id,
        to,
        on,
    )
    return one(Refund, record)


async def set_failed(
    conn: Connection, actor: Actor, refund: Refund, *, to: RefundState, on: date, note: str
) -> Refund:
    record = await conn.fetchrow(
        f"""UPDATE refund SET state = $2, failed_by = $3, ended_on = $4, note = $5,
                version = version + 1
            WHERE id = $1 RETURNING {columns(Refund)}""",
        refund.id,
        to,
        actor.person_id,
        on,
        note,
    )
    return one(Refund, record)


async def set_state(conn: Connection, refund: Refund, to: RefundState) -> Refund:
    record = await conn.fetchrow(
        f"""UPDATE refund SET state = $2, version = version + 1
            WHERE id = $1 RETURNING {columns(Refund)}""",
        refund.id,
        to,
    )
    return one(Refund, record)


async def refunds(
    conn: Connection,
    actor: Actor,
    *,
    state: RefundState | None = None,
    organisation_id: UUID | None = None,
    online_payment_id: UUID | None = None,
    after: UUID | None = None,
    limit: int = 20,
) -> list[Refund]:
    """The newest first: the leader's work list when asked for state proposed."""
    records = await conn.fetch(
        f"""SELECT {columns(Refund, "r")} FROM refund r
            WHERE {SEEN}
              AND ($2::text IS NULL OR r.state = $2)
              AND ($3::uuid IS NULL OR r.organisation_id = $3)
              AND ($4::uuid IS NULL OR r.online_payment_id = $4)
              AND ($5::uuid IS NULL OR r.id < $5)
            ORDER BY r.id DESC LIMIT $6""",
        actor.visible,
        state,
        organisation_id,
        online_payment_id,
        after,
        limit,
    )
    return [Refund(*record) for record in records]


async def lock_approved(conn: Connection, books_unit_id: UUID, currency: str) -> list[Refund]:
    """What may be sent by bank, the oldest first."""
    records = await conn.fetch(
        f"""SELECT {columns(Refund)} FROM refund
            WHERE books_unit_id = $1 AND currency = $2 AND state = 'approved' AND method = 'bank'
            ORDER BY id FOR NO KEY UPDATE""",
        books_unit_id,
        currency,
    )
    return [Refund(*record) for record in records]


async def insert_list(
    conn: Connection, actor: Actor, account_id: UUID, sent: Sequence[Refund]
) -> TransferList:
    record = await conn.fetchrow(
        f"""INSERT INTO refund_list (books_unit_id, bank_account_id, currency, refunds,
                total_minor, made_by)
            VALUES ($1, $2, $3, $4, $5, $6) RETURNING {columns(TransferList)}""",
        sent[0].books_unit_id,
        account_id,
        sent[0].currency,
        len(sent),
        sum(refund.amount_minor for refund in sent),
        actor.person_id,
    )
    return one(TransferList, record)


async def set_sent(conn: Connection, refund: Refund, to: RefundState, list_id: UUID) -> Refund:
    record = await conn.fetchrow(
        f"""UPDATE refund SET state = $2, refund_list_id = $3, version = version + 1
            WHERE id = $1 RETURNING {columns(Refund)}""",
        refund.id,
        to,
        list_id,
    )
    return one(Refund, record)


async def find_list(conn: Connection, actor: Actor, list_id: UUID) -> TransferList:
    record = await conn.fetchrow(
        f"""SELECT {columns(TransferList)} FROM refund_list
            WHERE id = $1 AND ($2::uuid[] IS NULL OR books_unit_id = ANY ($2))""",
        list_id,
        actor.visible,
    )
    return one(TransferList, record)


async def lists(
    conn: Connection,
    actor: Actor,
    books_unit_id: UUID,
    *,
    after: UUID | None = None,
    limit: int = 20,
) -> list[TransferList]:
    """The newest first."""
    records = await conn.fetch(
        f"""SELECT {columns(TransferList)} FROM refund_list
            WHERE books_unit_id = $1 AND ($2::uuid[] IS NULL OR books_unit_id = ANY ($2))
              AND ($3::uuid IS NULL OR id < $3)
            ORDER BY id DESC LIMIT $4""",
        books_unit_id,
        actor.visible,
        after,
        limit,
    )
    return [TransferList(*record) for record in records]


async def on_list(conn: Connection, list_id: UUID) -> list[Refund]:
    """In their order; one that failed since is still on it."""
    records = await conn.fetch(
        f"SELECT {columns(Refund)} FROM refund WHERE refund_list_id = $1 ORDER BY id", list_id
    )
    return [Refund(*record) for record in records]


class SentRefund(msgspec.Struct, frozen=True):
    """A refund that a bank line may be."""

    id: UUID
    number: str
    organisation_id: UUID
    organisation_zh: str
    organisation_en: str | None
    amount_minor: int
    currency: str


async def sent_of(
    conn: Connection, books_unit_id: UUID, amounts_minor: Sequence[int]
) -> list[SentRefund]:
    """Those of these amounts that are on their way by bank, the oldest first."""
    records = await conn.fetch(
        """SELECT r.id, r.number, o.id, o.name_zh, o.name_en, r.amount_minor, r.currency
           FROM refund r JOIN organisation o ON o.id = r.organisation_id
           WHERE r.books_unit_id = $1 AND r.state = 'sent' AND r.method = 'bank'
             AND r.amount_minor = ANY ($2)
           ORDER BY r.id""",
        books_unit_id,
        amounts_minor,
    )
    return [SentRefund(*record) for record in records]
