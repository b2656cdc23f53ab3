"""The SQL of statements and their lines; many lines go in by one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.money.statements.accounts.model import BankAccount
from market.money.statements.formats.model import ReadLine, ReadStatement
from market.money.statements.model import BankLine, KnownLine, LineState, OpenedBooks, Statement


async def statements_of_file(conn: Connection, account_id: UUID, sha256: str) -> list[Statement]:
    records = await conn.fetch(
        f"""SELECT {columns(Statement)} FROM statement
            WHERE bank_account_id = $1 AND sha256 = $2 ORDER BY position""",
        account_id,
        sha256,
    )
    return [Statement(*record) for record in records]


async def known_lines(conn: Connection, account_id: UUID, days: Sequence[date]) -> list[KnownLine]:
    """Those of the days from the first to the last of these."""
    records = await conn.fetch(
        f"""SELECT {columns(KnownLine)} FROM bank_line
            WHERE bank_account_id = $1 AND booked_on BETWEEN $2 AND $3""",
        account_id,
        min(days, default=None),
        max(days, default=None),
    )
    return [KnownLine(*record) for record in records]


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
) -> Statement:
    record = await conn.fetchrow(
        f"""INSERT INTO statement (bank_account_id, books_unit_id, file_id, sha256, position,
                reference, from_on, until_on, first_on, currency, opening_minor, closing_minor,
                lines, new_lines, imported_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
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
    )
    return one(Statement, record)


async def insert_lines(
    conn: Connection, statement: Statement, keyed: Sequence[tuple[str, ReadLine]]
) -> list[BankLine]:
    """All of them at once, in the order of the file; none may be known."""
    lines = [line for _, line in keyed]
    records = await conn.fetch(
        f"""INSERT INTO bank_line (bank_account_id, books_unit_id, statement_id, currency, key,
                position, booked_on, value_on, amount_minor, balance_after_minor,
                counterparty_name, counterparty_account, counterparty_bank, remark,
                bank_reference, is_reversal, raw)
            SELECT $1, $2, $3, $4, l.*
            FROM unnest($5::text[], $6::integer[], $7::date[], $8::date[], $9::bigint[],
                $10::bigint[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[],
                $16::boolean[], $17::jsonb[]) AS l
            RETURNING {columns(BankLine)}""",
        statement.bank_account_id,
        statement.books_unit_id,
        statement.id,
        statement.currency,
        [key for key, _ in keyed],
        [line.position for line in lines],
        [line.booked_on for line in lines],
        [line.value_on for line in lines],
        [line.amount_minor for line in lines],
        [line.balance_after_minor for line in lines],
        [line.counterparty_name for line in lines],
        [line.counterparty_account for line in lines],
        [line.counterparty_bank for line in lines],
        [line.remark for line in lines],
        [line.bank_reference for line in lines],
        [line.is_reversal for line in lines],
        [line.raw for line in lines],
    )
    return [BankLine(*record) for record in records]


async def post_lines(conn: Connection, line_ids: Sequence[UUID]) -> None:
    """Each line on its bank account against suspense, under its own cause."""
    await conn.execute(
        """SELECT count(ledger_post(
               'bank_line:' || l.id, l.books_unit_id, l.booked_on,
               ARRAY[CASE WHEN l.amount_minor > 0 THEN 'bank' ELSE 'suspense' END],
               ARRAY[CASE WHEN l.amount_minor > 0 THEN l.bank_account_id END],
               ARRAY[CASE WHEN l.amount_minor > 0 THEN 'suspense' ELSE 'bank' END],
               ARRAY[CASE WHEN l.amount_minor > 0 THEN NULL ELSE l.bank_account_id END],
               ARRAY[abs(l.amount_minor)], ARRAY[l.currency]))
           FROM (SELECT b.id, b.books_unit_id, b.booked_on, b.amount_minor, b.bank_account_id,
                        b.currency
                 FROM bank_line b WHERE b.id = ANY($1) ORDER BY b.statement_id, b.position) AS l""",
        line_ids,
    )


async def record_imported(conn: Connection, line_ids: Sequence[UUID]) -> None:
    """The birth of each line, in the log."""
    await conn.execute(
        """SELECT count(record_event('bank_line.imported', l.id, 1, 'import', NULL, 'unmatched',
               jsonb_build_object('statement_id', l.statement_id)))
           FROM (SELECT b.id, b.statement_id FROM bank_line b
                 WHERE b.id = ANY($1) ORDER BY b.statement_id, b.position) AS l""",
        line_ids,
    )


async def first_statement(conn: Connection, account_id: UUID) -> Statement | None:
    """The one that was imported first: the account's balances are counted from its opening."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Statement)} FROM statement WHERE bank_account_id = $1
            ORDER BY id LIMIT 1""",
        account_id,
    )
    return Statement(*record) if record else None


