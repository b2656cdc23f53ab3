"""The SQL of retractions, and of what stands in their way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.money.reconciliation.retractions.model import (
    Explained,
    LaterImport,
    Retraction,
    RetractionState,
)
from market.money.statements.retracting import Imported


async def insert_retraction(
    conn: Connection, actor: Actor, imported: Imported, reason: str
) -> Retraction:
    record = await conn.fetchrow(
        f"""INSERT INTO statement_retraction (bank_account_id, books_unit_id, file_id, lines,
                amount_minor, currency, reason, state, proposed_by)
            SELECT $1, $2, $3, count(*), coalesce(sum(amount_minor), 0)::bigint, $4, $5,
                'proposed', $6
            FROM bank_line WHERE statement_id = ANY($7)
            RETURNING {columns(Retraction)}""",
        imported.account.id,
        imported.account.books_unit_id,
        imported.file_id,
        imported.account.currency,
        reason,
        actor.person_id,
        imported.ids,
    )
    return one(Retraction, record)


async def waiting_of(conn: Connection, file_id: UUID) -> Retraction | None:
    record = await conn.fetchrow(
        f"""SELECT {columns(Retraction)} FROM statement_retraction
            WHERE file_id = $1 AND state = 'proposed'""",
        file_id,
    )
    return Retraction(*record) if record else None


async def explained_lines(
    conn: Connection, statement_ids: Sequence[UUID], *, limit: int
) -> list[Explained]:
    """The first lines that are matched or wait to be, also as the other of two that meet."""
    records = await conn.fetch(
        f"""SELECT {columns(Explained)}
            FROM (SELECT d.booked_on, d.amount_minor, d.currency, d.counterparty_name,
                         d.match_state, count(*) OVER () AS of_count
                  FROM (SELECT DISTINCT ON (l.statement_id, l.position) l.statement_id, l.position,
                               l.booked_on, l.amount_minor, l.currency, l.counterparty_name,
                               m.state AS match_state
                        FROM (SELECT bank_line_id AS line_id, state FROM match
                              WHERE state <> 'undone'
                              UNION ALL
                              SELECT other_line_id, state FROM match
                              WHERE state = 'waiting' AND other_line_id IS NOT NULL) AS m
                        JOIN bank_line l ON l.id = m.line_id
                        WHERE l.statement_id = ANY($1)
                        ORDER BY l.statement_id, l.position, m.state) AS d
                  ORDER BY d.statement_id, d.position LIMIT $2) AS e""",
        statement_ids,
        limit,
    )
    return [Explained(*record) for record in records]


async def later_imports(conn: Connection, imported: Imported) -> list[LaterImport]:
    """What came into the account after it and stands, the newest first."""
    records = await conn.fetch(
        f"""SELECT {columns(LaterImport)}
            FROM (SELECT s.file_id, min(s.first_on) AS first_on, max(s.until_on) AS until_on,
                         EXISTS (SELECT FROM statement_retraction r WHERE r.file_id = s.file_id
                                 AND r.state = 'proposed') AS is_proposed
                  FROM statement s
                  WHERE s.bank_account_id = $1 AND s.id > $2 AND s.file_id <> $3
                    AND s.state = 'imported'
                  GROUP BY s.file_id ORDER BY (array_agg(s.id ORDER BY s.id DESC))[1] DESC) AS l""",
        imported.account.id,
        imported.ids[-1],
        imported.file_id,
    )
    return [LaterImport(*record) for record in records]


async def opening_proved_by(conn: Connection, imported: Imported) -> date | None:
    """When the books began, where that was approved on what the import says of its account.

    On its first statement in time; one that came later was itself proved on the opening.
    """
    as_of: date | None = await conn.fetchval(
        """SELECT o.as_of FROM beginning_of_books o
           JOIN posting p ON p.cause = 'opening_balance:' || o.books
           CROSS JOIN LATERAL (
               SELECT id, created_at FROM statement
               WHERE bank_account_id = $2 AND state = 'imported'
               ORDER BY first_on, id LIMIT 1) AS s
           WHERE o.books = $1 AND s.id = ANY ($3) AND s.created_at <= p.created_at""",
        imported.account.books_unit_id,
        imported.account.id,
        imported.ids,
    )
    return as_of


async def find_retraction(conn: Connection, actor: Actor, retraction_id: UUID) -> Retraction:
    record = await conn.fetchrow(
        f"""SELECT {columns(Retraction)} FROM statement_retraction
            WHERE id = $1 AND ($2::uuid[] IS NULL OR books_unit_id = ANY($2))""",
        retraction_id,
        actor.visible,
    )
    return one(Retraction, record)


async def statement_of(conn: Connection, retraction: Retraction) -> UUID:
    """The first of those that it is about."""
    statement_id: UUID = await conn.fetchval(
        "SELECT id FROM statement WHERE file_id = $1 ORDER BY id LIMIT 1", retraction.file_id
    )
    return statement_id


async def lock_retraction(conn: Connection, retraction_id: UUID) -> Retraction:
    """After its import was locked, and it was found visible."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Retraction)} FROM statement_retraction
            WHERE id = $1 FOR NO KEY UPDATE""",
        retraction_id,
    )
    return one(Retraction, record)


async def decide(
    conn: Connection,
    actor: Actor,
    retraction: Retraction,
    *,
    to: RetractionState,
    note: str | None = None,
) -> Retraction:
    record = await conn.fetchrow(
        f"""UPDATE statement_retraction SET state = $2, decided_by = $3,
                decided_at = market_now(), note = $4, version = version + 1
            WHERE id = $1 RETURNING {columns(Retraction)}""",
        retraction.id,
        to,
        actor.person_id,
        note,
    )
    return one(Retraction, record)


async def retractions(
    conn: Connection,
    actor: Actor,
    *,
    state: RetractionState | None = None,
    account_id: UUID | None = None,
    after: UUID | None = None,
    limit: int = 20,
) -> list[Retraction]:
    """The newest first: the leader's work list when asked for state proposed."""
    records = await conn.fetch(
        f"""SELECT {columns(Retraction)} FROM statement_retraction
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
    return [Retraction(*record) for record in records]
