"""What people say of lines of Stripe's balance in suspense, and how some come to stand there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from market.money.payments.stripe_explanations import by_rule, operations
from market.money.payments.stripe_explanations.model import BelongsTo
from market.money.payments.stripe_explanations.model import Explaining as Given
from market.money.payments.stripe_explanations.undoing import operations as undoing
from tests.lives.acts import WHY
from tests.lives.cards import Attempt, Dispute, StripeLine
from tests.lives.refunding import Refunding
from tests.lives.suspense import ANY, PLACES, Explanation, Said
from tests.lives.undone import Undo

PLACES_OF_PEOPLE: Final = tuple(place for place in BelongsTo if place != BelongsTo.RULE)


class Explaining(Refunding):
    # Stripe, which does not tell everything

    async def move_by_itself(self, category: str | None = None, amount: int | None = None) -> None:
        category = category or self.chance.choice(["other_adjustment", "topup", "network_cost"])
        minor = self.chance.choice([-1, 1]) * self.chance.randint(1, 90_00)
        minor = minor if amount is None else amount
        await self.step(
            f"Stripe moves {minor} by itself, {category}",
            lambda: self.model.move_by_itself(category, minor),
            lambda: self.control("lines", category=category, amount=minor),
        )

    async def spoil(self, thing: Any) -> None:
        """From now on nobody is told what a line of it is."""

        async def do() -> None:
            kind, field, name = await self.known_to_stripe(thing)
            await self.control("objects/spoil", kind=kind, id=name, field=field)

        told = f"Stripe tells no more of a {thing.table}"
        await self.step(told, lambda: self.model.spoilt.append(thing), do)

    async def known_to_stripe(self, thing: Any) -> tuple[str, str, str]:
        """Its kind, the field without which it is not told, and its id."""
        if isinstance(thing, Attempt):
            intent_id = (await self.page_of(thing))["payment_intent"]
            [charge] = [
                one
                for one in await self.listed("charges", payment_intent=intent_id)
                if one["status"] == "succeeded"
            ]
            return "charge", "currency", charge["id"]
        if isinstance(thing, Dispute):
            return "dispute", "reason", thing.id
        return "refund", "amount", await self.at_stripe(thing)

    async def mend(self) -> None:
        if self.model.spoilt:
            mended = lambda: self.control("objects/mend")  # noqa: E731  # a name for the act
            await self.step("Stripe tells everything", self.model.spoilt.clear, mended)

    # What people say

    def aside(self, *categories: str) -> list[StripeLine]:
        lines = [one for one in self.model.stripe_lines if one.state == "aside"]
        return [one for one in lines if not categories or one.category in categories]

    async def explain(
        self, line: StripeLine | None = None, said: Said | None = None
    ) -> Explanation | None:
        model = self.model
        line = line or self.pick(model.stripe_lines, lambda one: one.state == "aside")
        if line is None:
            return None
        told = said or self.said_of(line)
        given = Given(
            belongs_to=BelongsTo(told.to),
            online_payment_id=told.attempt.id if told.attempt else None,
            refund_id=told.refund.id if told.refund else None,
            reason=WHY,
        )
        who, actor = self.who("finance", "finance", "colleague")
        made: Explanation | None = await self.step(
            f"{who.name} says that {line.category} of {line.amount} ({line.state}) is {told.to}",
            lambda: model.propose_explanation(who, line, told),
            lambda: operations.propose_explanation(self.stage.conn, actor, line.id, given),
        )
        return made

    def said_of(self, line: StripeLine) -> Said:
        """Mostly where it may belong, sometimes anywhere."""
        places = PLACES.get(line.category, ANY)
        if not places or self.errs(6):
            places = (*PLACES_OF_PEOPLE, "rule", "rule")
        return self.as_(self.chance.choice(places), line)

    def as_(self, to: str, line: StripeLine) -> Said:
        """With the names that the place needs, if there are any."""
        attempts = [one for one in self.model.attempts if one.charge is not None]
        cards = [one for one in self.model.refunds if one.charge is not None]
        attempt, refund = None, None
        if to in ("customer_credit", "receivable") and attempts:
            attempt = line.attempt or self.chance.choice(attempts)
        if to == "refund_pending" and cards:
            refund = line.refund or self.chance.choice(cards)
        return Said(str(to), attempt, refund)

    async def on_explanation(
        self, verb: str | None = None, asked: Explanation | None = None, by: str | None = None
    ) -> None:
        """Approve it, reject it, withdraw it."""
        model, conn = self.model, self.stage.conn
        verb = verb or self.chance.choice(["approve", "approve", "reject", "withdraw"])
        asked = asked or self.pick(model.explanations, lambda one: one.state == "proposed")
        if asked is None:
            return
        right = ("finance", "colleague") if verb == "withdraw" else ("leader", "deputy")
        who, actor = self.person(by) if by else self.who(*right)
        do: dict[str, tuple[Callable[..., None], Callable[[], Awaitable[Any]]]] = {
            "approve": (
                model.approve_explanation,
                lambda: operations.approve_explanation(conn, actor, asked.id),
            ),
            "reject": (
                model.reject_explanation,
                lambda: operations.reject_explanation(conn, actor, asked.id, WHY),
            ),
            "withdraw": (
                model.withdraw_explanation,
                lambda: operations.withdraw_explanation(conn, actor, asked.id),
            ),
        }
        predict, act = do[verb]
        told = f"{who.name}: {verb} that {asked.line.amount} is {asked.said.to}"
        await self.step(f"{told} ({asked.state})", lambda: predict(who, asked), act)

    async def ask_rules(self) -> None:
        await self.step(
            "the worker asks the rules once more",
            self.model.ask_rules,
            lambda: by_rule.take_turns(self.stage.pool, self.play.rail),
        )

    async def explained(self, line: StripeLine, said: Said) -> None:
        """By two people."""
        asked = await self.explain(line, said)
        if asked is not None and asked.state == "proposed":
            by = "leader" if asked.by == "finance" else "deputy"
            await self.on_explanation("approve", asked, by)

    # And that it was wrong

    async def propose_undo(self, asked: Explanation | None = None) -> Undo | None:
        model = self.model
        asked = asked or self.pick(model.explanations, lambda one: one.state == "approved")
        if asked is None:
            return None
        who, actor = self.who("finance", "finance", "colleague")
        made: Undo | None = await self.step(
            f"{who.name} says that {asked.line.category} of {asked.line.amount} is not "
            f"{asked.said.to} ({asked.state})",
            lambda: model.propose_undo(who, asked),
            lambda: undoing.propose_undo(self.stage.conn, actor, asked.id, WHY),
        )
        return made

    async def on_undo(
        self, verb: str | None = None, undo: Undo | None = None, by: str | None = None
    ) -> None:
        """Approve it, reject it, withdraw it."""
        model, conn = self.model, self.stage.conn
        verb = verb or self.chance.choice(["approve", "approve", "reject", "withdraw"])
        undo = undo or self.pick(model.undos, lambda one: one.state == "proposed")
        if undo is None:
            return
        right = ("finance", "colleague") if verb == "withdraw" else ("leader", "deputy")
        who, actor = self.person(by) if by else self.who(*right)
        do: dict[str, tuple[Callable[..., None], Callable[[], Awaitable[Any]]]] = {
            "approve": (model.approve_undo, lambda: undoing.approve_undo(conn, actor, undo.id)),
            "reject": (model.reject_undo, lambda: undoing.reject_undo(conn, actor, undo.id, WHY)),
            "withdraw": (model.withdraw_undo, lambda: undoing.withdraw_undo(conn, actor, undo.id)),
        }
        predict, act = do[verb]
        told = f"{who.name}: {verb} that {undo.amount} is not {undo.explanation.said.to}"
        await self.step(f"{told} ({undo.state})", lambda: predict(who, undo), act)
