"""Whose payment a line of Stripe's balance, or a dispute, is about, and what so much of it pays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from market.base.db import Connection
from market.money.invoicing.model import Invoice
from market.money.payments.online import presenting
from market.money.payments.online import queries as online
from market.money.payments.online.model import OnlinePayment, Part
from market.money.payments.stripe_balance import queries
from market.money.payments.stripe_balance.model import Balance, Disputed

REFUNDS: Final = ("refund", "refund_failure")
# What takes a charge back in whole or in part, or brings that back. A charge of a bank account may
# fail after its money came; and what was authorised and not captured is told as a line of its own.
# SQL asks takes_a_charge_back().
# https://docs.stripe.com/reports/reporting-categories
GOING_BACK: Final = (*REFUNDS, "charge_failure", "partial_capture_reversal")


async def payment_of(
    conn: Connection, books_unit_id: UUID, told: Balance | Disputed
) -> OnlinePayment | None:
    """None also for money in another currency than asked: nobody knows how much of it that pays.

    And for a refund that Stripe takes from a balance in a third one, neither the payer's nor that
    which his money was changed into: nobody knows at which rate the debt closes. And for a
    chargeback of money that was set aside: it paid nothing and is nobody's credit.
    """
    found = await _named_payment(conn, books_unit_id, told)
    if found is None or _paid_in(told) not in (None, found.currency):
        return None
    disputed = told if isinstance(told, Disputed) else told.dispute
    if disputed is not None:
        charge_id = disputed.charge_id or found.charge_id
        if charge_id is not None and await queries.is_set_aside(conn, books_unit_id, charge_id):
            return None
    if isinstance(told, Balance) and told.category in GOING_BACK:
        charge = await queries.charge_of(conn, found.id)
        is_third = charge is not None and told.currency not in (charge.currency, found.currency)
        return None if is_third else found
    return found


async def refunded_of(conn: Connection, books_unit_id: UUID, told: Balance) -> OnlinePayment | None:
    """The payment that Stripe names of a refund that its rule cannot book, locked.

    So much of its payer's credit must stay. None where it is not told how much of it went back.
    """
    if told.category not in GOING_BACK:
        return None
    found = await _named_payment(conn, books_unit_id, told)
    if found is None or found.currency not in (told.currency, told.paid_currency):
        return None
    return await online.lock_payment(conn, found.id)


async def end(conn: Connection, books_unit_id: UUID, told: Balance) -> None:
    """A charge that pays nothing: whoever owes may try again, its attempt is over."""
    found = await _named_payment(conn, books_unit_id, told)
    if found is not None:
        locked = await online.lock_payment(conn, found.id)
        await presenting.merge_into(conn, locked, succeeded(told))
        await online.end_parts(conn, found.id)


def succeeded(told: Balance) -> presenting.ToldPayment:
    return presenting.ToldPayment(
        standing="succeeded", intent_id=told.intent_id, charge_id=told.charge_id
    )


def _paid_in(told: Balance | Disputed) -> str | None:
    """The payer's currency, where it is told."""
    if isinstance(told, Disputed):
        return told.currency
    if told.dispute is not None:
        return told.dispute.currency
    return (told.paid_currency or told.currency) if told.category == "charge" else None


async def _named_payment(
    conn: Connection, books_unit_id: UUID, told: Balance | Disputed
) -> OnlinePayment | None:
    found = None
    if told.intent_id is not None or told.charge_id is not None:
        found = await online.find_by_intent(
            conn, books_unit_id, intent_id=told.intent_id, charge_id=told.charge_id
        )
    if found is None and isinstance(told, Balance) and told.payment_id is not None:
        found = await online.find_by_id(conn, books_unit_id, told.payment_id)
    if found is None and isinstance(told, Balance) and told.dispute is not None:
        found = await _named_payment(conn, books_unit_id, told.dispute)
    return found


def shares(
    parts: Sequence[Part], owed: Mapping[UUID, Invoice], amount_minor: int
) -> list[tuple[UUID, int]]:
    """What is open first, in the order of the parts."""
    given, rest = [], amount_minor
    for part in parts:
        share = min(part.amount_minor, owed[part.invoice_id].open_minor, rest)
        if share > 0:
            given.append((part.invoice_id, share))
            rest -= share
    return given
