"""Whatever changes what is open of an invoice closes the page that asks for another sum.

The job runs as it does in the market: the act leaves it in the queue, and the worker takes it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import pytest

from market import worker
from market.base import db, migrations
from market.base.db import Connection
from market.base.embedded import Dsns
from market.money.invoicing.model import FullInvoice
from market.money.invoicing.voiding import operations as voiding
from market.money.invoicing.write_offs import operations as write_offs
from market.money.payments.online.model import FullOnlinePayment, PaymentState
from market.money.reconciliation.matching.model import Match
from tests.conftest import Clone
from tests.world import bidding, dunning, invoicing, money, performance, stripe
from tests.world.invoicing import Deal
from tests.world.money import Line
from tests.world.stripe import Till

PART_MINOR: Final = 1_000_00

Act = Callable[[Connection, Deal, FullInvoice], Awaitable[object]]


@pytest.fixture(scope="module")
async def subscribed(stocked: Clone) -> AsyncIterator[Dsns]:
    """A market whose events start jobs, as `market migrate` leaves it."""
    async with stocked() as addresses:
        await migrations.migrate(addresses.owner, subscriptions=worker.SUBSCRIPTIONS)
        yield addresses


@pytest.fixture
async def till(subscribed: Dsns, simulator: str) -> AsyncIterator[Till]:
    pool = await db.open_pool(subscribed.app)
    async with stripe.till(pool, simulator) as made:
        yield made
    await db.close_pool(pool)


async def pay_part(conn: Connection, deal: Deal, invoice: FullInvoice) -> Match:
    bank = await money.bank(conn, deal)
    paid = Line(PART_MINOR, deal.enterprise.name_zh, invoice.payment_code)
    [line] = (await money.imported(conn, bank, [paid])).outcomes
    given = money.allocation(invoice.id, PART_MINOR)
    return await money.matched(conn, deal.finance, line.line_id, given)


async def pay(conn: Connection, deal: Deal, invoice: FullInvoice) -> None:
    bank = await money.bank(conn, deal)
    paid = Line(invoice.amount_minor, deal.enterprise.name_zh, invoice.payment_code)
    await money.imported(conn, bank, [paid])


async def credit_part(conn: Connection, deal: Deal, invoice: FullInvoice) -> None:
    await invoicing.credited(conn, deal, invoice, PART_MINOR)


async def credit(conn: Connection, deal: Deal, invoice: FullInvoice) -> None:
    await invoicing.credited(conn, deal, invoice)


async def void(conn: Connection, deal: Deal, invoice: FullInvoice) -> None:
    proposed = await voiding.propose_void(conn, deal.finance, invoice.id, "开错")
    await voiding.approve_void(conn, deal.leader, proposed.id)


async def closed(addresses: Dsns, till: Till, payment: FullOnlinePayment) -> None:
    """The worker calls it off, and nobody can pay it any more."""
    await worker.drain(addresses)
    await till.turn()
    assert (await till.read(payment.id)).state == PaymentState.CANCELED
    assert (await till.pays(payment)).status_code == 402
    await till.later()
    assert await till.balance("stripe_balance") == 0


@pytest.mark.parametrize("act", [pay_part, pay, credit_part, credit, void])
async def test_a_page_that_asks_what_is_no_longer_open_is_closed(
    subscribed: Dsns, till: Till, act: Act
) -> None:
    async with db.lease(till.pool) as conn:
        invoice = await till.issued()
        payment = await till.presented(invoice)
        await act(conn, till.deal, invoice)
    await closed(subscribed, till, payment)


async def test_a_page_for_the_rest_is_closed_when_more_is_open_again(
    subscribed: Dsns, till: Till
) -> None:
    async with db.lease(till.pool) as conn:
        invoice = await till.issued()
        match = await pay_part(conn, till.deal, invoice)
        await worker.drain(subscribed)
        payment = await till.presented(invoice)
        await money.undone(conn, till.deal.finance, match)
    await closed(subscribed, till, payment)


async def test_a_page_that_was_made_since_and_asks_what_is_open_stays(
    subscribed: Dsns, till: Till
) -> None:
    async with db.lease(till.pool) as conn:
        invoice = await till.issued()
        await credit_part(conn, till.deal, invoice)
    payment = await till.presented(invoice)
    await worker.drain(subscribed)
    await till.turn()
    assert (await till.read(payment.id)).state == PaymentState.PROCESSING
    await till.pays(payment)
    await till.later()
    assert (await till.invoice(invoice.id)).state == "paid"


async def test_a_debt_that_is_written_off_is_asked_for_no_more(
    subscribed: Dsns, till: Till
) -> None:
    async with db.lease(till.pool) as conn:
        await performance.complete(conn, till.deal)
        invoice = await till.issued()
        await bidding.pass_time(subscribed.owner, dunning.THREE_WEEKS)
        payment = await till.presented(invoice)
        deal = till.deal
        proposed = await write_offs.propose_write_off(conn, deal.finance, invoice.id, "买方破产")
        await write_offs.approve_write_off(conn, deal.leader, proposed.id)
    await closed(subscribed, till, payment)
