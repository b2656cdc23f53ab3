"""Lines that are explained as payouts at once: each payout arrives once, by whatever way."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from uuid import UUID

from market.base import db
from market.base.db import Connection, Pool
from market.base.errors import MarketError
from market.money.payments.stripe_lines.model import Payout
from tests.world import invoicing, money
from tests.world.invoicing import Deal
from tests.world.money import Bank
from tests.world.stripe import booked, known, line, of_payout, payouts_of, seen

SENT_MINOR: Final = 50_000_00
LINES: Final = 6

Act = Callable[[Connection], Awaitable[object]]


async def scene(pool: Pool) -> tuple[Deal, Payout, list[UUID]]:
    """One payout is on its way, and several lines have its amount."""
    async with db.lease(pool) as conn:
        deal = await invoicing.fw01(conn)
        bank = await money.bank(conn, deal)
        await known(conn, deal, bank)
        await booked(conn, deal, line("payout", -SENT_MINOR, source_id=f"po_{deal.unit.id}"))
        accounts: list[Bank] = [bank]
        accounts += [await money.second_account(conn, bank) for _ in range(LINES - 1)]
        lines = [await seen(conn, each, SENT_MINOR) for each in accounts]
        return deal, (await payouts_of(conn, deal))[0], lines


async def at_once(pool: Pool, acts: Sequence[Act]) -> Counter[str]:
    """What became of each: "done", or the code of its refusal."""

    async def ended(act: Act) -> str:
        async with db.lease(pool) as conn:
            try:
                await act(conn)
            except MarketError as refusal:
                return refusal.code
        return "done"

    return Counter(await asyncio.gather(*map(ended, acts)))


def naming(deal: Deal, payout: Payout, line_id: UUID) -> Act:
    return lambda conn: money.matched(conn, deal.finance, line_id, rest=of_payout(payout))


async def confirming(conn: Connection, deal: Deal, line_id: UUID) -> Act:
    """Of a line that names no payout."""
    rest = money.rest("stripe_in_transit", SENT_MINOR)
    waiting = await money.matched(conn, deal.finance, line_id, rest=rest)
    return lambda conn: money.confirmed(conn, deal.leader, waiting)


async def in_transit(pool: Pool, deal: Deal) -> int:
    async with db.lease(pool) as conn:
        return await money.balance(conn, deal.unit.id, "stripe_in_transit")


async def test_lines_at_once_are_not_all_the_same_payout(pool: Pool) -> None:
    deal, payout, lines = await scene(pool)
    ended = await at_once(pool, [naming(deal, payout, line_id) for line_id in lines])
    assert ended == {"done": 1, "payout_already_matched": LINES - 1}
    assert await in_transit(pool, deal) == 0


async def test_lines_that_name_none_do_not_use_up_the_same_money(pool: Pool) -> None:
    """And one that names it comes with them."""
    deal, payout, lines = await scene(pool)
    async with db.lease(pool) as conn:
        unnamed = [await confirming(conn, deal, line_id) for line_id in lines[1:]]
    ended = await at_once(pool, [*unnamed, naming(deal, payout, lines[0])])
    assert ended == {"done": 1, "not_in_transit": LINES - 1}
    assert await in_transit(pool, deal) == 0
