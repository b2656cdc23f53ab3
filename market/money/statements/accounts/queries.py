"""The SQL of own bank accounts."""

from __future__ import annotations

from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.money.statements.accounts.model import AccountState, BankAccount, NewBankAccount, bare


async def insert_account(
    conn: Connection, actor: Actor, books_unit_id: UUID, new: NewBankAccount
) -> BankAccount | None:
    """None when the number has a live account in that currency."""
    record = await conn.fetchrow(
        f"""INSERT INTO bank_account (books_unit_id, name, bank, number, currency, state,
                proposed_by)
            VALUES ($1, $2, $3, $4, $5, 'proposed', $6)
            ON CONFLICT (number, currency) WHERE state <> 'rejected' DO NOTHING
            RETURNING {columns(BankAccount)}""",
        books_unit_id,
        new.name,
        new.bank,
        bare(new.number),
        new.currency,
        actor.person_id,
    )
    return BankAccount(*record) if record else None


async def live_account(
    conn: Connection, books_unit_id: UUID, new: NewBankAccount
) -> BankAccount | None:
    """The account of that number and currency in these books."""
    record = await conn.fetchrow(
        f"""SELECT {columns(BankAccount)} FROM bank_account
            WHERE books_unit_id = $1 AND number = $2 AND currency = $3 AND state <> 'rejected'""",
        books_unit_id,
        bare(new.number),
        new.currency,
    )
    return BankAccount(*record) if record else None


async def find_account(conn: Connection, actor: Actor, account_id: UUID) -> BankAccount:
    record = await conn.fetchrow(
        f"""SELECT {columns(BankAccount)} FROM bank_account
            WHERE id = $1 AND ($2::uuid[] IS NULL OR books_unit_id = ANY($2))""",
        account_id,
        actor.visible,
    )
    return one(BankAccount, record)


async def lock_account(conn: Connection, actor: Actor, account_id: UUID) -> BankAccount:
    """Whoever imports holds it, so that files of one account are taken in one by one."""
    record = await conn.fetchrow(
        f"""SELECT {columns(BankAccount)} FROM bank_account
            WHERE id = $1 AND ($2::uuid[] IS NULL OR books_unit_id = ANY($2))
            FOR NO KEY UPDATE""",
        account_id,
        actor.visible,
    )
    return one(BankAccount, record)


async def decide(
    conn: Connection,
    actor: Actor,
    account: BankAccount,
    *,
    to: AccountState,
    note: str | None = None,
) -> BankAccount:
    record = await conn.fetchrow(
        f"""UPDATE bank_account SET state = $2, decided_by = $3, note = $4, version = version + 1
            WHERE id = $1 RETURNING {columns(BankAccount)}""",
        account.id,
        to,
        actor.person_id,
        note,
    )
    return one(BankAccount, record)


async def accounts(
    conn: Connection,
    actor: Actor,
    *,
    books_unit_id: UUID | None = None,
    state: AccountState | None = None,
    after: UUID | None = None,
    limit: int = 20,
) -> list[BankAccount]:
    """The newest first."""
    records = await conn.fetch(
        f"""SELECT {columns(BankAccount)} FROM bank_account
            WHERE ($1::uuid[] IS NULL OR books_unit_id = ANY($1))
              AND ($2::uuid IS NULL OR books_unit_id = $2)
              AND ($3::text IS NULL OR state = $3)
              AND ($4::uuid IS NULL OR id < $4)
            ORDER BY id DESC LIMIT $5""",
        actor.visible,
        books_unit_id,
        state,
        after,
        limit,
    )
    return [BankAccount(*record) for record in records]
