"""Turns of events by which what explained a line is undone, or cannot be."""

from __future__ import annotations

from tests.lives.card_refunds import Past
from tests.lives.debt_plots import DebtPlots
from tests.lives.suspense import PLACES, Explanation, Said


class UndoPlots(DebtPlots):
    async def undone(self, asked: Explanation | None, credit_goes: bool = False) -> None:
        """By two people, where it may be; between the two its payer's credit may be set aside."""
        if asked is None or asked.state != "approved":
            return
        undo = await self.propose_undo(asked)
        if credit_goes:
            await self.set_aside()
        if undo is not None and undo.state == "proposed":
            await self.on_undo("approve", undo, "leader" if undo.by == "finance" else "deputy")

    async def undone_and_elsewhere(self) -> None:
        """It stands in suspense again, and is explained anew."""
        asked = await self.some_standing()
        if asked is None:
            return
        undo = await self.propose_undo(asked)
        if undo is None:
            return
        other = "colleague" if undo.by == "finance" else "finance"
        if self.one_in(2):
            await self.by(other, lambda: self.propose_undo(asked))
        by = "leader" if undo.by == "finance" else "deputy"
        if self.one_in(4):
            await self.on_undo("reject", undo, by)
            return
        if self.one_in(4):
            await self.on_undo("withdraw", undo, undo.by)
            return
        await self.on_undo("approve", undo, by)
        line = asked.line
        if self.one_in(4):
            await self.asked_of_its_rule(line)
        if line.state == "aside":
            to = self.chance.choice(PLACES.get(line.category) or (asked.said.to,))
            await self.decided(await self.explain(line, self.as_(to, line)))

    async def some_standing(self) -> Explanation | None:
        """By people, of no refund of ours."""
        free = [
            one
            for one in self.model.explanations
            if one.state == "approved" and one.said.to != "rule" and one.said.refund is None
        ]
        if free and not self.one_in(3):
            return self.chance.choice(free)
        await self.move_by_itself()
        await self.pull()
        line = self.model.stripe_lines[-1]
        await self.explained(line, Said(self.chance.choice(PLACES[line.category])))
        asked = self.model.explanations[-1] if self.model.explanations else None
        return asked if asked is not None and asked.line is line else None

    async def undo_in_vain(self) -> None:
        """What its rule booked, or paid a refund of ours."""
        stands = [
            one
            for one in self.model.explanations
            if one.state == "approved" and (one.said.to == "rule" or one.said.refund is not None)
        ]
        ours = [one for one in stands if one.said.refund is not None]
        if stands:
            await self.propose_undo(self.chance.choice(ours if ours and self.one_in(2) else stands))
        else:
            await self.refund_untold()

    async def came_back_and_undone(self) -> None:
        """What went is undone after what came back of it, and that while its credit is there."""
        past = await self.gone_and_back()
        if past is None:
            return
        out, back = self.standing_of(past, goes=True), self.standing_of(past, goes=False)
        if out is None or back is None:
            return
        if self.one_in(2):
            await self.undone(out)
        match self.chance.randrange(4):
            case 0 | 1:
                await self.set_aside()
            case 2:
                await self.spend()
            case _:
                pass
        await self.undone(back, self.one_in(4))
        await self.undone(out)
        if self.one_in(2):
            await self.told_as_past(past, self.chance.choice([1, -1]))

    async def gone_and_back(self) -> Past | None:
        """Of a charge whose money is credit; both are explained."""
        charge = await self.refundable_past_us()
        if charge is None:
            return None
        most = min(charge.amount - charge.refunded, self.model.credit)
        past = await self.refund_elsewhere(charge, most) if most > 0 else None
        if past is None:
            return None
        if self.one_in(2):
            await self.pull()
            await self.all_told(past)
        await self.send_back_elsewhere(past)
        await self.pull()
        await self.all_told(past)
        return past

    async def all_told(self, past: Past) -> None:
        for line in self.lines_about(past):
            if line.state == "aside":
                await self.explained(line, Said("customer_credit", past.charge.attempt))

    def standing_of(self, past: Past, *, goes: bool) -> Explanation | None:
        of = (one for one in self.model.explanations if one.line.what is past)
        fits = (one for one in of if one.state == "approved" and (one.line.amount < 0) == goes)
        return next(fits, None)
