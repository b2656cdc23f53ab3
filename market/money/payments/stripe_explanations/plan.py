"""What approving an explanation posts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from market.ledger.model import Account, Leg
from market.money.payments.online.model import OnlinePayment
from market.money.payments.refunds.model import Refund


class Share(msgspec.Struct, frozen=True):
    """What an account of the payer's has more, or less, in his currency."""

    account: Account
    amount_minor: int

    @property
    def is_owed(self) -> bool:
        return self.account.kind == "receivable"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What an approval posts, and what the line is known as after it.

    ``payment``: whose money a refund gave back; ``ends``: the refund of ours whose line it is, and
    ``fails``: one that another amount moved for. ``shares``: what invoices and credit had of it.
    """

    on: date
    legs: list[Leg]
    payment: OnlinePayment | None = None
    ends: Refund | None = None
    fails: Refund | None = None
    shares: Sequence[Share] = ()
    paid_currency: str | None = None
    paid_minor: int | None = None

    @property
    def refund_id(self) -> UUID | None:
        return self.ends.id if self.ends else None
