"""Stripe lines, chargebacks and payouts: rows, moves, and what Stripe tells of them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec

from market.base.moves import Moves
from market.money.payments.refunds.presenting import Told


class ChargebackState(StrEnum):
    """OPENED until the payer's bank has decided; REINSTATED where it gave way, or partly, later."""

    OPENED = "opened"
    WON = "won"
    LOST = "lost"
    REINSTATED = "reinstated"


CHARGEBACK_MOVES: Final = Moves(
    "chargeback",
    {
        ("win", ChargebackState.OPENED): ChargebackState.WON,
        ("lose", ChargebackState.OPENED): ChargebackState.LOST,
        ("reinstate", ChargebackState.LOST): ChargebackState.REINSTATED,
        ("reinstate", ChargebackState.REINSTATED): ChargebackState.REINSTATED,
    },
    births={"open": ChargebackState.OPENED},
)


class PayoutState(StrEnum):
    """SENT: on its way to the bank or from it, or there, which a bank line tells."""

    SENT = "sent"
    FAILED = "failed"


PAYOUT_MOVES: Final = Moves(
    "payout", {("fail", PayoutState.SENT): PayoutState.FAILED}, births={"send": PayoutState.SENT}
)


class StripeLine(msgspec.Struct, frozen=True):
    """A movement of Stripe's balance: ``net_minor`` = ``amount_minor`` - ``fee_minor``.

    ``fees`` are Stripe's parts of the fee: ``type``, ``description``, ``amount``. ``paid_minor`` of
    ``paid_currency`` is what a payer paid in another currency, below zero where he got it back.
    ``refund_id``: the refund whose money it moves. ``is_explained`` is false where nothing of ours
    explains it: its money stands in suspense.
    """

    id: UUID
    books_unit_id: UUID
    balance_transaction_id: str
    category: str
    currency: str
    amount_minor: int
    fee_minor: int
    net_minor: int
    fees: list[dict[str, Any]]
    source_id: str | None
    description: str | None
    online_payment_id: UUID | None
    refund_id: UUID | None
    paid_currency: str | None
    paid_minor: int | None
    is_explained: bool
    moved_at: datetime
    booked_on: date
    available_on: date
    version: int
    created_at: datetime

    @property
    def cause(self) -> str:
        return f"stripe_line:{self.id}"


class Chargeback(msgspec.Struct, frozen=True):
    """A payer's bank takes a charge back; evidence counts until ``evidence_due_at``.

    ``held_minor`` is what Stripe took from its balance, in the balance's own currency.
    ``submissions``: how often evidence reached the payer's bank, from here or elsewhere.
    ``short_minor`` is what its loss left in suspense: neither an invoice nor credit of the payer
    was there for it. He owes it until it is recovered. ``returned_minor`` came back to the payer
    after it was lost, in his currency.
    """

    id: UUID
    books_unit_id: UUID
    dispute_id: str
    online_payment_id: UUID | None
    amount_minor: int
    currency: str
    held_minor: int
    held_currency: str
    reason: str
    state: ChargebackState
    opened_on: date
    evidence_due_at: datetime | None
    decided_on: date | None
    submissions: int
    short_minor: int
    returned_minor: int
    version: int
    created_at: datetime

    @property
    def cause(self) -> str:
        """What books it when it is lost; opening and what comes back are lines of the balance."""
        return f"chargeback_lost:{self.id}"

    @property
    def taken_minor(self) -> int:
        """Of one that was lost, what did not come back."""
        return self.amount_minor - self.returned_minor


class Recovery(msgspec.Struct, frozen=True):
    """What of a lost chargeback came out of suspense: by a line that gave it back, or from credit.

    ``stripe_line_id`` is None where it came off the payer's credit. With ``match_id`` it is below
    zero: so much came off credit that was a mistake, was taken back with that match, and is owed
    again.
    """

    id: UUID
    chargeback_id: UUID
    books_unit_id: UUID
    amount_minor: int
    currency: str
    stripe_line_id: UUID | None
    match_id: UUID | None
    recovered_on: date
    created_at: datetime

    @property
    def cause(self) -> str:
        """What books it where no line does."""
        name = "recovered" if self.match_id is None else "recovery_undone"
        return f"chargeback_{name}:{self.id}"


class Payout(msgspec.Struct, frozen=True):
    """What Stripe sent to the unit's bank account, and by when it should be there.

    Below zero: Stripe takes it from that account, because its balance lacks it. A match names it by
    ``id``; ``stripe_payout_id`` is Stripe's.
    """

    id: UUID
    books_unit_id: UUID
    payout_id: str = msgspec.field(name="stripe_payout_id")
    amount_minor: int
    currency: str
    state: PayoutState
    sent_on: date
    due_on: date | None
    failed_on: date | None
    version: int
    created_at: datetime


class Disputed(msgspec.Struct, frozen=True):
    """A dispute as Stripe tells it."""

    id: str
    amount_minor: int
    currency: str
    reason: str
    status: str
    evidence_due_at: datetime | None
    intent_id: str | None
    charge_id: str | None
    submissions: int = 0


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """A balance transaction as Stripe tells it, with what of its source matters here."""

    id: str
    category: str
    currency: str
    amount_minor: int
    fee_minor: int
    net_minor: int
    fees: list[dict[str, Any]]
    source_id: str | None
    description: str | None
    moved_at: datetime
    available_on: date
    intent_id: str | None = None
    charge_id: str | None = None
    payment_id: UUID | None = None
    paid_currency: str | None = None
    paid_minor: int | None = None
    dispute: Disputed | None = None
    refund: Told | None = None
    due_on: date | None = None


class Decided(msgspec.Struct, frozen=True):
    """Of Stripe's event that a chargeback is decided: when that was, in seconds since 1970."""

    created: int | None = None


class Unbookable(Exception):
    """A line that lacks what its category needs, or comes where it cannot."""
