"""What happens by itself when a day of payment comes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta

import asyncpg
import pytest

from market.base import clock, db
from market.base.access import SYSTEM
from market.base.db import Connection, Pool
from market.base.embedded import Dsns
from market.ledger import queries as ledger
from market.money.invoicing import queries, subscriptions
from market.money.invoicing.model import Invoice, InvoiceState
from market.money.invoicing.queries import Filter
from market.money.invoicing.tax_points import operations as tax_points
from market.money.invoicing.voiding import model as voiding_model
from market.money.invoicing.voiding import operations as voiding
from tests.conftest import Clone
from tests.world import invoicing as world
from tests.world import ledger as books


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


@asynccontextmanager
async def pooled(dsn: str, statement_timeout_ms: int = 5000) -> AsyncIterator[Pool]:
    opened = await db.open_pool(dsn, size=2, statement_timeout_ms=statement_timeout_ms)
    yield opened
    opened.terminate()


async def test_an_invoice_that_is_held_leaves_the_others_their_day(stocked: Clone) -> None:
    async with stocked() as dsns, connected(dsns.app) as conn, connected(dsns.app) as rival:
        held, free = await world.fw01(conn), await world.fw01(conn)
        invoices = [await world.issued(conn, deal, 1) for deal in (held, free)]
        await travel(dsns, 11)
        async with db.act(rival, SYSTEM), pooled(dsns.worker, statement_timeout_ms=200) as worker:
            await queries.lock_invoice(rival, SYSTEM, invoices[0].id)
            await tax_points.reach_due_dates(worker)
        assert await world.tax_points(conn, invoices[0]) == []
        assert len(await world.tax_points(conn, invoices[1])) == 1

        async with pooled(dsns.worker) as worker:
            await tax_points.reach_due_dates(worker)

        assert len(await world.tax_points(conn, invoices[0])) == 1


async def test_the_daily_run_makes_all_of_the_vat_due_once(stocked: Clone) -> None:
    _, due_dates = subscriptions.PERIODIC["invoicing.due_tax_points"]
    async with stocked() as dsns, connected(dsns.app) as conn:
        deal = await world.fw01(conn)
        first, second, third = [await world.issued(conn, deal, place) for place in range(3)]
        await world.received(conn, deal, second, 100)

        await travel(dsns, 11)
        async with pooled(dsns.worker) as worker:
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


async def test_days_missed_are_made_up_for_on_their_own_dates_in_the_open_month(
    stocked: Clone,
) -> None:
    """The worker was down while three invoices fell due, and their months were closed."""
    async with stocked() as dsns, connected(dsns.app) as conn:
        deal = await world.fw01(conn)
        invoices = [await world.issued(conn, deal, place) for place in range(3)]
        began = await clock.today(conn)
        await travel(dsns, 70)
        closed = {one.due_on.replace(day=1) for one in invoices} | {began.replace(day=1)}
        for month in closed:
            await books.set_period(dsns.owner, deal.unit.id, month, "closed")

        async with pooled(dsns.worker) as worker:
            await tax_points.reach_due_dates(worker)
            await tax_points.reach_due_dates(worker)

        open_month = (max(closed) + timedelta(days=32)).replace(day=1)
        assert len({one.due_on for one in invoices}) == 3
        for invoice in invoices:
            assert await dated(conn, invoice) == [("due", invoice.due_on, invoice.vat_minor)]
            assert await booked(conn, invoice) == (invoice.due_on, open_month)


async def booked(conn: Connection, invoice: Invoice) -> tuple[date, date]:
    """The date and the month of the posting of its first tax point."""
    async with db.look(conn, SYSTEM):
        posting = await ledger.posting_of_cause(conn, f"tax_point:{invoice.id}:1")
    assert posting is not None
    return posting.effective_on, posting.period


async def test_a_receipt_taken_back_after_the_due_date_leaves_the_vat_due_on_that_date(
    stocked: Clone,
) -> None:
    async with stocked() as dsns, connected(dsns.app) as conn:
        deal = await world.fw01(conn)
        await world.started(conn, deal)
        invoice = await world.issued(conn, deal)
        paid = await world.received(conn, deal, invoice, 25_800_00)
        assert paid.vat_due_minor == paid.vat_minor

        await travel(dsns, 15)
        reopened = await world.taken_back(conn, deal, invoice, 25_800_00, on=invoice.issued_on)

        assert reopened.state == InvoiceState.OPEN
        assert reopened.vat_due_minor == reopened.vat_minor
        assert await dated(conn, invoice) == [
            ("receipt", invoice.issued_on, 1_460_38),
            ("take_back", invoice.issued_on, -1_460_38),
            ("due", invoice.due_on, 1_460_38),
        ]


async def test_a_receipt_learnt_after_the_due_date_is_taxed_on_its_own_day(stocked: Clone) -> None:
    async with stocked() as dsns, connected(dsns.app) as conn:
        deal = await world.fw01(conn)
        await world.surtaxed(conn)
        await world.started(conn, deal)
        invoice = await world.issued(conn, deal)
        received_on = invoice.issued_on + timedelta(days=6)
        await travel(dsns, 20)
        async with pooled(dsns.worker) as worker:
            await tax_points.reach_due_dates(worker)
        assert await dated(conn, invoice) == [("due", invoice.due_on, 1_460_38)]

        paid = await world.received(conn, deal, invoice, 25_800_00, on=received_on)

        assert (paid.state, paid.vat_due_minor) == (InvoiceState.PAID, 1_460_38)
        assert (await dated(conn, invoice))[1:] == [
            ("moved", invoice.due_on, -1_460_38),
            ("receipt", received_on, 1_460_38),
        ]
        balances = await world.balances(conn, deal)
        assert (balances["vat_payable"], balances["surtax_payable"]) == (1_460_38, 175_25)


async def test_a_fapiao_dated_before_the_receipt_is_taxed_on_its_own_day(stocked: Clone) -> None:
    async with stocked() as dsns, connected(dsns.app) as conn:
        deal = await world.fw01(conn)
        await world.started(conn, deal)
        invoice = await world.issued(conn, deal)
        await travel(dsns, 9)
        received_on = await clock.today(conn)
        await world.received(conn, deal, invoice, 25_800_00, on=received_on)
        issued_on = received_on - timedelta(days=4)

        await travel(dsns, 10)
        await world.fapiao_issued(conn, deal, invoice, on=issued_on)

        assert await dated(conn, invoice) == [
            ("receipt", received_on, 1_460_38),
            ("moved", received_on, -1_460_38),
            ("fapiao", issued_on, 1_460_38),
        ]


async def test_in_a_closed_month_the_moved_vat_is_booked_in_the_next_open_one(
    stocked: Clone,
) -> None:
    async with stocked() as dsns, connected(dsns.app) as conn:
        deal = await world.fw01(conn)
        await world.started(conn, deal)
        invoice = await world.issued(conn, deal)
        await travel(dsns, 50)
        async with pooled(dsns.worker) as worker:
            await tax_points.reach_due_dates(worker)
        await close(dsns, invoice.issued_on)
        await close(dsns, invoice.due_on)

        await world.received(conn, deal, invoice, 25_800_00, on=invoice.issued_on)

        booked = await booked_in(dsns, invoice)
        assert [months[0] for months in booked] == [
            invoice.due_on,
            invoice.due_on,
            invoice.issued_on,
        ]
        assert booked[1][1] == booked[2][1] > invoice.due_on


async def dated(conn: Connection, invoice: Invoice) -> list[tuple[str, date, int]]:
    points = await world.tax_points(conn, invoice)
    return [(point.reason, point.effective_on, point.vat_minor) for point in points]


async def close(dsns: Dsns, day: date) -> None:
    """As the close of a month will do it."""
    owner = await asyncpg.connect(dsns.owner)
    await owner.execute(
        "UPDATE period SET state = 'closed' WHERE month = date_trunc('month', $1::date)", day
    )
    await owner.close()


async def booked_in(dsns: Dsns, invoice: Invoice) -> list[tuple[date, date]]:
    """The date and the month of each of the invoice's tax points."""
    owner = await asyncpg.connect(dsns.owner)
    records = await owner.fetch(
        "SELECT effective_on, period FROM posting WHERE cause LIKE $1 ORDER BY id",
        f"tax_point:{invoice.id}:%",
    )
    await owner.close()
    return [(record[0], record[1]) for record in records]
