"""What finance makes of lines of the bank in a life drawn by chance, and what it sends back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID, uuid4

from market.money.payments.refunds import lists
from market.money.payments.refunds import operations as refunds
from market.money.payments.refunds.model import NewRefund
from market.money.reconciliation.matching import operations as matching
from market.money.reconciliation.matching.model import AllocationGiven, Matching, RestGiven, RestTo
from tests.lives import stage as stages
from tests.lives.acts import WHY, People
from tests.lives.bank import Line, Match, Refund, Terms
from tests.world.money import Line as Movement

# Refunds by bank are of these amounts, and lines of the bank too, out and back.
SENT_BACK: Final = (1_00, 250_00, 777_77)


class Banking(People):
    async def statement(self) -> None:
        """What buyers and others transferred: whole debts, parts, too much, and refunds."""
        owed = [one.amount for one in self.play.instalments]
        came = [self.chance.choice(owed) for _ in range(9)]
        came += [self.chance.randint(1, owed[0]) for _ in range(14)]
        came += [self.chance.randint(1, 9_99) for _ in range(5)]
        amounts = [*came, *SENT_BACK * 2, *(-one for one in SENT_BACK * 4)]
        lines = [Line(one, self.chance.randrange(4) > 0) for one in amounts]
        buyer = self.play.deal.enterprise.name_zh
        moved = [Movement(one.amount, buyer if one.from_buyer else "不详") for one in lines]

        async def do() -> None:
            ids = await stages.transferred(self.stage, moved)
            for line, line_id in zip(lines, ids, strict=True):
                line.id = line_id

        def predict() -> None:
            for line in lines:
                self.model.arrive(line)

        await self.step(f"a statement: {[one.amount for one in lines]}", predict, do)

    def free(self, wanted: Callable[[Line], bool]) -> list[Line]:
        return [
            one for one in self.model.lines if wanted(one) and self.model.live_match(one) is None
        ]

    async def match(self, line: Line | None = None, terms: Terms | None = None) -> Match | None:
        line = line or self.pick(self.model.lines, lambda one: one in self.free(_comes_in))
        if line is None:
            return None
        terms = terms or self.terms_for(line)
        who, actor = self.who("finance", "finance", "finance", "colleague")
        told = self.said(terms)
        made: Match | None = await self.step(
            f"{who.name} matches {line.amount} with {terms.to or ''} {len(terms.given)}",
            lambda: self.model.match(who, line, terms),
            lambda: matching.match_by_hand(self.stage.conn, actor, line.id, told),
        )
        return made

    def terms_for(self, line: Line) -> Terms:
        invoice = self.an_invoice()
        amount = abs(line.amount)
        if self.one_in(20):
            return self.wrong_terms(line)
        if invoice is None or self.one_in(6):
            return Terms([], "customer_credit", amount, "buyer")
        paid = min(amount, invoice.open) or amount
        lacks = max(0, invoice.open - paid)
        charge = min(lacks, self.chance.choice([30_00, 150_00])) if self.one_in(4) else 0
        rest = amount - paid
        to = ("customer_credit", rest, "buyer") if rest else (None, 0, None)
        return Terms([(invoice, paid, charge)], *to)

    def wrong_terms(self, line: Line) -> Terms:
        invoice = self.an_invoice()
        amount = abs(line.amount)
        apart = [one for one in self.model.lines if one.amount != -line.amount and one is not line]
        other = self.chance.choice(apart)
        half = amount // 2 or 1
        return self.chance.choice(
            [
                Terms([(invoice, amount + 1, 0)]),
                Terms([(invoice, half, 0), (invoice, amount - half or 1, 0)]),
                Terms([(None, amount, 0)]),
                Terms([], "customer_credit", amount, "nobody"),
                Terms([], "customer_credit", amount, "unit"),
                Terms([], "customer_credit", amount),
                Terms([], "returned", amount, None, None, other),
            ]
        )

    def said(self, terms: Terms) -> Matching:
        owners: dict[str | None, UUID] = {
            "buyer": self.play.deal.enterprise.id,
            "unit": self.stage.unit.id,
            "nobody": uuid4(),
        }
        rest = None
        if terms.to is not None:
            rest = RestGiven(
                to=RestTo(terms.to),
                amount_minor=terms.rest,
                organisation_id=owners.get(terms.owner),
                other_line_id=terms.other.id if terms.other else None,
                refund_id=terms.refund.id if terms.refund else None,
            )
        given = [
            AllocationGiven(
                invoice_id=invoice.id if invoice else uuid4(),
                amount_minor=amount,
                charge_minor=charge,
            )
            for invoice, amount, charge in terms.given
        ]
        return Matching(allocations=given, rest=rest)

    async def confirm(self, match: Match | None = None) -> None:
        match = match or self.pick(
            self.model.matches, lambda one: one.state in ("waiting", "matched")
        )
        if match is None:
            return
        who, actor = self.who("colleague", "leader", "deputy", "finance")
        await self.step(
            f"{who.name} confirms the match of {match.line.amount}",
            lambda: self.model.confirm(who, match),
            lambda: matching.confirm_match(self.stage.conn, actor, match.id),
        )

    async def undo(self, match: Match | None = None) -> None:
        match = match or self.pick(self.model.matches, lambda one: one.state != "undone")
        if match is None:
            return
        right = ("finance", "colleague") if match.confirmed_by is None else ("leader", "colleague")
        who, actor = self.who(*right)
        await self.step(
            f"{who.name} undoes the match of {match.line.amount} ({match.state})",
            lambda: self.model.undo(who, match),
            lambda: matching.undo_match(self.stage.conn, actor, match.id, WHY),
        )

    # Refunds by bank

    async def propose_refund(self, amount: int | None = None, *, known: bool = True) -> None:
        amount = amount or self.chance.choice([*SENT_BACK, self.model.credit + 1])
        books = self.stage.unit.id
        who, actor = self.who("finance", "finance", "colleague")
        new = NewRefund(
            organisation_id=self.play.deal.enterprise.id if known else uuid4(),
            amount_minor=amount,
            payee_bank="锦川银行东城支行",
            payee_account="6222 0000 0000 0001",
            reason=WHY,
        )
        await self.step(
            f"{who.name} proposes to refund {amount} by bank",
            lambda: self.model.propose_refund(who, amount, known=known),
            lambda: refunds.propose_refund(self.stage.conn, actor, books, new),
        )

    async def on_refund(
        self, verb: str | None = None, refund: Refund | None = None, by: str | None = None
    ) -> None:
        """Approve it, reject it, withdraw it, note that it failed."""
        verb = verb or self.chance.choice(["approve", "approve", "reject", "withdraw", "fail"])
        model, conn = self.model, self.stage.conn
        state = ("approved", "sent") if verb == "fail" else ("proposed",)
        refund = refund or self.pick(model.refunds, lambda one: one.state in state)
        if refund is None:
            return
        right = ("leader", "deputy") if verb in ("approve", "reject") else ("finance", "colleague")
        who, actor = self.person(by) if by else self.who(*right)
        if by is None and "leader" in right and refund.by == "finance" and self.errs(8):
            who, actor = self.person("both")
        do: dict[str, tuple[Callable[..., None], Callable[[], Awaitable[Any]]]] = {
            "approve": (
                model.approve_refund, lambda: refunds.approve_refund(conn, actor, refund.id)
            ),
            "reject": (
                model.reject_refund, lambda: refunds.reject_refund(conn, actor, refund.id, WHY)
            ),
            "withdraw": (
                model.withdraw_refund, lambda: refunds.withdraw_refund(conn, actor, refund.id)
            ),
            "fail": (model.fail_refund, lambda: refunds.fail_refund(conn, actor, refund.id, WHY)),
        }  # fmt: skip
        predict, act = do[verb]
        told = f"{who.name}: {verb} refund {model.refunds.index(refund)} of {refund.amount}"
        await self.step(f"{told} ({refund.state})", lambda: predict(who, refund), act)

    async def send_refunds(self, name: str | None = None) -> None:
        who, actor = self.person(name) if name else self.who("cashier")
        books, account = self.stage.unit.id, self.stage.bank.account.id
        await self.step(
            f"{who.name} makes a list of refunds",
            lambda: self.model.send_refunds(who),
            lambda: lists.make_list(self.stage.conn, actor, books, account),
        )

    async def match_refund(self, refund: Refund | None = None) -> Match | None:
        """A line out is one that was sent, a line in brings one back."""
        refund = refund or self.pick(
            self.model.refunds, lambda one: one.state in ("sent", "paid") and one.charge is None
        )
        if refund is None:
            return None
        sign = -1 if refund.state == "sent" else 1
        if self.errs(10):
            sign = -sign
        lines = self.free(lambda one: one.amount == sign * refund.amount)
        lines = lines or self.free(lambda one: one.amount < 0)
        if not lines:
            return None
        line = self.chance.choice(lines)
        owner = "unit" if self.errs(20) else "buyer"
        terms = Terms([], "customer_credit", abs(line.amount), owner, refund)
        return await self.match(line, terms)

    async def outgoing(self) -> None:
        """Money that left pays nobody's debt."""
        invoice = self.an_invoice()
        lines = self.free(lambda one: one.amount < 0)
        if invoice is not None and lines:
            line = self.chance.choice(lines)
            await self.match(line, Terms([(invoice, -line.amount, 0)]))


def _comes_in(line: Line) -> bool:
    return line.amount > 0
