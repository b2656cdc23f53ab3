"""What happens by card: at Stripe first, and in the books once its lines are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from tests.lives.bank import Bank, Refund
from tests.lives.model import Invoice, Milestone, Person, Thing, half_up, require

Fault = Literal["rate_limited", "cut_before", "cut_after", "dies"]
LEAST: Final = 400
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
    dispute: Dispute | None = None


@dataclass(eq=False)
class Dispute(Thing):
    """It has a state once its line is booked; ``verdict`` is the bank's.

    ``short``: what its loss found no credit for; ``recovered``: what came of that since, with what
    is ``written_off`` of it; ``returned``: what came back of all that was lost, ``back``: what of
    that Stripe has sent.
    """

    table = "chargeback"
    charge: Charge
    amount: int
    verdict: Literal["won", "lost"] | None = None
    short: int = 0
    recovered: int = 0
    written_off: int = 0
    returned: int = 0
    back: int = 0

    @property
    def owed(self) -> int:
        """The payer's debt, in suspense."""
        return self.short - self.recovered

    @property
    def unpaid(self) -> int:
        """The same, whether anybody still asks for it or not."""
        return self.owed + self.written_off


@dataclass(eq=False)
class Payout(Thing):
    table = "payout"
    amount: int


@dataclass(eq=False)
class StripeLine(Thing):
    """A line of Stripe's balance: ``what`` it is about, and ``kind`` what that does to the books.

    It is booked, or stands in suspense (``aside``) with what is ``left`` there, until it is
    explained. ``attempt``: whose payment Stripe says that it is about, ``refund``: which of ours.
    ``ends``: a refund of ours has ended by it; ``past``: it was told as one that was none of ours,
    ``since`` so many movements of the credit.
    """

    table = "stripe_line"
    kind: str
    what: Any
    category: str
    amount: int
    fee: int = 0
    attempt: Attempt | None = None
    refund: Refund | None = None
    left: int = 0
    ends: bool = False
    past: bool = False
    since: int = 0


class Cards(Bank):
    """``unread``: the lines of Stripe's balance that nobody has read yet, in their order.

    ``source``: where a line's money is while it is booked.
    """

    def __init__(self, milestones: list[Milestone]) -> None:
        super().__init__(milestones)
        self.attempts: list[Attempt] = []
        self.payouts: list[Payout] = []
        self.unread: list[StripeLine] = []
        self.stripe_lines: list[StripeLine] = []
        self.source = "stripe_balance"

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
            fee = fee_of(attempt.amount)
            self.unread.append(StripeLine("charge", attempt, "charge", attempt.amount, fee))

    # Stripe's lines

    def pull(self) -> None:
        for line in self.unread:
            self.take_in(line)
            self.balance("stripe_fees", -line.fee)
        self.stripe_lines += self.unread
        self.unread.clear()

    def take_in(self, line: StripeLine) -> None:
        line.state = "booked"
        getattr(self, f"book_{line.kind}")(line)

    def balance(self, other: str, amount: int) -> None:
        self.post(self.source, other, amount)

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

    def book_charge(self, line: StripeLine) -> None:
        attempt: Attempt = line.what
        if attempt.state not in OVER:
            self.move(attempt, "succeed", "succeeded")
        charge = Charge(attempt, attempt.amount)
        charge.shares = self.shares(attempt, charge.amount)
        self.balance("customer_credit", charge.amount - self.give(charge.shares))
        attempt.charge, attempt.is_live = charge, False

    def ask_fee(self, amount: int) -> None:
        self.unread.append(StripeLine("fee", None, "fee", -amount))

    def book_fee(self, line: StripeLine) -> None:
        self.balance("stripe_fees", line.amount)

    def pay_out(self, payout: Payout) -> None:
        self.unread.append(StripeLine("payout", payout, "payout", -payout.amount))

    def book_payout(self, line: StripeLine) -> None:
        self.payouts.append(self.born(line.what, "send", "sent"))
        self.balance("stripe_in_transit", line.amount)

    def fail_payout(self, payout: Payout) -> None:
        self.unread.append(StripeLine("payout_failure", payout, "payout_reversal", payout.amount))

    def book_payout_failure(self, line: StripeLine) -> None:
        self.move(line.what, "fail", "failed")
        self.balance("stripe_in_transit", line.amount)
