"""What explained a line was wrong: two people have its money stand in suspense again."""

from __future__ import annotations

from dataclasses import dataclass

from tests.lives.model import Milestone, Person, Thing, require
from tests.lives.suspense import Explanation, Suspense


@dataclass(eq=False)
class Undo(Thing):
    table = "stripe_explanation_undo"
    explanation: Explanation
    by: str
    decided_by: str | None = None

    @property
    def amount(self) -> int:
        return self.explanation.amount


class Market(Suspense):
    """All of it."""

    def __init__(self, milestones: list[Milestone]) -> None:
        super().__init__(milestones)
        self.undos: list[Undo] = []

    def propose_undo(self, who: Person, asked: Explanation) -> Undo:
        require(who.sees("books"), "not_found")
        require(who.may("finance"), "stripe_explanation_undo_needs_finance")
        of = [one for one in self.undos if one.explanation is asked]
        if live := next((one for one in of if one.state == "proposed"), None):
            require(live.by == who.name, "stripe_explanation_undo_already_proposed")
            return live
        require(asked.state == "approved", "wrong_move")
        self.can_be_undone(asked)
        self.undos.append(self.born(Undo(asked, who.name), "propose", "proposed"))
        return self.undos[-1]

    def can_be_undone(self, asked: Explanation) -> None:
        """Nothing stands on it, and the credit that it brought is there and not held."""
        line, attempt = asked.line, asked.said.attempt
        require(asked.said.to != "rule", "stripe_explanation_booked_by_rule")
        require(asked.said.refund is None, "stripe_explanation_paid_refund")
        if attempt is None:
            return
        assert attempt.charge is not None
        if line.amount < 0:
            came_back = -line.amount - self.explained_of(attempt.charge) - self.went_by(line)
            require(came_back <= 0, "stripe_explanation_came_back")
        else:
            held, here = self.held(), self.here() - line.amount
            is_there = self.credit >= line.amount and (held == 0 or here >= held)
            require(is_there, "stripe_explanation_credit_gone")

    def may_decide_undo(self, who: Person, undo: Undo) -> None:
        require(who.sees("books"), "not_found")
        require(who.may("leader"), "stripe_explanation_undo_needs_the_leader")
        require(undo.by != who.name, "stripe_explanation_undo_by_its_proposer")

    def approve_undo(self, who: Person, undo: Undo) -> None:
        self.may_decide_undo(who, undo)
        if (undo.state, undo.decided_by) == ("approved", who.name):
            return
        require(undo.state == "proposed", "wrong_move")
        self.can_be_undone(undo.explanation)
        self.move(undo, "approve", "approved")
        undo.decided_by = who.name
        self.undo_explanation(undo.explanation)

    def undo_explanation(self, asked: Explanation) -> None:
        line = asked.line
        if line.amount < 0:
            self.was_there(asked)
        else:
            self.goes_again(asked)
        repaid = self.pay_again(asked)
        owed = sum(amount for _, amount in asked.taken)
        for to, amount in asked.posted:
            more = {"receivable": owed - repaid, "customer_credit": repaid - owed}.get(to, 0)
            self.post("suspense", to, -amount - more)
        line.state, line.past = "aside", False
        self.move(asked, "undo", "undone")

    def was_there(self, asked: Explanation) -> None:
        """The credit that it took had never gone."""
        taken = -sum(amount for to, amount in asked.posted if to == "customer_credit")
        for place in range(asked.line.since, len(self.credits)):
            self.credits[place] += taken

    def goes_again(self, asked: Explanation) -> None:
        """Until it comes back by another word, it is gone since now."""
        for out in self.outs_of(asked.line):
            out.since = len(self.credits)

    def pay_again(self, asked: Explanation) -> int:
        """What it paid it pays as before, as far as that is open; the rest is credit.

        The part that stayed is one with that again.
        """
        repaid = 0
        attempt = asked.said.attempt
        charge = attempt.charge if attempt is not None else None
        for invoice, taken in reversed(asked.taken):
            assert charge is not None
            amount = min(taken, invoice.open)
            if amount == 0:
                continue
            repaid += amount
            self.receive(invoice, amount)
            stays = [one for one in charge.shares if one[0] is invoice]
            whole = amount + sum(share for _, share in stays)
            charge.shares = [one for one in charge.shares if one[0] is not invoice]
            charge.shares.append((invoice, whole))
        return repaid

    def withdraw_undo(self, who: Person, undo: Undo) -> None:
        require(who.sees("books"), "not_found")
        is_his = who.may("finance") and undo.by == who.name
        require(is_his, "stripe_explanation_undo_withdrawn_by_another")
        if undo.state == "withdrawn":
            return
        require(undo.state == "proposed", "wrong_move")
        self.move(undo, "withdraw", "withdrawn")

    def reject_undo(self, who: Person, undo: Undo) -> None:
        self.may_decide_undo(who, undo)
        if (undo.state, undo.decided_by) == ("rejected", who.name):
            return
        require(undo.state == "proposed", "wrong_move")
        self.move(undo, "reject", "rejected")
        undo.decided_by = who.name
