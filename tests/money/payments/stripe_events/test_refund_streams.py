"""Refunds in a life drawn by chance: none is made twice, none is lost, and no fen is invented."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any

from market.auditor import audit
from market.base import db
from market.base.access import SYSTEM
from market.base.embedded import Dsns
from market.base.errors import Conflict
from market.money.payments.refunds import operations, queries
from market.money.payments.refunds.model import Refund
from market.stripe_simulator.faults import Fault
from tests.money.payments.stripe_events import test_streams as streams
from tests.money.payments.stripe_events.test_streams import Stream
from tests.world import card_refunds, invoicing, stripe
from tests.world.card_refunds import FAILS_LATER, PENDS
from tests.world.stripe import VISA, Till

STEPS = 24
pytest_generate_tests = streams.pytest_generate_tests


class RefundStream(Stream):
    """It begins with three invoices that were paid by card, and credited whole, in part, not."""

    async def begin(self) -> None:
        cards = [self.chance.choice([VISA, PENDS, FAILS_LATER]) for _ in range(3)]
        for place, (card, part) in enumerate(zip(cards, (None, 3_000_00, 0), strict=True)):
            invoice = await self.till.issued(place)
            payment = await self.till.paid(invoice, card=card)
            self.heard += [payment.intent_id or "", payment.charge_id or ""]
            if part != 0:
                async with db.lease(self.till.pool) as conn:
                    await invoicing.credited(conn, self.till.deal, invoice, part)

    def acts(self) -> list[Callable[[], Awaitable[None]]]:
        return [
            *([self.propose] * 4 + [self.decide] * 4 + [self.end] * 2 + [self.stumble] * 2),
            *(self.refund_past_the_market, self.now_and_then, self.payout),
        ]

    async def now_and_then(self) -> None:
        """A chargeback ends what can be refunded of a charge, so that there are not many."""
        if self.chance.random() < 0.5:
            await self.judge()
        elif self.chance.random() < 0.5:
            await self.dispute()

    async def propose(self) -> None:
        new = card_refunds.wanted(self.chance.choice([1, 500_00, 4_000_00, 20_000_00]))
        async with db.lease(self.till.pool) as conn:
            async with db.look(conn, SYSTEM):
                records = await conn.fetch("SELECT id FROM online_payment ORDER BY id")
            try:
                await operations.propose_card_refund(
                    conn, self.till.deal.finance, self.chance.choice(records)[0], new
                )
            except Conflict:
                return

    async def decide(self) -> None:
        """The oldest that waits is withdrawn, rejected or, mostly, approved."""
        finance, leader = self.till.deal.finance, self.till.deal.leader
        waiting = [one for one in await self.ours() if one.state == "proposed"]
        if not waiting:
            return
        refund_id = waiting[0].id
        await self.till.control("refunds/ask", wait=self.chance.choice(["true", "false", "false"]))
        async with db.lease(self.till.pool) as conn:
            try:
                match self.chance.randint(0, 5):
                    case 0:
                        await operations.withdraw_refund(conn, finance, refund_id)
                    case 1:
                        await operations.reject_refund(conn, leader, refund_id, "不同意")
                    case _:
                        await operations.approve_refund(conn, leader, refund_id)
            except Conflict:
                return

    async def stumble(self) -> None:
        """Stripe gives no answer to the next refund that it is told of, or to the next read."""
        kind = self.chance.choice(
            [Fault.CUT_BEFORE, Fault.CUT_AFTER, Fault.ERROR_AFTER, Fault.TRUNCATED]
        )
        target = self.chance.choice(["POST /v1/refunds", "GET /v1/refunds*"])
        await self.till.control("faults", kind=kind, target=target, times=1)

    async def refund_past_the_market(self) -> None:
        rail = await self.steady()
        for charge in (await rail.v1.charges.list_async()).data:
            if charge.status == "succeeded" and not charge.disputed and not charge.refunded:
                await rail.v1.refunds.create_async({"charge": charge.id, "amount": 1})
                return

    async def end(self) -> None:
        """Some fail, are answered, or are called off."""
        rail = await self.steady()
        for one in (await rail.v1.refunds.list_async({"limit": 100})).data:
            self.heard.append(one.id)
            if one.status == "requires_action" and self.chance.random() < 0.5:
                await self.till.control("refunds/answer", refund=one.id)
            elif one.status == "requires_action":
                await rail.v1.refunds.cancel_async(one.id)
            elif one.status in ("succeeded", "pending") and self.chance.random() < 0.3:
                await self.till.control("refunds/fail", refund=one.id)

    async def steady(self) -> Any:
        """The account, when nobody stumbles."""
        await self.till.control("faults/clear")
        await self.till.control("refunds/ask", wait="false")
        return await self.rail()

    async def ours(self) -> list[Refund]:
        async with db.lease(self.till.pool) as conn, db.look(conn, SYSTEM):
            ids = await conn.fetch("SELECT id FROM refund ORDER BY id")
            return [await queries.find_refund(conn, SYSTEM, refund_id) for (refund_id,) in ids]

    async def is_as_stripe_says(self) -> None:
        """Each that Stripe was told of is there once, and stands as Stripe says."""
        listed = (await (await self.rail()).v1.refunds.list_async({"limit": 100})).data
        named = [(one.metadata.to_dict().get("refund"), one) for one in listed]
        at_stripe = [(name, one) for name, one in named if name is not None]
        ours = {str(one.id): one for one in await self.ours()}
        made = {name for name, one in ours.items() if one.stripe_refund_id is not None}
        assert sorted(name for name, _ in at_stripe) == sorted(made)
        ends = {"succeeded": "paid", "requires_action": "sent", "canceled": "failed",
                "failed": "returned", "pending": "sent"}  # fmt: skip
        for name, one in at_stripe:
            assert (ours[name].state, ours[name].stripe_refund_id) == (ends[one.status], one.id)
        untold = {str(one.state) for name, one in ours.items() if name not in made}
        assert untold <= {"proposed", "withdrawn", "rejected", "failed"}
        foreign = sum(one.amount for name, one in named if name is None and one.status != "failed")
        lost = sum(
            one.amount
            for one in (await (await self.rail()).v1.disputes.list_async({"limit": 100})).data
            if one.status == "lost"
        )
        assert -foreign - lost <= await self.till.balance("suspense") <= -foreign


async def lived(till: Till, chance: random.Random) -> None:
    stream = RefundStream(till, chance)
    await stream.begin()
    for _ in range(STEPS):
        await stream.step()
    await stream.steady()
    for _ in range(2):
        await card_refunds.later(till)
    await streams.is_stripes_truth(stream)
    await stream.is_as_stripe_says()


async def test_refunds_end_as_stripe_says(
    fresh_database: object, simulator: str, seed: int
) -> None:
    addresses: Dsns = await fresh_database()  # type: ignore[operator]
    pool = await db.open_pool(addresses.app)
    async with stripe.till(pool, simulator) as till:
        await lived(till, random.Random(seed))
    await db.close_pool(pool)
    assert (await audit.run(addresses.auditor)).faults == []
