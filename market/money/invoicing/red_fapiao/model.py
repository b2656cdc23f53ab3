"""What a red fapiao is: its row, states and moves."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from market.base.moves import Moves


class RedState(StrEnum):
    """Wanted, then recorded."""

    REQUESTED = "requested"
    ISSUED = "issued"


MOVES: Final = Moves(
    "red_fapiao",
    {("issue", RedState.REQUESTED): RedState.ISSUED},
    births={"request": RedState.REQUESTED},
)


class RedFapiao(msgspec.Struct, frozen=True):
    """A red fapiao for one credit note; the amounts are what it takes back, above zero."""

    id: UUID
    fapiao_id: UUID
    credit_note_id: UUID
    amount_minor: int
    vat_minor: int
    currency: str
    state: RedState
    number: str | None
    issued_on: date | None
    file_id: UUID | None
    issued_by: UUID | None
    version: int
    created_at: datetime

    def after(self, move: str) -> RedState:
        """Where the move leads; raises WrongMove."""
        return MOVES.after(move, RedState(self.state))
