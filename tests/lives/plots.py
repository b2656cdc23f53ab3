"""Turns of events that chance alone brings about too seldom; each step of them is compared, too."""

from __future__ import annotations

from tests.lives.bank import Line, Refund, Terms
from tests.lives.bank_plots import BankPlots
from tests.lives.cards import Charge, Fault
from tests.lives.model import Invoice, Proposal


class Plots(BankPlots):
    async def charged(self, invoice: Invoice | None = None) -> Charge | None:
        """Paid by card and booked."""
        invoice = invoice or self.owed(lambda one: one.open >= 400)
        attempt = await self.start(invoice) if invoice else None
        if attempt is None:
            return None
        await self.present(attempt)
        await self.pay(attempt)
        await self.pull()
        return attempt.charge

    # What becomes of a loss

    async def lost_and_paid(self) -> None:
        """Work that was accepted, given up, then paid after all."""
        invoice = await self.given_up(receipts=0)
        if invoice is None:
            return
        lines = self.free(lambda one: one.from_buyer and one.amount >= invoice.open)
        if lines and self.one_in(2):
            await self.overpaid(invoice, lines[0])
        else:
            await self.receipt(invoice, invoice.open - 1)

    async def lost_and_undone(self) -> None:
        """A receipt of what was given up turns out to be a mistake."""
        invoice = await self.given_up(receipts=1)
        if invoice is not None and self.model.matches:
            await self.undo(self.model.matches[-1])

    async def lost_and_undone_in_part(self) -> None:
        invoice = await self.given_up(receipts=2)
        if invoice is not None and self.model.matches:
            await self.undo(self.model.matches[-1])

    async def given_up(self, receipts: int) -> Invoice | None:
        """A debt, paid in so many parts that are not all of it; None where it may not be."""
        invoice = self.owed(_is_late)
        if invoice is None and (fresh := self.late_places()):
            await self.issue(fresh[0], "finance")
            invoice = self.owed(_is_late)
        await self.settled()
        if invoice is None or invoice.open <= receipts or self.model.credit:
            return None
        while self.model.unperformed(invoice) and not self.one_in(4):
            await self.accept()
        for _ in range(receipts):
            await self.receipt(invoice, invoice.open // 2)
        await self.propose_loss(invoice)
        loss = self.model.waiting(self.model.losses, invoice)
        if loss is None:
            return None
        await self.asked_wrongly(loss)
        if self.one_in(8):
            await self.receipt(invoice, invoice.open // 3)
        await self.decide("reject" if self.one_in(10) else "approve", loss, "leader")
        return invoice if invoice.state == "uncollectible" else None

    async def asked_wrongly(self, loss: Proposal) -> None:
        """Once more by another, or decided by who asked."""
        if self.one_in(4):
            other = "colleague" if loss.by == "finance" else "finance"
            await self.by(other, lambda: self.propose_loss(loss.invoice))
        if loss.by == "finance" and self.one_in(3):
            await self.decide("approve", loss, "both")

    def late_places(self) -> list[int]:
        due = enumerate(self.play.instalments)
        return [place for place, one in due if one.when == "late" and self.is_unclaimed(place)]

    async def settled(self) -> None:
        """Banks have decided, and the buyer's credit is set aside."""
        undecided = self.undecided()
        for dispute in undecided:
            await self.judge("won", dispute)
        if undecided:
            await self.pull()
        await self.set_aside()

    async def overpaid(self, invoice: Invoice, line: Line) -> None:
        rest = line.amount - invoice.open
        to = ("customer_credit", rest, "buyer") if rest else (None, 0, None)
        await self.match(line, Terms([(invoice, invoice.open, 0)], *to))

    async def rewritten(self) -> None:
        """Voided, or nearly; two of finance ask for different notes."""
        fresh = self.owed(lambda one: (one.state, one.when, one.credited) == ("open", "ahead", 0))
        if fresh is not None:
            await self.propose_void(fresh)
            if self.one_in(3):
                await self.propose_void(fresh)
            asked = self.model.waiting(self.model.voids, fresh)
            if asked is not None and self.one_in(3):
                await self.receipt(fresh, fresh.open - 1)
            if asked is not None:
                await self.decide("reject" if self.one_in(2) else "approve", asked, "deputy")
        elif invoice := self.owed(lambda one: one.uncredited > 500):
            await self.propose_note(invoice, [(1, 300)], [])
            await self.propose_note(invoice, [(1, 301)], [])

    async def credited_in_part(self) -> None:
        """A part is paid, of the rest a part or all comes off."""
        invoice = self.owed(lambda one: one.state in ("open", "part_paid") and one.uncredited > 9)
        if invoice is None:
            return
        if self.one_in(2):
            await self.receipt(invoice, invoice.open // 2)
        await self.credited(invoice, invoice.open if self.one_in(2) else invoice.open // 3 or 1)

    async def credited_whole(self) -> None:
        """All of it comes off, whatever was paid."""
        invoice = self.an_invoice(lambda one: one.uncredited > 0 and one.state != "uncollectible")
        if invoice is not None and invoice.uncredited:
            await self.credited(invoice, invoice.uncredited)

    async def turned_down(self) -> None:
        """What was asked for is not granted, or is not wanted any more."""
        model, before = self.model, len(self.model.refunds)
        invoice = self.owed(lambda one: one.uncredited > 9 and one.state != "uncollectible")
        if self.one_in(2) and model.credit:
            await self.propose_refund(min(1_00, model.credit))
            for refund in model.refunds[before:]:
                by = "leader" if refund.by == "finance" else "deputy"
                if self.one_in(2):
                    await self.on_refund("reject", refund, by)
                else:
                    await self.on_refund("withdraw", refund, refund.by)
        elif invoice is not None:
            await self.propose_note(invoice, [(1, 3)], [])
            await self.propose_loss(invoice)
            for asked in (*model.notes[-1:], *model.losses[-1:]):
                if asked.state == "proposed":
                    await self.decide("reject", asked, "deputy")

    # Attempts that go astray

    async def astray(self) -> None:
        """The call gives no answer; what came of it is read later, paid or not."""
        invoice = self.owed(lambda one: one.open >= 400)
        attempt = await self.start(invoice) if invoice else None
        if attempt is None:
            return
        fault: Fault = self.chance.choice(["cut_after", "cut_after", "dies"])
        await self.present(attempt, fault)
        match self.chance.randrange(4):
            case 0:
                await self.lapse(attempt)
                await self.present(attempt)
            case 1:
                await self.pay(attempt)
                await self.present(attempt)
                await self.pull()
            case 2:
                await self.pay(attempt)
                await self.pull()
            case _:
                await self.present(attempt)

    async def called_off(self) -> None:
        """Before Stripe heard of it, or after."""
        invoice = self.owed(lambda one: True)
        attempt = await self.start(invoice) if invoice else None
        if attempt is None:
            return
        if self.one_in(2):
            await self.present(attempt)
        await self.cancel(attempt)
        await self.present(attempt)
        await self.refresh(attempt)
        if self.one_in(3):
            await self.cancel(attempt)

    async def amiss(self) -> None:
        """Another sum is open than the page asks."""
        invoice = self.owed(lambda one: one.open > 800)
        attempt = await self.start(invoice) if invoice else None
        if invoice is None or attempt is None:
            return
        await self.present(attempt)
        await self.receipt(invoice, invoice.open - 1)
        await self.call_off(invoice)
        if self.one_in(2):
            await self.pay(attempt)
            await self.pull()
        else:
            await self.refresh(attempt)

    async def too_small(self) -> None:
        """So little is left that Stripe takes no such payment."""
        invoice = self.owed(lambda one: one.uncredited >= one.open)
        if invoice is None:
            return
        if invoice.open >= 400:
            await self.credited(invoice, invoice.open - self.chance.randint(1, 399))
        if invoice.open >= 400:
            return
        attempt = await self.start(invoice) if invoice.open else None
        if attempt is not None:
            if self.one_in(2):
                await self.present(attempt, "cut_before")
            await self.present(attempt)

    def a_charge(self) -> Charge | None:
        free = [one for one in self.charges() if one.dispute is None and one.refunded < one.amount]
        return self.chance.choice(free) if free and self.one_in(2) else None

    async def paid_out(self) -> None:
        """Stripe takes what it lacks from the bank, which may not let it."""
        await self.fee()
        await self.payout()
        await self.pull()
        if not self.one_in(3):
            await self.fail_payout()
            await self.pull()

    # Refunds to a card

    async def refundable(self, amount: int | None = None) -> Refund | None:
        """A refund to a card that was approved, of credit that came by it."""
        some = [
            one
            for one in self.charges()
            if one.dispute is None and self.model.left_of(one) > 1 and one.refunded < one.amount
        ]
        charge = self.chance.choice(some) if some else await self.charged()
        if charge is None:
            return None
        if self.model.credit < 2:
            await self.credited_of(charge)
        most = min(self.model.credit, self.model.left_of(charge))
        if most < 1:
            return None
        part = amount or max(1, most // self.chance.randint(1, 6))
        refund = await self.propose_card_refund(charge.attempt, part)
        if refund is not None:
            await self.on_refund("approve", refund, "leader")
        return refund

    async def credited_of(self, charge: Charge) -> None:
        for invoice, _ in charge.attempt.parts:
            if invoice.uncredited > 0 and invoice.state == "paid":
                await self.credited(invoice, invoice.uncredited)

    async def refunded(self) -> None:
        """All the ways that it may go at Stripe, heard of in any order."""
        if self.one_in(2) or self.model.refunds_wait:
            await self.let_wait(self.one_in(2))
        refund = await self.refundable()
        if refund is None:
            return
        fault: Fault | None = self.chance.choice(
            [None, "cut_before", "cut_after", "cut_after", "dies"]
        )
        await self.present_refund(refund, fault)
        if self.one_in(6):
            await self.on_refund("fail", refund, "finance")
        if self.one_in(3):
            await self.pull()
        if refund.state in ("approved", "unknown") and not self.one_in(4):
            await self.present_refund(refund)
        if refund.at_stripe is not None and not self.one_in(3):
            await self.end_refund(refund)
        await self.refresh_refund(refund)
        await self.pull()
        if refund.at_stripe == "succeeded" and self.one_in(2):
            await self.end_refund(refund)
            await self.pull()

    async def never_arrived(self) -> None:
        """The payer's bank sends it back before anybody here heard that it left."""
        if not self.model.refunds_wait:
            await self.let_wait(True)
        refund = await self.refundable()
        if refund is None:
            return
        await self.present_refund(refund)
        if refund.at_stripe == "requires_action":
            await self.end_refund(refund, "answer")
            await self.end_refund(refund)
            await self.pull()
        await self.let_wait(False)

    async def refused_at_stripe(self) -> None:
        """Something came between the approval and the call, that only Stripe knows of, or both."""
        refund = await self.refundable()
        if refund is None or not isinstance(refund.charge, Charge):
            return
        charge = refund.charge
        if self.one_in(2):
            await self.present_refund(refund, "cut_before")
        if self.one_in(2):
            await self.dispute(charge, charge.amount - charge.refunded)
        elif charge.amount - charge.refunded > 0 and charge.dispute is None:
            await self.refund_elsewhere(charge, charge.amount - charge.refunded)
        if self.one_in(2):
            await self.pull()
        await self.present_refund(refund)

    async def charge_gone(self) -> None:
        """A refund waits for its approval while a chargeback, or a refund elsewhere, comes."""
        charge = self.a_charge() or await self.charged()
        if charge is None or charge.dispute is not None:
            return
        if self.model.credit < 2:
            await self.credited_of(charge)
        most = min(self.model.credit, self.model.left_of(charge))
        if most < 1 or charge.refunded >= charge.amount:
            return
        refund = await self.propose_card_refund(charge.attempt, most)
        if refund is None:
            return
        if self.one_in(2):
            await self.dispute(charge, charge.amount - charge.refunded)
        else:
            await self.refund_elsewhere(charge, charge.amount - charge.refunded)
        await self.pull()
        await self.on_refund("approve", refund, "leader")


def _is_late(invoice: Invoice) -> bool:
    return invoice.when == "late" and invoice.state != "uncollectible"
