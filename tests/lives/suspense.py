"""Lines of Stripe's balance that stand in suspense, and what explains them.

A line stands there when Stripe does not tell what it is of, when its rule does not know what to
make of it, or for what its rule left. By its rule it goes where that says, once it can be told; by
a person's word, and another's, where what Stripe calls it leaves open.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from tests.lives.bank import Refund
from tests.lives.cards import Attempt, Charge, StripeLine
from tests.lives.chargebacks import REFUNDS
from tests.lives.debts import Debts
from tests.lives.model import Invoice, Milestone, Person, Thing, require

FEES: Final = ("stripe_fees", "write_off")
# What its rule left of a chargeback.
LEFT: Final = ("stripe_fees", "exchange_difference", "write_off")
ANY: Final = (*LEFT, "stripe_in_transit", "interest_income")
PLACES: Final[dict[str, tuple[str, ...]]] = {
    "charge": (),
    "payout": (),
    "payout_reversal": (),
    "refund": ("customer_credit", "receivable", "refund_pending"),
    "refund_failure": ("customer_credit", "refund_pending"),
    "topup": ("stripe_in_transit",),
    "topup_reversal": ("stripe_in_transit",),
    "fee": FEES,
    "network_cost": FEES,
    "other_adjustment": ANY,
}
CHARGEBACKS: Final = ("dispute", "dispute_reversal")


@dataclass(eq=False)
class Said:
    """Where a line's money belongs; ``attempt``: whose charge was refunded, ``refund``: of ours."""

    to: str
    attempt: Attempt | None = None
    refund: Refund | None = None

    @property
    def says(self) -> object:
        return self.to, id(self.attempt), id(self.refund)

    @property
    def is_complete(self) -> bool:
        named = (self.attempt is not None, self.refund is not None)
        goes_back = self.to in ("customer_credit", "receivable")
        return named == (goes_back, self.to == "refund_pending")


@dataclass(eq=False)
class Explanation(Thing):
    """``posted``: where its money went, each out of suspense; ``taken``: of which invoices."""

    table = "stripe_explanation"
    line: StripeLine
    said: Said
    amount: int
    by: str
    decided_by: str | None = None
    posted: list[tuple[str, int]] = field(default_factory=list)
    taken: list[tuple[Invoice, int]] = field(default_factory=list)


