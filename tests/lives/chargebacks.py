"""What payers' banks take back, give back or keep, and what becomes of what they keep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from tests.lives.bank import LIVE, Match
from tests.lives.cards import Cards, Charge, Dispute, StripeLine
from tests.lives.model import Invoice, Milestone, require

DISPUTE_FEE: Final = 8_500
REFUNDS: Final = ("refund", "refund_failure")


@dataclass(eq=False)
class Recovery:
    """Of a payer's credit; ``left`` did not go back; ``at_loss``: the loss took it itself."""

    dispute: Dispute
    left: int
    at_loss: bool = False


class Chargebacks(Cards):
    def __init__(self, milestones: list[Milestone]) -> None:
        super().__init__(milestones)
        self.disputes: list[Dispute] = []
        self.recoveries: dict[int, Recovery] = {}

    def dispute(self, charge: Charge, amount: int) -> Dispute:
        made = charge.dispute = Dispute(charge, amount)
        self.unread.append(StripeLine("dispute", made, "dispute", -amount, DISPUTE_FEE))
        return made

    def judge(
        self, dispute: Dispute, verdict: Literal["won", "lost"], amount: int | None = None
    ) -> None:
        """``amount``: what comes back of one that is won; Stripe may keep some."""
        dispute.verdict = verdict
        if verdict == "won":
            self.send_back(dispute, dispute.amount if amount is None else amount)

    def give_back(self, dispute: Dispute, amount: int) -> None:
        """After it was lost, all of it or a part."""
        self.send_back(dispute, amount)
        if dispute.back == dispute.amount:
            dispute.verdict = "won"

    def send_back(self, dispute: Dispute, amount: int) -> None:
        dispute.back += amount
        self.unread.append(StripeLine("reversal", dispute, "dispute_reversal", amount))

    def book_dispute(self, line: StripeLine) -> None:
        self.disputes.append(self.born(line.what, "open", "opened"))
        self.balance("stripe_disputed", line.amount)

    def book_reversal(self, line: StripeLine) -> None:
        dispute: Dispute = line.what
        if dispute.state == "opened":
            self.win(line, dispute)
        else:
            self.reinstate(line, dispute)

    def win(self, line: StripeLine, dispute: Dispute) -> None:
        """What Stripe keeps of it stands in suspense."""
        kept = dispute.amount - line.amount
        self.move(dispute, "win", "won")
        self.balance("stripe_disputed", line.amount)
        self.post("suspense", "stripe_disputed", kept)
        if kept:
            line.state, line.left = "aside", -kept

    def reinstate(self, line: StripeLine, dispute: Dispute) -> None:
        """It makes up the debt that its loss left, whether that was given up or not."""
        self.revive_debt(dispute)
        made_up = min(line.amount, dispute.owed)
        dispute.returned += line.amount
        if made_up:
            self.hits["chargeback_recovery", "given back", ""] += 1
            self.balance("suspense", made_up)
            dispute.recovered += made_up
        shares = self.shares(dispute.charge.attempt, line.amount - made_up)
        given = self.give(shares)
        dispute.charge.shares += shares
        self.balance("customer_credit", line.amount - made_up - given)
        self.move(dispute, "reinstate", "reinstated")

    def revive_debt(self, dispute: Dispute) -> None:
        """Whatever moves takes a loss of it back whole."""

    def follow(self, dispute: Dispute) -> None:
        """The market reads how it ended: what was lost is owed again, the last part of it first."""
        if dispute.verdict != "lost" or dispute.state != "opened":
            return
        freed = sum(share for _, share in self.reopen(dispute.charge, dispute.amount))
        self.post("receivable", "stripe_disputed", freed)
        left = dispute.amount - freed
        taken = min(self.credit, left)
        if taken:
            self.recoveries[len(self.credits)] = Recovery(dispute, taken, at_loss=True)
        self.post("customer_credit", "stripe_disputed", taken)
        dispute.short = left - taken
        self.post("suspense", "stripe_disputed", dispute.short)
        self.move(dispute, "lose", "lost")

    def reopen(self, charge: Charge, amount: int) -> list[tuple[Invoice, int]]:
        """So much of what it paid of invoices is owed again, as far as it pays any."""
        kept: list[tuple[Invoice, int]] = []
        taken: list[tuple[Invoice, int]] = []
        for invoice, share in reversed(charge.shares):
            freed = min(share, amount)
            amount -= freed
            if freed:
                self.take_back(invoice, freed)
                taken.append((invoice, freed))
            if share > freed:
                kept.insert(0, (invoice, share - freed))
        charge.shares = kept
        return taken

    def recover(self) -> None:
        """The worker takes what losses lack off the credit that their payer has again."""
        for dispute in self.disputes:
            amount = min(self.credit, dispute.owed)
            if amount:
                self.recoveries[len(self.credits)] = Recovery(dispute, amount)
                self.recover_from_credit(dispute, amount)
                self.hits["chargeback_recovery", "from credit", ""] += 1

    def recover_from_credit(self, dispute: Dispute, amount: int) -> None:
        self.post("customer_credit", "suspense", amount)
        dispute.recovered += amount

    def free_credit(self, match: Match) -> None:
        """What losses took of it, since it was made, is owed again, of the first first."""
        lacks, shares = match.terms.rest - self.credit, list[tuple[Recovery, int]]()
        for recovery, taken in self.taken_of(match):
            share = min(taken, lacks)
            if share > 0:
                shares.append((recovery, share))
                lacks -= share
        require(lacks <= 0, "credit_in_use")
        for recovery, share in shares:
            recovery.left -= share
            if recovery.at_loss:
                recovery.dispute.short += share
                recovery.dispute.recovered += share
                self.hits["chargeback_recovery", "undone at once", ""] += 1
            self.recover_from_credit(recovery.dispute, -share)
            self.hits["chargeback_recovery", "undone", ""] += 1

    def taken_of(self, match: Match) -> Iterator[tuple[Recovery, int]]:
        """At most; other credit was used first. A bank that gave way is owed nothing again."""
        left, again = match.terms.rest, Counter[Dispute]()
        for place in range(match.since, len(self.credits)):
            recovery = self.recoveries.get(place)
            if recovery is not None:
                dispute = recovery.dispute
                room = dispute.amount - dispute.returned - dispute.unpaid - again[dispute]
                taken = min(recovery.left, room, left)
                again[dispute] += taken
                left -= taken
                yield recovery, taken
            left = min(left, self.credits[place])

    def asked_back(self) -> int:
        """Of each payment what is disputed, or refunded past the market, as far as it is credit."""
        charges = [one.charge for one in self.attempts if one.charge is not None]
        return sum(self.asked_of(one) for one in charges)

    def unexplained(self) -> int:
        charges = [one.charge for one in self.attempts if one.charge is not None]
        return sum(max(self.asked_of(one) - self.disputed_of(one), 0) for one in charges)

    def disputed_of(self, charge: Charge) -> int:
        dispute = charge.dispute
        return dispute.amount if dispute is not None and dispute.state == "opened" else 0

    def lacking(self) -> int:
        return sum(dispute.owed for dispute in self.disputes)

    def asked_of(self, charge: Charge) -> int:
        dispute, lost = charge.dispute, 0
        asked = self.unexplained_of(charge) + self.disputed_of(charge)
        if dispute is not None and dispute.state in ("lost", "reinstated"):
            lost = dispute.amount - dispute.returned
        paid: Counter[Invoice] = Counter()
        for invoice, share in charge.shares:
            paid[invoice] += share
        pays = sum(
            max(share - max(invoice.credited - invoice.offset, 0), 0)
            for invoice, share in paid.items()
        )
        called = [one for one in self.refunds if one.charge is charge and one.is_called]
        went = sum(one.amount for one in called if one.state in LIVE)
        gone = went + self.explained_of(charge) + lost
        return max(min(asked, charge.amount - pays - gone), 0)

    # What went back of a payment past the market, as its lines say

    def past(self, charge: Charge) -> list[StripeLine]:
        return [
            one
            for one in self.stripe_lines
            if one.attempt is charge.attempt and one.category in REFUNDS and not one.ends
        ]

    def unexplained_of(self, charge: Charge) -> int:
        """Of a line of a refund of ours, what moved beyond that: the rest is out of the credit."""
        return sum(self.moved_past(one) for one in self.past(charge) if one.state == "aside")

    def explained_of(self, charge: Charge) -> int:
        return -sum(one.amount for one in self.past(charge) if one.past)

    def elsewhere_of(self, charge: Charge) -> int:
        return sum(map(self.moved_past, self.past(charge)))

    def moved_past(self, line: StripeLine) -> int:
        if line.refund is not None and line.refund.state in ("sent", "paid"):
            return max(-line.amount - line.refund.amount, 0)
        return -line.amount
