"""Months: a closed one takes no posting, and what is dated in it goes into the next open one."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import NamedTuple
from uuid import UUID

import asyncpg
import pytest

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection
from market.ledger import operations as ledger
from tests.conftest import Clone
from tests.world import identity as world
from tests.world import ledger as books_of
from tests.world.ledger import NET_ASSETS, SUSPENSE, leg

MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)


class Bench(NamedTuple):
    conn: Connection
    books: UUID
    owner: str


@pytest.fixture
async def bench(clone: Clone) -> AsyncIterator[Bench]:
    async with clone() as addresses:
        conn = await db.connect(addresses.app)
        yield Bench(conn, (await world.unit(conn)).id, addresses.owner)
        await conn.close()


async def test_a_posting_goes_into_the_month_of_its_date(bench: Bench) -> None:
    posted = await books_of.post(bench.conn, bench.books, leg(SUSPENSE, NET_ASSETS, 1))
    assert posted is not None
    assert posted.period == MARCH


async def test_a_late_fact_keeps_its_date_and_goes_into_the_next_open_month(bench: Bench) -> None:
    await books_of.set_period(bench.owner, bench.books, MARCH, "closed")
    await books_of.set_period(bench.owner, bench.books, APRIL, "closed")
    posted = await books_of.post(bench.conn, bench.books, leg(SUSPENSE, NET_ASSETS, 1))
    assert posted is not None
    assert (posted.effective_on, posted.period) == (books_of.DAY, MAY)


async def test_a_late_fact_does_not_change_the_closed_trial_balance(bench: Bench) -> None:
    await books_of.post(bench.conn, bench.books, leg(SUSPENSE, NET_ASSETS, 1))
    await books_of.set_period(bench.owner, bench.books, MARCH, "closed")
    await books_of.post(bench.conn, bench.books, leg(SUSPENSE, NET_ASSETS, 2))
    async with db.act(bench.conn, SYSTEM):
        march, april = [
            await ledger.trial_balance(bench.conn, SYSTEM, bench.books, day)
            for day in (date(2026, 3, 31), date(2026, 4, 30))
        ]
    assert {row.kind: row.balance_minor for row in march} == {"suspense": -1, "net_assets": 1}
    assert {row.kind: row.balance_minor for row in april} == {"suspense": -3, "net_assets": 3}


async def test_other_books_stay_open(bench: Bench) -> None:
    other = (await world.unit(bench.conn)).id
    await books_of.set_period(bench.owner, bench.books, MARCH, "closed")
    posted = await books_of.post(bench.conn, other, leg(SUSPENSE, NET_ASSETS, 1))
    assert posted is not None
    assert posted.period == MARCH


async def test_a_close_waits_for_postings_under_way_in_its_month(bench: Bench) -> None:
    await books_of.post(bench.conn, bench.books, leg(SUSPENSE, NET_ASSETS, 1))
    async with db.act(bench.conn, SYSTEM):
        posting = books_of.posting(bench.books, leg(SUSPENSE, NET_ASSETS, 1))
        await ledger.post(bench.conn, posting)
        close = asyncio.create_task(books_of.set_period(bench.owner, bench.books, MARCH, "closed"))
        done, _ = await asyncio.wait([close], timeout=0.3)
        assert not done
    await close


async def test_a_posting_that_waited_for_the_close_goes_into_the_next_month(bench: Bench) -> None:
    await books_of.post(bench.conn, bench.books, leg(SUSPENSE, NET_ASSETS, 1))
    closing = await asyncpg.connect(bench.owner)
    await closing.execute("BEGIN")
    await closing.execute("UPDATE period SET state = 'closed' WHERE books = $1", bench.books)
    late = asyncio.create_task(books_of.post(bench.conn, bench.books, leg(SUSPENSE, NET_ASSETS, 2)))
    done, _ = await asyncio.wait([late], timeout=0.3)
    assert not done
    await closing.execute("COMMIT")
    await closing.close()
    posted = await late
    assert posted is not None
    assert posted.period == APRIL
