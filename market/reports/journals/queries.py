"""The SQL of the exports. Visibility stands in each WHERE and again in row-level security.

``greatest(effective_on, period)`` is the day on which a posting is booked. The horizon's second
part travels as text, because asyncpg knows no xid8.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.reports.journals.model import (
    Account,
    Head,
    Horizon,
    Line,
    Scope,
    Turnover,
    Unit,
)


async def find_unit(conn: Connection, unit_id: UUID) -> Unit:
    record = await conn.fetchrow(f"SELECT {columns(Unit)} FROM organisation WHERE id = $1", unit_id)
    return one(Unit, record)


async def units_named(conn: Connection, named: str) -> list[UUID]:
    """By name, USCC, number prefix or id."""
    records = await conn.fetch(
        "SELECT id FROM organisation WHERE kind = 'unit' "
        " AND $1 IN (name_zh, uscc, number_prefix, id::text)",
        named,
    )
    return [record[0] for record in records]


async def horizon(conn: Connection) -> Horizon:
    record = await conn.fetchrow(
        "SELECT current_epoch(), pg_snapshot_xmin(pg_current_snapshot())::text"
    )
    assert record is not None
    return Horizon(*record)


async def months_of(conn: Connection, actor: Actor, books: UUID, until_on: date) -> list[date]:
    """The months that were ever booked in, the earliest first."""
    records = await conn.fetch(
        """SELECT month FROM period
           WHERE books = $1 AND ($2::uuid[] IS NULL OR books = ANY ($2)) AND month <= $3
           ORDER BY month""",
        books,
        actor.visible,
        until_on,
    )
    return [record[0] for record in records]


class Counted(NamedTuple):
    """What an account was debited and credited in a month, before the span or in it."""

    account_id: int
    within: bool
    turnover: Turnover


async def turnover_of(conn: Connection, actor: Actor, scope: Scope, month: date) -> list[Counted]:
    """By account; what one posting books on one side of an account is one line."""
    records = await conn.fetch(
        """SELECT l.account_id, l.booked_on >= $5, sum(l.debit_minor)::bigint,
                  sum(l.credit_minor)::bigint, count(*)
           FROM (SELECT p.id, greatest(p.effective_on, p.period) AS booked_on, s.account_id,
                        sum(s.debit_minor) AS debit_minor, sum(s.credit_minor) AS credit_minor
                 FROM posting p JOIN transfer t ON t.posting_id = p.id
                 CROSS JOIN LATERAL (VALUES (t.debit_account, t.amount_minor, 0),
                                            (t.credit_account, 0, t.amount_minor))
                     AS s (account_id, debit_minor, credit_minor)
                 WHERE p.books = $1 AND ($2::uuid[] IS NULL OR p.books = ANY ($2))
                   AND p.period = $3 AND greatest(p.effective_on, p.period) <= $4
                   AND (p.epoch, p.xid) < ($6::integer, $7::text::xid8)
                 GROUP BY p.id, s.account_id, s.debit_minor > 0) AS l
           GROUP BY l.account_id, l.booked_on >= $5""",
        scope.books,
        actor.visible,
        month,
        scope.until_on,
        scope.from_on,
        *scope.horizon,
    )
    return [Counted(record[0], record[1], Turnover(*record[2:])) for record in records]


async def count_postings(conn: Connection, actor: Actor, scope: Scope) -> tuple[int, int]:
    """Those of the span, and those up to its last day that are not below the horizon."""
    record = await conn.fetchrow(
        """SELECT count(*) FILTER (WHERE f.final AND f.booked_on >= $3),
                  count(*) FILTER (WHERE NOT f.final)
           FROM (SELECT greatest(p.effective_on, p.period) AS booked_on,
                        (p.epoch, p.xid) < ($5::integer, $6::text::xid8) AS final
                 FROM posting p
                 WHERE p.books = $1 AND ($2::uuid[] IS NULL OR p.books = ANY ($2))
                   AND p.period <= $4) AS f
           WHERE f.booked_on <= $4""",
        scope.books,
        actor.visible,
        scope.from_on,
        scope.until_on,
        *scope.horizon,
    )
    assert record is not None
    return record[0], record[1]


async def accounts_named(conn: Connection, actor: Actor, keys: Sequence[int]) -> list[Account]:
    """By currency and place in the chart."""
    records = await conn.fetch(
        """SELECT a.id, a.kind, a.subject, a.currency, k.class, k.zh, k.en
           FROM account a JOIN account_kind k ON k.kind = a.kind
           WHERE a.id = ANY ($1) AND ($2::uuid[] IS NULL OR a.books = ANY ($2))
           ORDER BY a.currency, k.position, a.subject_key""",
        keys,
        actor.visible,
    )
    return [Account(*record) for record in records]


async def keys_by_day(conn: Connection, actor: Actor, scope: Scope, month: date) -> list[int]:
    """The keys of a month's postings in the order of the journal: by day, then by voucher."""
    records = await conn.fetch(
        """SELECT p.id FROM posting p JOIN voucher v ON v.posting_id = p.id
           WHERE p.books = $1 AND ($2::uuid[] IS NULL OR p.books = ANY ($2)) AND p.period = $3
             AND greatest(p.effective_on, p.period) BETWEEN $4 AND $5
             AND (p.epoch, p.xid) < ($6::integer, $7::text::xid8)
           ORDER BY greatest(p.effective_on, p.period), v.number""",
        scope.books,
        actor.visible,
        month,
        scope.from_on,
        scope.until_on,
        *scope.horizon,
    )
    return [record[0] for record in records]


