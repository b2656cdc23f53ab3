"""What happens by itself when a day of payment comes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from market.base import clock, db
from market.base.access import SYSTEM
from market.base.db import Connection
from market.base.embedded import Dsns
from market.money.invoicing import queries, subscriptions
from market.money.invoicing.model import InvoiceState
from market.money.invoicing.queries import Filter
from market.money.invoicing.voiding import model as voiding_model
from market.money.invoicing.voiding import operations as voiding
from tests.conftest import Clone
from tests.world import invoicing as world


async def travel(dsns: Dsns, days: int) -> None:
    """Let days pass, as only the owner can."""
    owner = await asyncpg.connect(dsns.owner)
    await owner.execute("UPDATE clock_offset SET shift = make_interval(days => $1)", days)
    await owner.close()


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[Connection]:
    connection = await db.connect(dsn)
    yield connection
    await connection.close()


async def test_the_daily_run_makes_all_of_the_vat_due_once(clone: Clone) -> None:
    _, due_dates = subscriptions.PERIODIC["invoicing.due_tax_points"]
    async with clone() as dsns, connected(dsns.app) as conn:
        deal = await world.fw01(conn)
        first, second, third = [await world.issued(conn, deal, place) for place in range(3)]
        await world.received(conn, deal, second, 100)

        await travel(dsns, 11)
        async with connected(dsns.worker) as worker:
            await due_dates(worker)
            await due_dates(worker)

        today = await clock.today(conn)
        assert second.due_on < today < first.due_on
        [point] = await world.tax_points(conn, second)
        assert (point.reason, point.effective_on) == ("due", second.due_on)
        assert point.vat_minor == second.vat_minor
        assert await world.tax_points(conn, first) == []
        async with db.look(conn, SYSTEM):
            late = await queries.invoices(conn, SYSTEM, Filter(overdue=True))
        assert [invoice.id for invoice in late] == [second.id]
        await travel(dsns, 12)
        with pytest.raises(voiding_model.PastTaxPoint):
            await voiding.propose_void(conn, deal.finance, third.id, "期次有误")


async def test_a_receipt_taken_back_after_the_due_date_leaves_the_vat_due(clone: Clone) -> None:
    async with clone() as dsns, connected(dsns.app) as conn:
        deal = await world.fw01(conn)
        await world.started(conn, deal)
        invoice = await world.issued(conn, deal)
        paid = await world.received(conn, deal, invoice, 25_800_00)
        assert paid.vat_due_minor == paid.vat_minor

        await travel(dsns, 15)
        reopened = await world.taken_back(conn, deal, invoice, 25_800_00)

        assert reopened.state == InvoiceState.OPEN
        assert reopened.vat_due_minor == reopened.vat_minor
        assert len(await world.tax_points(conn, invoice)) == 1
