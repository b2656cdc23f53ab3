"""Turns of events with the bank that chance alone brings about too seldom."""

from __future__ import annotations

from collections.abc import Callable

from tests.lives.bank import Line, Match, Refund, Terms
from tests.lives.banking import SENT_BACK
from tests.lives.giving_up import Everything
from tests.lives.model import Invoice


class BankPlots(Everything):
    def owed(self, wanted: Callable[[Invoice], bool]) -> Invoice | None:
        free = [
            one
            for one in self.model.invoices
            if one.open > 0 and wanted(one) and not self.model.attempt_on(one)
        ]
        return self.chance.choice(free) if free else None

    async def receipt(self, invoice: Invoice, most: int) -> Match | None:
        """A line of the buyer's pays so much of it at most."""
        fits = self.free(lambda one: one.from_buyer and 0 < one.amount <= most)
        if not fits:
            return None
        line = max(fits, key=lambda one: one.amount)
        return await self.match(line, Terms([(invoice, line.amount, 0)]))

    async def spend(self) -> None:
        """The buyer's credit is used up, on whatever is owed."""
        for invoice in self.model.invoices:
            amount = min(invoice.open, self.model.credit)
            if amount and self.model.credit and invoice.when != "late":
                await self.use_credit(invoice, amount)

    async def set_aside(self) -> None:
        if self.model.credit:
            await self.propose_refund(self.model.credit)

    async def fill(self, line: Line | None = None) -> Match | None:
        """The buyer has credit."""
        lines = self.free(lambda one: one.from_buyer and one.amount > 0)
        if not lines:
            return None
        line = line or max(lines, key=lambda one: one.amount)
        return await self.match(line, Terms([], "customer_credit", line.amount, "buyer"))

    async def sent_back(self) -> None:
        """Proposed, approved, sent, paid, returned, and some of that undone."""
        refund = await self.sent(self.chance.choice(SENT_BACK))
        if refund is not None:
            await self.told_by_bank(refund)

    async def sent_in_vain(self) -> None:
        """The bank does nothing with it."""
        refund = await self.sent(self.chance.choice(SENT_BACK))
        if refund is not None:
            await self.on_refund("fail", refund, self.chance.choice(["finance", "colleague"]))

    async def sent_twice(self) -> None:
        """A line of another's name is said to be a refund, then the payee's own."""
        amount = self.chance.choice(SENT_BACK)
        lines = self.free(lambda one: one.amount == -amount)
        names = {one.from_buyer: one for one in lines}
        if len(names) < 2:
            return
        refund = await self.sent(amount)
        for is_own in (False, True):
            terms = Terms([], "customer_credit", amount, "buyer", refund)
            if refund is not None:
                await self.match(names[is_own], terms)

    async def sent(self, amount: int) -> Refund | None:
        """By the bank, or failed before that."""
        await self.unburdened()
        if self.model.credit < amount:
            await self.fill()
        before = len(self.model.refunds)
        await self.propose_refund(amount)
        for refund in self.model.refunds[before:]:
            by = "leader" if refund.by == "finance" else "deputy"
            await self.on_refund("approve", refund, by)
            if self.one_in(8):
                await self.on_refund("fail", refund, "colleague")
            await self.send_refunds("cashier")
            if refund.state == "sent":
                return refund
        return None

    async def told_by_bank(self, refund: Refund) -> None:
        out = await self.match_refund(refund)
        if out is not None and self.one_in(3):
            await self.undo(out)
            out = await self.match_refund(refund)
        if out is None or refund.state != "paid" or self.one_in(5):
            return
        back = await self.match_refund(refund)
        if back is not None:
            await self.undo(self.chance.choice([back, back, out]))

    async def waits_for_a_second(self) -> None:
        """A line of somebody else's name waits; what it was to pay changes meanwhile."""
        invoice = self.owed(lambda one: one.state in ("open", "part_paid"))
        lines = self.free(lambda one: not one.from_buyer and one.amount > 0)
        if invoice is None or not lines:
            return
        line = self.chance.choice(lines)
        paid = min(line.amount, invoice.open)
        rest = line.amount - paid
        to = ("customer_credit", rest, "buyer") if rest else (None, 0, None)
        match = await self.match(line, Terms([(invoice, paid, 0)], *to))
        if match is None or match.state != "waiting":
            return
        if self.one_in(2):
            await self.receipt(invoice, invoice.open)
        if self.one_in(4):
            await self.undo(match)
        else:
            await self.confirm(match)
            if not self.one_in(3):
                await self.undo(match)

    async def credit_gone(self) -> None:
        """Credit that a match made is spent before the match is undone."""
        matches = [
            one
            for one in self.model.matches
            if one.state == "matched" and one.terms.to == "customer_credit" and one.line.amount > 0
        ]
        if matches:
            await self.spend()
            await self.undo(self.chance.choice(matches))
