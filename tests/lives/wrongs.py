"""What the market does not let anybody do, asked for on purpose: each kind of refusal by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from tests.lives.bank import Terms
from tests.lives.model import Invoice, Milestone, Proposal
from tests.lives.owed_plots import OwedPlots
from tests.lives.suspense import Explanation, Said


class Wrongs(OwedPlots):
    # Invoices and what comes off them

    async def issue_again(self) -> None:
        place = self.chance.randrange(len(self.current))
        await self.by(self.chance.choice(["colleague", "leader"]), lambda: self.issue(place))

    async def issue_too_early(self) -> None:
        """For what is to be paid months from now."""
        far = [place for place, one in enumerate(self.play.instalments) if one.far]
        await self.issue(self.chance.choice(far), "finance")

    async def void_too_late(self) -> None:
        if one := self.one_of(lambda one: (one.state, one.credited) == ("open", 0)):
            await self.propose_void(one)

    async def void_credited(self) -> None:
        one = self.one_of(lambda one: one.state == "open" and one.credited > 0)
        if one is None and (one := self.one_of(lambda one: one.state == "open" and one.open > 1)):
            await self.credited(one, 1)
        if one is not None and self.model.waiting(self.model.voids, one) is None:
            await self.propose_void(one)

    async def lose_too_early(self) -> None:
        if one := self.one_of(lambda one: one.state in ("open", "part_paid")):
            await self.propose_loss(one)

    async def lose_unperformed(self) -> None:
        """A debt whose work nobody has accepted yet."""
        if one := self.one_of(self.is_late_and_unperformed):
            await self.by("finance", lambda: self.propose_loss(one))

    def is_late_and_unperformed(self, one: Invoice) -> bool:
        is_owed = one.state in ("open", "part_paid") and one.when == "late"
        return is_owed and self.model.unperformed(one) > 0

    async def lose_with_credit(self) -> None:
        """A debt that the buyer's credit would pay."""
        one = self.one_of(lambda one: one.state in ("open", "part_paid") and one.when == "late")
        if one is None:
            return
        while self.model.unperformed(one) and not all(m.accepted for m in self.model.milestones):
            await self.accept()
        if self.model.credit == 0:
            await self.fill()
        await self.by("finance", lambda: self.propose_loss(one))

    def one_of(self, fits: Callable[[Invoice], bool]) -> Invoice | None:
        found = [one for one in self.model.invoices if fits(one)]
        return self.chance.choice(found) if found else None

    async def credit_wrongly(self) -> None:
        invoice = self.one_of(lambda one: one.uncredited > 1 and one.state != "uncollectible")
        if invoice is None:
            return
        net = invoice.uncredited - invoice.vat_in(invoice.amount) + invoice.vat_in(invoice.credited)
        first = self.model.milestones[0]
        less = [(1, invoice.uncredited + 1)]
        wrong: list[tuple[list[tuple[int, int]], list[tuple[Milestone | None, int]]]] = [
            (less, []),
            (less, []),
            ([(2, 1)], []),
            ([(1, 1), (1, 1)], []),
            ([], [(None, net)]),
            ([], [(first, net), (first, 0)]),
            ([], [(first, net + 1)]),
            ([], [(first, net - 1)]),
        ]
        await self.propose_note(invoice, *self.chance.choice(wrong))

    async def credit_too_much_work(self) -> None:
        """Of a milestone that was not worth so much."""
        least = min(self.model.milestones, key=lambda one: one.left)
        fits = [one for one in self.model.invoices if one.untaxed > least.left + one.vat]
        if invoice := self.one_of(lambda one: one in fits and one.credited == 0):
            await self.propose_note(invoice, [(1, invoice.amount)], [(least, invoice.net)])

    async def credit_nothing(self) -> None:
        if one := self.one_of(lambda one: one.uncredited == 0):
            await self.propose_note(one, [(1, 1)], [])

    async def decide_wrongly(self) -> None:
        """By nobody's leader."""
        model = self.model
        kinds: list[list[Proposal]] = [[*model.notes], [*model.losses], [*model.voids]]
        if some := [one for one in kinds if one]:
            asked = self.chance.choice(self.chance.choice(some))
            await self.decide(None, asked, self.chance.choice(["finance", "cashier"]))

    async def decide_on_own(self) -> None:
        model = self.model
        kinds: list[list[Proposal]] = [[*model.notes], [*model.losses], [*model.voids]]
        own = [[one for one in kind if one.by == "finance"] for kind in kinds]
        if some := [one for one in own if one]:
            await self.decide(None, self.chance.choice(self.chance.choice(some)), "both")

    async def ask_again(self) -> None:
        """Another of finance asks for what is asked already."""
        model = self.model
        waiting = [one for one in (*model.losses, *model.voids) if one.state == "proposed"]
        if waiting:
            one = self.chance.choice(waiting)
            other = "colleague" if one.by == "finance" else "finance"
            again = self.propose_loss if one.table == "write_off" else self.propose_void
            await self.by(other, lambda: again(one.invoice))

    async def credit_by_others(self) -> None:
        acts: list[Callable[[], Awaitable[object]]] = [self.use_credit, self.undo_use]
        await self.by(self.chance.choice(["cashier", "leader"]), self.chance.choice(acts))

    async def use_too_much(self) -> None:
        credit = self.model.credit
        if one := self.one_of(lambda one: one.open > credit):
            await self.by("finance", lambda: self.use_credit(one, credit + 1))

    # The bank

    async def match_taken(self) -> None:
        live = [one for one in self.model.matches if one.state != "undone"]
        if live:
            line = self.chance.choice(live).line
            await self.match(line, Terms([], "customer_credit", abs(line.amount), "buyer"))

    async def match_wrongly(self) -> None:
        lines = self.free(lambda one: one.amount > 0)
        if lines:
            line = self.chance.choice(lines)
            await self.by("finance", lambda: self.match(line, self.wrong_terms(line)))

    async def match_by_others(self) -> None:
        live = [one for one in self.model.matches if one.confirmed_by is not None]
        if live and self.one_in(2):
            match = self.chance.choice(live)
            await self.by(match.by, lambda: self.undo(match))
        else:
            await self.by(self.chance.choice(["leader", "cashier"]), self.match)

    # Cards

    async def pay_wrongly(self) -> None:
        owed = self.one_of(lambda one: one.open > 0)
        busy = self.one_of(lambda one: one.open > 0 and self.model.attempt_on(one) is not None)
        if owed is None:
            return
        match self.chance.randrange(4):
            case 0:
                await self.start(owed, owed)
            case 1:
                await self.start(owed, has_rail=False)
            case 2:
                await self.by("leader", lambda: self.start(owed))
            case _:
                await self.start(busy or owed)

    async def cancel_what_is_over(self) -> None:
        over = [
            one
            for one in self.model.attempts
            if one.state in ("succeeded", "failed", "canceled") and not one.is_asked
        ]
        if over:
            await self.cancel(self.chance.choice(over))

    async def refund_nothing(self) -> None:
        unpaid = [one for one in self.model.attempts if one.charge is None]
        if unpaid:
            await self.propose_card_refund(self.chance.choice(unpaid), 1)

    # Refunds

    async def on_refund_wrongly(self) -> None:
        if not self.model.refunds:
            return
        refund = self.chance.choice(self.model.refunds)
        verb = self.chance.choice(["approve", "reject", "withdraw", "fail"])
        if verb in ("approve", "reject"):
            names = ["cashier", *["both"] * 2 * (refund.by == "finance")]
            await self.on_refund(verb, refund, self.chance.choice(names))
        else:
            await self.on_refund(verb, refund, self.chance.choice(["leader", "colleague"]))

    async def refund_nobody(self) -> None:
        await self.propose_refund(1_00, known=False)

    async def send_by_others(self) -> None:
        await self.send_refunds(self.chance.choice(["finance", "leader"]))

    async def fail_what_stripe_has(self) -> None:
        called = [one for one in self.model.refunds if one.is_called]
        own = [one for one in self.model.refunds if one.state == "sent" and one.charge is None]
        if called or own:
            refund = self.chance.choice([*called[-2:], *own])
            await self.on_refund("fail", refund, refund.by)

    # Lines of Stripe's balance

    async def explain_by_others(self) -> None:
        await self.by(self.chance.choice(["cashier", "leader", "buyer"]), self.explain)

    async def explain_again(self) -> None:
        """What another of finance has said something of, or what stands in suspense no more."""
        done = [one for one in self.model.stripe_lines if one.state != "aside"]
        asked = await self.some_explanation()
        if asked is not None and self.one_in(2):
            other = "colleague" if asked.by == "finance" else "finance"
            await self.by(other, lambda: self.explain(asked.line, asked.said))
        elif done:
            line = self.chance.choice(done)
            await self.by("finance", lambda: self.explain(line, Said("write_off")))

    async def some_explanation(self) -> Explanation | None:
        """That waits."""
        waiting = [one for one in self.model.explanations if one.state == "proposed"]
        if waiting:
            return self.chance.choice(waiting)
        lines = self.aside()
        if not lines:
            await self.move_by_itself()
            await self.pull()
            lines = self.model.stripe_lines[-1:]
        line = self.chance.choice(lines)
        made: list[Explanation | None] = []

        async def do() -> None:
            made.append(await self.explain(line, Said("rule")))

        await self.by("finance", do)
        return made[0]

    async def explain_incompletely(self) -> None:
        lines, paid = self.model.stripe_lines, [one.attempt for one in self.charges()]
        if lines and paid:
            line = self.chance.choice(lines)
            wrong = [Said("customer_credit"), Said("refund_pending"), Said("rule", paid[0])]
            await self.by("finance", lambda: self.explain(line, self.chance.choice(wrong)))

    async def explain_wrongly(self) -> None:
        """It belongs nowhere, or elsewhere."""
        if lines := self.aside():
            line = self.chance.choice(lines)
            to = ["interest_income", "stripe_in_transit", "customer_credit"]
            said = self.as_(self.chance.choice(to), line)
            if said.is_complete:
                await self.by("finance", lambda: self.explain(line, said))

    async def decide_explanation_wrongly(self) -> None:
        """By others, or on one's own: whatever has become of it."""
        asked = self.pick(self.model.explanations) or await self.some_explanation()
        if asked is None:
            return
        match self.chance.randrange(4):
            case 0:
                other = "colleague" if asked.by == "finance" else "finance"
                await self.on_explanation("withdraw", asked, other)
            case 1 if asked.by == "finance":
                await self.on_explanation(self.chance.choice(["approve", "reject"]), asked, "both")
            case 2:
                await self.on_explanation("withdraw", asked, "leader")
            case _:
                await self.on_explanation(
                    "approve", asked, self.chance.choice(["finance", "buyer"])
                )

    async def undo_wrongly(self) -> None:
        """By others, or what is undone, or was never so."""
        asked = self.pick(self.model.explanations)
        if asked is not None:
            name = self.chance.choice(["cashier", "leader", "buyer", "finance"])
            await self.by(name, lambda: self.propose_undo(asked))

    async def decide_undo_wrongly(self) -> None:
        undo = self.pick(self.model.undos)
        if undo is None:
            asked = await self.some_standing()
            await self.by("finance", lambda: self.propose_undo(asked))
        elif undo.by == "finance" and self.one_in(2):
            await self.on_undo(self.chance.choice(["approve", "reject"]), undo, "both")
        else:
            names = ["cashier", "finance", "colleague", "buyer", "leader", "deputy"]
            await self.on_undo(None, undo, self.chance.choice(names))

    # What lost chargebacks left

    async def give_up_wrongly(self) -> None:
        """By others, or what is not owed."""
        if self.model.disputes:
            dispute = self.chance.choice(self.model.disputes)
            name = self.chance.choice(["finance", "cashier", "leader"])
            await self.by(name, lambda: self.propose_debt_loss(dispute))

    async def decide_debt_wrongly(self) -> None:
        if not self.model.debt_losses:
            dispute = await self.debt()
            await self.by("finance", lambda: self.propose_debt_loss(dispute))
        if not self.model.debt_losses:
            return
        loss = self.chance.choice(self.model.debt_losses)
        match self.chance.randrange(5):
            case 0 | 1 if loss.by == "finance":
                await self.on_debt_loss(self.chance.choice(["approve", "reject"]), loss, "both")
            case 2:
                await self.on_debt_loss("recover", loss, self.chance.choice(["leader", "finance"]))
            case _:
                await self.on_debt_loss(
                    "approve", loss, self.chance.choice(["cashier", "buyer", "finance"])
                )


