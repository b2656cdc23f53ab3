"""No line of Stripe's balance is left out: what cannot be booked by its rule is in suspense."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from market.auditor import audit
from market.base import db
from market.base.access import SYSTEM
from market.base.embedded import Dsns
from market.money.payments.stripe_lines import pulling, queries
from market.money.payments.stripe_lines.model import StripeLine
from tests.money.payments.stripe_lines.test_booking import lines_of, truth_of
from tests.world import invoicing
from tests.world.stripe import Till, line

ODD: Final = (
    line("payout", -5_00),
    line("payout", 0, source_id="po_of_nothing"),
    line("payout", -7_00, source_id="po_" + "x" * 300),
    line("payout_reversal", 3_00, source_id="po_that_nobody_knows"),
    line("dispute", -11_00, fee_minor=85_00),
    line("dispute_reversal", 11_00),
    line("fee", -13_00, description="a\0b", fees=[{"type": "tax\0", "amount": 1}]),
    line("x" * 101, 17_00),
    line("topup", 19_00, paid_currency="usd", paid_minor=3_00),
)


async def bookmark(till: Till) -> datetime:
    async with db.lease(till.pool) as conn, db.look(conn, SYSTEM):
        found = await queries.bookmark_of(conn, till.books)
    assert found is not None
    return found


async def test_a_line_that_cannot_be_booked_is_in_suspense_and_holds_up_nothing(
    till: Till,
) -> None:
    await till.paid(await till.issued())
    before = await till.balance("stripe_balance")
    await till.control("fees", amount=50_00, description="Monthly\0fee")
    await till.control("clock", seconds=86_400)
    await till.control("fees", amount=9_00)
    await till.later()
    last, odd, _ = await lines_of(till)
    assert (odd.category, odd.amount_minor, odd.is_explained) == ("fee", -50_00, False)
    assert (last.amount_minor, last.is_explained) == (-9_00, True)
    assert await till.balance("suspense") == -50_00
    assert await till.balance("stripe_balance") == before - 59_00 == await truth_of(till)
    assert await bookmark(till) == last.moved_at


async def test_whatever_is_odd_about_a_line_its_money_is_in_the_books_and_finance_is_told(
    fresh_database: object,
) -> None:
    addresses: Dsns = await fresh_database()  # type: ignore[operator]
    pool = await db.open_pool(addresses.app)
    async with db.lease(pool) as conn:
        books = (await invoicing.fw01(conn)).unit.id
    for told in ODD:
        assert await pulling.take_in(pool, books, told)
        assert not await pulling.take_in(pool, books, told)
    async with db.lease(pool) as conn, db.look(conn, SYSTEM):
        kept: list[StripeLine] = await queries.lines_of(conn, SYSTEM, books, after=None, limit=100)
    assert {one.balance_transaction_id: one.net_minor for one in kept} == {
        told.id: told.net_minor for told in ODD
    }
    assert not any(one.is_explained for one in kept)
    await db.close_pool(pool)
    worker = await db.connect(addresses.worker)
    told_of = await worker.fetch(
        "SELECT subject_id FROM event WHERE name = 'stripe_line.unexplained'"
    )
    await worker.close()
    assert {line_id for (line_id,) in told_of} == {one.id for one in kept}
    assert (await audit.run(addresses.auditor)).faults == []
