"""Turns of events by which what a charge had paid is owed again, and paid again."""

from __future__ import annotations

from tests.lives.card_refunds import Past
from tests.lives.cards import Charge
from tests.lives.suspense import Explanation, Said
from tests.lives.undo_plots import UndoPlots


class OwedPlots(UndoPlots):
    async def owed_again(self) -> None:
        """What went back had paid an invoice; that was a mistake, or it comes back after all."""
        charge = await self.charged()
        asked = await self.told_as_owed(charge) if charge is not None else None
        if charge is None or asked is None:
            return
        past: Past = asked.line.what
        match self.chance.randrange(5):
            case 0 | 1:
                await self.undone(asked)
            case 2:
                await self.paid_otherwise(charge)
                await self.undone(asked)
            case 3:
                await self.send_back_elsewhere(past)
                await self.pull()
                await self.all_told(past)
                await self.undone(asked)
                await self.undone(self.standing_of(past, goes=False))
                await self.undone(asked)
            case _:
                await self.rest_is_lost(charge)
                await self.undone(asked)

    async def rest_is_lost(self, charge: Charge) -> None:
        if charge.refunded < charge.amount:
            await self.dispute(charge)
            await self.pull()
        if charge.dispute is not None:
            await self.judge("lost", charge.dispute)
            await self.follow(charge.dispute)

    async def told_as_owed(self, charge: Charge) -> Explanation | None:
        """All of it went back past the market, or a part; tells what two people said of that."""
        if charge.dispute is not None or charge.refunded >= charge.amount:
            return None
        past = await self.refund_elsewhere(charge, self.about_all(charge.amount - charge.refunded))
        await self.pull()
        if past is None:
            return None
        said = Said("receivable", charge.attempt)
        for line in self.lines_about(past):
            if line.state == "aside":
                await self.explained(line, said)
        return self.standing_of(past, goes=True)

    async def paid_otherwise(self, charge: Charge) -> None:
        for invoice, _ in charge.attempt.parts:
            if not invoice.open or invoice.state == "uncollectible":
                continue
            if await self.receipt(invoice, invoice.open) is None and invoice.uncredited:
                await self.credited(invoice, min(invoice.open, invoice.uncredited))

    async def nothing_owed(self) -> None:
        """It had paid no invoice: its money is credit."""
        charge = await self.paid_twice()
        if charge is not None and charge.dispute is None:
            await self.told_as_owed(charge)

    async def rest_of_no_credit(self) -> None:
        """It had paid a part, and what was credit is reserved by now."""
        invoice = self.owed(lambda one: one.open > 800 and one.state in ("open", "part_paid"))
        attempt = await self.start(invoice) if invoice else None
        if invoice is None or attempt is None:
            return
        await self.present(attempt)
        if await self.receipt(invoice, invoice.open - 1) is None:
            await self.credited(invoice, invoice.open // 2)
        await self.pay(attempt)
        await self.pull()
        charge = attempt.charge
        if charge is None or charge.dispute is not None or charge.refunded >= charge.amount:
            return
        if not self.one_in(4):
            await self.set_aside()
        past = await self.refund_elsewhere(charge, charge.amount - charge.refunded)
        await self.pull()
        for line in self.lines_about(past) if past is not None else []:
            await self.decided(await self.explain(line, Said("receivable", attempt)))