Kind = Callable[[Wrongs], Awaitable[None]]
# How often each is drawn beside the others.
KINDS: Final[tuple[tuple[Kind, int], ...]] = (
    (Wrongs.issue_again, 2),
    (Wrongs.issue_too_early, 1),
    (Wrongs.void_too_late, 3),
    (Wrongs.void_credited, 2),
    (Wrongs.lose_too_early, 3),
    (Wrongs.lose_unperformed, 2),
    (Wrongs.lose_with_credit, 1),
    (Wrongs.credit_wrongly, 6),
    (Wrongs.credit_nothing, 1),
    (Wrongs.credit_too_much_work, 1),
    (Wrongs.decide_wrongly, 4),
    (Wrongs.decide_on_own, 3),
    (Wrongs.ask_again, 4),
    (Wrongs.credit_by_others, 2),
    (Wrongs.use_too_much, 1),
    (Wrongs.match_taken, 2),
    (Wrongs.match_wrongly, 7),
    (Wrongs.match_by_others, 3),
    (Wrongs.pay_wrongly, 5),
    (Wrongs.cancel_what_is_over, 2),
    (Wrongs.refund_nothing, 2),
    (Wrongs.on_refund_wrongly, 6),
    (Wrongs.refund_nobody, 2),
    (Wrongs.send_by_others, 1),
    (Wrongs.fail_what_stripe_has, 3),
    (Wrongs.explain_by_others, 1),
    (Wrongs.explain_again, 2),
    (Wrongs.explain_incompletely, 1),
    (Wrongs.explain_wrongly, 1),
    (Wrongs.decide_explanation_wrongly, 3),
    (Wrongs.undo_wrongly, 2),
    (Wrongs.decide_undo_wrongly, 2),
    (Wrongs.give_up_wrongly, 2),
    (Wrongs.decide_debt_wrongly, 2),
)
