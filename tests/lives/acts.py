"""What people do in a life drawn by chance: mostly what can be done, often enough what cannot."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar
from uuid import uuid4

from market.base.access import Actor
from market.money.invoicing import operations as invoices
from market.money.invoicing.credit_notes import operations as notes
from market.money.invoicing.credit_notes.model import (
    LineCredited,
    MilestoneCredited,
    NewCreditNote,
)
from market.money.invoicing.voiding import operations as voiding
from market.money.invoicing.write_offs import operations as write_offs
from market.money.payments import operations as payments
from tests.lives import stage as stages
from tests.lives.life import Life, Tally
from tests.lives.model import Invoice, Milestone, Person, Proposal, Use
from tests.lives.stage import PEOPLE, Play, Stage

T = TypeVar("T")
WHY: Final = "双方协商一致"


class People(Life):
    """Who acts on what; invoices, credit notes, credit."""

    def __init__(self, stage: Stage, play: Play, tally: Tally, chance: random.Random) -> None:
        super().__init__(stage, play, tally)
        self.chance = chance
        self.forced: str | None = None
        self.is_plot = False
        self.current: list[Invoice | None] = [None] * len(play.instalments)

    # Whom and what

    def one_in(self, times: int) -> bool:
        return self.chance.randrange(times) == 0

    def errs(self, times: int) -> bool:
        """Nobody does in a plot, which would not come to its point."""
        return not self.is_plot and self.one_in(times)

    def actor(self, name: str) -> Actor:
        return self.play.deal.buyer if name == "buyer" else self.stage.people[name]

    def who(self, *right: str) -> tuple[Person, Actor]:
        name = self.forced or self.chance.choice(right)
        if self.forced is None and self.errs(12):
            name = self.chance.choice(["leader", "cashier", "buyer", "stranger", "finance"])
        return self.person(name)

    def person(self, name: str) -> tuple[Person, Actor]:
        """A buyer or cashier where only others are asked is anybody without the role."""
        return PEOPLE[name], self.actor(name)

    async def by(self, name: str, do: Callable[[], Awaitable[object]]) -> None:
        """Whoever would do it, it is this one."""
        self.forced = name
        try:
            await do()
        finally:
            self.forced = None

    def pick(self, things: Sequence[T], wanted: Callable[[T], bool] | None = None) -> T | None:
        """Mostly one of those that are wanted, and sometimes any."""
        likely = [one for one in things if wanted is not None and wanted(one)]
        some = likely if likely and not self.errs(8) else list(things)
        return self.chance.choice(some) if some else None

    def about(self, amount: int) -> int:
        """All of it, a part, or a little too much."""
        match self.chance.randrange(6):
            case 0 | 1:
                return max(1, amount)
            case 2:
                return amount + 1
            case 3:
                return self.chance.randint(1, max(1, min(amount, 5_00)))
            case _:
                return self.chance.randint(1, max(1, amount))

    def an_invoice(self, wanted: Callable[[Invoice], bool] | None = None) -> Invoice | None:
        return self.pick(self.model.invoices, wanted or (lambda one: one.open > 0))

    # Invoices

    async def issue(self, place: int | None = None, name: str | None = None) -> None:
        if place is None:
            place = self.pick(range(len(self.current)), self.is_unclaimed)
        assert place is not None
        agreed, now = self.play.instalments[place], self.current[place]
        wanted = agreed.invoice() if now is None or now.state == "void" else now
        who, actor = self.person(name) if name else self.who("finance", "finance", "colleague")
        made = await self.step(
            f"{who.name} issues instalment {place} of {agreed.amount}, {agreed.when}",
            lambda: self.model.issue(who, wanted, agreed.far),
            lambda: invoices.issue_invoice(self.stage.conn, actor, agreed.id),
        )
        self.current[place] = made or now

    def is_unclaimed(self, place: int) -> bool:
        claim = self.current[place]
        return claim is None or claim.state == "void"

    async def accept(self) -> None:
        for place, milestone in enumerate(self.model.milestones):
            if not milestone.accepted:
                await self.step(
                    f"work {place} is accepted",
                    lambda milestone=milestone: self.model.accept(milestone),  # type: ignore[misc]
                    lambda place=place: stages.accepted(self.stage, self.play, place),  # type: ignore[misc]
                )
                return

    async def propose_void(self, invoice: Invoice | None = None) -> None:
        invoice = invoice or self.an_invoice(
            lambda one: one.state == "open" and one.when == "ahead" and one.paid == 0
        )
        if invoice is None:
            return
        who, actor = self.who("finance", "colleague")
        await self.step(
            f"{who.name} proposes to void {self.named(invoice)}",
            lambda: self.model.propose_void(who, invoice),
            lambda: voiding.propose_void(self.stage.conn, actor, invoice.id, WHY),
        )

    async def propose_loss(self, invoice: Invoice | None = None) -> None:
        invoice = invoice or self.an_invoice(
            lambda one: one.open > 0 and one.when == "late" and one.state != "uncollectible"
        )
        if invoice is None:
            return
        who, actor = self.who("finance", "colleague")
        await self.step(
            f"{who.name} proposes to write {self.named(invoice)} off",
            lambda: self.model.propose_loss(who, invoice),
            lambda: write_offs.propose_write_off(self.stage.conn, actor, invoice.id, WHY),
        )

    async def propose_note(
        self,
        invoice: Invoice | None = None,
        lines: list[tuple[int, int]] | None = None,
        parts: list[tuple[Milestone | None, int]] | None = None,
    ) -> None:
        invoice = invoice or self.an_invoice(lambda one: one.uncredited > 0)
        if invoice is None:
            return
        left = invoice.uncredited
        lines = lines or [(1, self.about(left if self.one_in(4) else left // 4))]
        named = self.milestones_named(invoice, lines) if parts is None else parts
        who, actor = self.who("finance", "finance", "colleague")
        await self.step(
            f"{who.name} proposes to credit {self.named(invoice)} by {lines} off {len(named)}",
            lambda: self.model.propose_note(who, invoice, lines, named),
            lambda: notes.propose_credit_note(
                self.stage.conn, actor, invoice.id, _credited(lines, named)
            ),
        )

    def milestones_named(
        self, invoice: Invoice, lines: list[tuple[int, int]]
    ) -> list[tuple[Milestone | None, int]]:
        if not self.one_in(4):
            return []
        amount = lines[0][1] if lines else invoice.uncredited
        net = amount - invoice.vat_in(invoice.credited + amount) + invoice.vat_in(invoice.credited)
        first, second = self.model.milestones
        half = net // 2
        return self.chance.choice(
            [
                [(first, net)],
                [(second, net)],
                [(first, half), (second, net - half)],
                [(None, net)],
                [(first, net + 1)],
                [(first, net), (first, 0)],
            ]
        )

    async def decide(
        self, verdict: str | None = None, asked: Proposal | None = None, by: str | None = None
    ) -> None:
        """Of credit notes, losses and voids."""
        model = self.model
        all_asked: list[Proposal] = [*model.notes, *model.losses, *model.voids]
        asked = asked or self.pick(all_asked, lambda one: one.state == "proposed")
        if asked is None:
            return
        who, actor = self.person(by) if by else self.who("leader", "leader", "deputy")
        if by is None and asked.by == "finance" and self.errs(10):
            who, actor = self.person("both")
        approves = verdict == "approve" or (verdict is None and not self.one_in(4))
        predict, do = DECIDING[asked.table][approves]
        await self.step(
            f"{who.name} {'approves' if approves else 'rejects'} {asked.table} of "
            f"{self.named(asked.invoice)}",
            lambda: predict(model, who, asked),
            lambda: do(self.stage.conn, actor, asked.id),
        )

    async def credited(self, invoice: Invoice, amount: int) -> None:
        """So much comes off it."""
        await self.propose_note(invoice, [(1, amount)], [])
        note = self.model.waiting(self.model.notes, invoice)
        if note is not None:
            await self.decide("approve", note, "leader" if note.by == "finance" else "deputy")

    def named(self, invoice: Invoice) -> str:
        return f"invoice {self.model.invoices.index(invoice)}"

    # Credit

    async def use_credit(self, invoice: Invoice | None = None, amount: int | None = None) -> None:
        invoice = invoice or self.an_invoice()
        if invoice is None:
            return
        most = min(invoice.open, self.model.credit)
        amount = amount or self.about(most if most else self.chance.choice([1, invoice.open]))
        who, actor = self.who("finance", "colleague")
        await self.step(
            f"{who.name} uses {amount} of credit for {self.named(invoice)}",
            lambda: self.model.use_credit(who, invoice, amount),
            lambda: payments.use_credit(self.stage.conn, actor, invoice.id, amount),
        )

    async def undo_use(self, use: Use | None = None) -> None:
        use = use or self.pick(self.model.uses, lambda one: one.state == "used")
        if use is None:
            return
        who, actor = self.who("finance", "colleague")
        await self.step(
            f"{who.name} undoes a use of {use.amount} for {self.named(use.invoice)}",
            lambda: self.model.undo_use(who, use),
            lambda: payments.undo_credit_use(self.stage.conn, actor, use.id, WHY),
        )


def _credited(
    lines: list[tuple[int, int]], named: list[tuple[Milestone | None, int]]
) -> NewCreditNote:
    return NewCreditNote(
        reason=WHY,
        lines=[LineCredited(position=place, amount_minor=amount) for place, amount in lines],
        milestones=[
            MilestoneCredited(milestone_id=one.id if one else uuid4(), net_minor=net)
            for one, net in named
        ],
    )


# By the table of the proposal, then whether it is approved: what the model does, and the market.
DECIDING: Final[dict[str, dict[bool, tuple[Callable[..., None], Callable[..., Any]]]]] = {
    "credit_note": {
        True: (lambda model, who, asked: model.approve_note(who, asked), notes.approve_credit_note),
        False: (
            lambda model, who, asked: model.reject(who, asked, "credit_note"),
            lambda conn, actor, known: notes.reject_credit_note(conn, actor, known, WHY),
        ),
    },
    "write_off": {
        True: (
            lambda model, who, asked: model.approve_loss(who, asked),
            write_offs.approve_write_off,
        ),
        False: (
            lambda model, who, asked: model.reject(who, asked, "write_off"),
            lambda conn, actor, known: write_offs.reject_write_off(conn, actor, known, WHY),
        ),
    },
    "void_proposal": {
        True: (lambda model, who, asked: model.approve_void(who, asked), voiding.approve_void),
        False: (
            lambda model, who, asked: model.reject(who, asked, "void"),
            lambda conn, actor, known: voiding.reject_void(conn, actor, known, WHY),
        ),
    },
}
