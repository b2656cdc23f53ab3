"""Balances are folded days and a tail: folding changes no figure, loses nothing, counts it once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from market import worker
from market.auditor import audit
from market.base import db
from market.base.access import SYSTEM, Role
from market.base.db import Connection, Pool
from market.base.embedded import Dsns
from market.ledger import operations as ledger
from market.ledger import queries
from tests.conftest import Clone
from tests.world import identity as world
from tests.world import ledger as books_of
from tests.world.ledger import NET_ASSETS, SUSPENSE, customer_credit, leg, receivable

MARCH = date(2026, 3, 31)
DAYS = [date(2026, 2, 28), date(2026, 3, 4), date(2026, 3, 5), MARCH, date.max]
MOST_PAGES_MORE = 12


@pytest.fixture
async def addresses(clone: Clone) -> AsyncIterator[Dsns]:
    """A database in which nobody else's transaction holds the horizon back."""
    async with clone() as made:
        yield made


@pytest.fixture
async def own_pool(addresses: Dsns) -> AsyncIterator[Pool]:
    opened = await db.open_pool(addresses.app)
    yield opened
    opened.terminate()


@pytest.fixture
async def books(own_pool: Pool) -> UUID:
    async with db.lease(own_pool) as conn:
        return (await world.unit(conn)).id


async def fold(pool: Pool, most: int = 1_000) -> int:
    async with db.lease(pool) as conn, db.act(conn, SYSTEM):
        return await queries.fold_tallies(conn, most)


async def days(pool: Pool) -> list[tuple[str, date, date, int, int]]:
    async with db.lease(pool) as conn, db.look(conn, SYSTEM):
        records = await conn.fetch(
            """SELECT a.kind, d.period, d.effective_on, d.debit_minor, d.credit_minor
               FROM account_day d JOIN account a ON a.id = d.account_id
               ORDER BY a.kind, d.period, d.effective_on"""
        )
    return [tuple(record) for record in records]


async def read(pool: Pool, books: UUID) -> list[Any]:
    """Everything that reads turnovers, at every day at which they may differ."""
    async with db.lease(pool) as conn, db.look(conn, SYSTEM):
        return [
            [await ledger.trial_balance(conn, SYSTEM, books, until) for until in DAYS],
            [
                await ledger.list_accounts(conn, SYSTEM, books, until=until, after=None, limit=50)
                for until in DAYS
            ],
            [await ledger.balance(conn, books, one, "CNY") for one in (SUSPENSE, NET_ASSETS)],
        ]


async def post(
    pool: Pool, books: UUID, amount_minor: int, on: date = books_of.DAY, fails: bool = False
) -> None:
    async with db.lease(pool) as conn, db.act(conn, SYSTEM):
        one = leg(SUSPENSE, NET_ASSETS, amount_minor)
        await ledger.post(conn, books_of.posting(books, one, on=on))
        if fails:
            raise RuntimeError("the act fails after posting")


async def test_folding_changes_no_figure(own_pool: Pool, addresses: Dsns, books: UUID) -> None:
    buyer = uuid4()
    async with db.lease(own_pool) as conn:
        for on in (date(2026, 2, 28), date(2026, 3, 4), date(2026, 3, 5)):
            await books_of.post(
                conn,
                books,
                leg(receivable(buyer), NET_ASSETS, 70),
                leg(SUSPENSE, customer_credit(buyer), 9),
                leg(SUSPENSE, NET_ASSETS, 1, "USD"),
                on=on,
            )
    await books_of.set_period(addresses.owner, books, date(2026, 2, 1), "closed")
    await post(own_pool, books, 5, on=date(2026, 2, 27))
    before = await read(own_pool, books)
    assert before[0][0] != before[0][1] != before[0][2]
    assert await fold(own_pool) == 4
    assert await read(own_pool, books) == before
    assert ("suspense", date(2026, 3, 1), date(2026, 2, 27), 5, 0) in await days(own_pool)
    await post(own_pool, books, 11)
    with_tail = await read(own_pool, books)
    assert with_tail != before
    assert (await fold(own_pool), await fold(own_pool)) == (1, 0)
    assert await read(own_pool, books) == with_tail
    found = (await audit.run(addresses.auditor)).faults
    assert not [fault for fault in found if fault.invariant == "I2"]


