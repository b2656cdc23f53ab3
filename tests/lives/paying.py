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
from market.money.payments.stripe_lines import pulling
from tests.lives import stage as stages
from tests.lives.banking import Banking
from tests.lives.cards import Attempt, Charge, Dispute, Fault, Payout
from tests.lives.model import Invoice
from tests.lives.stage import Died
from tests.world.stripe import DECLINED, VISA

FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)
NOBODY: Final = Rails([], None, "")  # type: ignore[arg-type]


class Paying(Banking):
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
        """What was new is known by the market's own names afterwards, in the order of its lines."""
        new = list(self.model.unread)

        async def do() -> None:
            known = self.model.stripe_lines[: -len(new) or None]
            since = max((one.id for one in known), default=self.play.last_line)
            await pulling.pull(self.stage.pool, self.play.rail)
            for line, line_id in zip(new, await stages.lines_since(self.stage, since), strict=True):
                line.id = line_id

        told = [line.kind for line in new]
        await self.step(f"the worker pulls {told}", self.model.pull, do)

    async def fee(self) -> None:
        amount = self.chance.randint(1, 50_00)
        await self.step(
            f"Stripe asks a fee of {amount}",
            lambda: self.model.ask_fee(amount),
            lambda: self.control("fees", amount=amount),
        )

    async def payout(self) -> None:
        async def do() -> None:
            for one in (await self.control("payouts"))["payouts"]:
                self.model.pay_out(Payout(one["amount"], id=one["id"]))

        await self.step("Stripe pays out", lambda: None, do)

    async def fail_payout(self) -> None:
        sent = [one for one in self.model.payouts if one.state == "sent"]
        told = [line.what for line in self.model.unread if line.kind == "payout_failure"]
        payout = self.pick([one for one in sent if one not in told])
        if payout is None:
            return
        await self.step(
            f"the bank sends a payout of {payout.amount} back",
            lambda: self.model.fail_payout(payout),
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

    async def judge(
        self, verdict: str | None = None, dispute: Dispute | None = None, amount: int | None = None
    ) -> None:
        """``amount``: what comes back of one that is won and was booked."""
        dispute = dispute or self.pick(self.undecided())
        if dispute is None:
            return
        verdict = verdict or self.chance.choice(["won", "lost", "lost"])
        won = "true" if verdict == "won" else "false"
        part = {} if amount is None else {"amount": amount}
        await self.step(
            f"the dispute of {dispute.amount} is {verdict}, {amount or 'all of it'}",
            lambda: self.model.judge(dispute, verdict, amount),  # type: ignore[arg-type]
            lambda: self.control("disputes/judge", dispute=dispute.id, won=won, **part),
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

    async def give_back(self, dispute: Dispute | None = None, amount: int | None = None) -> None:
        """All that was not, or a part once it is known here that it was lost."""
        lost = [one for one in self.model.disputes if one.verdict == "lost"]
        dispute = dispute or self.pick(lost)
        if dispute is None:
            return
        left = dispute.amount - dispute.back
        if amount is None and dispute.state != "opened" and self.one_in(3):
            amount = self.chance.randint(1, left)
        minor = amount or left
        await self.step(
            f"of the dispute of {dispute.amount} {minor} is given back",
            lambda: self.model.give_back(dispute, minor),
            lambda: self.control("disputes/give_back", dispute=dispute.id, amount=minor),
        )

    async def recover(self) -> None:
        await self.step(
            f"the worker takes what chargebacks lack off {self.model.credit} of credit",
            self.model.recover,
            lambda: recovering.recover_all(self.stage.pool),
        )
