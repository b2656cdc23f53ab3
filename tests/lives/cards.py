"""What happens by card: at Stripe first, and in the books once its lines are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from tests.lives.bank import LIVE, Bank, Match, Refund
from tests.lives.model import Invoice, Milestone, Person, Thing, half_up, require

Fault = Literal["rate_limited", "cut_before", "cut_after", "dies"]
LEAST: Final = 400
DISPUTE_FEE: Final = 8_500
OVER: Final = ("succeeded", "failed", "canceled")


def fee_of(amount: int) -> int:
    """3.4 % and 2.00, and 6 % tax on both."""
    fee = half_up(amount * 34_000, 1_000_000) + 200
    return fee + half_up(fee * 60_000, 1_000_000)


@dataclass(eq=False)
class Attempt(Thing):
    """``page``: what Stripe has of it; ``charge`` once its money is booked."""

    table = "online_payment"
    parts: list[tuple[Invoice, int]]
    is_live: bool = True
    is_called: bool = False
    is_asked: bool = False
    page: Literal["open", "paid", "expired"] | None = None
    charge: Charge | None = None

    @property
    def amount(self) -> int:
        return sum(amount for _, amount in self.parts)


@dataclass(eq=False)
class Charge:
    """``shares``: what of it pays which invoice now; ``refunded`` as Stripe counts it."""

    attempt: Attempt
    amount: int
    shares: list[tuple[Invoice, int]] = field(default_factory=list)
    refunded: int = 0
    elsewhere: int = 0
    dispute: Dispute | None = None


@dataclass(eq=False)
class Dispute(Thing):
    """It has a state once its line is booked; ``verdict`` is the bank's.

    ``short``: what its loss found no credit for; ``recovered``: what came of that since;
    ``returned``: what came back of all that was lost.
    """

    table = "chargeback"
    charge: Charge
    amount: int
    verdict: Literal["won", "lost"] | None = None
    short: int = 0
    recovered: int = 0
    returned: int = 0

    @property
    def owed(self) -> int:
        """The payer's debt, in suspense."""
        return self.short - self.recovered


@dataclass(eq=False)
class Recovery:
    """Of a payer's credit; ``left`` did not go back; ``at_loss``: the loss took it itself."""

    dispute: Dispute
    left: int
    at_loss: bool = False


@dataclass(eq=False)
class Payout(Thing):
    table = "payout"
    amount: int


