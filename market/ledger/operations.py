"""What is done with the ledger: other rooms post, people read.

The idiom of the rooms above: ``from market.ledger import operations as ledger``, then
``await ledger.post(conn, Posting(…))`` inside the transaction of the act.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

import asyncpg

from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import MarketError, NotFound
from market.ledger import queries
from market.ledger.model import (
    Account,
    AccountBalance,
    CauseReused,
    FullPosting,
    NotAReader,
    NotEnough,
    PostedPosting,
    Posting,
    may_read,
)

REUSED: Final = "ML001"
NOT_ENOUGH: Final = "ML002"
FOLDED_AT_ONCE: Final = 50_000


async def post(conn: Connection, posting: Posting) -> PostedPosting | None:
    """Post once for the cause, in one round trip; None when no leg has an amount.

    The same posting again gives the one that stands. Raises CauseReused when the cause stands
    for something else, and NotEnough when a controlled account would fall below zero; after
    either the transaction can only be rolled back.
    """
    assert conn.is_in_transaction(), "a posting belongs to the transaction of its act"
    try:
        return await queries.post(conn, posting)
    except asyncpg.PostgresError as fault:
        refusal = _refusal(fault)
        if refusal is None:
            raise
        raise refusal from fault


def _refusal(fault: asyncpg.PostgresError) -> MarketError | None:
    told = fault.as_dict()
    if told.get("sqlstate") not in (REUSED, NOT_ENOUGH):
        return None
    return _told(told["sqlstate"], told["message"], told.get("detail", ""), told.get("hint", ""))


def _told(sqlstate: str, message: str, detail: str, hint: str) -> MarketError:
    if sqlstate == REUSED:
        return CauseReused(cause=message)
    return NotEnough(kind=message, zh=detail, en=hint)


async def post_each(conn: Connection, postings: Sequence[Posting]) -> dict[str, MarketError]:
    """Post many, each once for its cause, in one round trip for each unit's books.

    Returns, by their causes, those that are refused as ``post`` would refuse them; the others are
    posted all the same.
    """
    assert conn.is_in_transaction(), "a posting belongs to the transaction of its act"
    of_books: dict[UUID, list[Posting]] = defaultdict(list)
    for one in postings:
        legs = [leg for leg in one.legs if leg.amount_minor]
        if legs:
            of_books[one.books].append(Posting(one.cause, one.books, one.effective_on, legs))
    found = {}
    for books, some in of_books.items():
        for refused in await queries.post_many(conn, books, some):
            cause = some[refused.place - 1].cause
            found[cause] = _told(refused.code, refused.message, refused.detail, refused.hint)
    return found


async def post_all(conn: Connection, postings: Sequence[Posting]) -> None:
    """The same for who needs all of them; raises the first refusal."""
    for refusal in (await post_each(conn, postings)).values():
        raise refusal


def mirror(posting: Posting, cause: str, *, effective_on: date | None = None) -> Posting:
    """What undoes a posting: its legs the other way round, under a cause of its own."""
    return Posting(
        cause=cause,
        books=posting.books,
        effective_on=effective_on or posting.effective_on,
        legs=[leg.mirrored() for leg in posting.legs],
    )


async def posted(conn: Connection, cause: str) -> Posting:
    """What stands in the ledger for a cause. Raises NotFound if nothing, or nothing visible."""
    found = await queries.posting_of_cause(conn, cause)
    if found is None:
        raise NotFound
    legs = [transfer.leg for transfer in found.transfers]
    return Posting(found.cause, found.books, found.effective_on, legs)


async def balance(conn: Connection, books: UUID, account: Account, currency: str) -> int:
    """Minor units on the side where the account increases; 0 for an account never used.

    Row-level security applies: to who does not see the books every balance is 0.
    """
    return await queries.balance(conn, books, account, currency)


async def number_vouchers(conn: Connection) -> int:
    """Number the committed postings that have no voucher yet; returns how many they were.

    Postings of transactions still under way, this one's included, wait for the next time.
    """
    return await queries.number_vouchers(conn)


async def fold_tallies(conn: Connection) -> int:
    """Fold committed transfers into the days of their accounts; returns of how many postings.

    As with vouchers, what is still under way waits. Nothing reads differently afterwards, but
    faster: balances are their folded days and the tail that is not folded yet.
    """
    return await queries.fold_tallies(conn, FOLDED_AT_ONCE)


async def trial_balance(
    conn: Connection, actor: Actor, books: UUID, until: date
) -> list[AccountBalance]:
    """All accounts with a turnover booked in the months, and with the dates, up to ``until``.

    Raises NotFound to a stranger, NotAReader to a member of the unit without a reading role.
    """
    _require_reader(actor, books)
    return await queries.trial_balance(conn, actor, books, until)


async def read_posting(conn: Connection, actor: Actor, posting_id: UUID) -> FullPosting:
    """One posting with its transfers. Raises as ``trial_balance`` does."""
    found = await queries.find_posting(conn, actor, posting_id)
    if found is None:
        raise NotFound
    require(may_read(actor), NotAReader)
    return found


async def list_postings(
    conn: Connection,
    actor: Actor,
    books: UUID,
    *,
    month: date | None,
    after: UUID | None,
    limit: int,
) -> list[FullPosting]:
    """The postings of a month, or of all. Raises as ``trial_balance`` does."""
    _require_reader(actor, books)
    months = (month.replace(day=1),) * 2 if month else (date.min, date.max)
    return await queries.postings_of(conn, actor, books, months=months, after=after, limit=limit)


async def list_accounts(
    conn: Connection,
    actor: Actor,
    books: UUID,
    *,
    until: date | None,
    after: tuple[str, UUID | None, str] | None,
    limit: int,
) -> list[AccountBalance]:
    """The accounts with their balances. Raises as ``trial_balance`` does."""
    _require_reader(actor, books)
    return await queries.accounts_of(
        conn,
        actor,
        books,
        until=until or date.max,
        after=after or ("", None, ""),
        limit=limit,
    )


def _require_reader(actor: Actor, books: UUID) -> None:
    require(actor.visible is None or books in actor.visible, NotFound)
    require(may_read(actor), NotAReader)
