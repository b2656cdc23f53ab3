"""The SQL of statements and their lines; many lines go in by one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.money.statements.accounts.model import BankAccount
from market.money.statements.formats.model import ReadStatement
from market.money.statements.model import (
    Neighbour,
    OpenedBooks,
    Statement,
    StatementState,
)


async def statements_of_file(conn: Connection, account_id: UUID, sha256: str) -> list[Statement]:
    """Those that stand: a file that was taken back is as good as new."""
    records = await conn.fetch(
        f"""SELECT {columns(Statement)} FROM statement
            WHERE bank_account_id = $1 AND sha256 = $2 AND state = 'imported'
            ORDER BY position""",
        account_id,
        sha256,
    )
    return [Statement(*record) for record in records]


async def lock_books(conn: Connection, account: BankAccount, *, nameless: bool) -> None:
    """A file that names no account is imported into the books while no other file is."""
    await conn.execute(
        """SELECT CASE WHEN $2 THEN pg_advisory_xact_lock(k)
                       ELSE pg_advisory_xact_lock_shared(k) END
           FROM hashtextextended('statement.' || $1::uuid, 0) AS k""",
        account.books_unit_id,
        nameless,
    )


async def accounts_beside(
    conn: Connection, account: BankAccount, *, nameless: bool
) -> list[BankAccount]:
    """The others of the same books and currency into which something was imported.

    Not from a nameless file: only those into which a nameless one was.
    """
    records = await conn.fetch(
        f"""SELECT {columns(BankAccount, "a")} FROM bank_account a
            WHERE a.books_unit_id = $1 AND a.id <> $2 AND a.currency = $3
              AND EXISTS (SELECT FROM statement s
                          WHERE s.bank_account_id = a.id AND s.state = 'imported'
                            AND (s.nameless OR $4))
            ORDER BY a.id""",
        account.books_unit_id,
        account.id,
        account.currency,
        nameless,
    )
    return [BankAccount(*record) for record in records]


async def insert_statement(
    conn: Connection,
    actor: Actor,
    account: BankAccount,
    read: ReadStatement,
    *,
    file_id: UUID,
    sha256: str,
    position: int,
    first_on: date,
    new_lines: int,
    nameless: bool,
) -> Statement:
    record = await conn.fetchrow(
        f"""INSERT INTO statement (bank_account_id, books_unit_id, file_id, sha256, position,
                reference, from_on, until_on, first_on, currency, opening_minor, closing_minor,
                lines, new_lines, imported_by, nameless)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            RETURNING {columns(Statement)}""",
        account.id,
        account.books_unit_id,
        file_id,
        sha256,
        position,
        read.reference,
        read.from_on,
        read.until_on,
        first_on,
        read.currency,
        read.opening_minor,
        read.closing_minor,
        len(read.lines),
        new_lines,
        actor.person_id,
        nameless,
    )
    return one(Statement, record)


async def import_of(conn: Connection, actor: Actor, statement_id: UUID) -> list[Statement]:
    """The statements that came with one file, this one among them, in their order; all locked."""
    records = await conn.fetch(
        f"""SELECT {columns(Statement)} FROM statement
            WHERE file_id = (SELECT file_id FROM statement WHERE id = $1)
              AND ($2::uuid[] IS NULL OR books_unit_id = ANY($2))
            ORDER BY id FOR NO KEY UPDATE""",
        statement_id,
        actor.visible,
    )
    return [Statement(*record) for record in records]


async def retract_statements(
    conn: Connection, statements: Sequence[Statement], to: StatementState
) -> list[Statement]:
    """Locked ones, in their order."""
    records = await conn.fetch(
        f"""UPDATE statement SET state = $2, version = version + 1
            WHERE id = ANY($1) RETURNING {columns(Statement)}""",
        [one.id for one in statements],
        to,
    )
    return sorted((Statement(*record) for record in records), key=lambda one: one.id)


async def record_imported(conn: Connection, statement: Statement, first: int, last: int) -> None:
    """The birth of lines of the statement, by place, in the log."""
    await conn.execute(
        """SELECT record_events(
               array_agg('bank_line.imported'::text), array_agg(b.id), array_agg(1),
               array_agg('import'::text), array_agg(NULL::text), array_agg('unmatched'::text),
               array_agg(jsonb_build_object('statement_id', b.statement_id)))
           FROM (SELECT n.id, n.statement_id FROM bank_line n
                 WHERE n.statement_id = $1 AND n.position BETWEEN $2 AND $3
                 ORDER BY n.position) AS b
           HAVING count(*) > 0""",
        statement.id,
        first,
        last,
    )


async def first_statement(conn: Connection, account_id: UUID) -> Statement | None:
    """The one that was imported first: the account's balances are counted from its opening."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Statement)} FROM statement
            WHERE bank_account_id = $1 AND state = 'imported' ORDER BY id LIMIT 1""",
        account_id,
    )
    return Statement(*record) if record else None


async def known_balance(conn: Connection, first: Statement, before: date) -> int:
    """What the account held before a day, by the lines known, counted from the first opening."""
    balance: int = await conn.fetchval(
        """SELECT $2 + coalesce(sum(CASE WHEN booked_on >= $3 THEN amount_minor
                                    ELSE -amount_minor END), 0)::bigint
           FROM bank_line WHERE bank_account_id = $1 AND state <> 'retracted'
             AND booked_on >= least($3, $4::date) AND booked_on < greatest($3, $4::date)""",
        first.bank_account_id,
        first.opening_minor,
        first.first_on,
        before,
    )
    return balance


async def known_within(
    conn: Connection, statement: Statement, first_on: date, last_on: date
) -> tuple[int, int]:
    """How many lines of these days other statements brought to the account, and their sum."""
    record = await conn.fetchrow(
        """SELECT count(*), coalesce(sum(amount_minor), 0)::bigint FROM bank_line
           WHERE bank_account_id = $1 AND statement_id <> $2 AND booked_on BETWEEN $3 AND $4
             AND state <> 'retracted'""",
        statement.bank_account_id,
        statement.id,
        first_on,
        last_on,
    )
    assert record is not None, "an aggregate has a row"
    return record[0], record[1]


async def statement_beside(conn: Connection, statement: Statement) -> Neighbour | None:
    """The last of the account's others that began no later; if none did, the next one."""
    record = await conn.fetchrow(
        """SELECT f.name, s.first_on, s.until_on FROM statement s JOIN file f ON f.id = s.file_id
           WHERE s.bank_account_id = $1 AND s.id <> $2 AND s.state = 'imported'
           ORDER BY s.first_on > $3, abs(s.first_on - $3), s.until_on DESC, s.id DESC LIMIT 1""",
        statement.bank_account_id,
        statement.id,
        statement.first_on,
    )
    return Neighbour(*record) if record else None


