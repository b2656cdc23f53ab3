"""What happens to invoices that nobody pays, each act committed, for whoever looks afterwards.

The market's clock stands some weeks ahead then, and what those days brought has been written down.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Final, NamedTuple

import asyncpg

from market.base import clock, db, working_days
from market.base.access import SYSTEM
from market.base.db import Connection, Pool
from market.base.embedded import Dsns
from market.money.invoicing import queries as invoices
from market.money.invoicing import subscriptions
from market.money.invoicing.queries import Filter
from market.money.invoicing.reminders import operations as reminders
from market.money.invoicing.reminders.model import Holding
from market.money.invoicing.write_offs import operations as write_offs
from tests.conftest import Clone
from tests.world import bidding, invoicing, money, performance
from tests.world.money import Line

THREE_WEEKS: Final = timedelta(days=21)
ANNOUNCED: Final = """
    INSERT INTO policy (name, number, effective_on, body, source, state, proposed_by, decided_by)
    SELECT name, number + 1, effective_on + 1, body || jsonb_build_object('until', $1::date),
           source, state, proposed_by, decided_by
    FROM policy WHERE name = 'working_days' ORDER BY number DESC LIMIT 1"""
FOR_EVER: Final = date(2099, 12, 31)


class Market(NamedTuple):
    """A market of its own, whose days pass; its tests speak of their own invoices."""

    addresses: Dsns
    conn: Connection
    worker: Pool
    owner: asyncpg.Connection

    async def pass_to(self, day: date) -> None:
        today = await clock.today(self.conn)
        await self.owner.execute(
            "UPDATE clock_offset SET shift = shift + make_interval(days => $1)", (day - today).days
        )

    async def announce(self, until: date) -> None:
        """The holidays are known until that day, and as they were."""
        await self.owner.execute(ANNOUNCED, until)

    async def late(self, since: date, days: int) -> None:
        """So many working days after a day, by the market's own calendar."""
        async with db.look(self.conn, SYSTEM):
            calendar = await working_days.calendar(self.conn, on=await clock.today(self.conn))
        await self.pass_to(calendar.after(since, days).day)

    async def run(self, *names: str) -> None:
        """The daily jobs of these names, or all of them, as the worker runs them."""
        for name, (_, job) in subscriptions.PERIODIC.items():
            if name in (names or subscriptions.PERIODIC):
                await job(self.worker)


async def announce(owner: str) -> None:
    """The holidays of all years to come are known, and as they were."""
    conn = await asyncpg.connect(owner)
    await conn.execute(ANNOUNCED, FOR_EVER)
    await conn.close()


@asynccontextmanager
async def opened(clone: Clone) -> AsyncIterator[Market]:
    """The holidays of all years to come are announced."""
    async with clone() as addresses:
        conn, owner = await db.connect(addresses.app), await asyncpg.connect(addresses.owner)
        worker = await db.open_pool(addresses.worker, size=2)
        await owner.execute(ANNOUNCED, FOR_EVER)
        yield Market(addresses, conn, worker, owner)
        await db.close_pool(worker)
        conn.terminate()
        await owner.close()


async def happens(conn: Connection, addresses: Dsns) -> None:
    """Reminded, held, written off, recovered; and one invoice that is not due yet."""
    reminded = await _three_are_asked_for(conn)
    await _weeks_pass(conn, addresses)
    await _losses(conn, reminded)
    await invoicing.issued(conn, await invoicing.fw01(conn))


async def _three_are_asked_for(conn: Connection) -> invoicing.Deal:
    """The work is done. One is disputed, one is held until a day."""
    deal = await invoicing.fw01(conn)
    await performance.complete(conn, deal)
    _, disputed, held = [await invoicing.issued(conn, deal, place) for place in range(3)]
    dispute = Holding(disputed=True, reason="买方对数量有异议")
    await reminders.hold_reminders(conn, deal.finance, disputed.id, dispute)
    agreed = Holding(until=await clock.today(conn) + THREE_WEEKS, reason="双方已商定延期付款")
    await reminders.hold_reminders(conn, deal.finance, held.id, agreed)
    return deal


async def _weeks_pass(conn: Connection, addresses: Dsns) -> None:
    await announce(addresses.owner)
    worker = await db.open_pool(addresses.worker, size=1)
    for _ in "ab":
        await bidding.pass_time(addresses.owner, THREE_WEEKS)
        for _, job in subscriptions.PERIODIC.values():
            await job(worker)
    await db.close_pool(worker)


async def _losses(conn: Connection, deal: invoicing.Deal) -> None:
    """One stands, one was rejected first, one was recovered in part; another waits."""
    async with db.look(conn, SYSTEM):
        lost, other, third = await invoices.invoices(
            conn, SYSTEM, Filter(contract_id=deal.contract.id)
        )
    rejected = await write_offs.propose_write_off(conn, deal.finance, lost.id, "买方歇业")
    await write_offs.reject_write_off(conn, deal.leader, rejected.id, "请先发律师函")
    for invoice in (lost, other):
        proposed = await write_offs.propose_write_off(conn, deal.finance, invoice.id, "买方破产")
        await write_offs.approve_write_off(conn, deal.leader, proposed.id)
    bank = await money.bank(conn, deal)
    paid = [Line(1_000_00, deal.enterprise.name_zh, other.payment_code)]
    [line] = (await money.imported(conn, bank, paid)).outcomes
    await money.matched(conn, deal.finance, line.line_id, money.allocation(other.id, 1_000_00))
    await write_offs.propose_write_off(conn, deal.finance, third.id, "催收无果")
