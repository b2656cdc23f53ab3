"""A life of one unit's account with Stripe, drawn by chance, and what is heard of it.

Of Stripe's events a fifth is lost, a third comes twice, and a half comes up to 72 hours late, so in
any order. Between them the unit's people and its buyer go on.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

from market.base import db
from market.base.access import SYSTEM
from market.base.errors import Conflict
from market.money.invoicing.model import FullInvoice
from market.money.payments.online import operations as online
from market.money.payments.refunds import operations as refunds
from market.money.payments.stripe_events import keeping_up
from market.money.payments.stripe_events.operations import Intake
from market.stripe_simulator.account import Account, Object
from market.stripe_simulator.faults import Fault
from tests.money.payments.stripe_events.test_events import event, signed
from tests.world import card_refunds, invoicing
from tests.world.card_refunds import FAILS_LATER, PENDS
from tests.world.stripe import ASKS_ITS_HOLDER, DECLINED, DISPUTED, VISA, Till

STEPS: Final = 10
LATEST_SECONDS: Final = 72 * 3_600
CARDS: Final = (VISA, VISA, DECLINED, ASKS_ITS_HOLDER, DISPUTED, PENDS, FAILS_LATER)
# What Stripe tells, besides what it really told: of something else, or of nothing of ours.
FOREIGN: Final = (
    "charge.updated", "charge.refund.updated", "charge.dispute.closed", "payment_intent.succeeded",
    "checkout.session.expired", "payout.failed", "refund.failed", "customer.created",
)  # fmt: skip
STUMBLES: Final = (Fault.CUT_BEFORE, Fault.CUT_AFTER, Fault.ERROR_AFTER, Fault.TRUNCATED)
CALLS: Final = (
    "POST /v1/refunds", "GET /v1/refunds*", "POST /v1/checkout/sessions",
    "GET /v1/checkout/sessions/*", "GET /v1/balance_transactions*",
)  # fmt: skip

Act = Callable[[], Awaitable[None]]


class Stream:
    """Drawn again by its chance: whatever is chosen is chosen from what is told in one order."""

    def __init__(self, till: Till, account: Account, chance: random.Random) -> None:
        self.till = till
        self.account = account
        self.chance = chance
        self.intake = Intake(till.pool, till.rails)
        self.invoices: list[FullInvoice] = []
        self.payments: list[UUID] = []
        self.proposed: list[UUID] = []
        self.under_way: list[tuple[int, bytes]] = []  # events, and when they come
        self.told = 0  # how many of Stripe's events were on their way
        self.is_credited = False
        self.has_bank = False
        self.unmatched_minor = 0  # what the bank brought for a claim that was not open any more
        self.did: Counter[str] = Counter()

    async def live(self) -> None:
        await self.begin()
        for _ in range(STEPS):
            await self.step()
        await self.end()

    async def begin(self) -> None:
        """Of its invoices most are paid, and one of these credited, whole or in part."""
        await self.till.control("payouts/take", allowed=self.chance.random() < 0.5)
        for place in range(self.chance.choice([1, 1, 2])):
            self.invoices.append(await self.till.issued(place))
        for invoice in self.invoices:
            if self.chance.random() < 0.7:
                await self.pay_for(invoice)
        await self.keep_up()
        if self.payments and self.chance.random() < 0.6:
            await self.credit()

    async def step(self) -> None:
        await self.chance.choice(self.acts())()
        self.draw()
        await self.hear(self.account.now())
        if self.chance.random() < 0.4:
            await self.keep_up()

    def acts(self) -> list[Act]:
        """What cannot be done is seldom tried."""
        acts: list[Act] = [self.pay, self.visit, self.pass_time, self.pass_time, self.stumble]
        acts += [self.fee] if self.chance.random() < 0.5 else []
        acts += [self.pay_by_bank] if self.chance.random() < 0.1 and not self.has_bank else []
        if self.payments:
            acts += [self.call_off, *([self.propose] * 4 if self.is_credited else [self.credit])]
        if self.proposed:
            acts += [self.decide] * 3
        if self.charges():
            acts += [self.dispute, self.refund_past_the_market]
        if self.account.objects["dispute"]:
            acts += [self.judge] * 4
        if self.account.objects["refund"]:
            acts += [self.end_refund, self.end_refund]
        return acts

    async def keep_up(self) -> None:
        await keeping_up.keep_up(self.till.pool, self.till.rails)

    async def does(self, act: Awaitable[object]) -> bool:
        """Whether it could be done as things stand."""
        try:
            await act
        except Conflict as refusal:
            self.did[f"{type(refusal).__name__}"] += 1
            return False
        return True

    # The buyer

    async def pay(self) -> None:
        await self.pay_for(self.chance.choice(self.invoices))

    async def pay_for(self, invoice: FullInvoice) -> None:
        try:
            payment = await self.till.started(invoice)
        except Conflict as refusal:
            self.did[f"{type(refusal).__name__}"] += 1
            return
        self.payments.append(payment.id)
        await self.keep_up()
        if self.chance.random() < 0.8:
            await self.visit()

    async def visit(self) -> None:
        """Somebody pays on a page that is open, perhaps an old one."""
        sessions = self.account.objects["checkout.session"].values()
        pages = [one for one in sessions if one["status"] == "open"]
        if pages:
            card = self.chance.choice(CARDS)
            await self.till.visits(self.chance.choice(pages)["url"], card)
            self.did[f"visit {card}"] += 1

    async def pay_by_bank(self) -> None:
        """Beside a card's payment, as may be: what is too much is credit."""
        self.has_bank = True
        came = await self.till.pay_by_bank(self.chance.choice(self.invoices))
        if came.match_id is None:
            self.unmatched_minor = came.amount_minor
        self.did["bank"] += 1

    async def call_off(self) -> None:
        async with db.lease(self.till.pool) as conn:
            payment_id = self.chance.choice(self.payments)
            if await self.does(online.cancel_payment(conn, self.till.deal.buyer, payment_id)):
                self.did["called off"] += 1

    # The unit

    async def credit(self) -> None:
        invoice, part = self.chance.choice(self.invoices), self.chance.choice([None, 3_000_00])
        async with db.lease(self.till.pool) as conn:
            if await self.does(invoicing.credited(conn, self.till.deal, invoice, part)):
                self.is_credited = True
                self.did["credited"] += 1

    async def propose(self) -> None:
        new = card_refunds.wanted(self.chance.choice([1, 500_00, 3_000_00, 20_000_00]))
        async with db.lease(self.till.pool) as conn:
            try:
                refund = await refunds.propose_card_refund(
                    conn, self.till.deal.finance, self.chance.choice(self.payments), new
                )
            except Conflict as refusal:
                self.did[f"{type(refusal).__name__}"] += 1
                return
        self.proposed.append(refund.id)
        self.did["proposed"] += 1
        if self.chance.random() < 0.6:
            await self.decide()

    async def decide(self) -> None:
        """The oldest that waits is withdrawn, rejected or, mostly, approved by another."""
        finance, leader = self.till.deal.finance, self.till.deal.leader
        refund_id = self.proposed.pop(0)
        await self.till.control("refunds/ask", wait=self.chance.random() < 0.5)
        decision = self.chance.choice(["withdraw", "reject", *["approve"] * 6])
        async with db.lease(self.till.pool) as conn:
            match decision:
                case "withdraw":
                    act: Awaitable[object] = refunds.withdraw_refund(conn, finance, refund_id)
                case "reject":
                    act = refunds.reject_refund(conn, leader, refund_id, "不同意")
                case _:
                    act = refunds.approve_refund(conn, leader, refund_id)
            if await self.does(act):
                self.did[decision] += 1
            else:
                self.proposed.append(refund_id)

    # Stripe and the banks

    def charges(self) -> list[Object]:
        """What can be given back, or taken."""
        return [
            one
            for one in self.account.objects["charge"].values()
            if one["status"] == "succeeded" and not one["disputed"] and not one["refunded"]
        ]

    async def dispute(self) -> None:
        charge = self.chance.choice(self.charges())
        left = charge["amount"] - charge["amount_refunded"]
        amount = self.chance.choice([left, max(1, left // 3)])
        await self.till.control("disputes", charge=charge["id"], amount=amount)
        self.did["dispute"] += 1

    async def judge(self) -> None:
        """Won, lost, or lost and given back after all."""
        dispute = self.chance.choice(list(self.account.objects["dispute"].values()))
        if dispute["status"] == "needs_response":
            won = self.chance.random() < 0.3
            await self.till.control("disputes/judge", dispute=dispute["id"], won=won)
            self.did[f"judged {won}"] += 1
        elif dispute["status"] == "lost" and self.chance.random() < 0.5:
            await self.till.control("disputes/give_back", dispute=dispute["id"])
            self.did["given back"] += 1

    async def refund_past_the_market(self) -> None:
        rail = await self.steady()
        charge = self.chance.choice(self.charges())
        await rail.v1.refunds.create_async({"charge": charge["id"], "amount": 1})
        self.did["foreign refund"] += 1

    async def end_refund(self) -> None:
        """It fails, also after it came through, is answered, or is called off."""
        rail = await self.steady()
        refund = self.chance.choice(list(self.account.objects["refund"].values()))
        status = refund["status"]
        if status == "requires_action" and self.chance.random() < 0.5:
            await self.till.control("refunds/answer", refund=refund["id"])
        elif status == "requires_action":
            await rail.v1.refunds.cancel_async(refund["id"])
        elif status in ("succeeded", "pending"):
            await self.till.control("refunds/fail", refund=refund["id"])
        self.did[f"refund {status} -> {refund['status']}"] += 1

    async def fee(self) -> None:
        await self.till.control("fees", amount=self.chance.randint(1, 5_000))
        self.did["fee"] += 1

    async def pass_time(self) -> None:
        """With what Stripe pays out, which the bank may send back."""
        seconds = self.chance.choice([3_600, 86_400, LATEST_SECONDS])
        await self.till.control("clock", seconds=seconds)
        await self.till.control("payouts")
        for payout in self.account.objects["payout"].values():
            if payout["status"] != "failed" and self.chance.random() < 0.3:
                await self.till.control("payouts/fail", payout=payout["id"])
                self.did["payout failed"] += 1

    async def stumble(self) -> None:
        """Stripe gives no answer to a call of that kind."""
        kind, target = self.chance.choice(STUMBLES), self.chance.choice(CALLS)
        await self.till.control("faults", kind=kind, target=target, times=1)

    async def steady(self) -> Any:
        """The account, when nobody stumbles."""
        await self.till.control("faults/clear")
        await self.till.control("refunds/ask", wait=False)
        return await card_refunds.rail_of(self.till)

    # What is heard of it

    def draw(self) -> None:
        """Put Stripe's new events on their way: some are lost, some come twice, some late."""
        told = list(self.account.objects["event"].values())
        for one in told[self.told :]:
            if self.chance.random() < 0.2:
                continue
            for _ in range(2 if self.chance.random() < 0.3 else 1):
                late = self.chance.choice([0, self.chance.randint(0, LATEST_SECONDS)])
                self.under_way.append((self.account.now() + late, json.dumps(one).encode()))
        self.told = len(told)
        if told and self.chance.random() < 0.1:
            name, about = self.chance.choice(FOREIGN), self.chance.choice(told)
            subject = self.chance.choice([about["data"]["object"]["id"], "pi_none"])
            foreign = event(name, subject, str(self.chance.randint(1, 10**9)))
            self.under_way.append((self.account.now(), foreign))

    async def hear(self, until: int) -> None:
        """Whatever comes by then, in any order, together."""
        due = [payload for at, payload in self.under_way if at <= until]
        self.under_way = [one for one in self.under_way if one[0] > until]
        self.chance.shuffle(due)
        unit, secret = self.till.account.unit, self.till.account.webhook_secrets[0]
        for payload in due:
            self.did[f"event {json.loads(payload)['type']}"] += 1
        await asyncio.gather(
            *(self.intake.receive(unit, payload, signed(payload, secret)) for payload in due)
        )

    async def end(self) -> None:
        """When the last event has come all is looked at again; perhaps it was before as well."""
        await self.steady()
        if self.chance.random() < 0.3:
            await card_refunds.later(self.till)
        await self.till.control("clock", seconds=LATEST_SECONDS)
        self.draw()
        await self.hear(self.account.now() + LATEST_SECONDS)
        await self.silence_is_over()
        await card_refunds.later(self.till)
        await keeping_up.follow_up(self.till.pool, self.till.rails)
        await self.keep_up()

    async def silence_is_over(self) -> None:
        """What was called without an answer was called so long ago that nothing can turn up."""
        async with db.lease(self.till.pool) as conn, db.act(conn, SYSTEM):
            await conn.execute(
                """UPDATE online_payment SET called_at = called_at - interval '1 hour'
                   WHERE state = 'unknown' AND books_unit_id = $1""",
                self.till.books,
            )
