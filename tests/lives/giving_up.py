"""What people do about what lost chargebacks left, in a life drawn by chance."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from market.money.payments.chargebacks.write_offs import operations
from tests.lives import stage as stages
from tests.lives.acts import WHY
from tests.lives.cards import Dispute
from tests.lives.chargebacks import REFUNDS
from tests.lives.debts import DebtLoss
from tests.lives.explaining import Explaining
from tests.lives.suspense import Said


class Everything(Explaining):
    async def propose_debt_loss(self, dispute: Dispute | None = None) -> DebtLoss | None:
        dispute = dispute or self.pick(self.model.disputes, lambda one: one.owed > 0)
        if dispute is None:
            return None
        who, actor = self.who("finance", "colleague")
        known = await stages.chargeback_of(self.stage, dispute.id)
        made: DebtLoss | None = await self.step(
            f"{who.name} proposes to give up {dispute.owed} of a lost dispute",
            lambda: self.model.propose_debt_loss(who, dispute),
            lambda: operations.propose_write_off(self.stage.conn, actor, known, WHY),
        )
        return made

    async def on_debt_loss(
        self, verb: str | None = None, loss: DebtLoss | None = None, by: str | None = None
    ) -> None:
        """Approve it, reject it, take it back."""
        model, conn = self.model, self.stage.conn
        verb = verb or self.chance.choice(["approve", "approve", "reject", "recover"])
        state = "approved" if verb == "recover" else "proposed"
        loss = loss or self.pick(model.debt_losses, lambda one: one.state == state)
        if loss is None:
            return
        right = ("finance", "colleague") if verb == "recover" else ("leader", "deputy")
        who, actor = self.person(by) if by else self.who(*right)
        do: dict[str, tuple[Callable[..., None], Callable[[], Awaitable[Any]]]] = {
            "approve": (
                model.approve_debt_loss,
                lambda: operations.approve_write_off(conn, actor, loss.id),
            ),
            "reject": (
                model.reject_debt_loss,
                lambda: operations.reject_write_off(conn, actor, loss.id, WHY),
            ),
            "recover": (
                model.recover_debt_loss,
                lambda: operations.recover_write_off(conn, actor, loss.id),
            ),
        }
        predict, act = do[verb]
        told = f"{who.name}: {verb} the loss of {loss.amount} ({loss.state})"
        await self.step(told, lambda: predict(who, loss), act)

    async def given_up_debt(self, dispute: Dispute) -> DebtLoss | None:
        """By two people, where it may be; tells the loss that stands."""
        loss = await self.propose_debt_loss(dispute)
        if loss is not None and loss.state == "proposed":
            await self.on_debt_loss("approve", loss, "leader" if loss.by == "finance" else "deputy")
        return loss if loss is not None and loss.state == "approved" else None

    async def unburdened(self) -> None:
        """What holds credit is explained or given up, as far as it can be."""
        if not self.model.is_held_back(0):
            return
        for line in self.aside(*REFUNDS):
            if line.refund is None and self.model.waiting_of(line) is None:
                await self.explained(line, Said("customer_credit", line.attempt))
        if self.model.lacking() and self.model.credit:
            await self.recover()
        for dispute in self.model.disputes:
            if dispute.owed and not self.model.credit:
                await self.given_up_debt(dispute)
