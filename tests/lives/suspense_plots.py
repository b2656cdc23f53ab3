"""Turns of events by which lines of Stripe's balance stand in suspense, and leave it."""

from __future__ import annotations

from tests.lives.bank import Refund
from tests.lives.card_refunds import Past
from tests.lives.cards import Charge, Dispute, StripeLine
from tests.lives.chargeback_plots import ChargebackPlots
from tests.lives.chargebacks import REFUNDS
from tests.lives.suspense import PLACES, Explanation, Said


class SuspensePlots(ChargebackPlots):
    async def decided(self, asked: Explanation | None) -> None:
        """Approved, mostly; rejected or withdrawn."""
        if asked is None or asked.state != "proposed":
            return
        by = "leader" if asked.by == "finance" else "deputy"
        match self.chance.randrange(6):
            case 0:
                await self.on_explanation("reject", asked, by)
            case 1:
                await self.on_explanation("withdraw", asked, asked.by)
            case _:
                await self.on_explanation("approve", asked, by)

    async def moved_by_itself(self) -> None:
        """By Stripe; finance says what that was."""
        await self.move_by_itself()
        await self.pull()
        line = self.model.stripe_lines[-1]
        if self.one_in(3):
            await self.asked_of_its_rule(line)
        places = PLACES[line.category]
        await self.decided(await self.explain(line, Said(self.chance.choice(places))))

    async def moved_nothing(self) -> None:
        await self.move_by_itself(amount=0)
        await self.pull()
        line = self.model.stripe_lines[-1]
        await self.explain(line, Said("write_off"))
        if self.one_in(4):
            await self.asked_of_its_rule(line)

    async def asked_of_its_rule(self, line: StripeLine) -> None:
        """Its rule is asked once more; nobody approves that."""
        asked = await self.explain(line, Said("rule"))
        if asked is None or asked.state != "proposed":
            return
        if self.one_in(4):
            await self.on_explanation("approve", asked, "leader")
        if self.one_in(6):
            await self.on_explanation("withdraw", asked, asked.by)
        await self.ask_rules()

    # Refunds past the market

    async def refunded_past_us(self) -> None:
        """Of a charge whose money is credit, or pays; sent back, before it is explained or after.

        A refund of ours may be promised of the same money.
        """
        charge = await self.refundable_past_us()
        if charge is None:
            return
        past = await self.refund_elsewhere(charge, self.about_all(charge.amount - charge.refunded))
        await self.pull()
        if past is None:
            return
        when = self.chance.choice(["before", "after", "never", "never"])
        if when == "before":
            await self.send_back_elsewhere(past)
            await self.pull()
        await self.told_as_past(past, self.chance.choice([1, -1]))
        if when == "after":
            await self.send_back_elsewhere(past)
            await self.pull()
        await self.told_as_past(past)

    async def promised_and_refunded_past_us(self) -> None:
        """So much of it goes back to the card already that no more can have gone.

        Or Stripe was asked for that refund, and has not answered: the line may be of it.
        """
        refund = await self.refundable()
        charge = refund.charge if refund is not None else None
        if refund is None or not isinstance(charge, Charge) or charge.dispute is not None:
            return
        if charge.refunded >= charge.amount:
            return
        if self.one_in(2):
            await self.present_refund(refund, "cut_before")
        past = await self.refund_elsewhere(charge, charge.amount - charge.refunded)
        await self.pull()
        if past is None:
            return
        for line in self.lines_about(past):
            await self.explain(line, Said("customer_credit", charge.attempt))
        if self.one_in(2):
            await self.send_back_elsewhere(past)
            await self.pull()

    async def spent_and_refunded_past_us(self) -> None:
        """More went than its payer has of credit, or has set aside."""
        has = self.model.credit + self.model.reserved()
        free = [one for one in self.charges() if one.dispute is None]
        much = [one for one in free if one.amount - one.refunded > has]
        charge = self.chance.choice(much) if much else await self.charged()
        if charge is None or charge.dispute is not None or charge.refunded >= charge.amount:
            return
        past = await self.refund_elsewhere(charge, charge.amount - charge.refunded)
        await self.pull()
        if past is not None:
            await self.told_as_past(past)
            await self.send_back_elsewhere(past)
            await self.pull()
            await self.told_as_past(past)

    async def refundable_past_us(self) -> Charge | None:
        charge = self.a_charge() or await self.charged()
        if charge is None or charge.dispute is not None or charge.refunded >= charge.amount:
            return None
        if not self.one_in(4):
            await self.credited_of(charge)
        most = min(charge.amount - charge.refunded, self.model.left_of(charge), self.model.credit)
        if most > 0 and self.one_in(4):
            await self.propose_card_refund(charge.attempt, most)
        return charge

    async def told_as_past(self, past: Past, order: int = 1) -> None:
        """Each line of it that stands in suspense, the first first or last."""
        for line in self.lines_about(past)[::order]:
            if line.state == "aside":
                said = Said("customer_credit", past.charge.attempt)
                await self.decided(await self.explain(line, said))

    def about_all(self, amount: int) -> int:
        return amount if self.one_in(2) else self.chance.randint(1, amount)

    def lines_about(self, thing: object) -> list[StripeLine]:
        return [one for one in self.model.stripe_lines if one.what is thing]

    async def of_another(self) -> None:
        """A refund is said to be of a charge, or one of ours, that it is not of."""
        lines = self.aside(*REFUNDS)
        if not lines:
            return
        line = self.chance.choice(lines)
        others = [one.attempt for one in self.charges() if one.attempt is not line.attempt]
        refunds = [one for one in self.model.refunds if one is not line.refund]
        if self.one_in(2) and others:
            await self.explain(line, Said("customer_credit", self.chance.choice(others)))
        elif refunds:
            await self.explain(line, Said("refund_pending", None, self.chance.choice(refunds)))

    # Refunds of ours whose line comes otherwise

    async def gone(self) -> Refund | None:
        """One that has left by a line that nobody has read."""
        if self.model.refunds_wait:
            await self.let_wait(False)
        await self.unburdened()
        refund = await self.refundable()
        if refund is None:
            return None
        await self.present_refund(refund)
        is_sent = (refund.state, refund.at_stripe) == ("sent", "succeeded")
        return refund if is_sent and not refund.has_left else None

    async def refund_untold(self) -> None:
        """Its line, or that which brings it back, is not known as what it is."""
        refund = await self.gone()
        if refund is None:
            return
        await self.spoil(refund)
        await self.pull()
        await self.mend()
        if self.one_in(3):
            await self.end_refund(refund)
            if self.one_in(2):
                await self.spoil(refund)
            await self.pull()
            await self.mend()
        for line in self.lines_about(refund)[:: self.chance.choice([1, -1])]:
            await self.told_as_ours(line, refund)
        if self.one_in(3):
            await self.refresh_refund(refund)

    async def told_as_ours(self, line: StripeLine, refund: Refund) -> None:
        assert line.attempt is not None
        if line.state == "aside" and self.one_in(3):
            await self.explain(line, Said("customer_credit", line.attempt))
        if line.state == "aside" and self.one_in(3):
            await self.asked_of_its_rule(line)
        elif line.state == "aside":
            await self.decided(await self.explain(line, Said("refund_pending", None, refund)))

    async def refund_moved_otherwise(self) -> None:
        """Another amount has gone: it fails with what explains that."""
        refund = await self.gone()
        if refund is None:
            return
        more = self.chance.randint(-min(refund.amount - 1, 50), 3) or 1
        await self.move_otherwise(refund, refund.amount + more)
        await self.pull()
        if self.one_in(3):
            await self.end_refund(refund)
            await self.pull()
        for line in self.lines_about(refund):
            if line.state == "aside" and self.one_in(2):
                await self.explain(line, Said("refund_pending", None, refund))
            if line.state == "aside":
                said = Said("customer_credit", line.attempt)
                await self.decided(await self.explain(line, said))

    # What Stripe does not tell

    async def dispute_untold(self) -> None:
        """Money went, and nobody knows that a bank has asked it back."""
        charge = self.a_charge() or await self.charged()
        if charge is None:
            return
        await self.dispute(charge)
        dispute = charge.dispute
        if dispute is None or dispute.state:
            return
        await self.spoil(dispute)
        await self.pull()
        await self.untold(dispute)
        if self.one_in(2):
            await self.judge(None, dispute)
            await self.pull()
        await self.mend()
        for line in self.lines_about(dispute):
            if line.state == "aside":
                await self.asked_of_its_rule(line)
        if dispute.state:
            await self.follow(dispute)

    async def untold(self, thing: object) -> None:
        for line in self.lines_about(thing):
            if self.one_in(2):
                await self.explain(line, Said("write_off"))
            if self.one_in(2):
                await self.asked_of_its_rule(line)

    async def charge_untold(self) -> None:
        """A payer has paid, and nobody knows who."""
        invoice = self.owed(lambda one: one.open >= 400)
        attempt = await self.start(invoice) if invoice else None
        if attempt is None:
            return
        await self.present(attempt)
        await self.pay(attempt)
        if attempt.page != "paid":
            return
        await self.spoil(attempt)
        await self.pull()
        if self.one_in(2):
            await self.refresh(attempt)
        await self.untold_charge(attempt)
        await self.mend()
        for line in self.lines_about(attempt):
            await self.asked_of_its_rule(line)

    async def untold_charge(self, attempt: object) -> None:
        for line in self.lines_about(attempt):
            if self.one_in(2):
                await self.asked_of_its_rule(line)

    # What is left of chargebacks

    async def kept_of_won(self) -> None:
        """Not all of what is won comes back."""
        charge = self.a_charge() or await self.charged()
        if charge is None or charge.dispute is not None or charge.amount - charge.refunded < 2:
            return
        await self.dispute(charge, charge.amount - charge.refunded)
        await self.pull()
        dispute = charge.dispute
        if dispute is None or dispute.state != "opened":
            return
        back = dispute.amount - self.chance.randint(1, min(dispute.amount - 1, 90_00))
        await self.judge("won", dispute, back)
        await self.pull()
        for line in self.lines_about(dispute):
            if line.state == "aside":
                if self.one_in(2):
                    await self.asked_of_its_rule(line)
                to = self.chance.choice(["stripe_fees", "exchange_difference", "write_off"])
                await self.decided(await self.explain(line, Said(to)))

    async def back_in_parts(self) -> None:
        """A bank gives back a part of what it kept, and sometimes the rest."""
        dispute = await self.lost_whole()
        if dispute is None:
            return
        for _ in range(3):
            left = dispute.amount - dispute.back
            if left and not self.one_in(4):
                await self.give_back(dispute, self.chance.choice([left, left // 2 or left, 1]))
                await self.pull()
        if self.one_in(2) and self.model.credit:
            await self.propose_card_refund(dispute.charge.attempt)

    async def lost_whole(self) -> Dispute | None:
        if self.one_in(3):
            return await self.lost_without_credit()
        charge = self.a_charge() or await self.charged()
        if charge is None or charge.dispute is not None:
            return None
        await self.dispute(charge)
        await self.pull()
        dispute = charge.dispute
        if dispute is None or dispute.state != "opened":
            return None
        await self.judge("lost", dispute)
        await self.follow(dispute)
        return dispute
