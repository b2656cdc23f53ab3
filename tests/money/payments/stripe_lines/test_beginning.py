"""Books that begin with money at Stripe hold none of its history a second time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from market.auditor import audit
from market.base import clock, db
from market.base.access import SYSTEM
from market.base.db import Connection, Pool
from market.ledger.opening import operations as ledger_opening
from market.money.payments.stripe_balance.model import Disputed
from market.money.payments.stripe_explanations import operations as explanations
from market.money.payments.stripe_lines import booking, queries, setting_aside
from market.money.statements.opening import operations as opening
from market.money.statements.opening.model import AlreadyPosted, StripeDiffers
from tests.conftest import Clone
from tests.world import dunning, explaining, money
from tests.world import ledger as books
from tests.world.stripe import line


async def test_what_came_before_the_books_began_is_inside_the_opening_balance(
    conn: Connection,
) -> None:
    bank = await money.unit_bank(conn)
    unit, today = bank.account.books_unit_id, await clock.today(conn)
    at_stripe = books.line("stripe_balance", 1_000_00)
    await books.opened_books(conn, bank.finance, bank.leader, at_stripe, as_of=today)
    long_ago = line("charge", 1_000_00, moved_at=datetime.now(UTC) - timedelta(days=40))
    assert not await booking.book(conn, unit, long_ago)
    assert not await setting_aside.set_aside(conn, unit, long_ago)
    assert await booking.book(conn, unit, line("charge", 30_00))
    assert await money.balance(conn, unit, "stripe_balance") == 1_030_00
    assert await money.balance(conn, unit, "suspense") == 30_00


async def test_what_was_disputed_before_the_books_began_comes_back_in_suspense(
    clone: Clone,
) -> None:
    """Its chargeback is none of theirs: nothing of what Stripe holds here would be less."""
    async with dunning.opened(clone) as market:
        conn, bank = market.conn, await money.unit_bank(market.conn)
        unit, today = bank.account.books_unit_id, await clock.today(conn)
        others = books.line("vat_payable", 70_00)
        await books.opened_books(conn, bank.finance, bank.leader, others, as_of=today)
        long_ago = datetime.now(UTC) - timedelta(days=9)
        told = Disputed("dp_old", 1_000_00, "CNY", "fraudulent", "won", None, None, "ch_old")
        told = msgspec.structs.replace(told, taken_on=clock.day_of(long_ago))
        taken = line("dispute", -1_000_00, dispute=told, moved_at=long_ago)
        assert not await booking.book(conn, unit, taken)
        assert await booking.book(conn, unit, line("dispute_reversal", 1_000_00, dispute=told))
        assert await money.balance(conn, unit, "suspense") == 1_000_00
        assert await money.balance(conn, unit, "stripe_disputed") == 0
        async with db.look(conn, SYSTEM):
            [back] = await queries.lines_of(conn, SYSTEM, unit, after=None, limit=9)
        waiting = await explanations.propose_explanation(
            conn, bank.finance, back.id, explaining.as_("write_off")
        )
        await explanations.approve_explanation(conn, bank.leader, waiting.id)
        assert await money.balance(conn, unit, "suspense") == 0
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_books_that_hold_stripes_lines_begin_without_money_at_stripe(
    conn: Connection,
) -> None:
    bank = await money.unit_bank(conn)
    unit, today = bank.account.books_unit_id, await clock.today(conn)
    assert await booking.book(conn, unit, line("charge", 30_00))
    for kind in ("stripe_balance", "stripe_in_transit"):
        prepared = await books.prepared_books(
            conn,
            bank.finance,
            books.line("surtax_payable", 5),
            books.line(kind, 1_000_00),
            as_of=today,
        )
        with pytest.raises(StripeDiffers, match=f"1,000.00 .* of {today}"):
            await opening.approve_opening_balance(conn, bank.leader, prepared.id)
        await ledger_opening.withdraw_opening_balance(conn, bank.finance, prepared.id)
    prepared = await books.prepared_books(
        conn, bank.finance, books.line("surtax_payable", 5), as_of=today
    )
    await opening.approve_opening_balance(conn, bank.leader, prepared.id)


async def test_books_do_not_begin_after_a_line_that_they_hold(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    unit, today = bank.account.books_unit_id, await clock.today(conn)
    earlier = line("charge", 30_00, moved_at=datetime.now(UTC) - timedelta(days=4))
    assert await booking.book(conn, unit, earlier)
    prepared = await books.prepared_books(
        conn, bank.finance, books.line("stripe_balance", 30_00), as_of=today
    )
    with pytest.raises(AlreadyPosted):
        await opening.approve_opening_balance(conn, bank.leader, prepared.id)


async def test_books_that_begin_while_a_line_is_booked_wait_for_it(pool: Pool) -> None:
    async with db.lease(pool) as one, db.lease(pool) as two:
        bank = await money.unit_bank(one)
        unit, today = bank.account.books_unit_id, await clock.today(one)
        owed = books.line("supplier_payable", 5)
        prepared = await books.prepared_books(one, bank.finance, owed, as_of=today)
        approver = await two.fetchval("SELECT pg_backend_pid()")
        async with db.act(one, SYSTEM):
            long_ago = datetime.now(UTC) - timedelta(days=40)
            assert await booking.book(one, unit, line("charge", 30_00, moved_at=long_ago))
            begins = asyncio.create_task(
                opening.approve_opening_balance(two, bank.leader, prepared.id)
            )
            waits = False
            while not (waits or begins.done()):
                waits = await one.fetchval("SELECT cardinality(pg_blocking_pids($1)) > 0", approver)
        with pytest.raises(AlreadyPosted):
            await begins
