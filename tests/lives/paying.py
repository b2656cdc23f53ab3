"""What happens by card in a life drawn by chance: payers, Stripe, the payers' banks, the worker."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final, get_args

from market.base import db
from market.base.access import SYSTEM
from market.base.events import Event
from market.money.payments.chargebacks import following, recovering
from market.money.payments.online import operations as online
from market.money.payments.online import presenting
from market.money.payments.online import subscriptions as jobs
from market.money.payments.online.model import Starting
from market.money.payments.rails import Rail, Rails
from market.money.payments.refunds import operations as refunds
from market.money.payments.refunds import presenting as refunding
from market.money.payments.refunds.model import NewCardRefund
from market.money.payments.stripe_lines import pulling
from tests.lives.acts import WHY
from tests.lives.bank import Refund
from tests.lives.banking import Banking
from tests.lives.cards import Attempt, Charge, Dispute, Fault, Payout
from tests.lives.model import Invoice
from tests.lives.stage import Died
from tests.world.stripe import DECLINED, VISA

FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)
NOBODY: Final = Rails([], None, "")  # type: ignore[arg-type]


class Everything(Banking):
    # Stripe, as its controls and its API let it be moved

    async def control(self, act: str, **fields: object) -> Any:
        sent = {name: str(value) for name, value in fields.items()}
        if act not in ("faults", "faults/clear"):
            sent["key"] = self.play.key
        address = f"{self.stage.simulator}/_simulator/{act}"
        answer = await self.stage.http.post(address, data=sent)
        assert answer.is_success, answer.text
        return answer.json()

    async def faultily(self, fault: Fault | None, path: str, do: Any, thing: Any) -> None:
        """The worker's turn with something, while this goes wrong with its call."""
        rail: Rail = self.play.mortal if fault == "dies" else self.play.rail
        if fault not in (None, "dies"):
            await self.control("faults", kind=fault, target=f"POST {path}", times=1)
        with suppress(Died):
            await do(self.stage.pool, rail, thing.id)
        if fault not in (None, "dies"):
            await self.control("faults/clear")

    def a_fault(self) -> Fault | None:
        return self.chance.choice(FAULTS) if self.one_in(3) else None

    # Attempts to pay

    async def start(self, *owed: Invoice, has_rail: bool = True) -> Attempt | None:
        some = list(owed)
        if not some:
            one = self.an_invoice(lambda one: one.open > 0 and not self.model.attempt_on(one))
            if one is None:
                return None
            some = [one]
            if self.one_in(5):
                some.append(self.chance.choice(self.model.invoices))
        who, actor = self.who("buyer", "buyer", "finance")
        asked = Starting(invoice_ids=tuple(one.id for one in some))
        rails = self.play.rails if has_rail else NOBODY
        made: Attempt | None = await self.step(
            f"{who.name} starts to pay {[self.named(one) for one in some]} online",
            lambda: self.model.start(who, some, has_rail=has_rail),
            lambda: online.start_payment(self.stage.conn, actor, rails, asked),
        )
        return made

    def an_attempt(self, *states: str) -> Attempt | None:
        return self.pick(self.model.attempts, lambda one: one.state in states)

    def told_of(self, attempt: Attempt) -> str:
        return f"attempt {self.model.attempts.index(attempt)} ({attempt.state})"

    async def cancel(self, attempt: Attempt | None = None) -> None:
        attempt = attempt or self.an_attempt("created", "unknown", "processing")
        if attempt is None:
            return
        who, actor = self.who("buyer", "buyer", "finance")
        await self.step(
            f"{who.name} calls {self.told_of(attempt)} off",
            lambda: self.model.cancel(who, attempt),
            lambda: online.cancel_payment(self.stage.conn, actor, attempt.id),
        )

    async def present(self, attempt: Attempt | None = None, fault: Fault | None = None) -> None:
        if attempt is None:
            attempt, fault = self.an_attempt("created", "unknown"), self.a_fault()
        if attempt is None:
            return
        path = "/v1/checkout/sessions"
        await self.step(
            f"the worker presents {self.told_of(attempt)}, {fault or 'all is well'}",
            lambda: self.model.present(attempt, fault),
            lambda: self.faultily(fault, path, presenting.present, attempt),
        )

    async def refresh(self, attempt: Attempt | None = None) -> None:
        attempt = attempt or self.an_attempt("processing")
        if attempt is None:
            return
        await self.step(
            f"the worker reads {self.told_of(attempt)}",
            lambda: self.model.refresh(attempt),
            lambda: presenting.refresh(self.stage.pool, self.play.rail, attempt.id),
        )

    async def page_of(self, attempt: Attempt) -> Any:
        pages = await self.listed("checkout/sessions")
        return next(one for one in pages if one["client_reference_id"] == str(attempt.id))

    async def listed(self, path: str, **asked: str) -> list[Any]:
        """What Stripe has, without what its library makes of each object."""
        address, known = f"{self.stage.simulator}/v1/{path}", f"Bearer {self.play.key}"
        answer = await self.stage.http.get(
            address, params={"limit": 100, **asked}, headers={"authorization": known}
        )
        return list(answer.raise_for_status().json()["data"])

    async def pay(self, attempt: Attempt | None = None) -> None:
        open_ones = [one for one in self.model.attempts if one.page == "open"]
        attempt = attempt or self.pick(open_ones)
        if attempt is None:
            return
        declined = self.errs(8)

        async def do() -> None:
            page = await self.page_of(attempt)
            sent = {"type": "card", "number": DECLINED if declined else VISA}
            await self.stage.http.post(page["url"], data=sent)

        told = f"a card {'declined' if declined else ''} pays {self.told_of(attempt)}"
        await self.step(told, lambda: self.model.pay(attempt, declined=declined), do)

    async def lapse(self, attempt: Attempt | None = None) -> None:
        """Stripe closes the page by itself."""
        attempt = attempt or self.pick([one for one in self.model.attempts if one.page == "open"])
        if attempt is None:
            return

        def predict() -> None:
            attempt.page = "expired"

        async def do() -> None:
            page = await self.page_of(attempt)
            await self.play.rail.v1.checkout.sessions.expire_async(page["id"])

        await self.step(f"the page of {self.told_of(attempt)} lapses", predict, do)

    async def call_off(self, invoice: Invoice | None = None) -> None:
        """The job that hears that another sum is open."""
        invoice = invoice or self.an_invoice(lambda one: bool(self.model.attempt_on(one)))
        if invoice is None:
            return
        heard = Event(
            id=1,
            at=self.play.contract.created_at,
            name="invoice.part_paid",
            actor=SYSTEM.person_id,
            organisation=None,
            subject="invoice",
            subject_id=invoice.id,
            version=2,
            move="pay_part",
            state_from="open",
            state_to="part_paid",
            changed={},
        )

        async def do() -> None:
            async with db.act(self.stage.conn, SYSTEM):
                await jobs.JOBS[jobs.CALL_OFF](self.stage.conn, heard)

        await self.step(
            f"the job hears of {self.named(invoice)}", lambda: self.model.call_off(invoice), do
        )

    # Stripe's balance

    async def pull(self) -> None:
        await self.step(
            f"the worker pulls {[kind for kind, _ in self.model.unread]}",
            self.model.pull,
            lambda: pulling.pull(self.stage.pool, self.play.rail),
        )

    async def fee(self) -> None:
        amount = self.chance.randint(1, 50_00)
        await self.step(
            f"Stripe asks a fee of {amount}",
            lambda: self.model.unread.append(("fee", amount)),
            lambda: self.control("fees", amount=amount),
        )

    async def payout(self) -> None:
        made: list[Payout] = []

        async def do() -> None:
            for one in (await self.control("payouts"))["payouts"]:
                made.append(Payout(one["amount"], id=one["id"]))
                self.model.unread.append(("payout", made[-1]))

        await self.step("Stripe pays out", lambda: None, do)

    async def fail_payout(self) -> None:
        sent = [one for one in self.model.payouts if one.state == "sent"]
        told = [what for kind, what in self.model.unread if kind == "payout_failure"]
        payout = self.pick([one for one in sent if one not in told])
        if payout is None:
            return
        await self.step(
            f"the bank sends a payout of {payout.amount} back",
            lambda: self.model.unread.append(("payout_failure", payout)),
            lambda: self.control("payouts/fail", payout=payout.id),
        )

    # Chargebacks

    def charges(self) -> list[Charge]:
        return [one.charge for one in self.model.attempts if one.charge is not None]

    async def dispute(self, charge: Charge | None = None, amount: int | None = None) -> None:
        free = [one for one in self.charges() if one.dispute is None and one.refunded < one.amount]
        charge = charge or self.pick(free)
        if charge is None:
            return
        left = charge.amount - charge.refunded
        amount = amount or (left if self.one_in(2) else self.chance.randint(1, left))
        made: list[Dispute] = []

        async def do() -> None:
            row = await online.find_payment(self.stage.conn, self.actor("buyer"), charge.attempt.id)
            told = await self.control("disputes", charge=row.charge_id, amount=amount)
            made[0].id = told["id"]

        await self.step(
            f"the payer of {self.told_of(charge.attempt)} disputes {amount}",
            lambda: made.append(self.model.dispute(charge, amount)),
            do,
        )

    def undecided(self) -> list[Dispute]:
        disputes = [one.dispute for one in self.charges()]
        return [one for one in disputes if one is not None and one.verdict is None]

    async def judge(self, verdict: str | None = None, dispute: Dispute | None = None) -> None:
        dispute = dispute or self.pick(self.undecided())
        if dispute is None:
            return
        verdict = verdict or self.chance.choice(["won", "lost", "lost"])
        won = "true" if verdict == "won" else "false"
        await self.step(
            f"the dispute of {dispute.amount} is {verdict}",
            lambda: self.model.judge(dispute, verdict),  # type: ignore[arg-type]
            lambda: self.control("disputes/judge", dispute=dispute.id, won=won),
        )

    async def follow(self, dispute: Dispute | None = None) -> None:
        dispute = dispute or self.pick(self.model.disputes, lambda one: one.verdict == "lost")
        if dispute is None:
            return
        await self.step(
            f"the worker reads the dispute of {dispute.amount}",
            lambda: self.model.follow(dispute),
            lambda: following.follow(self.stage.pool, self.play.rail, dispute.id),
        )

    async def give_back(self, dispute: Dispute | None = None) -> None:
        lost = [one for one in self.model.disputes if one.verdict == "lost"]
        dispute = dispute or self.pick(lost)
        if dispute is None:
            return
        await self.step(
            f"the dispute of {dispute.amount} is given back",
            lambda: self.model.give_back(dispute),
            lambda: self.control("disputes/give_back", dispute=dispute.id),
        )

    async def recover(self) -> None:
        await self.step(
            f"the worker takes what chargebacks lack off {self.model.credit} of credit",
            self.model.recover,
            lambda: recovering.recover_all(self.stage.pool),
        )

    # Refunds to a card

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

    async def refund_elsewhere(
        self, charge: Charge | None = None, amount: int | None = None
    ) -> None:
        free = [one for one in self.charges() if one.dispute is None and one.refunded < one.amount]
        charge = charge or self.pick(free)
        if charge is None:
            return
        amount = amount or self.chance.randint(1, charge.amount - charge.refunded)
        if self.model.refunds_wait:
            await self.let_wait(False)

        async def do() -> None:
            buyer = self.actor("buyer")
            row = await online.find_payment(self.stage.conn, buyer, charge.attempt.id)
            asked: Any = {"payment_intent": row.intent_id, "amount": amount}
            await self.play.rail.v1.refunds.create_async(asked)

        await self.step(
            f"somebody refunds {amount} of {self.told_of(charge.attempt)} past the market",
            lambda: self.model.refund_elsewhere(charge, amount),
            do,
        )
