"""What happens to invoices that nobody pays, each act committed, for whoever looks afterwards.

The market's clock stands some weeks ahead then, and what those days brought has been written down.
"""

from __future__ import annotations

from datetime import timedelta

from market.base import clock, db
from market.base.db import Connection
from market.base.embedded import Dsns
from market.money.invoicing import subscriptions
from market.money.invoicing.reminders import operations as reminders
from market.money.invoicing.reminders.model import Holding
from tests.world import bidding, invoicing

WEEKS: tuple[timedelta, ...] = (timedelta(days=21), timedelta(days=21))


async def happens(conn: Connection, addresses: Dsns) -> None:
    """Reminded at two levels; held for a dispute, and until a day; and one not due yet."""
    deal = await invoicing.fw01(conn)
    _, disputed, held = [await invoicing.issued(conn, deal, place) for place in range(3)]
    dispute = Holding(disputed=True, reason="买方对数量有异议")
    await reminders.hold_reminders(conn, deal.finance, disputed.id, dispute)
    until = await clock.today(conn) + timedelta(days=21)
    agreed = Holding(until=until, reason="双方已商定延期付款")
    await reminders.hold_reminders(conn, deal.finance, held.id, agreed)
    for weeks in WEEKS:
        await bidding.pass_time(addresses.owner, weeks)
        await daily_jobs(addresses)
    await invoicing.issued(conn, await invoicing.fw01(conn))


async def daily_jobs(addresses: Dsns) -> None:
    """As the worker runs them every day."""
    worker = await db.open_pool(addresses.worker, size=1)
    for _, job in subscriptions.PERIODIC.values():
        await job(worker)
    worker.terminate()
