"""Credit that goes back to the card that paid: at Stripe first, in the books by Stripe's lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.lives.bank import LIVE, Refund
from tests.lives.cards import Attempt, Charge, Fault, StripeLine
from tests.lives.chargebacks import Chargebacks
from tests.lives.model import Milestone, Person, Refused, require

# Stripe's words for a refund, in the order in which they come.
RANK: Final = {"requires_action": 0, "succeeded": 2, "failed": 3, "canceled": 3}


@dataclass(eq=False)
class Past:
    """A refund that somebody made past the market; ``id`` is Stripe's."""

    charge: Charge
    amount: int
    id: str = ""
    has_failed: bool = False


class CardRefunds(Chargebacks):
    """``refunds_wait``: Stripe asks payers first where refunds are to go."""

    def __init__(self, milestones: list[Milestone]) -> None:
        super().__init__(milestones)
        self.refunds_wait = False
        self.past_refunds: list[Past] = []

    def left_of(self, charge: Charge) -> int:
        """Never more than captured, less what went back and what a chargeback holds or took."""
        promised = sum(
            one.amount for one in self.refunds if one.charge is charge and one.state in LIVE
        )
        dispute = charge.dispute
        is_taken = dispute is not None and dispute.state in ("opened", "lost", "reinstated")
        taken = dispute.amount - dispute.returned if dispute is not None and is_taken else 0
        return charge.amount - promised - self.elsewhere_of(charge) - taken

    def is_held(self, charge: Charge) -> bool:
        return charge.dispute is not None and charge.dispute.state == "opened"

    def propose_card_refund(self, who: Person, attempt: Attempt, amount: int) -> Refund:
        require(who.sees("online_payment"), "not_found")
        require(who.may("finance"), "refund_needs_finance")
        charge = attempt.charge
        if charge is None:
            raise Refused("refund_of_unbooked_payment")
        require(not self.is_held(charge), "refund_of_disputed_charge")
        require(amount <= self.left_of(charge), "refund_above_charge")
        require(amount <= self.credit, "refund_above_credit")
        self.require_unheld(self.here() - amount)
        return self.reserve(Refund(amount, who.name, charge))

    def still_refundable(self, refund: Refund) -> None:
        if isinstance(refund.charge, Charge):
            require(not self.is_held(refund.charge), "refund_of_disputed_charge")
            require(self.left_of(refund.charge) >= 0, "refund_above_charge")
        super().still_refundable(refund)

    def present_refund(self, refund: Refund, fault: Fault | None = None) -> None:
        if refund.state not in ("approved", "unknown"):
            return
        charge = refund.charge
        assert isinstance(charge, Charge)
        is_first = not refund.is_called
        is_gone = self.is_held(charge) or self.left_of(charge) < 0
        if is_first and (is_gone or self.is_held_back(self.here() - refund.amount)):
            self.release(refund, "fail", "failed")
            return
        refund.is_called = True
        if not is_first and refund.at_stripe is not None:
            self.hear_refund(refund)
        else:
            self.ask_for_refund(refund, charge, fault)

    def ask_for_refund(self, refund: Refund, charge: Charge, fault: Fault | None) -> None:
        is_heard = fault not in ("rate_limited", "cut_before")
        is_left = refund.amount <= charge.amount - charge.refunded
        if is_heard and is_left and charge.dispute is None:
            charge.refunded += refund.amount
            self.made_at_stripe(refund)
        if fault is not None:
            self.lose(refund, fault)
        elif refund.at_stripe is not None:
            self.hear_refund(refund)
        else:
            self.release(refund, "fail", "failed")

    def made_at_stripe(self, refund: Refund) -> None:
        if self.refunds_wait:
            refund.at_stripe = "requires_action"
        else:
            self.leaves(refund)

    def leaves(self, refund: Refund) -> None:
        refund.at_stripe, refund.took_money = "succeeded", True
        self.moves(refund, "refund", -refund.amount)

    def moves(self, refund: Refund, category: str, amount: int) -> None:
        assert isinstance(refund.charge, Charge)
        of = refund.charge.attempt
        line = StripeLine(category, refund, category, amount, attempt=of, refund=refund)
        self.unread.append(line)

    def call_off_refund(self, refund: Refund) -> None:
        assert isinstance(refund.charge, Charge)
        refund.at_stripe = "canceled"
        refund.charge.refunded -= refund.amount

    def send_back_refund(self, refund: Refund) -> None:
        """The payer's bank does not take it."""
        assert isinstance(refund.charge, Charge)
        refund.at_stripe = "failed"
        refund.charge.refunded -= refund.amount
        self.moves(refund, "refund_failure", self.taken_for(refund))

    def taken_for(self, refund: Refund) -> int:
        """What Stripe's balance lost by it: not always what it is of."""
        lines = [*self.stripe_lines, *self.unread]
        [out] = [one for one in lines if one.what is refund and one.category == "refund"]
        return -out.amount

    def move_otherwise(self, refund: Refund, amount: int) -> None:
        """Another amount has moved for it, by a line that nobody has read yet."""
        [out] = [one for one in self.unread if one.what is refund and one.category == "refund"]
        out.amount = -amount

    def refund_elsewhere(self, charge: Charge, amount: int) -> Past:
        """Somebody refunds it past the market."""
        charge.refunded += amount
        made = Past(charge, amount)
        self.past_refunds.append(made)
        of = charge.attempt
        self.unread.append(StripeLine("nothing_known", made, "refund", -amount, attempt=of))
        return made

    def send_back_elsewhere(self, made: Past) -> None:
        made.has_failed = True
        made.charge.refunded -= made.amount
        of = made.charge.attempt
        line = StripeLine("nothing_known", made, "refund_failure", made.amount, attempt=of)
        self.unread.append(line)

    def refresh_refund(self, refund: Refund) -> None:
        if refund.at_stripe is None:
            self.present_refund(refund)
        else:
            self.hear_refund(refund)

    def hear_refund(self, refund: Refund) -> None:
        told = str(refund.at_stripe)
        if refund.state in ("approved", "unknown"):
            self.move(refund, "send", "sent")
            refund.known = told
        elif refund.known is not None and RANK[told] > RANK[refund.known]:
            refund.known = told
        has_ended = refund.known in ("failed", "canceled") and not refund.took_money
        if has_ended and refund.state == "sent":
            self.release(refund, "fail", "failed")
        else:
            self.settle(refund)

    def settle(self, refund: Refund) -> None:
        """Where its lines and Stripe's word lead, whichever came first."""
        if refund.has_left and refund.is_back and refund.state in ("sent", "paid"):
            self.move(refund, "return", "returned")
        elif refund.known == "succeeded" and refund.has_left and refund.state == "sent":
            self.move(refund, "pay", "paid")

    def book_refund(self, line: StripeLine) -> None:
        refund: Refund = line.what
        refund.has_left = line.ends = True
        self.hear_refund(refund)
        self.balance("refund_pending", line.amount)

    def book_refund_failure(self, line: StripeLine) -> None:
        refund: Refund = line.what
        refund.is_back = line.ends = True
        self.hear_refund(refund)
        self.lasts(refund)
        self.balance("customer_credit", line.amount)
