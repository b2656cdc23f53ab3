"""The ledger's SQL. Visibility stands in each WHERE and again in row-level security."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from market.base.access import Actor
from market.base.db import Connection, Record, columns
from market.ledger.model import (
    Account,
    AccountBalance,
    FullPosting,
    PostedPosting,
    Posting,
    Transfer,
)


async def post(conn: Connection, posting: Posting) -> PostedPosting | None:
    legs = posting.legs
    record = await conn.fetchrow(
        f"SELECT {columns(PostedPosting)} FROM ledger_post($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        posting.cause,
        posting.books,
        posting.effective_on,
        [leg.debit.kind for leg in legs],
        [leg.debit.subject for leg in legs],
        [leg.credit.kind for leg in legs],
        [leg.credit.subject for leg in legs],
        [leg.amount_minor for leg in legs],
        [leg.currency for leg in legs],
    )
    if record is None or record[0] is None:
        return None
    return PostedPosting(*record)


class Refused(msgspec.Struct, frozen=True):
    """What the database says of one posting of many, by its place among them, from 1."""

    place: int
    code: str
    message: str
    detail: str
    hint: str


async def post_many(conn: Connection, books: UUID, postings: Sequence[Posting]) -> list[Refused]:
    """Postings of one unit's books, each with a leg at least; returns those refused."""
    placed = [(place, leg) for place, one in enumerate(postings, start=1) for leg in one.legs]
    records = await conn.fetch(
        f"""SELECT {columns(Refused)}
            FROM ledger_post_many($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
        books,
        [one.cause for one in postings],
        [one.effective_on for one in postings],
        [place for place, _ in placed],
        [leg.debit.kind for _, leg in placed],
        [leg.debit.subject for _, leg in placed],
        [leg.credit.kind for _, leg in placed],
        [leg.credit.subject for _, leg in placed],
        [leg.amount_minor for _, leg in placed],
        [leg.currency for _, leg in placed],
    )
    return [Refused(*record) for record in records]


async def transfers_of(conn: Connection, keys: Sequence[int]) -> dict[int, list[Transfer]]:
    """The transfers of some postings, by the posting's key, in the order of their legs."""
    records = await conn.fetch(
        """SELECT t.posting_id, d.kind, d.subject, dk.zh, dk.en, c.kind, c.subject, ck.zh, ck.en,
                  t.amount_minor, d.currency
           FROM transfer t
           JOIN account d ON d.id = t.debit_account JOIN account_kind dk ON dk.kind = d.kind
           JOIN account c ON c.id = t.credit_account JOIN account_kind ck ON ck.kind = c.kind
           WHERE t.posting_id = ANY ($1) ORDER BY t.posting_id, t.id""",
        keys,
    )
    found: dict[int, list[Transfer]] = {key: [] for key in keys}
    for key, *transfer in records:
        found[key].append(Transfer(*transfer))
    return found


async def posting_of_cause(conn: Connection, cause: str) -> FullPosting | None:
    record = await conn.fetchrow(
        f"""SELECT {columns(PostedPosting, "p")}, v.number, p.id
            FROM posting p LEFT JOIN voucher v ON v.posting_id = p.id WHERE p.cause = $1""",
        cause,
    )
    return await _full(conn, record)


async def find_posting(conn: Connection, actor: Actor, posting_id: UUID) -> FullPosting | None:
    record = await conn.fetchrow(
        f"""SELECT {columns(PostedPosting, "p")}, v.number, p.id
            FROM posting p LEFT JOIN voucher v ON v.posting_id = p.id
            WHERE p.public_id = $1 AND ($2::uuid[] IS NULL OR p.books = ANY ($2))""",
        posting_id,
        actor.visible,
    )
    return await _full(conn, record)


async def postings_of(
    conn: Connection,
    actor: Actor,
    books: UUID,
    *,
    months: tuple[date, date],
    after: UUID | None,
    limit: int,
) -> list[FullPosting]:
    """The postings of some months, the newest month and posting first, after the one named."""
    records = await conn.fetch(
        f"""SELECT {columns(PostedPosting, "p")}, v.number, p.id
            FROM posting p LEFT JOIN voucher v ON v.posting_id = p.id
            WHERE p.books = $1 AND ($2::uuid[] IS NULL OR p.books = ANY ($2))
              AND p.period BETWEEN $3 AND $4
              AND (p.period, p.id) < (
                  coalesce((SELECT q.period FROM posting q WHERE q.public_id = $5), 'infinity'),
                  coalesce((SELECT q.id FROM posting q WHERE q.public_id = $5), 0))
            ORDER BY p.period DESC, p.id DESC LIMIT $6""",
        books,
        actor.visible,
        *months,
        after,
        limit,
    )
    return await _all_full(conn, records)


async def accounts_of(
    conn: Connection,
    actor: Actor,
    books: UUID,
    *,
    until: date,
    after: tuple[str, UUID | None, str],
    limit: int,
) -> list[AccountBalance]:
    """Accounts with their balances, by kind, subject and currency, after the one named."""
    records = await conn.fetch(
        """WITH page AS MATERIALIZED (
               SELECT a.id, a.kind, a.subject, a.subject_key, a.currency FROM account a
               WHERE a.books = $1 AND ($2::uuid[] IS NULL OR a.books = ANY ($2))
                 AND (a.kind, a.subject_key, a.currency)
                     > ($4, coalesce($5, '00000000-0000-0000-0000-000000000000'::uuid), $6)
               ORDER BY a.kind, a.subject_key, a.currency LIMIT $7)
           SELECT a.kind, a.subject, a.currency, k.class, k.zh, k.en, s.debit_minor, s.credit_minor,
                  CASE WHEN k.debit_side THEN s.debit_minor - s.credit_minor
                       ELSE s.credit_minor - s.debit_minor END
           FROM page a JOIN account_kind k ON k.kind = a.kind
           LEFT JOIN turnover_of(ARRAY(SELECT id FROM page), $3) AS t ON t.account_id = a.id
           CROSS JOIN LATERAL (SELECT coalesce(t.debit_minor, 0) AS debit_minor,
                                      coalesce(t.credit_minor, 0) AS credit_minor) AS s
           ORDER BY a.kind, a.subject_key, a.currency""",
        books,
        actor.visible,
        until,
        *after,
        limit,
    )
    return [AccountBalance(*record) for record in records]


async def trial_balance(
    conn: Connection, actor: Actor, books: UUID, until: date
) -> list[AccountBalance]:
    """Every account with a turnover up to a day, in the order of the chart."""
    records = await conn.fetch(
        """SELECT a.kind, a.subject, a.currency, k.class, k.zh, k.en, t.debit_minor, t.credit_minor,
                  CASE WHEN k.debit_side THEN t.debit_minor - t.credit_minor
                       ELSE t.credit_minor - t.debit_minor END
           FROM account a JOIN account_kind k ON k.kind = a.kind
           JOIN turnover_of(ARRAY(SELECT b.id FROM account b WHERE b.books = $1), $3) AS t
             ON t.account_id = a.id
           WHERE a.books = $1 AND ($2::uuid[] IS NULL OR a.books = ANY ($2))
           ORDER BY a.currency, k.position, a.subject_key""",
        books,
        actor.visible,
        until,
    )
    return [AccountBalance(*record) for record in records]


async def balance(conn: Connection, books: UUID, account: Account, currency: str) -> int:
    """The kept balance of a controlled account, else what was folded of it and the tail."""
    found: int | None = await conn.fetchval(
        """SELECT coalesce(b.balance_minor,
                  CASE WHEN k.debit_side THEN t.debit_minor - t.credit_minor
                       ELSE t.credit_minor - t.debit_minor END)
           FROM account a JOIN account_kind k ON k.kind = a.kind
           LEFT JOIN controlled_balance b ON b.account_id = a.id
           LEFT JOIN LATERAL turnover_of(ARRAY[a.id], 'infinity') AS t ON NOT a.controlled
           WHERE a.books = $1 AND a.kind = $2 AND a.currency = $4
             AND a.subject_key = coalesce($3, '00000000-0000-0000-0000-000000000000'::uuid)""",
        books,
        account.kind,
        account.subject,
        currency,
    )
    return found or 0


async def number_vouchers(conn: Connection) -> int:
    numbered: int = await conn.fetchval("SELECT number_vouchers()")
    return numbered


async def fold_tallies(conn: Connection, most: int) -> int:
    folded: int = await conn.fetchval("SELECT fold_tallies($1)", most)
    return folded


async def _full(conn: Connection, record: Record | None) -> FullPosting | None:
    found = await _all_full(conn, [record] if record else [])
    return found[0] if found else None


async def _all_full(conn: Connection, records: Sequence[Record]) -> list[FullPosting]:
    """The postings of rows that end with the posting's key inside the database."""
    keys = [record[-1] for record in records]
    transfers = await transfers_of(conn, keys) if keys else {}
    return [FullPosting(*(*posting, transfers[key])) for *posting, key in records]
