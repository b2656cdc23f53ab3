"""What a posting costs, told by what does not depend on the machine: pages touched, bytes kept."""

import json
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID, uuid4

import pytest

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection
from market.ledger import operations as ledger
from tests.conftest import Clone
from tests.world import identity as world
from tests.world import ledger as books_of
from tests.world.ledger import DAY, NET_ASSETS, SUSPENSE, customer_credit, leg

MOST_PAGES: Final = 42
MOST_PAGES_KEPT: Final = 62
MOST_PAGES_MORE: Final = 25
MOST_BYTES: Final = 560  # pgledger's transfer takes 744, indexes included
POSTINGS: Final = 2000
OWNERS: Final = 2000


@pytest.fixture
async def conn(clone: Clone) -> AsyncIterator[Connection]:
    """On a database of its own: what others left in a shared one would be counted, too."""
    async with clone() as addresses:
        connection = await db.connect(addresses.app)
        yield connection
        await connection.close()


@pytest.fixture
async def books(conn: Connection) -> UUID:
    return (await world.unit(conn)).id


async def pages(conn: Connection, books: UUID, credit: str, subject: UUID | None) -> int:
    """Read or written by one posting, in an act that has planned its statements."""
    async with db.act(conn, SYSTEM):
        for _ in range(7):
            told = await conn.fetchval(
                """EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT FROM ledger_post(
                   $1, $2, $3, ARRAY['suspense'], ARRAY[NULL]::uuid[], ARRAY[$4], ARRAY[$5]::uuid[],
                   ARRAY[1::bigint], ARRAY['CNY'])""",
                books_of.cause(),
                books,
                DAY,
                credit,
                subject,
            )
    read = json.loads(told)[0]["Plan"]
    return int(read["Shared Hit Blocks"] + read["Shared Read Blocks"])


async def test_a_posting_touches_few_pages(conn: Connection, books: UUID) -> None:
    assert await pages(conn, books, "net_assets", None) <= MOST_PAGES


async def test_a_posting_into_a_kept_balance_touches_few_more(
    conn: Connection, books: UUID
) -> None:
    assert await pages(conn, books, "customer_credit", uuid4()) <= MOST_PAGES_KEPT


async def pages_of_a_set(conn: Connection, books: UUID, owner: UUID) -> int:
    """Read or written by a set of one posting into a kept balance, as ``pages`` counts them."""
    async with db.act(conn, SYSTEM):
        for _ in range(2):
            told = await conn.fetchval(
                """EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT FROM ledger_post_many(
                   $1, ARRAY[$2], ARRAY[$3::date], ARRAY[1], ARRAY['suspense'], ARRAY[NULL]::uuid[],
                   ARRAY['customer_credit'], ARRAY[$4::uuid], ARRAY[1::bigint], ARRAY['CNY'])""",
                books,
                books_of.cause(),
                DAY,
                owner,
            )
    read = json.loads(told)[0]["Plan"]
    return int(read["Shared Hit Blocks"] + read["Shared Read Blocks"])


async def test_a_set_of_one_touches_few_more_however_large_the_ledger_is(
    conn: Connection, books: UUID
) -> None:
    owners = [uuid4() for _ in range(OWNERS)]

    async def grow(by: int) -> None:
        to = [customer_credit(owner) for owner in owners]
        async with db.act(conn, SYSTEM):
            await ledger.post_all(
                conn,
                [books_of.posting(books, leg(SUSPENSE, to[n % OWNERS], 1)) for n in range(by)],
            )

    async def compare() -> None:
        alone = await pages(conn, books, "customer_credit", uuid4())
        assert await pages_of_a_set(conn, books, uuid4()) <= alone + MOST_PAGES_MORE

    await grow(100)
    await compare()
    await grow(20_000)
    await compare()


async def test_a_posting_of_one_transfer_keeps_few_bytes(conn: Connection, books: UUID) -> None:
    async def size() -> int:
        found: int = await conn.fetchval(
            "SELECT pg_total_relation_size('posting') + pg_total_relation_size('transfer')"
        )
        return found

    before = await size()
    one = leg(SUSPENSE, NET_ASSETS, 1)
    async with db.act(conn, SYSTEM):
        await ledger.post_all(conn, [books_of.posting(books, one) for _ in range(POSTINGS)])
    assert (await size() - before) / POSTINGS <= MOST_BYTES
