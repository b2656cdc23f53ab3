"""The history of a milestone: append-only, hidden from strangers, its moves those of SQL."""

import asyncpg
import msgspec
import pytest

from market.base import db
from market.base.db import Connection
from market.base.embedded import Dsns
from market.base.errors import NotFound
from market.trade.performance import queries
from market.trade.performance.model import MOVES, Performance
from tests.world import contracts as contracts_world
from tests.world import identity as world
from tests.world import performance
from tests.world.performance import milestones

HISTORY = ("delivery", "delivery_return", "acceptance_certificate", "evidence")


async def test_the_moves_are_those_of_the_database(shared_database: Dsns) -> None:
    auditor = await db.connect(shared_database.auditor)
    rows = await auditor.fetch(
        "SELECT subject, move, state_from, state_to FROM legal_move WHERE subject = 'milestone'"
    )
    await auditor.close()
    assert {tuple(row) for row in rows} == set(MOVES.rows())


async def test_what_is_read_has_the_shape_that_is_promised(conn: Connection) -> None:
    deal = await contracts_world.signed(conn, price_minor=10_600_00)
    accepted = await performance.accept(conn, deal)
    assert msgspec.convert(msgspec.to_builtins(accepted), Performance) == accepted


@pytest.mark.parametrize("table", HISTORY)
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET id = uuidv7()"])
async def test_the_application_cannot_change_what_happened(
    conn: Connection, table: str, change: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await conn.execute(change.format(table))


async def test_a_stranger_reads_nothing_of_it(conn: Connection) -> None:
    deal = await contracts_world.signed(conn, price_minor=10_600_00)
    await performance.accept(conn, deal)
    stranger = world.as_if_all_were_visible(await world.person(conn, await world.enterprise(conn)))
    async with db.look(conn, stranger):
        with pytest.raises(NotFound):
            await queries.find_performance(conn, stranger, milestones(deal)[0])
        for table in HISTORY:
            assert await conn.fetchval(f"SELECT count(*) FROM {table}") == 0
