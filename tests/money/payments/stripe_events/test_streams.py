"""Whatever happens at Stripe, and whatever is heard of it, the books end at Stripe's own truth."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from market.auditor import audit
from market.base import db
from market.base.embedded import Dsns
from market.money.payments.chargebacks import following
from market.money.payments.online import operations
from market.money.payments.online.model import PaymentIsOver, PaymentUnderWay
from market.money.payments.stripe_events import keeping_up
from market.money.payments.stripe_lines import operations as lines
from tests.money.payments.stripe_events.test_events import event, told
from tests.world import stripe
from tests.world.stripe import ASKS_ITS_HOLDER, DECLINED, DISPUTED, VISA, Till

STEPS = 14
NAMES = (
    "payment_intent.succeeded", "payment_intent.payment_failed", "charge.succeeded",
    "charge.updated", "charge.refunded", "charge.dispute.created", "charge.dispute.closed",
    "checkout.session.completed", "checkout.session.expired", "payout.created", "payout.failed",
    "refund.created", "refund.updated", "refund.failed", "charge.refund.updated",
    "customer.created",
)  # fmt: skip


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`make soak` draws more of them."""
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(metafunc.config.getoption("--streams")))


class Stream:
    """A life of one unit's account, drawn by chance: of its events some are lost, some doubled."""

    def __init__(self, till: Till, chance: random.Random) -> None:
        self.till = till
        self.chance = chance
        self.heard: list[str] = []

    async def step(self) -> None:
        await self.chance.choice(self.acts())()
        await self.hear()
        if self.chance.random() < 0.5:
            await keeping_up.keep_up(self.till.pool, self.till.rails)

    def acts(self) -> list[Callable[[], Awaitable[None]]]:
        return [
            self.pay, self.pay, self.dispute, self.judge, self.fee, self.payout, self.call_off
        ]  # fmt: skip

    async def pay(self) -> None:
        invoices = [await self.till.issued(place) for place in range(3)]
        wanted = [one for one in invoices if one.open_minor and one.state != "void"]
        if not wanted:
            return
        try:
            payment = await self.till.presented(self.chance.choice(wanted))
        except PaymentUnderWay:
            return
        if payment.pay_url is None:
            return
        self.heard += [payment.checkout_id or "", payment.intent_id or "pi_none"]
        card = self.chance.choice([VISA, VISA, DECLINED, ASKS_ITS_HOLDER, DISPUTED])
        await self.till.pays(payment, card)
        if card == DECLINED:
            await self.till.pays(payment)

    async def dispute(self) -> None:
        charges = (await self.rail()).v1.charges
        open_ones = [
            one
            for one in (await charges.list_async()).data
            if one.status == "succeeded" and not one.disputed
        ]
        if open_ones:
            charge = self.chance.choice(open_ones)
            amount = self.chance.choice([charge.amount, max(1, charge.amount // 3)])
            await self.till.control("disputes", charge=charge.id, amount=amount)

    async def judge(self) -> None:
        disputes = (await (await self.rail()).v1.disputes.list_async()).data
        undecided = [one for one in disputes if one.status == "needs_response"]
        if undecided:
            dispute = self.chance.choice(undecided)
            self.heard.append(dispute.id)
            won = self.chance.choice(["true", "false"])
            await self.till.control("disputes/judge", dispute=dispute.id, won=won)

    async def fee(self) -> None:
        await self.till.control("fees", amount=self.chance.randint(1, 5_000))

    async def payout(self) -> None:
        await self.till.control("clock", seconds=self.chance.choice([3_600, 3 * 86_400]))
        made = await self.till.control("payouts")
        for payout in made["payouts"]:
            self.heard.append(payout["id"])
            if self.chance.random() < 0.3:
                await self.till.control("payouts/fail", payout=payout["id"])

    async def call_off(self) -> None:
        for place in range(3):
            invoice = await self.till.issued(place)
            async with db.lease(self.till.pool) as conn:
                attempts = await operations.payments_of(conn, self.till.deal.buyer, invoice.id)
                if attempts and not attempts[0].is_over:
                    try:
                        await operations.cancel_payment(conn, self.till.deal.buyer, attempts[0].id)
                    except PaymentIsOver:
                        continue

    async def hear(self) -> None:
        """Events of anything that happened, in any order: a fifth is lost, a third doubled."""
        for _ in range(self.chance.randint(0, 3)):
            if not self.heard or self.chance.random() < 0.2:
                continue
            name, about = self.chance.choice(NAMES), self.chance.choice(self.heard)
            number = str(self.chance.randint(1, 10**9))
            for _ in range(2 if self.chance.random() < 0.3 else 1):
                await told(self.till, event(name, about, number))

    async def rail(self) -> Any:
        async with db.lease(self.till.pool) as conn:
            return await self.till.rails.of(conn, self.till.books)


async def is_stripes_truth(stream: Stream) -> None:
    """After everything was read again: balances, what is held, what is on its way, and lines."""
    till, rail = stream.till, await stream.rail()
    await following.follow_all(till.pool, rail)
    await till.later()

    balance = await rail.v1.balance.retrieve_async()
    held = sum(part.amount for part in [*balance.available, *balance.pending])
    assert await till.balance("stripe_balance") == held
    disputes = (await rail.v1.disputes.list_async({"limit": 100})).data
    undecided = sum(one.amount for one in disputes if one.status == "needs_response")
    assert await till.balance("stripe_disputed") == undecided
    payouts = (await rail.v1.payouts.list_async({"limit": 100})).data
    on_their_way = sum(one.amount for one in payouts if one.status != "failed")
    assert await till.balance("stripe_in_transit") == on_their_way
    told_of = (await rail.v1.balance_transactions.list_async({"limit": 100})).data
    async with db.lease(till.pool) as conn:
        booked = await lines.list_lines(conn, till.deal.finance, till.books, after=None, limit=100)
    assert {one.balance_transaction_id for one in booked} == {one.id for one in told_of}


async def test_the_books_end_at_stripes_own_truth(
    fresh_database: object, simulator: str, seed: int
) -> None:
    addresses: Dsns = await fresh_database()  # type: ignore[operator]
    pool = await db.open_pool(addresses.app)
    async with stripe.till(pool, simulator) as till:
        await till.control("payouts/take", allowed=seed % 2 == 1)
        stream = Stream(till, random.Random(seed))  # drawn again by its seed
        for _ in range(STEPS):
            await stream.step()
        await till.later()
        await is_stripes_truth(stream)
    await db.close_pool(pool)
    assert (await audit.run(addresses.auditor)).faults == []
