"""Turns of events with payers' banks, who ask back what was paid, and sometimes keep it."""

from __future__ import annotations

from tests.lives.cards import Charge, Dispute
from tests.lives.plots import Plots


class ChargebackPlots(Plots):
    async def charged_back(self) -> None:
        """Disputed, decided, sometimes given back after all."""
        charge = self.a_charge() or await self.charged()
        if charge is None:
            return
        await self.dispute(charge)
        await self.pull()
        dispute = charge.dispute
        if dispute is None:
            return
        if self.one_in(2):
            await self.while_disputed(charge)
        await self.judge("won" if self.one_in(3) else "lost", dispute)
        await self.follow(dispute)
        if dispute.verdict == "lost" and not self.one_in(3):
            await self.give_back(dispute)
        await self.pull()
        if charge.attempt.charge is not None and self.one_in(2):
            await self.propose_card_refund(charge.attempt)

    async def while_disputed(self, charge: Charge) -> None:
        await self.propose_card_refund(charge.attempt, 1)
        if self.model.credit >= 1_00:
            await self.propose_refund(self.chance.choice([1_00, self.model.credit]))
        waiting = [one for one in self.model.refunds if one.state == "proposed"]
        if waiting:
            await self.on_refund("approve", waiting[0], "leader")

    # Credit that came by a payment is asked back before anything becomes of it

    async def held_back(self) -> None:
        await self.refund_disputed()

    async def asked_back_meanwhile(self) -> None:
        """A bank asks back what has become credit, and so does its payer."""
        await self.unburdened()
        charge = self.a_charge() or await self.charged()
        if charge is None or charge.dispute is not None or charge.refunded >= charge.amount:
            return
        await self.credited_of(charge)
        await self.dispute(charge, charge.amount - charge.refunded)
        await self.pull()
        if self.model.credit:
            await self.propose_refund(self.model.credit)

    async def held_back_for_good(self) -> None:
        """And the payer's bank keeps it."""
        dispute = await self.refund_disputed()
        if dispute is None or dispute.state != "opened":
            return
        await self.judge("lost", dispute)
        await self.follow(dispute)
        if self.model.credit:
            await self.propose_refund(self.model.credit)
        await self.send_refunds("cashier")

    async def refund_disputed(self) -> Dispute | None:
        """A refund by bank was approved by then; the cashier finds nothing that she may send."""
        await self.unburdened()
        await self.settled()
        charge = await self.charged()
        if charge is None or charge.dispute is not None:
            return None
        await self.credited_of(charge)
        if self.model.credit < 1_00:
            return None
        before = len(self.model.refunds)
        await self.propose_refund(self.model.credit - self.chance.randrange(2))
        for refund in self.model.refunds[before:]:
            by = "leader" if refund.by == "finance" else "deputy"
            await self.on_refund("approve", refund, by)
        await self.dispute(charge, charge.amount - charge.refunded)
        await self.pull()
        invoice = self.owed(lambda one: one.state in ("open", "part_paid"))
        if invoice is not None and self.model.credit:
            await self.use_credit(invoice, min(invoice.open, self.model.credit))
        await self.send_refunds("cashier")
        return charge.dispute

    async def held_back_unexplained(self) -> None:
        """Somebody gave it back at Stripe already."""
        await self.settled()
        charge = await self.charged()
        if charge is None or charge.dispute is not None or charge.refunded >= charge.amount:
            return
        await self.credited_of(charge)
        await self.refund_elsewhere(charge, charge.amount - charge.refunded)
        await self.pull()
        invoice = self.owed(lambda one: one.state in ("open", "part_paid"))
        if invoice is not None and self.model.credit:
            await self.use_credit(invoice, min(invoice.open, self.model.credit))
        if self.model.credit:
            await self.propose_refund(self.model.credit)

    # What a lost chargeback asks back is reserved or used: it is owed until it is recovered

    async def short_and_given_back(self) -> None:
        dispute = await self.lost_without_credit()
        if dispute is not None:
            await self.give_back(dispute)
            await self.pull()

    async def short_and_credit_again(self) -> None:
        """What was set aside is credit again: it pays nothing else before it is recovered."""
        dispute = await self.lost_without_credit()
        if dispute is None:
            return
        for refund in self.model.refunds:
            if refund.state == "proposed":
                await self.on_refund("withdraw", refund, refund.by)
        invoice = self.owed(lambda one: one.state in ("open", "part_paid"))
        if invoice is not None and self.model.credit:
            await self.use_credit(invoice, min(invoice.open, self.model.credit))
        await self.recover()
        if self.one_in(2):
            await self.give_back(dispute)
            await self.pull()

    async def short_and_mistaken(self) -> None:
        """Credit that it was recovered from ought not to have been."""
        dispute = await self.lost_without_credit()
        filled = await self.fill() if dispute is not None else None
        if filled is not None:
            await self.recover()
            await self.undo(filled)

    async def mistaken_and_short(self) -> None:
        """Its loss itself takes credit that ought not to have been."""
        await self.unburdened()
        charge = await self.paid_twice()
        if charge is None:
            return
        await self.spend()
        filled = await self.fill()
        if filled is None:
            return
        await self.dispute(charge, charge.amount)
        await self.pull()
        dispute = charge.dispute
        if dispute is not None and dispute.state == "opened":
            await self.judge("lost", dispute)
            await self.follow(dispute)
            await self.undo(filled)

    async def lost_without_credit(self) -> Dispute | None:
        await self.unburdened()
        charge = await self.paid_twice()
        if charge is None or self.model.credit < 1_00:
            return None
        if self.one_in(4):
            await self.spend()
        await self.set_aside()
        await self.dispute(charge, charge.amount)
        await self.pull()
        dispute = charge.dispute
        if dispute is None or dispute.state != "opened":
            return None
        await self.judge("lost", dispute)
        await self.follow(dispute)
        return dispute if dispute.owed else None

    async def paid_twice(self) -> Charge | None:
        """By bank while its page is open, or not owed any more, then by card: that is credit."""
        invoice = self.owed(lambda one: one.open >= 400 and one.state in ("open", "part_paid"))
        attempt = await self.start(invoice) if invoice else None
        if invoice is None or attempt is None:
            return None
        await self.settled()
        await self.present(attempt)
        if await self.receipt(invoice, invoice.open) is None:
            await self.credited(invoice, invoice.open)
        await self.pay(attempt)
        await self.pull()
        return attempt.charge
