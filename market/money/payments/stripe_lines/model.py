"""Payouts: rows and moves."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from market.base.moves import Moves


class PayoutState(StrEnum):
    """SENT: on its way to the bank or from it, or there, which a bank line tells."""

    SENT = "sent"
    FAILED = "failed"


PAYOUT_MOVES: Final = Moves(
    "payout", {("fail", PayoutState.SENT): PayoutState.FAILED}, births={"send": PayoutState.SENT}
)


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