async def keys_by_number(conn: Connection, actor: Actor, scope: Scope, month: date) -> list[int]:
    """The same in the order of the vouchers."""
    records = await conn.fetch(
        """SELECT p.id FROM posting p JOIN voucher v ON v.posting_id = p.id
           WHERE p.books = $1 AND ($2::uuid[] IS NULL OR p.books = ANY ($2)) AND p.period = $3
             AND greatest(p.effective_on, p.period) BETWEEN $4 AND $5
             AND (p.epoch, p.xid) < ($6::integer, $7::text::xid8)
           ORDER BY v.number""",
        scope.books,
        actor.visible,
        month,
        scope.from_on,
        scope.until_on,
        *scope.horizon,
    )
    return [record[0] for record in records]


async def keys_by_account(
    conn: Connection, actor: Actor, scope: Scope, accounts: Sequence[int]
) -> list[tuple[int, int]]:
    """Accounts with their postings of the span: the accounts as they are given, then by day.

    For accounts of few lines: all of them are read, whatever the span.
    """
    records = await conn.fetch(
        """SELECT w.account_id, p.id
           FROM unnest($3::bigint[]) WITH ORDINALITY AS w (account_id, place)
           CROSS JOIN LATERAL (
               SELECT t.posting_id FROM transfer t WHERE t.debit_account = w.account_id
               UNION SELECT t.posting_id FROM transfer t WHERE t.credit_account = w.account_id
           ) AS t
           JOIN posting p ON p.id = t.posting_id JOIN voucher v ON v.posting_id = p.id
           WHERE p.books = $1 AND ($2::uuid[] IS NULL OR p.books = ANY ($2))
             AND greatest(p.effective_on, p.period) BETWEEN $4 AND $5
             AND (p.epoch, p.xid) < ($6::integer, $7::text::xid8)
           ORDER BY w.place, greatest(p.effective_on, p.period), v.number""",
        scope.books,
        actor.visible,
        accounts,
        scope.from_on,
        scope.until_on,
        *scope.horizon,
    )
    return [(record[0], record[1]) for record in records]


async def keys_on_account(
    conn: Connection, actor: Actor, scope: Scope, month: date, account: int
) -> list[int]:
    """The postings of a month that touch an account, by day: for one that has many."""
    records = await conn.fetch(
        """SELECT p.id FROM posting p JOIN voucher v ON v.posting_id = p.id
           WHERE p.books = $1 AND ($2::uuid[] IS NULL OR p.books = ANY ($2)) AND p.period = $3
             AND greatest(p.effective_on, p.period) BETWEEN $4 AND $5
             AND (p.epoch, p.xid) < ($6::integer, $7::text::xid8)
             AND EXISTS (SELECT FROM transfer t WHERE t.posting_id = p.id
                         AND $8 IN (t.debit_account, t.credit_account))
           ORDER BY greatest(p.effective_on, p.period), v.number""",
        scope.books,
        actor.visible,
        month,
        scope.from_on,
        scope.until_on,
        *scope.horizon,
        account,
    )
    return [record[0] for record in records]


async def heads_of(conn: Connection, actor: Actor, keys: Sequence[int]) -> dict[int, Head]:
    records = await conn.fetch(
        """SELECT p.id, p.public_id, p.cause, p.effective_on, p.period,
                  greatest(p.effective_on, p.period), p.created_at, p.actor, v.number
           FROM posting p JOIN voucher v ON v.posting_id = p.id
           WHERE p.id = ANY ($1) AND ($2::uuid[] IS NULL OR p.books = ANY ($2))""",
        keys,
        actor.visible,
    )
    return {record[0]: Head(*record) for record in records}


async def lines_of(conn: Connection, keys: Sequence[int]) -> dict[int, list[Line]]:
    """The lines of some postings: debits before credits, in the order of the legs."""
    records = await conn.fetch(
        """SELECT t.posting_id, s.account_id, sum(s.debit_minor)::bigint,
                  sum(s.credit_minor)::bigint
           FROM transfer t
           CROSS JOIN LATERAL (VALUES (t.debit_account, t.amount_minor, 0),
                                      (t.credit_account, 0, t.amount_minor))
               AS s (account_id, debit_minor, credit_minor)
           WHERE t.posting_id = ANY ($1)
           GROUP BY t.posting_id, s.account_id, s.debit_minor > 0
           ORDER BY t.posting_id, s.debit_minor > 0 DESC, min(t.id), s.account_id""",
        keys,
    )
    found: dict[int, list[Line]] = {key: [] for key in keys}
    for key, *line in records:
        found[key].append(Line(*line))
    return found


async def references(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The numbers that people know them by; a milestone has its contract's and its place."""
    records = await conn.fetch(
        """SELECT id, number FROM invoice WHERE id = ANY ($1) AND number IS NOT NULL
           UNION ALL SELECT id, number FROM credit_note WHERE id = ANY ($1) AND number IS NOT NULL
           UNION ALL SELECT id, number FROM refund WHERE id = ANY ($1)
           UNION ALL SELECT w.id, i.number FROM write_off w JOIN invoice i ON i.id = w.invoice_id
           WHERE w.id = ANY ($1) AND i.number IS NOT NULL
           UNION ALL SELECT id, number FROM contract WHERE id = ANY ($1) AND number IS NOT NULL
           UNION ALL SELECT m.id, c.number || '-' || m.position
           FROM milestone m JOIN contract c ON c.id = m.contract_id
           WHERE m.id = ANY ($1) AND c.number IS NOT NULL""",
        list(ids),
    )
    return {record[0]: record[1] for record in records}