class Suspense(Debts):
    """``spoilt``: of what Stripe tells nothing but that money moved."""

    def __init__(self, milestones: list[Milestone]) -> None:
        super().__init__(milestones)
        self.explanations: list[Explanation] = []
        self.spoilt: list[Any] = []

    # How lines come to stand in suspense

    def take_in(self, line: StripeLine) -> None:
        if self.is_told(line) and self.has_rule(line):
            super().take_in(line)
        else:
            line.state, line.left = "aside", line.amount
            self.balance("suspense", line.amount)

    def is_told(self, line: StripeLine) -> bool:
        return not any(one is line.what for one in self.spoilt)

    def has_rule(self, line: StripeLine) -> bool:
        """A refund of ours is what was asked for, and has not been given up.

        What comes back of a chargeback waits for the line that took it.
        """
        if line.refund is not None:
            is_there = line.refund.is_back if line.amount > 0 else line.refund.has_left
            is_live = line.refund.state in ("approved", "unknown", "sent", "paid")
            return is_live and not is_there and abs(line.amount) == line.refund.amount
        if line.kind == "reversal":
            return bool(line.what.state)
        return line.kind != "nothing_known"

    def move_by_itself(self, category: str, amount: int) -> None:
        """Stripe has its own reasons."""
        self.unread.append(StripeLine("nothing_known", None, category, amount))

    # Saying where one belongs

    def waiting_of(self, line: StripeLine) -> Explanation | None:
        of = (one for one in self.explanations if one.line is line)
        return next((one for one in of if one.state == "proposed"), None)

    def propose_explanation(self, who: Person, line: StripeLine, said: Said) -> Explanation:
        require(who.sees("books"), "not_found")
        require(who.may("finance"), "stripe_explanation_needs_finance")
        require(said.is_complete, "stripe_explanation_incomplete")
        if live := self.waiting_of(line):
            is_same = (live.by, live.said.says) == (who.name, said.says)
            require(is_same, "stripe_explanation_already_proposed")
            return live
        require(line.state == "aside", "stripe_line_explained")
        if said.to == "rule":
            require(line.left == line.amount, "stripe_line_partly_booked")
        else:
            require(line.left != 0, "stripe_line_of_nothing")
            self.can_be_there(line, said)
        made = Explanation(line, said, line.left, who.name)
        self.explanations.append(self.born(made, "propose", "proposed"))
        return made

    def can_be_there(self, line: StripeLine, said: Said) -> None:
        places = self.places_of(line)
        require(bool(places), "stripe_line_of_its_rule")
        require(said.to in places, "stripe_explanation_place_not_of_line")
        if said.to in ("customer_credit", "receivable"):
            self.can_be_past(line, said)
        elif said.to == "refund_pending":
            self.can_be_ours(line, said.refund)

    def places_of(self, line: StripeLine) -> tuple[str, ...]:
        if line.category in CHARGEBACKS:
            return LEFT if line.left != line.amount else ()
        places = PLACES[line.category]
        return (*places, "write_off") if self.may_be_lost(line) else places

    def may_be_lost(self, line: StripeLine) -> bool:
        """Where nothing of its charge is left, or of what went as a loss it comes back."""
        if line.category not in REFUNDS or line.attempt is None or line.attempt.charge is None:
            return False
        if line.amount > 0:
            return any(one.line.what is line.what for one in self.standing("write_off"))
        charge = line.attempt.charge
        return self.left_of(charge) + self.unexplained_of(charge) <= 0

    def standing(self, *to: str) -> list[Explanation]:
        return [one for one in self.explanations if one.state == "approved" and one.said.to in to]

    def can_be_past(self, line: StripeLine, said: Said) -> None:
        """A refund past the market, or what came back of one; of the charge that Stripe names."""
        attempt = said.attempt
        charge = attempt.charge if attempt is not None else None
        fits = line.category in REFUNDS and line.attempt in (None, attempt)
        require(charge is not None and fits, "stripe_line_not_of_charge")
        assert charge is not None
        gone = self.explained_of(charge) + self.went_by(line)
        require(line.amount <= gone, "stripe_line_not_of_charge")
        failing = self.failing(line)
        require(not self.may_be_another(line, charge), "stripe_line_may_be_our_refund")
        if failing is not None:
            require(-line.amount != failing.amount, "stripe_line_of_our_refund")
        free = failing.amount if failing is not None else 0
        left = self.left_of(charge) + self.unexplained_of(charge) + free
        require(line.amount > 0 or -line.amount <= left, "stripe_line_above_charge")
        if said.to == "receivable":
            self.can_be_owed_again(charge, -line.amount, free)
        else:
            self.can_be_credit(-line.amount, free)

    def can_be_credit(self, taken: int, free: int) -> None:
        has, reserved = self.credit + free, self.reserved() - free
        require(has + reserved >= taken, "stripe_explanation_above_credit")
        require(has >= taken, "stripe_explanation_above_unreserved_credit")

    def can_be_owed_again(self, charge: Charge, taken: int, free: int) -> None:
        """Of what it paid of invoices; the rest is credit that its payer has."""
        pays = sum(share for _, share in charge.shares)
        require(pays > 0, "stripe_explanation_of_nothing_owed")
        require(self.credit + free >= taken - pays, "stripe_explanation_rest_above_credit")

    def went_by(self, line: StripeLine) -> int:
        """What the same refund past the market took, though nobody has explained that yet."""
        return -sum(
            one.amount
            for one in self.aside_of(line.what)
            if one.amount < 0 and one.refund is None and line.category in REFUNDS
        )

    def aside_of(self, thing: Any) -> list[StripeLine]:
        return [one for one in self.stripe_lines if one.what is thing and one.state == "aside"]

    def reserved(self) -> int:
        """For refunds that have not gone out."""
        waits = ("proposed", "approved", "unknown", "sent")
        return sum(one.amount for one in self.refunds if one.state in waits and not one.has_left)

    def may_be_another(self, line: StripeLine, charge: Charge) -> bool:
        """A refund of ours that Stripe was asked for, whose number nobody knows yet."""
        return (
            line.amount < 0
            and line.refund is None
            and any(
                one.charge is charge and one.is_called and one.state in ("approved", "unknown")
                for one in self.refunds
            )
        )

    def failing(self, line: StripeLine) -> Refund | None:
        """The refund of ours that it is of by its number, and that waits for it."""
        refund = line.refund if line.amount < 0 else None
        return refund if refund is not None and refund.state == "sent" else None

    def can_be_ours(self, line: StripeLine, refund: Refund | None) -> None:
        """All of it: the line that the refund waits for."""
        assert refund is not None
        is_there = refund.is_back if line.amount > 0 else refund.has_left
        fits = (
            line.refund is refund
            and refund.state in ("sent", "paid")
            and abs(line.amount) == refund.amount
            and not is_there
        )
        require(fits, "stripe_line_not_of_refund")

    # Deciding on it

    def may_decide_explanation(self, who: Person, asked: Explanation) -> None:
        require(who.sees("books"), "not_found")
        require(who.may("leader"), "stripe_explanation_needs_the_leader")
        require(asked.by != who.name, "stripe_explanation_by_its_proposer")

    def approve_explanation(self, who: Person, asked: Explanation) -> None:
        self.may_decide_explanation(who, asked)
        if (asked.state, asked.decided_by) == ("approved", who.name):
            return
        require(asked.said.to != "rule", "stripe_explanation_of_its_rule")
        require(asked.state == "proposed", "wrong_move")
        self.can_be_there(asked.line, asked.said)
        self.move(asked, "approve", "approved")
        asked.decided_by = who.name
        self.explain(asked, asked.line, asked.said)

    def explain(self, asked: Explanation, line: StripeLine, said: Said) -> None:
        if said.to in ("customer_credit", "receivable"):
            self.explain_as_past(asked, line)
        elif said.to == "refund_pending":
            self.explain_as_ours(line)
        else:
            self.leaves_suspense(asked, said.to, line.left)
        line.state = "explained"

    def leaves_suspense(self, asked: Explanation, to: str, amount: int) -> None:
        self.post("suspense", to, amount)
        asked.posted.append((to, amount))

    def explain_as_past(self, asked: Explanation, line: StripeLine) -> None:
        """It comes off the credit, or is credit again; a refund of which it is not all fails.

        What it takes of invoices is owed again; no more of it comes off the credit then.
        """
        failing = self.failing(line)
        if failing is not None:
            self.release(failing, "fail", "failed")
        line.past = True
        owed = self.owe_again(asked) if asked.said.to == "receivable" else 0
        if line.amount < 0:
            line.since = len(self.credits)
        else:
            self.came_back(line)
        self.leaves_suspense(asked, "customer_credit", line.amount + owed)

    def owe_again(self, asked: Explanation) -> int:
        assert asked.said.attempt is not None
        charge = asked.said.attempt.charge
        assert charge is not None
        asked.taken = self.reopen(charge, -asked.line.amount)
        owed = sum(freed for _, freed in asked.taken)
        self.leaves_suspense(asked, "receivable", -owed)
        return owed

    def came_back(self, line: StripeLine) -> None:
        """The credit that had gone by it was there all the while."""
        for out in self.outs_of(line):
            for place in range(out.since, len(self.credits)):
                self.credits[place] += line.amount
            out.since = len(self.credits)

    def outs_of(self, line: StripeLine) -> list[StripeLine]:
        """By what the credit went that this line brings back."""
        standing = [one.line for one in self.standing("customer_credit")]
        return [one for one in standing if one.what is line.what and one.amount < 0]

    def explain_as_ours(self, line: StripeLine) -> None:
        refund = line.refund
        assert refund is not None
        line.ends = True
        if line.amount < 0:
            refund.has_left = True
            self.post("suspense", "refund_pending", line.amount)
        else:
            refund.is_back = True
            self.lasts(refund)
            self.post("suspense", "customer_credit", line.amount)
        self.settle(refund)

    def reject_explanation(self, who: Person, asked: Explanation) -> None:
        self.may_decide_explanation(who, asked)
        if (asked.state, asked.decided_by) == ("rejected", who.name):
            return
        require(asked.state == "proposed", "wrong_move")
        self.move(asked, "reject", "rejected")
        asked.decided_by = who.name

    def withdraw_explanation(self, who: Person, asked: Explanation) -> None:
        require(who.sees("books"), "not_found")
        is_his = who.may("finance") and asked.by == who.name
        require(is_his, "stripe_explanation_withdrawn_by_another")
        if asked.state == "withdrawn":
            return
        require(asked.state == "proposed", "wrong_move")
        self.move(asked, "withdraw", "withdrawn")

    # By its rule

    def ask_rules(self) -> None:
        """The worker reads what its rule was asked for anew, and books it as that says."""
        asked = [one for one in self.explanations if one.said.to == "rule"]
        for one in [one for one in asked if one.state == "proposed"]:
            is_booked = self.is_told(one.line) and self.has_rule(one.line)
            if is_booked:
                self.source = "suspense"
                getattr(self, f"book_{one.line.kind}")(one.line)
                self.source = "stripe_balance"
                one.line.state = "explained"
            self.move(one, *(("approve", "approved") if is_booked else ("reject", "rejected")))
            one.decided_by = "the worker"
