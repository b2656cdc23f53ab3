"""Stripe's balance is read to its end: no line is passed over, and none keeps the others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final, NamedTuple

import asyncpg
import pytest

from market.base import db
from market.base.access import SYSTEM
from market.base.embedded import Dsns
from market.money.payments.online import presenting
from market.money.payments.online.model import PaymentState
from market.money.payments.rails import Rail
from market.money.payments.stripe_lines import pulling, queries
from tests.conftest import Clone
from tests.money.payments.stripe_lines.test_booking import lines_of
from tests.world import stripe
from tests.world.stripe import Till

LATER_SECONDS: Final = 2 * 3600

# What the database has against the first charge, and what the ledger has.
FAULTS: Final = {
    "the database's": """CREATE FUNCTION refuses() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.amount_minor = 2580000 THEN RAISE check_violation; END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER refuses BEFORE INSERT ON stripe_line
        FOR EACH ROW EXECUTE FUNCTION refuses()""",
    "ours": """CREATE FUNCTION refuses() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT FROM stripe_line
                       WHERE NEW.cause = 'stripe_line:' || id AND amount_minor = 2580000) THEN
                RAISE 'suspense' USING ERRCODE = 'ML002', DETAIL = '不足', HINT = 'Not enough.';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER refuses BEFORE INSERT ON posting
        FOR EACH ROW EXECUTE FUNCTION refuses()""",
}


class Watched(NamedTuple):
    """A till of which the owner of the database spoils something."""

    till: Till
    addresses: Dsns

    async def owner(self, sql: str) -> None:
        connection = await asyncpg.connect(self.addresses.owner)
        await connection.execute(sql)
        await connection.close()


@pytest.fixture
async def watched(stocked: Clone, simulator: str) -> AsyncIterator[Watched]:
    async with stocked() as addresses:
        pool = await db.open_pool(addresses.app)
        async with stripe.till(pool, simulator) as made:
            yield Watched(made, addresses)
        pool.terminate()


async def rail_of(till: Till) -> Rail:
    async with db.lease(till.pool) as conn:
        found = await till.rails.of(conn, till.books)
    assert found is not None
    return found


@pytest.mark.parametrize("fault", list(FAULTS))
async def test_a_line_that_fails_keeps_no_other_and_is_booked_once_it_can_be(
    watched: Watched, fault: str
) -> None:
    till = watched.till
    first, second = await till.issued(0), await till.issued(1)
    for invoice in (first, second):
        await till.pays(await till.presented(invoice))
        # So far apart that the overlap alone would not find the first again.
        await till.control("clock", seconds=LATER_SECONDS)
    await watched.owner(FAULTS[fault])
    await till.later()
    assert [line.amount_minor for line in await lines_of(till)] == [second.amount_minor]

    await watched.owner("DROP FUNCTION refuses CASCADE")
    await till.later()

    assert sorted(line.amount_minor for line in await lines_of(till)) == [
        first.amount_minor,
        second.amount_minor,
    ]
    assert (await till.invoice(first.id)).state == "paid"


async def test_what_stripe_lists_late_is_found_behind_the_bookmark(till: Till) -> None:
    await till.paid(await till.issued(0))
    async with db.lease(till.pool) as conn, db.act(conn, SYSTEM):
        read_to = await queries.bookmark_of(conn, till.books)
        assert read_to is not None
        # As if a line of half an hour later had been read before.
        await queries.move_bookmark(conn, till.books, read_to + timedelta(minutes=30))
    await till.paid(await till.issued(1))
    assert len(await lines_of(till)) == 2


async def test_a_bookmark_never_goes_back(till: Till) -> None:
    await till.paid(await till.issued())
    async with db.lease(till.pool) as conn, db.act(conn, SYSTEM):
        read_to = await queries.bookmark_of(conn, till.books)
        assert read_to is not None
        await queries.move_bookmark(conn, till.books, read_to - timedelta(days=1))
        assert await queries.bookmark_of(conn, till.books) == read_to


async def test_the_balance_is_read_sooner_where_money_is_awaited(till: Till) -> None:
    rail = await rail_of(till)

    async def is_read_after(seconds: int) -> bool:
        async with db.lease(till.pool) as conn, db.act(conn, SYSTEM):
            await conn.execute(
                """UPDATE stripe_bookmark SET read_at = market_now() - make_interval(secs => $2)
                   WHERE books_unit_id = $1""",
                till.books,
                float(seconds),
            )
        return await pulling.pull_if_due(till.pool, rail) == 1

    payment = await till.presented(await till.issued())
    await till.pays(payment)
    assert not await is_read_after(20), "nobody knows yet that it was paid"
    await presenting.refresh(till.pool, rail, payment.id)
    assert (await till.read(payment.id)).state == PaymentState.SUCCEEDED
    assert not await is_read_after(0), "it was read this moment"
    assert await is_read_after(20)
    assert len(await lines_of(till)) == 1
