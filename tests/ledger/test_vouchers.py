"""Vouchers: numbers without a gap, in the order of commits, even past a straggler."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID

import pytest

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Pool
from market.ledger import operations as ledger
from tests.conftest import Clone
from tests.world import identity as world
from tests.world import ledger as books_of
from tests.world.ledger import NET_ASSETS, SUSPENSE, leg


@pytest.fixture
async def own_pool(clone: Clone) -> AsyncIterator[Pool]:
    """A database in which nobody else's transaction holds the horizon back."""
    async with clone() as addresses:
        opened = await db.open_pool(addresses.app)
        yield opened
        opened.terminate()


@pytest.fixture
async def books(own_pool: Pool) -> UUID:
    async with db.lease(own_pool) as conn:
        return (await world.unit(conn)).id


async def post(pool: Pool, books: UUID, named: str, on: date = books_of.DAY) -> None:
    async with db.lease(pool) as conn:
        await books_of.post(conn, books, leg(SUSPENSE, NET_ASSETS, 1), named=named, on=on)


async def post_and_fail(pool: Pool, books: UUID) -> None:
    async with db.lease(pool) as conn, db.act(conn, SYSTEM):
        await ledger.post(conn, books_of.posting(books, leg(SUSPENSE, NET_ASSETS, 1)))
        raise RuntimeError("the act fails after posting")


async def number(pool: Pool) -> int:
    async with db.lease(pool) as conn, db.act(conn, SYSTEM):
        return await ledger.number_vouchers(conn)


async def vouchers(pool: Pool, books: UUID) -> list[tuple[int, int, str]]:
    async with db.lease(pool) as conn, db.act(conn, SYSTEM):
        rows = await conn.fetch(
            """SELECT extract(month FROM v.month)::integer, v.number, p.cause
               FROM voucher v JOIN posting p ON p.id = v.posting_id
               WHERE v.books = $1 ORDER BY v.month, v.number""",
            books,
        )
    return [(month, number, cause) for month, number, cause in rows]


async def test_each_month_and_each_book_count_for_themselves(own_pool: Pool, books: UUID) -> None:
    async with db.lease(own_pool) as conn:
        other = (await world.unit(conn)).id
    await post(own_pool, books, "a:1")
    await post(own_pool, books, "a:2", date(2026, 4, 1))
    await post(own_pool, other, "b:1")
    await post(own_pool, books, "a:3")
    assert await number(own_pool) == 4
    assert await vouchers(own_pool, books) == [(3, 1, "a:1"), (3, 2, "a:3"), (4, 1, "a:2")]
    assert await vouchers(own_pool, other) == [(3, 1, "b:1")]


async def test_numbering_again_goes_on_where_it_stopped(own_pool: Pool, books: UUID) -> None:
    await post(own_pool, books, "a:1")
    assert await number(own_pool) == 1
    assert await number(own_pool) == 0
    await post(own_pool, books, "a:2")
    assert await number(own_pool) == 1
    assert await vouchers(own_pool, books) == [(3, 1, "a:1"), (3, 2, "a:2")]


async def test_a_straggler_holds_back_those_that_began_after_it(
    own_pool: Pool, books: UUID
) -> None:
    await post(own_pool, books, "before:1")
    async with db.lease(own_pool) as straggler:
        async with db.act(straggler, SYSTEM):
            await ledger.post(
                straggler,
                books_of.posting(books, leg(SUSPENSE, NET_ASSETS, 1), named="straggler:1"),
            )
            await post(own_pool, books, "after:1")
            assert await number(own_pool) == 1
            assert await vouchers(own_pool, books) == [(3, 1, "before:1")]
        assert await number(own_pool) == 2
    assert await vouchers(own_pool, books) == [
        (3, 1, "before:1"),
        (3, 2, "straggler:1"),
        (3, 3, "after:1"),
    ]


async def test_a_posting_rolled_back_leaves_no_gap(own_pool: Pool, books: UUID) -> None:
    await post(own_pool, books, "a:1")
    with pytest.raises(RuntimeError):
        await post_and_fail(own_pool, books)
    await post(own_pool, books, "a:2")
    await number(own_pool)
    assert await vouchers(own_pool, books) == [(3, 1, "a:1"), (3, 2, "a:2")]


async def test_numbering_while_many_post_gives_each_one_number(own_pool: Pool, books: UUID) -> None:
    async def post_some(turn: int) -> None:
        for step in range(10):
            await post(own_pool, books, f"turn:{turn}-{step}")

    async def number_often() -> None:
        for _ in range(10):
            await number(own_pool)

    await asyncio.gather(*map(post_some, range(4)), number_often(), number_often())
    await number(own_pool)
    given = await vouchers(own_pool, books)
    assert [number for _, number, _ in given] == list(range(1, 41))
    assert len({cause for _, _, cause in given}) == 40
