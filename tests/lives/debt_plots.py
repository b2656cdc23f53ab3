"""What lost chargebacks left and nobody will pay, in turns of events."""

from __future__ import annotations

from tests.lives.cards import Dispute
from tests.lives.suspense_plots import SuspensePlots


class DebtPlots(SuspensePlots):
    async def debt_given_up(self) -> None:
        """By two people; then its payer pays after all, or his bank gives back some, or nothing."""
        dispute = await self.debt()
        loss = await self.given_up_debt(dispute) if dispute is not None else None
        if dispute is None or loss is None:
            return
        match self.chance.randrange(4):
            case 0:
                await self.on_debt_loss("recover", loss, "finance")
                await self.fill()
                await self.recover()
            case 1:
                left = dispute.amount - dispute.back
                await self.give_back(dispute, self.chance.choice([left, min(left, 1_00)]))
                await self.pull()
            case 2:
                await self.fill()
                await self.recover()
            case _:
                await self.on_debt_loss("recover", loss, "colleague")
                await self.given_up_debt(dispute)

    async def debt_not_given_up(self) -> None:
        """Its payer has credit again, by which it is less, or a leader is against it."""
        dispute = await self.debt()
        loss = await self.propose_debt_loss(dispute) if dispute is not None else None
        if dispute is None or loss is None or loss.state != "proposed":
            return
        by = "leader" if loss.by == "finance" else "deputy"
        if self.one_in(2):
            other = "colleague" if loss.by == "finance" else "finance"
            await self.by(other, lambda: self.propose_debt_loss(dispute))
        if self.one_in(3):
            await self.on_debt_loss("reject", loss, by)
            return
        if self.one_in(2):
            await self.fill()
        else:
            await self.filled_less_than(dispute.owed)
            await self.wanted_otherwise()
        if self.one_in(2):
            await self.on_debt_loss("approve", loss, by)
        await self.recover()
        await self.on_debt_loss("approve", loss, by)
        if loss.state == "proposed":
            await self.on_debt_loss("reject", loss, by)

    async def wanted_otherwise(self) -> None:
        """Credit that is owed for a chargeback pays nothing, and goes nowhere."""
        invoice = self.owed(lambda one: one.state in ("open", "part_paid"))
        if self.model.credit and invoice is not None and self.one_in(2):
            await self.use_credit(invoice, min(invoice.open, self.model.credit))
        elif self.model.credit:
            await self.propose_refund(self.model.credit)

    async def filled_less_than(self, owed: int) -> None:
        lines = self.free(lambda one: one.from_buyer and 0 < one.amount < owed)
        if lines:
            await self.fill(max(lines, key=lambda one: one.amount))

    async def debt_of_a_mistake(self) -> None:
        """Credit that it was recovered from ought not to have been; the rest is given up."""
        dispute = await self.debt()
        filled = await self.fill() if dispute is not None else None
        if dispute is None or filled is None:
            return
        await self.recover()
        loss = None
        if dispute.owed and not self.model.credit:
            loss = await self.given_up_debt(dispute)
        await self.undo(filled)
        if loss is None or not dispute.owed or self.model.credit:
            return
        await self.propose_debt_loss(dispute)
        if self.one_in(2):
            await self.on_debt_loss("recover", loss, "finance")
            await self.given_up_debt(dispute)

    async def debt(self) -> Dispute | None:
        """Of which something is owed, and its payer has no credit."""
        owed = [one for one in self.model.disputes if one.owed]
        dispute = self.chance.choice(owed) if owed else await self.lost_without_credit()
        if dispute is not None and self.model.credit:
            await self.recover()
        if self.model.credit:
            await self.set_aside()
        return dispute if dispute is not None and dispute.owed else None
