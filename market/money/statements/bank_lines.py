"""The SQL of bank lines; that of the statements that bring them is in ``queries``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.money.statements.formats.model import ReadLine
from market.money.statements.model import (
    BankLine,
    KnownLine,
    LineState,
    Statement,
)


async def known_lines(conn: Connection, account_id: UUID, days: Sequence[date]) -> list[KnownLine]:
    """Those of the days from the first to the last of these."""
    records = await conn.fetch(
        f"""SELECT {columns(KnownLine)} FROM bank_line
            WHERE bank_account_id = $1 AND booked_on BETWEEN $2 AND $3
              AND state <> 'retracted'""",
        account_id,
        min(days, default=None),
        max(days, default=None),
    )
    return [KnownLine(*record) for record in records]


async def insert_lines(
    conn: Connection, statement: Statement, keyed: Sequence[tuple[str, ReadLine]]
) -> None:
    """All of them at once, in the order of the file; none may be known."""
    lines = [line for _, line in keyed]
    await conn.execute(
        """INSERT INTO bank_line (bank_account_id, books_unit_id, statement_id, currency, key,
                position, booked_on, value_on, amount_minor, balance_after_minor,
                counterparty_name, counterparty_account, counterparty_bank, remark,
                bank_reference, is_reversal, raw)
            SELECT $1, $2, $3, $4, l.*
            FROM unnest($5::text[], $6::integer[], $7::date[], $8::date[], $9::bigint[],
                $10::bigint[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[],
                $16::boolean[], $17::jsonb[]) AS l""",
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


async def post_lines(conn: Connection, statement: Statement, first: int, last: int) -> None:
    """Lines of the statement, by place, on their bank account against suspense, each for itself.

    A line of nothing posts nothing.
    """
    await _post(conn, statement, first, last, cause="bank_line:", sign=1)


async def mirror_lines(conn: Connection, statement: Statement, first: int, last: int) -> None:
    """The same postings the other way round, under a cause of their own, on the same days."""
    await _post(conn, statement, first, last, cause="bank_line_retracted:", sign=-1)


async def _post(
    conn: Connection, statement: Statement, first: int, last: int, *, cause: str, sign: int
) -> None:
    refused = await conn.fetch(
        """SELECT r.message
           FROM (SELECT array_agg($5 || b.id) AS causes, array_agg(b.booked_on) AS days,
                        array_agg(b.place) AS places,
                        array_agg(CASE WHEN b.is_in THEN 'bank' ELSE 'suspense' END) AS debits,
                        array_agg(CASE WHEN b.is_in THEN b.bank_account_id END) AS debit_subjects,
                        array_agg(CASE WHEN b.is_in THEN 'suspense' ELSE 'bank' END) AS credits,
                        array_agg(CASE WHEN b.is_in THEN NULL ELSE b.bank_account_id END)
                            AS credit_subjects,
                        array_agg(abs(b.amount_minor)) AS amounts,
                        array_agg(b.currency) AS currencies
                 FROM (SELECT n.id, n.booked_on, n.amount_minor, n.bank_account_id, n.currency,
                              n.amount_minor * $6 > 0 AS is_in,
                              row_number() OVER (ORDER BY n.position)::integer AS place
                       FROM bank_line n
                       WHERE n.statement_id = $1 AND n.position BETWEEN $2 AND $3
                         AND n.amount_minor <> 0
                       ORDER BY n.position) AS b
                 HAVING count(*) > 0) AS l
           CROSS JOIN LATERAL ledger_post_many(
               $4, l.causes, l.days, l.places, l.debits, l.debit_subjects, l.credits,
               l.credit_subjects, l.amounts, l.currencies) AS r""",
        statement.id,
        first,
        last,
        statement.books_unit_id,
        cause,
        sign,
    )
    assert not refused, f"a line was posted so before: {refused}"


async def unmatched_of(
    conn: Connection, statement_ids: Sequence[UUID], *, after: tuple[UUID, int], limit: int
) -> list[BankLine]:
    """Lines that these statements brought and nothing explains yet, in the order of the files."""
    records = await conn.fetch(
        f"""SELECT {columns(BankLine)} FROM bank_line
            WHERE statement_id = ANY($1) AND (statement_id, position) > ($2, $3)
              AND state = 'unmatched'
            ORDER BY statement_id, position LIMIT $4""",
        statement_ids,
        *after,
        limit,
    )
    return [BankLine(*record) for record in records]


async def states_of(conn: Connection, statement_ids: Sequence[UUID]) -> dict[str, int]:
    """How many of the lines that these statements brought stand how."""
    records = await conn.fetch(
        "SELECT state, count(*) FROM bank_line WHERE statement_id = ANY($1) GROUP BY state",
        statement_ids,
    )
    return dict(tuple(record) for record in records)


async def lines_of(
    conn: Connection, statement_ids: Sequence[UUID], *, limit: int = 1_000
) -> list[BankLine]:
    """The first lines that these statements brought, in the order of their files."""
    records = await conn.fetch(
        f"""SELECT {columns(BankLine)} FROM bank_line WHERE statement_id = ANY($1)
            ORDER BY statement_id, position LIMIT $2""",
        statement_ids,
        limit,
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


async def find_lines(conn: Connection, line_ids: Sequence[UUID]) -> list[BankLine]:
    """Those that the caller was shown, in no order."""
    records = await conn.fetch(
        f"SELECT {columns(BankLine)} FROM bank_line WHERE id = ANY($1)", line_ids
    )
    return [BankLine(*record) for record in records]


async def move_lines(
    conn: Connection, lines: Sequence[BankLine], states: Sequence[LineState]
) -> list[BankLine]:
    """Locked lines, each to its state, in the order given."""
    records = await conn.fetch(
        f"""UPDATE bank_line l SET state = n.state, version = l.version + 1
            FROM unnest($1::uuid[], $2::text[]) AS n (id, state)
            WHERE l.id = n.id RETURNING {columns(BankLine, "l")}""",
        [line.id for line in lines],
        states,
    )
    moved = {one.id: one for one in (BankLine(*record) for record in records)}
    return [moved[line.id] for line in lines]


async def lock_lines_of(conn: Connection, statement_ids: Sequence[UUID]) -> None:
    """All lines that these statements brought, however many, in the order of their ids."""
    await conn.execute(
        """SELECT count(*) FROM (SELECT FROM bank_line WHERE statement_id = ANY($1)
                                 ORDER BY id FOR NO KEY UPDATE) AS l""",
        statement_ids,
    )


async def retract_lines(
    conn: Connection, statement: Statement, retraction_id: UUID, first: int, last: int
) -> None:
    """Locked lines of the statement, by place, that are in suspense; each move enters the log."""
    await conn.execute(
        """WITH moved AS (
               UPDATE bank_line SET state = 'retracted', version = version + 1
               WHERE statement_id = $1 AND position BETWEEN $3 AND $4
                 AND state IN ('unmatched', 'suggested')
               RETURNING new.id, new.version, new.position, old.state AS before)
           SELECT record_events(
               array_agg('bank_line.retracted'::text ORDER BY m.position),
               array_agg(m.id ORDER BY m.position), array_agg(m.version ORDER BY m.position),
               array_agg('retract'::text), array_agg(m.before ORDER BY m.position),
               array_agg('retracted'::text),
               array_agg(jsonb_build_object('retraction_id', $2::uuid)))
           FROM moved m HAVING count(*) > 0""",
        statement.id,
        retraction_id,
        first,
        last,
    )


async def suggest_lines(conn: Connection, line_ids: Sequence[UUID]) -> None:
    """Unmatched lines for which something was found; each move enters the log."""
    await conn.execute(
        """WITH moved AS (
               UPDATE bank_line SET state = 'suggested', version = version + 1
               WHERE id = ANY($1) AND state = 'unmatched' RETURNING id, version)
           SELECT record_events(
               array_agg('bank_line.suggested'::text), array_agg(m.id), array_agg(m.version),
               array_agg('suggest'::text), array_agg('unmatched'::text),
               array_agg('suggested'::text), array_agg('{}'::jsonb))
           FROM moved m HAVING count(*) > 0""",
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
