"""A line of Stripe's balance: as a row of ours, and as Stripe tells it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from market.ledger.model import Account
from market.money.payments.refunds.presenting import ToldRefund

BALANCE: Final = Account("stripe_balance")
DISPUTED: Final = Account("stripe_disputed")
SUSPENSE: Final = Account("suspense")


class StripeLine(msgspec.Struct, frozen=True):
    """A movement of Stripe's balance: ``net_minor`` = ``amount_minor`` - ``fee_minor``.

    ``fees`` are Stripe's parts of the fee: ``type``, ``description``, ``amount``. ``paid_minor`` of
    ``paid_currency`` is what a payer paid in another currency, below zero where he got it back.
    ``refund_id``: the refund whose money it moves. ``is_explained`` is false where nothing of ours
    explains it: its money stands in suspense, or was taken by a lost chargeback of nobody's charge.
    ``explanation_id``: what explained it after that. ``cause`` is what booked it last: as it came,
    or out of suspense.
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
    explanation_id: UUID | None
    cause: str
    moved_at: datetime
    booked_on: date
    available_on: date
    version: int
    created_at: datetime


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
    refund: ToldRefund | None = None
    due_on: date | None = None


class Disputed(msgspec.Struct, frozen=True):
    """A dispute as Stripe tells it.

    ``taken_on``: the day its money left the balance, if it did; ``taken_by``: the lines, by their
    ids of Stripe's.
    """

    id: str
    amount_minor: int
    currency: str
    reason: str
    status: str
    evidence_due_at: datetime | None
    intent_id: str | None
    charge_id: str | None
    submissions: int = 0
    taken_on: date | None = None
    taken_by: Sequence[str] = ()
