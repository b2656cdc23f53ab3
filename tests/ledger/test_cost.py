"""What a posting costs, told by what does not depend on the machine: pages touched, bytes kept."""

import json
from typing import Final
from uuid import UUID, uuid4

import pytest

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection
from market.ledger import operations as ledger
from tests.world import identity as world
from tests.world import ledger as books_of
from tests.world.ledger import DAY, NET_ASSETS, SUSPENSE, leg

MOST_PAGES: Final = 42
MOST_PAGES_KEPT: Final = 62
MOST_BYTES: Final = 560  # pgledger's transfer takes 744, indexes included
POSTINGS: Final = 2000


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
