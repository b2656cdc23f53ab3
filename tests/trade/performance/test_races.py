"""Many at once: one takes effect."""

import asyncio

from market.base import db
from market.base.access import SYSTEM, Actor, Role
from market.base.db import Connection, Pool
from market.base.errors import MarketError
from market.ledger import operations as ledger
from market.ledger.model import Account
from market.trade.performance import operations
from market.trade.performance.model import Performance
from tests.world import contracts as contracts_world
from tests.world import identity as world
from tests.world import performance
from tests.world.contracts import Deal
from tests.world.performance import certificate, milestones


async def delivered(pool: Pool, *, price_minor: int) -> Deal:
    async with db.lease(pool) as conn:
        deal = await contracts_world.signed(conn, price_minor=price_minor)
        await performance.deliver(conn, deal)
    return deal


async def revenue(pool: Pool, deal: Deal) -> int:
    async with db.lease(pool) as conn, db.act(conn, SYSTEM):
        return await ledger.balance(
            conn, deal.contract.books_unit_id, Account("revenue:service"), "CNY"
        )


async def accepted(pool: Pool, actor: Actor, deal: Deal) -> Performance | str:
    """The answer, or the code of the refusal."""

    async def accept(conn: Connection) -> Performance:
        return await operations.accept_milestone(conn, actor, milestones(deal)[0], certificate())

    try:
        return await db.retrying(pool, accept)
    except MarketError as refusal:
        return refusal.code


async def test_fifty_acceptances_at_once_make_one_posting_and_one_answer(pool: Pool) -> None:
    deal = await delivered(pool, price_minor=10_600_00)
    answers = await asyncio.gather(*[accepted(pool, deal.cast.buyer, deal) for _ in range(50)])
    assert all(answer == answers[0] for answer in answers)
    assert await revenue(pool, deal) == 10_000_00


async def test_of_two_people_one_accepts_and_the_other_is_refused(pool: Pool) -> None:
    deal = await delivered(pool, price_minor=10_600_00)
    async with db.lease(pool) as conn:
        rival = await world.person(conn, deal.cast.enterprise, Role.BUYER)
    answers = await asyncio.gather(
        *[accepted(pool, actor, deal) for actor in (deal.cast.buyer, rival) for _ in range(10)]
    )
    refused = [answer for answer in answers if isinstance(answer, str)]
    assert set(refused) == {"contract_not_active"}
    assert len(refused) == 10
    assert await revenue(pool, deal) == 10_000_00


async def test_the_last_two_milestones_at_once_still_complete_the_contract(pool: Pool) -> None:
    async with db.lease(pool) as conn:
        deal = await contracts_world.signed(conn)
        await performance.accept(conn, deal, 0)
        for place in (1, 2):
            await performance.deliver(conn, deal, place)

    async def accept(place: int) -> Performance:
        return await db.retrying(
            pool,
            lambda conn: operations.accept_milestone(
                conn, deal.cast.buyer, milestones(deal)[place], certificate()
            ),
        )

    await asyncio.gather(accept(1), accept(2))
    async with db.lease(pool) as conn, db.look(conn, deal.cast.buyer):
        state = await conn.fetchval("SELECT state FROM contract WHERE id = $1", deal.contract.id)
    assert state == "completed"
    assert await revenue(pool, deal) == 81_132_08
