"""What approving an explanation posts."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec

from market.ledger.model import Leg
from market.money.payments.online.model import OnlinePayment
from market.money.payments.refunds.model import Refund


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What an approval posts, and what the line is known as after it.

    ``payment``: whose money a refund gave back; ``ends``: the refund of ours whose line it is, and
    ``fails``: one that another amount moved for.
    """

    on: date
    legs: list[Leg]
    payment: OnlinePayment | None = None
    ends: Refund | None = None
    fails: Refund | None = None
    paid_currency: str | None = None
    paid_minor: int | None = None

    @property
    def refund_id(self) -> UUID | None:
        return self.ends.id if self.ends else None
