"""Refunds to a card in a life drawn by chance, and those that somebody makes past the market."""

from __future__ import annotations

from typing import Any

from market.money.payments.online import operations as online
from market.money.payments.refunds import operations as refunds
from market.money.payments.refunds import presenting as refunding
from market.money.payments.refunds.model import NewCardRefund
from tests.lives.acts import WHY
from tests.lives.bank import Refund
from tests.lives.card_refunds import Past
from tests.lives.cards import Attempt, Charge, Fault
from tests.lives.paying import Paying


class Refunding(Paying):
    async def propose_card_refund(
        self, attempt: Attempt | None = None, amount: int | None = None
    ) -> Refund | None:
        attempt = attempt or self.pick(self.model.attempts, lambda one: one.charge is not None)
        if attempt is None:
            return None
        charge = attempt.charge
        most = min(self.model.credit, self.model.left_of(charge)) if charge else 1
        if self.one_in(6) and charge:
            most = max(self.model.credit, self.model.left_of(charge))
        minor = amount or (self.about(most) if self.one_in(3) else max(1, most // 5))
        who, actor = self.who("finance", "finance", "colleague")
        new = NewCardRefund(amount_minor=minor, reason=WHY)
        made: Refund | None = await self.step(
            f"{who.name} proposes to refund {minor} of {self.told_of(attempt)}",
            lambda: self.model.propose_card_refund(who, attempt, minor),
            lambda: refunds.propose_card_refund(self.stage.conn, actor, attempt.id, new),
        )
        return made

    def by_card(self, *states: str) -> Refund | None:
        cards = [one for one in self.model.refunds if one.charge is not None]
        return self.pick(cards, lambda one: one.state in states)

    async def present_refund(
        self, refund: Refund | None = None, fault: Fault | None = None
    ) -> None:
        if refund is None:
            refund, fault = self.by_card("approved", "unknown"), self.a_fault()
        if refund is None:
            return
        await self.step(
            f"the worker presents refund {self.model.refunds.index(refund)} ({refund.state}), "
            f"{fault or 'all is well'}",
            lambda: self.model.present_refund(refund, fault),
            lambda: self.faultily(fault, "/v1/refunds", refunding.present, refund),
        )

    async def refresh_refund(self, refund: Refund | None = None) -> None:
        refund = refund or self.by_card("sent", "unknown")
        if refund is None:
            return
        await self.step(
            f"the worker reads refund {self.model.refunds.index(refund)} ({refund.state})",
            lambda: self.model.refresh_refund(refund),
            lambda: refunding.refresh(self.stage.pool, self.play.rail, refund.id),
        )

    async def let_wait(self, wait: bool | None = None) -> None:
        """Whether refunds ask their payers first, from now on."""
        wait = not self.model.refunds_wait if wait is None else wait

        def predict() -> None:
            self.model.refunds_wait = wait

        said = str(wait).lower()
        await self.step(
            f"refunds wait: {said}", predict, lambda: self.control("refunds/ask", wait=said)
        )

    async def at_stripe(self, refund: Refund) -> str:
        charge = refund.charge
        assert isinstance(charge, Charge)
        row = await online.find_payment(self.stage.conn, self.actor("buyer"), charge.attempt.id)
        told = await self.listed("refunds", payment_intent=str(row.intent_id))
        named = {one["metadata"].get("refund"): one["id"] for one in told}
        return str(named[str(refund.id)])

    async def end_refund(self, refund: Refund | None = None, ends: str | None = None) -> None:
        """Its payer answers, Stripe calls it off, or the payer's bank sends it back."""
        waiting = [one for one in self.model.refunds if one.at_stripe == "requires_action"]
        gone = [one for one in self.model.refunds if one.at_stripe == "succeeded"]
        refund = refund or self.pick(waiting or gone)
        if refund is None:
            return
        model = self.model
        if refund.at_stripe == "succeeded":
            predict, act = model.send_back_refund, "refunds/fail"
        elif (ends or self.chance.choice(["answer", "cancel"])) == "answer":
            predict, act = model.leaves, "refunds/answer"
        else:
            predict, act = model.call_off_refund, "cancel"

        async def do() -> None:
            name = await self.at_stripe(refund)
            if act == "cancel":
                await self.play.rail.v1.refunds.cancel_async(name)
            else:
                await self.control(act, refund=name)

        told = f"{act} of refund {model.refunds.index(refund)} at Stripe"
        await self.step(told, lambda: predict(refund), do)

    # Past the market

    async def refund_elsewhere(
        self, charge: Charge | None = None, amount: int | None = None
    ) -> Past | None:
        free = [one for one in self.charges() if one.dispute is None and one.refunded < one.amount]
        charge = charge or self.pick(free)
        if charge is None:
            return None
        amount = amount or self.chance.randint(1, charge.amount - charge.refunded)
        if self.model.refunds_wait:
            await self.let_wait(False)

        async def do() -> None:
            buyer = self.actor("buyer")
            row = await online.find_payment(self.stage.conn, buyer, charge.attempt.id)
            asked: Any = {"payment_intent": row.intent_id, "amount": amount}
            made = await self.play.rail.v1.refunds.create_async(asked)
            self.model.past_refunds[-1].id = made.id

        made: Past | None = await self.step(
            f"somebody refunds {amount} of {self.told_of(charge.attempt)} past the market",
            lambda: self.model.refund_elsewhere(charge, amount),
            do,
        )
        return made

    async def send_back_elsewhere(self, past: Past | None = None) -> None:
        """The payer's bank does not take it."""
        past = past or self.pick([one for one in self.model.past_refunds if not one.has_failed])
        if past is None:
            return
        await self.step(
            f"what was refunded past the market, {past.amount}, is sent back",
            lambda: self.model.send_back_elsewhere(past),
            lambda: self.control("refunds/fail", refund=past.id),
        )

    async def move_otherwise(self, refund: Refund, amount: int) -> None:
        async def do() -> None:
            name = await self.at_stripe(refund)
            await self.control("refunds/differ", refund=name, amount=amount)

        await self.step(
            f"{amount} moves for refund {self.model.refunds.index(refund)} of {refund.amount}",
            lambda: self.model.move_otherwise(refund, amount),
            do,
        )
