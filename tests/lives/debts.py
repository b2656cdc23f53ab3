"""What a lost chargeback left in suspense and nobody will pay: given up by two people, or not."""

from __future__ import annotations

from dataclasses import dataclass

from tests.lives.card_refunds import CardRefunds
from tests.lives.cards import Dispute
from tests.lives.model import Milestone, Person, Thing, require


@dataclass(eq=False)
class DebtLoss(Thing):
    """Of all that is owed of a lost chargeback; what is owed again beside it is another."""

    table = "chargeback_write_off"
    dispute: Dispute
    amount: int
    by: str
    decided_by: str | None = None


class Debts(CardRefunds):
    def __init__(self, milestones: list[Milestone]) -> None:
        super().__init__(milestones)
        self.debt_losses: list[DebtLoss] = []

    def propose_debt_loss(self, who: Person, dispute: Dispute) -> DebtLoss:
        require(who.sees("books"), "not_found")
        require(who.may("finance"), "chargeback_write_off_needs_finance")
        of = [one for one in self.debt_losses if one.dispute is dispute]
        if live := next((one for one in of if one.state == "proposed"), None):
            require(live.by == who.name, "chargeback_write_off_already_proposed")
            return live
        require(dispute.state != "opened", "chargeback_write_off_of_undecided")
        require(dispute.owed > 0, "chargeback_write_off_of_nothing")
        require(self.credit == 0, "chargeback_write_off_with_credit")
        made = DebtLoss(dispute, dispute.owed, who.name)
        self.debt_losses.append(self.born(made, "propose", "proposed"))
        return made

    def may_decide_debt_loss(self, who: Person, loss: DebtLoss) -> None:
        require(who.sees("books"), "not_found")
        require(who.may("leader"), "chargeback_write_off_needs_the_leader")
        require(loss.by != who.name, "chargeback_write_off_by_its_proposer")

    def approve_debt_loss(self, who: Person, loss: DebtLoss) -> None:
        self.may_decide_debt_loss(who, loss)
        if (loss.state, loss.decided_by) == ("approved", who.name):
            return
        require(loss.state == "proposed", "wrong_move")
        owed = loss.dispute.owed
        require(owed > 0, "chargeback_write_off_of_what_was_paid")
        require(loss.amount == owed, "chargeback_write_off_amount_changed")
        require(self.credit == 0, "chargeback_write_off_with_credit")
        self.move(loss, "approve", "approved")
        loss.decided_by = who.name
        self.give_up(loss, loss.amount)

    def give_up(self, loss: DebtLoss, amount: int) -> None:
        """It is one of the debt's recoveries; below zero it is owed again."""
        loss.dispute.recovered += amount
        loss.dispute.written_off += amount
        self.post("write_off", "suspense", amount)

    def reject_debt_loss(self, who: Person, loss: DebtLoss) -> None:
        self.may_decide_debt_loss(who, loss)
        if (loss.state, loss.decided_by) == ("rejected", who.name):
            return
        require(loss.state == "proposed", "wrong_move")
        self.move(loss, "reject", "rejected")
        loss.decided_by = who.name

    def recover_debt_loss(self, who: Person, loss: DebtLoss) -> None:
        """Its payer pays after all, and owes all of it again."""
        require(who.sees("books"), "not_found")
        require(who.may("finance"), "chargeback_write_off_needs_finance")
        if loss.state == "recovered":
            return
        require(loss.state == "approved", "wrong_move")
        self.take_debt_back(loss)

    def take_debt_back(self, loss: DebtLoss) -> None:
        self.move(loss, "recover", "recovered")
        self.give_up(loss, -loss.amount)

    def revive_debt(self, dispute: Dispute) -> None:
        for loss in self.debt_losses:
            if loss.dispute is dispute and loss.state == "approved":
                self.take_debt_back(loss)
