"""No line of Stripe's balance is left out: what cannot be booked by its rule is in suspense."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from market.auditor import audit
from market.base import db
from market.base.access import SYSTEM
from market.base.embedded import Dsns
from market.money.payments.online import operations as payments
from market.money.payments.stripe_balance.model import StripeLine
from market.money.payments.stripe_lines import pulling, queries
from tests.money.payments.stripe_lines.test_booking import lines_of, truth_of
from tests.money.payments.stripe_lines.test_pulling import rail_of
from tests.world import invoicing, stripe
from tests.world.stripe import DISPUTED, Till, line

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


async def test_a_line_that_cannot_be_told_is_in_suspense_or_waited_for_and_holds_up_nothing(
    till: Till,
) -> None:
    """First a dispute lacks what is read of it, then a line even its fee."""
    await till.pays(await till.presented(await till.issued(0)), DISPUTED)
    v1 = (await rail_of(till)).v1
    [dispute] = (await v1.disputes.list_async()).data
    await till.control("objects/spoil", kind="dispute", id=dispute.id, field="reason")
    await till.control("clock", seconds=86_400)
    await till.control("fees", amount=9_00)
    await till.later()
    told = [(one.category, one.is_explained) for one in await lines_of(till)]
    assert told == [("fee", True), ("dispute", False), ("charge", True)]
    assert await till.balance("stripe_balance") == await truth_of(till)
    assert await till.balance("suspense") == -25_800_00
    before = await bookmark(till)

    await till.control("clock", seconds=86_400)
    for amount in (7_00, 8_00):
        await till.control("fees", amount=amount)
    last, odd, *_ = (await v1.balance_transactions.list_async()).data
    await till.control("objects/spoil", kind="balance_transaction", id=odd.id, field="fee")
    await till.later()
    assert [one.amount_minor for one in await lines_of(till)][:2] == [-8_00, -9_00]
    assert await bookmark(till) == before

    await till.control("objects/mend")
    await till.later()
    assert {one.amount_minor for one in await lines_of(till)} >= {-7_00, -8_00}
    assert (await bookmark(till)).timestamp() == last.created
    assert await till.balance("stripe_balance") == await truth_of(till)


async def test_whatever_is_odd_about_a_line_its_money_is_in_the_books_and_finance_is_told(
    fresh_database: object,
) -> None:
    addresses: Dsns = await fresh_database()  # type: ignore[operator]
    pool = await db.open_pool(addresses.app)
    async with db.lease(pool) as conn:
        deal = await invoicing.fw01(conn)
        invoice, books = await invoicing.issued(conn, deal), deal.unit.id
        payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
        of = {"intent_id": payment.intent_id, "charge_id": "ch_odd", "source_id": "ch_odd"}
    abroad = line("charge", 36_00, currency="USD", **of)
    for told in (*ODD, abroad):
        assert await pulling.take_in(pool, books, told)
        assert not await pulling.take_in(pool, books, told)
    async with db.lease(pool) as conn, db.look(conn, SYSTEM):
        kept: list[StripeLine] = await queries.lines_of(conn, SYSTEM, books, after=None, limit=100)
    assert {one.balance_transaction_id: one.net_minor for one in kept} == {
        told.id: told.net_minor for told in (*ODD, abroad)
    }
    assert not any(one.is_explained for one in kept)
    async with db.lease(pool) as conn:
        again = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
        assert (again.amount_minor, again.state) == (invoice.amount_minor, "processing")
        first = await payments.find_payment(conn, deal.buyer, payment.id)
        assert (first.state, [part.is_live for part in first.parts]) == ("succeeded", [False])
    await db.close_pool(pool)
    worker = await db.connect(addresses.worker)
    told_of = await worker.fetch(
        "SELECT subject_id FROM event WHERE name = 'stripe_line.unexplained'"
    )
    await worker.close()
    assert {line_id for (line_id,) in told_of} == {one.id for one in kept}
    assert (await audit.run(addresses.auditor)).faults == []
