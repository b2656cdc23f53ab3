"""Many at once, on a database of their own."""

import asyncio
from uuid import UUID, uuid4

import pytest

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Pool
from market.ledger import operations as ledger
from market.ledger.model import CauseReused, NotEnough, PostedPosting
from tests.world import identity as world
from tests.world import ledger as books_of
from tests.world.ledger import SUSPENSE, customer_credit, leg, receivable

AT_ONCE = 50


@pytest.fixture
async def books(pool: Pool) -> UUID:
    async with db.lease(pool) as conn:
        return (await world.unit(conn)).id


async def test_fifty_at_once_never_take_a_controlled_account_below_zero(
    pool: Pool, books: UUID
) -> None:
    buyer = uuid4()
    credit = customer_credit(buyer)

    async def take(_: int) -> PostedPosting | None:
        return await db.retrying(
            pool, lambda conn: books_of.post(conn, books, leg(credit, receivable(buyer), 10))
        )

    async with db.lease(pool) as conn:
        await books_of.post(conn, books, leg(SUSPENSE, credit, 300))
    answers = await asyncio.gather(*map(take, range(AT_ONCE)), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, NotEnough)]
    assert len(refused) == AT_ONCE - 30
    assert all(isinstance(answer, PostedPosting | NotEnough) for answer in answers)
    async with db.lease(pool) as conn, db.act(conn, SYSTEM):
        assert await ledger.balance(conn, books, credit, "CNY") == 0
        versions = await conn.fetchval(
            """SELECT array_agg(e.version ORDER BY e.version) FROM controlled_entry e
               JOIN account a ON a.id = e.account_id WHERE a.subject = $1""",
            buyer,
        )
    assert versions == list(range(1, 32))


async def test_one_cause_posted_fifty_times_at_once_posts_once(pool: Pool, books: UUID) -> None:
    credit, cause = customer_credit(uuid4()), books_of.cause()

    async def give(_: int) -> PostedPosting | None:
        return await db.retrying(
            pool,
            lambda conn: books_of.post(conn, books, leg(SUSPENSE, credit, 10), named=cause),
        )

    answers = await asyncio.gather(*map(give, range(AT_ONCE)))
    assert len(set(answers)) == 1
    async with db.lease(pool) as conn, db.act(conn, SYSTEM):
        assert await ledger.balance(conn, books, credit, "CNY") == 10


async def test_one_cause_with_two_contents_at_once_keeps_one(pool: Pool, books: UUID) -> None:
    credit, cause = customer_credit(uuid4()), books_of.cause()

    async def give(amount: int) -> PostedPosting | None:
        return await db.retrying(
            pool,
            lambda conn: books_of.post(conn, books, leg(SUSPENSE, credit, amount), named=cause),
        )

    answers = await asyncio.gather(*map(give, (10, 20)), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, CauseReused)]
    assert len(refused) == 1
    async with db.lease(pool) as conn, db.act(conn, SYSTEM):
        assert await ledger.balance(conn, books, credit, "CNY") in (10, 20)


async def test_new_accounts_opened_at_once_in_any_order_do_not_deadlock(
    pool: Pool, books: UUID
) -> None:
    buyers = [uuid4() for _ in range(8)]
    legs = [leg(SUSPENSE, customer_credit(buyer), 1) for buyer in buyers]

    async def give(turn: int) -> PostedPosting | None:
        turned = legs[turn % 8 :] + legs[: turn % 8]

        async with db.lease(pool) as conn:  # not retried: a deadlock would fail the test
            return await books_of.post(conn, books, *turned)

    assert all(await asyncio.gather(*map(give, range(AT_ONCE))))
    async with db.lease(pool) as conn, db.act(conn, SYSTEM):
        for buyer in buyers:
            assert await ledger.balance(conn, books, customer_credit(buyer), "CNY") == AT_ONCE


async def test_one_posting_and_a_set_lock_their_accounts_in_one_order(
    pool: Pool, books: UUID
) -> None:
    legs = [leg(SUSPENSE, customer_credit(uuid4()), 1) for _ in range(8)]
    async with db.lease(pool) as conn:
        await books_of.post(conn, books, *legs)

    async def give(turn: int) -> None:
        turned = (legs if turn % 4 < 2 else legs[::-1])[turn % 3 :]
        async with db.lease(pool) as conn:  # not retried: a deadlock would fail the test
            if turn % 2:
                await books_of.post(conn, books, *turned)
            else:
                async with db.act(conn, SYSTEM):
                    await ledger.post_all(conn, [books_of.posting(books, one) for one in turned])

    await asyncio.gather(*map(give, range(AT_ONCE)))