async def last_known_day(conn: Connection, statement: Statement) -> date | None:
    """The day of the last line that other statements brought to the account."""
    day: date | None = await conn.fetchval(
        """SELECT max(booked_on) FROM bank_line
           WHERE bank_account_id = $1 AND statement_id <> $2 AND state <> 'retracted'""",
        statement.bank_account_id,
        statement.id,
    )
    return day


async def passed_days(
    conn: Connection, statement: Statement, days: Sequence[date], last_on: date | None
) -> set[date]:
    """Days that lie before ``last_on`` and that another statement has and goes beyond."""
    records = await conn.fetch(
        """SELECT d.day FROM unnest($1::date[]) AS d (day)
           WHERE d.day < $2 AND EXISTS (
               SELECT FROM statement s
               WHERE s.bank_account_id = $3 AND s.id <> $4 AND s.state = 'imported'
                 AND s.from_on <= d.day AND s.until_on > d.day)""",
        days,
        last_on,
        statement.bank_account_id,
        statement.id,
    )
    return {record[0] for record in records}


async def opening_of(conn: Connection, account: BankAccount) -> OpenedBooks | None:
    """With what the books began on the account, by a supplement too; None while they have not."""
    record = await conn.fetchrow(
        """SELECT o.as_of, l.balance_minor
           FROM beginning_of_books o LEFT JOIN opening_balance_line l
             ON l.books = o.books AND l.opening_state = 'approved' AND l.kind = 'bank'
                AND l.subject = $2 AND l.currency = $3
           WHERE o.books = $1""",
        account.books_unit_id,
        account.id,
        account.currency,
    )
    return OpenedBooks(*record) if record else None


async def find_statement(conn: Connection, actor: Actor, statement_id: UUID) -> Statement:
    record = await conn.fetchrow(
        f"""SELECT {columns(Statement)} FROM statement
            WHERE id = $1 AND ($2::uuid[] IS NULL OR books_unit_id = ANY($2))""",
        statement_id,
        actor.visible,
    )
    return one(Statement, record)


async def statements(
    conn: Connection,
    actor: Actor,
    account_id: UUID,
    *,
    after: UUID | None = None,
    limit: int = 20,
) -> list[Statement]:
    """Of one account, the newest first."""
    records = await conn.fetch(
        f"""SELECT {columns(Statement)} FROM statement
            WHERE bank_account_id = $1 AND ($2::uuid[] IS NULL OR books_unit_id = ANY($2))
              AND ($3::uuid IS NULL OR id < $3)
            ORDER BY id DESC LIMIT $4""",
        account_id,
        actor.visible,
        after,
        limit,
    )
    return [Statement(*record) for record in records]