async def test_what_is_under_way_is_folded_later_and_what_fails_never(
    own_pool: Pool, books: UUID
) -> None:
    await post(own_pool, books, 1)  # which opens the month and the accounts
    async with db.lease(own_pool) as straggler:
        async with db.act(straggler, SYSTEM):
            await books_of.post(straggler, books, leg(SUSPENSE, NET_ASSETS, 100))
            await post(own_pool, books, 20)
            with pytest.raises(RuntimeError):
                await post(own_pool, books, 3, fails=True)
            assert (await fold(own_pool), await fold(own_pool)) == (1, 0)
            assert (await read(own_pool, books))[2] == [-21, 21]
        assert (await read(own_pool, books))[2] == [-121, 121]
    assert await fold(own_pool) == 2
    assert (await read(own_pool, books))[2] == [-121, 121]
    month = date(2026, 3, 1)
    assert await days(own_pool) == [
        ("net_assets", month, books_of.DAY, 0, 121),
        ("suspense", month, books_of.DAY, 121, 0),
    ]


async def test_a_commit_is_folded_whole_however_little_is_asked_for(
    own_pool: Pool, books: UUID
) -> None:
    async with db.lease(own_pool) as conn, db.act(conn, SYSTEM):
        for amount in (1, 2, 4):
            await books_of.post(conn, books, leg(SUSPENSE, NET_ASSETS, amount))
    await post(own_pool, books, 8)
    assert await fold(own_pool, most=2) == 3
    assert (await days(own_pool))[0][4] == 7
    assert (await read(own_pool, books))[2] == [-15, 15]
    assert await fold(own_pool, most=2) == 1
    assert (await days(own_pool))[0][4] == 15


async def test_two_jobs_at_once_fold_once(own_pool: Pool, books: UUID) -> None:
    for _ in range(5):
        await post(own_pool, books, 1)
    assert sorted(await asyncio.gather(fold(own_pool), fold(own_pool))) == [0, 5]
    assert (await days(own_pool))[0][4] == 5


async def test_the_worker_folds_until_nothing_is_left(
    own_pool: Pool, books: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "FOLDED_AT_ONCE", 1)
    for _ in range(3):
        await post(own_pool, books, 1)
    _, handler = worker.PERIODIC["ledger.fold_tallies"]
    await handler(own_pool)
    assert await fold(own_pool) == 0
    assert (await days(own_pool))[0][4] == 3


async def test_a_stranger_sees_neither_days_nor_tail(own_pool: Pool, books: UUID) -> None:
    await post(own_pool, books, 1)
    await fold(own_pool)
    await post(own_pool, books, 2)
    async with db.lease(own_pool) as conn:
        theirs = await world.person(conn, await world.unit(conn), Role.FINANCE)
        async with db.look(conn, SYSTEM):
            accounts = await conn.fetchval("SELECT array_agg(id) FROM account")
        async with db.look(conn, theirs):
            sql = "SELECT count(*) FROM turnover_of($1, 'infinity')"
            assert await conn.fetchval(sql, accounts) == 0
            assert await conn.fetchval("SELECT count(*) FROM account_day") == 0


async def pages(conn: Connection, books: UUID) -> int:
    """Read by a trial balance, in an act that has planned it."""
    async with db.look(conn, SYSTEM):
        for _ in range(2):
            told = await conn.fetchval(
                """EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT FROM turnover_of(
                   ARRAY(SELECT id FROM account WHERE books = $1), 'infinity')""",
                books,
            )
    read = json.loads(told)[0]["Plan"]
    return int(read["Shared Hit Blocks"] + read["Shared Read Blocks"])


async def test_a_balance_reads_what_is_new_however_large_the_ledger_is(
    own_pool: Pool, books: UUID
) -> None:
    async def grow(conn: Connection, by: int) -> None:
        async with db.act(conn, SYSTEM):
            one = leg(SUSPENSE, NET_ASSETS, 1)
            await ledger.post_all(conn, [books_of.posting(books, one) for _ in range(by)])

    async with db.lease(own_pool) as conn:
        await grow(conn, 10)
        await fold(own_pool)
        await grow(conn, 10)
        few = await pages(conn, books)
        await grow(conn, 10_000)
        many = await pages(conn, books)
        await fold(own_pool)
        await grow(conn, 10)
        assert await pages(conn, books) <= few + MOST_PAGES_MORE
        assert many > 2 * few
