"""An export holds what is final: what is booked after its horizon was read waits for the next."""

from __future__ import annotations

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Pool
from market.ledger import operations as ledger
from market.reports.journals import queries
from market.reports.journals.model import Scope
from tests.world import identity
from tests.world import ledger as world
from tests.world.ledger import DAY, NET_ASSETS, SUSPENSE, leg


async def test_what_is_above_the_horizon_is_in_no_order_of_an_export(pool: Pool) -> None:
    month = DAY.replace(day=1)
    async with db.lease(pool) as conn:
        unit = await identity.unit(conn)

        async def post(amount_minor: int) -> None:
            await world.post(conn, unit.id, leg(SUSPENSE, NET_ASSETS, amount_minor))
            async with db.act(conn, SYSTEM):
                await ledger.number_vouchers(conn)

        async def exported(scope: Scope) -> list[list[int]]:
            async with db.look(conn, SYSTEM):
                found = await conn.fetch("SELECT id FROM account WHERE books = $1", unit.id)
                accounts = [record[0] for record in found]
                by_account = await queries.keys_by_account(conn, SYSTEM, scope, accounts[:1])
                return [
                    await queries.keys_by_day(conn, SYSTEM, scope, month),
                    await queries.keys_by_number(conn, SYSTEM, scope, month),
                    [key for _, key in by_account],
                    await queries.keys_on_account(conn, SYSTEM, scope, month, accounts[0]),
                ]

        await post(1_00)
        before = Scope(unit.id, DAY, DAY, await queries.horizon(conn))
        once = await exported(before)
        await post(2_00)
        after = Scope(unit.id, DAY, DAY, await queries.horizon(conn))

        assert [len(keys) for keys in once] == [1, 1, 1, 1]
        assert await exported(before) == once
        assert [len(keys) for keys in await exported(after)] == [2, 2, 2, 2]
