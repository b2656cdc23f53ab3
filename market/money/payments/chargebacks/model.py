"""Chargebacks, and what of them is recovered: rows and moves."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from market.base.moves import Moves


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


class Chargeback(msgspec.Struct, frozen=True):
    """A payer's bank takes a charge back; evidence counts until ``evidence_due_at``.

    ``held_minor`` is what Stripe took from its balance, in the balance's own currency.
    ``submissions`` (``reached_bank_count``): how often evidence reached the payer's bank, from
    here or elsewhere; what a unit had sent counts in its evidence.
    ``short_minor`` is what its loss left in suspense, or took of credit that was a mistake: neither
    an invoice nor credit of the payer was there for it. He owes it until it is recovered: whose
    payment it was, or without a payment of ours, whose credit two people said that its charge is,
    in the balance's currency then. Where nobody is known, nobody is asked for it.
    ``returned_minor`` came back to the payer after it was lost, in his currency.
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
    submissions: int = msgspec.field(name="reached_bank_count")
    short_minor: int
    returned_minor: int
    version: int
    created_at: datetime

    @property
    def cause(self) -> str:
        """What books it when it is lost; opening and what comes back are lines of the balance."""
        return f"chargeback_lost:{self.id}"

    @property
    def short_currency(self) -> str:
        """Of ``short_minor``, and of what makes it up."""
        return self.held_currency if self.online_payment_id is None else self.currency

    @property
    def taken_minor(self) -> int:
        """Of one that was lost, what did not come back."""
        return self.amount_minor - self.returned_minor


class Recovery(msgspec.Struct, frozen=True):
    """What of a lost chargeback came out of suspense: by a line that gave it back, or from credit.

    ``stripe_line_id`` is None where it came off the payer's credit. With ``match_id`` it is below
    zero: so much of the recovery ``undoes_id`` came off credit that was a mistake, was taken back
    with that match, and is owed again. ``at_loss``: the loss itself took it, as it was posted, of
    such credit. With ``write_off_id`` it became a loss of ours, or below zero was taken back from
    there.
    """

    id: UUID
    chargeback_id: UUID
    books_unit_id: UUID
    amount_minor: int
    currency: str
    stripe_line_id: UUID | None
    match_id: UUID | None
    undoes_id: UUID | None
    at_loss: bool
    write_off_id: UUID | None
    recovered_on: date
    created_at: datetime

    @property
    def cause(self) -> str:
        """What books it where no line does."""
        if self.at_loss:
            return f"chargeback_lost:{self.chargeback_id}"
        name = "recovered" if self.match_id is None else "recovery_undone"
        return f"chargeback_{name}:{self.id}"


class Decided(msgspec.Struct, frozen=True):
    """Of Stripe's event that a chargeback is decided: when that was, in seconds since 1970."""

    created: int | None = None
