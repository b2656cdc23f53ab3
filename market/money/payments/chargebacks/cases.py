"""What a line of the balance does to its chargeback: opened, won, or back after it was lost.

Each takes its money once and gives back no more than that, in parts once it was lost; whatever
else moves for it stands in suspense.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from market.base import events
from market.base.db import Connection
from market.base.events import Happening
from market.ledger.model import Account, Leg
from market.money.invoicing.model import Invoice
from market.money.payments.chargebacks import queries, rates, recovery_queries
from market.money.payments.chargebacks.model import (
    CHARGEBACK_MOVES,
    Chargeback,
    ChargebackState,
)
from market.money.payments.chargebacks.write_offs import queries as write_offs
from market.money.payments.chargebacks.write_offs import taking_back
from market.money.payments.online.model import OnlinePayment, Part
from market.money.payments.stripe_balance import attempts, exchange
from market.money.payments.stripe_balance import queries as charges
from market.money.payments.stripe_balance.model import (
    BALANCE,
    DISPUTED,
    SUSPENSE,
    Balance,
    Disputed,
    StripeLine,
)

AFTER_LOSS: Final = (ChargebackState.LOST, ChargebackState.REINSTATED)


class Turn(StrEnum):
    """STRAYS: it was taken, or came back, before; or comes back of what no chargeback took."""

    OPENS = "opens"
    WINS = "wins"
    RETURNS = "returns"
    STRAYS = "strays"


class Case(msgspec.Struct, frozen=True):
    """What a line does to its chargeback, which was ``before`` until then.

    ``rest_minor`` is what Stripe took and does not give back once it is won; ``is_rate`` where two
    rates explain it. ``back_minor`` is what comes back after it was lost, in the payer's currency:
    ``recovers_minor`` of it, or without a payment of ours beside it, is what the loss left in
    suspense, ``given`` what invoices get, and the
    rest is the payer's credit. ``excess_minor``, in the balance's, is more than was taken, or of no
    payment of ours: it stands in suspense. ``differences`` is what it came to at another rate.
    ``made_up_minor``, of a line that strays, is of a difference that was none: what came back
    before was taken for all, and was a part.
    """

    told: Disputed
    turn: Turn
    before: Chargeback | None = None
    rest_minor: int = 0
    is_rate: bool = False
    back_minor: int = 0
    excess_minor: int = 0
    recovers_minor: int = 0
    given: Sequence[tuple[UUID, int]] = ()
    differences: Sequence[Leg] = ()
    made_up_minor: int = 0

    @property
    def is_explained(self) -> bool:
        """Nothing of it stands in suspense."""
        if self.turn in (Turn.RETURNS, Turn.STRAYS):
            known_minor = self.back_minor + self.made_up_minor + self.recovers_minor
            return known_minor > 0 and self.excess_minor == 0
        return self.is_rate or self.rest_minor == 0

    @property
    def lost_on(self) -> date | None:
        """Where it was lost before this line."""
        was_lost = self.before is not None and self.before.state in AFTER_LOSS
        return self.before.decided_on if self.before is not None and was_lost else None

    @property
    def given_minor(self) -> int:
        return sum(amount for _, amount in self.given)


async def case_of(
    conn: Connection,
    books_unit_id: UUID,
    told: Balance,
    payment: OnlinePayment | None,
    parts: Sequence[Part],
    owed: Mapping[UUID, Invoice],
    *,
    again: UUID | None = None,
) -> Case | None:
    """Before the line is booked; ``parts`` are its payment's, and their invoices locked.

    ``again``: its own row, where it was set aside. None for a line of anything else.
    """
    if told.dispute is None or told.category not in ("dispute", "dispute_reversal"):
        return None
    takes = told.category == "dispute"
    await queries.wait_turn(conn, told.dispute.id)
    before = await queries.lock_told(conn, books_unit_id, told.dispute.id)
    if before is None:
        is_of_none = not takes and await _is_of_none(conn, books_unit_id, told.dispute)
        return _of_new(told, told.dispute, is_of_none=is_of_none)
    if takes:
        if await queries.is_taken(conn, books_unit_id, told.dispute, but=again):
            return Case(told.dispute, Turn.STRAYS, before)
        # It came back first: what was taken is known only now.
        return await _kept(conn, told, Turn.OPENS, before, -told.amount_minor - before.held_minor)
    if before.state == ChargebackState.OPENED:
        return await _kept(conn, told, Turn.WINS, before, before.held_minor - told.amount_minor)
    if told.currency != before.held_currency:
        return Case(told.dispute, Turn.STRAYS, before)
    if before.state in AFTER_LOSS:
        return await _returned(conn, told, told.dispute, before, payment, parts, owed)
    return await _strayed(conn, told, told.dispute, before)


def _of_new(told: Balance, dispute: Disputed, *, is_of_none: bool) -> Case:
    """The first line of a chargeback, whichever it is."""
    if is_of_none:
        return Case(dispute, Turn.STRAYS, excess_minor=told.amount_minor)
    return Case(dispute, Turn.OPENS if told.category == "dispute" else Turn.WINS)


async def _is_of_none(conn: Connection, books_unit_id: UUID, dispute: Disputed) -> bool:
    """What comes back was taken before the books began, or by a line that was set aside.

    Neither made a chargeback that could give it back. A line that has not come yet makes one.
    """
    began_on = await charges.began_on(conn, books_unit_id)
    if began_on is not None and dispute.taken_on is not None and dispute.taken_on < began_on:
        return True
    return await queries.is_taken(conn, books_unit_id, dispute, but=None)


async def _kept(
    conn: Connection, told: Balance, turn: Turn, before: Chargeback, rest_minor: int
) -> Case:
    """Of one that is won, with what Stripe keeps of it: in two currencies nobody can tell."""
    assert told.dispute is not None, "it was found by it"
    if told.currency != before.held_currency:
        return Case(told.dispute, turn, before)
    is_rate = (
        rest_minor != 0
        and before.currency != before.held_currency
        and await rates.is_rate(
            conn, before.books_unit_id, before.held_minor, before.held_minor + rest_minor
        )
    )
    return Case(told.dispute, turn, before, rest_minor=rest_minor, is_rate=is_rate)


async def _returned(
    conn: Connection,
    told: Balance,
    dispute: Disputed,
    before: Chargeback,
    payment: OnlinePayment | None,
    parts: Sequence[Part],
    owed: Mapping[UUID, Invoice],
) -> Case:
    """What the loss left in suspense is made up, then its invoices get it as far as open."""
    if payment is None:
        recovers_minor = min(await recovery_queries.unpaid_of(conn, before.id), told.amount_minor)
        excess_minor = told.amount_minor - recovers_minor
        return Case(
            dispute,
            Turn.RETURNS,
            before,
            excess_minor=excess_minor,
            recovers_minor=recovers_minor,
        )
    back_minor, differences = min(told.amount_minor, before.taken_minor), []
    excess_minor = told.amount_minor - back_minor
    if before.currency != told.currency and before.taken_minor:
        back = await rates.back_of(conn, before, told.amount_minor)
        back_minor, excess_minor = back.back_minor, back.excess_minor
    if back_minor == 0:
        return await _strayed(conn, told, dispute, before)
    if before.currency != told.currency:
        charge = await charges.charge_of(conn, payment.id)
        moved_minor = excess_minor - told.amount_minor
        differences = await exchange.difference(conn, charge, -back_minor, moved_minor)
    recovers_minor = min(await recovery_queries.unpaid_of(conn, before.id), back_minor)
    return Case(
        dispute,
        Turn.RETURNS,
        before,
        back_minor=back_minor,
        excess_minor=excess_minor,
        recovers_minor=recovers_minor,
        given=attempts.shares(parts, owed, back_minor - recovers_minor),
        differences=differences,
    )


async def _strayed(conn: Connection, told: Balance, dispute: Disputed, before: Chargeback) -> Case:
    """All of it came back before; what that was short of, two rates were taken for the reason."""
    made_up_minor = min(told.amount_minor, await queries.lost_by_rates(conn, before))
    return Case(
        dispute,
        Turn.STRAYS,
        before,
        excess_minor=told.amount_minor - made_up_minor,
        made_up_minor=made_up_minor,
    )


def legs_of(case: Case, line: StripeLine, payment: OnlinePayment | None) -> list[Leg]:
    """What the line moves; an amount below zero goes the other way.

    Stripe gives less back where it changed the money at two rates; else nobody knows why, and it
    stands in suspense.
    """
    if case.turn == Turn.STRAYS:
        return [
            Leg(BALANCE, exchange.DIFFERENCE, case.made_up_minor, line.currency),
            Leg(BALANCE, SUSPENSE, line.amount_minor - case.made_up_minor, line.currency),
        ]
    if case.turn == Turn.RETURNS:
        return _legs_of_return(case, line, payment)
    if case.before is not None and case.before.held_currency != line.currency:
        return _legs_in_two(case.before, line)
    kept = exchange.DIFFERENCE if case.is_rate else SUSPENSE
    return [
        Leg(BALANCE, DISPUTED, line.amount_minor, line.currency),
        Leg(kept, DISPUTED, case.rest_minor, line.currency),
    ]


def _legs_in_two(before: Chargeback, line: StripeLine) -> list[Leg]:
    """Of one that is won in another currency than it was taken in: each side is a difference."""
    held_minor = before.held_minor if line.amount_minor > 0 else -before.held_minor
    return [
        Leg(BALANCE, exchange.DIFFERENCE, line.amount_minor, line.currency),
        Leg(exchange.DIFFERENCE, DISPUTED, held_minor, before.held_currency),
    ]


def _legs_of_return(case: Case, line: StripeLine, payment: OnlinePayment | None) -> list[Leg]:
    if payment is None or case.before is None:
        return [Leg(BALANCE, SUSPENSE, line.amount_minor, line.currency)]
    currency = case.before.currency
    source = BALANCE if currency == line.currency else exchange.POSITION
    credited_minor = case.back_minor - case.recovers_minor - case.given_minor
    legs = [
        Leg(source, Account("receivable", payment.buyer_id), case.given_minor, currency),
        Leg(source, Account("customer_credit", payment.buyer_id), credited_minor, currency),
        Leg(source, SUSPENSE, case.recovers_minor, currency),
        Leg(BALANCE, SUSPENSE, case.excess_minor, line.currency),
    ]
    if source == exchange.POSITION:
        changed_minor = line.amount_minor - case.excess_minor
        legs.append(Leg(BALANCE, exchange.POSITION, changed_minor, line.currency))
    return [*legs, *case.differences]


async def move(
    conn: Connection, case: Case, line: StripeLine, payment: OnlinePayment | None, on: date
) -> list[Happening]:
    """The chargeback as it is after the line, which is posted on that day.

    Who was told of nothing before is told of both.
    """
    if case.turn == Turn.STRAYS:
        return []
    before, happenings = case.before, []
    if before is None:
        opened = await queries.insert_chargeback(conn, line.books_unit_id, case.told, payment, line)
        assert opened is not None, "there was none, and its lines wait for each other"
        happenings.append(events.happening("chargeback.opened", about=opened, move=("open", None)))
        before = opened
    if case.turn == Turn.WINS:
        happenings.append(await _moved(conn, before, "win", "chargeback.won", line))
    elif case.turn == Turn.RETURNS:
        for loss in await write_offs.live_of(conn, before.id):
            _, recovered = await taking_back.take_back(conn, before, loss, on)
            happenings.append(recovered)
        if case.recovers_minor:
            await recovery_queries.insert_recovery(
                conn, before, case.recovers_minor, on, line_id=line.id
            )
        back = case.back_minor
        happenings.append(
            await _moved(conn, before, "reinstate", "chargeback.reinstated", line, back)
        )
    return happenings


async def _moved(
    conn: Connection,
    before: Chargeback,
    verb: str,
    name: str,
    line: StripeLine,
    returned_minor: int = 0,
) -> Happening:
    state = ChargebackState(before.state)
    decided_on = before.decided_on or line.booked_on
    to = CHARGEBACK_MOVES.after(verb, state)
    after = await queries.decide_chargeback(
        conn, before, to, decided_on, returned_minor=returned_minor
    )
    return events.happening(name, about=after, move=(verb, state))