class Cards(Bank):
    """``unread``: the lines of Stripe's balance that nobody has read yet, in their order."""

    def __init__(self, milestones: list[Milestone]) -> None:
        super().__init__(milestones)
        self.attempts: list[Attempt] = []
        self.disputes: list[Dispute] = []
        self.payouts: list[Payout] = []
        self.unread: list[tuple[str, Any]] = []
        self.recoveries: dict[int, Recovery] = {}

    # Attempts

    def start(self, who: Person, owed: list[Invoice], *, has_rail: bool = True) -> Attempt:
        require(len(set(map(id, owed))) == len(owed), "invoice_named_twice")
        require(who.sees("online_payment"), "not_found")
        require(who.may("buyer", "finance"), "only_buyer_pays")
        require(all(one.open > 0 for one in owed), "nothing_open")
        require(has_rail, "no_online_payment")
        require(not any(map(self.attempt_on, owed)), "online_payment_under_way")
        made = Attempt([(one, one.open) for one in owed])
        self.attempts.append(self.born(made, "start", "created"))
        return made

    def attempt_on(self, invoice: Invoice) -> Attempt | None:
        live = (one for one in self.attempts if one.is_live)
        return next((one for one in live if any(i is invoice for i, _ in one.parts)), None)

    def cancel(self, who: Person, attempt: Attempt) -> None:
        require(who.sees("online_payment"), "not_found")
        require(who.may("buyer", "finance"), "only_buyer_pays")
        if attempt.is_asked:
            return
        require(attempt.state not in OVER, "online_payment_over")
        attempt.is_asked = True

    def call_off(self, invoice: Invoice) -> None:
        """Another sum is open than the page asks: nobody is to pay it."""
        attempt = self.attempt_on(invoice)
        if attempt is None or attempt.state in OVER:
            return
        [asks] = [amount for one, amount in attempt.parts if one is invoice]
        if invoice.state not in ("open", "part_paid") or invoice.open != asks:
            attempt.is_asked = True

    def present(self, attempt: Attempt, fault: Fault | None = None) -> None:
        """The worker's call: what came of one without an answer is read before the next."""
        if attempt.state not in ("created", "unknown"):
            return
        if not attempt.is_called and attempt.is_asked:
            self.end(attempt, "cancel", "canceled")
            return
        is_first, attempt.is_called = not attempt.is_called, True
        if not is_first and attempt.page is not None:
            self.hear(attempt)
        elif is_first or not attempt.is_asked:  # else for ten minutes something may turn up
            self.ask_for_page(attempt, fault)

    def ask_for_page(self, attempt: Attempt, fault: Fault | None) -> None:
        is_there = fault not in ("rate_limited", "cut_before") and attempt.amount >= LEAST
        if is_there:
            attempt.page = "open"
        if fault is not None:
            self.lose(attempt, fault)
        elif is_there:
            self.hear(attempt)
        else:
            self.end(attempt, "refuse", "failed")

    def lose(self, thing: Attempt | Refund, fault: Fault) -> None:
        untold = "created" if isinstance(thing, Attempt) else "approved"
        if fault in ("cut_before", "cut_after") and thing.state == untold:
            self.move(thing, "lose", "unknown")

    def end(self, attempt: Attempt, move: str, to: str) -> None:
        self.move(attempt, move, to)
        attempt.is_live = False

    def hear(self, attempt: Attempt) -> None:
        if attempt.page == "paid":
            self.move(attempt, "succeed", "succeeded")
        elif attempt.page == "expired":
            self.end(attempt, "cancel", "canceled")
        elif attempt.state != "processing":
            self.move(attempt, "present", "processing")

    def refresh(self, attempt: Attempt) -> None:
        if attempt.state != "processing":
            return
        if attempt.page == "open" and attempt.is_asked:
            attempt.page = "expired"
        self.hear(attempt)

    def pay(self, attempt: Attempt, *, declined: bool) -> None:
        if not declined:
            attempt.page = "paid"
            self.unread.append(("charge", attempt))

    # Stripe's lines

    def pull(self) -> None:
        for kind, what in self.unread:
            getattr(self, f"book_{kind}")(what)
        self.unread.clear()

    def balance(self, other: str, amount: int) -> None:
        self.post("stripe_balance", other, amount)

    def shares(self, attempt: Attempt, amount: int) -> list[tuple[Invoice, int]]:
        """What is open first, in the order of the parts."""
        given = []
        for invoice, part in attempt.parts:
            share = min(part, invoice.open, amount)
            if share > 0:
                given.append((invoice, share))
                amount -= share
        return given

    def give(self, shares: list[tuple[Invoice, int]]) -> int:
        for invoice, share in shares:
            self.receive(invoice, share)
            self.balance("receivable", share)
        return sum(share for _, share in shares)

    def book_charge(self, attempt: Attempt) -> None:
        if attempt.state not in OVER:
            self.move(attempt, "succeed", "succeeded")
        charge = Charge(attempt, attempt.amount)
        charge.shares = self.shares(attempt, charge.amount)
        self.balance("customer_credit", charge.amount - self.give(charge.shares))
        self.balance("stripe_fees", -fee_of(charge.amount))
        attempt.charge, attempt.is_live = charge, False

    def book_fee(self, amount: int) -> None:
        self.balance("stripe_fees", -amount)

    def book_payout(self, payout: Payout) -> None:
        self.payouts.append(self.born(payout, "send", "sent"))
        self.balance("stripe_in_transit", -payout.amount)

    def book_payout_failure(self, payout: Payout) -> None:
        self.move(payout, "fail", "failed")
        self.balance("stripe_in_transit", payout.amount)

    # Chargebacks

    def dispute(self, charge: Charge, amount: int) -> Dispute:
        charge.dispute = Dispute(charge, amount)
        self.unread.append(("dispute", charge.dispute))
        return charge.dispute

    def judge(self, dispute: Dispute, verdict: Literal["won", "lost"]) -> None:
        dispute.verdict = verdict
        if verdict == "won":
            self.unread.append(("reversal", dispute))

    def give_back(self, dispute: Dispute) -> None:
        """After it was lost."""
        dispute.verdict = "won"
        self.unread.append(("reversal", dispute))

    def book_dispute(self, dispute: Dispute) -> None:
        self.disputes.append(self.born(dispute, "open", "opened"))
        self.balance("stripe_disputed", -dispute.amount)
        self.balance("stripe_fees", -DISPUTE_FEE)

    def book_reversal(self, dispute: Dispute) -> None:
        if dispute.state == "opened":
            self.move(dispute, "win", "won")
            self.balance("stripe_disputed", dispute.amount)
            return
        made_up, dispute.returned = dispute.owed, dispute.amount
        if made_up:
            self.hits["chargeback_recovery", "given back", ""] += 1
            self.balance("suspense", made_up)
            dispute.recovered += made_up
        shares = self.shares(dispute.charge.attempt, dispute.amount - made_up)
        given = self.give(shares)
        dispute.charge.shares += shares
        self.balance("customer_credit", dispute.amount - made_up - given)
        self.move(dispute, "reinstate", "reinstated")

    def follow(self, dispute: Dispute) -> None:
        """The market reads how it ended: what was lost is owed again, the last part of it first."""
        if dispute.verdict != "lost" or dispute.state != "opened":
            return
        kept: list[tuple[Invoice, int]] = []
        left = dispute.amount
        for invoice, share in reversed(dispute.charge.shares):
            freed = min(share, left)
            left -= freed
            if freed:
                self.take_back(invoice, freed)
                self.post("receivable", "stripe_disputed", freed)
            if share > freed:
                kept.insert(0, (invoice, share - freed))
        dispute.charge.shares = kept
        taken = min(self.credit, left)
        if taken:
            self.recoveries[len(self.credits)] = Recovery(dispute, taken, at_loss=True)
        self.post("customer_credit", "stripe_disputed", taken)
        dispute.short = left - taken
        self.post("suspense", "stripe_disputed", dispute.short)
        self.move(dispute, "lose", "lost")

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
                room = dispute.amount - dispute.returned - dispute.owed - again[dispute]
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
        asked = charge.elsewhere + self.disputed_of(charge)
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
        return max(min(asked, charge.amount - pays - went - lost), 0)