async def known_balance(conn: Connection, first: Statement, before: date) -> int:
    """What the account held before a day, by the lines known, counted from the first opening."""
    balance: int = await conn.fetchval(
        """SELECT $2 + coalesce(sum(CASE WHEN booked_on >= $3 THEN amount_minor
                                    ELSE -amount_minor END), 0)::bigint
           FROM bank_line WHERE bank_account_id = $1
             AND booked_on >= least($3, $4::date) AND booked_on < greatest($3, $4::date)""",
        first.bank_account_id,
        first.opening_minor,
        first.first_on,
        before,
    )
    return balance


async def last_known_day(conn: Connection, statement: Statement) -> date | None:
    """The day of the last line that other statements brought to the account."""
    day: date | None = await conn.fetchval(
        "SELECT max(booked_on) FROM bank_line WHERE bank_account_id = $1 AND statement_id <> $2",
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
               WHERE s.bank_account_id = $3 AND s.id <> $4
                 AND s.from_on <= d.day AND s.until_on > d.day)""",
        days,
        last_on,
        statement.bank_account_id,
        statement.id,
    )
    return {record[0] for record in records}


async def opening_of(conn: Connection, account: BankAccount) -> OpenedBooks | None:
    """With what the books of the account began; None while they have not."""
    record = await conn.fetchrow(
        """SELECT o.as_of, l.balance_minor
           FROM opening_balance o LEFT JOIN opening_balance_line l
             ON l.opening_balance_id = o.id AND l.kind = 'bank' AND l.subject = $2
                AND l.currency = $3
           WHERE o.books = $1 AND o.state = 'approved'""",
        account.books_unit_id,
        account.id,
        account.currency,
    )
    return OpenedBooks(*record) if record else None


async def lines_of(conn: Connection, statement_ids: Sequence[UUID]) -> list[BankLine]:
    """The lines that these statements brought, in the order of their files."""
    records = await conn.fetch(
        f"""SELECT {columns(BankLine)} FROM bank_line WHERE statement_id = ANY($1)
            ORDER BY statement_id, position""",
        statement_ids,
    )
    return [BankLine(*record) for record in records]


async def lock_lines(conn: Connection, actor: Actor, line_ids: Sequence[UUID]) -> list[BankLine]:
    """By id; those that the actor does not see are left out."""
    records = await conn.fetch(
        f"""SELECT {columns(BankLine)} FROM bank_line
            WHERE id = ANY($1) AND ($2::uuid[] IS NULL OR books_unit_id = ANY($2))
            ORDER BY id FOR NO KEY UPDATE""",
        line_ids,
        actor.visible,
    )
    return [BankLine(*record) for record in records]


async def find_line(conn: Connection, actor: Actor, line_id: UUID) -> BankLine:
    record = await conn.fetchrow(
        f"""SELECT {columns(BankLine)} FROM bank_line
            WHERE id = $1 AND ($2::uuid[] IS NULL OR books_unit_id = ANY($2))""",
        line_id,
        actor.visible,
    )
    return one(BankLine, record)


async def move_line(conn: Connection, line: BankLine, to: LineState) -> BankLine:
    record = await conn.fetchrow(
        f"""UPDATE bank_line SET state = $2, version = version + 1
            WHERE id = $1 RETURNING {columns(BankLine)}""",
        line.id,
        to,
    )
    return one(BankLine, record)


async def suggest_lines(conn: Connection, line_ids: Sequence[UUID]) -> None:
    """Unmatched lines for which something was found; each move enters the log."""
    await conn.execute(
        """WITH moved AS (
               UPDATE bank_line SET state = 'suggested', version = version + 1
               WHERE id = ANY($1) AND state = 'unmatched' RETURNING id, version)
           SELECT count(record_event('bank_line.suggested', m.id, m.version, 'suggest',
               'unmatched', 'suggested', '{}')) FROM moved m""",
        line_ids,
    )


async def lines(
    conn: Connection,
    actor: Actor,
    *,
    state: LineState | None = None,
    account_id: UUID | None = None,
    after: UUID | None = None,
    limit: int = 20,
) -> list[BankLine]:
    """The newest first."""
    records = await conn.fetch(
        f"""SELECT {columns(BankLine)} FROM bank_line
            WHERE ($1::uuid[] IS NULL OR books_unit_id = ANY($1))
              AND ($2::text IS NULL OR state = $2)
              AND ($3::uuid IS NULL OR bank_account_id = $3)
              AND ($4::uuid IS NULL OR id < $4)
            ORDER BY id DESC LIMIT $5""",
        actor.visible,
        state,
        account_id,
        after,
        limit,
    )
    return [BankLine(*record) for record in records]


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
