"""Nothing that was posted changes: by privilege for the application, by trigger for the owner."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from market.base import db
from market.base.db import Connection
from market.base.embedded import Dsns
from tests.conftest import Clone
from tests.world import identity as world
from tests.world import ledger as books_of
from tests.world.ledger import SUSPENSE, customer_credit, leg

TABLES = {  # and a column of each that an UPDATE might name
    "account": "currency",
    "posting": "cause",
    "transfer": "amount_minor",
    "controlled_entry": "balance_minor",
    "voucher": "number",
}
WRITTEN_BY_FUNCTIONS_ALONE = (*TABLES, "controlled_balance", "period", "account_kind")


@pytest.fixture(scope="module")
async def addresses(clone: Clone) -> AsyncIterator[Dsns]:
    async with clone() as addresses:
        conn = await db.connect(addresses.app)
        unit = await world.unit(conn)
        await books_of.post(conn, unit.id, leg(SUSPENSE, customer_credit(uuid4()), 5))
        await conn.close()
        yield addresses


@pytest.mark.parametrize(
    "change", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"]
)
@pytest.mark.parametrize("table", TABLES)
async def test_the_owner_is_stopped_by_the_trigger(
    addresses: Dsns, table: str, change: str
) -> None:
    conn = await asyncpg.connect(addresses.owner)
    try:
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await conn.execute(change.format(table, TABLES[table]))
    finally:
        await conn.close()


async def test_no_posting_counts_before_its_day_or_is_caused_by_more_than_200_characters(
    addresses: Dsns,
) -> None:
    conn = await asyncpg.connect(addresses.owner)
    insert = """INSERT INTO posting (cause, books, effective_on, period, actor)
        SELECT 'test:' || repeat('x', $1), books, effective_on + $2 * interval '1 month', period,
            actor FROM posting LIMIT 1"""
    try:
        await conn.execute("BEGIN")
        await conn.execute(insert, 200, 0)
        for characters, months in ((201, 0), (0, 0), (7, 1)):
            await conn.execute("SAVEPOINT sound")
            with pytest.raises(asyncpg.CheckViolationError, match="posting_check"):
                await conn.execute(insert, characters, months)
            await conn.execute("ROLLBACK TO sound")
        await conn.execute("ROLLBACK")
    finally:
        await conn.close()


@pytest.mark.parametrize("change", ["UPDATE", "DELETE", "TRUNCATE", "INSERT"])
@pytest.mark.parametrize("table", WRITTEN_BY_FUNCTIONS_ALONE)
@pytest.mark.parametrize("role", ["market_app", "market_worker"])
async def test_the_application_holds_no_privilege_to_write(
    conn: Connection, role: str, table: str, change: str
) -> None:
    assert not await conn.fetchval("SELECT has_table_privilege($1, $2, $3)", role, table, change)


@pytest.mark.parametrize("role", ["market_app", "market_worker"])
async def test_only_the_functions_for_everybody_are_given_to_the_application(
    conn: Connection, role: str
) -> None:
    allowed = await conn.fetchval(
        """SELECT array_agg(p.proname::text ORDER BY p.proname) FROM pg_proc p
           WHERE p.proname ~ '^ledger_|^open_controlled|^number_vouchers|^fold_tallies'
             AND has_function_privilege($1, p.oid, 'EXECUTE')""",
        role,
    )
    assert allowed == ["fold_tallies", "ledger_post", "ledger_post_many", "number_vouchers"]
